# SPDX-License-Identifier: Apache-2.0
"""Whether a server can be reached, as all threads and clients of this process found out together."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from weakref import WeakSet

from airflow_provider_allhours.client.errors import AllHoursTransportError
from airflow_provider_allhours.client.stop_signal import StopSignal

MIN_FAILURES = 5
"""Failures in a row, whichever thread's, before a server can count as down."""

DOWN_SECONDS = 5.0
"""Seconds for which nothing is sent to a server that is down; the next request after that tries again."""


class Reachability:
    """Counts failures in a row; while the server is down, requests fail without being sent.

    A server is down when one request has used all its tries while no other one got a response. It is not enough that
    several threads fail at the same moment: a server that restarts would end all of them at once.

    Args:
        clock: monotonic seconds.
    """

    def __init__(self, *, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._failures = 0
        self._last_failure = ""
        self._down_until: float | None = None
        self._listeners: WeakSet[StopSignal] = WeakSet()

    @property
    def is_down(self) -> bool:
        """Whether nothing is to be sent now."""
        until = self._down_until
        return until is not None and self._clock() < until

    def check(self, request: str) -> None:
        """Raise :class:`AllHoursTransportError` while the server is down."""
        if self.is_down:
            raise AllHoursTransportError(
                f"{request} was not sent because {self._failures} requests in a row failed, the last one: "
                f"{self._last_failure}",
                sent=False,
            )

    def listen(self, waiting: StopSignal) -> None:
        """Wake the pauses of a client when the server is found down."""
        with self._lock:
            self._listeners.add(waiting)

    def answered(self) -> None:
        """The server was reached."""
        with self._lock:
            self._failures, self._down_until = 0, None

    def failed(self, failure: str) -> None:
        """The server was not reached; if this was the first try after it was down, it still is.

        Args:
            failure: the error's message.
        """
        with self._lock:
            self._failures += 1
            self._last_failure = failure
            was_down = self._down_until is not None
        if was_down:
            self.given_up()

    def given_up(self) -> None:
        """A request has used all its tries."""
        with self._lock:
            if self._failures < MIN_FAILURES or self.is_down:
                return
            self._down_until = self._clock() + DOWN_SECONDS
            listeners = list(self._listeners)
        for waiting in listeners:
            waiting.wake()


_servers: dict[str, Reachability] = {}
_servers_lock = threading.Lock()


def shared_reachability(url: str) -> Reachability:
    """The one of this process for an API root."""
    with _servers_lock:
        return _servers.setdefault(url, Reachability())
