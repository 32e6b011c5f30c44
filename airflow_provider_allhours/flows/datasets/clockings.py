# SPDX-License-Identifier: Apache-2.0
"""Clockings: one row per record, of the days on which its employee is employed."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from airflow_provider_allhours.attendance.proof import days_whose_clockings_differ
from airflow_provider_allhours.client import AllHoursClient
from airflow_provider_allhours.client.errors import AllHoursContractError
from airflow_provider_allhours.client.list_reader import once_each
from airflow_provider_allhours.client.models import Clocking
from airflow_provider_allhours.columns import Row
from airflow_provider_allhours.dataset_columns import CLOCKING_COLUMNS
from airflow_provider_allhours.files.external_sort import sort_externally
from airflow_provider_allhours.flows.datasets.dataset import Dataset, DatasetReader
from airflow_provider_allhours.flows.datasets.on_disk import SpooledRecords, SpooledRoster
from airflow_provider_allhours.flows.datasets.proof import prove_by_days
from airflow_provider_allhours.flows.datasets.roster import each_employment
from airflow_provider_allhours.periods import Period
from airflow_provider_allhours.rows import clocking_row

NIGHT_SHIFT = 1
"""Days by which a clocking's own date may differ from its employee-day."""

EMPLOYEE_DAYS_AT_ONCE = 20_000
"""Clockings of so many employee-days may be in memory: fewer are read as one list, in three requests."""

DAYS_AT_ONCE = 14
"""Days that come at once at most, where the clockings are more than memory can hold."""


def _rows(reader: DatasetReader, period: Period) -> Iterator[Row]:
    client = reader.client
    client.require_route("clockings")
    with SpooledRecords[Clocking]() as records:

        def clocked(users: int) -> set[str | None]:
            # The disk is written from front to end where the records of a user come together.
            for clocking in sort_externally(_read(client, period, users), lambda clocking: clocking.user_id or ""):
                records.add(clocking)
            return records.user_ids

        employments = each_employment(client, period, reader.coverage, clocked=clocked, selection=reader.selection)
        with SpooledRoster(employments) as roster:
            if records.ownerless:
                reader.coverage.note(
                    AllHoursContractError(f"{records.ownerless} of {len(records)} records of the period have no UserId")
                )
            if reader.proof == "days":
                prove_by_days(reader, roster, records, days_whose_clockings_differ, margin_days=NIGHT_SHIFT)
            reader.left_out = len(records)
            for employment in roster:
                own = once_each(records.of(employment.user.id))
                for clocking in sorted(own, key=lambda clocking: clocking.order):
                    if clocking.timestamp.date() in employment.days:
                        reader.employees.add(employment.user.id)
                        reader.coverage.received += 1
                        reader.left_out -= 1
                        yield clocking_row(employment.user, clocking)


def _read(client: AllHoursClient, period: Period, users: int) -> Iterable[Clocking]:
    """The period's clockings: in one list where memory can hold it, in windows otherwise."""
    days = days_of_clockings(users)
    if period.length <= days:
        return client.clockings(period.date_from, period.date_to)
    return client.each_clocking(period.date_from, period.date_to, days=min(DAYS_AT_ONCE, days))


def days_of_clockings(users: int) -> int:
    """Of how many days the clockings of a company of so many users may be in memory."""
    return max(1, EMPLOYEE_DAYS_AT_ONCE // max(1, users))


def _open_rows(reader: DatasetReader) -> Iterator[Row]:
    return _rows(reader, reader.required_period())


CLOCKINGS = Dataset("clockings", CLOCKING_COLUMNS, ("users", "clockings"), _open_rows, provable=True)
