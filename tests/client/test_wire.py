# SPDX-License-Identifier: Apache-2.0
"""Whatever a server sends ends in data or in one error of this provider, in one sentence."""

from __future__ import annotations

import gzip
import socket
import tracemalloc
from collections.abc import Callable
from typing import Any

import pytest

from airflow_provider_allhours.client import AllHoursClient
from airflow_provider_allhours.client.errors import (
    AllHoursContractError,
    AllHoursError,
    AllHoursParameterError,
    AllHoursResponseError,
    AllHoursTransportError,
)
from airflow_provider_allhours.sandbox.server import Sandbox

ServerOf = Callable[..., Any]
ClientTo = Callable[..., AllHoursClient]
ClientOf = Callable[..., AllHoursClient]

OK = "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n"


def lines(*parts: str) -> bytes:
    return "\r\n".join(parts).encode("latin-1")


@pytest.mark.parametrize(
    ("answer", "kind", "message"),
    [
        (b"", AllHoursTransportError, "connection cut"),
        (b"HTTP/1.1 200", AllHoursTransportError, "the response was cut"),
        (b"HTTP/1.1 200 OK\r\nContent-Type: appl", AllHoursTransportError, "the response was cut"),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n", AllHoursTransportError, "the response was cut"),
        (lines(OK, ""), AllHoursTransportError, "the response was cut"),
        (lines(f"{OK}Content-Length: no", "", " "), AllHoursTransportError, "the response was cut"),
        (lines(f"{OK}Transfer-Encoding: gzip", "", ""), AllHoursTransportError, "the response was cut"),
        (b"HELLO\r\n\r\n", AllHoursTransportError, "the response is not valid HTTP"),
        (b"HTTP/1.1 abc OK\r\n\r\n", AllHoursTransportError, "the response is not valid HTTP"),
        (b"HTTP/1.1 99 OK\r\n\r\n", AllHoursTransportError, "the response is not valid HTTP"),
        (b"HTTP/7.1 200 OK\r\n\r\n[]", AllHoursTransportError, "the response is not valid HTTP"),
        (b"HTTP/1.1 103 Early Hints\r\n\r\n", AllHoursContractError, "answered 103, an interim response"),
        (b"HTTP/1.1 999 Odd\r\nContent-Length: 0\r\n\r\n", AllHoursResponseError, "answered 999"),
        (lines(f"{OK}X: {'x' * 70_000}", "", ""), AllHoursTransportError, "the response is not valid HTTP"),
        (lines(OK + "\r\n".join(["X: y"] * 200), "", ""), AllHoursTransportError, "the response is not valid HTTP"),
        (lines(f"{OK}Content-Length: 100", "", "[]"), AllHoursTransportError, "the response was cut"),
        (lines(f"{OK}Content-Length: 2, 3", "", "[]"), AllHoursTransportError, "the response is not valid HTTP"),
        (lines(f"{OK}Transfer-Encoding: chunked", "", "zz", "[]"), AllHoursTransportError, "the response was cut"),
        (lines(f"{OK}Transfer-Encoding: chunked", "", "2", "[", ""), AllHoursTransportError, "the response was cut"),
        (lines(f"{OK}Transfer-Encoding: chunked", "", "2", "[]", ""), AllHoursTransportError, "the response was cut"),
        (lines(f"{OK}Content-Encoding: gzip", "", "[]"), AllHoursContractError, "not the gzip it says it is"),
        (
            lines(f"{OK}Content-Encoding: br", "", "[]"),
            AllHoursContractError,
            "Content-Encoding that was not",
        ),
        (lines(f"{OK}Content-Encoding: gzip", "", ""), AllHoursContractError, "a gzip body that was cut"),
        (
            lines(f"{OK}Content-Encoding: gzip", "", "") + gzip.compress(b"[]", mtime=0)[:-4],
            AllHoursContractError,
            "a gzip body that was cut",
        ),
    ],
)
def test_odd_http_is_one_error(
    raw_server: ServerOf, client_to: ClientTo, answer: bytes, kind: type[AllHoursError], message: str
) -> None:
    server = raw_server(answer)
    with pytest.raises(kind, match=f"^GET /api/v1/AbsenceDefinitions .*({message})") as caught:
        client_to(f"http://127.0.0.1:{server.port}").absence_definitions()
    assert "\n" not in str(caught.value)
    assert len(server.api_requests) == 1


@pytest.mark.parametrize(
    "answer",
    [
        lines(f"{OK}Content-Encoding: GZIP", "", "") + gzip.compress(b"[", mtime=0) + gzip.compress(b"]", mtime=0),
        lines(f"{OK}Content-Encoding: identity", "Content-Length: 2", "", "[]"),
        lines(f"{OK}Transfer-Encoding: chunked", "", "1", "[", "1", "]", "0", "", ""),
        lines("HTTP/1.1 100 Continue", "", f"{OK}Content-Length: 2", "", "[]"),
        lines("HTTP/1.0 200 OK", "", "[]"),
        lines("HTTP/1.1 204 No Content", "", ""),
        lines(f"{OK}Content-Length: 0", "", ""),
        lines(f"{OK}Content-Length: 2", "", "\r\n"),
        lines(f"{OK}Transfer-Encoding: Chunked", "", "0", "", ""),
    ],
)
def test_what_http_allows_is_read(raw_server: ServerOf, client_to: ClientTo, answer: bytes) -> None:
    assert client_to(f"http://127.0.0.1:{raw_server(answer).port}").absence_definitions() == []


@pytest.mark.parametrize("status", ["202 Accepted", "205 Reset Content", "206 Partial Content", "226 IM Used"])
def test_a_list_that_is_a_promise_or_a_part(raw_server: ServerOf, client_to: ClientTo, status: str) -> None:
    server = raw_server(lines(f"HTTP/1.1 {status}", "Content-Length: 2", "", "[]"))
    with pytest.raises(AllHoursContractError, match=f"answered {status[:3]}: a part of the list, or a promise of it"):
        client_to(f"http://127.0.0.1:{server.port}").absence_definitions()


def test_a_response_after_an_interim_one_is_not_taken_for_that_of_the_next_request(
    raw_server: ServerOf, client_to: ClientTo
) -> None:
    body = '[{"Id": "x", "Name": "late"}]'
    late = lines(f"{OK}Content-Length: {len(body)}", "", body)
    server = raw_server(lines("HTTP/1.1 103 Early Hints", "", "") + late, keep=True)
    client = client_to(f"http://127.0.0.1:{server.port}")
    for _ in range(2):
        with pytest.raises(AllHoursContractError, match="answered 103"):
            client.absence_definitions()


@pytest.mark.parametrize(
    ("status", "location", "message"),
    [
        ("304 Not Modified", None, "answered 304, which is neither a success nor a redirect nor an error"),
        ("302 Found", None, "answered 302, a redirect without an address"),
        ("302 Found", "", "answered 302, a redirect without an address"),
        ("302 Found", "http://[broken", "a redirect to an address that is not valid"),
        ("302 Found", "http://127.0.0.1:port/", "a redirect to an address that is not valid"),
        ("302 Found", "/a\\..\\b", "a redirect to an address that is not valid"),
        ("302 Found", "/\xff\xfe", "a redirect to an address that is not valid"),
        ("307 Temporary Redirect", "//evil.example/x", "a redirect to another host"),
        ("301 Moved", "http://the-client@127.0.0.1:{port}/x", "a redirect to another host"),
        ("308 Permanent Redirect", "/api/v1/AbsenceDefinitions", "was redirected more than 3 times"),
    ],
)
def test_a_redirect_that_leads_nowhere_is_one_error(
    raw_server: ServerOf, client_to: ClientTo, status: str, location: str | None, message: str
) -> None:
    def respond(connection: socket.socket) -> None:
        header = [] if location is None else [f"Location: {location.replace('{port}', str(server.port))}"]
        connection.sendall(lines(f"HTTP/1.1 {status}", "Content-Length: 0", "Connection: close", *header, "", ""))

    server = raw_server(respond)
    with pytest.raises(AllHoursResponseError, match=message) as caught:
        client_to(f"http://127.0.0.1:{server.port}").absence_definitions()
    assert caught.value.status == int(status[:3])


def test_a_redirected_write_is_not_sent_again(sandbox: Sandbox, client: AllHoursClient) -> None:
    sandbox.fault("redirect", route="users", method="POST", location="/api/v1/Users")
    with pytest.raises(AllHoursResponseError, match="a redirect of a write, which is not followed"):
        client.create_user({"FirstName": "Ana"})
    assert sandbox.stats()["requests"]["POST users"] == 1
    assert sandbox.stats()["writes_accepted"] == 0


@pytest.mark.parametrize("fault", ["endless_body", "gzip_bomb"])
def test_a_body_is_bounded_after_decompression(sandbox: Sandbox, client_of: ClientOf, fault: str) -> None:
    client = client_of(sandbox, max_body_bytes=2_000_000, retry_attempts=1)
    sandbox.fault(fault, route="users")
    tracemalloc.start()
    try:
        with pytest.raises(AllHoursContractError, match="^GET /api/v1/Users answered more than 2000000 bytes$"):
            client.users()
        assert tracemalloc.get_traced_memory()[1] < 20_000_000
    finally:
        tracemalloc.stop()
    assert client.absence_definitions()


def test_an_endless_error_body_keeps_its_status(raw_server: ServerOf, client_to: ClientTo) -> None:
    def respond(connection: socket.socket) -> None:
        connection.sendall(lines("HTTP/1.1 403 Forbidden", "", ""))
        while True:
            connection.sendall(b" " * 65_536)

    with pytest.raises(AllHoursResponseError, match="answered 403$") as caught:
        client_to(f"http://127.0.0.1:{raw_server(respond).port}").absence_definitions()
    assert caught.value.status == 403


@pytest.mark.parametrize("fault", ["slow_headers", "slow_body"])
def test_headers_and_body_share_the_time_limit(sandbox: Sandbox, client_of: ClientOf, fault: str) -> None:
    client_of(sandbox).absence_definitions()  # gets the token without haste
    client = client_of(sandbox, timeout=0.5, retry_attempts=1)
    sandbox.fault(fault, route="users", ms=600_000)
    with pytest.raises(AllHoursTransportError, match=r"\(timed out, limit 0.5 s\)") as caught:
        client.users()
    assert caught.value.sent


def test_interim_responses_without_end_share_the_time_limit(raw_server: ServerOf, client_to: ClientTo) -> None:
    def respond(connection: socket.socket) -> None:
        while True:
            connection.sendall(b"HTTP/1.1 100 Continue\r\n\r\n")
            server.closing.wait(0.01)

    server = raw_server(respond)
    with pytest.raises(AllHoursTransportError, match="timed out, limit 0.5 s"):
        client_to(f"http://127.0.0.1:{server.port}", timeout=0.5).absence_definitions()


@pytest.mark.parametrize(
    ("expires_in", "message"),
    [
        ("0", "expires_in 0; a token lives for a number of seconds above 0"),
        ("-5", "expires_in -5"),
        ('"NaN"', "expires_in|something other than"),
        ("NaN", "not JSON"),
        ("1e999", "not JSON|expires_in inf|something other"),
        ('"soon"', "something other than"),
        ("{}", "something other than"),
    ],
)
def test_an_odd_lifetime_of_a_token(raw_server: ServerOf, client_to: ClientTo, expires_in: str, message: str) -> None:
    server = raw_server(b"", token=_json(f'{{"access_token": "t0ken", "expires_in": {expires_in}}}'))
    with pytest.raises(
        AllHoursContractError, match=rf"^POST /connect/token \(token\) answered .*({message})"
    ) as caught:
        client_to(f"http://127.0.0.1:{server.port}").users()
    assert "t0ken" not in str(caught.value)


@pytest.mark.parametrize("expires_in", ["3600", '"3600"', "null", "1e15", "0.001"])
def test_a_plausible_lifetime_of_a_token(raw_server: ServerOf, client_to: ClientTo, expires_in: str) -> None:
    server = raw_server(
        lines(f"{OK}Content-Length: 2", "", "[]"),
        token=_json(f'{{"access_token": "t0ken", "expires_in": {expires_in}}}'),
    )
    assert client_to(f"http://127.0.0.1:{server.port}").users() == []


@pytest.mark.parametrize(
    ("token", "message"),
    [
        ('"t0ken\\r\\nX-Evil: 1"', "characters that an HTTP header cannot hold"),
        ('"t0ken\\n"', "characters that an HTTP header cannot hold"),
        ('"t0ken\\u20ac"', "characters that an HTTP header cannot hold"),
        ('"t0 ken"', "characters that an HTTP header cannot hold"),
        ('""', "an empty access_token"),
        ("null", "something other than"),
        ('["t0ken"]', "something other than"),
    ],
)
def test_an_odd_token_stands_in_no_header_and_no_message(
    raw_server: ServerOf, client_to: ClientTo, token: str, message: str
) -> None:
    server = raw_server(b"", token=_json(f'{{"access_token": {token}}}'))
    with pytest.raises(AllHoursContractError, match=message) as caught:
        client_to(f"http://127.0.0.1:{server.port}").users()
    assert "t0" not in str(caught.value)
    assert server.api_requests == []


@pytest.mark.parametrize(
    "arguments",
    [
        {"params": {"q": "\ud800"}},
        {"json": {"a": float("nan")}},
        {"json": {"a": object()}},
        {"path": "/api/v1/\ud800"},
    ],
)
def test_what_cannot_be_sent_is_a_parameter_error(client: AllHoursClient, arguments: dict[str, Any]) -> None:
    with pytest.raises(AllHoursParameterError, match="cannot be sent|JSON cannot hold"):
        client.request("POST", arguments.pop("path", "/api/v1/Users"), **arguments)


def test_deep_and_circular_bodies_are_parameter_errors(client: AllHoursClient) -> None:
    circular: list[Any] = []
    circular.append(circular)
    deep: list[Any] = []
    for _ in range(100_000):
        deep = [deep]
    for body in (circular, deep):
        with pytest.raises(AllHoursParameterError, match="cannot be sent|JSON cannot hold"):
            client.request("POST", "/api/v1/Users", json=body)


def _json(body: str) -> bytes:
    return lines(f"{OK}Content-Length: {len(body)}", "", body)
