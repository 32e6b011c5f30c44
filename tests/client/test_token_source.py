# SPDX-License-Identifier: Apache-2.0
"""One token per account and process."""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import Any

import pytest

from airflow_provider_allhours.client import AllHoursClient, ClientConfig
from airflow_provider_allhours.client.auth import Token, TokenRequest
from airflow_provider_allhours.client.errors import (
    AllHoursAuthError,
    AllHoursContractError,
    AllHoursError,
    AllHoursNotFoundError,
    AllHoursValidationError,
)
from airflow_provider_allhours.client.stop_signal import Stopped, StopSignal
from airflow_provider_allhours.client.token_source import TokenSource, shared_token_source

CONFIG = ClientConfig("https://h", "id", "right", auth_url="https://t/token")


class Clock:
    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


def never() -> Token:
    pytest.fail("no token was needed")


def test_a_token_is_renewed_a_minute_early_and_at_most_at_half_its_life() -> None:
    clock = Clock()
    for lifetime, renewed_after in ((3600.0, 3540.0), (60.0, 30.0)):
        source = TokenSource(clock=clock)
        source.get(lambda lifetime=lifetime: Token("t", lifetime), StopSignal())
        clock.now += renewed_after - 1
        assert source.get(never, StopSignal()) == "t"
        clock.now += 1
        assert source.get(lambda: Token("t2", 10.0), StopSignal()) == "t2"


def test_a_refused_token_is_forgotten_once() -> None:
    source = TokenSource()
    old = source.get(lambda: Token("old", 100.0), StopSignal())
    source.refuse(old)
    assert source.get(lambda: Token("new", 100.0), StopSignal()) == "new"
    source.refuse(old)
    assert source.get(never, StopSignal()) == "new"


def test_twenty_threads_at_expiry_fetch_one_token() -> None:
    source, fetched, all_ask = TokenSource(), [], threading.Barrier(20)
    others_wait = threading.Event()

    def fetch() -> Token:
        fetched.append(1)
        assert others_wait.wait(10)
        return Token("t", 100.0)

    def ask(_: int) -> str:
        if all_ask.wait() == 0:
            others_wait.set()
        return source.get(fetch, StopSignal())

    with ThreadPoolExecutor(20) as pool:
        assert set(pool.map(ask, range(20))) == {"t"}
    assert len(fetched) == 1


def test_a_stopped_client_leaves_the_token_request_to_the_others() -> None:
    source, fetching, release = TokenSource(), threading.Event(), threading.Event()
    stopped, other = StopSignal(), StopSignal()

    def cut() -> Token:
        fetching.set()
        assert release.wait(10)
        raise OSError("cut")

    with ThreadPoolExecutor(3) as pool:
        first = pool.submit(source.get, cut, stopped)
        assert fetching.wait(10)
        second = pool.submit(source.get, lambda: Token("own", 100.0), other)
        stopped.set()
        release.set()
        assert isinstance(first.exception(10), OSError)
        assert second.result(10) == "own"


def test_a_stopped_client_does_not_wait_for_the_token_of_another_one() -> None:
    source, fetching, release, stopped = TokenSource(), threading.Event(), threading.Event(), StopSignal()

    def slow() -> Token:
        fetching.set()
        assert release.wait(10)
        return Token("t", 100.0)

    with ThreadPoolExecutor(2) as pool:
        first = pool.submit(source.get, slow, StopSignal())
        assert fetching.wait(10)
        second = pool.submit(source.get, never, stopped)
        stopped.set()
        assert isinstance(second.exception(10), Stopped)
        release.set()
        assert first.result(10) == "t"


@pytest.mark.parametrize(
    "change", [{"client_secret": "wrong"}, {"auth_url": "https://u/token"}, {"scope": "other"}, {"client_id": "you"}]
)
def test_a_token_is_shared_by_clients_of_the_same_key_endpoint_and_scope_only(change: dict[str, str]) -> None:
    assert shared_token_source(replace(CONFIG)) is shared_token_source(CONFIG)
    assert shared_token_source(replace(CONFIG, **change)) is not shared_token_source(CONFIG)


@pytest.mark.parametrize(
    ("status", "kind", "is_about_credentials"),
    [
        ("400 Bad Request", AllHoursAuthError, True),
        ("401 Unauthorized", AllHoursAuthError, True),
        ("403 Forbidden", AllHoursAuthError, True),
        ("404 Not Found", AllHoursNotFoundError, False),
        ("422 Unprocessable", AllHoursValidationError, False),
        ("201 Created", AllHoursContractError, False),
    ],
)
def test_a_refused_token_request_names_the_fields_to_correct(
    raw_server: Callable[..., Any],
    client_to: Callable[..., AllHoursClient],
    status: str,
    kind: type[AllHoursError],
    is_about_credentials: bool,
) -> None:
    server = raw_server(b"", token=f"HTTP/1.1 {status}\r\nContent-Length: 2\r\n\r\n{{}}".encode())
    with pytest.raises(kind, match=rf"^POST /connect/token \(token\) answered {status[:3]}") as caught:
        client_to(f"http://127.0.0.1:{server.port}").users()
    assert type(caught.value) is kind
    assert ("the Client ID or Client Secret of the connection is refused" in str(caught.value)) is is_about_credentials


def test_a_token_is_used_for_a_day_at_most() -> None:
    clock = Clock()
    source = TokenSource(clock=clock)
    response = TokenRequest(CONFIG, lambda *_: (200, b'{"access_token": "t", "expires_in": 1e15}'), lambda _: None)
    source.get(response.send, StopSignal())
    clock.now += 86_400 - 61
    assert source.get(never, StopSignal()) == "t"
    clock.now += 1
    assert source.get(lambda: Token("t2", 60.0), StopSignal()) == "t2"


def test_a_token_without_a_lifetime_is_used_for_minutes_and_told_before_it_is_used() -> None:
    told: list[str] = []
    request = TokenRequest(CONFIG, lambda *_: (200, b'{"access_token": "t"}'), told.append)
    assert request.send() == Token("t", 300.0)
    assert told == ["t"]
    assert "t'" not in repr(request.send())


@pytest.mark.parametrize(("scope", "sent"), [("api", {"scope": "api"}), ("", {})])
def test_the_form_of_the_token_request(scope: str, sent: dict[str, str]) -> None:
    forms: list[Any] = []

    def post(name: str, form: Any) -> tuple[int, bytes]:
        forms.append((name, dict(form.fields)))
        assert (form.as_json, form.basic) == (False, None)
        return 200, b'{"access_token": "t"}'

    TokenRequest(replace(CONFIG, scope=scope), post, lambda _: None).send()
    credentials = {"grant_type": "client_credentials", "client_id": "id", "client_secret": "right"}
    assert forms == [("POST /token (token)", credentials | sent)]
