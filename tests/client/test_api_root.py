# SPDX-License-Identifier: Apache-2.0
"""No path, id or redirect leads a request out of the API root."""

from __future__ import annotations

import pytest

from airflow_provider_allhours.client import AllHoursClient
from airflow_provider_allhours.client.api_root import ApiRoot, path_segment
from airflow_provider_allhours.client.errors import AllHoursParameterError, AllHoursResponseError
from airflow_provider_allhours.sandbox.server import Sandbox

ROOT = ApiRoot("https://api.example/allhours")


@pytest.mark.parametrize(
    ("path", "url"),
    [
        ("/api/v1/Users", "https://api.example/allhours/api/v1/Users"),
        ("api/v1/Users", "https://api.example/allhours/api/v1/Users"),
        ("/api/v1/Users?a=../b&c=\\d", "https://api.example/allhours/api/v1/Users?a=../b&c=\\d"),
        ("/api/v1/U..sers/a.b", "https://api.example/allhours/api/v1/U..sers/a.b"),
        ("https://api.example/allhours/x", "https://api.example/allhours/x"),
        ("https://API.example:443/allhours/x", "https://API.example:443/allhours/x"),
        ("/@evil.example/x", "https://api.example/allhours/@evil.example/x"),
    ],
)
def test_paths_below_the_root(path: str, url: str) -> None:
    assert ROOT.url_of(path) == url


@pytest.mark.parametrize(
    ("path", "message"),
    [
        ("/../admin", "out of the API root"),
        ("/api/../../admin", "out of the API root"),
        ("/api/..", "out of the API root"),
        ("/./x", "out of the API root"),
        ("/api/%2e%2e/%2E%2e/admin", "out of the API root"),
        ("/api/%252e%252e/admin", "out of the API root"),
        ("/api/..%2f..%2fadmin", "out of the API root"),
        ("/api/..;a=b/admin", "out of the API root"),
        ("https://api.example/other", "out of the API root"),
        ("https://api.example/allhours/../other", "out of the API root"),
        ("https://api.example/allhours", "out of the API root"),
        ("/api\\..\\..\\admin", "a backslash"),
        ("\\\\evil.example\\x", "a backslash"),
        ("/%5c..%5cadmin", "a backslash"),
        ("//evil.example/x", "another host"),
        ("https://evil.example/allhours/x", "another host"),
        ("http://api.example/allhours/x", "another host"),
        ("https://api.example:8443/allhours/x", "another host"),
        ("https://user:pw@api.example/allhours/x", "another host"),
        ("https://api.example@evil.example/allhours/x", "another host"),
        ("https://api.example:port/allhours/x", "another host"),
        ("file:///etc/passwd", "another host"),
        ("https://[broken/x", "another host"),
        ("//[broken/x", "another host"),
        ("/api\r\nX-Evil: 1", "control character"),
        ("/api\tx", "control character"),
        ("/api\x00", "control character"),
        ("/api\x7f", "control character"),
        ("/api/\ud800", "cannot be sent"),
    ],
)
def test_paths_that_lead_out_of_the_root(path: str, message: str) -> None:
    with pytest.raises(AllHoursParameterError, match=f"^parameter 'endpoint' .*{message}") as caught:
        ROOT.url_of(path)
    assert "pw" not in str(caught.value)
    assert caught.value.args[0].isprintable()


def test_a_root_without_a_path() -> None:
    root = ApiRoot("http://127.0.0.1:8780")
    assert root.url_of("/x") == "http://127.0.0.1:8780/x"
    assert not root.is_own("http://127.0.0.1/x")
    assert ApiRoot("http://127.0.0.1").is_own("http://127.0.0.1:80/x")
    assert ApiRoot("https://h:443").is_own("https://h/x")
    assert not ApiRoot("https://h:443").is_own("https://h:80/x")


@pytest.mark.parametrize(
    ("location", "target"),
    [
        ("/allhours/x", "https://api.example/allhours/x"),
        ("../allhours/x", "https://api.example/allhours/x"),
        ("https://api.example:443/allhours/x", "https://api.example:443/allhours/x"),
        ("?page=2", "https://api.example/allhours/users?page=2"),
        ("k\xc3\xa4se", "https://api.example/allhours/käse"),
    ],
)
def test_redirects_on_the_own_host_are_followed(location: str, target: str) -> None:
    for method in ("GET", "HEAD"):
        url = ROOT.redirected_url("GET /u", method, "https://api.example/allhours/users", 302, {"Location": location})
        assert url == target


@pytest.mark.parametrize("location", ["/other", "../other", "/allhours/%2e%2e/other", "/allhours"])
def test_redirects_out_of_the_root_are_not_followed(location: str) -> None:
    with pytest.raises(AllHoursResponseError, match="^GET /u answered 302, a redirect out of the API root"):
        ROOT.redirected_url("GET /u", "GET", "https://api.example/allhours/users", 302, {"Location": location})


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "PATCH"])
def test_a_redirect_of_a_write_is_not_followed(status: int, method: str) -> None:
    with pytest.raises(AllHoursResponseError, match="a redirect of a write") as caught:
        ROOT.redirected_url("x", method, "https://api.example/allhours/users", status, {"Location": "/allhours/x"})
    assert caught.value.status == status


@pytest.mark.parametrize("status", [300, 304, 305, 306, 310])
def test_other_statuses_are_no_redirect(status: int) -> None:
    with pytest.raises(AllHoursResponseError, match=f"^x answered {status}, which is neither"):
        ROOT.redirected_url("x", "GET", "https://api.example/x", status, {"Location": "/x"})


@pytest.mark.parametrize(
    "value",
    [
        *("", " ", ".", "..", "...", "a/b", "../x", "a\\b", "%2e%2e", "%2f", "a%252fb", "..;x"),
        *("a\r\nb", "\x00", "\x1b[2J", "a\u2028b"),
    ],
)
def test_ids_that_would_change_a_path_or_a_log_line(sandbox: Sandbox, client: AllHoursClient, value: str) -> None:
    with pytest.raises(AllHoursParameterError, match="^parameter 'absence_id' is '.*', which cannot") as caught:
        client.delete_absence(value)
    assert caught.value.args[0].isprintable()
    assert sandbox.stats()["total"] == 0


def test_other_ids_are_quoted() -> None:
    assert path_segment("user_id", "a b?c#d%&é.1") == "a%20b%3Fc%23d%25%26%C3%A9.1"


@pytest.mark.parametrize("path", ["/api/v1/../../admin", "//evil.example", "/a%2e%2e/%2e%2e", "/a\\b"])
def test_the_escape_hatch_sends_nothing_out_of_the_root(sandbox: Sandbox, client: AllHoursClient, path: str) -> None:
    with pytest.raises(AllHoursParameterError, match="parameter 'endpoint'"):
        client.request("DELETE", path)
    assert sandbox.stats()["total"] == 0
