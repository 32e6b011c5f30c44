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
        """Fails the task on permanent errors, and retries after the pause of a ``Retry-After`` header.

        The operators of this package fail at once on permanent errors even without the policy; it applies the same rule
        to ``@task`` functions that use the hook. All other errors follow the task's own settings.
        """

        def evaluate(
            self, exception: BaseException, try_number: int, max_tries: int, context: Any = None
        ) -> RetryDecision:
            """Decide by ``is_permanent`` and by ``Retry-After``, at most one hour."""
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
