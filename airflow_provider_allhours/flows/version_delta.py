# SPDX-License-Identifier: Apache-2.0
"""Compare a reading with a frozen version, and write what differs as a file of ± lines."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

from airflow_provider_allhours.columns import Column, Kind, names_of
from airflow_provider_allhours.files.csv_table import csv_writer
from airflow_provider_allhours.payroll.delta import Comparison, DeltaLine, in_both
from airflow_provider_allhours.payroll.frozen import PersonRecords

if TYPE_CHECKING:
    from airflow_provider_allhours.flows.versions import DeltaEvidence, FrozenVersion

DELTA_COLUMNS = (
    Column("employee_id", Kind.TEXT, "Employee id, of the later version where both have the person."),
    Column("user_id", Kind.TEXT, "Id of the user in All Hours.", is_nullable=False),
    Column("date", Kind.DATE, "Day that differs; empty for a property of the person."),
    Column(
        "kind",
        Kind.TEXT,
        "``timesheet``, ``absence``, ``counter``, ``day`` (a property of the day) or ``person`` (one of the person).",
        is_nullable=False,
    ),
    Column(
        "item",
        Kind.TEXT,
        "Column of the timesheet, id of the absence definition, code of the counter, or name of the property.",
        is_nullable=False,
    ),
    Column("minutes_before", Kind.MINUTES, "Minutes in the released version; empty where there is no number."),
    Column("minutes_after", Kind.MINUTES, "Minutes in this version; empty where there is no number."),
    Column("minutes", Kind.MINUTES, "Minutes after minus minutes before; empty where either is not known."),
    Column("days", Kind.NUMBER, "Days of an absence, after minus before; empty where they are not known."),
    Column(
        "reason",
        Kind.TEXT,
        "``corrected day``, ``absence approved later``, ``new day``, ``employee added``, ``employee removed`` or "
        "``employee changed``.",
        is_nullable=False,
    ),
)
DECIMALS_OF_DAYS = 4


def compare(version: FrozenVersion, people: Iterable[PersonRecords], running_counters: Iterable[str]) -> Comparison:
    """The comparison of a version with a later reading, which is made while its lines are iterated.

    Args:
        version: the earlier one.
        people: everybody of the later reading, sorted by user id.
        running_counters: codes of the counters that repeat the running balance in the later reading.
    """
    manifest = version.manifest
    return Comparison(
        before=version.people(),
        after=people,
        running_counters=in_both(manifest["running_counters"], running_counters),
        past_until=date.fromisoformat(manifest["past_until"]) if manifest["provisional"] else None,
    )


def write_delta(path: Path, comparison: Comparison) -> DeltaEvidence:
    """Write the ± lines as CSV to a local file, which completes the comparison."""
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv_writer(file)
        writer.writerow(names_of(DELTA_COLUMNS))
        for line in comparison.lines():
            writer.writerow(_row(line))
    with path.open("rb") as written:
        sha256 = hashlib.file_digest(written, "sha256").hexdigest()
    reasons = comparison.reasons
    return {"name": path.name, "lines": reasons.total(), "sha256": sha256, "reasons": dict(sorted(reasons.items()))}


def _row(line: DeltaLine) -> tuple[object, ...]:
    minutes = (line.before.minutes, line.after.minutes, line.minutes)
    days = None if line.days is None else round(float(line.days), DECIMALS_OF_DAYS)
    return (line.employee_id, line.user_id, *line.item, *minutes, days, line.reason)
