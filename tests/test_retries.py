# SPDX-License-Identifier: Apache-2.0
"""The retry policy, present where Airflow has retry policies."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from airflow_provider_allhours import retries
from airflow_provider_allhours.client import errors

try:
    from airflow.sdk.definitions.retry_policy import RetryAction
except ImportError:
    RetryAction = None


def test_there_is_a_policy_exactly_where_airflow_has_them() -> None:
    assert (retries.RETRY_POLICY is None) is (RetryAction is None)


def decide(error: BaseException) -> Any:
    if retries.RETRY_POLICY is None:
        pytest.skip("this version of Airflow has no retry policies")
    return retries.RETRY_POLICY.evaluate(error, 1, 3)


@pytest.mark.parametrize(
    ("error", "pause"),
    [
        (errors.AllHoursRateLimitError("slow", status=429, retry_after=90), timedelta(seconds=90)),
        (errors.AllHoursServerError("down", status=503, retry_after=0.5), timedelta(seconds=0.5)),
        (errors.AllHoursRateLimitError("slow", status=429, retry_after=3600), timedelta(hours=1)),
        (errors.AllHoursRateLimitError("slow", status=429, retry_after=3601), timedelta(hours=1)),
        (errors.AllHoursRateLimitError("slow", status=429, retry_after=1e300), timedelta(hours=1)),
    ],
)
def test_the_pause_that_the_server_asked_for_is_kept(error: BaseException, pause: timedelta) -> None:
    decision = decide(error)
    assert (decision.action, decision.retry_delay) == (RetryAction.RETRY, pause)


@pytest.mark.parametrize(
    "error",
    [
        errors.AllHoursRateLimitError("slow", status=429),
        errors.AllHoursServerError("down", status=503, retry_after=0.0),
        errors.AllHoursTransportError("lost"),
        ValueError(),
    ],
)
def test_everything_else_is_left_to_the_task(error: BaseException) -> None:
    assert decide(error).action is RetryAction.DEFAULT


def test_it_survives_the_database() -> None:
    policy = retries.RETRY_POLICY
    if policy is None:
        pytest.skip("this version of Airflow has no retry policies")
    assert type(type(policy).deserialize(policy.serialize())) is type(policy)
