# SPDX-License-Identifier: Apache-2.0
"""The company: what the seed gives, and what happened to it since.

Nothing of a day is stored until somebody changes it, so a company of 50,000 starts as quickly as one of ten.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import date, datetime, time, timedelta
from functools import lru_cache
from typing import Any
from zoneinfo import ZoneInfo

from airflow_provider_allhours.sandbox.holidays import holiday_name
from airflow_provider_allhours.sandbox.identifiers import ABSENCE, GROUP, USER, guid, parts
from airflow_provider_allhours.sandbox.leave import Definition, Leave, definitions, seeded_leave
from airflow_provider_allhours.sandbox.people import NIGHT, Employee, Hiring
from airflow_provider_allhours.sandbox.shifts import (
    Minutes,
    Punch,
    has_open_arrival,
    planned_minutes,
    planned_start,
    presence,
    punches_of,
    settle,
)

CREATED = 1 << 40
"""Second number inside the ids of absences that came over HTTP; seeded ones carry their day there."""

COMMENTS = ('=HYPERLINK("http://x.example","pay")', "late\ntrain", "-1 from home", "Nočna; zamenjava", 'said "ok"')


class Refused(Exception):
    """The vendor would answer 400 with this reason."""


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
class Company:
    """People, their days and their absences.

    Args:
        employees: time and attendance users.
        seed: the same seed makes the same company.
        months: months of history before ``today``.
        today: the company's present day; later days have a plan and nothing else.
        timezone: IANA name.
        clean_ids: every employee number unique (otherwise one pair shares one).
        missing_employee_ids: so many employees have no number.
    """

    employees: int = 500
    seed: int = 1
    months: int = 12
    today: date = date(2026, 11, 3)
    timezone: str = "Europe/Ljubljana"
    clean_ids: bool = False
    missing_employee_ids: int = 0
    created_users: list[Employee] = field(default_factory=list)
    user_fields: dict[str, dict[str, Any]] = field(default_factory=dict)
    day_changes: dict[tuple[int, date], DayChange] = field(default_factory=dict)
    changed_leave: dict[str, Leave | None] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.zone = ZoneInfo(self.timezone)
        month = self.today.year * 12 + self.today.month - 1 - self.months
        self.first_day = date(month // 12, month % 12 + 1, 1)
        self._founded = self.today
        self.hiring = Hiring(
            self.seed, self.employees, self.first_day, self.today, self.clean_ids, self.missing_employee_ids
        )
        self.definitions: list[Definition] = definitions(self.seed)
        self._definition_by_id = {definition.id: definition for definition in self.definitions}
        self._created_by_day: dict[tuple[int, date], list[str]] = {}
        self._created_count = 0
        self._balances: dict[int, list[int]] = {}
        self._seeded_month = lru_cache(maxsize=20_000)(self._seed_month)
        self._employee = lru_cache(maxsize=60_000)(self.hiring.employee)

    @property
    def now(self) -> datetime:
        """A moment of the company's present day, for time stamps."""
        return datetime.combine(self.today, time(9, 30, 15, 123456))

    def move_to(self, day: date) -> None:
        """Let time pass; what is past then has clockings."""
        self.today = day
        self._balances.clear()

    # People

    def users(self) -> Iterator[Employee]:
        """Every user, archived ones included."""
        for index in range(self.employees + 1):
            yield self._employee(index)
        yield from self.created_users

    def user(self, identifier: str) -> Employee | None:
        """The user with this id."""
        found = parts(identifier, USER, self.seed)
        if found is None or found[1]:
            return None
        return self.user_at(found[0])

    def user_at(self, index: int) -> Employee | None:
        """The user at this index, made by the seed or over HTTP."""
        if index <= self.employees:
            return self._employee(index)
        created = index - self.employees - 1
        return self.created_users[created] if created < len(self.created_users) else None

    def create_user(self, fields: dict[str, Any]) -> Employee:
        """A new user from PascalCase fields.

        Raises:
            Refused: first or last name is missing, or the e-mail is taken.
        """
        if not fields.get("FirstName") or not fields.get("LastName"):
            raise Refused("FirstName and LastName are required.")
        email = fields.get("Email")
        if email and any(self.shown(user)["Email"] == email for user in self.users()):
            raise Refused("A user with this e-mail exists.")
        index = self.employees + 1 + len(self.created_users)
        start = fields.get("CalculationStartDate")
        user = Employee(
            index=index,
            id=guid(USER, self.seed, index),
            first_name=str(fields["FirstName"]),
            last_name=str(fields["LastName"]),
            email=email or "",
            custom_id=fields.get("CustomId"),
            is_time_attendance_user=bool(fields.get("IsTimeAttendanceUser", True)),
            is_archived=bool(fields.get("IsArchived", False)),
            start=date.fromisoformat(start[:10]) if start else self.today,
            stop=None,
            shift="day",
            minutes_per_day=480,
        )
        self.created_users.append(user)
        self.set_user_fields(user.id, {key: value for key, value in fields.items() if key != "Id"})
        return user

    def set_user_fields(self, identifier: str, fields: dict[str, Any]) -> None:
        """Lay PascalCase fields over a user."""
        self.user_fields.setdefault(identifier, {}).update(fields)
        found = parts(identifier, USER, self.seed)
        if found:
            self._balances.pop(found[0], None)

    def shown(self, user: Employee) -> dict[str, Any]:
        """The fields of a user that the company itself decides by, changes applied."""
        seeded = {
            "Email": user.email or None,
            "CustomId": user.custom_id,
            "FirstName": user.first_name,
            "LastName": user.last_name,
            "IsTimeAttendanceUser": user.is_time_attendance_user,
            "IsArchived": user.is_archived,
            "CalculationStartDate": user.start.isoformat() if user.start else None,
            "CalculationStopDate": user.stop.isoformat() if user.stop else None,
            "CalculationLockDate": None,
        }
        return seeded | self.user_fields.get(user.id, {})

    def is_locked(self, user: Employee, day: date) -> bool:
        """Whether entries of this day may no longer change: they may from the lock date on."""
        lock = self.shown(user)["CalculationLockDate"]
        return bool(lock) and day < date.fromisoformat(str(lock)[:10])

    # Absences

    def definition(self, identifier: str) -> Definition | None:
        """The kind of absence with this id."""
        return self._definition_by_id.get(identifier.lower())

    def leave_of_day(self, user: Employee, day: date) -> list[Leave]:
        """A user's absences on a day."""
        found = []
        seeded = self._seeded_month(user.index, day.year, day.month).get(day)
        if seeded is not None:
            current = self.changed_leave.get(seeded.id, seeded)
            if current is not None and current.day == day:
                found.append(current)
        for identifier in self._created_by_day.get((user.index, day), ()):
            created = self.changed_leave[identifier]
            if created is not None:
                found.append(created)
        return found

    def leave_between(self, first: date, last: date) -> Iterator[Leave]:
        """Everybody's absences of these days."""
        for user in self.users():
            for offset in range((last - first).days + 1):
                yield from self.leave_of_day(user, first + timedelta(days=offset))

    def leave(self, identifier: str) -> Leave | None:
        """The absence with this id."""
        identifier = identifier.lower()
        if identifier in self.changed_leave:
            return self.changed_leave[identifier]
        found = parts(identifier, ABSENCE, self.seed)
        if found is None or not 1 <= found[1] <= date.max.toordinal() or not 1 <= found[0] <= self.employees:
            return None
        day = date.fromordinal(found[1])
        seeded = self._seeded_month(found[0], day.year, day.month).get(day)
        return seeded if seeded is not None and seeded.id == identifier else None

    def create_leave(self, leave: Leave) -> Leave:
        """Enter an absence; the vendor has no idempotency key, so the same one twice is two.

        Raises:
            Refused: the day is locked.
        """
        self._refuse_locked(leave.user_index, leave.day)
        self._created_count += 1
        number = CREATED + self._created_count
        created = replace(
            leave,
            id=guid(ABSENCE, self.seed, leave.user_index, number),
            group_id=guid(GROUP, self.seed, leave.user_index, number),
            inserted_on=self.now,
        )
        self._created_by_day.setdefault((leave.user_index, leave.day), []).append(created.id)
        self._put(created.id, created, leave.user_index)
        return created

    def change_leave(self, leave: Leave) -> Leave:
        """Put a changed absence in place of the one with its id.

        Raises:
            Refused: its old or new day is locked.
        """
        before = self.leave(leave.id)
        if before is not None:
            self._refuse_locked(before.user_index, before.day)
        self._refuse_locked(leave.user_index, leave.day)
        if before is not None and (before.day, before.user_index) != (leave.day, leave.user_index):
            for identifiers in self._created_by_day.values():
                if leave.id in identifiers:
                    identifiers.remove(leave.id)
            self._created_by_day.setdefault((leave.user_index, leave.day), []).append(leave.id)
        self._put(leave.id, leave, leave.user_index)
        return leave

    def remove_leave(self, leave: Leave) -> None:
        """Delete an absence; nothing of it remains to be seen.

        Raises:
            Refused: its day is locked.
        """
        self._refuse_locked(leave.user_index, leave.day)
        self._put(leave.id, None, leave.user_index)

    def drop_leave(self, leave: Leave) -> None:
        """Remove an absence behind everybody's back, locked or not."""
        self._put(leave.id, None, leave.user_index)

    def decide(self, leave: Leave, status: int) -> Leave:
        """Approve, reject or reopen; approvals are not bound by locks here."""
        decided = leave.with_status(status, self.now)
        self._put(leave.id, decided, leave.user_index)
        return decided

    def _put(self, identifier: str, leave: Leave | None, user_index: int) -> None:
        self.changed_leave[identifier] = leave
        self._balances.pop(user_index, None)

    def _refuse_locked(self, user_index: int, day: date) -> None:
        user = self.user_at(user_index)
        if user is not None and self.is_locked(user, day):
            raise Refused(f"The period is locked: {day.isoformat()} cannot be changed.")

    def _seed_month(self, user_index: int, year: int, month: int) -> dict[date, Leave]:
        user = self.user_at(user_index)
        is_history = self.first_day <= date(year, month, 28) and date(year, month, 1) <= self._founded + timedelta(
            days=60
        )
        if user is None or not user.is_time_attendance_user or user_index > self.employees or not is_history:
            return {}
        return seeded_leave(user, year, month, self.seed, self._founded)

    # Days

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
            not record.is_partial for record in leave if record.status != 3
        ):
            punches = []
        else:
            punches = punches_of(user, day, self.seed, away_minutes=sum(record.minutes for record in booked))
        paid, unpaid, lunch = presence(punches, planned_start(user, day), self.zone)
        absence = planned if holiday_name(day) else sum(self._paid_minutes(record, planned) for record in booked)
        return settle(planned, paid, unpaid, absence, lunch, is_over=day < self.today), punches, leave

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

    def last_punch_day(self, user: Employee, day: date) -> date:
        """The last calendar day on which clockings of this employee-day can lie."""
        return day + timedelta(days=1) if user.shift == NIGHT else day
