# SPDX-License-Identifier: Apache-2.0
"""Unbroken leave in a frozen period, for layouts that take leave as spans."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from datetime import date
from typing import NamedTuple

from airflow_provider_allhours.attendance.spans import DayPlan, day_plan, is_workday, runs_of_days
from airflow_provider_allhours.payroll.frozen import FrozenDay, PersonRecords
from airflow_provider_allhours.periods import Period


class LeaveSpan(NamedTuple):
    """Whole days of one kind of leave that nothing breaks.

    Attributes:
        employee_id: whose.
        definition: id of the definition, or its name where it has no id.
        names: name, and IntegrationId where there is one.
        days: first and last day inside the period; the leave may go on outside.
    """

    employee_id: str
    definition: str
    names: tuple[str, ...]
    days: Period


def leave_spans(records: PersonRecords) -> Iterator[LeaveSpan]:
    """The spans of booked whole days of one person, by kind and day.

    Days are joined over days without work; parts of days are no spans, and separate whole days of one kind.
    """
    plans = {day.date: _plan_of(day) for day in records.days}
    booked = {absence.date for absence in records.absences if absence.is_booked}
    whole: dict[str, set[date]] = defaultdict(set)
    names: dict[str, tuple[str, ...]] = {}
    for absence in records.absences:
        if absence.is_booked and not absence.is_partial and absence.fraction == 1:
            whole[absence.definition_key].add(absence.date)
            known = (absence.absence_definition, absence.integration_id)
            names[absence.definition_key] = tuple(name for name in known if name)
    for key, days in sorted(whole.items()):
        for run in runs_of_days(days, lambda day: day in booked or is_workday(day, plans)):
            yield LeaveSpan(records.person.employee_id, key, names[key], Period(run[0], run[-1]))


def _plan_of(day: FrozenDay) -> DayPlan:
    return day_plan(day.planned_minutes, is_day_off=bool(day.is_weekend or day.is_holiday))
