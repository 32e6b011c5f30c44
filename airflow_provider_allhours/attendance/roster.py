# SPDX-License-Identifier: Apache-2.0
"""The roster: the people whose days a period has to account for."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Set
from dataclasses import dataclass
from hashlib import blake2b

from airflow_provider_allhours.client.errors import AllHoursContractError, AllHoursParameterError
from airflow_provider_allhours.client.models import User
from airflow_provider_allhours.periods import Period

MAX_NAMED = 5

_SHARD = re.compile(r"(\d{1,4})\s*/\s*(\d{1,4})", re.ASCII)


@dataclass(frozen=True)
class Shard:
    """One of ``count`` parts of the employees, counted from 0, by a hash of the user id.

    The part of a user does not depend on who else is employed, so that shards that are read at different moments never
    have a person twice.
    """

    index: int
    count: int

    @classmethod
    def of(cls, text: object) -> Shard | None:
        """Read the parameter: ``2/8`` is the second of eight; None and an empty text are no shard.

        Raises:
            AllHoursParameterError: something else.
        """
        if text is None or not str(text).strip():
            return None
        found = _SHARD.fullmatch(str(text).strip())
        if found is None or not 1 <= int(found[1]) <= int(found[2]):
            raise AllHoursParameterError(
                f"parameter 'shard' is {text!r}; it takes a part and the number of parts such as 2/8, from 1/8 to 8/8"
            )
        return cls(int(found[1]) - 1, int(found[2]))

    def has(self, user_id: str) -> bool:
        """Whether a user is in this part."""
        digest = blake2b(user_id.encode(), digest_size=8).digest()
        return int.from_bytes(digest, "big") % self.count == self.index


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
