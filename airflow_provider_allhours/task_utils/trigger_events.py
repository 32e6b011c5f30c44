# SPDX-License-Identifier: Apache-2.0
"""Events from a polling trigger to its task: how they are written, and how they are checked when read."""

from __future__ import annotations

import inspect
from collections.abc import Mapping
from typing import Any

from airflow_provider_allhours.client import errors
from airflow_provider_allhours.client.errors import (
    AllHoursContractError,
    AllHoursError,
    AllHoursResponseError,
)
from airflow_provider_allhours.task_utils.compat import conf
from airflow_provider_allhours.task_utils.wait_state import WaitState

ANSWERED, DEADLINE, FAILED = "answered", "deadline", "failed"

ERROR_CLASSES: dict[str, type[AllHoursError]] = {
    name: member for name, member in inspect.getmembers(errors, inspect.isclass) if issubclass(member, AllHoursError)
}
"""Every error class by its name; nothing else can be made from an event."""


def deferrable_by_default() -> bool:
    """The setting ``[operators] default_deferrable`` of Airflow."""
    return bool(conf.getboolean("operators", "default_deferrable", fallback=False))


def failed_event(error: AllHoursError) -> dict[str, Any]:
    """An error as the plain JSON of a trigger event.

    Returns:
        ``status``, ``error`` (class name), ``message``, ``http_status`` and ``retry_after`` (seconds), the last two
        None where the error has none.
    """
    return {
        "status": FAILED,
        "error": type(error).__name__,
        "message": str(error),
        "http_status": getattr(error, "status", None),
        "retry_after": getattr(error, "retry_after", None),
    }


def has_answer(event: Mapping[str, Any] | None) -> bool:
    """Whether the trigger saw what the task waits for; False at the deadline.

    Raises:
        AllHoursError: the error with which the trigger stopped, with its class and message.
        AllHoursContractError: the event is none that a trigger of this provider sends.
    """
    status = event.get("status") if isinstance(event, Mapping) else None
    if status == ANSWERED:
        return True
    if status == DEADLINE:
        return False
    if status == FAILED and isinstance(event, Mapping):
        raise _error_of(event)
    raise AllHoursContractError(f"the trigger sent an event with the unknown status {status!r}")


def deadline_of(event: Mapping[str, Any] | None) -> float:
    """The deadline that the trigger returns, in seconds since the epoch, so that a second wait does not extend it.

    Raises:
        AllHoursContractError: the event has none.
    """
    try:
        return float((event or {})["deadline"])
    except (KeyError, TypeError, ValueError):
        raise AllHoursContractError("the trigger sent an event without its deadline") from None


def wait_state_of(event: Mapping[str, Any] | None) -> WaitState:
    """What the trigger knew of its polls; a task defers only after a poll that succeeded, so that this one had one."""
    refusals = (event or {}).get("refusals", 0)
    return WaitState(has_polled=True, refusals=refusals if isinstance(refusals, int) else 0)


def _error_of(event: Mapping[str, Any]) -> AllHoursError:
    message = str(event.get("message"))
    error_class = ERROR_CLASSES.get(str(event.get("error")), AllHoursError)
    if issubclass(error_class, AllHoursResponseError):
        return error_class(message, status=event.get("http_status") or 0, retry_after=event.get("retry_after"))
    return error_class(message)
