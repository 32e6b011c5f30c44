# SPDX-License-Identifier: Apache-2.0
"""Running triggers beside a test, without assumptions about how fast the machine is."""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

import pytest

from airflow_provider_allhours.sandbox.server import Sandbox

MAX_TRIES = 6000
MOST_REQUESTS_OF_A_POLL = 3
"""A poll reads its window whole and in two halves."""


class Listener:
    """Collects the events of a stream in the background; an error of the stream fails whoever waits."""

    def __init__(self, stream: AsyncIterator[Any], sandbox: Sandbox) -> None:
        self.events: list[Any] = []
        self._sandbox = sandbox
        self._reading = asyncio.create_task(self._read(stream))

    async def _read(self, stream: AsyncIterator[Any]) -> None:
        async for event in stream:
            self.events.append(event.payload)

    async def until(self, condition: Callable[[], bool]) -> None:
        """Wait for a condition, which is tried in a thread."""
        for _ in range(MAX_TRIES):
            if await asyncio.to_thread(condition):
                return
            self.check()
            await asyncio.sleep(0.02)
        raise AssertionError(f"the condition did not hold in {MAX_TRIES} tries")

    def requests(self) -> int:
        """Requests of lists of absences since the sandbox started."""
        return int(self._sandbox.stats()["requests"].get("GET absences", 0))

    async def polled(self, times: int = 1) -> None:
        """Wait until so many polls began after now, and the one before the last of them was dealt with."""
        before = await asyncio.to_thread(self.requests)
        await self.until(lambda: self.requests() > before + times * MOST_REQUESTS_OF_A_POLL)

    def check(self) -> None:
        """Raise the error of a stream that ended."""
        if self._reading.done():
            self._reading.result()
            raise AssertionError("the stream ended")

    async def close(self) -> None:
        self._reading.cancel()
        await asyncio.gather(self._reading, return_exceptions=True)


class Clock:
    """Time that passes only while this thread's event loop sleeps, and then at once."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.now = time.time()
        self.pauses: list[float] = []
        thread, sleep = threading.current_thread(), asyncio.sleep

        async def pass_time(seconds: float, result: Any = None) -> Any:
            if threading.current_thread() is not thread:
                return await sleep(seconds, result)
            if seconds > 0:
                self.pauses.append(seconds)
                self.now += seconds
            return await sleep(0, result)

        monkeypatch.setattr(asyncio, "sleep", pass_time)
        monkeypatch.setattr(time, "time", lambda: self.now)


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    """The pauses of a trigger, recorded and not waited for."""
    return Clock(monkeypatch)


@pytest.fixture
def listening(allhours_connection: Sandbox) -> Callable[..., Any]:
    """``async with listening(stream) as listener``."""

    @asynccontextmanager
    async def listen(stream: AsyncIterator[Any]) -> AsyncIterator[Listener]:
        listener = Listener(stream, allhours_connection)
        try:
            yield listener
            listener.check()
        finally:
            await listener.close()

    return listen
