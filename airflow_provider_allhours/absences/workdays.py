# SPDX-License-Identifier: Apache-2.0
"""Find the workdays of a period of leave."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date

from airflow_provider_allhours.client.models import PLAN_CODE, DailyCalculation
from airflow_provider_allhours.periods import Period

SATURDAY = 5


def workdays(period: Period, calculated: Iterable[DailyCalculation], *, by_plan: bool) -> list[date]:
    """The workdays of a period.

    Args:
        period: the leave.
        calculated: calculations of the employee or of anybody in the company.
        by_plan: True when they are the employee's: days with planned minutes are workdays. False: days that are
            neither weekend nor holiday. On days without a calculation Monday to Friday are workdays.
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
