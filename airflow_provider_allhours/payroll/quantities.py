# SPDX-License-Identifier: Apache-2.0
"""Count what a mapping pays of one person's frozen days, exactly, and what would make it wrong."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from datetime import date
from fractions import Fraction
from typing import NamedTuple

from airflow_provider_allhours.payroll.amounts import ABSENCE, COUNTER
from airflow_provider_allhours.payroll.definitions import ResolvedMapping
from airflow_provider_allhours.payroll.findings import Findings
from airflow_provider_allhours.payroll.frozen import FrozenAbsence, FrozenCounter, FrozenDay, PersonRecords
from airflow_provider_allhours.payroll.rounding import PER_DAY, nearest
from airflow_provider_allhours.payroll.rules import (
    CALENDAR,
    DAYS,
    HOLIDAY,
    UNITS_OF_TIME,
    WEEKEND,
    WORKDAY,
    Rule,
)

OTHER_STATES = ("pending", "rejected")
"""States of an absence that is not taken."""

ONE_DAY = Fraction(1)

_NUMBER = re.compile(r"[+-]?\d{1,9}(\.\d{1,9})?", re.ASCII)


class Value(NamedTuple):
    """What one line of the mapping pays of one day; None where All Hours gives no number.

    Attributes:
        minutes: minutes of the day.
        days: part of a day of leave.
        pieces: what is counted where the value is no time.
    """

    minutes: int | None
    days: Fraction | None = None
    pieces: Fraction | None = None

    def plus(self, other: Value) -> Value:
        """Both together; what one of them does not know is not known."""
        return Value(
            None if self.minutes is None or other.minutes is None else self.minutes + other.minutes,
            None if self.days is None or other.days is None else self.days + other.days,
            None if self.pieces is None or other.pieces is None else self.pieces + other.pieces,
        )


class Quantity:
    """What one line of the mapping pays of one person in a period.

    Attributes:
        minutes: exact minutes, before any rounding; 0 for days and counts.
        covered: minutes of the days that are paid, whatever the unit.
        has_days_without_minutes: whether leave was paid on a day without planned minutes, or with unknown ones.
        by_day: day -> amount in the unit of the line; None where nobody asks for days.
        amount: what is printed, in the unit of the line, after rounding to steps: minutes, days or pieces.
    """

    __slots__ = ("amount", "by_day", "covered", "has_days_without_minutes", "minutes", "rule")

    def __init__(self, rule: Rule, *, keeps_days: bool = False) -> None:
        self.rule = rule
        self.by_day: dict[date, Fraction] | None = defaultdict(Fraction) if keeps_days else None
        self.minutes = 0
        self.covered = 0
        self.has_days_without_minutes = False
        self.amount = Fraction(0)

    def add(self, value: Value, day: date) -> bool:
        """Add a day; returns whether All Hours gives the number that the unit needs."""
        self.covered += value.minutes or 0
        self.has_days_without_minutes |= bool(value.days) and not value.minutes
        if self.rule.unit in UNITS_OF_TIME:
            if value.minutes is None:
                return False
            self.minutes += value.minutes
            step = self.rule.step
            minutes = Fraction(value.minutes)
            self._pay(day, step.applied_to(minutes) if step and step.per == PER_DAY else minutes)
            return True
        amount = value.days if self.rule.unit == DAYS else _pieces(value)
        if amount is None:
            return False
        self._pay(day, amount)
        return True

    def _pay(self, day: date, amount: Fraction) -> None:
        self.amount += amount
        if self.by_day is not None:
            self.by_day[day] += amount

    def finished(self) -> Fraction:
        """The amount of the period."""
        step = self.rule.step
        return step.applied_to(self.amount) if step and step.per != PER_DAY else self.amount


def _pieces(value: Value) -> Fraction | None:
    """Pieces of a counter of pieces; of anything else the day, where its value is above 0."""
    if value.pieces is not None:
        return value.pieces if value.pieces.denominator == 1 else None
    sizes = [size for size in (value.minutes, value.days) if size is not None]
    return Fraction(int(any(size > 0 for size in sizes))) if sizes else None


def quantities_of(
    records: Sequence[PersonRecords],
    employee_id: str,
    mapping: ResolvedMapping,
    findings: Findings,
    *,
    keeps_days: bool = False,
) -> list[Quantity]:
    """What each line of the mapping pays of a person, in the order of the mapping.

    Args:
        records: the frozen records of the users that are this person.
        employee_id: the person's number, for the findings.
        mapping: the mapping.
        findings: takes what would make a line wrong.
        keeps_days: whether the amounts of single days are wanted, too.
    """
    quantities: dict[int, Quantity] = {}
    leave: dict[date, Fraction] = defaultdict(Fraction)
    paid = _paid_of(records, employee_id, mapping, findings, leave)
    for rule, day, value in paid if len(records) == 1 else _once_a_day(paid):
        if not quantities.setdefault(rule.number, Quantity(rule, keeps_days=keeps_days)).add(value, day):
            findings.unknown(rule, employee_id)
    for day, part in sorted(leave.items()):
        if part > ONE_DAY:
            findings.too_much_leave(employee_id, day, part)
    return [quantities[number] for number in sorted(quantities)]


Paid = tuple[Rule, date, Value]


def _paid_of(
    records: Sequence[PersonRecords],
    employee_id: str,
    mapping: ResolvedMapping,
    findings: Findings,
    leave: dict[date, Fraction],
) -> Iterator[Paid]:
    for user in records:
        days = {day.date: day for day in user.days}
        paid = (
            *_of_sources(user, mapping),
            *_of_absences(user, days, mapping, findings, leave, employee_id),
            *_of_counters(user, mapping, findings, employee_id),
        )
        for rule, day, value in paid:
            if is_paid_on(rule, days.get(day)):
                yield rule, day, value
            elif rule.when is not None and _kind_of(days.get(day)) is None and value != Value(0):
                findings.unclear_day(rule, employee_id, day)


def _once_a_day(paid: Iterable[Paid]) -> Iterator[Paid]:
    """What a person of several users has on a day, together: a day is counted and rounded to a step once."""
    together: dict[tuple[int, date], Paid] = {}
    for rule, day, value in paid:
        known = together.get((rule.number, day))
        together[rule.number, day] = (rule, day, value if known is None else known[2].plus(value))
    yield from together.values()


def _of_sources(user: PersonRecords, mapping: ResolvedMapping) -> Iterator[Paid]:
    for day in user.days:
        for rule in mapping.source_rules:
            minutes: int | None = getattr(day, rule.name)
            for name in rule.minus:
                taken: int | None = getattr(day, name)
                minutes = None if minutes is None or taken is None else minutes - taken
            yield rule, day.date, Value(minutes)


def _of_absences(
    user: PersonRecords,
    days: dict[date, FrozenDay],
    mapping: ResolvedMapping,
    findings: Findings,
    leave: dict[date, Fraction],
    employee_id: str,
) -> Iterator[Paid]:
    booked: dict[tuple[date, str], list[FrozenAbsence]] = defaultdict(list)
    for absence in user.absences:
        if absence.is_booked:
            mapping.know(ABSENCE, absence.definition_key, absence.absence_definition, absence.integration_id)
            booked[absence.date, absence.definition_key].append(absence)
        elif absence.status not in OTHER_STATES:
            findings.unknown_state(absence.status, employee_id)
    for (day, key), absences in booked.items():
        rules = mapping.rules_of(ABSENCE, key)
        if not rules and not mapping.is_ignored(ABSENCE, key):
            findings.unmapped(ABSENCE, mapping.name_of(ABSENCE, key), employee_id)
        values = {rule: leave_of_day(absences, days.get(day), calendar=rule.count == CALENDAR) for rule in rules}
        leave[day] += max((value.days or Fraction(0) for value in values.values()), default=Fraction(0))
        yield from ((rule, day, value) for rule, value in values.items())


def leave_of_day(absences: Iterable[FrozenAbsence], day: FrozenDay | None, *, calendar: bool) -> Value:
    """What booked leave of one definition is worth on its day.

    A part longer than the plan is the whole day.

    Args:
        absences: records of the definition.
        day: the day, None where All Hours gives none.
        calendar: whether days without planned minutes and holidays count, too.
    """
    planned = None if day is None else day.planned_minutes
    is_workday = _is_workday(day)
    if is_workday is False and not calendar:
        return Value(0, Fraction(0))
    parts = [_part(absence, planned) for absence in absences]
    part = None if None in parts else sum((part for part in parts if part is not None), Fraction(0))
    if is_workday is None and not calendar:
        return Value(None, None)
    return Value(None if planned is None or part is None else nearest(planned * part), part)


def _part(absence: FrozenAbsence, planned: int | None) -> Fraction | None:
    if not absence.is_partial:
        return Fraction(str(absence.fraction))
    if absence.partial_minutes is None or not planned:
        return None
    return min(Fraction(absence.partial_minutes, planned), ONE_DAY)


def _is_workday(day: FrozenDay | None) -> bool | None:
    """Whether leave counts: the day has planned minutes and is no holiday; None where All Hours does not say."""
    if day is None:
        return None
    if day.is_holiday or day.planned_minutes == 0:
        return False
    return None if day.is_holiday is None or day.planned_minutes is None else True


def _of_counters(user: PersonRecords, mapping: ResolvedMapping, findings: Findings, employee_id: str) -> Iterator[Paid]:
    for counter in user.counters:
        value = _value_of(counter)
        if value == Value(0) or counter.key in mapping.running:
            continue
        mapping.know(COUNTER, counter.key, counter.counter)
        rules = mapping.rules_of(COUNTER, counter.key)
        if not rules and not mapping.is_ignored(COUNTER, counter.key):
            findings.unmapped(COUNTER, counter.key, employee_id)
        for rule in rules:
            yield rule, counter.date, value


def _value_of(counter: FrozenCounter) -> Value:
    """The minutes of a counter of time, the pieces of another one; a counter without a value is 0."""
    if counter.minutes is not None:
        return Value(counter.minutes)
    if counter.value is None or not counter.value.strip():
        return Value(0)
    # No exponents: a number of a few characters could have millions of digits.
    if not _NUMBER.fullmatch(counter.value.strip()):
        return Value(None)
    pieces = Fraction(counter.value.strip())
    return Value(None, None, pieces) if pieces else Value(0)


def _kind_of(day: FrozenDay | None) -> str | None:
    """``holiday``, ``weekend`` or ``workday``; None where All Hours does not say. A holiday is never a weekend."""
    if day is None or day.is_holiday is None or day.is_weekend is None:
        return None
    return HOLIDAY if day.is_holiday else WEEKEND if day.is_weekend else WORKDAY


def is_paid_on(rule: Rule, day: FrozenDay | None) -> bool:
    """Whether a line of the mapping pays on a day of this kind."""
    return rule.when is None or rule.when == _kind_of(day)
