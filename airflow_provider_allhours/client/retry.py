# SPDX-License-Identifier: Apache-2.0
"""When a request is sent again: one policy, readable as a sentence."""

from __future__ import annotations

import time
from collections.abc import Callable

import tenacity
from tenacity import RetryCallState, Retrying

from airflow_provider_allhours.client.errors import (
    AllHoursRateLimitError,
    AllHoursResponseError,
    AllHoursServerError,
    AllHoursTransportError,
)

REPEATABLE_METHODS = frozenset({"GET", "HEAD", "PUT", "DELETE"})


def retrying(method: str, *, attempts: int, seconds: float, sleep: Callable[[float], None] = time.sleep) -> Retrying:
    """The policy for one request.

    A read, a PUT or a DELETE is repeated after a lost connection, a 429 or a 5xx. A POST is repeated only after a
    429 or when it certainly was not sent: All Hours has no idempotency key, and a second POST may be a second
    absence.

    Args:
        method: HTTP method.
        attempts: tries at most.
        seconds: tries and pauses together at most; a pause that would pass it is not begun.
        sleep: replaceable in tests.
    """
    repeatable = may_repeat if method.upper() in REPEATABLE_METHODS else may_repeat_write
    return Retrying(
        retry=tenacity.retry_if_exception(repeatable),
        stop=tenacity.stop_after_attempt(attempts) | tenacity.stop_before_delay(seconds),
        wait=_retry_after_or(tenacity.wait_random_exponential(multiplier=0.5, max=20)),
        sleep=sleep,
        reraise=True,
    )


def may_repeat(error: BaseException) -> bool:
    """Whether a request that changes nothing on its second run may run again."""
    return isinstance(error, (AllHoursTransportError, AllHoursRateLimitError, AllHoursServerError))


def may_repeat_write(error: BaseException) -> bool:
    """Whether a POST may run again: only if the first one certainly had no effect."""
    return isinstance(error, AllHoursRateLimitError) or (isinstance(error, AllHoursTransportError) and not error.sent)


def _retry_after_or(
    fallback: Callable[[RetryCallState], float],
) -> Callable[[RetryCallState], float]:
    """The server's own pause where it named one, else the fallback."""

    def wait(state: RetryCallState) -> float:
        error = state.outcome.exception() if state.outcome else None
        if isinstance(error, AllHoursResponseError) and error.retry_after is not None:
            return error.retry_after
        return fallback(state)

    return wait
