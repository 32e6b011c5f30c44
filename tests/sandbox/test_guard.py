# SPDX-License-Identifier: Apache-2.0
"""The page and the control routes refuse what a foreign page in a browser could send."""

from __future__ import annotations

from http.client import HTTPConnection

import pytest

from airflow_provider_allhours.sandbox.server import Sandbox

JSON = {"Content-Type": "application/json"}


def send(sandbox: Sandbox, method: str, path: str, headers: dict[str, str], body: str = "{}") -> tuple[int, str]:
    """Status and body; a header ``Host`` of its own takes the place of the usual one."""
    connection = HTTPConnection("127.0.0.1", sandbox.port, timeout=30)
    connection.request(method, path, body if method == "POST" else None, headers)
    answer = connection.getresponse()
    content = answer.read().decode()
    connection.close()
    return answer.status, content


@pytest.mark.parametrize(
    "host", ["rebound.example", "rebound.example:{port}", "127.0.0.1:1", "localhost", "x@localhost:{port}", "[::1", ""]
)
@pytest.mark.parametrize("path", ["/", "/_sandbox/state", "/_sandbox/tokens"])
def test_a_foreign_host_is_refused(sandbox: Sandbox, host: str, path: str) -> None:
    method = "POST" if path.endswith("tokens") else "GET"
    status, content = send(sandbox, method, path, {**JSON, "Host": host.format(port=sandbox.port)})
    assert status == 403
    assert "the page and the control routes answer to" in content
    assert "\n" not in content


@pytest.mark.parametrize("host", ["localhost:{port}", "127.0.0.1:{port}", "[::1]:{port}", "LOCALHOST:{port}"])
def test_loopback_names_with_the_own_port_are_served(sandbox: Sandbox, host: str) -> None:
    headers = {**JSON, "Host": host.format(port=sandbox.port)}
    assert send(sandbox, "GET", "/", headers)[0] == 200
    assert send(sandbox, "POST", "/_sandbox/tokens", {**headers, "Origin": f"http://{headers['Host']}"})[0] == 200


@pytest.mark.parametrize(
    "origin",
    ["http://foreign.example", "https://127.0.0.1:{port}", "http://127.0.0.1:1", "http://localhost", "null", ""],
)
@pytest.mark.parametrize(("method", "name"), [("POST", "faults"), ("DELETE", "faults"), ("GET", "state")])
def test_a_foreign_origin_is_refused(sandbox: Sandbox, origin: str, method: str, name: str) -> None:
    sandbox.fault("html")
    headers = {**JSON, "Origin": origin.format(port=sandbox.port)}
    status, content = send(sandbox, method, f"/_sandbox/{name}", headers, '{"kind": "status"}')
    assert status == 403
    assert "control requests from a browser come from the page at" in content
    assert [fault["kind"] for fault in sandbox.control("GET", "faults")] == ["html"]


@pytest.mark.parametrize(
    "media_type", ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x", None]
)
def test_what_is_not_sent_as_json_is_refused(sandbox: Sandbox, media_type: str | None) -> None:
    """A form of any page can send these without being asked."""
    headers = {} if media_type is None else {"Content-Type": media_type}
    status, content = send(sandbox, "POST", "/_sandbox/faults", headers, '{"kind": "html"}')
    assert status == 415
    assert "a control request is sent as application/json" in content
    assert sandbox.control("GET", "faults") == []


def test_the_api_is_served_under_any_name(sandbox: Sandbox) -> None:
    """It asks for a token, and containers reach it by names of their own."""
    assert send(sandbox, "GET", "/api/v1/Users", {"Host": "host.docker.internal:8780"})[0] == 401
