# SPDX-License-Identifier: Apache-2.0
"""Read who is employed in a period, and each record's employee."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable, Iterator, Sequence, Set
from typing import TypeVar

from airflow_provider_allhours.attendance.coverage import Coverage
from airflow_provider_allhours.attendance.roster import Employment, Employments, unlisted_user_ids
from airflow_provider_allhours.attendance.selection import CUSTOM_FIELDS, EmployeeSelection
from airflow_provider_allhours.client import AllHoursClient
from airflow_provider_allhours.client.concurrency import map_ordered
from airflow_provider_allhours.client.errors import AllHoursContractError, AllHoursNotFoundError, AllHoursResponseError
from airflow_provider_allhours.client.models import Absence, Clocking, User
from airflow_provider_allhours.client.paging import PAGE_SIZES
from airflow_provider_allhours.periods import Period
from airflow_provider_allhours.record_fields import CLOCKING_OWNER, ROSTER_FIELDS

log = logging.getLogger(__name__)

Record = TypeVar("Record", Absence, Clocking)

NOT_SERVED = frozenset({403, 404, 405, 501})
"""Statuses of a list route that this account does not serve, or not to this API key."""


EMPLOYEE_DAYS_AT_ONCE = 60_000
"""So many employee-days are asked for absences at once: about 3,000, where one employee in twenty is on leave."""

KEPT_OF_USERS = (
    "id",
    "first_name",
    "last_name",
    "email",
    "custom_id",
    *CUSTOM_FIELDS,
    "calculation_start_date",
    "calculation_stop_date",
    "calculation_lock_date",
    "event_lock_date",
)
"""What is kept of a user while a period is read: everybody's is in memory."""

UserIdsOfRecords = Callable[[int], Iterable[str | None]]
"""Takes the number of listed users; reads the period's absences or clockings and returns the user ids in them."""


def read_roster(
    client: AllHoursClient,
    period: Period,
    coverage: Coverage,
    *,
    absences: Sequence[Absence] | None = None,
    clockings: Sequence[Clocking] | None = None,
    selection: EmployeeSelection | None = None,
) -> list[Employment]:
    """Everybody who is employed in the period, in the order of files; see :func:`each_employment`.

    Args:
        client: the account.
        period: the days.
        coverage: gets a cause when people of the period are, or may be, missing from the roster.
        absences: the period's absences, where the caller has read them already.
        clockings: the period's clockings, where the caller has read them already.
        selection: only these employees; everybody by default.
    """
    found = each_employment(
        client,
        period,
        coverage,
        absent=None if absences is None else lambda _: {absence.user_id for absence in absences},
        clocked=None if clockings is None else lambda _: {clocking.user_id for clocking in clockings},
        selection=selection,
    )
    return sorted(found, key=lambda employment: employment.order)


def each_employment(
    client: AllHoursClient,
    period: Period,
    coverage: Coverage,
    *,
    absent: UserIdsOfRecords | None = None,
    clocked: UserIdsOfRecords | None = None,
    selection: EmployeeSelection | None = None,
) -> Iterator[Employment]:
    """Everybody who is employed in the period, one by one, including users that GET Users does not list.

    Whether GET Users lists archived users differs, and the list may be cut. It is compared with the user ids of the
    period's absences; where it lists no archived user, or has a customary page size, with those of its clockings, too.
    Each unlisted user is requested by id. Of a user no more is kept than :data:`KEPT_OF_USERS`.

    Args:
        client: the account.
        period: the days.
        coverage: gets a cause when people of the period are, or may be, missing from the roster.
        absent: reads the user ids of the period's absences, where the caller needs the absences, too; what it raises
            is the caller's own.
        clocked: the same of its clockings.
        selection: only these employees; everybody by default.

    Raises:
        AllHoursContractError: of a user nothing says whether their days are due, or no user has a field that decides
            it. It may come behind the last employment.
        AllHoursParameterError: the selection names employees that the account does not have.
    """
    client.need_fields(ROSTER_FIELDS)
    listed, employments = _Listed(selection), Employments(period)
    employed = 0
    for employment in employments.of(listed.noting(client.each_user())):
        employed += 1
        if selection is None or selection.selects(employment.user):
            yield _slim(employment)
    client.require_fields(ROSTER_FIELDS)
    note_empty_account(client, len(listed.ids), coverage)
    user_ids = _user_ids_of_records(client, period, listed, coverage, absent, clocked)
    unlisted = _unlisted_users(client, listed.ids, user_ids, coverage)
    for employment in employments.of(listed.noting(iter(unlisted))):
        employed += 1
        if selection is None or selection.selects(employment.user):
            yield _slim(employment)
    employments.require_decided()
    if not employed and listed.ids:
        coverage.note(
            AllHoursContractError(
                f"none of the {len(listed.ids)} users of the account is a time and attendance user who is employed in "
                f"{period}"
            )
        )
    if selection is not None:
        selection.require_known(listed.selected, listed.values)


def days_of_absences(users: int) -> int:
    """Of how many days the absences of a company of so many users may be in memory."""
    return max(1, EMPLOYEE_DAYS_AT_ONCE // max(1, users))


def note_empty_account(client: AllHoursClient, users: int, coverage: Coverage) -> None:
    """An empty list of users makes the coverage incomplete: every account has at least its administrator."""
    if not users:
        coverage.note(AllHoursContractError(f"GET {client.route_paths('users')[0]} answered no user at all"))


def records_by_employee(
    roster: list[Employment], records: Iterable[Record], user_id: Callable[[Record], str | None]
) -> Iterator[tuple[Employment, list[Record]]]:
    """Each employee with their records, in the roster's order; records of other people are left out."""
    by_user: dict[str | None, list[Record]] = {}
    for record in records:
        by_user.setdefault(user_id(record), []).append(record)
    return ((employment, by_user.get(employment.user.id, [])) for employment in roster)


def _user_ids_of_records(
    client: AllHoursClient,
    period: Period,
    listed: _Listed,
    coverage: Coverage,
    absent: UserIdsOfRecords | None,
    clocked: UserIdsOfRecords | None,
) -> set[str | None]:
    """User ids in the period's records: of absences, and of clockings where they were read or are needed.

    Clockings are read day by day, because the clockings of a month of a large company are too many for one list.
    Where the account does not serve one of the routes, people who left cannot be seen; the coverage says so, unless the
    connection declares that the route is not served.
    """
    # One archived user in a list that is not cut settles that archived users are listed.
    lists_archived = listed.has_archived and len(listed.ids) not in PAGE_SIZES
    client.need_fields((CLOCKING_OWNER,))

    def of_absences(users: int) -> set[str | None]:
        windows = client.absences_in_parts(period.date_from, period.date_to, days=days_of_absences(users))
        return {absence.user_id for absences in windows for absence in absences}

    def of_clockings(_: int) -> set[str | None]:
        if lists_archived:
            return set()
        return {user_id for day in period.days() for user_id in client.people_with_clockings(day)}

    user_ids: set[str | None] = set()
    for route, own, read in (("absences", absent, of_absences), ("clockings", clocked, of_clockings)):
        if not client.serves(route):
            continue
        if own is not None:
            user_ids.update(own(len(listed.ids)))
            continue
        try:
            user_ids |= read(len(listed.ids))
        except AllHoursResponseError as error:
            if error.status not in NOT_SERVED:
                raise
            log.warning("The account does not serve %s: %s", route, error)
            if not lists_archived:
                coverage.note(_leavers_are_invisible(client, route, error.status))
    client.require_fields((CLOCKING_OWNER,))
    return user_ids


def _leavers_are_invisible(client: AllHoursClient, route: str, status: int) -> AllHoursContractError:
    return AllHoursContractError(
        f"GET {client.route_paths(route)[0]} is not served ({status}) and no archived user is listed, so people who "
        "left cannot be seen; either give the connection a route 'users' that lists archived users, or declare that "
        f'{route} are not served with {{"{route}": null}}'
    )


def _unlisted_users(
    client: AllHoursClient, known: Set[str], record_user_ids: Iterable[str | None], coverage: Coverage
) -> list[User]:
    """Users of the period's records that the list of users lacks, each requested by id.

    A user who is not archived should have been listed, so the list lacks more than archived users; a user who cannot be
    requested has records in the period and nobody knows whether their days are due. Both make the coverage incomplete.
    """
    unlisted = unlisted_user_ids(known, record_user_ids)
    if unlisted:
        log.info("%d people of the period are not in the list of users; each is requested by id", len(unlisted))
    found: list[User] = []
    for user_id, user in zip(
        unlisted,
        map_ordered(lambda user_id: _user_or_none(client, user_id), unlisted, workers=client.max_concurrency),
        strict=True,
    ):
        if user is None:
            coverage.note(
                AllHoursContractError(f"user {user_id} has records in the period, is in no list and cannot be read")
            )
            continue
        if user.is_archived is False:
            coverage.note(
                AllHoursContractError(f"user {user_id} is not archived and is missing from the list of users")
            )
        found.append(user)
    return found


class _Listed:
    """What has to be known of the users that were read.

    Attributes:
        ids: their ids.
        has_archived: whether one of them is archived.
        selected: employee ids of those that the selection selects.
        values: their values of the custom fields that the selection names.
    """

    def __init__(self, selection: EmployeeSelection | None) -> None:
        self._selection = selection
        self.ids: set[str] = set()
        self.has_archived = False
        self.selected: set[str] = set()
        self.values: set[tuple[str, str]] = set()

    def noting(self, users: Iterator[User]) -> Iterator[User]:
        """The same users; each is noted when it is read."""
        for user in users:
            self.ids.add(user.id)
            self.has_archived = self.has_archived or bool(user.is_archived)
            if self._selection is not None:
                self.values.update(self._selection.values_of(user))
                if self._selection.selects(user):
                    self.selected.add(user.employee_id)
            yield user


def _slim(employment: Employment) -> Employment:
    kept = {name: value for name in KEPT_OF_USERS if (value := getattr(employment.user, name)) is not None}
    return Employment(User(**kept), employment.days)


def _user_or_none(client: AllHoursClient, user_id: str) -> User | None:
    try:
        return client.user(user_id)
    except AllHoursNotFoundError:
        return None
