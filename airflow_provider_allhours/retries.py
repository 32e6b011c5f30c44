# SPDX-License-Identifier: Apache-2.0
"""A ready retry policy for Airflow 3.3; ``None`` on 3.2, where tasks have no such parameter."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

from airflow_provider_allhours.client.errors import (
    AllHoursAuthError,
    AllHoursConflictError,
    AllHoursNotFoundError,
    AllHoursParameterError,
    AllHoursPartialError,
    AllHoursPreflightError,
    AllHoursRateLimitError,
    AllHoursServerError,
    AllHoursValidationError,
)

if TYPE_CHECKING:
    from airflow.sdk.definitions.retry_policy import RetryPolicy

IN_VAIN = (
    AllHoursAuthError,
    AllHoursConflictError,
    AllHoursNotFoundError,
    AllHoursParameterError,
    AllHoursPartialError,
    AllHoursPreflightError,
    AllHoursValidationError,
)

MAX_PAUSE = timedelta(hours=1)


def _policy() -> RetryPolicy | None:
    try:
        from airflow.sdk.definitions.retry_policy import RetryDecision, RetryPolicy
    except ImportError:
        return None

    class AllHoursRetryPolicy(RetryPolicy):
        """Refused credentials and refused input fail; 429 and 503 retry after the server's own pause.

        The operators of this package fail at once on refusals by themselves. The policy carries the same judgement into
        ``@task`` functions that use the hook. Everything else is left to the task's own settings.
        """

        def evaluate(
            self, exception: BaseException, try_number: int, max_tries: int, context: Any = None
        ) -> RetryDecision:
            """Decide by the class of the error."""
            if isinstance(exception, IN_VAIN):
                return RetryDecision.fail(f"{type(exception).__name__}: the next try would be refused alike")
            if isinstance(exception, AllHoursRateLimitError | AllHoursServerError) and exception.retry_after:
                pause = min(timedelta(seconds=exception.retry_after), MAX_PAUSE)
                return RetryDecision.retry(pause, "All Hours asked for this pause")
            return RetryDecision.default()

        def serialize(self) -> dict[str, Any]:
            """Nothing to keep."""
            return {}

        @classmethod
        def deserialize(cls, data: dict[str, Any]) -> RetryPolicy:
            """The same policy again."""
            return cls()

    return AllHoursRetryPolicy()


RETRY_POLICY: RetryPolicy | None = _policy()
"""For ``default_args={"retry_policy": RETRY_POLICY}``."""
