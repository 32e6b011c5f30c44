# SPDX-License-Identifier: Apache-2.0
"""Look whether a period is ready for payroll, and report who blocks it."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Sequence

from airflow_provider_allhours.attendance.coverage import Coverage
from airflow_provider_allhours.attendance.readiness import (
    ABSENCES_DECIDED,
    DAY_CHECKS,
    Blocker,
    Verdict,
    blockers_of_days,
    blockers_of_lists,
    known_checks,
)
from airflow_provider_allhours.attendance.roster import Employment
from airflow_provider_allhours.client import AllHoursClient
from airflow_provider_allhours.client.concurrency import map_ordered
from airflow_provider_allhours.client.models import DailyCalculation
from airflow_provider_allhours.files.publication import publish_bytes
from airflow_provider_allhours.files.staging import AnyPath
from airflow_provider_allhours.flows.datasets.roster import read_roster
from airflow_provider_allhours.periods import Period

REPORT_COLUMNS = ("employee_id", "check", "day", "reason", "user_id")


def evaluate_period(client: AllHoursClient, period: Period, checks: Sequence[str]) -> Verdict:
    """Everything that stands in the way, after every asked check.

    Costs two lists, and one request per employee when a check needs the days.

    Raises:
        AllHoursParameterError: a check that does not exist.
        AllHoursIncompleteError: the account shows no user at all, so nothing can be said.
    """
    asked = known_checks(checks)
    return Verdict(period, asked, tuple(_blockers(client, client, period, asked)))


def is_period_ready(client: AllHoursClient, period: Period, checks: Sequence[str], *, probe: AllHoursClient) -> bool:
    """The same verdict, given up at the first blocker: cheap lists first, days only when these are clean.

    Args:
        client: reads the days.
        period: the days.
        checks: what to look at.
        probe: reads the lists; one that does not repeat a failed request keeps a waiting loop kind.
    """
    return next(_blockers(probe, client, period, known_checks(checks)), None) is None


def publish_report(path: AnyPath, verdict: Verdict) -> None:
    """Write who blocks and why as CSV; a period that is ready has a report of no lines."""
    text = io.StringIO(newline="")
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(REPORT_COLUMNS)
    for blocker in sorted(verdict.blockers, key=_order):
        day = blocker.day.isoformat() if blocker.day else ""
        writer.writerow([blocker.employee_id, blocker.check, day, blocker.reason, blocker.user_id])
    publish_bytes(path, text.getvalue().encode())


def _blockers(
    lists: AllHoursClient, client: AllHoursClient, period: Period, checks: tuple[str, ...]
) -> Iterator[Blocker]:
    absences = lists.absences(period.date_from, period.date_to) if ABSENCES_DECIDED in checks else []
    coverage = Coverage()
    roster = read_roster(lists, period, coverage)
    coverage.require_complete("the list of users")
    yield from blockers_of_lists(checks, roster, absences)
    if not DAY_CHECKS.intersection(checks):
        return

    def days_of(employment: Employment) -> list[DailyCalculation]:
        days = employment.days
        return client.daily_calculations(employment.user.id, days.date_from, days.date_to)

    answers = map_ordered(days_of, roster, workers=client.max_concurrency)
    for employment, days in zip(roster, answers, strict=True):
        yield from blockers_of_days(checks, employment, days)


def _order(blocker: Blocker) -> tuple[str, str, str, str]:
    return blocker.employee_id, blocker.user_id, blocker.check, blocker.day.isoformat() if blocker.day else ""
