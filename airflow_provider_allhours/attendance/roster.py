# SPDX-License-Identifier: Apache-2.0
"""The roster: the people whose days a period has to account for."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from airflow_provider_allhours.client.errors import AllHoursContractError
from airflow_provider_allhours.client.models import User
from airflow_provider_allhours.periods import Period


@dataclass(frozen=True)
class Shard:
    """One of ``count`` equal parts of the employees, counted from 0."""

    index: int
    count: int

    def part_of(self, roster: Sequence[Employment]) -> list[Employment]:
        """Every ``count``-th employee from ``index`` on; all shards together are everybody exactly once."""
        return list(roster[self.index :: self.count])


@dataclass(frozen=True)
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


def employments_in(users: Iterable[User], period: Period) -> list[Employment]:
    """Time and attendance users employed in the period, archived ones included: a leaver's last month is paid.

    Raises:
        AllHoursContractError: of a user nothing says whether their days are due: ``IsTimeAttendanceUser`` is null or
            absent, or the calculation stop date is before the start date.
    """
    listed = list(users)
    _refuse(
        [user for user in listed if user.is_time_attendance_user is None],
        "IsTimeAttendanceUser is null or absent, so nothing says whether days are due",
    )
    counted = [user for user in listed if user.is_time_attendance_user]
    _refuse(
        [user for user in counted if _stops_before_start(user)],
        "CalculationStopDate is before CalculationStartDate, so nothing says which days are due",
    )
    employments = (
        Employment(user, days)
        for user in counted
        if (days := period.within(user.calculation_start_date, user.calculation_stop_date))
    )
    return sorted(employments, key=lambda employment: employment.order)


def unlisted_user_ids(users: Iterable[User], record_user_ids: Iterable[str | None]) -> list[str]:
    """User ids that occur in the period's records and are not among the users: archived ones that are not listed."""
    known = {user.id for user in users}
    return sorted({user_id for user_id in record_user_ids if user_id is not None and user_id not in known})


def _stops_before_start(user: User) -> bool:
    start, stop = user.calculation_start_date, user.calculation_stop_date
    return start is not None and stop is not None and stop < start


def _refuse(users: Sequence[User], problem: str) -> None:
    if users:
        first = ", ".join(user.id for user in users[:5])
        raise AllHoursContractError(f"{problem}, of {len(users)} users (first: {first})")
