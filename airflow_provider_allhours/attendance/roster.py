# SPDX-License-Identifier: Apache-2.0
"""The roster: the people whose days a period has to account for."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence, Set
from dataclasses import dataclass

from airflow_provider_allhours.client.errors import AllHoursContractError
from airflow_provider_allhours.client.models import User
from airflow_provider_allhours.periods import Period

MAX_NAMED = 5


@dataclass(frozen=True)
class Shard:
    """One of ``count`` equal parts of the employees, counted from 0."""

    index: int
    count: int

    def part_of(self, roster: Sequence[Employment]) -> list[Employment]:
        """Every ``count``-th employee from ``index`` on; all shards together are everybody exactly once."""
        return list(roster[self.index :: self.count])


@dataclass(frozen=True, slots=True)
class Employment:
    """One employee in a period.

    Attributes:
        user: the All Hours user.
        days: the part of the period between the calculation start and stop dates, both worked days.
    """

    user: User
    days: Period

    @property
    def order(self) -> tuple[str, str]:
        """Files are ordered by employee id, then user id, as text."""
        return self.user.employee_id, self.user.id


class Employments:
    """Finds the time and attendance users who are employed in a period, archived ones included.

    A leaver's last month is paid. Users are looked at one by one, so that memory holds as few as the caller does.

    Args:
        period: the days.
    """

    def __init__(self, period: Period) -> None:
        self._period = period
        self._undecided = _Doubts("IsTimeAttendanceUser is null or absent, so nothing says whether days are due")
        self._contradictory = _Doubts(
            "CalculationStopDate is before CalculationStartDate, so nothing says which days are due"
        )

    def of(self, users: Iterable[User]) -> Iterator[Employment]:
        """The employments of these users, in their order; call :meth:`require_decided` behind the last."""
        for user in users:
            if user.is_time_attendance_user is None:
                self._undecided.add(user.id)
            elif user.is_time_attendance_user and _stops_before_start(user):
                self._contradictory.add(user.id)
            elif user.is_time_attendance_user and (
                days := self._period.within(user.calculation_start_date, user.calculation_stop_date)
            ):
                yield Employment(user, days)

    def require_decided(self) -> None:
        """Raise where of a user nothing said whether their days are due.

        Raises:
            AllHoursContractError: ``IsTimeAttendanceUser`` is null or absent, or the calculation stop date is before
                the start date; names the first users.
        """
        self._undecided.refuse()
        self._contradictory.refuse()


def employments_in(users: Iterable[User], period: Period) -> list[Employment]:
    """Everybody of these users who is employed in the period, in the order of files.

    Raises:
        AllHoursContractError: see :meth:`Employments.require_decided`.
    """
    employments = Employments(period)
    found = sorted(employments.of(users), key=lambda employment: employment.order)
    employments.require_decided()
    return found


def unlisted_user_ids(known: Set[str], record_user_ids: Iterable[str | None]) -> list[str]:
    """User ids that occur in the period's records and are not among the known ones: archived users, not listed."""
    return sorted({user_id for user_id in record_user_ids if user_id is not None and user_id not in known})


def _stops_before_start(user: User) -> bool:
    start, stop = user.calculation_start_date, user.calculation_stop_date
    return start is not None and stop is not None and stop < start


class _Doubts:
    """Users of whom nothing says whether their days are due."""

    def __init__(self, problem: str) -> None:
        self._problem = problem
        self._count = 0
        self._first: list[str] = []

    def add(self, user_id: str) -> None:
        self._count += 1
        if len(self._first) < MAX_NAMED:
            self._first.append(user_id)

    def refuse(self) -> None:
        if self._count:
            raise AllHoursContractError(f"{self._problem}, of {self._count} users (first: {', '.join(self._first)})")
