# SPDX-License-Identifier: Apache-2.0
"""Errors that no retry can mend fail the task at once."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from airflow.sdk.exceptions import AirflowFailException

from airflow_provider_allhours.client.errors import (
    AllHoursAuthError,
    AllHoursConflictError,
    AllHoursError,
    AllHoursParameterError,
    AllHoursPartialError,
    AllHoursPreflightError,
    AllHoursValidationError,
)

BEYOND_RETRY: tuple[type[AllHoursError], ...] = (
    AllHoursAuthError,
    AllHoursConflictError,
    AllHoursParameterError,
    AllHoursPartialError,
    AllHoursPreflightError,
    AllHoursValidationError,
)
"""Refused credentials and refused input: the next try would be refused alike."""


@contextmanager
def failing_fast() -> Iterator[None]:
    """Let refused credentials and refused input fail the task without burning its retries.

    The error keeps its class, so ``except AllHoursAuthError`` still works, and becomes an ``AirflowFailException``
    too. Everything else passes as it is and is left to Airflow's retries.
    """
    try:
        yield
    except BEYOND_RETRY as error:
        if isinstance(error, AirflowFailException):
            raise
        raise _as_failure(error) from error


def _as_failure(error: AllHoursError) -> BaseException:
    kind = _failure_class(type(error))
    failure = kind.__new__(kind, *error.args)
    failure.__dict__.update(error.__dict__)
    return failure


_failure_classes: dict[type[AllHoursError], type[BaseException]] = {}


def _failure_class(kind: type[AllHoursError]) -> type[BaseException]:
    if kind not in _failure_classes:
        description = {"__module__": kind.__module__, "__doc__": kind.__doc__}
        _failure_classes[kind] = type(kind.__name__, (kind, AirflowFailException), description)
    return _failure_classes[kind]
