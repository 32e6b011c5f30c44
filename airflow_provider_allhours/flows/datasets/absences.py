# SPDX-License-Identifier: Apache-2.0
"""Absences: one row per record, of the days on which its employee is employed."""

from __future__ import annotations

from collections.abc import Iterator

from airflow_provider_allhours.columns import Row
from airflow_provider_allhours.flows.datasets.dataset import Dataset, DatasetReader
from airflow_provider_allhours.flows.datasets.roster import read_roster, records_by_employee
from airflow_provider_allhours.periods import Period
from airflow_provider_allhours.rows import ABSENCE_COLUMNS, absence_row


def _rows(reader: DatasetReader, period: Period) -> Iterator[Row]:
    client = reader.client
    definitions = {definition.id: definition for definition in client.absence_definitions()}
    absences = client.absences(period.date_from, period.date_to)
    user_ids = [absence.user_id for absence in absences]
    roster = read_roster(client, period, reader.coverage, record_user_ids=user_ids)
    for employment, own in records_by_employee(roster, absences, lambda absence: absence.user_id):
        for absence in sorted(own, key=lambda absence: (absence.day, absence.id)):
            if absence.day in employment.days:
                reader.employees.add(employment.user.id)
                reader.coverage.received += 1
                yield absence_row(employment.user, absence, definitions.get(absence.absence_definition_id or ""))


def _open_rows(reader: DatasetReader) -> Iterator[Row]:
    return _rows(reader, reader.required_period())


ABSENCES = Dataset("absences", ABSENCE_COLUMNS, ("users", "absences", "absence_definitions"), _open_rows)
