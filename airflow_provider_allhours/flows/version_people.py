# SPDX-License-Identifier: Apache-2.0
"""The people of a frozen version with their records, and the definitions that the records refer to."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterator
from typing import Any, TypeVar

import msgspec

from airflow_provider_allhours.client.errors import AllHoursConflictError
from airflow_provider_allhours.files.publication import sha256_of
from airflow_provider_allhours.flows.versions import FrozenVersion
from airflow_provider_allhours.payroll.amounts import ABSENCE, COUNTER
from airflow_provider_allhours.payroll.definitions import Definition, Definitions
from airflow_provider_allhours.payroll.frozen import (
    FrozenAbsence,
    FrozenCounter,
    FrozenDay,
    FrozenPerson,
    PersonRecords,
)

Record = TypeVar("Record", FrozenDay, FrozenAbsence, FrozenCounter)


def people_of_version(version: FrozenVersion) -> Iterator[PersonRecords]:
    """Each person with everything that is frozen of them, sorted by user id.

    Raises:
        AllHoursConflictError: a frozen file was changed.
    """
    fractions = version.manifest["absence_fractions"]
    days = _by_user(version, "timesheets", FrozenDay)
    counters = _by_user(version, "counters", FrozenCounter, counter_id=None)
    absences = _by_user(version, "absences", FrozenAbsence)
    for user_id, entry in sorted(_entries(version).items()):
        taken = tuple(
            msgspec.structs.replace(absence, fraction=fractions.get(absence.absence_definition_id or "", 1.0))
            for absence in absences[user_id]
        )
        yield PersonRecords(entry, tuple(days[user_id]), taken, tuple(counters[user_id]))


def entries_of_version(version: FrozenVersion) -> Iterator[FrozenPerson]:
    """The people of a version without their records, sorted by user id."""
    return (entry for _, entry in sorted(_entries(version).items()))


def definitions_of(*versions: FrozenVersion) -> Definitions:
    """The definitions and counters of versions, under all the names that they had; the last version is paid."""
    definitions = Definitions()
    for version in versions:
        running: dict[str, bool] = {}
        for records in people_of_version(version):
            for absence in records.absences:
                other_ids = frozenset({absence.integration_id} if absence.integration_id else ())
                names = frozenset({absence.absence_definition} if absence.absence_definition else ())
                definitions.add(ABSENCE, Definition(absence.definition_key, names, other_ids))
            balances = {day.date: day.running_balance_minutes for day in records.days}
            for counter in records.counters:
                definitions.add(COUNTER, Definition(counter.key, frozenset({counter.counter or counter.key})))
                is_balance = counter.minutes == balances.get(counter.date)
                if counter.minutes or not is_balance:
                    running[counter.key] = is_balance and running.get(counter.key, True)
        definitions.running = frozenset(code for code, is_balance in running.items() if is_balance)
    return definitions


def _entries(version: FrozenVersion) -> dict[str, FrozenPerson]:
    entries: dict[str, FrozenPerson] = {}
    for row in _rows(version, "timesheets"):
        if row["user_id"] not in entries:
            entries[row["user_id"]] = FrozenPerson(
                user_id=row["user_id"],
                employee_id=row["employee_id"] or "",
                first_name=row["first_name"] or "",
                last_name=row["last_name"] or "",
                date_from=version.period.date_from,
                date_to=version.period.date_to,
                custom_fields={},
            )
    return entries


def _by_user(version: FrozenVersion, part: str, kind: type[Record], **fields: Any) -> dict[str, list[Record]]:
    found: dict[str, list[Record]] = defaultdict(list)
    for row in _rows(version, part):
        known = {
            "employee_id": "",
            "fraction": 1.0,
            **{name: value for name, value in row.items() if value is not None},
        }
        record = {field.name: known.get(field.name) for field in msgspec.structs.fields(kind)}
        found[row["user_id"]].append(msgspec.convert({**record, **fields}, kind))
    return found


def _rows(version: FrozenVersion, part: str) -> Iterator[dict[str, Any]]:
    file = version.manifest["files"][part]
    path = version.versions.path(version.number, file["name"])
    content = bytes(path.fs.cat_file(path.path))
    if sha256_of(content) != file["sha256"]:
        raise AllHoursConflictError(f"{path} was changed after it was frozen; its checksum differs")
    return (json.loads(line) for line in content.splitlines())
