# SPDX-License-Identifier: Apache-2.0
"""Log the progress of long work: how much is done, how fast, how long it will take; never whose data it is."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any, Protocol


class Log(Protocol):
    """A logger: the standard library's, or the one Airflow gives a task."""

    def info(self, event: Any, *args: Any) -> Any:
        """Log a message."""


class Progress:
    """Logs at most every few seconds how much is done.

    Args:
        log: the task's logger.
        what: what the numbers count, in the plural, such as ``employees``.
        every: seconds between two log lines at least.
        clock: returns monotonic seconds.
    """

    def __init__(
        self,
        log: Log,
        what: str,
        *,
        every: float = 10.0,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._log = log
        self._what = what
        self._every = every
        self._clock = clock
        self._started = self._logged_at = clock()

    def __call__(self, done: int, total: int) -> None:
        """Report that ``done`` of ``total`` are done."""
        now = self._clock()
        if now - self._logged_at < self._every:
            return
        self._logged_at = now
        rate = done / (now - self._started)
        left = (total - done) / rate if rate else 0.0
        self._log.info(
            "%d of %d %s (%.0f%%), %.1f per second, about %s left",
            done,
            total,
            self._what,
            100 * done / total if total else 100,
            rate,
            _duration(left),
        )


def _duration(seconds: float) -> str:
    minutes, rest = divmod(round(seconds), 60)
    return f"{minutes} min {rest} s" if minutes else f"{rest} s"
