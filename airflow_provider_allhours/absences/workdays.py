# SPDX-License-Identifier: Apache-2.0
"""Find the workdays of one employee's leave."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Set
from datetime import date

from airflow_provider_allhours.client.errors import AllHoursIncompleteError
from airflow_provider_allhours.client.models import PLAN_CODE, DailyCalculation
from airflow_provider_allhours.periods import Period

SATURDAY = 5

WorkdayCalendar = Mapping[date, bool | None]
"""Whether each day of an employee is a workday; None where nothing tells."""


def workday_calendar(calculated: Iterable[DailyCalculation], on_leave: Set[date] = frozenset()) -> WorkdayCalendar:
    """Whether each day of an employee is a workday.

    Days with planned minutes are workdays, holidays are none. A day without a plan is a workday when it is no weekend.
    A plan of 0 says nothing on a day that has leave already, which may have taken the plan away, and on a weekday that
    is being calculated.

    Args:
        calculated: the employee's own days: a holiday of one country or shift is a workday of another.
        on_leave: days with leave that this provider wrote.
    """
    return {day.date: _is_workday(day, has_leave=day.date in on_leave) for day in calculated}


def workdays(user_id: str, period: Period, calendar: WorkdayCalendar) -> list[date]:
    """The workdays of a period of leave.

    Args:
        user_id: whose leave, for the message.
        period: the leave.
        calendar: the employee's days, see :func:`workday_calendar`.

    Raises:
        AllHoursIncompleteError: a day is not in the calendar, or nothing tells whether it is a workday.
    """
    missing = [day for day in period.days() if day not in calendar]
    if missing:
        raise AllHoursIncompleteError(
            f"All Hours has no employee-day of user {user_id} on {missing[0]}, so nothing tells whether it is a "
            f"workday; {len(missing)} of {period.length} days of the leave are missing"
        )
    doubtful = [day for day in period.days() if calendar[day] is None]
    if doubtful:
        raise AllHoursIncompleteError(
            f"the employee-day of user {user_id} on {doubtful[0]} has a plan of 0 minutes and is being calculated, or "
            f"has leave that may have taken the plan away, so nothing tells whether it is a workday; that is so on "
            f"{len(doubtful)} of {period.length} days of the leave"
        )
    return [day for day in period.days() if calendar[day]]


def _is_workday(day: DailyCalculation, *, has_leave: bool) -> bool | None:
    if day.is_holiday:
        return False
    is_weekend = day.date.weekday() >= SATURDAY if day.is_weekend is None else day.is_weekend
    planned = day.counter_minutes(PLAN_CODE)
    if planned is None:
        return not is_weekend
    if planned > 0:
        return True
    is_doubtful = has_leave or (day.is_calculation_valid is False and not is_weekend)
    return None if is_doubtful else False
