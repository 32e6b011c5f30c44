# SPDX-License-Identifier: Apache-2.0
"""Join single days of absence to spans of unbroken leave."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from fractions import Fraction
from math import floor
from typing import NamedTuple

from airflow_provider_allhours.client.models import PLAN_CODE, Absence, DailyCalculation
from airflow_provider_allhours.periods import Period

SATURDAY = 5


class DayPlan(NamedTuple):
    """What is planned on a day.

    Attributes:
        minutes: planned minutes; None where the account does not say.
        is_workday: whether work is planned.
    """

    minutes: int | None
    is_workday: bool


@dataclass(frozen=True)
class AbsenceSpan:
    """Unbroken leave of one person: days of one kind and state, joined over days on which no work is planned.

    Attributes:
        absences: the records of the days inside the period, by date.
        days: first and last day with a record inside the period.
        workdays: days with a record on which work is planned.
        minutes: planned minutes of whole days and minutes of parts of days; None where one of them is not known.
        continues_before: whether the same leave has a day before the period.
        continues_after: whether it has one behind it.
    """

    absences: tuple[Absence, ...]
    days: Period
    workdays: int
    minutes: int | None
    continues_before: bool
    continues_after: bool


def plan_of(day: DailyCalculation) -> DayPlan:
    """The plan of an employee-day: by its minutes, and where it has none, by the calendar."""
    return day_plan(day.counter_minutes(PLAN_CODE), is_day_off=bool(day.is_weekend or day.is_holiday))


def day_plan(minutes: int | None, *, is_day_off: bool) -> DayPlan:
    """The plan of a day of which the account tells these minutes and whether it is a weekend or a holiday."""
    return DayPlan(minutes, minutes > 0 if minutes is not None else not is_day_off)


def spans_of(
    absences: Iterable[Absence],
    plans: Mapping[date, DayPlan],
    period: Period,
    fractions: Mapping[str | None, Fraction],
) -> list[AbsenceSpan]:
    """The spans of one person that have a day in the period, by their first day.

    Two days of one kind and state belong together when nothing between them is a workday or a day of another leave. A
    day of which the plan is not known is a workday unless it is a Saturday or Sunday.

    Args:
        absences: the person's absences in the period and around it.
        plans: the plan of the person's days in the period and around it.
        period: the days that are told.
        fractions: definition id -> part of a day that a whole-day record stands for; 1 where it is not there.
    """
    own = sorted(absences, key=lambda absence: (absence.day, absence.id))
    booked = {absence.day for absence in own if absence.is_booked}
    by_kind: dict[tuple[str, int | None], list[Absence]] = {}
    for absence in own:
        by_kind.setdefault(_kind_of(absence), []).append(absence)
    spans = [
        _span(run, plans, period, fractions)
        for records in by_kind.values()
        for run in _runs(records, plans, booked)
        if any(absence.day in period for absence in run)
    ]
    return sorted(spans, key=lambda span: (span.days, span.absences[0].id))


def _kind_of(absence: Absence) -> tuple[str, int | None]:
    return absence.absence_definition_id or absence.absence_definition_name or "", absence.status


def _runs(records: list[Absence], plans: Mapping[date, DayPlan], booked: set[date]) -> Iterator[list[Absence]]:
    """Records that belong together."""
    by_day: dict[date, list[Absence]] = {}
    for absence in records:
        by_day.setdefault(absence.day, []).append(absence)
    for days in runs_of_days(by_day, lambda day: day in booked or is_workday(day, plans)):
        yield [absence for day in days for absence in by_day[day]]


def runs_of_days(days: Iterable[date], breaks: Callable[[date], bool]) -> Iterator[list[date]]:
    """Days that belong together, in order: nothing between two of them breaks the run.

    Args:
        days: in any order.
        breaks: whether a day between two of them separates them.
    """
    run: list[date] = []
    for day in sorted(days):
        if run and any(breaks(run[-1] + timedelta(days=after)) for after in range(1, (day - run[-1]).days)):
            yield run
            run = []
        run.append(day)
    if run:
        yield run


def is_workday(day: date, plans: Mapping[date, DayPlan]) -> bool:
    """Whether work is planned; a day of which the plan is not known is a workday unless a Saturday or Sunday."""
    plan = plans.get(day)
    return day.weekday() < SATURDAY if plan is None else plan.is_workday


def _span(
    run: list[Absence],
    plans: Mapping[date, DayPlan],
    period: Period,
    fractions: Mapping[str | None, Fraction],
) -> AbsenceSpan:
    inside = tuple(absence for absence in run if absence.day in period)
    days = sorted({absence.day for absence in inside})
    minutes = [_minutes_of(absence, plans, fractions) for absence in inside]
    return AbsenceSpan(
        absences=inside,
        days=Period(days[0], days[-1]),
        workdays=sum(is_workday(day, plans) for day in days),
        minutes=None if None in minutes else sum(minute for minute in minutes if minute is not None),
        continues_before=run[0].day < period.date_from,
        continues_after=run[-1].day > period.date_to,
    )


def _minutes_of(
    absence: Absence, plans: Mapping[date, DayPlan], fractions: Mapping[str | None, Fraction]
) -> int | None:
    if absence.is_partial:
        return absence.partial_time_duration
    plan = plans.get(absence.day)
    if plan is None or plan.minutes is None:
        return None
    # Half a minute is rounded up, as payroll does.
    return floor(plan.minutes * fractions.get(absence.absence_definition_id, Fraction(1)) + Fraction(1, 2))
