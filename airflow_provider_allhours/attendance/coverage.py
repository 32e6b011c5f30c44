# SPDX-License-Identifier: Apache-2.0
"""Completeness: which employee-days are due, which came, which did not.

Expected days are counted from the users, never from what came back: an empty answer proves nothing.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from airflow_provider_allhours.attendance.roster import Employment
from airflow_provider_allhours.client.errors import AllHoursError, AllHoursIncompleteError
from airflow_provider_allhours.client.models import DailyCalculation

MAX_LISTED = 20


@dataclass
class Coverage:
    """Grows while employees are read.

    Attributes:
        expected: employee-days due; None where the API gives nothing to count by.
        received: employee-days (or rows) that came and are beyond doubt.
        missing: those that did not come, or came twice and differently.
        cause: the first answer that was not what the API promises.
    """

    expected: int | None = 0
    received: int = 0
    missing: list[tuple[str, date]] = field(default_factory=list)
    cause: AllHoursError | None = None

    def settle(self, employment: Employment, days: Iterable[DailyCalculation]) -> list[DailyCalculation]:
        """Count one employee's days and return those that are due and beyond doubt, by date.

        Days outside the employment are left out. Two records of one day that differ are none: which one is right is
        not for an export to guess.
        """
        by_date: dict[date, list[DailyCalculation]] = defaultdict(list)
        for day in days:
            by_date[day.date].append(day)
        settled: list[DailyCalculation] = []
        for due in employment.days.days():
            found = by_date.get(due, [])
            if len(found) == 1:
                settled.append(found[0])
            else:
                self.missing.append((employment.user.id, due))
        self.expected = (self.expected or 0) + employment.days.length
        self.received += len(settled)
        return settled

    def require_complete(self, what: str) -> None:
        """Refuse to go on when something is missing.

        Raises:
            AllHoursIncompleteError: with the count and the first user ids and dates.
        """
        if not self.missing and self.cause is None:
            return
        listed = ", ".join(f"{user_id} on {day}" for user_id, day in self.missing[:5])
        message = (
            f"{what} is incomplete: {len(self.missing)} of {self.expected} employee-days are missing or contradictory"
            + (f" (first: {listed})" if listed else "")
            + (f"; first cause: {self.cause}" if self.cause else "")
        )
        missing = [(user_id, day.isoformat()) for user_id, day in self.missing]
        raise AllHoursIncompleteError(message, missing=missing) from self.cause

    def to_json(self) -> dict[str, Any]:
        """``{"expected", "received", "missing": first 20 of {user_id, date}}``."""
        return {
            "expected": self.expected,
            "received": self.received,
            "missing": [{"user_id": user_id, "date": day.isoformat()} for user_id, day in self.missing[:MAX_LISTED]],
        }
