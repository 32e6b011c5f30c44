# SPDX-License-Identifier: Apache-2.0
"""The people of the company: generated ones and those created over HTTP, with all changes made since."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, datetime, time
from functools import lru_cache
from typing import Any
from zoneinfo import ZoneInfo

from airflow_provider_allhours.sandbox.identifiers import USER, guid, parts
from airflow_provider_allhours.sandbox.people import Employee, Hiring
from airflow_provider_allhours.sandbox.values import is_day, shortened

USER_FLAGS = ("IsTimeAttendanceUser", "IsArchived", "HasUserAccount", "HasAssignedPin")
USER_DATES = ("CalculationStartDate", "CalculationStopDate", "CalculationLockDate", "EventLockDate", "BirthDate")


class RequestRefused(Exception):
    """The vendor would answer 400 with this reason."""


@dataclass
class Staff:
    """Users of the account.

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

    def __post_init__(self) -> None:
        self.zone = ZoneInfo(self.timezone)
        month = self.today.year * 12 + self.today.month - 1 - self.months
        self.first_day = date(month // 12, month % 12 + 1, 1)
        self._founded = self.today
        hiring = Hiring(
            self.seed, self.employees, self.first_day, self.today, self.clean_ids, self.missing_employee_ids
        )
        self._employee = lru_cache(maxsize=60_000)(hiring.employee)
        self._balances: dict[int, list[int]] = {}

    @property
    def now(self) -> datetime:
        """A moment of the company's present day, for time stamps."""
        return datetime.combine(self.today, time(9, 30, 15, 123456))

    @property
    def user_count(self) -> int:
        """How many users the account has, the administrator included."""
        return self.employees + 1 + len(self.created_users)

    def move_to(self, day: date) -> None:
        """Change the present day; days before it then have clockings."""
        self.today = day
        self._balances.clear()

    def users(self) -> Iterator[Employee]:
        """Every user, archived ones included."""
        for index in range(self.employees + 1):
            yield self._employee(index)
        yield from self.created_users

    def user(self, identifier: str) -> Employee | None:
        """The user with this id."""
        numbers = parts(identifier, USER, self.seed)
        if numbers is None or numbers[1]:
            return None
        return self.user_at(numbers[0])

    def user_at(self, index: int) -> Employee | None:
        """The user at this index, generated or created over HTTP."""
        if index <= self.employees:
            return self._employee(index)
        created = index - self.employees - 1
        return self.created_users[created] if created < len(self.created_users) else None

    def create_user(self, fields: dict[str, Any]) -> Employee:
        """A new user from PascalCase fields.

        Raises:
            RequestRefused: first or last name is missing, a field has a value of another type, or the e-mail is taken.
        """
        _refuse_other_types(fields)
        if not fields.get("FirstName") or not fields.get("LastName"):
            raise RequestRefused("FirstName and LastName are required.")
        email = fields.get("Email")
        if email and any(self.shown(user)["Email"] == email for user in self.users()):
            raise RequestRefused("A user with this e-mail exists.")
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
        """Set PascalCase fields of a user.

        Raises:
            RequestRefused: a field has a value of another type, which every later answer would choke on.
        """
        _refuse_other_types(fields)
        self.user_fields.setdefault(identifier, {}).update(fields)
        numbers = parts(identifier, USER, self.seed)
        if numbers:
            self._balances.pop(numbers[0], None)

    def shown(self, user: Employee) -> dict[str, Any]:
        """Those fields of a user that the company's own rules read, with the changes made over HTTP."""
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
        """Whether the day lies before the user's lock date, so that its entries may not change."""
        lock = self.shown(user)["CalculationLockDate"]
        return bool(lock) and day < date.fromisoformat(str(lock)[:10])


def _refuse_other_types(fields: dict[str, Any]) -> None:
    for name, value in fields.items():
        if name in USER_FLAGS:
            is_right, expected = isinstance(value, bool), "true or false"
        elif name in USER_DATES:
            is_right, expected = value is None or value == "" or is_day(value), "a date such as 2026-10-05, or null"
        else:
            is_right, expected = value is None or isinstance(value, str), "a text or null"
        if not is_right:
            raise RequestRefused(f"{name} takes {expected}, not {shortened(value)}.")
