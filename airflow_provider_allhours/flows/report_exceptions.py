# SPDX-License-Identifier: Apache-2.0
"""What somebody should know before they sign: the exceptions of a month-end report."""

from __future__ import annotations

from collections import Counter
from typing import NamedTuple

from airflow_provider_allhours.flows.report_rows import ReportRows

MISSING_EVENTS, INVALID, PENDING = "missing events", "day not valid", "absence pending"
NOT_PAID, JOINED, LEFT, PROBLEM, WARNING = (
    "not paid",
    "not in the last file",
    "only in the last file",
    "problem",
    "warning",
)


class ReportException(NamedTuple):
    """Something that somebody should know before they sign."""

    kind: str
    employee_id: str
    name: str
    detail: str


class ReportExceptions(ReportRows[ReportException]):
    """The exceptions on the disk, by kind, employee id and detail."""

    def __init__(self) -> None:
        super().__init__()
        self._kinds: Counter[str] = Counter()

    def add(self, kind: str, employee_id: str, name: str, detail: str) -> None:
        """Add an exception."""
        self.put(ReportException(kind, employee_id, name, detail), kind, employee_id, detail)
        self._kinds[kind] += 1

    @property
    def counts(self) -> dict[str, int]:
        """Number of exceptions by kind."""
        return dict(sorted(self._kinds.items()))
