# SPDX-License-Identifier: Apache-2.0
"""Which days of a leave are workdays."""

from __future__ import annotations

import json
from datetime import date
from typing import Any

import pytest

from airflow_provider_allhours.absences.workdays import workdays
from airflow_provider_allhours.client.decoding import decode
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


def days(*calculations: DailyCalculation, by_plan: bool) -> list[int]:
    return [day.day for day in workdays(THURSDAY_TO_MONDAY, calculations, by_plan=by_plan)]


@pytest.mark.parametrize("by_plan", [True, False])
def test_days_without_a_calculation_are_monday_to_friday(by_plan: bool) -> None:
    assert days(by_plan=by_plan) == [4, 5, 8]


def test_days_with_planned_minutes_are_workdays() -> None:
    shift = [calculation(4, 0), calculation(5, 1), calculation(6, 480, IsWeekend=True), calculation(8, 0)]
    assert days(*shift, by_plan=True) == [5, 6]


def test_the_plan_of_somebody_else_is_not_used() -> None:
    shift = [calculation(4, 0, IsWeekend=False), calculation(6, 480, IsWeekend=True)]
    assert days(*shift, by_plan=False) == [4, 5, 8]


@pytest.mark.parametrize("by_plan", [True, False])
def test_holidays_are_no_workdays(by_plan: bool) -> None:
    assert days(calculation(8, 480, IsHoliday=True), by_plan=by_plan) == [4, 5]


@pytest.mark.parametrize("by_plan", [True, False])
def test_without_planned_minutes_all_hours_says_what_a_weekend_is(by_plan: bool) -> None:
    sunday_to_thursday = [calculation(5, IsWeekend=True), calculation(6, IsWeekend=False), calculation(7)]
    assert days(*sunday_to_thursday, by_plan=by_plan) == [4, 6, 8]
