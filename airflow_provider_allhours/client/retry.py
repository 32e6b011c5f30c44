# SPDX-License-Identifier: Apache-2.0
"""When a request is sent again."""

from __future__ import annotations

import random
from collections.abc import Callable

import tenacity
from tenacity import RetryCallState, Retrying

from airflow_provider_allhours.client.config import ClientConfig
from airflow_provider_allhours.client.errors import (
    AllHoursRateLimitError,
    AllHoursResponseError,
    AllHoursServerError,
    AllHoursTransportError,
)

REPEATABLE_METHODS = frozenset({"GET", "HEAD", "PUT", "DELETE"})

FIRST_PAUSE = 0.5
"""Seconds after the first failure at most; each further failure doubles it."""

MAX_PAUSE = 20.0
"""Seconds between two tries at most, unless the server asks for more."""


def retrying(
    method: str,
    config: ClientConfig,
    *,
    pause_after: Callable[[int, BaseException], float],
    pause: Callable[[float], None],
    is_hopeless: Callable[[], bool],
) -> Retrying:
    """The tries of one request, its token included.

    A read, a PUT or a DELETE is repeated after a lost connection, a 429 or a 5xx. A POST is repeated only after a 429
    or when it certainly was not sent: All Hours has no idempotency key, and a second POST may be a second absence.

    Args:
        method: HTTP method.
        config: how many tries, and how many seconds for tries and pauses together; a pause that would pass them is
            not begun.
        pause_after: seconds to wait after so many tries, the last of which raised this error.
        pause: blocks the calling thread for so many seconds.
        is_hopeless: whether a further try is known to fail.
    """
    may_repeat = is_transient if method in REPEATABLE_METHODS else had_no_effect

    def wait(state: RetryCallState) -> float:
        error = state.outcome.exception() if state.outcome else None
        return pause_after(state.attempt_number, error) if error is not None else 0.0

    return Retrying(
        retry=tenacity.retry_if_exception(lambda error: may_repeat(error) and not is_hopeless()),
        stop=tenacity.stop_after_attempt(config.retry_attempts) | tenacity.stop_before_delay(config.retry_seconds),
        wait=wait,
        sleep=pause,
        reraise=True,
    )


def is_transient(error: BaseException) -> bool:
    """Whether a request that changes nothing on its second run may run again."""
    return isinstance(error, AllHoursTransportError | AllHoursRateLimitError | AllHoursServerError)


def had_no_effect(error: BaseException) -> bool:
    """Whether a POST may run again: only if the first one certainly had no effect."""
    if isinstance(error, AllHoursRateLimitError):
        return True
    return isinstance(error, AllHoursTransportError | AllHoursServerError) and not error.sent


def backoff(failures: int, error: BaseException) -> float:
    """Seconds until the next try: what the server asked for, else longer with each failure and random."""
    if isinstance(error, AllHoursResponseError) and error.retry_after is not None:
        return error.retry_after
    longest: float = min(MAX_PAUSE, FIRST_PAUSE * 2 ** min(failures - 1, 10))
    return longest * random.uniform(0.5, 1)  # noqa: S311 -- spreads requests, hides nothing
