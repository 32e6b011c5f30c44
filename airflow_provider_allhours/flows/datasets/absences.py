# SPDX-License-Identifier: Apache-2.0
"""Absences: one row per record, of the days on which its employee is employed."""

from __future__ import annotations

import logging
from collections.abc import Iterator, Set

from airflow_provider_allhours.attendance.coverage import Coverage
from airflow_provider_allhours.attendance.proof import days_whose_absences_differ
from airflow_provider_allhours.client.errors import AllHoursContractError
from airflow_provider_allhours.client.models import Absence
from airflow_provider_allhours.client.paging import PAGE_SIZES
from airflow_provider_allhours.columns import Row
from airflow_provider_allhours.dataset_columns import ABSENCE_COLUMNS
from airflow_provider_allhours.flows.datasets.dataset import Dataset, DatasetReader
from airflow_provider_allhours.flows.datasets.on_disk import SpooledRecords, SpooledRoster
from airflow_provider_allhours.flows.datasets.proof import prove_by_days
from airflow_provider_allhours.flows.datasets.roster import days_of_absences, each_employment
from airflow_provider_allhours.periods import Period
from airflow_provider_allhours.rows import absence_row

log = logging.getLogger(__name__)


def _rows(reader: DatasetReader, period: Period) -> Iterator[Row]:
    client = reader.client
    client.require_route("absences")
    by_id = {definition.id: definition for definition in client.absence_definitions()}
    used: set[str | None] = set()
    with SpooledRecords[Absence]() as records:

        def absent(users: int) -> set[str | None]:
            for absences in client.absences_in_parts(period.date_from, period.date_to, days=days_of_absences(users)):
                for absence in absences:
                    used.add(absence.absence_definition_id)
                    records.add(absence)
            return records.user_ids

        employments = each_employment(client, period, reader.coverage, absent=absent, selection=reader.selection)
        with SpooledRoster(employments) as roster:
            note_cut_definitions(reader.coverage, by_id.keys(), used)
            if reader.proof == "days":
                # An absence stands in the employee-day of its own date: a margin does not matter.
                prove_by_days(
                    reader,
                    roster,
                    records,
                    lambda employment, own, days, _: days_whose_absences_differ(employment, own, days),
                )
            reader.left_out = len(records)
            for employment in roster:
                own = records.of(employment.user.id)
                for absence in sorted(own, key=lambda absence: (absence.day, absence.id)):
                    if absence.day in employment.days:
                        reader.employees.add(employment.user.id)
                        reader.coverage.received += 1
                        reader.left_out -= 1
                        yield absence_row(employment.user, absence, by_id.get(absence.absence_definition_id or ""))


def note_cut_definitions(coverage: Coverage, listed: Set[str], used: Set[str | None]) -> None:
    """Note a list of definitions that has none that is used, or has a customary page size and lacks one.

    Args:
        coverage: gets the cause.
        listed: ids of the definitions in the list.
        used: ids of the definitions that the absences have.
    """
    needed = used - {None}
    unknown = needed - listed
    if not unknown:
        return
    if unknown == needed or len(listed) in PAGE_SIZES:
        coverage.note(
            AllHoursContractError(
                f"the list of absence definitions has {len(listed)} records and lacks {len(unknown)} that are used"
            )
        )
    else:
        log.warning("%d absence definitions that are used are not in the list of definitions", len(unknown))


def _open_rows(reader: DatasetReader) -> Iterator[Row]:
    return _rows(reader, reader.required_period())


ABSENCES = Dataset("absences", ABSENCE_COLUMNS, ("users", "absences", "absence_definitions"), _open_rows, provable=True)
