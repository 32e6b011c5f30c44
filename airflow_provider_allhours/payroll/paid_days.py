# SPDX-License-Identifier: Apache-2.0
"""Find the days that earlier payroll files paid: no person-day is paid by two files."""

from __future__ import annotations

from collections.abc import Container, Iterable
from dataclasses import dataclass
from datetime import date
from typing import NamedTuple

from airflow_provider_allhours.payroll.paid_people import PaidPerson
from airflow_provider_allhours.periods import Period


@dataclass(frozen=True, slots=True)
class PaidBefore:
    """An earlier payroll file.

    Attributes:
        number: number of the release in the registry.
        file: the payroll file, or what else paid, for messages.
        period: the period that was paid.
    """

    number: int
    file: str
    period: Period


@dataclass(frozen=True, slots=True)
class Overlap:
    """A day that an earlier file paid of somebody whom this file pays, too.

    Attributes:
        employee_id: the person in this file.
        day: the first such day.
        before: the earlier file.
    """

    employee_id: str
    day: date
    before: PaidBefore


class _Paid(NamedTuple):
    """Somebody whom a file pays, without the lines."""

    employee_id: str
    user_ids: tuple[str, ...]
    days: tuple[tuple[date, date], ...]


class PaidDays:
    """The days that a new file pays; earlier files are looked through one by one, and nothing of them is kept.

    Args:
        people: whom the file pays.
        period: the period that it pays.
        is_delta: whether it pays differences only, so that the users' own days of the same period are no overlap.
        settled: users whose printed lines the file takes into account.
    """

    def __init__(
        self, people: Iterable[PaidPerson], period: Period, *, is_delta: bool, settled: Container[str]
    ) -> None:
        self._period = period
        self._is_delta = is_delta
        self._settled = settled
        self._users: set[str] = set()
        self._of_user: dict[str, _Paid] = {}
        self._of_number: dict[str, tuple[_Paid, ...]] = {}
        for person in people:
            self._users.update(person.user_ids)
            if person.days:
                paid = _Paid(person.employee_id, person.user_ids, person.days)
                self._of_user |= dict.fromkeys(person.user_ids, paid)
                # Several users have one number where they were paid elsewhere; those without a number are not one.
                if paid.employee_id:
                    self._of_number[paid.employee_id] = (*self._of_number.get(paid.employee_id, ()), paid)
        self._found: dict[_Paid, Overlap] = {}

    def has_user_of(self, people: Iterable[PaidPerson]) -> bool:
        """Whether the file pays, or takes back from, a user of an earlier file."""
        return any(user_id in self._users for person in people for user_id in person.user_ids)

    def look_at(self, before: PaidBefore, people: Iterable[PaidPerson]) -> None:
        """Find the days that an earlier file paid."""
        for person in people:
            for paid in self._with_a_user_or_the_number_of(person):
                day = _first_shared_day(paid, person)
                if day is not None and not self._is_corrected(paid, person, before):
                    self._note(paid, Overlap(paid.employee_id, day, before))

    @property
    def overlaps(self) -> list[Overlap]:
        """The first day of each person that an earlier file paid, by employee id."""
        return [self._found[paid] for paid in sorted(self._found)]

    def _with_a_user_or_the_number_of(self, person: PaidPerson) -> set[_Paid]:
        of_users = {self._of_user[user_id] for user_id in person.user_ids if user_id in self._of_user}
        return of_users.union(self._of_number.get(person.employee_id, ()))

    def _is_corrected(self, paid: _Paid, person: PaidPerson, before: PaidBefore) -> bool:
        """Whether the new file pays the differences to what the earlier one paid these users."""
        return (
            self._is_delta
            and before.period == self._period
            and all(user_id in self._settled or user_id in paid.user_ids for user_id in person.user_ids)
        )

    def _note(self, paid: _Paid, overlap: Overlap) -> None:
        known = self._found.get(paid)
        if known is None or (overlap.day, overlap.before.number) < (known.day, known.before.number):
            self._found[paid] = overlap


def _first_shared_day(paid: _Paid, person: PaidPerson) -> date | None:
    return min(
        (
            max(first, then_first)
            for first, last in paid.days
            for then_first, then_last in person.days
            if then_first <= last and first <= then_last
        ),
        default=None,
    )
