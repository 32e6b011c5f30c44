# SPDX-License-Identifier: Apache-2.0
"""Wait and look after a write whose answer was lost, before it is sent again."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from airflow_provider_allhours.client import AllHoursClient
from airflow_provider_allhours.client.errors import (
    AllHoursContractError,
    AllHoursError,
    AllHoursServerError,
    AllHoursTransportError,
)

Record = TypeVar("Record")

MAX_TRIES = 6
MAX_WAIT = 60.0
"""Seconds that are waited at most before a write is sent again; the operators' ``max_wait``."""

MAX_ANSWERED_WAIT = 10.0
TIME_LIMITS = 2
"""Time limits of a request that are waited after a request without an answer, which may still be worked on."""

LATE_COMMIT = 12.0
"""Seconds after a request without an answer in which its record may appear."""

SHARES = (0.1, 0.3, 0.6)
"""Parts of the wait, each followed by a look, since most records are there at once."""

GATEWAY_STATUSES = (502, 503, 504)

LOST_RESPONSES = (AllHoursTransportError, AllHoursServerError, AllHoursContractError)
"""Errors after which it is not known whether All Hours wrote the record."""


def look_again(
    client: AllHoursClient,
    error: AllHoursError,
    attempt: int,
    look: Callable[[], Record | None],
    *,
    pause: Callable[[float], None] | None = None,
    max_wait: float | None = None,
) -> Record | None:
    """Wait for the record of a write whose answer was lost; None when it did not appear.

    Without an answer the server may still be at work, so the wait is in proportion to the client's time limit. After an
    error response or an unreadable one it is not, and a short wait is enough.

    Args:
        client: the account.
        error: one of :data:`LOST_RESPONSES`.
        attempt: how often it was sent, from 1.
        look: returns the record when it is there.
        pause: blocks for so many seconds; the client's own by default, which ends when the client is stopped.
        max_wait: seconds at most; :data:`MAX_WAIT` by default.
    """
    bound = MAX_WAIT if max_wait is None else max_wait
    if is_unanswered(error):
        total = min(TIME_LIMITS * client.timeout, bound)
        waits = [share * total for share in SHARES]
    else:
        waits = [min(0.2 * 2**attempt, MAX_ANSWERED_WAIT, bound)]
    for seconds in waits:
        (pause or client.pause)(seconds)
        record = look()
        if record is not None:
            return record
    return None


def is_unanswered(error: AllHoursError) -> bool:
    """Whether All Hours itself gave no answer: none came, or that of a gateway in front of it."""
    return isinstance(error, AllHoursTransportError) or getattr(error, "status", None) in GATEWAY_STATUSES
