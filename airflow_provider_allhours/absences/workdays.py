# SPDX-License-Identifier: Apache-2.0
"""Find the workdays of one employee's leave."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date

from airflow_provider_allhours.client.errors import AllHoursIncompleteError
from airflow_provider_allhours.client.models import PLAN_CODE, DailyCalculation
from airflow_provider_allhours.periods import Period

SATURDAY = 5


def workday_calendar(calculated: Iterable[DailyCalculation]) -> dict[date, bool]:
    """Whether each day of an employee is a workday.

    Days with planned minutes are workdays, holidays are none. A day without a plan is a workday when it is no weekend.

    Args:
        calculated: the employee's own days: a holiday of one country or shift is a workday of another.
    """
    return {day.date: _is_workday(day) for day in calculated}


def workdays(user_id: str, period: Period, calendar: Mapping[date, bool]) -> list[date]:
    """The workdays of a period of leave.

    Args:
        user_id: whose leave, for the message.
        period: the leave.
        calendar: the employee's days, see :func:`workday_calendar`.

    Raises:
        AllHoursIncompleteError: a day is not in the calendar, and nothing tells whether it is a workday.
    """
    missing = [day for day in period.days() if day not in calendar]
    if missing:
        raise AllHoursIncompleteError(
            f"All Hours has no employee-day of user {user_id} on {missing[0]}, so nothing tells whether it is a "
            f"workday; {len(missing)} of {period.length} days of the leave are missing"
        )
    return [day for day in period.days() if calendar[day]]


def _is_workday(day: DailyCalculation) -> bool:
    if day.is_holiday:
        return False
    planned = day.counter_minutes(PLAN_CODE)
    if planned is not None:
        return planned > 0
    return day.date.weekday() < SATURDAY if day.is_weekend is None else not day.is_weekend
