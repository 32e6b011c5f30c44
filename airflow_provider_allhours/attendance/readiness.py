# SPDX-License-Identifier: Apache-2.0
"""Readiness of a period: the checks, and the blockers that each of them finds."""

from __future__ import annotations

from calendar import month_name, monthrange
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from airflow_provider_allhours.attendance.roster import Employment
from airflow_provider_allhours.client.errors import AllHoursParameterError
from airflow_provider_allhours.client.models import Absence, DailyCalculation
from airflow_provider_allhours.periods import Period

ABSENCES_DECIDED = "absences-decided"
CALCULATIONS_VALID = "calculations-valid"
NO_MISSING_EVENTS = "no-missing-events"
EMPLOYEE_IDS = "employee-ids"
PERIOD_ENDED = "period-ended"
PERIOD_LOCKED = "period-locked"

DEFAULT_CHECKS = (PERIOD_ENDED, ABSENCES_DECIDED, CALCULATIONS_VALID, NO_MISSING_EVENTS, EMPLOYEE_IDS)
CHECKS = (*DEFAULT_CHECKS, PERIOD_LOCKED)
DAY_CHECKS = frozenset({CALCULATIONS_VALID, NO_MISSING_EVENTS})
"""Checks that read each employee's days; the others read only the lists of users and absences."""

_COUNTED = {
    PERIOD_ENDED: ("period that is not over", "periods that are not over"),
    ABSENCES_DECIDED: ("pending absence", "pending absences"),
    CALCULATIONS_VALID: ("day not valid", "days not valid"),
    NO_MISSING_EVENTS: ("day with missing clockings", "days with missing clockings"),
    EMPLOYEE_IDS: ("employee without a number of their own", "employees without a number of their own"),
    PERIOD_LOCKED: ("employee not locked", "employees not locked"),
}


@dataclass(frozen=True)
class Blocker:
    """One reason why a period is not ready, and whose record it is; nobody's where it is the period itself.

    ``name`` and ``absence``, the kind of an absence, are for the report of those who are allowed to see them.
    """

    check: str
    user_id: str
    employee_id: str
    day: date | None
    reason: str
    name: str = ""
    absence: str = ""


@dataclass(frozen=True)
class Verdict:
    """The result of an evaluation.

    Attributes:
        period: the period.
        checks: the checks that were run.
        blockers: why the period is not ready; empty when it is.
        people: how many are employed in the period.
    """

    period: Period
    checks: tuple[str, ...]
    blockers: tuple[Blocker, ...]
    people: int = 0

    @property
    def is_ready(self) -> bool:
        """Whether there is no blocker."""
        return not self.blockers

    @property
    def counts(self) -> dict[str, int]:
        """Number of blockers of each check that was run, zeros included."""
        found = Counter(blocker.check for blocker in self.blockers)
        return {check: found[check] for check in self.checks}

    @property
    def summary(self) -> str:
        """One sentence: how many people block the period, and with what."""
        if self.is_ready:
            return f"{_spoken(self.period)} is ready"
        people = len({blocker.user_id for blocker in self.blockers if blocker.user_id})
        counted = {check: count for check, count in self.counts.items() if count and check != PERIOD_ENDED}
        parts = ", ".join(f"{count} {_COUNTED[check][count != 1]}" for check, count in counted.items())
        who = f"{people} {'person blocks' if people == 1 else 'people block'} {_spoken(self.period)}: {parts}"
        if not self.counts.get(PERIOD_ENDED):
            return who
        not_over = f"{_spoken(self.period)} is not over (last day {self.period.date_to})"
        return f"{not_over}; {who}" if people else not_over

    def to_json(self) -> dict[str, Any]:
        """``{"ready", "blockers"}``: counts only."""
        return {"ready": self.is_ready, "blockers": self.counts}


def _spoken(period: Period) -> str:
    """``October 2026`` for a whole month, the dates otherwise."""
    first, last = period.date_from, period.date_to
    is_month = first.day == 1 and last == first.replace(day=monthrange(first.year, first.month)[1])
    return f"{month_name[first.month]} {first.year}" if is_month else str(period)


def known_checks(checks: Sequence[str] | str) -> tuple[str, ...]:
    """Validate the names of checks; returns each once.

    Raises:
        AllHoursParameterError: no check, or one that does not exist.
    """
    asked = [checks] if isinstance(checks, str) else list(checks)
    unknown = [check for check in asked if check not in CHECKS]
    if unknown or not asked:
        raise AllHoursParameterError(
            f"parameter 'checks' is {checks!r}; it takes a list of {', '.join(CHECKS)}, at least one"
        )
    return tuple(dict.fromkeys(asked))


def blockers_of_period(checks: Iterable[str], period: Period, today: date) -> Iterator[Blocker]:
    """The blocker of a period whose last day is not past.

    Args:
        checks: the checks to run.
        period: the period.
        today: the company's date.
    """
    if PERIOD_ENDED in checks and period.date_to >= today:
        yield Blocker(PERIOD_ENDED, "", "", period.date_to, "the last day of the period is not past")


def blockers_of_lists(
    checks: Iterable[str], roster: Sequence[Employment], absences: Iterable[Absence]
) -> Iterator[Blocker]:
    """Blockers in the lists of users and absences."""
    by_user = {employment.user.id: employment for employment in roster}
    if ABSENCES_DECIDED in checks:
        for absence in absences:
            found = by_user.get(absence.user_id)
            if found is not None and not absence.is_decided and absence.day in found.days:
                kind = absence.absence_definition_name or ""
                yield _blocker(ABSENCES_DECIDED, found, absence.day, _undecided(absence), kind)
    holders = Counter(employment.user.employee_id for employment in roster)
    for employment in roster:
        if EMPLOYEE_IDS in checks and (reason := _no_id_of_their_own(employment.user.employee_id, holders)):
            yield _blocker(EMPLOYEE_IDS, employment, None, reason)
        if PERIOD_LOCKED in checks and not is_locked(employment):
            yield _blocker(
                PERIOD_LOCKED, employment, None, f"changes are still possible up to {employment.days.date_to}"
            )


def _no_id_of_their_own(employee_id: str, holders: Mapping[str, int]) -> str | None:
    if not employee_id:
        return "the user has no employee id (CustomId)"
    if holders[employee_id] > 1:
        return f"{holders[employee_id]} users of the period have this employee id (CustomId)"
    return None


def _undecided(absence: Absence) -> str:
    if absence.is_pending:
        return "the absence waits for a decision"
    return f"nothing known says that the absence is decided (state {absence.status_name})"


def is_locked(employment: Employment) -> bool:
    """Whether nothing in the employee's days can change any more.

    The lock date is the first day on which changes are possible again (vendor's FAQ; that ``CalculationLockDate`` and
    ``EventLockDate`` are that date is inferred).
    """
    dates = [employment.user.calculation_lock_date, employment.user.event_lock_date]
    return any(lock is not None and lock > employment.days.date_to for lock in dates)


def blockers_of_days(
    checks: Iterable[str], employment: Employment, days: Iterable[DailyCalculation]
) -> Iterator[Blocker]:
    """Blockers in one employee's days; a missing day, and one with two different records, is not valid."""
    by_date: dict[date, list[DailyCalculation]] = {}
    for day in days:
        by_date.setdefault(day.date, []).append(day)
    for due in employment.days.days():
        found = by_date.get(due, [])
        if CALCULATIONS_VALID in checks and (reason := _not_valid(found)):
            yield _blocker(CALCULATIONS_VALID, employment, due, reason)
        if NO_MISSING_EVENTS in checks and (reason := _missing_events(found)):
            yield _blocker(NO_MISSING_EVENTS, employment, due, reason)


def _missing_events(found: Sequence[DailyCalculation]) -> str | None:
    if not found:
        return "All Hours has no calculation of the day"
    if any(day.missing_event_exceptions for day in found):
        return "a clock-in or clock-out is missing"
    if any(day.missing_event_exceptions is None for day in found):
        return "All Hours does not say whether a clock-in or clock-out is missing"
    return None


def _not_valid(found: Sequence[DailyCalculation]) -> str | None:
    if not found:
        return "All Hours has no calculation of the day"
    if len(found) > 1:
        return "All Hours has two different calculations of the day"
    if found[0].is_calculation_valid is not True:
        return "the calculation of the day is not valid"
    return None


def _blocker(check: str, employment: Employment, day: date | None, reason: str, absence: str = "") -> Blocker:
    user = employment.user
    name = f"{user.first_name or ''} {user.last_name or ''}".strip()
    return Blocker(check, user.id, user.employee_id, day, reason, name, absence)
