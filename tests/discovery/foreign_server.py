# SPDX-License-Identifier: Apache-2.0
"""A server that behaves as a document of another style says; behind it is the company of a sandbox.

It shares no code with the client: it takes the words of a contract for what a server of that style does, and is strict.
A query parameter that its document does not name, a date in another form, a path of the sandbox: refused.
"""

from __future__ import annotations

import json
import re
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import date
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import requests

from airflow_provider_allhours.sandbox.server import Sandbox
from tests.discovery.documents import Json

DOCUMENT = "/swagger/v1/swagger.json"

BELIEVED = {
    "users": "/api/v1/Users",
    "user": "/api/v1/Users/{user_id}",
    "absences": "/api/v1/Absences",
    "absence": "/api/v1/Absences/{absence_id}",
    "absence_definitions": "/api/v1/AbsenceDefinitions",
    "clockings": "/api/v1/Clockings",
    "daily_calculations": "/api/v1/UserCalculations/{user_id}",
}
WINDOWED = ("absences", "clockings", "daily_calculations")
SERVER_PAGE = 17
"""Records of a page where the request names no number."""


class Refused(Exception):
    """Answered 400 or 404."""

    def __init__(self, status: int, reason: str) -> None:
        super().__init__(reason)
        self.status = status


class ForeignServer:
    """Translates between a sandbox and requests in another style.

    Args:
        sandbox: where the records are.
        document: OpenAPI document that is served.
        contract: what the server does, in the words of a contract.
        spell: spelling of field names.
        moments: whether whole days in queries are date-times, else dates.
        routes: names of the routes that the document has.
    """

    def __init__(
        self, sandbox: Sandbox, document: Json, contract: Json, spell: Callable[[str], str], routes: set[str]
    ) -> None:
        self._sandbox = sandbox
        self.document = document
        self._contract = contract
        self._spell = spell
        self._routes = {name: self._route(name) for name in routes}
        self._token = ""

    def _route(self, name: str) -> Json:
        stated = self._contract.get("routes", {}).get(name) or {}
        window = {"dateFrom": "{date_from:%Y-%m-%dT00:00:00}", "dateTo": "{date_to:%Y-%m-%dT00:00:00}"}
        return {"path": BELIEVED[name], "params": window if name in WINDOWED else {}, **stated}

    def answer(self, path: str, query: dict[str, str], headers: Mapping[str, str]) -> tuple[Json | list[Json], str]:
        """The body for a GET, and the path of the next page with its query, if it stands in a header."""
        for needed, value in self._contract.get("params", {}).items():
            if query.pop(needed, None) != value:
                raise Refused(400, f"{needed} is required")
        self._token = headers.get("Authorization") or ""
        for name, route in self._routes.items():
            pattern = re.sub(r"\\\{\w+\\\}", "([^/]+)", re.escape(route["path"]))
            if found := re.fullmatch(pattern, path):
                return self._answer(name, route, path, found.groups(), query), ""
        raise Refused(404, "no such path")

    def _answer(self, name: str, route: Json, path: str, ids: tuple[str, ...], query: dict[str, str]) -> Any:
        values = self._values(route, query)
        given = {**values, **({"user_id": ids[0]} if ids else {})}
        pages = route.get("paginator") or {}
        position = {
            key: query.pop(pages[key])
            for key in ("page_param", "offset_param", "limit_param", "cursor_param")
            if pages.get(key) in query
        }
        if "skip" in query and pages.get("type") == "json_link":
            position["offset_param"] = query.pop("skip")
        if query:
            raise Refused(400, f"unknown parameters {sorted(query)}")
        if "carry" in route:
            records = self._people(route, given)
        else:
            records = self._records(name, given)
            if isinstance(records, dict):
                return self._theirs(records, route)
            records = [self._theirs(record, route) for record in records]
        beside: Json = {}
        if pages:
            records, beside = self._page(records, pages, position, path, values, route)
        selector = route.get("data_selector")
        if selector is None:
            inner = self._spell("DailyCalculations")
            return {inner: records} if name == "daily_calculations" else records
        return self._wrapped(selector, records, beside)

    def _values(self, route: Json, query: dict[str, str]) -> dict[str, str]:
        """What the query says, by the names that the document has for it."""
        values: dict[str, str] = {}
        for theirs, pattern in route["params"].items():
            kind = re.fullmatch(r"\{(\w+)(?::([^}]+))?\}", pattern)
            assert kind is not None
            if theirs not in query:
                raise Refused(400, f"{theirs} is required")
            sent = query.pop(theirs)
            if kind[1] != "user_id":
                if kind[2] == "%Y-%m-%d" and not re.fullmatch(r"\d{4}-\d\d-\d\d", sent):
                    raise Refused(400, f"{theirs} is not a date")
                date.fromisoformat(sent[:10])
            values[kind[1]] = sent
        return values

    def _records(self, name: str, values: Mapping[str, str]) -> Any:
        path = BELIEVED[name]
        for key in ("user_id", "absence_id"):
            path = path.replace(f"{{{key}}}", values.get("user_id", ""))
        params = (
            {
                "dateFrom": f"{values['date_from'][:10]}T00:00:00",
                "dateTo": f"{values['date_to'][:10]}T00:00:00",
            }
            if name in WINDOWED
            else {}
        )
        answer = requests.get(
            self._sandbox.url + path, params=params, headers={"Authorization": self._token}, timeout=30
        )
        if answer.status_code != 200:
            raise Refused(answer.status_code, "refused")
        body = answer.json()
        return body["DailyCalculations"] if name == "daily_calculations" else body

    def _people(self, route: Json, values: Mapping[str, str]) -> list[Json]:
        """The days of everybody, each person with theirs."""
        people = []
        for user in self._records("users", {}):
            days = self._records("daily_calculations", {**values, "user_id": user["Id"]})
            for day in days:
                day.pop("UserId", None)
            people.append({"id": user["Id"], "name": "", "days": [self._theirs(day, {}) for day in days]})
        return people

    def _page(
        self, records: list[Any], pages: Json, position: Mapping[str, str], path: str, values: Json, route: Json
    ) -> tuple[list[Any], Json]:
        size = int(position.get("limit_param", SERVER_PAGE))
        if size > pages.get("limit", size):
            raise Refused(400, "the page is too large")
        kind = pages["type"]
        if kind == "page_number":
            start = (int(position.get("page_param", 0)) - pages.get("first_page", 1)) * size
        elif kind == "cursor":
            start = int(position["cursor_param"][1:]) if "cursor_param" in position else 0
        else:
            start = int(position.get("offset_param", 0))
        page = records[start : start + size]
        has_more = start + size < len(records)
        beside: Json = {}
        if "total_path" in pages:
            beside[pages["total_path"]] = len(records)
        if kind == "cursor":
            beside[pages["cursor_path"]] = f"c{start + size}" if has_more else None
        if kind == "json_link" and has_more:
            asked = "&".join(f"{theirs}={values[kind_of(pattern)]}" for theirs, pattern in route["params"].items())
            beside[pages["next_url_path"]] = f"{path}?{asked}&skip={start + size}"
        return page, beside

    def _wrapped(self, selector: str, records: list[Any], beside: Json) -> Any:
        """Records in the objects that a selector goes through."""
        first = selector.split("[*]")[0]
        if not first:
            return records
        body: Json = {first: records}
        for path, value in beside.items():
            *parents, name = path.split(".")
            holder = body
            for parent in parents:
                holder = holder.setdefault(parent, {})
            holder[name] = value
        return body

    def _theirs(self, record: Json, route: Json) -> Json:
        moved = json.loads(json.dumps(record))
        for ours, theirs in route.get("fields", {}).items():
            move(moved, ours.split("."), theirs.split("."))
        return self._spelled(moved)

    def _spelled(self, value: Any) -> Any:
        if isinstance(value, dict):
            return {self._spell(name): self._spelled(inner) for name, inner in value.items()}
        return [self._spelled(inner) for inner in value] if isinstance(value, list) else value


def kind_of(pattern: str) -> str:
    """What a parameter's pattern stands for."""
    return pattern.strip("{}").partition(":")[0]


def move(record: Json, ours: list[str], theirs: list[str]) -> None:
    """Put a field to another place: of the record itself, out of an inner object, or of every element of a list."""
    if len(ours) == 1 and len(theirs) == 1:
        if ours[0] in record:
            record[theirs[0]] = record.pop(ours[0])
        return
    inner = record.get(ours[0], record.get(theirs[0]))
    if len(theirs) == 1:
        if isinstance(inner, dict) and ours[1] in inner:
            record[theirs[0]] = inner.pop(ours[1])
        return
    if ours[0] != theirs[0] and ours[0] in record:
        record[theirs[0]] = record.pop(ours[0])
    for element in inner if isinstance(inner, list) else [inner]:
        if isinstance(element, dict):
            move(element, ours[1:], theirs[1:])


@contextmanager
def serving(server: ForeignServer) -> Iterator[str]:
    """The address of a running server."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            asked = urlsplit(self.path)
            try:
                if asked.path == DOCUMENT:
                    body: Any = server.document
                else:
                    body, _ = server.answer(asked.path, dict(parse_qsl(asked.query)), self.headers)
                status = 200
            except Refused as error:
                status, body = error.status, {"error": str(error)}
            content = json.dumps(body).encode()
            self.send_response(status)
            self.send_header("Content-Type", "application/json; charset=utf-8")
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, *_: object) -> None:
            """Nothing."""

    running = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=running.serve_forever, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{running.server_address[1]}"
    finally:
        running.shutdown()
        running.server_close()
