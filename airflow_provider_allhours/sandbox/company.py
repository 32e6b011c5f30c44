# SPDX-License-Identifier: Apache-2.0
"""The company: people, absences and computed employee-days.

Nothing of a day is stored until somebody changes it, so a company of 50,000 starts as quickly as one of ten.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, timedelta

from airflow_provider_allhours.sandbox.absence_book import AbsenceBook
from airflow_provider_allhours.sandbox.holidays import holiday_name
from airflow_provider_allhours.sandbox.leave import REJECTED, Leave
from airflow_provider_allhours.sandbox.people import Employee
from airflow_provider_allhours.sandbox.shifts import (
    Minutes,
    Punch,
    has_open_arrival,
    minutes_of,
    planned_minutes,
    planned_start,
    presence,
    punches_of,
)

COMMENTS = ('=HYPERLINK("http://x.example","pay")', "late\ntrain", "-1 from home", "Nočna; zamenjava", 'said "ok"')


@dataclass(frozen=True)
class DayChange:
    """What somebody changed on one employee-day.

    Attributes:
        punches: clockings in place of the seeded ones.
        is_valid: whether the calculation is finished.
        is_missing_event: show a missing event whatever the clockings say; None leaves it to them.
        comment: the day's comment.
    """

    punches: tuple[Punch, ...] | None = None
    is_valid: bool = True
    is_missing_event: bool | None = None
    comment: str | None = None


@dataclass(frozen=True)
class WorkedDay:
    """One employee-day, computed."""

    employee: Employee
    day: date
    minutes: Minutes
    running_balance: int
    punches: list[Punch]
    leave: list[Leave]
    has_missing_event: bool
    is_valid: bool
    comment: str | None


@dataclass
class Company(AbsenceBook):
    """Users, their absences and their employee-days."""

    day_changes: dict[tuple[int, date], DayChange] = field(default_factory=dict)

    def change_day(self, user: Employee, day: date, change: DayChange) -> None:
        """Correct one employee-day."""
        self.day_changes[user.index, day] = change
        self._balances.pop(user.index, None)

    def worked_day(self, user: Employee, day: date) -> WorkedDay:
        """One employee-day."""
        minutes, punches, leave = self._minutes(user, day)
        change = self.day_changes.get((user.index, day), DayChange())
        missing = has_open_arrival(punches) if change.is_missing_event is None else change.is_missing_event
        return WorkedDay(
            employee=user,
            day=day,
            minutes=minutes,
            running_balance=self._running_balance(user, day),
            punches=punches,
            leave=leave,
            has_missing_event=missing,
            is_valid=change.is_valid,
            comment=change.comment or self._seeded_comment(user, day),
        )

    def punches(self, user: Employee, day: date) -> list[Punch]:
        """The clockings that belong to an employee-day."""
        return self._minutes(user, day)[1]

    def _minutes(self, user: Employee, day: date) -> tuple[Minutes, list[Punch], list[Leave]]:
        leave = self.leave_of_day(user, day)
        booked = [record for record in leave if record.is_booked]
        planned = planned_minutes(user, day)
        change = self.day_changes.get((user.index, day))
        if change is not None and change.punches is not None:
            punches = list(change.punches)
        elif not self.first_day <= day < self.today or any(
            not record.is_partial for record in leave if record.status != REJECTED
        ):
            punches = []
        else:
            punches = punches_of(user, day, self.seed, away_minutes=sum(record.minutes for record in booked))
        paid, unpaid, lunch = presence(punches, planned_start(user, day), self.zone)
        absence = planned if holiday_name(day) else sum(self._paid_minutes(record, planned) for record in booked)
        return minutes_of(planned, paid, unpaid, absence, lunch, is_over=day < self.today), punches, leave

    def _paid_minutes(self, leave: Leave, planned: int) -> int:
        definition = self._definition_by_id.get(leave.definition_id)
        if definition is None or not definition.is_paid:
            return 0
        return leave.minutes if leave.is_partial else int(planned * definition.fraction)

    def _running_balance(self, user: Employee, day: date) -> int:
        """Sum of the balances from the first day of the history (or of employment) to this day, today excluded."""
        start = max(self.first_day, user.start or self.first_day)
        last = min(day, self.today - timedelta(days=1), user.stop or day)
        if last < start:
            return 0
        sums = self._balances.setdefault(user.index, [])
        while len(sums) <= (last - start).days:
            balance = self._minutes(user, start + timedelta(days=len(sums)))[0].balance
            sums.append((sums[-1] if sums else 0) + balance)
        return sums[(last - start).days]

    def _seeded_comment(self, user: Employee, day: date) -> str | None:
        drawn = hash((self.seed, user.index, day.toordinal())) % 211
        return COMMENTS[drawn] if drawn < len(COMMENTS) else None
