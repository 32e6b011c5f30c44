# SPDX-License-Identifier: Apache-2.0
"""Write what a period's snapshot holds as the parts of a version, before anybody can see them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import TypedDict

from airflow_provider_allhours.attendance.coverage import CoverageJson
from airflow_provider_allhours.attendance.roster import Shard
from airflow_provider_allhours.attendance.selection import EmployeeSelection
from airflow_provider_allhours.client import AllHoursClient
from airflow_provider_allhours.client.models import AbsenceDefinition
from airflow_provider_allhours.flows.clock import utc_moment
from airflow_provider_allhours.flows.datasets.absences import ABSENCES
from airflow_provider_allhours.flows.datasets.dataset import ProgressCallback
from airflow_provider_allhours.flows.datasets.days import COUNTERS, TIMESHEETS
from airflow_provider_allhours.flows.period_snapshot import PeriodReader
from airflow_provider_allhours.flows.shards import ShardJson
from airflow_provider_allhours.flows.version_delta import compare
from airflow_provider_allhours.flows.version_parts import VersionFile, VersionWriter, read_people
from airflow_provider_allhours.flows.versions import FrozenDefinition, FrozenVersion
from airflow_provider_allhours.payroll.amounts import SOURCES
from airflow_provider_allhours.payroll.delta import Comparison, RunningCounters
from airflow_provider_allhours.payroll.frozen import PersonRecords, fraction_of
from airflow_provider_allhours.periods import Period


class PartsEvidence(TypedDict):
    """The parts of a version, and what they hold; see :class:`VersionManifest`."""

    employees: int
    totals: dict[str, int]
    files: dict[str, VersionFile]
    counters: dict[str, str | None]
    running_counters: list[str]


class ReadingEvidence(PartsEvidence):
    """Files and evidence of one reading of the account; see :class:`VersionManifest`."""

    left_out: int
    open_approvals: int
    coverage: CoverageJson
    absence_definitions: dict[str, FrozenDefinition]
    window: dict[str, str]
    requests: int


@dataclass(frozen=True)
class Reading:
    """One reading of the account.

    Attributes:
        folder: where its files are.
        evidence: what they hold.
        shard: which part of the employees was read; None for everybody.
    """

    folder: Path
    evidence: ReadingEvidence
    shard: ShardJson | None = None

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
    shard: Shard | None = None,
    valid_until: date | None,
    on_progress: ProgressCallback,
) -> Reading:
    """Read the account as a snapshot, and write the parts of a version.

    Args:
        client: the account.
        period: the days.
        selection: only these employees; everybody by default.
        folder: an existing folder for the parts.
        shard: only this part of the employees.
        valid_until: the last day whose calculation has to be valid; None where none has to be.
        on_progress: called after each employee.

    Raises:
        AllHoursIncompleteError: see :meth:`PeriodReader.read`, or a day is not valid.
        AllHoursContractError: no record has a field that fills a column.
    """
    began, requests = utc_moment(), client.requests
    fields = [field for dataset in (TIMESHEETS, ABSENCES, COUNTERS) for field in dataset.fields()]
    client.need_fields(fields)
    with PeriodReader(client, period, selection=selection, shard=shard, on_progress=on_progress) as reader:
        reader.read()
        ended = utc_moment()
        definitions = client.absence_definitions()
        written = write_parts(folder, reader.people(definitions))
        client.require_fields(fields)
        if valid_until is not None:
            reader.coverage.require_valid(f"the period {period}", until=valid_until)
        evidence: ReadingEvidence = {
            **written,
            "left_out": reader.left_out,
            "open_approvals": reader.open_approvals,
            "coverage": reader.coverage.to_json(),
            "absence_definitions": {definition.id: _frozen_definition(definition) for definition in definitions},
            "window": {"from": began, "to": ended},
            "requests": client.requests - requests,
        }
        return Reading(folder, evidence, None if shard is None else reader.describe_shard(shard))


def write_parts(folder: Path, people: Iterable[PersonRecords]) -> PartsEvidence:
    """Write the parts of a version.

    Args:
        folder: an existing folder for the parts.
        people: everybody, sorted by user id.
    """
    totals = dict.fromkeys(SOURCES, 0)
    counters: dict[str, str | None] = {}
    running = RunningCounters()
    count = 0
    writer = VersionWriter(folder)
    for records in people:
        count += 1
        writer.write(records)
        running.look_at(records)
        counters.update((counter.key, counter.counter) for counter in records.counters)
        for day in records.days:
            for source in SOURCES:
                totals[source] += getattr(day, source) or 0
    return {
        "employees": count,
        "totals": totals,
        "files": writer.close(),
        "counters": dict(sorted(counters.items())),
        "running_counters": sorted(running.keys),
    }


def _frozen_definition(definition: AbsenceDefinition) -> FrozenDefinition:
    integration_id = definition.integration_id
    return {
        "name": definition.name,
        "integration_id": None if integration_id is None else str(integration_id),
        "fraction": fraction_of(definition),
    }
