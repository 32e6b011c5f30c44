# SPDX-License-Identifier: Apache-2.0
"""Clockings: one row per record, of the days on which its employee is employed."""

from __future__ import annotations

from collections.abc import Iterator

from airflow_provider_allhours.attendance.proof import days_whose_clockings_differ
from airflow_provider_allhours.columns import Row
from airflow_provider_allhours.dataset_columns import CLOCKING_COLUMNS
from airflow_provider_allhours.flows.datasets.dataset import Dataset, DatasetReader
from airflow_provider_allhours.flows.datasets.proof import prove_by_days
from airflow_provider_allhours.flows.datasets.roster import (
    note_records_without_user,
    read_roster,
    records_by_employee,
)
from airflow_provider_allhours.periods import Period
from airflow_provider_allhours.rows import clocking_row

NIGHT_SHIFT = 1
"""Days by which a clocking's own date may differ from its employee-day."""


def _rows(reader: DatasetReader, period: Period) -> Iterator[Row]:
    client = reader.client
    clockings = client.clockings(period.date_from, period.date_to)
    note_records_without_user(clockings, reader.coverage)
    roster = read_roster(
        client,
        period,
        reader.coverage,
        clockings=clockings,
        selection=reader.selection,
    )
    employees = list(records_by_employee(roster, clockings, lambda clocking: clocking.user_id))
    if reader.proof == "days":
        prove_by_days(reader, employees, days_whose_clockings_differ, margin_days=NIGHT_SHIFT)
    reader.left_out = len(clockings)
    for employment, own in employees:
        for clocking in sorted(own, key=lambda clocking: (clocking.timestamp, clocking.id or "")):
            if clocking.timestamp.date() in employment.days:
                reader.employees.add(employment.user.id)
                reader.coverage.received += 1
                reader.left_out -= 1
                yield clocking_row(employment.user, clocking)


def _open_rows(reader: DatasetReader) -> Iterator[Row]:
    return _rows(reader, reader.required_period())


CLOCKINGS = Dataset("clockings", CLOCKING_COLUMNS, ("users", "clockings"), _open_rows, provable=True)
