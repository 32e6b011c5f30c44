# SPDX-License-Identifier: Apache-2.0
"""Results come in order; at the end nothing new starts, and nobody waits for what still runs."""

from __future__ import annotations

import subprocess
import sys
import threading
import time
from collections.abc import Iterator

import pytest

from airflow_provider_allhours.client.concurrency import map_ordered

MAX_SECONDS = 60


class Blocked:
    """Calls that end only when they are told to; the first one returns at once."""

    def __init__(self) -> None:
        self.go = threading.Event()
        self.started: list[int] = []
        self.ended: list[int] = []

    def __call__(self, item: int) -> int:
        self.started.append(item)
        if item:
            assert self.go.wait(MAX_SECONDS)
        self.ended.append(item)
        return item


@pytest.mark.parametrize("error", [ValueError, KeyboardInterrupt, SystemExit])
def test_a_consumer_that_raises_waits_for_nothing(error: type[BaseException]) -> None:
    calls = Blocked()

    def consume() -> None:
        for _ in map_ordered(calls, range(100), workers=3):
            raise error

    with pytest.raises(error):
        consume()
    # With a wait for the running calls this line would not be reached before they time out.
    assert calls.ended == [0]
    calls.go.set()


def test_a_closed_iterator_starts_nothing_more() -> None:
    calls = Blocked()
    results = map_ordered(calls, range(100), workers=3)
    assert next(results) == 0
    results.close()
    running = set(calls.started)
    calls.go.set()
    for thread in threading.enumerate():
        if thread.name.startswith("allhours"):
            thread.join(MAX_SECONDS)
            assert not thread.is_alive()
    # The three threads may have taken a call each between the two looks, never one of the queue behind them.
    assert set(calls.started) >= running
    assert set(calls.started) <= set(range(4))


def test_the_first_error_ends_it_without_the_others() -> None:
    calls = Blocked()

    def work(item: int) -> int:
        if item == 1:
            raise ValueError("no")
        return calls(item)

    results = map_ordered(work, range(100), workers=3)
    assert next(results) == 0
    with pytest.raises(ValueError, match="no"):
        next(results)
    assert calls.ended == [0]
    calls.go.set()


ABANDONED = """
import threading
from airflow_provider_allhours.client.concurrency import map_ordered

def hang(item):
    print("called", flush=True)
    threading.Event().wait()

results = map_ordered(lambda item: hang(item) if item else item, range(2), workers=2)
next(results)
raise SystemExit(7)
"""


def test_a_process_ends_although_a_call_never_does() -> None:
    ended = subprocess.run([sys.executable, "-c", ABANDONED], timeout=MAX_SECONDS, capture_output=True, check=False)
    assert ended.returncode == 7


def test_results_come_in_order_and_are_read_ahead_only_so_far() -> None:
    started: list[int] = []

    def work(item: int) -> int:
        started.append(item)
        time.sleep(0.001 * (5 - item % 5))
        return item

    results = map_ordered(work, range(100), workers=3)
    assert next(results) == 0
    time.sleep(0.1)
    assert len(started) <= 8
    assert list(results) == list(range(1, 100))


def test_the_first_error_ends_it() -> None:
    started: list[int] = []

    def work(item: int) -> int:
        started.append(item)
        if item == 2:
            raise ValueError(item)
        time.sleep(0.01)
        return item

    with pytest.raises(ValueError, match="2"):
        list(map_ordered(work, range(1000), workers=2))
    assert len(started) < 20


@pytest.mark.parametrize("workers", [1, 3])
def test_exactly_so_many_calls_run_at_once(workers: int) -> None:
    # Fewer threads would never pass it together, more of them would show in the peak.
    together = threading.Barrier(workers, timeout=MAX_SECONDS)
    running = peak = 0
    lock = threading.Lock()

    def work(item: int) -> int:
        nonlocal running, peak
        with lock:
            running += 1
            peak = max(peak, running)
        together.wait()
        time.sleep(0.01)
        with lock:
            running -= 1
        return item

    assert list(map_ordered(work, range(4 * workers), workers=workers)) == list(range(4 * workers))
    assert peak == workers


def test_items_are_read_only_so_far_ahead() -> None:
    taken: list[int] = []

    def items() -> Iterator[int]:
        for number in range(50):
            taken.append(number)
            yield number

    for done, _ in enumerate(map_ordered(lambda item: item, items(), workers=2), start=1):
        assert len(taken) <= done + 4
