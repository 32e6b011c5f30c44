# SPDX-License-Identifier: Apache-2.0
"""The ASGI application: token desk, API, fault lab, control, documents."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, MutableMapping
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from typing import Any
from urllib.parse import parse_qs, parse_qsl

import msgspec

from airflow_provider_allhours.sandbox.api import Api, Call
from airflow_provider_allhours.sandbox.company import Company
from airflow_provider_allhours.sandbox.control import Control
from airflow_provider_allhours.sandbox.faults import Fault, FaultLab
from airflow_provider_allhours.sandbox.openapi import openapi_document
from airflow_provider_allhours.sandbox.page import front_page
from airflow_provider_allhours.sandbox.routing import route_of
from airflow_provider_allhours.sandbox.stats import Stats
from airflow_provider_allhours.sandbox.switches import Switches
from airflow_provider_allhours.sandbox.tokens import TokenDesk, is_refused

Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]

JSON = "application/json; charset=utf-8"
HTML = "text/html; charset=utf-8"
WRITES = ("POST", "PUT", "DELETE")
SWAGGER_PATH = "/swagger/v1/swagger.json"


class _Cut(Exception):
    """The connection ends here, without an answer."""


class SandboxApp:
    """Serves one company.

    Args:
        company: whose data.
        switches: how this tenant behaves.
    """

    def __init__(self, company: Company, switches: Switches) -> None:
        self.company = company
        self.switches = switches
        self.lab = FaultLab()
        self.stats = Stats()
        self.tokens = TokenDesk()
        self._handlers = Api(company, switches).handlers()
        self._control = Control(company, switches, self.lab, self.stats, self.tokens)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one HTTP request."""
        if scope["type"] != "http":
            raise NotImplementedError(f"the sandbox speaks http, not {scope['type']}")
        method, path = scope["method"], scope["path"]
        found = route_of(path)
        if found is None:
            await self._serve_documents(scope, receive, send)
            return
        route, identifier = found
        self.stats.begin(method, route)
        status: int | None = None
        try:
            status = await self._serve_route(scope, receive, send, method, route, identifier)
        except _Cut:
            _drop_connection(send)
        finally:
            self.stats.end(status)

    async def _serve_route(
        self, scope: Scope, receive: Receive, send: Send, method: str, route: str, identifier: str
    ) -> int:
        target = f"{scope['path']}?{scope['query_string'].decode('latin-1')}"
        faults = {fault.kind: fault for fault in self.lab.striking(method, route, target)}
        self.stats.faults.update(faults.keys())
        if "reset" in faults:
            raise _Cut
        body = await _read(receive)
        if self.switches.latency_ms:
            await asyncio.sleep(self.switches.latency_ms / 1000)
        if "latency" in faults:
            await asyncio.sleep(faults["latency"].ms / 1000)
        if "cut_before" in faults:
            raise _Cut
        if "revoke" in faults:
            self.tokens.revoke_all()
        early = _early_answer(faults)
        if early is not None:
            status, headers, content = early
            await _send(send, status, content, JSON, headers)
            return status
        status, answer = self._answer(scope, method, route, identifier, body)
        is_write = route != "token" and method in WRITES and status < 300
        if is_write:
            self.stats.writes_accepted += 1
        if "cut_after" in faults:
            raise _Cut
        content, media_type = _spoiled(answer, faults) if status < 300 else (_encode(answer), JSON)
        await _send_spoiled(send, status, content, media_type, faults)
        if is_write:
            self.stats.writes_answered += 1
        return status

    def _answer(self, scope: Scope, method: str, route: str, identifier: str, body: bytes) -> tuple[int, Any]:
        headers = {name.decode("latin-1").lower(): value.decode("latin-1") for name, value in scope["headers"]}
        if route in self.switches.missing_routes:
            return 404, {"error": "Not found."}
        if route == "token":
            return self._grant(method, body, headers.get("authorization"))
        if not self.tokens.is_good(headers.get("authorization")):
            return 401, {"error": "Unauthorized."}
        handler = self._handlers.get((method, route))
        if handler is None:
            return 405, {"error": "Method not allowed."}
        try:
            content = msgspec.json.decode(body) if body else None
        except (msgspec.DecodeError, UnicodeDecodeError):
            return 400, {"error": "The body is not valid JSON."}
        query = parse_qsl(scope["query_string"].decode("latin-1"), keep_blank_values=True)
        reply = handler(Call(identifier, {name.lower(): value for name, value in query}, content))
        return reply.status, reply.content

    def _grant(self, method: str, body: bytes, authorization: str | None) -> tuple[int, Any]:
        if method != "POST":
            return 405, {"error": "invalid_request"}
        form = {name: values[0] for name, values in parse_qs(body.decode("latin-1")).items()}
        refusal = is_refused(form, authorization)
        if refusal:
            return 400, {"error": refusal}
        self.stats.tokens += 1
        lifetime = self.switches.token_lifetime
        token = self.tokens.grant(lifetime)
        return 200, {"access_token": token, "expires_in": lifetime, "token_type": "Bearer", "scope": "api"}

    async def _serve_documents(self, scope: Scope, receive: Receive, send: Send) -> None:
        method, path = scope["method"], scope["path"]
        body = await _read(receive)
        if path.startswith("/_sandbox/"):
            try:
                content = msgspec.json.decode(body) if body else {}
            except (msgspec.DecodeError, UnicodeDecodeError):
                await _send(send, 400, _encode({"error": "The body is not valid JSON."}), JSON)
                return
            query = dict(parse_qsl(scope["query_string"].decode("latin-1")))
            status, answer = self._control.handle(method, path.removeprefix("/_sandbox/").rstrip("/"), query, content)
            await _send(send, status, _encode(answer), JSON)
        elif method == "GET" and path.lower() == SWAGGER_PATH:
            await _send(send, 200, _encode(openapi_document(self.switches)), JSON)
        elif method == "GET" and path in ("/", "/index.html", "/swagger", "/swagger/index.html"):
            page = front_page(
                self._control.company_summary(),
                self.switches.to_json(),
                [fault.to_json() for fault in self.lab.faults],
                self.stats.to_json(),
                openapi_document(self.switches),
            )
            await _send(send, 200, page.encode(), HTML)
        else:
            await _send(send, 404, _encode({"error": "Not found."}), JSON)


def _early_answer(faults: dict[str, Fault]) -> tuple[int, dict[str, str], bytes] | None:
    """The answer of a fault that keeps the request from being served."""
    if fault := faults.get("rate_limit"):
        moment = datetime.now(UTC) + timedelta(seconds=fault.seconds)
        pause = format_datetime(moment, usegmt=True) if fault.as_date else f"{fault.seconds:g}"
        return 429, {"Retry-After": pause}, _encode({"error": "Too many requests."})
    if fault := faults.get("redirect"):
        return 302, {"Location": fault.location}, b""
    if fault := faults.get("status"):
        return fault.status, {}, _encode({"error": f"Fault lab: {fault.status}."})
    return None


def _spoiled(answer: Any, faults: dict[str, Fault]) -> tuple[bytes, str]:
    """A successful answer after the faults that change what it says."""
    if "html" in faults:
        return b"<!DOCTYPE html><html><body><h1>Maintenance</h1></body></html>", HTML
    if "empty_body" in faults:
        return b"", JSON
    if "wrong_shape" in faults:
        answer = {"Items": answer} if isinstance(answer, list) else [answer]
    if "empty" in faults:
        answer = {"DailyCalculations": []} if isinstance(answer, dict) and "DailyCalculations" in answer else []
    if isinstance(answer, dict) and isinstance(answer.get("DailyCalculations"), list):
        answer = {**answer, "DailyCalculations": _spoiled_days(list(answer["DailyCalculations"]), faults)}
    content = _encode(answer)
    return (content[: len(content) // 2] if "truncated_json" in faults else content), JSON


def _spoiled_days(days: list[dict[str, Any]], faults: dict[str, Fault]) -> list[dict[str, Any]]:
    if fault := faults.get("missing_day"):
        lost = fault.date or (days[-1]["Date"] if days else None)
        days = [day for day in days if day["Date"] != lost]
    if (fault := faults.get("doubled_day")) and days:
        wanted = fault.date or days[0]["Date"]
        doubled = next((day for day in days if day["Date"] == wanted), days[0])
        if fault.contradict:
            summary = doubled["CalculationResultSummary"]
            paid = int(summary["PaidPresenceValue"]) + 60
            doubled = {**doubled, "CalculationResultSummary": {**summary, "PaidPresenceValue": paid}}
        days.append(doubled)
    return days


async def _send_spoiled(send: Send, status: int, content: bytes, media_type: str, faults: dict[str, Fault]) -> None:
    """Send, cut or trickle a body."""
    if "truncated" in faults:
        await _start(send, status, len(content), media_type)
        await send({"type": "http.response.body", "body": content[: len(content) // 2], "more_body": True})
        _close_connection(send)
    elif fault := faults.get("slow_body"):
        await _start(send, status, len(content), media_type)
        pieces = 10
        size = max(1, -(-len(content) // pieces))
        for offset in range(0, len(content), size):
            await asyncio.sleep(fault.ms / 1000 / pieces)
            await send({"type": "http.response.body", "body": content[offset : offset + size], "more_body": True})
        await send({"type": "http.response.body", "body": b""})
    else:
        await _send(send, status, content, media_type)


async def _send(
    send: Send, status: int, content: bytes, media_type: str, headers: dict[str, str] | None = None
) -> None:
    if status == 204:
        content = b""
    await _start(send, status, len(content), media_type, headers)
    await send({"type": "http.response.body", "body": content})


async def _start(send: Send, status: int, length: int, media_type: str, headers: dict[str, str] | None = None) -> None:
    shown = {"Content-Type": media_type, **(headers or {})}
    if status != 204:
        shown["Content-Length"] = str(length)
    raw = [(name.encode("latin-1"), value.encode("latin-1")) for name, value in shown.items()]
    await send({"type": "http.response.start", "status": status, "headers": raw})


async def _read(receive: Receive) -> bytes:
    body, more = b"", True
    while more:
        message = await receive()
        body += message.get("body", b"")
        more = message.get("more_body", False)
    return body


def _drop_connection(send: Send) -> None:
    """Reset: what was written is not even flushed."""
    _disconnected(send).abort()


def _close_connection(send: Send) -> None:
    """Close after what was written has left."""
    _disconnected(send).close()


def _disconnected(send: Send) -> asyncio.Transport:
    """The transport of a request that uvicorn shall consider over."""
    # ASGI has no word for a lost connection; uvicorn's send is a method of what holds the transport.
    cycle: Any = send.__self__  # type: ignore[attr-defined]  # uvicorn's own class
    cycle.disconnected = True
    transport: asyncio.Transport = cycle.transport
    return transport


def _encode(content: Any) -> bytes:
    return msgspec.json.encode(content)
