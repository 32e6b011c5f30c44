# SPDX-License-Identifier: Apache-2.0
"""A stopped client sends nothing more, and its threads do not wait any longer."""

from __future__ import annotations

import contextlib
import signal
import socket
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from datetime import date
from typing import Any

import pytest

from airflow_provider_allhours.client import AllHoursClient, ClientConfig
from airflow_provider_allhours.client.errors import AllHoursTransportError
from airflow_provider_allhours.client.models import AbsenceDraft
from airflow_provider_allhours.client.stop_signal import Stopped, StopSignal
from airflow_provider_allhours.sandbox.server import Sandbox

MINUTE = 60_000
ENDS_AT_ONCE = 10  # seconds until a hanging test is a failed one
ClientOf = Callable[..., AllHoursClient]


@pytest.fixture
def pool() -> Iterator[ThreadPoolExecutor]:
    with ThreadPoolExecutor(8) as pool:
        yield pool


def seen(sandbox: Sandbox, request: str, times: int = 1) -> None:
    """Return when the sandbox has received a request so many times."""
    until = time.monotonic() + ENDS_AT_ONCE
    while sandbox.stats()["requests"].get(request, 0) < times:
        assert time.monotonic() < until, f"{request} did not arrive"
        time.sleep(0.01)


@pytest.fixture
def pausing(monkeypatch: pytest.MonkeyPatch) -> threading.Event:
    """Set when a thread begins a pause."""
    event, wait_until = threading.Event(), StopSignal.wait_until

    def observed(signal: StopSignal, is_done: Callable[[], bool], seconds: float | None = None) -> None:
        if seconds is not None:
            event.set()
        wait_until(signal, is_done, seconds)

    monkeypatch.setattr(StopSignal, "wait_until", observed)
    return event


def error_of(call: Future[Any]) -> AllHoursTransportError:
    error = call.exception(ENDS_AT_ONCE)
    assert isinstance(error, AllHoursTransportError), error
    return error


def test_a_hanging_read_is_cut(sandbox: Sandbox, client_of: ClientOf, pool: ThreadPoolExecutor) -> None:
    client = client_of(sandbox, timeout=60)
    sandbox.fault("latency", route="users", ms=MINUTE)
    call = pool.submit(client.users)
    seen(sandbox, "GET users")
    client.stop()
    assert str(error_of(call)) == "GET /api/v1/Users was cut because the task was stopped"
    assert error_of(call).sent
    assert sandbox.stats()["requests"]["GET users"] == 1


def test_a_write_in_flight_may_have_arrived(sandbox: Sandbox, client_of: ClientOf, pool: ThreadPoolExecutor) -> None:
    client = client_of(sandbox, timeout=60)
    user, definition = client.users()[0].id, client.absence_definitions()[0].id
    sandbox.fault("latency", route="absences", method="POST", ms=MINUTE)
    draft = AbsenceDraft(user_id=user, absence_definition_id=definition, day=date(2026, 11, 20))
    call = pool.submit(client.create_absence, draft)
    seen(sandbox, "POST absences")
    client.stop()
    assert error_of(call).sent


def test_a_body_without_a_length_that_is_cut_is_no_response(
    raw_server: Callable[..., Any], client_to: ClientOf, pool: ThreadPoolExecutor
) -> None:
    is_sent = threading.Event()

    def respond(connection: socket.socket) -> None:
        connection.sendall(b"HTTP/1.1 200 OK\r\n\r\n[]")
        is_sent.set()
        server.closing.wait(ENDS_AT_ONCE)

    server = raw_server(respond)
    client = client_to(f"http://127.0.0.1:{server.port}", timeout=60)
    call = pool.submit(client.absence_definitions)
    assert is_sent.wait(ENDS_AT_ONCE)
    time.sleep(0.3)  # so that the client waits for more of the body
    client.stop()
    assert "was cut because the task was stopped" in str(error_of(call))


def test_the_pause_before_a_retry_ends(
    sandbox: Sandbox, client_of: ClientOf, pool: ThreadPoolExecutor, pausing: threading.Event
) -> None:
    client = client_of(sandbox, retry_seconds=100)
    client.absence_definitions()
    sandbox.fault("rate_limit", route="users", seconds=60)
    call = pool.submit(client.users)
    assert pausing.wait(ENDS_AT_ONCE)
    client.stop()
    assert str(error_of(call)) == "GET /api/v1/Users was not sent because the task was stopped"
    assert not error_of(call).sent
    assert sandbox.stats()["requests"]["GET users"] == 1


def test_a_write_that_a_first_try_may_have_done_counts_as_sent(
    sandbox: Sandbox, client_of: ClientOf, pool: ThreadPoolExecutor, pausing: threading.Event
) -> None:
    client = client_of(sandbox, retry_seconds=100)
    client.absence_definitions()
    sandbox.fault("status", status=503, route="absence", method="DELETE")
    absence = client.absences(date(2026, 10, 1), date(2026, 10, 31))[0].id
    call = pool.submit(client.delete_absence, absence)
    assert pausing.wait(ENDS_AT_ONCE)
    client.stop()
    assert str(error_of(call)) == "DELETE /api/v1/Absences/{absence_id} was not sent again because the task was stopped"
    assert error_of(call).sent


@pytest.mark.usefixtures("temporary_folder")
def test_the_wait_for_a_turn_ends(
    sandbox: Sandbox, client_of: ClientOf, pool: ThreadPoolExecutor, pausing: threading.Event
) -> None:
    client = client_of(sandbox, requests_per_second=0.01)
    call = pool.submit(client.users)
    assert pausing.wait(ENDS_AT_ONCE)
    client.stop()
    assert not error_of(call).sent
    assert "GET users" not in sandbox.stats()["requests"]


def test_the_wait_for_a_free_slot_ends(sandbox: Sandbox, client_of: ClientOf, pool: ThreadPoolExecutor) -> None:
    client = client_of(sandbox, max_concurrency=1, timeout=60)
    client.absence_definitions()
    sandbox.fault("latency", route="users", ms=MINUTE)
    calls = [pool.submit(client.users) for _ in range(4)]
    seen(sandbox, "GET users")
    client.stop()
    assert sorted(error_of(call).sent for call in calls) == [False, False, False, True]
    assert sandbox.stats()["requests"]["GET users"] == 1


def test_nothing_is_sent_afterwards(sandbox: Sandbox, client: AllHoursClient) -> None:
    client.users()
    client.stop()
    sandbox.reset_stats()
    for call in (client.users, client.absence_definitions, lambda: client.delete_absence("x")):
        with pytest.raises(AllHoursTransportError, match="was not sent because the task was stopped") as caught:
            call()
        assert not caught.value.sent
    assert sandbox.stats()["total"] == 0


def test_another_client_of_the_account_goes_on(sandbox: Sandbox, client_of: ClientOf, pool: ThreadPoolExecutor) -> None:
    stopped, other = client_of(sandbox, timeout=60), client_of(sandbox)
    sandbox.fault("latency", route="token", ms=1000, times=1)
    calls = [pool.submit(stopped.users)]
    seen(sandbox, "POST token")
    waiting = pool.submit(other.users)
    stopped.stop()
    assert error_of(calls[0])
    assert waiting.result(ENDS_AT_ONCE)


def test_a_server_that_does_not_even_shake_hands(client_of: ClientOf, pool: ThreadPoolExecutor) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listening:
        address = f"https://127.0.0.1:{listening.getsockname()[1]}"
        client = AllHoursClient(ClientConfig(address, "id", "secret", auth_url=address, timeout=60))
        call = pool.submit(client.users)
        connection, _ = listening.accept()
        with connection:
            assert connection.recv(1)  # the first byte of the TLS handshake
            client.stop()
            assert "because the task was stopped" in str(error_of(call))


def test_a_signal_handler_may_stop_the_thread_that_it_interrupts(
    sandbox: Sandbox, client_of: ClientOf, pausing: threading.Event
) -> None:
    client = client_of(sandbox, retry_seconds=100)
    sandbox.fault("rate_limit", route="users", seconds=60)
    before = signal.signal(signal.SIGUSR1, lambda *_: client.stop())

    def interrupt() -> None:
        assert pausing.wait(ENDS_AT_ONCE)
        signal.pthread_kill(threading.main_thread().ident or 0, signal.SIGUSR1)

    interrupting = threading.Thread(target=interrupt)
    try:
        interrupting.start()
        with pytest.raises(AllHoursTransportError, match="because the task was stopped"):
            client.users()
    finally:
        interrupting.join()
        signal.signal(signal.SIGUSR1, before)


def test_a_connection_that_does_not_come_about_is_cut(pool: ThreadPoolExecutor) -> None:
    with socket.create_server(("127.0.0.1", 0), backlog=0) as listening, contextlib.ExitStack() as waiting:
        port = listening.getsockname()[1]
        # Nobody accepts, and with a full queue further connections are not answered.
        for _ in range(3):
            filling = waiting.enter_context(socket.socket())
            filling.setblocking(False)
            filling.connect_ex(("127.0.0.1", port))
        address = f"http://127.0.0.1:{port}"
        client = AllHoursClient(ClientConfig(address, "id", "secret", auth_url=address, timeout=60))
        call = pool.submit(client.users)
        connecting(client)
        client.stop()
        assert "because the task was stopped" in str(error_of(call))
        assert not error_of(call).sent


def connecting(client: AllHoursClient) -> None:
    """Return when a request of the client has a socket."""
    until = time.monotonic() + ENDS_AT_ONCE
    while not any(request._socket for request in list(client._transport._stop._in_flight)):
        assert time.monotonic() < until, "no socket was opened"
        time.sleep(0.01)
    time.sleep(0.1)


def test_a_wait_ends_with_the_signal_and_not_only_with_its_next_look(
    pool: ThreadPoolExecutor, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("airflow_provider_allhours.client.stop_signal.MAX_WAIT", 3600.0)
    stopped, woken, done = StopSignal(), StopSignal(), threading.Event()
    waits = [pool.submit(stopped.pause, 3600), pool.submit(woken.wait_until, done.is_set)]
    while not (stopped._waiting and woken._waiting):
        time.sleep(0.01)
    stopped.set()
    done.set()
    woken.wake()
    assert isinstance(waits[0].exception(ENDS_AT_ONCE), Stopped)
    assert waits[1].result(ENDS_AT_ONCE) is None
