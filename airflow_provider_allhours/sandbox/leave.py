# SPDX-License-Identifier: Apache-2.0
"""Absences and their definitions, and the absences that the seed generates."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from random import Random

from airflow_provider_allhours.sandbox.holidays import holiday_name
from airflow_provider_allhours.sandbox.identifiers import ABSENCE, DEFINITION, GROUP, guid
from airflow_provider_allhours.sandbox.people import Employee
from airflow_provider_allhours.sandbox.shifts import is_workday, planned_start

AUTO, PENDING, APPROVED, REJECTED, NOTIFIED = range(5)
BOOKED = (AUTO, APPROVED, NOTIFIED)


@dataclass(frozen=True)
class Definition:
    """A kind of absence."""

    id: str
    name: str
    integration_id: int
    is_paid: bool
    is_active: bool = True
    fraction: float = 1.0


@dataclass(frozen=True)
class Leave:
    """One absence of one user on one day."""

    id: str
    group_id: str
    user_index: int
    day: date
    definition_id: str
    status: int
    inserted_on: datetime
    modified_on: datetime | None = None
    comment: str | None = None
    origin: int = 2
    partial_from: datetime | None = None
    partial_to: datetime | None = None
    override_holiday: bool = False

    @property
    def is_partial(self) -> bool:
        """Whether it covers a part of the day only."""
        return self.partial_from is not None

    @property
    def minutes(self) -> int:
        """Length of a partial absence; 0 for a whole day."""
        if self.partial_from is None or self.partial_to is None:
            return 0
        return int((self.partial_to - self.partial_from).total_seconds() // 60)

    @property
    def is_booked(self) -> bool:
        """Whether its status makes it count: auto-approved, approved or notified."""
        return self.status in BOOKED

    def with_status(self, status: int, now: datetime) -> Leave:
        """The same absence with a new status."""
        return replace(self, status=status, modified_on=now)


def definitions(seed: int) -> list[Definition]:
    """The kinds of absence of a new account (their default names are known from a trial tenant)."""
    named = (
        ("Annual leave", True, True, 1.0),
        ("Sick leave", True, True, 1.0),
        ("Business leave", True, True, 1.0),
        ("Study leave", True, True, 1.0),
        ("Maternity leave", False, True, 1.0),
        ("Paternity leave", False, True, 1.0),
        ("Surplus hours", True, True, 1.0),
        ("Annual leave half day", True, True, 0.5),
        ("Unpaid leave", False, True, 1.0),
        ("Strike", False, False, 1.0),
    )
    return [
        Definition(guid(DEFINITION, seed, number), name, 100 + number, is_paid, is_active, fraction)
        for number, (name, is_paid, is_active, fraction) in enumerate(named, start=1)
    ]


def seeded_leave(employee: Employee, year: int, month: int, seed: int, today: date) -> dict[date, Leave]:
    """The absences that the seed generates for an employee and month, by day."""
    rng = Random(f"{seed}/leave/{employee.index}/{year}-{month}")
    leave_by_day: dict[date, Leave] = {}
    if rng.random() < 0.45:
        _take(leave_by_day, employee, year, month, seed, today, rng, definition=1, days=rng.randrange(1, 6))
    if rng.random() < 0.12:
        _take(leave_by_day, employee, year, month, seed, today, rng, definition=2, days=rng.randrange(1, 4))
    if rng.random() < 0.08:
        _take(leave_by_day, employee, year, month, seed, today, rng, definition=3, days=1, hours=rng.choice((2, 3, 4)))
    return leave_by_day


def _take(
    leave_by_day: dict[date, Leave],
    employee: Employee,
    year: int,
    month: int,
    seed: int,
    today: date,
    rng: Random,
    *,
    definition: int,
    days: int,
    hours: int = 0,
) -> None:
    """Add one stretch of leave on workdays that are still free."""
    day = date(year, month, rng.randrange(1, 24))
    group = guid(GROUP, seed, employee.index, day.toordinal() * 8 + definition)
    status = _status(rng, day, today, definition)
    comment = rng.choice((None, None, None, "Family", "=1+1", "two\nlines", "Zdravniško potrdilo; priloženo"))
    for _ in range(days):
        while not is_workday(employee, day) or holiday_name(day):
            day += timedelta(days=1)
        if day.month != month:
            return
        if day not in leave_by_day and _is_employed(employee, day):
            start = planned_start(employee, day)
            leave_by_day[day] = Leave(
                id=guid(ABSENCE, seed, employee.index, day.toordinal()),
                group_id=group,
                user_index=employee.index,
                day=day,
                definition_id=guid(DEFINITION, seed, definition),
                status=status,
                inserted_on=datetime.combine(day - timedelta(days=14), planned_start(employee, day).time()),
                comment=comment,
                partial_from=start if hours else None,
                partial_to=start + timedelta(hours=hours) if hours else None,
            )
        day += timedelta(days=1)


def _status(rng: Random, day: date, today: date, definition: int) -> int:
    """The status of a generated absence: old ones are decided, some recent ones are pending."""
    if definition == 2:
        return NOTIFIED if rng.random() < 0.3 else AUTO
    drawn = rng.random()
    if drawn < 0.04:
        return REJECTED
    if drawn < 0.10 and day >= today - timedelta(days=20):
        return PENDING
    return APPROVED


def _is_employed(employee: Employee, day: date) -> bool:
    return (employee.start is None or employee.start <= day) and (employee.stop is None or day <= employee.stop)
