# SPDX-License-Identifier: Apache-2.0
"""The rate of requests to one account: pauses after a 429, and requests per second."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable
from typing import TypeVar

from airflow_provider_allhours.client.rate_file import RateFile
from airflow_provider_allhours.client.rate_state import RateState, Turn

log = logging.getLogger(__name__)

Result = TypeVar("Result")

LOCK_PAUSE = 0.002
"""Seconds until a lock that another process has is tried again; it is held for microseconds."""

MAX_LOCK_SECONDS = 5.0
"""Seconds after which a lock that another process still has is given up: that process was halted within it."""


class RateLimiter:
    """Delays the requests of all threads and clients of an account, and of all processes where there is a budget.

    The server limits an account as a whole, so that a 429 to one thread pauses them all. A budget of requests per
    second, the share of it that is in use, and the pauses of its clients are in a file; where it cannot be, a warning
    says so and they hold for this process.

    Args:
        file: what the processes share; None where they share nothing.
        clock: monotonic seconds, the same in all processes.
    """

    def __init__(self, file: RateFile | None = None, *, clock: Callable[[], float] = time.monotonic) -> None:
        self._file = file
        self._clock = clock
        self._lock = threading.Lock()
        self._own = RateState()
        self._has_budget = False

    def pause(self, seconds: float, wait: Callable[[float], None] = time.sleep) -> None:
        """Delay every request by so many seconds from now.

        Args:
            seconds: how many.
            wait: see :meth:`wait_turn`.
        """
        with self._lock:
            self._own.pause(self._clock(), seconds)
        if self._has_budget:
            self._change(lambda state: state.pause(self._clock(), seconds), wait)

    def paused_for(self, requests_per_second: float | None = None) -> float:
        """Seconds that the server still wants everybody to wait; with a budget, whichever process it told."""
        now = self._clock()
        own = self._own.paused_for(now)
        if not requests_per_second or self._file is None:
            return own
        try:
            return max(own, self._file.peek().paused_for(now))
        except OSError as error:
            self._give_up_file(error)
            return own

    def wait_turn(self, requests_per_second: float | None, wait: Callable[[float], None]) -> Turn:
        """Block until the calling thread may send one request.

        Args:
            requests_per_second: of the calling client; None for no limit.
            wait: blocks the calling thread for so many seconds; an exception from it ends the wait.
        """
        while True:
            turn = self._turn(requests_per_second, wait)
            if turn.delay <= 0:
                return turn
            wait(turn.delay)

    def slow_down(self, turn: Turn, wait: Callable[[float], None]) -> None:
        """Halve the rate of the budget after a 429 that does not say how long to wait; without a budget, nothing.

        Args:
            turn: of the refused request.
            wait: see :meth:`wait_turn`.
        """
        if self._has_budget:
            self._change(lambda state: state.slow_down(self._clock(), turn.at), wait)

    def succeeded(self, turn: Turn, wait: Callable[[float], None]) -> None:
        """Note a response; at a rate that was halved, it brings the budget's own nearer.

        Args:
            turn: of the request.
            wait: see :meth:`wait_turn`.
        """
        if turn.share < 1:
            self._change(lambda state: state.succeeded(turn.at), wait)

    def _turn(self, requests_per_second: float | None, wait: Callable[[float], None]) -> Turn:
        now = self._clock()
        paused = self._own.paused_for(now)
        if not requests_per_second or paused:
            return Turn(now, paused)
        self._has_budget = True
        return self._change(lambda state: state.claim(self._clock(), requests_per_second), wait)

    def _change(self, change: Callable[[RateState], Result], wait: Callable[[float], None]) -> Result:
        """Change what is shared; the wait for another process's lock holds no lock of this one."""
        give_up_at = self._clock() + MAX_LOCK_SECONDS
        while (file := self._file) is not None:
            try:
                with self._lock, file.changing() as state:
                    return change(state)
            except BlockingIOError:
                if self._clock() < give_up_at:
                    wait(LOCK_PAUSE)
                    continue
                self._give_up_file(OSError(f"another process has kept {file.path} locked"))
            except OSError as error:
                self._give_up_file(error)
        with self._lock:
            return change(self._own)

    def _give_up_file(self, error: OSError) -> None:
        with self._lock:
            is_first, self._file = self._file is not None, None
        if is_first:
            log.warning("requests_per_second holds for this process only, and not for all of the machine: %s", error)


_rate_limiters: dict[tuple[str, str], RateLimiter] = {}
_rate_limiters_lock = threading.Lock()


def shared_rate_limiter(base_url: str, client_id: str) -> RateLimiter:
    """The one rate limiter of this process for an account."""
    with _rate_limiters_lock:
        key = (base_url, client_id)
        if key not in _rate_limiters:
            _rate_limiters[key] = RateLimiter(RateFile(*key))
        return _rate_limiters[key]
