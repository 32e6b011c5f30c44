# SPDX-License-Identifier: Apache-2.0
"""Who is in: the people whose days a period has to account for."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date

from airflow_provider_allhours.client.models import User
from airflow_provider_allhours.periods import Period


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
    """Time and attendance users employed in the period, archived ones included: a leaver's last month is paid."""
    employments = (
        Employment(user, days)
        for user in users
        if user.is_time_attendance_user
        and (days := period.within(user.calculation_start_date, user.calculation_stop_date))
    )
    return sorted(employments, key=lambda employment: employment.order)


def unlisted_user_ids(users: Iterable[User], seen_user_ids: Iterable[str | None]) -> list[str]:
    """User ids that occur in the period's records and are not among the users: archived ones that are not listed."""
    known = {user.id for user in users}
    return sorted({user_id for user_id in seen_user_ids if user_id is not None and user_id not in known})


def shard_of(roster: list[Employment], index: int, count: int) -> list[Employment]:
    """Every ``count``-th employee from ``index`` on; the shards together are everyone exactly once."""
    return roster[index::count]


def due_days(roster: Iterable[Employment]) -> Iterator[tuple[str, date]]:
    """Every employee-day that is due."""
    return ((employment.user.id, day) for employment in roster for day in employment.days.days())
