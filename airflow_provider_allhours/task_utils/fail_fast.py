# SPDX-License-Identifier: Apache-2.0
"""Permanent errors fail the task at once."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from airflow_provider_allhours.client.errors import AllHoursError
from airflow_provider_allhours.task_utils.compat import AirflowFailException


@contextmanager
def failing_fast() -> Iterator[None]:
    """Let a permanent error fail the task without spending its retries.

    The error keeps its class, so that ``except AllHoursAuthError`` still works, and is an ``AirflowFailException`` as
    well. Every other error passes unchanged and is left to Airflow's retries.
    """
    try:
        yield
    except AllHoursError as error:
        if not error.is_permanent or isinstance(error, AirflowFailException):
            raise
        raise _as_failure(error) from error


def _as_failure(error: AllHoursError) -> BaseException:
    failure_class = _failure_class(type(error))
    failure = failure_class.__new__(failure_class, *error.args)
    failure.__dict__.update(error.__dict__)
    return failure


_failure_classes: dict[type[AllHoursError], type[BaseException]] = {}


def _failure_class(error_class: type[AllHoursError]) -> type[BaseException]:
    """A subclass of the error's class and of ``AirflowFailException``, under the name of the former."""
    if error_class not in _failure_classes:
        attributes = {"__module__": error_class.__module__, "__doc__": error_class.__doc__}
        _failure_classes[error_class] = type(error_class.__name__, (error_class, AirflowFailException), attributes)
    return _failure_classes[error_class]
