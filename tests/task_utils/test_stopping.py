# SPDX-License-Identifier: Apache-2.0
"""Who stops a client, and when; what a stopped client does is tested with the client."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any

import pytest

from airflow_provider_allhours.client import AllHoursClient, errors
from airflow_provider_allhours.sandbox.server import Sandbox
from airflow_provider_allhours.task_utils import stopping
from airflow_provider_allhours.task_utils.stopping import StopsWithTask

MAX_SECONDS = 60


def is_stopped(client: AllHoursClient) -> bool:
    try:
        client.pause(0)
    except errors.AllHoursTransportError:
        return True
    return False


@pytest.mark.parametrize("error", [None, ValueError, KeyboardInterrupt])
def test_a_client_is_stopped_at_the_end(client: AllHoursClient, error: type[BaseException] | None) -> None:
    task = StopsWithTask()
    try:
        with task.running(client) as running:
            assert running is client
            assert not is_stopped(client)
            if error is not None:
                raise error
    except (ValueError, KeyboardInterrupt):
        assert error is not None
    assert is_stopped(client)
    # A second signal finds nothing to stop.
    task.on_kill()


def test_on_kill_stops_the_running_client_and_every_later_one(
    sandbox: Sandbox, client_of: Callable[..., AllHoursClient]
) -> None:
    task, first, later = StopsWithTask(), client_of(sandbox), client_of(sandbox)
    with task.running(first):
        task.on_kill()
        assert is_stopped(first)
        assert not is_stopped(later)
    with task.running(later):
        assert is_stopped(later)


def test_a_signal_handler_does_not_wait_for_a_lock_of_the_thread_that_it_interrupted(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The interrupted thread holds what ``stop`` needs, and gives it back only after the handler."""
    monkeypatch.setattr(stopping, "MAX_SECONDS_TO_STOP", 0.01)
    held, stopped = threading.Lock(), threading.Event()

    class Locked:
        def stop(self) -> None:
            with held:
                stopped.set()

        def close(self) -> None:
            pass

    client: Any = Locked()
    task = StopsWithTask()
    with task.running(client):
        with held:
            task.on_kill()
            assert not stopped.is_set()
        assert stopped.wait(MAX_SECONDS)
