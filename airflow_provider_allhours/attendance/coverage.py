# SPDX-License-Identifier: Apache-2.0
"""Completeness: which employee-days are due, which were received, which are missing.

Expected days are counted from the users, never from the response: an empty response proves nothing.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date
from typing import Literal, TypedDict

from airflow_provider_allhours.attendance.roster import Employment
from airflow_provider_allhours.client.errors import AllHoursError, AllHoursIncompleteError
from airflow_provider_allhours.client.models import DailyCalculation

MAX_LISTED = 20

Proof = Literal["none", "days"]
PROOFS: tuple[Proof, ...] = ("none", "days")


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
        cause: the first thing that makes the records incomplete without a missing day to name.
        invalid: employee-days whose calculation All Hours does not call valid.
        proof: ``days`` where a list was held against the employee-days, ``none`` where nothing proves it.
    """

    expected: int | None = 0
    received: int = 0
    missing: list[tuple[str, date]] = field(default_factory=list)
    cause: AllHoursError | None = None
    invalid: list[tuple[str, date]] = field(default_factory=list)
    proof: Proof = "none"

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
        self.note_invalid(employment.user.id, settled)
        return settled

    def note_invalid(self, user_id: str, days: Iterable[DailyCalculation]) -> None:
        """Count the days whose calculation All Hours does not call valid."""
        self.invalid += [(user_id, day.date) for day in days if day.is_calculation_valid is not True]

    def note(self, cause: AllHoursError) -> None:
        """Make the records incomplete for a cause; the first one is told."""
        self.cause = self.cause or cause

    def note_differences(self, user_id: str, days: Iterable[date]) -> None:
        """Count days on which a list and the employee-days contradict each other as missing."""
        self.missing += [(user_id, day) for day in days]

    def require_complete(self, subject: str) -> None:
        """Raise when something is missing.

        Args:
            subject: what has to be complete, for the message.

        Raises:
            AllHoursIncompleteError: with the count and the first user ids and dates.
        """
        if not self.missing:
            if self.cause is not None:
                raise AllHoursIncompleteError(f"{subject} is incomplete: {self.cause}") from self.cause
            return
        of_all = f" of {self.expected}" if self.expected else ""
        raise AllHoursIncompleteError(
            f"{subject} is incomplete: {len(self.missing)}{of_all} employee-days are missing or contradictory "
            f"(first: {_first(self.missing)})" + (f"; first cause: {self.cause}" if self.cause else ""),
            missing=_as_texts(self.missing),
        ) from self.cause

    def require_valid(self, subject: str, *, until: date | None = None) -> None:
        """Raise when the calculation of a day is not valid.

        Args:
            subject: what has to be valid, for the message.
            until: the last day that has to be; all by default.

        Raises:
            AllHoursIncompleteError: with the count and the first user ids and dates.
        """
        invalid = [(user_id, day) for user_id, day in self.invalid if until is None or day <= until]
        if invalid:
            raise AllHoursIncompleteError(
                f"{subject} is not final: the calculation of {len(invalid)} employee-days is not valid "
                f"(first: {_first(invalid)}); All Hours calculates them again, or a clocking has to be mended",
                missing=_as_texts(invalid),
            )

    def to_json(self) -> CoverageJson:
        """``{"expected", "received", "missing": first 20 of {user_id, date}}``."""
        return {
            "expected": self.expected,
            "received": self.received,
            "missing": [{"user_id": user_id, "date": day.isoformat()} for user_id, day in self.missing[:MAX_LISTED]],
        }


def _first(days: list[tuple[str, date]]) -> str:
    return ", ".join(f"{user_id} on {day}" for user_id, day in days[:5])


def _as_texts(days: list[tuple[str, date]]) -> list[tuple[str, str]]:
    return [(user_id, day.isoformat()) for user_id, day in days]
