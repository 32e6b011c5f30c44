# SPDX-License-Identifier: Apache-2.0
"""The datasets of an account: what is read for each, and how it becomes rows."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from typing import TypeVar

from airflow_provider_allhours.attendance.coverage import Coverage
from airflow_provider_allhours.attendance.roster import Employment, employments_in, shard_of, unlisted_user_ids
from airflow_provider_allhours.client import AllHoursClient
from airflow_provider_allhours.client.concurrency import map_ordered
from airflow_provider_allhours.client.errors import (
    AllHoursContractError,
    AllHoursNotFoundError,
    AllHoursParameterError,
)
from airflow_provider_allhours.client.models import Absence, Clocking, DailyCalculation, User
from airflow_provider_allhours.columns import Column, Row
from airflow_provider_allhours.periods import Period
from airflow_provider_allhours.rows import (
    ABSENCE_COLUMNS,
    CLOCKING_COLUMNS,
    COUNTER_COLUMNS,
    TIMESHEET_COLUMNS,
    USER_COLUMNS,
    absence_row,
    clocking_row,
    counter_rows,
    timesheet_row,
    user_row,
)

log = logging.getLogger(__name__)

Found = TypeVar("Found", Absence, Clocking)

ProgressCallback = Callable[[int, int], None]
"""Told how many employees are done, of how many."""


@dataclass(frozen=True)
class Shard:
    """One of ``count`` equal parts of the employees, counted from 0."""

    index: int
    count: int


@dataclass
class DatasetReader:
    """A dataset being read: iterate ``rows`` to the end, then ``coverage`` and ``employees`` are true.

    Attributes:
        columns: the columns of the rows.
        rows: ordered by employee id, user id and date; read once.
        coverage: what was due and what came.
        routes: path templates asked.
        employees: ids of the users that have rows.
    """

    columns: tuple[Column, ...]
    rows: Iterator[Row]
    coverage: Coverage
    routes: list[str]
    employees: set[str] = field(default_factory=set)


def read_dataset(
    client: AllHoursClient,
    dataset: str,
    period: Period | None,
    *,
    shard: Shard | None = None,
    on_progress: ProgressCallback | None = None,
) -> DatasetReader:
    """Begin to read a dataset; rows are fetched as they are iterated, memory stays flat.

    Args:
        client: the account.
        dataset: ``timesheets``, ``counters``, ``absences``, ``clockings`` or ``users``.
        period: the days; not used for users.
        shard: only this part of the employees.
        on_progress: told after each employee.
    """
    if dataset == "users":
        return _read_users(client)
    if period is None:
        raise AllHoursParameterError(f"parameter 'period' is missing; {dataset} are of a period")
    if dataset in ("timesheets", "counters"):
        return _read_days(client, dataset, period, shard, on_progress or (lambda done, total: None))
    if dataset == "absences":
        return _read_absences(client, period)
    return _read_clockings(client, period)


def read_roster(
    client: AllHoursClient, period: Period, coverage: Coverage, *, seen: Iterable[str | None] | None = None
) -> list[Employment]:
    """Everybody who is in, even those whom the list of users hides.

    Whether GET Users lists archived users is open. Where the list shows none, it is held against the people of the
    period's absences and clockings, and who is not listed is asked for one by one.

    Args:
        client: the account.
        period: the days.
        coverage: takes note when the list of users is empty: an account has at least its administrator.
        seen: user ids of the period's records, where the caller has read them already.
    """
    users = client.users()
    if not users:
        coverage.cause = AllHoursContractError(f"GET {client.route_paths('users')[0]} answered no user at all")
    if seen is None:
        # One archived user in the list settles that archived users are listed.
        seen = () if any(user.is_archived for user in users) else _people_of(client, period)
    hidden = unlisted_user_ids(users, seen)
    if hidden:
        log.info("%d people of the period are not in the list of users and are asked for one by one", len(hidden))
    found = map_ordered(lambda user_id: _user_or_none(client, user_id), hidden, workers=client.max_concurrency)
    return employments_in([*users, *(user for user in found if user is not None)], period)


def read_days(
    client: AllHoursClient, roster: list[Employment], coverage: Coverage, on_progress: ProgressCallback
) -> Iterator[tuple[User, list[DailyCalculation]]]:
    """Each employee's days that are due and beyond doubt, in the roster's order; several requests at once."""

    def days_of(employment: Employment) -> list[DailyCalculation] | AllHoursContractError:
        try:
            days = employment.days
            return client.daily_calculations(employment.user.id, days.date_from, days.date_to)
        except AllHoursContractError as error:
            # One employee's broken answer is that employee's missing days.
            return error

    answers = map_ordered(days_of, roster, workers=client.max_concurrency)
    for done, (employment, answer) in enumerate(zip(roster, answers, strict=True), start=1):
        if isinstance(answer, AllHoursContractError):
            coverage.cause = coverage.cause or answer
            answer = []
        yield employment.user, coverage.settle(employment, answer)
        on_progress(done, len(roster))


def _read_days(
    client: AllHoursClient, dataset: str, period: Period, shard: Shard | None, on_progress: ProgressCallback
) -> DatasetReader:
    coverage = Coverage()

    def rows() -> Iterator[Row]:
        roster = read_roster(client, period, coverage)
        if shard is not None:
            roster = shard_of(roster, shard.index, shard.count)
        for user, days in read_days(client, roster, coverage, on_progress):
            if days:
                reading.employees.add(user.id)
            for day in days:
                if dataset == "timesheets":
                    yield timesheet_row(user, day)
                else:
                    yield from counter_rows(user, day)

    columns = TIMESHEET_COLUMNS if dataset == "timesheets" else COUNTER_COLUMNS
    reading = DatasetReader(columns, rows(), coverage, client.route_paths("users", "daily_calculations"))
    return reading


def _read_absences(client: AllHoursClient, period: Period) -> DatasetReader:
    coverage = Coverage(expected=None)

    def rows() -> Iterator[Row]:
        definitions = {definition.id: definition for definition in client.absence_definitions()}
        absences = client.absences(period.date_from, period.date_to)
        roster = read_roster(client, period, coverage, seen=[absence.user_id for absence in absences])
        for user, found in _per_employee(roster, absences, lambda absence: absence.user_id):
            for absence in sorted(found, key=lambda absence: (absence.day, absence.id)):
                if absence.day in user.days:
                    reading.employees.add(absence.user_id)
                    coverage.received += 1
                    yield absence_row(user.user, absence, definitions.get(absence.absence_definition_id or ""))

    routes = client.route_paths("users", "absences", "absence_definitions")
    reading = DatasetReader(ABSENCE_COLUMNS, rows(), coverage, routes)
    return reading


def _read_clockings(client: AllHoursClient, period: Period) -> DatasetReader:
    coverage = Coverage(expected=None)

    def rows() -> Iterator[Row]:
        clockings = client.clockings(period.date_from, period.date_to)
        roster = read_roster(client, period, coverage, seen=[clocking.user_id for clocking in clockings])
        for user, found in _per_employee(roster, clockings, lambda clocking: clocking.user_id):
            for clocking in sorted(found, key=lambda clocking: (clocking.timestamp, clocking.id or "")):
                if clocking.timestamp.date() in user.days:
                    reading.employees.add(user.user.id)
                    coverage.received += 1
                    yield clocking_row(user.user, clocking)

    reading = DatasetReader(CLOCKING_COLUMNS, rows(), coverage, client.route_paths("users", "clockings"))
    return reading


def _read_users(client: AllHoursClient) -> DatasetReader:
    coverage = Coverage()

    def rows() -> Iterator[Row]:
        users = sorted(client.users(), key=lambda user: (user.employee_id, user.id))
        if not users:
            coverage.cause = AllHoursContractError(f"GET {client.route_paths('users')[0]} answered no user at all")
        coverage.expected = coverage.received = len(users)
        for user in users:
            reading.employees.add(user.id)
            yield user_row(user)

    reading = DatasetReader(USER_COLUMNS, rows(), coverage, client.route_paths("users"))
    return reading


def _per_employee(
    roster: list[Employment], records: Iterable[Found], user_id: Callable[[Found], str | None]
) -> Iterator[tuple[Employment, list[Found]]]:
    by_user: dict[str | None, list[Found]] = {}
    for record in records:
        by_user.setdefault(user_id(record), []).append(record)
    return ((employment, by_user.get(employment.user.id, [])) for employment in roster)


def _people_of(client: AllHoursClient, period: Period) -> set[str]:
    """User ids in the period's absences and clockings, as far as the tenant serves these routes.

    Clockings are read day by day: a month of them would be the one list that grows with the company.
    """
    seen: set[str] = set()
    try:
        seen.update(absence.user_id for absence in client.absences(period.date_from, period.date_to))
        for day in period.days():
            seen.update(client.people_with_clockings(day))
    except (AllHoursNotFoundError, AllHoursContractError) as error:
        log.warning("The list of users could not be held against other records: %s", error)
    return seen


def _user_or_none(client: AllHoursClient, user_id: str) -> User | None:
    try:
        return client.user(user_id)
    except AllHoursNotFoundError:
        # Records of a user who was deleted; there are no days of theirs to ask for.
        return None
