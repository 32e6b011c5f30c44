# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

import pytest

from airflow_provider_allhours.client import ClientConfig
from airflow_provider_allhours.client.config import base_url, token_url
from airflow_provider_allhours.client.errors import AllHoursParameterError


@pytest.mark.parametrize(
    ("text", "port", "expected"),
    [
        (None, None, "https://api4.allhours.com"),
        ("", None, "https://api4.allhours.com"),
        ("api4.allhours.com", None, "https://api4.allhours.com"),
        ("https://api4.allhours.com/", None, "https://api4.allhours.com"),
        ("https://proxy.example/allhours/", None, "https://proxy.example/allhours"),
        ("proxy.example", 8443, "https://proxy.example:8443"),
        ("http://127.0.0.1", 8780, "http://127.0.0.1:8780"),
        ("http://localhost:99", 8780, "http://localhost:99"),
        ("http://[::1]:99", None, "http://[::1]:99"),
    ],
)
def test_hosts_as_admins_type_them(text: str | None, port: int | None, expected: str) -> None:
    assert base_url(text, port) == expected


@pytest.mark.parametrize("text", ["http://api4.allhours.com", "http://192.168.1.5", "http://127.0.0.1.evil.example"])
def test_plain_http_is_for_loopback_only(text: str) -> None:
    with pytest.raises(AllHoursParameterError, match="loopback"):
        base_url(text)


@pytest.mark.parametrize("text", ["ftp://host", "https://", "https://user:pw@host", "https://host:port"])
def test_what_is_no_web_address_is_refused_without_being_shown(text: str) -> None:
    with pytest.raises(AllHoursParameterError, match="connection field 'host'") as caught:
        base_url(text)
    assert "pw" not in str(caught.value)


def test_a_bare_token_host_gets_the_vendors_path() -> None:
    assert token_url("login.spica.com") == "https://login.spica.com/connect/token"
    assert token_url("https://login.allhours.com/") == "https://login.allhours.com/connect/token"
    assert token_url("https://proxy.example/oauth") == "https://proxy.example/oauth"
    assert token_url(None) == "https://login.spica.com/connect/token"


def test_the_secret_is_not_in_the_repr() -> None:
    assert "s3cret" not in repr(ClientConfig("https://h", "id", "s3cret"))


@pytest.mark.parametrize(
    ("field", "value", "said"),
    [
        ("client_id", "", "'login' is empty"),
        ("client_secret", "", "'password' is empty"),
        ("timeout", 0, "'timeout' is 0"),
        ("timeout", float("nan"), "'timeout' is nan"),
        ("timeout", float("inf"), "'timeout' is inf; it takes at most 86400 seconds"),
        ("timeout", 86_401, "it takes at most 86400 seconds"),
        ("max_body_bytes", 0, "'max_body_bytes' is 0"),
        ("max_concurrency", -1, "'max_concurrency' is -1"),
        ("requests_per_second", 0, "'requests_per_second' is 0"),
    ],
)
def test_a_field_that_cannot_work_is_named(field: str, value: object, said: str) -> None:
    with pytest.raises(AllHoursParameterError, match=said):
        ClientConfig(**{"base_url": "https://h", "client_id": "i", "client_secret": "s", field: value})


def test_the_limits_that_the_documentation_states() -> None:
    config = ClientConfig("https://h", "i", "s")
    assert (config.timeout, config.max_concurrency, config.requests_per_second) == (30.0, 8, None)
    assert (config.retry_attempts, config.retry_seconds, config.max_body_bytes) == (5, 120.0, 256_000_000)
