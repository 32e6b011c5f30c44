# SPDX-License-Identifier: Apache-2.0
"""The pace of this process towards one account: a pause after 429, and a budget of requests per second."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable


class RateLimiter:
    """Holds back every thread alike.

    One thread's 429 pauses them all: an account is limited as a whole, and eight threads that each learn it for
    themselves are eight times the trouble.

    Args:
        clock: seconds that only grow.
        sleep: blocks the calling thread.
    """

    def __init__(
        self, *, clock: Callable[[], float] = time.monotonic, sleep: Callable[[float], None] = time.sleep
    ) -> None:
        self._clock = clock
        self._sleep = sleep
        self._lock = threading.Lock()
        self._resume_at = 0.0
        self._next_slot = 0.0

    def pause(self, seconds: float) -> None:
        """Let nobody send for so many seconds."""
        with self._lock:
            self._resume_at = max(self._resume_at, self._clock() + seconds)

    def wait_turn(self, requests_per_second: float | None) -> None:
        """Block until the calling thread may send one request."""
        while (delay := self._claim(requests_per_second)) > 0:
            self._sleep(delay)

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
    """The one pace of this process for an account."""
    with _rate_limiters_lock:
        return _rate_limiters.setdefault((base_url, client_id), RateLimiter())
