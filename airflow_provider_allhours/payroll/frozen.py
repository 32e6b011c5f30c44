# SPDX-License-Identifier: Apache-2.0
"""The rows of a frozen version: people, their days, absences and counters.

A version has four parts, each a file of JSON lines whose fields are those of one class here: ``people``
(:class:`FrozenPerson`), ``timesheets`` (:class:`FrozenDay`), ``absences`` (:class:`FrozenAbsence`) and ``counters``
(:class:`FrozenCounter`). Every part is sorted by user id, then by date, so that versions of any size are read and
compared person by person. Everything that pay is made of is frozen; e-mail addresses and comments are not.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

import msgspec

from airflow_provider_allhours.attendance.roster import Employment
from airflow_provider_allhours.attendance.selection import CUSTOM_FIELDS
from airflow_provider_allhours.client.models import (
    PLAN_CODE,
    Absence,
    AbsenceDefinition,
    CalculationResult,
    DailyCalculation,
    User,
)
from airflow_provider_allhours.texts import clean_id, composed

BOOKED = ("auto-approved", "approved", "auto-approved-notified")
"""States of an absence that is taken."""


class FrozenPerson(msgspec.Struct, frozen=True, kw_only=True):
    """Somebody who is employed in the period.

    Attributes:
        employee_id: the company's own number, empty without one.
        user_id: the id in All Hours.
        first_name: empty without one.
        last_name: empty without one.
        date_from: first day of the period on which they are employed.
        date_to: last such day.
        custom_fields: ``custom_field1`` to ``custom_field10``, those that are not empty.
    """

    employee_id: str
    user_id: str
    first_name: str
    last_name: str
    date_from: date
    date_to: date
    custom_fields: dict[str, str]


class FrozenDay(msgspec.Struct, frozen=True, kw_only=True):
    """One employee-day, in minutes; None where All Hours gives no number.

    The names are those of the timesheet export.
    """

    employee_id: str
    user_id: str
    date: date
    planned_minutes: int | None
    paid_presence_minutes: int | None
    paid_absence_minutes: int | None
    unpaid_presence_minutes: int | None
    missing_presence_minutes: int | None
    overtime_minutes: int | None
    lunch_break_minutes: int | None
    balance_minutes: int | None
    running_balance_minutes: int | None
    missing_events: int
    is_weekend: bool | None
    is_holiday: bool | None
    holiday_name: str | None
    is_valid: bool | None


class FrozenAbsence(msgspec.Struct, frozen=True, kw_only=True):
    """One absence on one day, whatever its state; the names are those of the absence export.

    Attributes:
        fraction: the part of a day that a whole-day record of its definition stands for, above 0.
    """

    employee_id: str
    user_id: str
    date: date
    absence_id: str
    group_id: str | None
    absence_definition_id: str | None
    absence_definition: str | None
    integration_id: str | None
    status: str
    is_partial: bool
    partial_from: str | None
    partial_to: str | None
    partial_minutes: int | None
    fraction: float

    @property
    def is_booked(self) -> bool:
        """Whether it is taken, and so counts for pay."""
        return self.status in BOOKED

    @property
    def definition_key(self) -> str:
        """What tells definitions apart: the id, which a rename does not change; the name where there is no id."""
        return self.absence_definition_id or self.absence_definition or ""


class FrozenCounter(msgspec.Struct, frozen=True, kw_only=True):
    """One counter of one employee-day; the names are those of the counter export.

    Attributes:
        counter_id: the id of the counter in All Hours, where it has one.
    """

    employee_id: str
    user_id: str
    date: date
    counter_code: int | None
    counter_id: str | None
    counter: str | None
    value_type: int | None
    value: str | None
    minutes: int | None

    @property
    def key(self) -> str:
        """What tells counters apart: the code, which a rename does not change; the name where there is no code."""
        return (self.counter or "") if self.counter_code is None else str(self.counter_code)


@dataclass(frozen=True)
class PersonRecords:
    """Everything that is frozen of one person: days, absences and counters, each by date."""

    person: FrozenPerson
    days: tuple[FrozenDay, ...]
    absences: tuple[FrozenAbsence, ...] = ()
    counters: tuple[FrozenCounter, ...] = ()


def freeze_person(employment: Employment) -> FrozenPerson:
    """The row of somebody who is employed in the period."""
    user = employment.user
    custom_fields = {name: clean_id(getattr(user, name)) for name in CUSTOM_FIELDS}
    return FrozenPerson(
        employee_id=user.employee_id,
        user_id=user.id,
        first_name=composed(user.first_name or ""),
        last_name=composed(user.last_name or ""),
        date_from=_plain(employment.days.date_from),
        date_to=_plain(employment.days.date_to),
        custom_fields={name: value for name, value in custom_fields.items() if value},
    )


def freeze_day(user: User, day: DailyCalculation) -> FrozenDay:
    """The row of one employee-day."""
    summary = day.calculation_result_summary
    return FrozenDay(
        employee_id=user.employee_id,
        user_id=user.id,
        date=_plain(day.date),
        planned_minutes=day.counter_minutes(PLAN_CODE),
        paid_presence_minutes=summary.paid_presence_value,
        paid_absence_minutes=summary.paid_absence_value,
        unpaid_presence_minutes=summary.unpaid_presence_value,
        missing_presence_minutes=summary.missing_presence_value,
        overtime_minutes=summary.daily_overtime_value,
        lunch_break_minutes=summary.lunch_break_value,
        balance_minutes=summary.daily_balance_value,
        running_balance_minutes=summary.running_balance_value,
        missing_events=len(day.missing_event_exceptions or ()),
        is_weekend=day.is_weekend,
        is_holiday=day.is_holiday,
        holiday_name=None if day.holiday_name is None else composed(day.holiday_name),
        is_valid=day.is_calculation_valid,
    )


def freeze_counters(user: User, days: Iterable[DailyCalculation]) -> tuple[FrozenCounter, ...]:
    """The rows of the counters of some days, by date, code and name."""

    def order(counter: CalculationResult) -> tuple[int, str]:
        return counter.calculation_result_type_code or 0, counter.name or ""

    return tuple(
        FrozenCounter(
            employee_id=user.employee_id,
            user_id=user.id,
            date=_plain(day.date),
            counter_code=counter.calculation_result_type_code,
            counter_id=counter.id,
            counter=None if counter.name is None else composed(counter.name),
            value_type=counter.value_type,
            value=counter.as_sent,
            minutes=counter.minutes,
        )
        for day in days
        for counter in sorted(day.accruals or (), key=order)
    )


def freeze_absence(user: User, absence: Absence, definition: AbsenceDefinition | None) -> FrozenAbsence:
    """The row of one absence."""
    is_partial = bool(absence.is_partial)
    integration_id = definition.integration_id if definition else None
    name = absence.absence_definition_name or (definition.name if definition else None)
    first, last = absence.partial_time_from, absence.partial_time_to
    return FrozenAbsence(
        employee_id=user.employee_id,
        user_id=user.id,
        date=absence.day,
        absence_id=absence.id,
        group_id=absence.group_id,
        absence_definition_id=absence.absence_definition_id,
        absence_definition=None if name is None else composed(name),
        integration_id=None if integration_id is None else str(integration_id),
        status=absence.status_name,
        is_partial=is_partial,
        partial_from=first.isoformat() if is_partial and first else None,
        partial_to=last.isoformat() if is_partial and last else None,
        partial_minutes=absence.partial_time_duration if is_partial else None,
        fraction=fraction_of(definition),
    )


def _plain(day: date) -> date:
    """The day as the standard library's type, which has a JSON form."""
    return date(day.year, day.month, day.day)


def fraction_of(definition: AbsenceDefinition | None) -> float:
    """The part of a day that a whole-day record stands for; 1 where the definition has none or 0."""
    return float(definition.fraction) if definition is not None and definition.fraction else 1.0
