# SPDX-License-Identifier: Apache-2.0
"""Check whether a period is ready for payroll, and report who blocks it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date

from airflow_provider_allhours.attendance.coverage import Coverage
from airflow_provider_allhours.attendance.proof import days_whose_absences_differ
from airflow_provider_allhours.attendance.readiness import (
    ABSENCES_DECIDED,
    CALCULATIONS_VALID,
    DAY_CHECKS,
    NO_MISSING_EVENTS,
    Blocker,
    Verdict,
    blockers_of_days,
    blockers_of_lists,
    blockers_of_period,
    known_checks,
)
from airflow_provider_allhours.attendance.roster import Employment
from airflow_provider_allhours.client import AllHoursClient
from airflow_provider_allhours.client.concurrency import map_ordered
from airflow_provider_allhours.client.models import DailyCalculation
from airflow_provider_allhours.files.csv_table import csv_bytes
from airflow_provider_allhours.files.publication import publish_bytes
from airflow_provider_allhours.files.staging import AnyPath
from airflow_provider_allhours.flows.datasets.roster import read_roster, records_by_employee
from airflow_provider_allhours.periods import Period
from airflow_provider_allhours.record_fields import MISSING_EVENTS, STATUS_OF_ABSENCES, VALIDITY

REPORT_COLUMNS = ("employee_id", "check", "day", "reason", "user_id")

FIELDS_OF_CHECKS = {
    ABSENCES_DECIDED: (STATUS_OF_ABSENCES,),
    CALCULATIONS_VALID: (VALIDITY,),
    NO_MISSING_EVENTS: (MISSING_EVENTS,),
}
"""What a check reads; where no record has it, nothing would ever block."""


def evaluate_period(client: AllHoursClient, period: Period, checks: Sequence[str], *, today: date) -> Verdict:
    """Run every check that was asked for and return all blockers.

    Costs two lists, and one request per employee when a check needs the days.

    Args:
        client: the account.
        period: the days.
        checks: names of the checks.
        today: the company's date.

    Raises:
        AllHoursParameterError: a check that does not exist.
        AllHoursIncompleteError: people are missing from the roster, nobody is in scope, or the list of absences
            contradicts the employee-days, so nothing can be concluded.
        AllHoursContractError: no record has a field that a check reads.
    """
    known = known_checks(checks)
    return Verdict(period, known, tuple(_blockers(client, client, period, known, today)))


def is_period_ready(
    client: AllHoursClient, period: Period, checks: Sequence[str], *, today: date, probe: AllHoursClient
) -> bool:
    """Whether nothing blocks; stops at the first blocker.

    A period that is not over costs no request. The lists come before the days, which are read only when the lists show
    no blocker.

    Args:
        client: reads the days.
        period: the days.
        checks: the checks to run.
        today: the company's date.
        probe: reads the lists; a client without retries, so that a waiting loop does not repeat failed requests.
    """
    return next(_blockers(probe, client, period, known_checks(checks), today), None) is None


def publish_report(path: AnyPath, verdict: Verdict) -> None:
    """Write the blockers as CSV; the report of a period that is ready has only its header."""
    blockers = sorted(verdict.blockers, key=_report_order)
    publish_bytes(path, csv_bytes(REPORT_COLUMNS, map(_report_row, blockers)))


def _report_row(blocker: Blocker) -> tuple[object, ...]:
    return (blocker.employee_id, blocker.check, blocker.day or "", blocker.reason, blocker.user_id)


def _blockers(
    lists: AllHoursClient, client: AllHoursClient, period: Period, checks: tuple[str, ...], today: date
) -> Iterator[Blocker]:
    yield from blockers_of_period(checks, period, today)
    fields = [field for check in checks for field in FIELDS_OF_CHECKS.get(check, ())]
    lists.need_fields(fields)
    client.need_fields(fields)
    absences = lists.absences(period.date_from, period.date_to) if ABSENCES_DECIDED in checks else None
    coverage = Coverage()
    roster = read_roster(lists, period, coverage, absences=absences)
    coverage.require_complete("the list of users")
    lists.require_fields(fields)
    yield from blockers_of_lists(checks, roster, absences or ())
    if not DAY_CHECKS.intersection(checks):
        return
    listed = None if absences is None else records_by_employee(roster, absences, lambda absence: absence.user_id)
    for employment, days in _days_of_everybody(client, roster):
        client.require_fields(fields)
        if listed is not None:
            _, own = next(listed)
            coverage.note_differences(employment.user.id, days_whose_absences_differ(employment, own, days))
            coverage.require_complete("the list of absences, held against the employee-days,")
        yield from blockers_of_days(checks, employment, days)


def _days_of_everybody(
    client: AllHoursClient, roster: list[Employment]
) -> Iterator[tuple[Employment, list[DailyCalculation]]]:
    def days_of(employment: Employment) -> list[DailyCalculation]:
        days = employment.days
        return client.daily_calculations(employment.user.id, days.date_from, days.date_to)

    return zip(roster, map_ordered(days_of, roster, workers=client.max_concurrency), strict=True)


def _report_order(blocker: Blocker) -> tuple[str, str, str, str]:
    return blocker.employee_id, blocker.user_id, blocker.check, blocker.day.isoformat() if blocker.day else ""
