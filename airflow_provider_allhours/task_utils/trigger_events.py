# SPDX-License-Identifier: Apache-2.0
"""What waiting tasks share: the event of a trigger, read as if it could be anything."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from airflow.sdk.configuration import conf

from airflow_provider_allhours.client import errors
from airflow_provider_allhours.client.errors import (
    AllHoursContractError,
    AllHoursError,
    AllHoursResponseError,
)

ANSWERED, DEADLINE, FAILED = "answered", "deadline", "failed"

IN_VAIN: tuple[type[AllHoursError], ...] = (
    errors.AllHoursAuthError,
    errors.AllHoursNotFoundError,
    errors.AllHoursParameterError,
    errors.AllHoursValidationError,
)
"""Waiting longer mends none of these."""


def deferrable_by_default() -> bool:
    """``[operators] default_deferrable``."""
    return bool(conf.getboolean("operators", "default_deferrable", fallback=False))


def failed_event(error: AllHoursError) -> dict[str, Any]:
    """An error as the plain JSON of a trigger event; messages name no person and no secret."""
    return {
        "status": FAILED,
        "error": type(error).__name__,
        "message": str(error),
        "http_status": getattr(error, "status", None),
    }


def has_answer(event: Mapping[str, Any] | None) -> bool:
    """Whether the trigger saw what was waited for; False at the deadline.

    Raises:
        AllHoursError: the trigger gave up, with its own class and sentence; or the event is nothing that a trigger of
            this provider sends, which is never taken for success.
    """
    status = event.get("status") if isinstance(event, Mapping) else None
    if status == ANSWERED:
        return True
    if status == DEADLINE:
        return False
    if status == FAILED and isinstance(event, Mapping):
        raise _error_of(event)
    raise AllHoursContractError(f"the trigger sent an event of status {status!r}; nothing is taken for granted")


def deadline_of(event: Mapping[str, Any] | None) -> float:
    """The absolute deadline that the trigger hands back, so that waiting on never prolongs it.

    Raises:
        AllHoursContractError: the event has none.
    """
    try:
        return float((event or {})["deadline"])
    except (KeyError, TypeError, ValueError):
        raise AllHoursContractError("the trigger sent an event without its deadline") from None


def _error_of(event: Mapping[str, Any]) -> AllHoursError:
    message = str(event.get("message"))
    kind = next((kind for kind in IN_VAIN if kind.__name__ == event.get("error")), AllHoursError)
    if issubclass(kind, AllHoursResponseError):
        return kind(message, status=int(event.get("http_status") or 0))
    return kind(message)
