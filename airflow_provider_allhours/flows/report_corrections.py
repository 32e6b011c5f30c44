# SPDX-License-Identifier: Apache-2.0
"""The corrections of a month-end report, with the reasons of each person's changes."""

from __future__ import annotations

import csv
import io
from collections import defaultdict
from collections.abc import Container, Iterator
from typing import NamedTuple

from airflow_provider_allhours.flows.payroll_contributions import Contribution
from airflow_provider_allhours.flows.payroll_draft import Draft
from airflow_provider_allhours.flows.report_lines import name_of
from airflow_provider_allhours.flows.version_parts import open_verified


class ReportCorrection(NamedTuple):
    """A line that corrects an earlier period, with the reasons of that person's changes."""

    employee_id: str
    name: str
    period: str
    pay_code: str
    unit: str
    quantity: str
    reasons: str


def corrections_of(draft: Draft) -> Iterator[ReportCorrection]:
    """The lines of other periods; where the file pays differences of its own period, those, too.

    Raises:
        AllHoursConflictError: the file of what changed between two versions was changed.
    """
    for part, made in zip(draft.parts, draft.made.periods, strict=True):
        if not part.earlier:
            continue
        lines = [line for line in made.lines if line.quantity]
        reasons = _reasons(part, {line.person.employee_id for line in lines})
        for line in lines:
            yield ReportCorrection(
                line.person.employee_id,
                name_of(line),
                str(line.period),
                line.pay_code,
                line.unit,
                line.text(),
                ", ".join(sorted(reasons.get(line.person.employee_id, ()))),
            )


def _reasons(part: Contribution, employee_ids: Container[str]) -> dict[str, set[str]]:
    """Employee id -> reasons of the changes since the last release, as the close found them."""
    version = part.version
    delta = version.manifest["delta"]
    reasons: dict[str, set[str]] = defaultdict(set)
    if delta is None:
        return reasons
    path = version.versions.path(version.number, delta["name"])
    with open_verified(path, delta["sha256"]) as file, io.TextIOWrapper(file, "utf-8", newline="") as text:
        for row in csv.DictReader(text):
            if row["employee_id"] in employee_ids:
                reasons[row["employee_id"]].add(f"{row['date']} {row['reason']}".strip())
    return reasons
