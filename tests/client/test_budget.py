# SPDX-License-Identifier: Apache-2.0
"""One budget of tries per request, and one finding about a server that is down for all threads."""

from __future__ import annotations

import contextlib
import socket
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import date
from typing import Any

import pytest

from airflow_provider_allhours.client import AllHoursClient, ClientConfig
from airflow_provider_allhours.client.auth import Token
from airflow_provider_allhours.client.errors import (
    AllHoursAuthError,
    AllHoursContractError,
    AllHoursError,
    AllHoursRateLimitError,
    AllHoursServerError,
    AllHoursTransportError,
)
from airflow_provider_allhours.client.models import AbsenceDraft
from airflow_provider_allhours.client.reachability import DOWN_SECONDS, MIN_FAILURES, Reachability
from airflow_provider_allhours.client.retry import MAX_PAUSE, backoff
from airflow_provider_allhours.client.sockets import TimedSocket
from airflow_provider_allhours.client.stop_signal import StopSignal
from airflow_provider_allhours.client.token_source import TokenSource
from airflow_provider_allhours.sandbox.server import Sandbox

ServerOf = Callable[..., Any]
ClientOf = Callable[..., AllHoursClient]


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """Pauses of a tenth."""
    monkeypatch.setattr("airflow_provider_allhours.client.retry.FIRST_PAUSE", 0.05)


@pytest.fixture
def connects(monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    """Addresses that were connected to, or tried to."""
    addresses: list[Any] = []

    class Counted(TimedSocket):
        def connect(self, address: Any) -> None:
            addresses.append(address)
            super().connect(address)

    monkeypatch.setattr("airflow_provider_allhours.client.sockets.TimedSocket", Counted)
    return addresses


def outcome(call: Callable[[], Any]) -> type[AllHoursError] | None:
    try:
        call()
    except AllHoursError as error:
        return type(error)
    return None


@pytest.mark.parametrize(
    ("fault", "kind"),
    [
        ({"kind": "status", "status": 503}, AllHoursServerError),
        ({"kind": "reset"}, AllHoursTransportError),
        ({"kind": "rate_limit", "seconds": 0.05}, AllHoursRateLimitError),
    ],
)
def test_a_token_server_that_is_down_costs_the_tries_of_one_request(
    sandbox: Sandbox, client: AllHoursClient, fault: dict[str, Any], kind: type[AllHoursError]
) -> None:
    sandbox.faults({"route": "token", **fault})
    with pytest.raises(kind, match=r"^POST /connect/token \(token\)") as caught:
        client.users()
    assert not caught.value.sent
    stats = sandbox.stats()["requests"]
    assert stats == {"POST token": 5}


def test_eight_threads_share_the_tries_for_a_token(sandbox: Sandbox, client: AllHoursClient) -> None:
    sandbox.fault("status", status=503, route="token")
    with ThreadPoolExecutor(8) as pool:
        outcomes = set(pool.map(lambda _: outcome(client.users), range(8)))
    assert outcomes <= {AllHoursServerError, AllHoursTransportError}
    assert sandbox.stats()["requests"]["POST token"] <= 6


def test_hundreds_of_reads_do_not_ask_a_dead_token_server_again(sandbox: Sandbox, client: AllHoursClient) -> None:
    sandbox.fault("status", status=503, route="token")
    with ThreadPoolExecutor(8) as pool:
        outcomes = list(pool.map(lambda _: outcome(client.users), range(800)))
    assert None not in outcomes
    assert sandbox.stats()["requests"]["POST token"] <= 8


def test_a_write_whose_token_failed_was_not_sent_and_is_tried_again(sandbox: Sandbox, client: AllHoursClient) -> None:
    user = sandbox.company.user_at(3)
    draft = AbsenceDraft(user_id=user.id, absence_definition_id="x", day=date(2026, 11, 20))
    sandbox.fault("status", status=503, route="token", times=2)
    with contextlib.suppress(AllHoursError):
        client.create_absence(draft)
    assert sandbox.stats()["requests"] == {"POST token": 3, "POST absences": 1}


def test_refused_credentials_are_not_tried_again(sandbox: Sandbox, client_of: ClientOf) -> None:
    client = AllHoursClient(ClientConfig(sandbox.url, sandbox.client_id, "wrong", auth_url=sandbox.token_url))
    with client, ThreadPoolExecutor(8) as pool:
        assert set(pool.map(lambda _: outcome(client.users), range(8))) == {AllHoursAuthError}
    # A refusal is remembered for moments only; on a busy machine a thread may start after them.
    assert sandbox.stats()["requests"]["POST token"] <= 2


def test_eight_threads_and_a_dead_host_end_after_a_bounded_number_of_connections(
    sandbox: Sandbox, client_of: ClientOf, connects: list[Any]
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listening:
        port = listening.getsockname()[1]
    client = AllHoursClient(
        ClientConfig(f"http://127.0.0.1:{port}", sandbox.client_id, sandbox.client_secret, auth_url=sandbox.token_url)
    )
    with client, ThreadPoolExecutor(8) as pool:
        outcomes = list(pool.map(lambda _: outcome(client.users), range(800)))
    assert set(outcomes) == {AllHoursTransportError}
    assert len([address for address in connects if address[1] == port]) <= 8 * 5
    assert sandbox.stats()["tokens"] == 1


def test_a_host_that_comes_back_in_time_is_not_given_up(sandbox: Sandbox, client_of: ClientOf) -> None:
    """Eight threads that fail at the same moment are no proof that the host is down."""
    client = client_of(sandbox, retry_seconds=60)
    sandbox.fault("reset", route="users", times=8)
    with ThreadPoolExecutor(8) as pool:
        assert set(pool.map(lambda _: outcome(client.users), range(8))) == {None}


def test_a_server_is_down_after_one_request_used_its_tries_and_nobody_got_through() -> None:
    clock = Clock()
    reachability = Reachability(clock=clock)
    for _ in range(MIN_FAILURES - 1):
        reachability.failed("GET /x got no answer")
    reachability.given_up()
    assert not reachability.is_down
    reachability.failed("GET /x got no answer")
    assert not reachability.is_down
    reachability.given_up()
    assert reachability.is_down
    with pytest.raises(AllHoursTransportError, match="^GET /y was not sent because 5 requests in a row .* GET /x"):
        reachability.check("GET /y")
    clock.now += DOWN_SECONDS / 2
    reachability.given_up()  # who was refused while it is down does not prolong it
    clock.now += DOWN_SECONDS / 2
    assert not reachability.is_down
    reachability.failed("GET /x got no answer")
    assert reachability.is_down
    reachability.answered()
    assert not reachability.is_down


@pytest.mark.parametrize(
    "fault", [{"kind": "status", "status": 404}, {"kind": "status", "status": 503}, {"kind": "html"}, {"kind": "reset"}]
)
def test_any_sign_of_life_says_that_the_server_is_up(
    sandbox: Sandbox, client_of: ClientOf, fault: dict[str, Any]
) -> None:
    client = client_of(sandbox, retry_attempts=1)
    reachability = client._transport._reachability
    for _ in range(MIN_FAILURES - 1):
        reachability.failed("x")
    sandbox.faults({"route": "users", **fault})
    with pytest.raises(AllHoursError):
        client.users()
    reachability.failed("x")
    reachability.given_up()
    assert not reachability.is_down


def test_a_token_servers_pause_of_years_is_not_remembered_for_years() -> None:
    clock = Clock()
    source = TokenSource(clock=clock)

    def fail() -> Token:
        raise AllHoursServerError("POST /token answered 503", status=503, retry_after=10**7)

    with pytest.raises(AllHoursServerError):
        source.get(fail, StopSignal())
    assert source.seconds_until_retry() == 120
    clock.now += 120
    assert source.get(lambda: Token("t", 60.0), StopSignal()) == "t"


def test_who_waits_is_woken_when_the_server_is_found_down() -> None:
    reachability, waiting = Reachability(), StopSignal()
    reachability.listen(waiting)
    for _ in range(MIN_FAILURES):
        reachability.failed("x")
    with ThreadPoolExecutor(1) as pool:
        pause = pool.submit(waiting.wait_until, lambda: reachability.is_down, 600)
        reachability.given_up()
        assert pause.result(10) is None


def test_a_failed_token_request_is_remembered_until_the_next_try_is_due() -> None:
    clock = Clock()
    source, asked = TokenSource(clock=clock), []

    def fail() -> Token:
        asked.append(1)
        raise AllHoursServerError("POST /token answered 503", status=503, retry_after=7)

    for _ in range(3):
        with pytest.raises(AllHoursServerError, match="answered 503") as caught:
            source.get(fail, StopSignal())
        assert caught.value.status == 503
    assert len(asked) == 1
    assert source.seconds_until_retry() == 7
    clock.now += 7
    assert source.get(lambda: Token("t", 60.0), StopSignal()) == "t"
    assert source.seconds_until_retry() == 0


def test_threads_that_share_a_failure_raise_exceptions_of_their_own() -> None:
    source = TokenSource(clock=Clock())

    def fail() -> Token:
        raise AllHoursContractError("not a token")

    errors = []
    for _ in range(2):
        with pytest.raises(AllHoursContractError) as caught:
            source.get(fail, StopSignal())
        errors.append(caught.value)
    assert errors[0] is not errors[1]
    assert errors[0].args == errors[1].args


def test_a_pause_of_years_is_raised_and_not_waited_for(sandbox: Sandbox, client_of: ClientOf) -> None:
    client, other = client_of(sandbox, retry_seconds=20), client_of(sandbox, retry_seconds=5)
    client.absence_definitions()
    sandbox.fault("rate_limit", route="users", seconds=10**12)
    with pytest.raises(AllHoursRateLimitError) as caught:
        client.users()
    assert caught.value.retry_after == 366 * 86_400
    assert sandbox.stats()["requests"]["GET users"] == 1
    assert client.absence_definitions()
    # A pause that one client waits for may be longer than another one of the account has time.
    sandbox.clear_faults()
    other._transport._rate_limiter.pause(10)
    with pytest.raises(AllHoursRateLimitError, match="was not sent because .* asked for a pause of 10 s") as told:
        other.users()
    assert not told.value.sent
    assert sandbox.stats()["requests"]["GET users"] == 1


@pytest.mark.parametrize("failures", [1, 2, 3, 10, 1000])
def test_each_failure_doubles_the_pause_up_to_a_limit(failures: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("airflow_provider_allhours.client.retry.FIRST_PAUSE", 0.5)
    longest = min(MAX_PAUSE, 0.25 * 2 ** min(failures, 20))
    pauses = [backoff(failures, AllHoursTransportError("x")) for _ in range(50)]
    assert all(longest / 2 <= pause <= longest for pause in pauses)
    assert len(set(pauses)) > 1


def test_the_servers_pause_comes_before_our_own() -> None:
    assert backoff(1, AllHoursServerError("x", status=503, retry_after=0.0)) == 0.0
    assert backoff(9, AllHoursRateLimitError("x", status=429, retry_after=33.0)) == 33.0


class Clock:
    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


def test_a_dead_token_server_does_not_end_the_tries_of_who_has_a_token(
    sandbox: Sandbox, client: AllHoursClient
) -> None:
    client.absence_definitions()
    tokens = client._transport._tokens.reachability
    for _ in range(MIN_FAILURES):
        tokens.failed("x")
    tokens.given_up()
    sandbox.fault("status", status=503, route="users", times=3)
    assert client.users()
    assert tokens.is_down


@pytest.mark.parametrize("is_token_server", [True, False])
def test_a_request_to_a_server_that_is_down_fails_without_a_pause(
    sandbox: Sandbox, client: AllHoursClient, monkeypatch: pytest.MonkeyPatch, is_token_server: bool
) -> None:
    transport = client._transport
    reachability = transport._tokens.reachability if is_token_server else transport._reachability
    for _ in range(MIN_FAILURES):
        reachability.failed("GET /x got no answer")
    reachability.given_up()
    pauses: list[float] = []
    monkeypatch.setattr(StopSignal, "wait_until", lambda _, is_done, seconds=None: pauses.append(seconds))
    with pytest.raises(AllHoursTransportError, match="was not sent because 5 requests in a row failed") as caught:
        client.users()
    assert not caught.value.sent
    assert pauses == []
    assert sandbox.stats()["total"] == 0


def test_the_pause_for_a_token_grows_with_each_failure_and_starts_anew_after_a_success() -> None:
    clock = Clock()
    source = TokenSource(clock=clock)

    def fail() -> Token:
        raise AllHoursTransportError("no answer")

    def failed_pause() -> float:
        with pytest.raises(AllHoursTransportError):
            source.get(fail, StopSignal())
        seconds = source.seconds_until_retry()
        clock.now += seconds
        return seconds

    first, second, third = failed_pause(), failed_pause(), failed_pause()
    assert 0.025 <= first <= 0.05 <= second <= 0.1 <= third <= 0.2
    source.get(lambda: Token("t", 60.0), StopSignal())
    clock.now += 60
    assert 0.025 <= failed_pause() <= 0.05


def test_a_budget_of_hardly_any_time_sends_once_and_waits_for_no_pause(sandbox: Sandbox, client_of: ClientOf) -> None:
    client = client_of(sandbox, retry_seconds=0.000001)
    assert client.absence_definitions()
    sandbox.reset_stats()
    client._transport._rate_limiter.pause(0.5)
    with pytest.raises(AllHoursRateLimitError, match="asked for a pause of"):
        client.absence_definitions()
    assert sandbox.stats()["total"] == 0
