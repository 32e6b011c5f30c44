# SPDX-License-Identifier: Apache-2.0
"""The client against the sandbox's fault lab: complete and correct, or one specific error."""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import date
from typing import Any

import pytest

from airflow_provider_allhours.client import AllHoursClient, ClientConfig, errors, rate_limiter
from airflow_provider_allhours.client.models import AbsenceDraft
from airflow_provider_allhours.client.stop_signal import StopSignal
from airflow_provider_allhours.sandbox.server import Sandbox

FIRST, LAST = date(2026, 10, 1), date(2026, 10, 31)
ClientOf = Callable[..., AllHoursClient]


class Clock:
    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        self.now += seconds


class Pauses:
    """Seconds of the pauses that began."""

    def __init__(self) -> None:
        self.begun: list[float] = []
        self._changed = threading.Condition()

    def begin(self, seconds: float) -> None:
        with self._changed:
            self.begun.append(seconds)
            self._changed.notify_all()

    def wait_for(self, count: int) -> None:
        with self._changed:
            assert self._changed.wait_for(lambda: len(self.begun) >= count, 10), f"{len(self.begun)} of {count} pauses"


@pytest.fixture
def pauses(monkeypatch: pytest.MonkeyPatch) -> Pauses:
    pauses, wait_until = Pauses(), StopSignal.wait_until

    def observed(signal: StopSignal, is_done: Callable[[], bool], seconds: float | None = None) -> None:
        if seconds is not None:
            pauses.begin(seconds)
        wait_until(signal, is_done, seconds)

    monkeypatch.setattr(StopSignal, "wait_until", observed)
    return pauses


def someone(client: AllHoursClient) -> str:
    return next(user.id for user in client.users() if user.is_time_attendance_user)


def draft_for(client: AllHoursClient) -> AbsenceDraft:
    return AbsenceDraft(
        user_id=someone(client),
        absence_definition_id=client.absence_definitions()[0].id,
        day=date(2026, 11, 20),
        comment="Zdravnik",
    )


@pytest.mark.parametrize("kind", ["reset", "cut_before", "cut_after", "truncated", "status", "rate_limit", "revoke"])
def test_a_read_outlives_what_passes(sandbox: Sandbox, client: AllHoursClient, kind: str) -> None:
    expected = client.users()
    sandbox.fault(kind, route="users", times=1, **({"seconds": 0.2} if kind == "rate_limit" else {}))
    assert client.users() == expected
    assert sandbox.stats()["faults"] == {kind: 1}


def test_a_401_in_the_middle_costs_one_token_and_one_resend(sandbox: Sandbox, client: AllHoursClient) -> None:
    client.users()
    sandbox.reset_stats()
    sandbox.fault("status", status=401, route="users", times=1)
    client.users()
    stats = sandbox.stats()
    assert (stats["requests"]["GET users"], stats["tokens"]) == (2, 1)


def test_a_key_that_stays_refused_is_an_auth_error(sandbox: Sandbox, client: AllHoursClient) -> None:
    sandbox.fault("status", status=401, route="users")
    with pytest.raises(errors.AllHoursAuthError, match="GET /api/v1/Users answered 401") as caught:
        client.users()
    assert caught.value.status == 401
    assert sandbox.stats()["requests"]["GET users"] == 2


def test_twenty_threads_at_expiry_cause_one_token_request(sandbox: Sandbox, client_of: ClientOf) -> None:
    client = client_of(sandbox, max_concurrency=20)
    client.absence_definitions()
    client._transport._tokens._use_until = 0.0
    sandbox.reset_stats()
    with ThreadPoolExecutor(20) as pool:
        list(pool.map(lambda _: client.absence_definitions(), range(20)))
    assert sandbox.stats()["tokens"] == 1


def test_two_clients_of_one_key_share_a_token(sandbox: Sandbox, client_of: ClientOf) -> None:
    client_of(sandbox).users()
    client_of(sandbox).users()
    assert sandbox.stats()["tokens"] == 1


def test_a_wrong_secret_is_refused_though_the_right_one_has_a_token(sandbox: Sandbox, client: AllHoursClient) -> None:
    from airflow_provider_allhours.client import ClientConfig

    client.users()
    wrong = AllHoursClient(ClientConfig(sandbox.url, sandbox.client_id, "wr0ng-s3cret", auth_url=sandbox.token_url))
    with pytest.raises(errors.AllHoursAuthError, match="invalid_client") as caught:
        wrong.users()
    assert "wr0ng" not in str(caught.value)


@pytest.mark.parametrize(("as_date", "seconds"), [(False, 0.3), (True, 2)])
def test_the_servers_pause_is_kept(
    sandbox: Sandbox, client: AllHoursClient, pauses: Pauses, as_date: bool, seconds: float
) -> None:
    client.users()
    sandbox.fault("rate_limit", route="users", times=1, seconds=seconds, as_date=as_date)
    client.users()
    # An HTTP date has whole seconds, so up to one of the two is lost on the way.
    assert seconds - (1.5 if as_date else 0.001) <= pauses.begun[0] <= seconds
    assert sandbox.stats()["statuses"]["429"] == 1


def test_a_429_pauses_every_thread_and_client_of_the_account(
    sandbox: Sandbox, client_of: ClientOf, pauses: Pauses
) -> None:
    client, same_account = client_of(sandbox, retry_seconds=100), client_of(sandbox, retry_seconds=100)
    client.absence_definitions()
    sandbox.reset_stats()
    sandbox.fault("rate_limit", route="users", seconds=60)
    with ThreadPoolExecutor(3) as pool:
        limited = pool.submit(client.users)
        pauses.wait_for(1)
        held = [pool.submit(client.absence_definitions), pool.submit(same_account.absence_definitions)]
        pauses.wait_for(3)
        assert all(50 < seconds <= 60 for seconds in pauses.begun)
        for stopping in (client, same_account):
            stopping.stop()
        assert all(isinstance(call.exception(10), errors.AllHoursTransportError) for call in (limited, *held))
    assert sandbox.stats()["requests"] == {"GET users": 1}


def test_a_429_does_not_pause_another_account(sandbox: Sandbox, client_of: ClientOf, pauses: Pauses) -> None:
    client = client_of(sandbox, retry_attempts=1, retry_seconds=100)
    with Sandbox(employees=10) as other_host:
        sandbox.fault("rate_limit", route="users", seconds=60)
        with pytest.raises(errors.AllHoursRateLimitError):
            client.users()
        assert client_of(other_host).users()
    assert pauses.begun == []


def test_a_pause_beyond_patience_is_raised_with_its_length(
    sandbox: Sandbox, client_of: ClientOf, pauses: Pauses
) -> None:
    client = client_of(sandbox, retry_seconds=5)
    sandbox.fault("rate_limit", route="users", seconds=3600)
    with pytest.raises(errors.AllHoursRateLimitError) as caught:
        client.users()
    assert caught.value.retry_after == 3600
    assert sandbox.stats()["requests"]["GET users"] == 1
    # and nobody else waits for an hour
    assert client.absence_definitions()
    assert pauses.begun == []


def test_attempts_are_bounded(sandbox: Sandbox, client_of: ClientOf) -> None:
    client = client_of(sandbox, retry_attempts=3)
    sandbox.fault("status", status=503, route="users")
    with pytest.raises(errors.AllHoursServerError, match=r"GET /api/v1/Users answered 503: Fault lab: 503\.") as caught:
        client.users()
    assert caught.value.status == 503
    assert sandbox.stats()["requests"]["GET users"] == 3


@pytest.mark.parametrize(
    ("kind", "said"),
    [
        ("html", "a page of HTML"),
        ("wrong_shape", "something other than a list of users: an array is due, an object came"),
        ("truncated_json", "not JSON"),
    ],
)
def test_what_the_api_does_not_promise_is_a_contract_error(
    sandbox: Sandbox, client: AllHoursClient, kind: str, said: str
) -> None:
    sandbox.fault(kind, route="users")
    with pytest.raises(errors.AllHoursContractError, match=said):
        client.users()
    assert sandbox.stats()["requests"]["GET users"] == 1


def test_a_redirect_to_another_host_is_not_followed(sandbox: Sandbox, client: AllHoursClient) -> None:
    with Sandbox(employees=10) as elsewhere:
        sandbox.fault("redirect", route="users", location=f"{elsewhere.url}/api/v1/Users")
        with pytest.raises(errors.AllHoursResponseError, match="another host"):
            client.users()
        assert elsewhere.stats()["total"] == 0


def test_a_redirect_within_the_host_is_followed_for_a_read(sandbox: Sandbox, client: AllHoursClient) -> None:
    expected = client.users()
    sandbox.fault("redirect", route="users", times=1, location="/api/v1/users/")
    assert client.users() == expected


def test_a_slow_answer_times_out(sandbox: Sandbox, client_of: ClientOf) -> None:
    client_of(sandbox).absence_definitions()  # gets the token without haste
    client = client_of(sandbox, timeout=0.3, retry_attempts=2)
    sandbox.fault("latency", route="users", ms=600_000)
    with pytest.raises(
        errors.AllHoursTransportError,
        match=r"GET /api/v1/Users got no .* from 127.0.0.1:\d+ \(timed out, limit 0.3 s\)",
    ):
        client.users()


@pytest.mark.parametrize("method", ["GET", "POST", "PUT", "DELETE"])
def test_nobody_there_is_a_transport_error_that_was_never_sent(client_of: ClientOf, method: str) -> None:
    with Sandbox(employees=10) as sandbox:
        client = client_of(sandbox, retry_attempts=2)
        client.users()
    with pytest.raises(errors.AllHoursTransportError, match="connection refused|connection cut") as caught:
        client.request(method, "/api/v1/Absences", json=None if method == "GET" else {"Comment": "x"})
    # The first try may have gone over a connection that the client still believed to be open.
    with pytest.raises(errors.AllHoursTransportError, match="connection refused") as again:
        client.request(method, "/api/v1/Absences", json=None if method == "GET" else {"Comment": "x"})
    assert not again.value.sent
    assert "sandbox" not in f"{caught.value} {again.value}"


@pytest.mark.parametrize("kind", ["cut_before", "cut_after", "truncated", "status"])
def test_a_post_is_never_sent_twice_on_a_doubt(sandbox: Sandbox, client: AllHoursClient, kind: str) -> None:
    draft = draft_for(client)
    sandbox.fault(kind, route="absences", method="POST")
    with pytest.raises((errors.AllHoursTransportError, errors.AllHoursServerError)) as caught:
        client.create_absence(draft)
    assert sandbox.stats()["requests"]["POST absences"] == 1
    assert getattr(caught.value, "sent", True) is True


def test_a_post_is_repeated_after_a_429(sandbox: Sandbox, client: AllHoursClient) -> None:
    draft = draft_for(client)
    sandbox.fault("rate_limit", route="absences", method="POST", times=2, seconds=0.1)
    created = client.create_absence(draft)
    assert created.day == draft.day
    assert sandbox.stats()["writes_accepted"] == 1


def test_a_refusal_says_why_and_not_who(sandbox: Sandbox, client: AllHoursClient) -> None:
    user = client.user(someone(client))
    with pytest.raises(errors.AllHoursValidationError, match="POST /api/v1/Users answered 400") as caught:
        client.create_user({"FirstName": "Ana", "LastName": "Nova", "Email": user.email})
    assert caught.value.reason == "A user with this e-mail exists."
    assert str(user.email) not in str(caught.value)


def test_a_record_that_is_not_there(client: AllHoursClient) -> None:
    with pytest.raises(errors.AllHoursNotFoundError, match=r"DELETE /api/v1/Absences/\{absence_id\} answered 404"):
        client.delete_absence("00000000-0000-0000-0000-000000000000")


def test_an_absence_is_written_changed_and_deleted(client: AllHoursClient) -> None:
    draft = draft_for(client)
    created = client.create_absence(draft)
    changed = client.update_absence(created.id, AbsenceDraft(**{**_fields(draft), "comment": "other"}))
    assert changed is not None
    assert (changed.id, changed.comment) == (created.id, "other")
    assert client.absence(created.id).comment == "other"
    client.delete_absence(created.id)
    with pytest.raises(errors.AllHoursNotFoundError):
        client.absence(created.id)


def _fields(draft: AbsenceDraft) -> dict[str, object]:
    return {name: getattr(draft, name) for name in draft.__struct_fields__}


def test_the_escape_hatch_stays_on_its_host(client: AllHoursClient, sandbox: Sandbox) -> None:
    assert client.request("get", "/api/v1/OrganizationUnits")[0]["Name"] == "Company"
    assert client.request("GET", f"{sandbox.url}/api/v1/OrganizationUnits")
    for elsewhere in ("https://evil.example/api", "//evil.example/api"):
        with pytest.raises(errors.AllHoursParameterError, match="another host"):
            client.request("GET", elsewhere)


def test_the_request_rate_is_shared_by_the_clients_of_an_account(
    sandbox: Sandbox, client_of: ClientOf, monkeypatch: pytest.MonkeyPatch
) -> None:
    clock = Clock()
    key = (sandbox.url, sandbox.client_id)
    rate_limiter._rate_limiters[key] = rate_limiter.RateLimiter(clock=clock)
    monkeypatch.setattr(StopSignal, "pause", lambda _, seconds: clock.sleep(seconds))
    clients = [client_of(sandbox, requests_per_second=2) for _ in range(2)]
    for _ in range(5):
        for client in clients:
            client.absence_definitions()
    assert sandbox.stats()["total"] == 11  # with the one for a token
    assert clock.now == pytest.approx(10 / 2)


def test_requests_in_flight_are_bounded(client_of: ClientOf) -> None:
    with Sandbox(employees=10, switches={"latency_ms": 30}) as sandbox:
        client = client_of(sandbox, max_concurrency=3)
        with ThreadPoolExecutor(12) as pool:
            list(pool.map(lambda _: client.absence_definitions(), range(24)))
        assert sandbox.stats()["peak_in_flight"] == 3


def readings(client: AllHoursClient) -> tuple[list[Any], ...]:
    """One person's days, and everybody's absences and clockings of a month."""
    return (
        [(day.date, day.calculation_result_summary) for day in client.daily_calculations(someone(client), FIRST, LAST)],
        [(absence.id, absence.day) for absence in client.absences(FIRST, LAST)],
        [clocking.timestamp for clocking in client.clockings(FIRST, LAST)],
    )


@pytest.fixture(scope="module")
def plain_readings() -> tuple[list[Any], ...]:
    with Sandbox(employees=10, months=2) as sandbox:
        config = ClientConfig(sandbox.url, sandbox.client_id, sandbox.client_secret, auth_url=sandbox.token_url)
        with AllHoursClient(config) as client:
            return readings(client)


@pytest.mark.parametrize("style", ["fraction", "plain", "zulu", "offset"])
@pytest.mark.parametrize("inclusive", [True, False])
@pytest.mark.parametrize("page", [None, 1, 7])
@pytest.mark.parametrize("as_text", [True, False])
def test_every_open_question_has_the_same_answer_here(
    plain_readings: tuple[list[Any], ...],
    client_of: ClientOf,
    style: str,
    inclusive: bool,
    page: int | None,
    as_text: bool,
) -> None:
    switches = {
        "timestamp_style": style,
        "date_to_inclusive": inclusive,
        "calculations_page": page,
        "numbers_as_text": as_text,
    }
    with Sandbox(employees=10, months=2, switches=switches) as sandbox:
        found = readings(client_of(sandbox))
    assert found == plain_readings
    assert len(found[0]) == 31
    assert all(found)
