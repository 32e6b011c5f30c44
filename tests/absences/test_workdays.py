# SPDX-License-Identifier: Apache-2.0
"""Which days of a leave are workdays."""

from __future__ import annotations

import json
from datetime import date
from typing import Any

import pytest

from airflow_provider_allhours.absences.workdays import workday_calendar, workdays
from airflow_provider_allhours.client.decoding import decode
from airflow_provider_allhours.client.errors import AllHoursIncompleteError
from airflow_provider_allhours.client.models import PLAN_CODE, DailyCalculation
from airflow_provider_allhours.periods import Period

THURSDAY_TO_MONDAY = Period(date(2027, 2, 4), date(2027, 2, 8))
SUMMARY_FIELDS = (
    *("DailyBalance", "RunningBalance", "DailyOvertime", "PaidPresence"),
    *("PaidAbsence", "MissingPresence", "UnpaidPresence", "LunchBreak"),
)


def calculation(day: int, planned: int | None = None, **fields: Any) -> DailyCalculation:
    plan = {"CalculationResultTypeCode": PLAN_CODE, "Value": planned, "ValueType": 1}
    text = json.dumps(
        {
            "Date": f"2027-02-{day:02}T00:00:00",
            "CalculationResultSummary": {f"{name}Value": 0 for name in SUMMARY_FIELDS},
            "Accruals": [] if planned is None else [plan],
            **fields,
        }
    )
    return decode(text.encode(), DailyCalculation, request="GET /test")


def days(*calculations: DailyCalculation) -> list[int]:
    """Workdays of Thursday the 4th to Monday the 8th; days that are not given are planned."""
    given = {day.date: day for day in calculations}
    all_days = [given.get(day, calculation(day.day, 480)) for day in THURSDAY_TO_MONDAY.days()]
    return [day.day for day in workdays("u", THURSDAY_TO_MONDAY, workday_calendar(all_days))]


def test_a_day_that_did_not_come_is_an_error_and_no_guess() -> None:
    calendar = workday_calendar([calculation(day, 480) for day in (4, 5, 7)])
    with pytest.raises(AllHoursIncompleteError, match="user u on 2027-02-06, so nothing tells .*; 2 of 5 days"):
        workdays("u", THURSDAY_TO_MONDAY, calendar)


def test_days_with_planned_minutes_are_workdays() -> None:
    shift = [calculation(4, 0), calculation(5, 1), calculation(6, 480, IsWeekend=True), calculation(7, 0)]
    assert days(*shift, calculation(8, 0)) == [5, 6]


def test_holidays_are_no_workdays() -> None:
    assert days(calculation(8, 480, IsHoliday=True)) == [4, 5, 6, 7]


def test_without_planned_minutes_all_hours_says_what_a_weekend_is() -> None:
    sunday_to_thursday = [
        calculation(5, IsWeekend=True),
        calculation(6, IsWeekend=False),
        calculation(7),
        calculation(8),
    ]
    assert days(*sunday_to_thursday) == [4, 6, 8]


@pytest.mark.parametrize(
    ("day", "on_leave"),
    [
        (calculation(5, 0, IsCalculationValid=False), set()),
        (calculation(5, 0), {date(2027, 2, 5)}),
        (calculation(6, 0, IsWeekend=True), {date(2027, 2, 6)}),
    ],
)
def test_a_plan_of_zero_says_nothing_on_a_day_with_leave_or_one_that_is_being_calculated(
    day: DailyCalculation, on_leave: set[date]
) -> None:
    """Where leave takes the plan away, the next night would take the leave back."""
    given = {number: calculation(number, 480) for number in range(4, 9)} | {day.date.day: day}
    with pytest.raises(
        AllHoursIncompleteError, match=f"user u on {day.date} has a plan of 0 minutes .* on 1 of 5 days"
    ):
        workdays("u", THURSDAY_TO_MONDAY, workday_calendar(given.values(), on_leave))


def test_what_is_told_of_a_day_with_leave_or_one_that_is_being_calculated_counts() -> None:
    told = [
        calculation(4, 480, IsCalculationValid=False),
        calculation(6, 0, IsWeekend=True, IsCalculationValid=False),
        calculation(7, 0),
        calculation(8, 0, IsHoliday=True),
    ]
    leave = {date(2027, 2, number) for number in (4, 5, 8)}
    calendar = workday_calendar([*told, calculation(5, 480)], leave)
    assert [day.day for day in workdays("u", THURSDAY_TO_MONDAY, calendar)] == [4, 5]
