# SPDX-License-Identifier: Apache-2.0
"""What three days of waiting cost in each mode, with a clock that passes only while the sensor waits."""

from __future__ import annotations

import asyncio
import csv
import time
from collections.abc import Callable
from datetime import date
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from airflow_provider_allhours.flows import readiness, readiness_watch
from airflow_provider_allhours.sandbox.server import Sandbox
from airflow_provider_allhours.sensors.periods import AllHoursPeriodReadySensor
from airflow_provider_allhours.task_utils.compat import AirflowRescheduleException
from tests.helpers import employee_at, finish_october

try:
    from airflow.sdk.exceptions import TaskDeferred
except ImportError:  # Airflow 3.1
    from airflow.exceptions import TaskDeferred

HOUR, POKE = 3600.0, 900.0
READY_AFTER = 70
"""Hours until the last person is corrected."""

WRONG = 12
CORRECTED = [1 + number * (READY_AFTER - 1) / (WRONG - 1) for number in range(WRONG)]
"""Hours after which each of them is corrected."""

LISTS = 4
"""Requests of the lists of users and absences, also of 5,000 people."""


@pytest.fixture
def allhours_sandbox_options() -> dict[str, Any]:
    return {"employees": 120, "months": 2, "clean_ids": True}


class Days:
    """A clock, and what people do when their hour has come."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.start = self.now = time.time()
        self.plan: list[tuple[float, Callable[[], Any]]] = []
        monkeypatch.setattr(time, "time", lambda: self.now)

        async def sleep(seconds: float, result: Any = None) -> Any:
            await asyncio.to_thread(self.pass_time, seconds)
            return result

        monkeypatch.setattr("airflow_provider_allhours.triggers.base.asyncio.sleep", sleep)
        monkeypatch.setattr(AllHoursPeriodReadySensor, "_sleep", lambda _, seconds: self.pass_time(seconds))

    @property
    def hours(self) -> float:
        return (self.now - self.start) / HOUR

    def at(self, hours: float, action: Callable[[], Any]) -> None:
        self.plan.append((hours, action))

    def pass_time(self, seconds: float) -> None:
        self.now += seconds
        due = [action for hours, action in self.plan if hours <= self.hours]
        self.plan = [each for each in self.plan if each[0] > self.hours]
        for action in due:
            action()


class Task:
    """What Airflow keeps of a task between its processes."""

    def __init__(self) -> None:
        self.xcoms: dict[str, Any] = {}
        self.kept: dict[str, Any] = {}
        self.rescheduled: Any = None

    def context(self) -> Any:
        return {"ti": self, "task_state_store": self}

    def get_first_reschedule_date(self, _: Any) -> Any:
        return self.rescheduled

    def xcom_push(self, key: str, value: Any) -> None:
        self.xcoms[key] = value

    def get(self, key: str) -> Any:
        return self.kept.get(key)

    def set(self, key: str, value: Any) -> None:
        self.kept[key] = value


@pytest.fixture
def days(allhours_connection: Sandbox, monkeypatch: pytest.MonkeyPatch) -> Days:
    """Twelve people are corrected one by one over three days; one more turns up on the second day."""
    sandbox, days = allhours_connection, Days(monkeypatch)
    finish_october(sandbox)

    def set_valid(index: int, *, valid: bool) -> None:
        day = {"user_id": employee_at(sandbox, index).id, "date": "2026-10-29", "valid": valid}
        sandbox.control("POST", "days", day)

    stays = [index for index in range(10, 60) if is_employed_all_month(sandbox, index)]
    for index, hours in zip(stays, CORRECTED, strict=False):
        set_valid(index, valid=False)
        days.at(hours, partial(set_valid, index, valid=True))
    days.at(30, partial(set_valid, 5, valid=False))
    days.at(60, partial(set_valid, 5, valid=True))
    return days


def is_employed_all_month(sandbox: Sandbox, index: int) -> bool:
    user = sandbox.company.user_at(index)
    return user is not None and user.stop is None and (user.start is None or user.start <= date(2026, 10, 1))


def wait_for_it(task: Task, days: Days, **options: Any) -> Any:
    """Run the sensor as Airflow does: each process has a sensor of its own."""

    def sensor() -> AllHoursPeriodReadySensor:
        return AllHoursPeriodReadySensor(
            task_id="t", period="2026-10", poke_interval=POKE, timeout=5 * 24 * HOUR, **options
        )

    resumed: dict[str, Any] | None = None
    while True:
        try:
            if resumed is None:
                return sensor().execute(task.context())
            return sensor().execute_complete(task.context(), **resumed)
        except AirflowRescheduleException as again:
            task.rescheduled = task.rescheduled or again.reschedule_date
            days.pass_time(POKE)
        except TaskDeferred as deferred:
            resumed = {**(deferred.kwargs or {}), "event": asyncio.run(only_event(deferred.trigger))}


async def only_event(trigger: Any) -> Any:
    (event,) = [event.payload async for event in trigger.run()]
    return event


@pytest.mark.slow
@pytest.mark.parametrize(
    ("mode", "has_report"),
    [
        ({"mode": "poke"}, False),
        ({"mode": "reschedule"}, True),
        ({"deferrable": True}, False),
        ({"deferrable": True}, True),
    ],
    ids=str,
)
def test_three_days_cost_few_requests_of_five_thousand_people(
    days: Days,
    allhours_connection: Sandbox,
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
    mode: Any,
    has_report: bool,
) -> None:
    sandbox, looks, report = allhours_connection, [], tmp_path / "blockers.csv"
    evaluate = readiness.evaluate_period

    def noted(*arguments: Any, **options: Any) -> Any:
        before = sandbox.stats()["total"]
        verdict = evaluate(*arguments, **options)
        looks.append((verdict.people, sandbox.stats()["total"] - before))
        return verdict

    rows: dict[float, int] = {}

    def read_report() -> None:
        with report.open(newline="", encoding="utf-8") as file:
            rows[days.hours] = len({row["user_id"] for row in csv.DictReader(file)})

    if has_report:
        for moment in (20.1, 40.1, 60.1):
            days.at(moment, read_report)
    monkeypatch.setattr(readiness_watch, "evaluate_period", noted)
    sandbox.reset_stats()
    options = {"report_path": str(report)} if has_report else {}
    task = Task()
    assert wait_for_it(task, days, **options, **mode)["ready"] is True
    assert READY_AFTER <= days.hours <= READY_AFTER + 1.5
    assert task.xcoms["summary"] == "October 2026 is ready"
    if has_report:
        # Whoever was corrected leaves the report within an hour or so; who turned up later is in it within a day.
        assert len(rows) == 3
        for hour, count in rows.items():
            still_wrong = len([when for when in CORRECTED if when > hour])
            assert still_wrong <= count <= still_wrong + 2, rows
    total = sandbox.stats()["total"]
    between = total - sum(requests for _, requests in looks)
    of_5000 = between + len(looks) * (5000 + LISTS + 31)  # with the clockings of each day, at most
    assert of_5000 < (25_000 if has_report or "mode" in mode else 13_000)


@pytest.mark.parametrize("is_deferrable", [True, False])
def test_only_a_task_whose_polls_are_processes_of_their_own_keeps_its_last_look_in_the_store(
    allhours_connection: Sandbox, is_deferrable: bool
) -> None:
    task, user = Task(), employee_at(allhours_connection, 8).id
    allhours_connection.control("POST", "days", {"user_id": user, "date": "2026-10-14", "missing_event": True})
    sensor = AllHoursPeriodReadySensor(
        task_id="t",
        period="2026-10",
        checks=["no-missing-events"],
        mode="reschedule",
        deferrable=is_deferrable,
        poke_interval=600,
        timeout=6000,
    )
    with pytest.raises(TaskDeferred if is_deferrable else AirflowRescheduleException):
        sensor.execute(task.context())
    assert bool(task.kept) is not is_deferrable
