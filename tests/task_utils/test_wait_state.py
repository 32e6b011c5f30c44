# SPDX-License-Identifier: Apache-2.0
"""Which errors a wait repeats, and how long it pauses."""

from __future__ import annotations

import json

import pytest

from airflow_provider_allhours.client import errors
from airflow_provider_allhours.task_utils import wait_state
from airflow_provider_allhours.task_utils.wait_state import MIN_PAUSE, WaitState

NOW = 1_000_000.0
REFUSALS = [errors.AllHoursAuthError, errors.AllHoursNotFoundError, errors.AllHoursValidationError]
PASSING = [errors.AllHoursRateLimitError, errors.AllHoursServerError]


@pytest.fixture(autouse=True)
def clock(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(wait_state.time, "time", lambda: NOW)


@pytest.mark.parametrize("kind", REFUSALS)
def test_three_refusals_in_a_row_are_final_after_a_success(kind: type[errors.AllHoursResponseError]) -> None:
    state = WaitState()
    state.succeeded()
    assert [state.failed(kind("no", status=499)) for _ in range(3)] == [True, True, False]
    assert state.refusals == 3


@pytest.mark.parametrize("kind", REFUSALS)
def test_the_first_refusal_is_final_before_any_success(kind: type[errors.AllHoursResponseError]) -> None:
    assert not WaitState().failed(kind("no", status=499))


def test_a_success_starts_the_count_again() -> None:
    state = WaitState(has_polled=True, refusals=2, not_before=NOW + 9)
    state.succeeded()
    assert state == WaitState(has_polled=True)


@pytest.mark.parametrize("kind", PASSING)
@pytest.mark.parametrize("has_polled", [True, False])
def test_an_error_that_passes_is_repeated_and_is_no_refusal(
    kind: type[errors.AllHoursResponseError], has_polled: bool
) -> None:
    state = WaitState(has_polled=has_polled, refusals=2)
    assert all(state.failed(kind("busy", status=503)) for _ in range(9))
    # Nor does it prove that All Hours would not refuse.
    assert state.refusals == 2


@pytest.mark.parametrize("kind", [errors.AllHoursParameterError, errors.AllHoursConflictError])
def test_a_permanent_error_that_is_no_response_is_final(kind: type[errors.AllHoursError]) -> None:
    assert not WaitState(has_polled=True).failed(kind("no"))


@pytest.mark.parametrize(
    ("interval", "retry_after", "left", "pause"),
    [
        (60.0, None, 600.0, 60.0),
        (60.0, 90.0, 600.0, 90.0),
        (60.0, 30.0, 600.0, 60.0),
        (60.0, 900.0, 600.0, 600.0),
        (60.0, None, 5.0, 5.0),
        (0.0, None, 600.0, MIN_PAUSE),
        (60.0, None, -5.0, 0.0),
    ],
)
def test_a_pause_is_the_longest_that_is_asked_for_up_to_the_deadline(
    interval: float, retry_after: float | None, left: float, pause: float
) -> None:
    state = WaitState(has_polled=True)
    state.failed(errors.AllHoursRateLimitError("busy", status=429, retry_after=retry_after))
    assert state.pause(interval, left) == pause


def test_a_pause_is_forgotten_at_the_next_error() -> None:
    state = WaitState(has_polled=True)
    state.failed(errors.AllHoursRateLimitError("busy", status=429, retry_after=90.0))
    state.failed(errors.AllHoursTransportError("lost"))
    assert state.pause(60.0, 600.0) == 60.0


def test_it_travels_as_plain_json() -> None:
    state = WaitState(has_polled=True, refusals=2, not_before=NOW)
    assert WaitState.from_json(json.loads(json.dumps(state.to_json()))) == state
    assert WaitState.from_json(None) == WaitState.from_json({}) == WaitState()
