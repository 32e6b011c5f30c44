# SPDX-License-Identifier: Apache-2.0
"""The days of leave on which an absence is written."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date

from airflow_provider_allhours.client.models import PLAN_CODE, DailyCalculation
from airflow_provider_allhours.periods import Period

SATURDAY = 5


def workdays(period: Period, calculated: Iterable[DailyCalculation], *, by_plan: bool) -> list[date]:
    """The days of a period on which there is work to be absent from.

    Args:
        period: the leave.
        calculated: All Hours' own days, of the employee or of anybody in the company.
        by_plan: whether they are the employee's own, so that planned minutes say whether it is a workday; otherwise
            only weekends and holidays are read off them. Days that All Hours does not show are Monday to Friday.
    """
    days: dict[date, DailyCalculation] = {day.date: day for day in calculated}
    return [day for day in period.days() if _is_workday(day, days, by_plan)]


def _is_workday(day: date, days: Mapping[date, DailyCalculation], by_plan: bool) -> bool:
    calculated = days.get(day)
    if calculated is None:
        return day.weekday() < SATURDAY
    if calculated.is_holiday:
        return False
    planned = calculated.counter_minutes(PLAN_CODE) if by_plan else None
    if planned is not None:
        return planned > 0
    return day.weekday() < SATURDAY if calculated.is_weekend is None else not calculated.is_weekend
