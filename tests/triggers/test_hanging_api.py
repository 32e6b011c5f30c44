# SPDX-License-Identifier: Apache-2.0
"""A thousand deferred sensors on an API that never answers, and a trigger of somebody else in the same process."""

from __future__ import annotations

import asyncio
import json
import socket
import threading
import time
from collections.abc import Iterator

import pytest

from airflow_provider_allhours.triggers.periods import AllHoursPeriodReadyTrigger
from airflow_provider_allhours.triggers.threads import THREADS

TRIGGERS, ROUNDS = 1000, 50
NEVER = 300
"""Seconds after which what hangs is a failed test."""


class SilentServer:
    """Accepts connections and never answers.

    Attributes:
        connections: those that were accepted and are still open.
    """

    def __init__(self) -> None:
        self._listening = socket.create_server(("127.0.0.1", 0), backlog=TRIGGERS)
        self.port = self._listening.getsockname()[1]
        self.connections: list[socket.socket] = []
        threading.Thread(target=self._accept, daemon=True).start()

    def _accept(self) -> None:
        while True:
            try:
                connection, _ = self._listening.accept()
            except OSError:
                return
            self.connections.append(connection)

    def close(self) -> None:
        for one in (self._listening, *self.connections):
            one.close()


@pytest.fixture
def silent(monkeypatch: pytest.MonkeyPatch) -> Iterator[SilentServer]:
    server = SilentServer()
    url = f"http://127.0.0.1:{server.port}"
    extra = {"auth_url": f"{url}/connect/token", "timeout": 600, "timezone": "Europe/Ljubljana"}
    connection = {"conn_type": "allhours", "host": url, "login": "id", "password": "secret", "extra": extra}
    monkeypatch.setenv("AIRFLOW_CONN_ALLHOURS_DEFAULT", json.dumps(connection))
    yield server
    server.close()


def waiting() -> AllHoursPeriodReadyTrigger:
    return AllHoursPeriodReadyTrigger(
        date_from="2026-10-01",
        date_to="2026-10-31",
        checks=["absences-decided"],
        timezone="Europe/Ljubljana",
        allhours_conn_id="allhours_default",
        poke_interval=0.1,
        deadline=time.time() + 6000,
    )


@pytest.mark.slow
def test_a_thousand_hanging_waits_leave_other_triggers_alone(silent: SilentServer) -> None:
    """Counted are the others' rounds while every wait hangs, and the threads that the waits have."""

    async def next_event() -> None:
        async for _ in waiting().run():
            return

    def own_threads() -> int:
        return sum(thread.name.startswith("allhours_") for thread in threading.enumerate())

    async def scene() -> tuple[int, int, int]:
        hanging = [asyncio.create_task(next_event()) for _ in range(TRIGGERS)]
        while not silent.connections or own_threads() < THREADS:
            assert not any(task.done() for task in hanging)
            await asyncio.sleep(0.05)
        names = [await asyncio.to_thread(lambda: threading.current_thread().name) for _ in range(ROUNDS)]
        threads, ended = own_threads(), sum(task.done() for task in hanging)
        for task in hanging:
            task.cancel()
        await asyncio.gather(*hanging, return_exceptions=True)
        return sum(not name.startswith("allhours_") for name in names), threads, ended

    assert asyncio.run(asyncio.wait_for(scene(), NEVER)) == (ROUNDS, THREADS, 0)
