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
from airflow_provider_allhours.dataset_columns import COUNTER_COLUMNS, TIMESHEET_COLUMNS
from airflow_provider_allhours.flows.datasets.dataset import Dataset, DatasetReader
from airflow_provider_allhours.flows.datasets.on_disk import SpooledRoster
from airflow_provider_allhours.flows.datasets.roster import each_employment
from airflow_provider_allhours.flows.shards import describe_shard
from airflow_provider_allhours.periods import Period
from airflow_provider_allhours.rows import counter_rows, timesheet_row


def read_days(
    client: AllHoursClient,
    period: Period,
    roster: Iterable[Employment],
    coverage: Coverage,
    on_progress: Callable[[int], None],
) -> Iterator[tuple[Employment, list[DailyCalculation]]]:
    """Each employee's days that are due and not contradictory, in the roster's order; several requests at once.

    Args:
        client: the account.
        period: the days that the employments are parts of.
        roster: read as far as requests are sent.
        coverage: counts the days.
        on_progress: called after each employee with the number of those that were read.
    """

    def days_of(employment: Employment) -> tuple[Employment, list[DailyCalculation] | AllHoursContractError]:
        try:
            days = employment.days
            return employment, client.daily_calculations(employment.user.id, days.date_from, days.date_to)
        except AllHoursContractError as error:
            # One employee's broken response counts as that employee's missing days.
            return employment, error

    client.prepare_days(period.date_from, period.date_to)
    responses = map_ordered(days_of, roster, workers=client.max_concurrency)
    for done, (employment, response) in enumerate(responses, start=1):
        if isinstance(response, AllHoursContractError):
            coverage.note(response)
            response = []
        yield employment, coverage.settle(employment, response)
        on_progress(done)


def _rows(
    reader: DatasetReader, period: Period, rows_of_day: Callable[[User, DailyCalculation], Iterable[Row]]
) -> Iterator[Row]:
    everybody: list[str] = []

    def of_the_shard(employments: Iterable[Employment]) -> Iterator[Employment]:
        for employment in employments:
            everybody.append(employment.user.id)
            if reader.shard is None or reader.shard.has(employment.user.id):
                yield employment

    employments = each_employment(reader.client, period, reader.coverage, selection=reader.selection)
    with SpooledRoster(of_the_shard(employments)) as roster:
        if reader.shard is not None:
            reader.shard_evidence = describe_shard(reader.shard, len(roster), everybody)
        if not len(roster):
            return

        def on_progress(done: int) -> None:
            reader.on_progress(done, len(roster))

        for employment, days in read_days(reader.client, period, roster, reader.coverage, on_progress):
            if days:
                reader.employees.add(employment.user.id)
            for day in days:
                yield from rows_of_day(employment.user, day)


def _open_timesheets(reader: DatasetReader) -> Iterator[Row]:
    return _rows(reader, reader.required_period(), lambda user, day: (timesheet_row(user, day),))


def _open_counters(reader: DatasetReader) -> Iterator[Row]:
    return _rows(reader, reader.required_period(), counter_rows)


_ROUTES = ("users", "daily_calculations")

TIMESHEETS = Dataset("timesheets", TIMESHEET_COLUMNS, _ROUTES, _open_timesheets, by_employee=True)
COUNTERS = Dataset("counters", COUNTER_COLUMNS, _ROUTES, _open_counters, by_employee=True)
