# SPDX-License-Identifier: Apache-2.0
"""The signal that ends a client's work: every pause of its threads ends, and requests in flight are cut."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from airflow_provider_allhours.client.in_flight import InFlight


class Stopped(Exception):
    """The signal was set before the request could be sent."""


class StopSignal:
    """Set once by any thread or signal handler; each client has its own.

    Its condition uses a re-entrant lock, because a signal handler may set it while the interrupted thread holds it.
    """

    def __init__(self) -> None:
        self._condition = threading.Condition()
        self._is_set = False
        self._in_flight: set[InFlight] = set()

    @property
    def is_set(self) -> bool:
        """Whether the client is stopped."""
        return self._is_set

    def set(self) -> None:
        """End all pauses and cut the requests in flight; from now on :class:`Stopped` is raised."""
        with self._condition:
            self._is_set = True
            in_flight = list(self._in_flight)
            self._condition.notify_all()
        for request in in_flight:
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
        with self._condition:
            self._condition.wait_for(lambda: self._is_set or is_done(), seconds)
        self.check()

    def wake(self, *_: object) -> None:
        """Have waiting threads look at their conditions again."""
        with self._condition:
            self._condition.notify_all()

    @contextmanager
    def cutting(self, request: InFlight) -> Iterator[None]:
        """Cut this request if the signal is set within the block.

        Raises:
            Stopped: the signal was set before.
        """
        with self._condition:
            self.check()
            self._in_flight.add(request)
        try:
            yield
        finally:
            with self._condition:
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
