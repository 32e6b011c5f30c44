# SPDX-License-Identifier: Apache-2.0
"""The bridge of one person's month: planned minutes = paid + ignored + missing."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from datetime import date
from typing import NamedTuple

from airflow_provider_allhours.payroll.amounts import ABSENCE, COUNTER
from airflow_provider_allhours.payroll.definitions import ResolvedMapping
from airflow_provider_allhours.payroll.findings import Findings
from airflow_provider_allhours.payroll.frozen import FrozenAbsence, FrozenDay, PersonRecords
from airflow_provider_allhours.payroll.quantities import is_paid_on, leave_of_day, quantities_of
from airflow_provider_allhours.payroll.rules import COUNT, Rule

PLAN, PAID_LEAVE = "planned_minutes", "paid_absence_minutes"
"""Columns of the timesheet that contain leave."""


class Bridge(NamedTuple):
    """Minutes of a person.

    Attributes:
        plan: planned minutes.
        paid: minutes that lines of the mapping pay: of the timesheet and of leave, premiums and counters left out.
        ignored: planned minutes of leave that the mapping ignores.
        missing: what is left of the plan; negative where more is paid than was planned.
        balance: the sum of the daily balances.
    """

    plan: int
    paid: int
    ignored: int
    missing: int
    balance: int

    def unpaid(self) -> Bridge:
        """The same where nothing is paid."""
        return self._replace(paid=0, missing=self.plan - self.ignored)


def bridge_of(records: Sequence[PersonRecords], employee_id: str, mapping: ResolvedMapping | None) -> Bridge:
    """The bridge of a person.

    Args:
        records: the frozen records of the users that are this person.
        employee_id: the person's number.
        mapping: what is paid; None for paid presence and paid absence as All Hours calculates them.
    """
    days = [day for user in records for day in user.days]
    plan = sum(day.planned_minutes or 0 for day in days)
    if mapping is None:
        paid = sum((day.paid_presence_minutes or 0) + (day.paid_absence_minutes or 0) for day in days)
        ignored = 0
    else:
        quantities = quantities_of(records, employee_id, mapping, Findings())
        paid = sum(
            quantity.covered
            for quantity in quantities
            if quantity.rule.kind != COUNTER and quantity.rule.unit != COUNT and not quantity.rule.also
        )
        ignored = sum(_ignored(user, mapping) for user in records)
    return Bridge(plan, paid, ignored, plan - paid - ignored, sum(day.balance_minutes or 0 for day in days))


def _ignored(user: PersonRecords, mapping: ResolvedMapping) -> int:
    """Leave that the mapping ignores, without what a line of the timesheet pays of it."""
    days = {day.date: day for day in user.days}
    booked: dict[tuple[date, str], list[FrozenAbsence]] = defaultdict(list)
    for absence in user.absences:
        if absence.is_booked:
            booked[absence.date, absence.definition_key].append(absence)
    ignored: dict[date, int] = defaultdict(int)
    for (date_of_leave, key), absences in booked.items():
        if not mapping.rules_of(ABSENCE, key) and mapping.is_ignored(ABSENCE, key):
            value = leave_of_day(absences, days.get(date_of_leave), calendar=False)
            ignored[date_of_leave] += value.minutes or 0
    return sum(
        max(0, minutes - max((_leave_in(rule, day) for rule in mapping.source_rules), default=0))
        for date_of_leave, minutes in ignored.items()
        if (day := days.get(date_of_leave)) is not None
    )


def _leave_in(rule: Rule, day: FrozenDay) -> int:
    """Minutes of leave that a line of the timesheet pays on a day."""
    if rule.also or rule.unit == COUNT or PAID_LEAVE in rule.minus or not is_paid_on(rule, day):
        return 0
    if rule.name == PAID_LEAVE:
        return day.paid_absence_minutes or 0
    return day.planned_minutes or 0 if rule.name == PLAN else 0
