# SPDX-License-Identifier: Apache-2.0
"""When a request is sent again: one policy, readable as a sentence."""

from __future__ import annotations

from collections.abc import Callable

import tenacity
from tenacity import RetryCallState, Retrying

from airflow_provider_allhours.client.errors import (
    AllHoursRateLimitError,
    AllHoursResponseError,
    AllHoursServerError,
    AllHoursTransportError,
)
from airflow_provider_allhours.client.stop_signal import StopSignal

REPEATABLE_METHODS = frozenset({"GET", "HEAD", "PUT", "DELETE"})


def retrying(method: str, *, attempts: int, seconds: float, stop: StopSignal) -> Retrying:
    """The policy for one request.

    A read, a PUT or a DELETE is repeated after a lost connection, a 429 or a 5xx. A POST is repeated only after a
    429 or when it certainly was not sent: All Hours has no idempotency key, and a second POST may be a second
    absence.

    Args:
        method: HTTP method.
        attempts: tries at most.
        seconds: tries and pauses together at most; a pause that would pass it is not begun.
        stop: ends the pauses, and the tries.
    """
    repeatable = may_repeat if method.upper() in REPEATABLE_METHODS else may_repeat_write
    return Retrying(
        retry=tenacity.retry_if_exception(lambda error: not stop.is_set and repeatable(error)),
        stop=tenacity.stop_after_attempt(attempts) | tenacity.stop_before_delay(seconds),
        wait=_retry_after_or(tenacity.wait_random_exponential(multiplier=0.5, max=20)),
        sleep=stop.pause,
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
