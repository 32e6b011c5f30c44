# SPDX-License-Identifier: Apache-2.0
"""The signal that ends a client's work: every pause of its threads ends, and requests in flight are cut."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from queue import Empty, SimpleQueue

from airflow_provider_allhours.client.in_flight import InFlight

MAX_WAIT = 0.5
"""Seconds of one uninterrupted wait. A signal that arrives just before a thread blocks is only handled after it."""


class Stopped(Exception):
    """The signal was set before the request could be sent."""


class StopSignal:
    """Set once by any thread or signal handler; each client has its own.

    A signal handler runs between any two steps of the thread that it interrupts, so that nothing here takes a lock:
    queues, and adding to a set, need none. Whoever waits or sends registers first and looks at the signal then.
    """

    def __init__(self) -> None:
        self._is_set = False
        self._waiting: set[SimpleQueue[None]] = set()
        self._in_flight: set[InFlight] = set()

    @property
    def is_set(self) -> bool:
        """Whether the client is stopped."""
        return self._is_set

    def set(self) -> None:
        """End all pauses and cut the requests in flight; from now on :class:`Stopped` is raised."""
        self._is_set = True
        self.wake()
        for request in list(self._in_flight):
            request.cut()

    def check(self) -> None:
        """Raise :class:`Stopped` if the signal is set."""
        if self._is_set:
            raise Stopped

    def pause(self, seconds: float) -> None:
        """Block the calling thread for so many seconds, or until the signal is set.

        Raises:
            Stopped: the signal is set.
        """
        self.wait_until(lambda: False, seconds)

    def wait_until(self, is_done: Callable[[], bool], seconds: float | None = None) -> None:
        """Block until a condition holds, which is looked at after each :meth:`wake`, or the time is over.

        Raises:
            Stopped: the signal is set.
        """
        ends_at = None if seconds is None else time.monotonic() + seconds
        calls: SimpleQueue[None] = SimpleQueue()
        self._waiting.add(calls)
        try:
            self.check()
            while not is_done():
                left = MAX_WAIT if ends_at is None else ends_at - time.monotonic()
                if left <= 0:
                    return
                with suppress(Empty):
                    calls.get(timeout=min(left, MAX_WAIT))
                self.check()
        finally:
            self._waiting.discard(calls)

    def wake(self, *_: object) -> None:
        """Have waiting threads look at their conditions again."""
        for calls in list(self._waiting):
            calls.put(None)

    @contextmanager
    def cutting(self, request: InFlight) -> Iterator[None]:
        """Cut this request if the signal is set within the block.

        Raises:
            Stopped: the signal was set before.
        """
        self._in_flight.add(request)
        try:
            self.check()
            yield
        finally:
            self._in_flight.discard(request)


class Slots:
    """A bounded number of requests in flight.

    Args:
        count: how many at most.
        stop: ends the wait for a free slot.
    """

    def __init__(self, count: int, stop: StopSignal) -> None:
        self._lock = threading.Lock()
        self._free = count
        self._stop = stop

    def __enter__(self) -> None:
        self._stop.wait_until(self._take)

    def __exit__(self, *_: object) -> None:
        with self._lock:
            self._free += 1
        self._stop.wake()

    def _take(self) -> bool:
        with self._lock:
            if self._free <= 0:
                return False
            self._free -= 1
            return True
