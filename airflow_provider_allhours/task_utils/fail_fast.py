# SPDX-License-Identifier: Apache-2.0
"""Permanent errors fail the task at once, and each error of this provider is one sentence in the task's log."""

from __future__ import annotations

import logging
from types import TracebackType

from airflow_provider_allhours.client.errors import AllHoursError
from airflow_provider_allhours.task_utils.compat import AirflowFailException

log = logging.getLogger(__name__)


class failing_fast:
    """Context manager: a permanent error fails the task without spending its retries, in one sentence.

    A permanent error stays the exception that was raised, with its class, so that ``except AllHoursAuthError`` still
    works, and becomes an ``AirflowFailException`` as well. Every other error is left to Airflow's retries.

    The message of an ``AllHoursError`` names its cause. Airflow's log shows neither the frames that led to it, which
    are logged at the level DEBUG, nor the exception that it came from, which ``on_failure_callback`` finds in
    ``context["exception"].__context__``. Other exceptions pass unchanged.
    """

    def __enter__(self) -> None:
        """Nothing to set up."""

    def __exit__(
        self, error_class: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        """Raise the error again; see the class."""
        if not isinstance(error, AllHoursError):
            return
        log.debug("The task fails here", exc_info=error)
        error.__context__ = error.__cause__ or error.__context__
        if error.is_permanent and not isinstance(error, AirflowFailException):
            error.__class__ = _failure_class(type(error))
        raise error.with_traceback(None) from None


_failure_classes: dict[type[AllHoursError], type[AllHoursError]] = {}


def _failure_class(error_class: type[AllHoursError]) -> type[AllHoursError]:
    """A subclass of the error's class and of ``AirflowFailException``, under the name of the former."""
    if error_class not in _failure_classes:
        attributes = {"__module__": error_class.__module__, "__doc__": error_class.__doc__}
        _failure_classes[error_class] = type(error_class.__name__, (error_class, AirflowFailException), attributes)
    return _failure_classes[error_class]
