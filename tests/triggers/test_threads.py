# SPDX-License-Identifier: Apache-2.0
"""Polls have threads of their own."""

from __future__ import annotations

import asyncio
import contextvars
import threading
from collections.abc import Iterator

import pytest

from airflow_provider_allhours.triggers import threads
from airflow_provider_allhours.triggers.threads import THREADS, in_own_thread


@pytest.fixture
def gate() -> Iterator[threading.Event]:
    opened = threading.Event()
    yield opened
    opened.set()


def test_hanging_polls_leave_the_threads_of_others_alone(gate: threading.Event) -> None:
    names: list[str] = []

    async def scenario() -> None:
        hanging = [asyncio.create_task(in_own_thread(gate.wait)) for _ in range(1000)]
        await asyncio.sleep(0)
        # The event loop's own executor has a few threads; one of them is free.
        names.append(await asyncio.wait_for(asyncio.to_thread(lambda: threading.current_thread().name), 30))
        own = [thread for thread in threading.enumerate() if thread.name.startswith("allhours_")]
        assert len(own) <= THREADS
        gate.set()
        assert await asyncio.gather(*hanging) == [True] * 1000

    asyncio.run(scenario())
    assert not names[0].startswith("allhours_")


def test_a_poll_that_was_cancelled_while_it_waited_is_not_made(gate: threading.Event) -> None:
    made: list[int] = []

    async def scenario() -> None:
        hanging = [asyncio.create_task(in_own_thread(gate.wait)) for _ in range(THREADS)]
        waiting = asyncio.create_task(in_own_thread(lambda: made.append(1)))
        await asyncio.sleep(0.05)
        waiting.cancel()
        await asyncio.sleep(0)
        gate.set()
        await asyncio.gather(*hanging)
        # The threads go on: none of them ended with the call that was cancelled.
        assert await asyncio.gather(*(in_own_thread(lambda: 7) for _ in range(3 * THREADS))) == [7] * 3 * THREADS

    asyncio.run(scenario())
    assert made == []


def test_errors_and_context_variables_pass() -> None:
    variable: contextvars.ContextVar[str] = contextvars.ContextVar("variable", default="")

    def fail() -> None:
        raise LookupError(variable.get())

    async def scenario() -> None:
        variable.set("here")
        with pytest.raises(LookupError, match="here"):
            await in_own_thread(fail)

    asyncio.run(scenario())


def test_a_fork_begins_with_no_threads() -> None:
    assert asyncio.run(in_own_thread(lambda: 1)) == 1
    threads._forget_pool()
    assert asyncio.run(in_own_thread(lambda: 2)) == 2
