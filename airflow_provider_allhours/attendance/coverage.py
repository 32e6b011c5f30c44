# SPDX-License-Identifier: Apache-2.0
"""Completeness: which employee-days are due, which were received, which are missing.

Expected days are counted from the users, never from the response: an empty response proves nothing.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date
from typing import TypedDict

from airflow_provider_allhours.attendance.roster import Employment
from airflow_provider_allhours.client.errors import AllHoursError, AllHoursIncompleteError
from airflow_provider_allhours.client.models import DailyCalculation

MAX_LISTED = 20


class MissingDay(TypedDict):
    """An employee-day that was not received, or received twice and differently.

    The user is a pseudonym or None where the file hides people.
    """

    user_id: str | None
    date: str


class CoverageJson(TypedDict):
    """Employee-days due and received; ``missing`` has the first 20."""

    expected: int | None
    received: int
    missing: list[MissingDay]


@dataclass
class Coverage:
    """Counts employee-days while employees are read.

    Attributes:
        expected: employee-days due; None where the API gives nothing to count by.
        received: employee-days (or rows) that were received and are not contradictory.
        missing: employee-days that were not received, or received twice and differently.
        cause: the first response that was not what the API promises.
    """

    expected: int | None = 0
    received: int = 0
    missing: list[tuple[str, date]] = field(default_factory=list)
    cause: AllHoursError | None = None

    def settle(self, employment: Employment, days: Iterable[DailyCalculation]) -> list[DailyCalculation]:
        """Count one employee's days and return those that are due and not contradictory, by date.

        Days outside the employment are left out. A day with two different records counts as missing, because nothing
        tells which record is right.
        """
        by_date: dict[date, list[DailyCalculation]] = defaultdict(list)
        for day in days:
            by_date[day.date].append(day)
        settled: list[DailyCalculation] = []
        for due in employment.days.days():
            records = by_date.get(due, [])
            if len(records) == 1:
                settled.append(records[0])
            else:
                self.missing.append((employment.user.id, due))
        self.expected = (self.expected or 0) + employment.days.length
        self.received += len(settled)
        return settled

    def require_complete(self, subject: str) -> None:
        """Raise when something is missing.

        Args:
            subject: what has to be complete, for the message.

        Raises:
            AllHoursIncompleteError: with the count and the first user ids and dates.
        """
        if not self.missing and self.cause is None:
            return
        listed = ", ".join(f"{user_id} on {day}" for user_id, day in self.missing[:5])
        message = (
            f"{subject} is incomplete: {len(self.missing)} of {self.expected} employee-days are missing or "
            "contradictory"
            + (f" (first: {listed})" if listed else "")
            + (f"; first cause: {self.cause}" if self.cause else "")
        )
        missing = [(user_id, day.isoformat()) for user_id, day in self.missing]
        raise AllHoursIncompleteError(message, missing=missing) from self.cause

    def to_json(self) -> CoverageJson:
        """``{"expected", "received", "missing": first 20 of {user_id, date}}``."""
        return {
            "expected": self.expected,
            "received": self.received,
            "missing": [{"user_id": user_id, "date": day.isoformat()} for user_id, day in self.missing[:MAX_LISTED]],
        }
