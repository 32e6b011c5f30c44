# SPDX-License-Identifier: Apache-2.0
"""An event is checked as if anything could be in it."""

from __future__ import annotations

import json
from typing import Any

import pytest

from airflow_provider_allhours.client import errors
from airflow_provider_allhours.task_utils.trigger_events import deadline_of, failed_event, has_answer


def test_what_an_event_says() -> None:
    assert has_answer({"status": "answered"}) is True
    assert has_answer({"status": "deadline"}) is False
    assert deadline_of({"deadline": "12.5"}) == 12.5


@pytest.mark.parametrize("event", [None, {}, [], "answered", {"status": None}, {"status": "success"}])
def test_an_unknown_event_is_an_error(event: Any) -> None:
    with pytest.raises(errors.AllHoursContractError, match="unknown status"):
        has_answer(event)


@pytest.mark.parametrize("event", [None, {}, {"deadline": None}, {"deadline": "soon"}])
def test_an_event_without_its_deadline_is_an_error(event: Any) -> None:
    with pytest.raises(errors.AllHoursContractError, match="without its deadline"):
        deadline_of(event)


@pytest.mark.parametrize("name", ["os.system", "Exception", "ClassVar", "AllHoursErrorr", None, 7])
def test_no_other_class_is_made_from_an_event(name: Any) -> None:
    with pytest.raises(errors.AllHoursError) as caught:
        has_answer({"status": "failed", "error": name, "message": "no"})
    assert type(caught.value) is errors.AllHoursError


def test_an_error_becomes_plain_json() -> None:
    event = failed_event(errors.AllHoursRateLimitError("slow down", status=429, retry_after=7.0))
    assert json.loads(json.dumps(event)) == {
        "status": "failed",
        "error": "AllHoursRateLimitError",
        "message": "slow down",
        "http_status": 429,
        "retry_after": 7.0,
    }
