# SPDX-License-Identifier: Apache-2.0
"""Read who is employed in a period, and each record's employee."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable, Iterator
from typing import TypeVar

from airflow_provider_allhours.attendance.coverage import Coverage
from airflow_provider_allhours.attendance.roster import Employment, employments_in, unlisted_user_ids
from airflow_provider_allhours.client import AllHoursClient
from airflow_provider_allhours.client.concurrency import map_ordered
from airflow_provider_allhours.client.errors import AllHoursContractError, AllHoursNotFoundError
from airflow_provider_allhours.client.models import Absence, Clocking, User
from airflow_provider_allhours.periods import Period

log = logging.getLogger(__name__)

Record = TypeVar("Record", Absence, Clocking)


def read_roster(
    client: AllHoursClient, period: Period, coverage: Coverage, *, record_user_ids: Iterable[str | None] | None = None
) -> list[Employment]:
    """Everybody who is employed in the period, including users that GET Users does not list.

    Whether GET Users lists archived users is open. Where it lists none, the list is compared with the user ids of the
    period's absences and clockings, and each unlisted user is requested by id.

    Args:
        client: the account.
        period: the days.
        coverage: gets a cause when the list of users is empty: an account has at least its administrator.
        record_user_ids: user ids of the period's records, where the caller has read them already.
    """
    users = client.users()
    note_empty_account(client, users, coverage)
    if record_user_ids is None:
        # One archived user in the list settles that archived users are listed.
        record_user_ids = () if any(user.is_archived for user in users) else _user_ids_of_records(client, period)
    unlisted = unlisted_user_ids(users, record_user_ids)
    if unlisted:
        log.info("%d people of the period are not in the list of users; each is requested by id", len(unlisted))
    hidden = map_ordered(lambda user_id: _user_or_none(client, user_id), unlisted, workers=client.max_concurrency)
    return employments_in([*users, *(user for user in hidden if user is not None)], period)


def note_empty_account(client: AllHoursClient, users: list[User], coverage: Coverage) -> None:
    """An empty list of users makes the coverage incomplete: every account has at least its administrator."""
    if not users:
        coverage.cause = AllHoursContractError(f"GET {client.route_paths('users')[0]} answered no user at all")


def records_by_employee(
    roster: list[Employment], records: Iterable[Record], user_id: Callable[[Record], str | None]
) -> Iterator[tuple[Employment, list[Record]]]:
    """Each employee with their records, in the roster's order; records of other people are left out."""
    by_user: dict[str | None, list[Record]] = {}
    for record in records:
        by_user.setdefault(user_id(record), []).append(record)
    return ((employment, by_user.get(employment.user.id, [])) for employment in roster)


def _user_ids_of_records(client: AllHoursClient, period: Period) -> set[str]:
    """User ids in the period's absences and clockings, as far as the tenant serves these routes.

    Clockings are read day by day, because the clockings of a month of a large company are too many for one list.
    """
    user_ids: set[str] = set()
    try:
        user_ids.update(absence.user_id for absence in client.absences(period.date_from, period.date_to))
        for day in period.days():
            user_ids.update(client.people_with_clockings(day))
    except (AllHoursNotFoundError, AllHoursContractError) as error:
        log.warning("The list of users could not be compared with other records: %s", error)
    return user_ids


def _user_or_none(client: AllHoursClient, user_id: str) -> User | None:
    try:
        return client.user(user_id)
    except AllHoursNotFoundError:
        # Records of a user who was deleted; there are no days of theirs to request.
        return None
