# SPDX-License-Identifier: Apache-2.0
"""What a contract makes of requests and answers, against a server that shares nothing with the sandbox."""

from __future__ import annotations

import base64
import json
import threading
from collections.abc import Callable, Iterator
from datetime import date
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, parse_qsl, unquote, urlsplit

import pytest

from airflow_provider_allhours.client import AllHoursClient, errors
from airflow_provider_allhours.client.contract import parse_contract
from airflow_provider_allhours.client.minutes import DAILY_FIELDS, RUNNING_FIELDS

Answer = Callable[[str, dict[str, str]], Any]

FIRST, LAST = date(2026, 10, 1), date(2026, 10, 3)


class Server:
    """Answers a token and JSON; notes what it was asked.

    Attributes:
        answer: path and query -> body, or (status, headers, body).
        requests: (path, query, headers) of API calls.
        tokens: (headers, body) of token requests.
    """

    def __init__(self, answer: Answer) -> None:
        self.answer = answer
        self.requests: list[tuple[str, dict[str, str], dict[str, str]]] = []
        self.tokens: list[tuple[dict[str, str], str]] = []
        self.token_answer: tuple[int, Any] = (200, {"access_token": "t", "expires_in": 3600})
        server = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers.get("Content-Length") or 0)).decode()
                server.tokens.append((dict(self.headers), body))
                self._send(server.token_answer[0], {}, server.token_answer[1])

            def do_GET(self) -> None:
                parts = urlsplit(self.path)
                query = dict(parse_qsl(parts.query))
                server.requests.append((parts.path, query, dict(self.headers)))
                answer = server.answer(parts.path, query)
                self._send(*(answer if isinstance(answer, tuple) else (200, {}, answer)))

            def _send(self, status: int, headers: dict[str, str], body: Any) -> None:
                content = json.dumps(body).encode()
                self.send_response(status)
                for name, value in {"Content-Type": "application/json", **headers}.items():
                    self.send_header(name, value)
                self.send_header("Content-Length", str(len(content)))
                self.end_headers()
                self.wfile.write(content)

            def log_message(self, *_: Any) -> None:
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self._server.server_port}"
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    def stop(self) -> None:
        self._server.shutdown()
        self._server.server_close()


@pytest.fixture
def serve() -> Iterator[Callable[[Answer], Server]]:
    made: list[Server] = []

    def start(answer: Answer) -> Server:
        made.append(Server(answer))
        return made[-1]

    yield start
    for server in made:
        server.stop()


@pytest.fixture
def told(client_to: Callable[..., AllHoursClient]) -> Callable[..., AllHoursClient]:
    """Makes a client with a contract."""

    def make(server: Server, contract: dict[str, Any], **config: Any) -> AllHoursClient:
        return client_to(server.url, contract=parse_contract(contract), **config)

    return make


def user(number: int, **fields: Any) -> dict[str, Any]:
    return {"Id": f"u{number}", "IsTimeAttendanceUser": True, **fields}


SUMMARY = dict.fromkeys((*DAILY_FIELDS.values(), *RUNNING_FIELDS.values()), 0)


def day(number: int, **fields: Any) -> dict[str, Any]:
    return {"Date": f"2026-10-{number:02}T00:00:00", "CalculationResultSummary": SUMMARY, **fields}


def users_of(client: AllHoursClient) -> list[str]:
    return [one.id for one in client.users()]


def test_headers_and_parameters_go_with_each_call_of_the_api_only(serve: Any, told: Any) -> None:
    server = serve(lambda path, query: [user(1)])
    client = told(server, {"headers": {"X-Tenant-Id": "t1"}, "params": {"api-version": "1.0"}})
    assert users_of(client) == ["u1"]
    ((_, query, headers),) = server.requests
    assert (query, headers["X-Tenant-Id"]) == ({"api-version": "1.0"}, "t1")
    ((headers, _),) = server.tokens
    assert "X-Tenant-Id" not in headers


def test_a_token_by_basic_without_a_scope(serve: Any, told: Any) -> None:
    """The recipe of the vendor's support: Client Credentials, client authentication in the header, no scope."""
    server = serve(lambda path, query: [])
    client = told(server, {"auth": {"client_auth": "basic", "scope": None}}, client_secret="s3:%+ä")
    client.absence_definitions()
    ((headers, body),) = server.tokens
    assert parse_qs(body) == {"grant_type": ["client_credentials"]}
    scheme, _, pair = headers["Authorization"].partition(" ")
    client_id, _, secret = base64.b64decode(pair).decode().partition(":")
    assert (scheme, client_id, unquote(secret)) == ("Basic", "the-client", "s3:%+ä")
    assert ":" not in secret


def test_a_token_by_json_with_further_fields(serve: Any, told: Any) -> None:
    server = serve(lambda path, query: [])
    auth = {"body": "json", "scope": "api hours", "request_data": {"audience": "https://a", "level": 2}}
    told(server, {"auth": auth}).absence_definitions()
    ((headers, body),) = server.tokens
    assert headers["Content-Type"].startswith("application/json")
    assert json.loads(body) == {
        "grant_type": "client_credentials",
        "client_id": "the-client",
        "client_secret": "the-s3cret",
        "scope": "api hours",
        "audience": "https://a",
        "level": 2,
    }


@pytest.mark.parametrize(
    ("status", "code", "is_about_credentials"),
    [(400, "invalid_client", True), (401, "invalid_client", True), (400, "invalid_scope", False)],
)
def test_a_refused_token_in_the_servers_own_words(
    serve: Any, told: Any, status: int, code: str, is_about_credentials: bool
) -> None:
    server = serve(lambda path, query: [])
    server.token_answer = (status, {"error": code})
    with pytest.raises(errors.AllHoursAuthError, match=code) as caught:
        told(server, {}).absence_definitions()
    assert ("Client Secret of the connection is refused" in str(caught.value)) is is_about_credentials


def test_days_by_path_pattern_and_exclusive_end(serve: Any, told: Any) -> None:
    server = serve(lambda path, query: {"Rows": [day(n) for n in (1, 2, 3)]})
    contract = {
        "routes": {
            "daily_calculations": {
                "path": "/v2/people/{user_id}/days",
                "params": {"from": "{date_from:%d.%m.%Y}", "until": "{date_to:%Y-%m-%dT23:59:59}", "kind": "all"},
                "data_selector": "Rows",
                "window": {"end": "exclusive", "max_days": 31},
            }
        }
    }
    days = told(server, contract).daily_calculations("u1", FIRST, LAST)
    assert [one.date.day for one in days] == [1, 2, 3]
    assert [(path, query) for path, query, _ in server.requests] == [
        ("/v2/people/u1/days", {"from": "01.10.2026", "until": "2026-10-04T23:59:59", "kind": "all"})
    ]


def test_a_window_is_never_longer_than_the_contract_says(serve: Any, told: Any) -> None:
    def answer(path: str, query: dict[str, str]) -> Any:
        first, last = (date.fromisoformat(query[name][:10]) for name in ("dateFrom", "dateTo"))
        return {"DailyCalculations": [day(n) for n in range(first.day, last.day + 1)]}

    server = serve(answer)
    client = told(server, {"routes": {"daily_calculations": {"window": {"max_days": 7}}}})
    days = client.daily_calculations("u1", date(2026, 10, 1), date(2026, 10, 31))
    assert [one.date.day for one in days] == list(range(1, 32))
    spans = [
        (date.fromisoformat(query["dateTo"][:10]) - date.fromisoformat(query["dateFrom"][:10])).days + 1
        for _, query, _ in server.requests
    ]
    assert (max(spans), len(spans)) == (7, 5)


def pages_of(records: list[Any], size: int) -> Answer:
    def answer(path: str, query: dict[str, str]) -> Any:
        start = (int(query.get("p", "1")) - 1) * size
        return {"data": {"items": records[start : start + size]}, "meta": {"n": len(records)}}

    return answer


PAGES = {"data_selector": "data.items", "paginator": {"type": "page_number", "page_param": "p"}}


def test_pages_end_by_an_empty_page_or_a_total(serve: Any, told: Any) -> None:
    people = [user(n) for n in range(7)]
    server = serve(pages_of(people, 3))
    assert len(users_of(told(server, {"routes": {"users": PAGES}}))) == 7
    assert [query["p"] for _, query, _ in server.requests] == ["1", "2", "3", "4"]
    server.requests.clear()
    counted = {**PAGES, "paginator": {**PAGES["paginator"], "total_path": "meta.n", "first_page": 1}}  # type: ignore[dict-item]  # a nested dict
    assert len(users_of(told(server, {"routes": {"users": counted}}))) == 7
    assert [query["p"] for _, query, _ in server.requests] == ["1", "2", "3"]


def test_a_server_that_ignores_the_page_is_loud(serve: Any, told: Any) -> None:
    server = serve(lambda path, query: {"data": {"items": [user(1)]}})
    with pytest.raises(errors.AllHoursContractError, match="the same page twice"):
        users_of(told(server, {"routes": {"users": PAGES}}))


def test_pages_in_a_circle_are_loud(serve: Any, told: Any) -> None:
    server = serve(lambda path, query: {"data": {"items": [user(int(query["p"]) % 3)]}})
    with pytest.raises(errors.AllHoursContractError, match="the same page twice"):
        users_of(told(server, {"routes": {"users": PAGES}}))
    assert len(server.requests) == 4


def test_pages_that_end_before_the_total_are_loud(serve: Any, told: Any) -> None:
    def answer(path: str, query: dict[str, str]) -> Any:
        return {"data": {"items": [user(1)] if query["p"] == "1" else []}, "meta": {"n": 9}}

    counted = {"data_selector": "data.items", "paginator": {**dict(PAGES["paginator"]), "total_path": "meta.n"}}  # type: ignore[call-overload]  # a nested dict
    with pytest.raises(errors.AllHoursContractError, match="1 elements and says that there are 9"):
        users_of(told(serve(answer), {"routes": {"users": counted}}))


def test_pages_whose_order_changes_between_them_are_loud(serve: Any, told: Any) -> None:
    """One user is on two pages and another on none, and the total counts elements."""
    pages = {"1": [user(0), user(1)], "2": [user(1), user(3)], "3": [user(4), user(5)]}
    server = serve(lambda path, query: {"data": {"items": pages[query["p"]]}, "meta": {"n": 6}})
    counted = {
        "data_selector": "data.items",
        "paginator": {"type": "page_number", "page_param": "p", "total_path": "meta.n", "first_page": 1},
    }
    with pytest.raises(errors.AllHoursContractError, match="a record on two pages, so its order changed"):
        users_of(told(server, {"routes": {"users": counted}}))


def test_links_are_followed_on_the_same_host_only(serve: Any, told: Any) -> None:
    def answer(path: str, query: dict[str, str]) -> Any:
        if query.get("after"):
            return [user(2)]
        return 200, {"Link": f'<{server.url}/api/v1/Users?after=1&x=%20>; rel="prev next"'}, [user(1)]

    server = serve(answer)
    contract = {"params": {"v": "1"}, "routes": {"users": {"paginator": {"type": "header_link"}}}}
    assert users_of(told(server, contract)) == ["u1", "u2"]
    assert [query for _, query, _ in server.requests] == [{"v": "1"}, {"v": "1", "after": "1", "x": " "}]
    elsewhere = serve(lambda path, query: {"v": [user(1)], "next": "https://elsewhere.example/api/v1/Users?page=2"})
    contract = {
        "routes": {"users": {"data_selector": "v", "paginator": {"type": "json_link", "next_url_path": "next"}}}
    }
    with pytest.raises(errors.AllHoursContractError, match="a link to another host or out of the API root"):
        users_of(told(elsewhere, contract))


def test_a_list_in_an_object_without_a_paginator_that_is_a_page(serve: Any, told: Any) -> None:
    server = serve(lambda path, query: {"items": [user(1)], "totalCount": 7})
    with pytest.raises(errors.AllHoursContractError, match="one page of more"):
        users_of(told(server, {"routes": {"users": {"data_selector": "items"}}}))
    with pytest.raises(errors.AllHoursContractError, match="answered a body without rows"):
        users_of(told(server, {"routes": {"users": {"data_selector": "rows[*]"}}}))


def test_fields_by_other_names_nested_and_in_lists(serve: Any, told: Any) -> None:
    theirs = {
        "key": "u1",
        "day": "2026-10-01",
        "CalculationResultSummary": SUMMARY,
        "totals": {"paid": 7.5, "over": "0.25"},
        "counters": [{"no": 4, "what": "Meals", "kind": 2, "amount": "3"}, {"no": 2, "kind": 1, "amount": 7.75}],
    }
    server = serve(lambda path, query: {"rows": [theirs]})
    contract = {
        "routes": {
            "daily_calculations": {
                "data_selector": "rows",
                "minutes": "hours",
                "fields": {
                    "UserId": "key",
                    "Date": "day",
                    "CalculationResultSummary.PaidPresenceValue": "totals.paid",
                    "CalculationResultSummary.DailyOvertimeValue": "totals.over",
                    "Accruals.CalculationResultTypeCode": "counters.no",
                    "Accruals.ValueType": "counters.kind",
                    "Accruals.Name": "counters.what",
                    "Accruals.Value": "counters.amount",
                },
            }
        }
    }
    (found,) = told(server, contract).daily_calculations("u1", FIRST, FIRST)
    summary = found.calculation_result_summary
    assert (found.user_id, summary.paid_presence_value, summary.daily_overtime_value) == ("u1", 450, 15)
    assert [(one.calculation_result_type_code, one.name, one.as_sent, one.minutes) for one in found.accruals or ()] == [
        (4, "Meals", "3", None),
        (2, None, "7.75", 465),
    ]


def test_a_route_that_is_not_served_is_never_asked(serve: Any, told: Any) -> None:
    server = serve(lambda path, query: [])
    client = told(server, {"routes": {"clockings": None}})
    assert not client.serves("clockings")
    with pytest.raises(errors.AllHoursParameterError, match="does not serve the route 'clockings'"):
        client.clockings(FIRST, LAST)
    assert server.requests == []


def bulk_answer(people: int, size: int, *, says_whose: bool = True) -> Answer:
    def answer(path: str, query: dict[str, str]) -> Any:
        start = (int(query["page"]) - 1) * size
        first, last = (date.fromisoformat(query[name]) for name in ("from", "to"))
        users = [
            {
                **({"UserId": f"U{number}"} if says_whose else {}),
                "DailyCalculations": [day(n) for n in range(first.day, last.day + 1)],
            }
            for number in range(start, min(start + size, people))
        ]
        return {"UserCalculations": users, "TotalCount": people}

    return answer


BULK = {
    "path": "/api/v1/Calculations",
    "params": {"from": "{date_from:%Y-%m-%d}", "to": "{date_to:%Y-%m-%d}"},
    "data_selector": "UserCalculations[*].DailyCalculations[*]",
    "carry": ["UserId"],
    "paginator": {
        "type": "page_number",
        "page_param": "page",
        "limit_param": "pageSize",
        "limit": 200,
        "total_path": "TotalCount",
    },
}


@pytest.mark.slow
def test_bulk_days_are_read_once_for_everybody(serve: Any, told: Any) -> None:
    """5,000 employees and a month take 25 requests."""
    server = serve(bulk_answer(5000, 200))
    client = told(server, {"routes": {"daily_calculations": BULK}})
    first, last = date(2026, 10, 1), date(2026, 10, 31)
    client.prepare_days(first, last)
    for number in (0, 199, 200, 4999):
        assert len(client.daily_calculations(f"U{number}", first, last)) == 31
    assert [one.date.day for one in client.daily_calculations("U7", date(2026, 10, 30), last)] == [30, 31]
    assert client.daily_calculations("U9999", first, last) == []
    assert len(server.requests) == 25


def test_bulk_days_that_do_not_say_whose_they_are(serve: Any, told: Any) -> None:
    server = serve(bulk_answer(2, 200, says_whose=False))
    with pytest.raises(errors.AllHoursContractError, match="does not say whose it is"):
        told(server, {"routes": {"daily_calculations": BULK}}).daily_calculations("U1", FIRST, LAST)


def test_bulk_windows_are_read_in_parts_and_again_for_each_reading(serve: Any, told: Any) -> None:
    server = serve(bulk_answer(3, 200))
    client = told(server, {"routes": {"daily_calculations": {**BULK, "window": {"max_days": 10}}}})
    for _ in range(2):
        client.prepare_days(date(2026, 10, 1), date(2026, 10, 31))
        assert len(client.daily_calculations("U2", date(2026, 10, 1), date(2026, 10, 31))) == 31
    assert len(server.requests) == 8


@pytest.mark.parametrize(
    ("contract", "message"),
    [
        ({"routes": {"daily_calculations": {"params": {"from": "{date_from}"}}}}, r"asks without \{date_to\}"),
        ({"routes": {"user": "/api/v1/User"}}, r"contract.routes.user asks without \{user_id\}"),
        ({"routes": {"users": {"timestamps": "utc"}}}, "the connection field 'timezone' is empty"),
    ],
)
def test_a_contract_that_cannot_work_is_refused_when_the_client_is_made(
    serve: Any, told: Any, contract: dict[str, Any], message: str
) -> None:
    server = serve(lambda path, query: [])
    with pytest.raises(errors.AllHoursParameterError, match=message):
        told(server, contract)
