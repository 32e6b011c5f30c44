# SPDX-License-Identifier: Apache-2.0
"""Write what a period's snapshot holds as the parts of a version, before anybody can see them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import TypedDict

from airflow_provider_allhours.attendance.coverage import CoverageJson
from airflow_provider_allhours.attendance.selection import EmployeeSelection
from airflow_provider_allhours.client import AllHoursClient
from airflow_provider_allhours.client.models import AbsenceDefinition
from airflow_provider_allhours.flows.clock import utc_moment
from airflow_provider_allhours.flows.datasets.absences import ABSENCES
from airflow_provider_allhours.flows.datasets.dataset import ProgressCallback
from airflow_provider_allhours.flows.datasets.days import COUNTERS, TIMESHEETS
from airflow_provider_allhours.flows.period_snapshot import PeriodReader
from airflow_provider_allhours.flows.version_delta import compare
from airflow_provider_allhours.flows.version_parts import VersionFile, VersionWriter, read_people
from airflow_provider_allhours.flows.versions import FrozenDefinition, FrozenVersion
from airflow_provider_allhours.payroll.amounts import SOURCES
from airflow_provider_allhours.payroll.delta import Comparison, RunningCounters
from airflow_provider_allhours.payroll.frozen import PersonRecords, fraction_of
from airflow_provider_allhours.periods import Period


class ReadingEvidence(TypedDict):
    """Files and evidence of one reading of the account; see :class:`VersionManifest`."""

    employees: int
    left_out: int
    open_approvals: int
    totals: dict[str, int]
    files: dict[str, VersionFile]
    coverage: CoverageJson
    absence_definitions: dict[str, FrozenDefinition]
    counters: dict[str, str | None]
    running_counters: list[str]
    window: dict[str, str]
    requests: int


@dataclass(frozen=True)
class Reading:
    """One reading of the account.

    Attributes:
        folder: where its files are.
        evidence: what they hold.
    """

    folder: Path
    evidence: ReadingEvidence

    def people(self) -> Iterator[PersonRecords]:
        """Everybody, sorted by user id."""
        return read_people(lambda part: (self.folder / self.evidence["files"][part]["name"]).open("rb"))

    def compare(self, version: FrozenVersion) -> Comparison:
        """The comparison of an earlier version with this reading, which is made while its lines are iterated."""
        return compare(version, self.people(), self.evidence["running_counters"])


def read_account(
    client: AllHoursClient,
    period: Period,
    selection: EmployeeSelection | None,
    folder: Path,
    *,
    valid_until: date | None,
    on_progress: ProgressCallback,
) -> Reading:
    """Read the account as a snapshot, and write the parts of a version.

    Args:
        client: the account.
        period: the days.
        selection: only these employees; everybody by default.
        folder: an existing folder for the parts.
        valid_until: the last day whose calculation has to be valid; None where none has to be.
        on_progress: called after each employee.

    Raises:
        AllHoursIncompleteError: see :meth:`PeriodReader.read`, or a day is not valid.
        AllHoursContractError: no record has a field that fills a column.
    """
    began, requests = utc_moment(), client.requests
    fields = [field for dataset in (TIMESHEETS, ABSENCES, COUNTERS) for field in dataset.fields()]
    client.need_fields(fields)
    totals = dict.fromkeys(SOURCES, 0)
    counters: dict[str, str | None] = {}
    running = RunningCounters()
    people = 0
    with PeriodReader(client, period, selection=selection, on_progress=on_progress) as reader:
        reader.read()
        ended = utc_moment()
        definitions = client.absence_definitions()
        writer = VersionWriter(folder)
        for records in reader.people(definitions):
            people += 1
            writer.write(records)
            running.look_at(records)
            counters.update((counter.key, counter.counter) for counter in records.counters)
            for day in records.days:
                for source in SOURCES:
                    totals[source] += getattr(day, source) or 0
        files = writer.close()
        client.require_fields(fields)
        if valid_until is not None:
            reader.coverage.require_valid(f"the period {period}", until=valid_until)
        evidence: ReadingEvidence = {
            "employees": people,
            "left_out": reader.left_out,
            "open_approvals": reader.open_approvals,
            "totals": totals,
            "files": files,
            "coverage": reader.coverage.to_json(),
            "absence_definitions": {definition.id: _frozen_definition(definition) for definition in definitions},
            "counters": dict(sorted(counters.items())),
            "running_counters": sorted(running.keys),
            "window": {"from": began, "to": ended},
            "requests": client.requests - requests,
        }
    return Reading(folder, evidence)


def _frozen_definition(definition: AbsenceDefinition) -> FrozenDefinition:
    integration_id = definition.integration_id
    return {
        "name": definition.name,
        "integration_id": None if integration_id is None else str(integration_id),
        "fraction": fraction_of(definition),
    }
