# SPDX-License-Identifier: Apache-2.0
"""Check whether a period is ready for payroll, and report who blocks it."""

from __future__ import annotations

from collections.abc import Container, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from urllib.parse import quote

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
from airflow_provider_allhours.client.models import Absence, Clocking, DailyCalculation
from airflow_provider_allhours.columns import Column, Kind, names_of
from airflow_provider_allhours.files.csv_table import csv_bytes
from airflow_provider_allhours.files.publication import publish_bytes
from airflow_provider_allhours.files.staging import AnyPath
from airflow_provider_allhours.flows.datasets.roster import read_roster, records_by_employee
from airflow_provider_allhours.periods import Period
from airflow_provider_allhours.record_fields import MISSING_EVENTS, STATUS_OF_ABSENCES, VALIDITY

REPORT_COLUMNS = (
    Column("employee_id", Kind.TEXT, "Employee id of who blocks; empty for the period itself and for who has none."),
    Column("check", Kind.TEXT, "Name of the check that fails, such as ``absences-decided``.", is_nullable=False),
    Column("day", Kind.DATE, "Day that blocks; empty for a reason that is not of one day."),
    Column("reason", Kind.TEXT, "Why it blocks, as a sentence.", is_nullable=False),
    Column("user_id", Kind.TEXT, "Id of the user in All Hours; empty for the period itself."),
)
NAME_COLUMNS = (
    Column("name", Kind.TEXT, "First and last name, with ``report_names=True`` only."),
    Column("absence", Kind.TEXT, "Kind of the pending absence, with ``report_names=True`` only."),
    Column("page", Kind.TEXT, "Address of the vendor's page of the day, with ``report_names=True`` only."),
)
PAGE = "https://pro.allhours.com/employee-day"

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
    lists = read_lists(client, period, known)
    of_period, of_days = blockers_of_period(known, period, today), blockers_of_employees(client, known, lists)
    return Verdict(period, known, (*of_period, *lists.blockers, *of_days), len(lists.roster))


def publish_report(path: AnyPath, verdict: Verdict, *, has_names: bool = False) -> None:
    """Write the blockers as CSV; the report of a period that is ready has only its header.

    Args:
        path: where.
        verdict: what blocks.
        has_names: whether the report also has the name, the kind of absence, and the vendor's page of the day.
    """
    blockers = sorted(verdict.blockers, key=_report_order)
    columns = (*REPORT_COLUMNS, *NAME_COLUMNS) if has_names else REPORT_COLUMNS
    publish_bytes(
        path, csv_bytes(names_of(columns), (_report_row(blocker, has_names=has_names) for blocker in blockers))
    )


def _report_row(blocker: Blocker, *, has_names: bool) -> tuple[object, ...]:
    row = (blocker.employee_id, blocker.check, blocker.day or "", blocker.reason, blocker.user_id)
    return (*row, blocker.name, blocker.absence, _page_of(blocker)) if has_names else row


def _page_of(blocker: Blocker) -> str:
    """The vendor's page of the employee-day; its address is seen in use, not stated."""
    if blocker.day is None or not blocker.user_id:
        return ""
    return f"{PAGE}?Employee={quote(blocker.user_id, safe='')}&Date={blocker.day.isoformat()}"


@dataclass(frozen=True)
class Lists:
    """The lists of users and absences of one look.

    Attributes:
        roster: who is employed in the period.
        absences: of the period; None where no check needs them.
        blockers: what blocks in these lists.
    """

    roster: list[Employment]
    absences: list[Absence] | None
    blockers: tuple[Blocker, ...]


def read_lists(
    client: AllHoursClient, period: Period, checks: tuple[str, ...], *, clockings: Sequence[Clocking] | None = None
) -> Lists:
    """Read the lists and what blocks in them.

    Args:
        client: the account.
        period: the days.
        checks: the checks to run.
        clockings: of the period; an empty list where people that are in no list are not looked for by their clockings.

    Raises:
        AllHoursIncompleteError: people are missing from the roster, or nobody is in scope.
        AllHoursContractError: no record has a field that a check reads.
    """
    fields = [field for check in checks for field in FIELDS_OF_CHECKS.get(check, ())]
    client.need_fields(fields)
    absences = client.absences(period.date_from, period.date_to) if ABSENCES_DECIDED in checks else None
    coverage = Coverage()
    roster = read_roster(client, period, coverage, absences=absences, clockings=clockings)
    coverage.require_complete("the list of users")
    client.require_fields(fields)
    return Lists(roster, absences, tuple(blockers_of_lists(checks, roster, absences or ())))


def blockers_of_employees(
    client: AllHoursClient, checks: tuple[str, ...], lists: Lists, user_ids: Container[str] | None = None
) -> Iterator[Blocker]:
    """What blocks in the employee-days, which are read as the blockers are iterated.

    Args:
        client: reads the days, at one request per employee.
        checks: the checks to run.
        lists: whose days.
        user_ids: only these users; everybody by default.

    Raises:
        AllHoursIncompleteError: the list of absences contradicts the employee-days.
        AllHoursContractError: no record has a field that a check reads.
    """
    if not DAY_CHECKS.intersection(checks):
        return
    fields = [field for check in checks for field in FIELDS_OF_CHECKS.get(check, ())]
    client.need_fields(fields)
    roster = [one for one in lists.roster if user_ids is None or one.user.id in user_ids]
    coverage = Coverage()
    listed = (
        None if lists.absences is None else records_by_employee(roster, lists.absences, lambda absence: absence.user_id)
    )
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
