# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

import asyncio
import json
import re
import socket
from typing import Any

import pytest
from airflow.sdk import Connection
from airflow.sdk._shared.secrets_masker import redact, reset_secrets_masker

from airflow_provider_allhours.client import AllHoursClient, ClientConfig, token_source
from airflow_provider_allhours.client.contract import parse_contract
from airflow_provider_allhours.client.errors import AllHoursParameterError
from airflow_provider_allhours.hooks.allhours import AllHoursHook
from airflow_provider_allhours.hooks.connection import read_connection
from airflow_provider_allhours.sandbox.server import Sandbox


def connection(**fields: Any) -> Connection:
    extra = fields.pop("extra", {})
    text = extra if isinstance(extra, str) else json.dumps(extra)
    return Connection(
        **{"conn_id": "c", "conn_type": "allhours", "login": "id", "password": "s3cret", "extra": text, **fields}
    )


def test_an_empty_form_means_the_vendor() -> None:
    settings = read_connection(connection(extra=""))
    assert settings.config.base_url == "https://api4.allhours.com"
    assert settings.config.auth_url == "https://login.spica.com/connect/token"
    assert (settings.config.scope, settings.config.timeout, settings.config.max_concurrency) == ("api", 30.0, 8)
    assert settings.config.requests_per_second is None
    assert settings.timezone is None


def test_every_field_is_read_as_the_form_or_a_person_writes_it() -> None:
    extra = {
        "auth_url": "login.allhours.com",
        "scope": "api other",
        "timezone": "Europe/Zagreb",
        "timeout": "12.5",
        "max_concurrency": "3",
        "requests_per_second": 4,
        "contract": '{"routes": {"users": "/api/v2/Users"}}',
    }
    settings = read_connection(connection(host="http://127.0.0.1", port=99, extra=extra))
    assert settings.config.base_url == "http://127.0.0.1:99"
    assert settings.config.auth_url == "https://login.allhours.com/connect/token"
    assert settings.config.contract == parse_contract({"routes": {"users": "/api/v2/Users"}})
    assert (settings.config.timeout, settings.config.max_concurrency) == (12.5, 3)
    assert settings.timezone == "Europe/Zagreb"


def test_a_form_left_blank_is_not_a_value() -> None:
    extra = dict.fromkeys(("auth_url", "scope", "timezone", "timeout", "contract"), "") | {"max_concurrency": None}
    assert read_connection(connection(extra=extra)) == read_connection(connection(extra="{}"))


def test_the_defaults_are_those_of_the_client() -> None:
    config = read_connection(connection(extra="")).config
    assert config == ClientConfig("https://api4.allhours.com", client_id="id", client_secret="s3cret")


@pytest.mark.parametrize("blanks", [" {}\t", "{}\r\n", "\n{}\n", "\u00a0{}\u00a0", "\ufeff{}\u200b", "\u2028{} \u2029"])
def test_blanks_and_line_ends_around_a_pasted_key_are_dropped(blanks: str) -> None:
    config = read_connection(connection(login=blanks.format("the id"), password=blanks.format("s3 cret"))).config
    assert (config.client_id, config.client_secret) == ("the id", "s3 cret")


def test_a_pasted_key_works(allhours_connection: Sandbox, monkeypatch: pytest.MonkeyPatch) -> None:
    fields = json.loads(allhours_connection.connection_json())
    fields |= {"login": f" {fields['login']}\n", "password": f"{fields['password']}\r\n"}
    monkeypatch.setenv("AIRFLOW_CONN_ALLHOURS_DEFAULT", json.dumps(fields))
    works, message = AllHoursHook().test_connection()
    assert works, message


@pytest.mark.parametrize("field", ["login", "password"])
def test_a_key_of_blanks_is_empty(field: str) -> None:
    with pytest.raises(AllHoursParameterError, match=f"'{field}' is empty"):
        read_connection(connection(**{field: " \u00a0\n"}))


def test_a_connection_from_a_uri() -> None:
    made = connection(
        host="http://127.0.0.1", port=99, extra={"timezone": "Europe/Vienna", "contract": {"routes": {"users": "/u"}}}
    )
    again = Connection.from_uri(made.get_uri(), conn_id="c")
    assert read_connection(again) == read_connection(made)


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"extra": {"auth_urll": "x", "scop": "y"}}, "unknown fields auth_urll, scop; known are auth_url, scope"),
        ({"extra": "not json"}, "'extra' is not a JSON object"),
        ({"extra": "[1]"}, "'extra' is not a JSON object"),
        ({"extra": {"contract": "[]"}}, "'contract' is not a JSON object"),
        (
            {"extra": {"contract": {"routes": {"nope": "/x"}}}},
            "contract.routes has the unknown route nope; known are users",
        ),
        ({"extra": {"timezone": "Mars/Olympus"}}, "'timezone' is 'Mars/Olympus'"),
        ({"extra": {"timeout": "soon"}}, "'timeout' is 'soon'; it takes a number above 0"),
        ({"extra": {"max_concurrency": 1.5}}, "'max_concurrency' is 1.5; it takes a whole number"),
        ({"extra": {"max_concurrency": True}}, "'max_concurrency' is True"),
        ({"extra": {"scope": 7}}, "'scope' is not text"),
        ({"host": "http://api4.allhours.com"}, "loopback"),
        ({"extra": {"auth_url": "http://login.spica.com"}}, "'auth_url' uses http://"),
        ({"login": None}, "'login' is empty"),
        ({"password": ""}, "'password' is empty"),
    ],
)
def test_a_field_that_cannot_work_is_named_and_the_secret_is_not(fields: dict[str, Any], said: str) -> None:
    with pytest.raises(AllHoursParameterError, match=said) as caught:
        read_connection(connection(**fields))
    assert "s3cret" not in str(caught.value)


def test_the_hook_gives_a_client(allhours_connection: Sandbox) -> None:
    hook = AllHoursHook()
    client = hook.get_conn()
    assert isinstance(client, AllHoursClient)
    assert hook.get_conn() is client
    assert client.users()
    assert hook.timezone == "Europe/Ljubljana"
    assert hook.client(max_concurrency=2).max_concurrency == 2


def test_nothing_is_read_before_it_is_needed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(AllHoursHook, "get_connection", lambda *_: pytest.fail("read in __init__"))
    AllHoursHook("anything")


def test_a_client_for_a_trigger(allhours_connection: Sandbox) -> None:
    async def read() -> int:
        hook = AllHoursHook()
        client = await hook.aget_conn()
        assert await hook.aget_conn() is client
        return len(await asyncio.to_thread(client.users))

    assert asyncio.run(read()) == 21


def test_the_test_button_says_yes_in_one_sentence(allhours_connection: Sandbox) -> None:
    works, message = AllHoursHook().test_connection()
    assert works
    assert message == f"Connected to {allhours_connection.url}: token granted, 10 absence definitions read."


@pytest.mark.parametrize(
    ("fault", "said"),
    [
        ({"kind": "status", "status": 400, "route": "token"}, "(token) answered 400: Fault lab: 400"),
        ({"kind": "status", "status": 403, "route": "absence_definitions"}, "answered 403"),
        ({"kind": "html", "route": "absence_definitions"}, "a page of HTML"),
        ({"kind": "reset", "route": "*"}, "got no answer"),
    ],
)
def test_the_test_button_says_why_not(allhours_connection: Sandbox, fault: dict[str, Any], said: str) -> None:
    allhours_connection.fault(**fault)
    works, message = AllHoursHook().test_connection()
    assert not works
    assert said in message
    assert "\n" not in message
    assert allhours_connection.client_secret not in message
    assert "<html" not in message


def closed_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return int(free.getsockname()[1])


@pytest.mark.parametrize(
    ("fields", "cause"),
    [
        ({"host": "https://nowhere.invalid", "port": None}, r"nowhere\.invalid.*name"),
        ({"port": "closed"}, r"127\.0\.0\.1:\d+.*refused"),
        ({"host": "https://127.0.0.1"}, r"127\.0\.0\.1:\d+.*TLS|127\.0\.0\.1:\d+.*certificate"),
        (
            {"extra": {"contract": {"routes": {"absence_definitions": "/elsewhere"}}}},
            r"127\.0\.0\.1:\d+.*/elsewhere.*404",
        ),
        ({"password": "wrong"}, r"127\.0\.0\.1:\d+.*\(token\).*invalid_client"),
        ({"extra": {"auth_url": "http://127.0.0.1:{port}/no-token-here"}}, r"/no-token-here.*404"),
        (
            {"password": "wrong", "extra": {"auth_url": "http://localhost:{port}/connect/token"}},
            r"^localhost:\d+: POST /connect/token \(token\)",
        ),
    ],
    ids=["name", "refused", "tls", "path", "secret", "token path", "another host for tokens"],
)
def test_the_test_button_names_host_and_cause(
    allhours_connection: Sandbox, monkeypatch: pytest.MonkeyPatch, fields: dict[str, Any], cause: str
) -> None:
    described = json.loads(allhours_connection.connection_json())
    changes = json.loads(json.dumps(fields).replace("{port}", str(described["port"])))
    if changes.get("port") == "closed":
        changes["port"] = closed_port()
    described |= {**changes, "extra": {**described["extra"], **changes.get("extra", {})}}
    monkeypatch.setenv("AIRFLOW_CONN_ALLHOURS_DEFAULT", json.dumps(described))
    works, message = AllHoursHook().test_connection()
    assert not works
    assert re.search(cause, message), message
    assert "\n" not in message
    assert described["password"] not in message


def test_the_test_button_without_a_connection() -> None:
    works, message = AllHoursHook("nowhere").test_connection()
    assert not works
    assert "nowhere" in message


def test_the_button_of_the_connection_form(allhours_connection: Sandbox) -> None:
    from airflow.models.connection import Connection as StoredConnection

    stored = StoredConnection(conn_id="allhours_default", **json.loads(allhours_connection.connection_json()))
    works, message = stored.test_connection()
    assert works, message


def token_in_use() -> str:
    (source,) = token_source._sources.values()
    assert source._token is not None
    return source._token.value


def test_the_masker_knows_secret_and_token(allhours_connection: Sandbox) -> None:
    reset_secrets_masker()
    AllHoursHook().get_conn().users()
    assert redact(f"{token_in_use()} {allhours_connection.client_secret}") == "*** ***"


@pytest.mark.parametrize("method", ["aget_conn", "aclient"])
def test_the_masker_of_a_triggerer_knows_the_token(allhours_connection: Sandbox, method: str) -> None:
    """The token comes to a worker thread, the masker is told on the event loop."""
    reset_secrets_masker()

    async def read() -> str:
        client = await getattr(AllHoursHook(), method)()
        await asyncio.to_thread(client.users)
        await asyncio.sleep(0)
        return str(redact(f"the token is {token_in_use()}"))

    assert asyncio.run(read()) == "the token is ***"
