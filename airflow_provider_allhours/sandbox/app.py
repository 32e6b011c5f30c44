# SPDX-License-Identifier: Apache-2.0
"""The ASGI application: token endpoint and API with faults, control requests, documents."""

from __future__ import annotations

import asyncio
from urllib.parse import parse_qsl

from airflow_provider_allhours.sandbox import routes
from airflow_provider_allhours.sandbox.account import Account
from airflow_provider_allhours.sandbox.answer import HTML, Answer, Call
from airflow_provider_allhours.sandbox.asgi import (
    ConnectionCut,
    Receive,
    Scope,
    Send,
    drop_connection,
    read_body,
    send_answer,
)
from airflow_provider_allhours.sandbox.company import Company
from airflow_provider_allhours.sandbox.control import Control
from airflow_provider_allhours.sandbox.fault_kinds import Exchange, Stage
from airflow_provider_allhours.sandbox.faults import DueFaults, FaultLab
from airflow_provider_allhours.sandbox.guard import refusal_of
from airflow_provider_allhours.sandbox.json_codec import DECODE_ERRORS, DECODER
from airflow_provider_allhours.sandbox.openapi import openapi_document
from airflow_provider_allhours.sandbox.page import PAGE_HEADERS, Shown, front_page
from airflow_provider_allhours.sandbox.paths import CONTROL_PREFIX, OPENAPI_PATH, PAGE_PATHS
from airflow_provider_allhours.sandbox.routing import Match, Router
from airflow_provider_allhours.sandbox.switches import Switches

WRITE_METHODS = ("POST", "PUT", "DELETE")


class SandboxApp:
    """Serves one company.

    Args:
        company: whose data.
        switches: how this tenant behaves.
    """

    def __init__(self, company: Company, switches: Switches) -> None:
        self.account = Account(company, switches)
        self.lab = FaultLab()
        self._routers: dict[str, Router] = {}
        self._control = Control(self.account, self.lab)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one HTTP request."""
        if scope["type"] != "http":
            raise NotImplementedError(f"the sandbox serves http, not {scope['type']}")
        match = self._router().match(scope["path"])
        if match is None:
            await send_answer(send, self._document(scope, await read_body(receive)))
            return
        method, stats = scope["method"], self.account.stats
        target = f"{scope['path']}?{scope['query_string'].decode('latin-1')}"
        faults = self.lab.due(method, match.name, target, stats.faults)
        stats.begin(method, match.name)
        status: int | None = None
        try:
            status = await self._serve(scope, receive, send, match, faults)
        except (ConnectionCut, asyncio.CancelledError):
            # Cancelled when the sandbox stops: the request ends without an answer, and without a traceback in the log.
            drop_connection(send)
        finally:
            faults.release()
            stats.end(status)

    def _router(self) -> Router:
        """Routes at the paths of this tenant; the ones that it lacks are answered here."""
        chosen = self.account.switches.calculations_route
        if chosen not in self._routers:
            self._routers[chosen] = Router(routes.served_routes(Switches(calculations_route=chosen)))
        return self._routers[chosen]

    async def _serve(self, scope: Scope, receive: Receive, send: Send, match: Match, faults: DueFaults) -> int:
        """Serve a route; the status that was sent."""
        exchange, stats = Exchange(send, self.account.tokens), self.account.stats
        await faults.act(Stage.ARRIVAL, exchange)
        body = await read_body(receive)
        if self.account.switches.latency_ms:
            await asyncio.sleep(self.account.switches.latency_ms / 1000)
        await faults.act(Stage.REQUEST, exchange)
        await faults.act(Stage.INSTEAD, exchange, only_one=True)
        if exchange.answer is not None:
            await send_answer(send, exchange.answer)
            return exchange.answer.status
        answer = exchange.answer = self._answer(scope, match, body)
        is_write = match.name != "token" and scope["method"] in WRITE_METHODS and answer.is_success
        if is_write:
            stats.writes_accepted += 1
        await faults.act(Stage.SERVED, exchange)
        is_sent = False
        if answer.is_success:
            if not await faults.act(Stage.BODY, exchange, only_one=True):
                await faults.act(Stage.CONTENT, exchange)
            is_sent = await faults.act(Stage.SENDING, exchange, only_one=True)
        if not is_sent:
            if self.account.switches.gzip and "gzip" in _headers_of(scope).get("accept-encoding", ""):
                answer.compress()
            stats.body_bytes += await send_answer(send, answer)
        if is_write:
            stats.writes_answered += 1
        return answer.status

    def _answer(self, scope: Scope, match: Match, body: bytes) -> Answer:
        account = self.account
        headers = _headers_of(scope)
        authorization = headers.get("authorization")
        if match.name in account.switches.missing_routes:
            return Answer(404, {"error": "Not found."})
        route = match.by_method.get(scope["method"])
        is_public = all(served.is_public for served in match.by_method.values())
        if not is_public and not account.tokens.is_valid(authorization):
            return Answer(401, {"error": "Unauthorized."})
        for name, value in account.switches.required_headers.items():
            if not is_public and headers.get(name.lower()) != value:
                return Answer(400, {"error": f"The header {name} is required."})
        if route is None:
            return Answer(405, {"error": "Method not allowed."})
        try:
            content = DECODER.decode(body) if body and not is_public else None
        except DECODE_ERRORS:
            return Answer(400, {"error": "The body is not valid JSON."})
        query = parse_qsl(scope["query_string"].decode("latin-1"), keep_blank_values=True)
        call = Call(
            route=route.name,
            record=route.record,
            path=scope["path"],
            identifier=match.identifier,
            query={name.lower(): value for name, value in query},
            body=content,
            raw_body=body,
            authorization=authorization,
            number=account.count_call(route.method, route.name),
        )
        answer = route.handler(account, call)
        if answer.is_success and not is_public:
            account.switches.alter(answer, call)
        return answer

    def _document(self, scope: Scope, body: bytes) -> Answer:
        method, path = scope["method"], scope["path"]
        is_control = path.startswith(CONTROL_PREFIX)
        if is_control or path in PAGE_PATHS:
            refusal = refusal_of(method, _headers_of(scope), scope["server"][1])
            if refusal is not None:
                return refusal
        if is_control:
            try:
                content = DECODER.decode(body) if body else {}
            except DECODE_ERRORS:
                return Answer(400, {"error": "The body is not valid JSON."})
            query = dict(parse_qsl(scope["query_string"].decode("latin-1")))
            return Answer(*self._control.handle(method, path.removeprefix(CONTROL_PREFIX).rstrip("/"), query, content))
        if method == "GET" and path.lower() == OPENAPI_PATH:
            return Answer(200, openapi_document(self.account.switches))
        if method == "GET" and path in PAGE_PATHS:
            return Answer(200, headers=dict(PAGE_HEADERS), body=self._page().encode(), media_type=HTML)
        return Answer(404, {"error": "Not found."})

    def _page(self) -> str:
        control = self._control
        return front_page(
            Shown(
                company=control.company_summary(),
                switches=self.account.switches.to_json(),
                contract=control.contract(),
                faults=[fault.to_json() for fault in self.lab.faults],
                pending=control.pending(),
                stats=self.account.stats.to_json(),
                document=openapi_document(self.account.switches),
            )
        )


def _headers_of(scope: Scope) -> dict[str, str]:
    return {name.decode("latin-1").lower(): value.decode("latin-1") for name, value in scope["headers"]}
