# SPDX-License-Identifier: Apache-2.0
"""The request rate of this process towards one account: pauses after a 429, and requests per second."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable


class RateLimiter:
    """Delays the requests of all threads and clients of an account.

    The server limits an account as a whole, so that a 429 to one thread pauses them all.

    Args:
        clock: monotonic seconds.
    """

    def __init__(self, *, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._resume_at = 0.0
        self._next_slot = 0.0

    def pause(self, seconds: float) -> None:
        """Delay every request by so many seconds from now."""
        with self._lock:
            self._resume_at = max(self._resume_at, self._clock() + seconds)

    def paused_for(self) -> float:
        """Seconds that the server still wants everybody to wait."""
        with self._lock:
            return max(0.0, self._resume_at - self._clock())

    def wait_turn(self, requests_per_second: float | None, pause: Callable[[float], None]) -> None:
        """Block until the calling thread may send one request.

        Args:
            requests_per_second: of the calling client; None for no limit.
            pause: blocks the calling thread for so many seconds; an exception from it ends the wait.
        """
        while (delay := self._claim(requests_per_second)) > 0:
            pause(delay)

    def _claim(self, requests_per_second: float | None) -> float:
        with self._lock:
            now = self._clock()
            ready_at = max(self._resume_at, self._next_slot if requests_per_second else 0.0)
            if ready_at > now:
                return ready_at - now
            if requests_per_second:
                self._next_slot = now + 1 / requests_per_second
            return 0.0


_rate_limiters: dict[tuple[str, str], RateLimiter] = {}
_rate_limiters_lock = threading.Lock()


def shared_rate_limiter(base_url: str, client_id: str) -> RateLimiter:
    """The one rate limiter of this process for an account."""
    with _rate_limiters_lock:
        return _rate_limiters.setdefault((base_url, client_id), RateLimiter())
