# SPDX-License-Identifier: Apache-2.0
"""Operators, sensors, triggers and the retry policy agree about every error, because its class says it."""

from __future__ import annotations

import asyncio
import time
import traceback
from collections import Counter
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from airflow.sdk import DAG, BaseOperator, PokeReturnValue

from airflow_provider_allhours import retries
from airflow_provider_allhours.client import errors
from airflow_provider_allhours.client.errors import AllHoursError
from airflow_provider_allhours.sandbox.server import Sandbox
from airflow_provider_allhours.sensors.base import AllHoursWaitingSensor
from airflow_provider_allhours.task_utils.compat import AirflowFailException
from airflow_provider_allhours.task_utils.fail_fast import failing_fast
from airflow_provider_allhours.task_utils.trigger_events import failed_event, has_answer
from airflow_provider_allhours.triggers.base import AllHoursPollingTrigger
from tests.helpers import execute


def error_classes(base: type[AllHoursError] = AllHoursError) -> Iterator[type[AllHoursError]]:
    """The class and all below it, without those that ``failing_fast`` makes of them."""
    yield base
    for below in base.__subclasses__():
        if not issubclass(below, AirflowFailException):
            yield from error_classes(below)


ERROR_CLASSES = list(error_classes())
of_every_error = pytest.mark.parametrize("error_class", ERROR_CLASSES, ids=lambda error_class: error_class.__name__)

PERMANENT = {
    "AllHoursAuthError",
    "AllHoursConflictError",
    "AllHoursNotFoundError",
    "AllHoursParameterError",
    "AllHoursLimitError",
    "AllHoursPartialError",
    "AllHoursPreflightError",
    "AllHoursValidationError",
}


def raised(error_class: type[AllHoursError]) -> AllHoursError:
    if issubclass(error_class, errors.AllHoursResponseError):
        return error_class("it failed", status=499, retry_after=3.0)
    return error_class("it failed")


class RaisingOperator(BaseOperator):
    """Notes that it ran and raises."""

    def __init__(self, *, error: str, journal: str, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.error = error
        self.journal = journal

    def execute(self, context: Any) -> None:
        with Path(self.journal).open("a") as file:
            file.write(f"{self.error}\n")
        with failing_fast():
            raise raised(getattr(errors, self.error))


class RaisingTrigger(AllHoursPollingTrigger):
    """Raises at every poll."""

    def __init__(self, *, error: str, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.error = error
        self.polls = 0

    def question(self) -> dict[str, Any]:
        return {"error": self.error}

    def poll(self, client: Any, probe: Any) -> bool:
        self.polls += 1
        raise raised(getattr(errors, self.error))


class RaisingSensor(AllHoursWaitingSensor):
    """Raises at every poll."""

    def __init__(self, *, error: str, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.error = error

    def poll(self, context: Any) -> PokeReturnValue:
        raise raised(getattr(errors, self.error))

    def trigger(self, context: Any, deadline: float) -> AllHoursPollingTrigger:
        raise AssertionError("it never defers")


def test_every_class_says_whether_it_is_permanent() -> None:
    assert {error_class.__name__ for error_class in ERROR_CLASSES if error_class.is_permanent} == PERMANENT
    assert [error_class for error_class in ERROR_CLASSES if "is_permanent" not in vars(error_class)] == []
    assert [name for name in vars(errors) if name.startswith("AllHours")] == [
        error_class.__name__ for error_class in sorted(ERROR_CLASSES, key=list(vars(errors).values()).index)
    ]


@of_every_error
def test_an_operator_fails_at_once_only_on_a_permanent_error(error_class: type[AllHoursError]) -> None:
    with pytest.raises(error_class, match="it failed") as caught, failing_fast():
        raise raised(error_class)
    assert isinstance(caught.value, AirflowFailException) is error_class.is_permanent
    assert vars(caught.value) == vars(raised(error_class))


def fail_deep_inside(error_class: type[AllHoursError]) -> None:
    with failing_fast():
        try:
            raise KeyError("the cause")
        except KeyError as error:
            raise raised(error_class) from error


@of_every_error
def test_a_failure_is_one_sentence_without_the_frames_that_led_to_it(
    error_class: type[AllHoursError], caplog: pytest.LogCaptureFixture
) -> None:
    """The cause can be found by ``on_failure_callback``, and the frames in the log of the level DEBUG."""
    caplog.set_level("DEBUG", "airflow_provider_allhours")
    with pytest.raises(error_class) as caught:
        fail_deep_inside(error_class)
    shown = "".join(traceback.format_exception(caught.value))
    assert shown.count("it failed") == 1
    assert shown.splitlines()[-1].endswith(f"{error_class.__name__}: it failed")
    assert "the cause" not in shown
    assert "raise raised(error_class)" not in shown
    assert isinstance(caught.value.__context__, KeyError)
    assert "raise raised(error_class)" in caplog.text


def test_an_error_that_is_not_ours_keeps_its_frames() -> None:
    with pytest.raises(ZeroDivisionError) as caught, failing_fast():
        [1 / number for number in (0,)]
    assert "1 / number" in "".join(traceback.format_exception(caught.value))


def test_only_a_permanent_error_spends_no_retries(run_dag: Any, tmp_path: Path) -> None:
    """A real run with one retry: a task runs once on a permanent error, twice on any other."""
    journal = tmp_path / "runs"
    with DAG("permanent_errors", schedule=None) as dag:
        for error_class in ERROR_CLASSES:
            RaisingOperator(
                task_id=error_class.__name__,
                error=error_class.__name__,
                journal=str(journal),
                retries=1,
                retry_delay=timedelta(0),
            )
    assert run_dag(dag).state == "failed"
    expected = {error_class.__name__: 1 if error_class.is_permanent else 2 for error_class in ERROR_CLASSES}
    assert Counter(journal.read_text().split()) == expected


@of_every_error
def test_a_sensor_fails_at_once_only_on_a_permanent_error(error_class: type[AllHoursError]) -> None:
    with pytest.raises(error_class, match="it failed") as caught:
        execute(RaisingSensor(task_id="t", error=error_class.__name__))
    assert isinstance(caught.value, AirflowFailException) is error_class.is_permanent


@of_every_error
def test_a_trigger_stops_only_at_a_permanent_error(
    allhours_connection: Sandbox, error_class: type[AllHoursError]
) -> None:
    trigger = RaisingTrigger(
        error=error_class.__name__,
        allhours_conn_id="allhours_default",
        poke_interval=0.1,
        deadline=time.time() + (60 if error_class.is_permanent else 0.2),
    )

    async def events() -> list[Any]:
        return [event.payload async for event in trigger.run()]

    (event,) = asyncio.run(events())
    assert event["status"] == ("failed" if error_class.is_permanent else "deadline")


@of_every_error
def test_an_event_brings_back_every_error(error_class: type[AllHoursError]) -> None:
    error = raised(error_class)
    with pytest.raises(error_class, match="it failed") as caught:
        has_answer(failed_event(error))
    assert type(caught.value) is error_class
    assert vars(caught.value) == vars(error)


@of_every_error
def test_the_policy_denies_a_retry_only_after_a_permanent_error(error_class: type[AllHoursError]) -> None:
    if retries.RETRY_POLICY is None:
        pytest.skip("this version of Airflow has no retry policies")
    from airflow.sdk.definitions.retry_policy import RetryAction

    decision = retries.RETRY_POLICY.evaluate(raised(error_class), 1, 3)
    assert (decision.action is RetryAction.FAIL) is error_class.is_permanent
