# SPDX-License-Identifier: Apache-2.0
"""The absences of the company: generated ones and those created over HTTP, with all changes made since."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from functools import lru_cache

from airflow_provider_allhours.sandbox.identifiers import ABSENCE, GROUP, guid, parts
from airflow_provider_allhours.sandbox.leave import Definition, Leave, definitions, seeded_leave
from airflow_provider_allhours.sandbox.people import Employee
from airflow_provider_allhours.sandbox.staff import RequestRefused, Staff

CREATED = 1 << 40
"""Second number inside the ids of absences created over HTTP; seeded ones carry their day there."""


@dataclass
class AbsenceBook(Staff):
    """Users and their absences."""

    changed_leave: dict[str, Leave | None] = field(default_factory=dict)

    def __post_init__(self) -> None:
        super().__post_init__()
        self.definitions: list[Definition] = definitions(self.seed)
        self._definition_by_id = {definition.id: definition for definition in self.definitions}
        self._created_by_day: dict[tuple[int, date], list[str]] = {}
        self._created_count = 0
        # A list of a month is read in several windows, each of which goes through everybody.
        self._seeded_month = lru_cache(maxsize=max(20_000, 4 * self.employees))(self._seed_month)

    def definition(self, identifier: str) -> Definition | None:
        """The kind of absence with this id."""
        return self._definition_by_id.get(identifier.lower())

    def leave_of_day(self, user: Employee, day: date) -> list[Leave]:
        """A user's absences on a day."""
        absences = []
        seeded = self._seeded_month(user.index, day.year, day.month).get(day)
        if seeded is not None:
            current = self.changed_leave.get(seeded.id, seeded)
            if current is not None and current.day == day:
                absences.append(current)
        for identifier in self._created_by_day.get((user.index, day), ()):
            created = self.changed_leave[identifier]
            if created is not None:
                absences.append(created)
        return absences

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
        numbers = parts(identifier, ABSENCE, self.seed)
        if numbers is None or not 1 <= numbers[1] <= date.max.toordinal() or not 1 <= numbers[0] <= self.employees:
            return None
        user_index, day = numbers[0], date.fromordinal(numbers[1])
        seeded = self._seeded_month(user_index, day.year, day.month).get(day)
        return seeded if seeded is not None and seeded.id == identifier else None

    def create_leave(self, leave: Leave) -> Leave:
        """Enter an absence; the vendor has no idempotency key, so the same one twice is two.

        Raises:
            RequestRefused: the day is locked.
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
            RequestRefused: its old or new day is locked.
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
        """Delete an absence for good.

        Raises:
            RequestRefused: its day is locked.
        """
        self._refuse_locked(leave.user_index, leave.day)
        self._put(leave.id, None, leave.user_index)

    def drop_leave(self, leave: Leave) -> None:
        """Remove an absence even if its day is locked."""
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
            raise RequestRefused(f"The period is locked: {day.isoformat()} cannot be changed.")

    def _seed_month(self, user_index: int, year: int, month: int) -> dict[date, Leave]:
        user = self.user_at(user_index)
        is_history = self.first_day <= date(year, month, 28) and date(year, month, 1) <= self._founded + timedelta(
            days=60
        )
        if user is None or not user.is_time_attendance_user or user_index > self.employees or not is_history:
            return {}
        return seeded_leave(user, year, month, self.seed, self._founded)
