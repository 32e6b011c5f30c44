# SPDX-License-Identifier: Apache-2.0
"""A retry policy for Airflow 3.3 and newer; ``None`` on earlier versions, whose tasks have no such parameter."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

from airflow_provider_allhours.client.errors import AllHoursError, AllHoursResponseError

if TYPE_CHECKING:
    from airflow.sdk.definitions.retry_policy import RetryPolicy

MAX_PAUSE = timedelta(hours=1)


def _policy() -> RetryPolicy | None:
    try:
        from airflow.sdk.definitions.retry_policy import RetryDecision, RetryPolicy
    except ImportError:
        return None

    class AllHoursRetryPolicy(RetryPolicy):
        """Permanent errors fail the task; after a response with Retry-After the task waits as long as it says.

        The operators of this package fail at once on permanent errors without the policy. It applies the same rule to
        ``@task`` functions that use the hook. Everything else is left to the task's own settings.
        """

        def evaluate(
            self, exception: BaseException, try_number: int, max_tries: int, context: Any = None
        ) -> RetryDecision:
            """Decide by ``is_permanent`` and by the pause that the server asked for, at most one hour."""
            if isinstance(exception, AllHoursError) and exception.is_permanent:
                return RetryDecision.fail(f"{type(exception).__name__} is permanent, another try would fail alike")
            if isinstance(exception, AllHoursResponseError) and exception.retry_after:
                seconds = min(exception.retry_after, MAX_PAUSE.total_seconds())
                return RetryDecision.retry(timedelta(seconds=seconds), "All Hours asked for this pause")
            return RetryDecision.default()

        def serialize(self) -> dict[str, Any]:
            """Return no settings, because the policy has none."""
            return {}

        @classmethod
        def deserialize(cls, data: dict[str, Any]) -> RetryPolicy:
            """Return a policy, which has no settings."""
            return cls()

    return AllHoursRetryPolicy()


RETRY_POLICY: RetryPolicy | None = _policy()
"""For ``default_args={"retry_policy": RETRY_POLICY}``."""
