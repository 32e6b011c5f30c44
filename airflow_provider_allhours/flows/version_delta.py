# SPDX-License-Identifier: Apache-2.0
"""Compare a reading with a frozen version, and write what differs as a file of ± lines."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

from airflow_provider_allhours.files.csv_table import csv_writer
from airflow_provider_allhours.payroll.delta import Comparison, DeltaLine, in_both
from airflow_provider_allhours.payroll.frozen import PersonRecords

if TYPE_CHECKING:
    from airflow_provider_allhours.flows.versions import DeltaEvidence, FrozenVersion

DELTA_COLUMNS = (
    "employee_id",
    "user_id",
    "date",
    "kind",
    "item",
    "minutes_before",
    "minutes_after",
    "minutes",
    "days",
    "reason",
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
        writer.writerow(DELTA_COLUMNS)
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
