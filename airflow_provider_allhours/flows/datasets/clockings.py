# SPDX-License-Identifier: Apache-2.0
"""Clockings: one row per record, of the days on which its employee is employed."""

from __future__ import annotations

from collections.abc import Iterator

from airflow_provider_allhours.columns import Row
from airflow_provider_allhours.flows.datasets.dataset import Dataset, DatasetReader
from airflow_provider_allhours.flows.datasets.roster import read_roster, records_by_employee
from airflow_provider_allhours.periods import Period
from airflow_provider_allhours.rows import CLOCKING_COLUMNS, clocking_row


def _rows(reader: DatasetReader, period: Period) -> Iterator[Row]:
    client = reader.client
    clockings = client.clockings(period.date_from, period.date_to)
    user_ids = [clocking.user_id for clocking in clockings]
    roster = read_roster(client, period, reader.coverage, record_user_ids=user_ids)
    for employment, own in records_by_employee(roster, clockings, lambda clocking: clocking.user_id):
        for clocking in sorted(own, key=lambda clocking: (clocking.timestamp, clocking.id or "")):
            if clocking.timestamp.date() in employment.days:
                reader.employees.add(employment.user.id)
                reader.coverage.received += 1
                yield clocking_row(employment.user, clocking)


def _open_rows(reader: DatasetReader) -> Iterator[Row]:
    return _rows(reader, reader.required_period())


CLOCKINGS = Dataset("clockings", CLOCKING_COLUMNS, ("users", "clockings"), _open_rows)
