# SPDX-License-Identifier: Apache-2.0
"""Timesheets and counters: read from each employee's daily calculations."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator

from airflow_provider_allhours.attendance.coverage import Coverage
from airflow_provider_allhours.attendance.roster import Employment
from airflow_provider_allhours.client import AllHoursClient
from airflow_provider_allhours.client.concurrency import map_ordered
from airflow_provider_allhours.client.errors import AllHoursContractError
from airflow_provider_allhours.client.models import DailyCalculation, User
from airflow_provider_allhours.columns import Row
from airflow_provider_allhours.flows.datasets.dataset import Dataset, DatasetReader, ProgressCallback
from airflow_provider_allhours.flows.datasets.roster import read_roster
from airflow_provider_allhours.periods import Period
from airflow_provider_allhours.rows import COUNTER_COLUMNS, TIMESHEET_COLUMNS, counter_rows, timesheet_row


def read_days(
    client: AllHoursClient, roster: list[Employment], coverage: Coverage, on_progress: ProgressCallback
) -> Iterator[tuple[User, list[DailyCalculation]]]:
    """Each employee's days that are due and not contradictory, in the roster's order; several requests at once."""

    def days_of(employment: Employment) -> list[DailyCalculation] | AllHoursContractError:
        try:
            days = employment.days
            return client.daily_calculations(employment.user.id, days.date_from, days.date_to)
        except AllHoursContractError as error:
            # One employee's broken response counts as that employee's missing days.
            return error

    if roster:
        client.prepare_days(
            min(employment.days.date_from for employment in roster),
            max(employment.days.date_to for employment in roster),
        )
    responses = map_ordered(days_of, roster, workers=client.max_concurrency)
    for done, (employment, response) in enumerate(zip(roster, responses, strict=True), start=1):
        if isinstance(response, AllHoursContractError):
            coverage.note(response)
            response = []
        yield employment.user, coverage.settle(employment, response)
        on_progress(done, len(roster))


def _rows(
    reader: DatasetReader, period: Period, rows_of_day: Callable[[User, DailyCalculation], Iterable[Row]]
) -> Iterator[Row]:
    roster = read_roster(reader.client, period, reader.coverage, selection=reader.selection)
    if reader.shard is not None:
        roster = reader.shard.part_of(roster)
    for user, days in read_days(reader.client, roster, reader.coverage, reader.on_progress):
        if days:
            reader.employees.add(user.id)
        for day in days:
            yield from rows_of_day(user, day)


def _open_timesheets(reader: DatasetReader) -> Iterator[Row]:
    return _rows(reader, reader.required_period(), lambda user, day: (timesheet_row(user, day),))


def _open_counters(reader: DatasetReader) -> Iterator[Row]:
    return _rows(reader, reader.required_period(), counter_rows)


_ROUTES = ("users", "daily_calculations")

TIMESHEETS = Dataset("timesheets", TIMESHEET_COLUMNS, _ROUTES, _open_timesheets, by_employee=True)
COUNTERS = Dataset("counters", COUNTER_COLUMNS, _ROUTES, _open_counters, by_employee=True)
