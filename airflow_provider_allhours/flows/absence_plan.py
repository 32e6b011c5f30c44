# SPDX-License-Identifier: Apache-2.0
"""Plan the absence writes for a source of leave; nothing is written to All Hours."""

from __future__ import annotations

from collections import defaultdict
from datetime import date
from typing import TypedDict

from airflow_provider_allhours.absences.concerned import ConcernedAbsences
from airflow_provider_allhours.absences.evidence import refuse_unlisted_absences
from airflow_provider_allhours.absences.ledger import CREATE, DELETE, UPDATE, Ledger, replay
from airflow_provider_allhours.absences.matching import People
from airflow_provider_allhours.absences.plan import Plan, make_plan
from airflow_provider_allhours.absences.review import readable_diff
from airflow_provider_allhours.absences.source import LeaveRow, read_source
from airflow_provider_allhours.absences.step import CONFLICT, UNCHANGED, UNKNOWN
from airflow_provider_allhours.absences.workdays import WorkdayCalendar, workday_calendar
from airflow_provider_allhours.client import AllHoursClient
from airflow_provider_allhours.client.concurrency import map_ordered
from airflow_provider_allhours.client.errors import AllHoursParameterError
from airflow_provider_allhours.client.models import REJECTED, Absence
from airflow_provider_allhours.files.journal import read_journal
from airflow_provider_allhours.files.presence import is_there
from airflow_provider_allhours.files.publication import publish_bytes
from airflow_provider_allhours.files.staging import AnyPath, as_upath
from airflow_provider_allhours.files.xlsx_table import is_workbook, workbook_as_csv
from airflow_provider_allhours.flows.absence_lookup import read_concerned_absences, twice_if_contradictory
from airflow_provider_allhours.periods import Period

MAX_ROWS_SHOWN = 20


class PlanResult(TypedDict):
    """Counts of steps by action, the plan's checksum and path, and a summary.

    ``diff`` shows the parked rows with their reasons and the first changes as text, with employee ids and dates,
    without names and comments, and which rows have no day to enter in the period.
    """

    create: int
    update: int
    delete: int
    unchanged: int
    conflict: int
    unknown: int
    plan_sha256: str
    plan_path: str
    diff: str


def plan_absences(
    client: AllHoursClient,
    *,
    source: AnyPath,
    period: Period,
    plan_path: AnyPath,
    ledger_path: AnyPath,
    date_format: str | None = None,
) -> PlanResult:
    """Compare a source of leave with the account, and write a plan of the writes that would make the account agree.

    Reads the users, the definitions and the period's absences, and the days of each person with leave of several days,
    since each has a plan and holidays of their own. Where the list of absences is empty, the days of everybody in the
    source are read to prove it.

    Args:
        client: the account.
        source: CSV or JSON Lines in UTF-8, or the first sheet of an Excel workbook, see :func:`read_source`.
        period: the days that the source covers.
        plan_path: where the plan is written.
        ledger_path: the ledger of earlier applies; need not exist.
        date_format: form of the source's dates, such as ``DD.MM.YYYY``; ``YYYY-MM-DD`` by default.

    Raises:
        AllHoursIncompleteError: the list of absences contradicts the employee-days.
        AllHoursParameterError: the source or the ledger cannot be read.
    """
    file = as_upath(source)
    if not is_there(file):
        raise AllHoursParameterError(
            f"parameter 'source' is {source}, where there is no file; it takes a CSV, JSON Lines or XLSX file"
        )
    content, name = file.fs.cat_file(file.path), file.name
    if is_workbook(name):
        content, name = workbook_as_csv(content, "source"), f"{name}.csv"
    rows = list(read_source(content, name, date_format))
    people = People(client.each_user())
    ledger = replay(read_journal(ledger_path))
    absences, calendars = twice_if_contradictory(lambda: _read_account(client, people, rows, period, ledger))
    plan = make_plan(
        rows,
        period=period,
        host=client.host,
        people=people,
        definitions=client.absence_definitions(),
        calendars=calendars,
        absences=absences,
        ledger=ledger,
    )
    sha256 = publish_bytes(plan_path, plan.to_bytes())
    counts = plan.counts
    return {
        "create": counts[CREATE],
        "update": counts[UPDATE],
        "delete": counts[DELETE],
        "unchanged": counts[UNCHANGED],
        "conflict": counts[CONFLICT],
        "unknown": counts[UNKNOWN],
        "plan_sha256": sha256,
        "plan_path": str(plan_path),
        "diff": "\n".join([readable_diff(plan), *_rows_without_days(rows, plan)]),
    }


def _rows_without_days(rows: list[LeaveRow], plan: Plan) -> list[str]:
    """A line about the rows that make no step: they are of other days, or of days without work."""
    with_steps = {step.row for step in plan.steps}
    numbers = [row.number for row in rows if row.number not in with_steps]
    if not numbers:
        return []
    shown = ", ".join(map(str, numbers[:MAX_ROWS_SHOWN])) + (", …" if len(numbers) > MAX_ROWS_SHOWN else "")
    return [f"rows of the source without a day to enter in {plan.period}: {len(numbers)} (row {shown})"]


def _read_account(
    client: AllHoursClient, people: People, rows: list[LeaveRow], period: Period, ledger: Ledger
) -> tuple[list[Absence], dict[str, WorkdayCalendar]]:
    user_ids = {user_id for row in rows if (user_id := people.id_of(row.identifiers))}
    concerned = ConcernedAbsences(user_ids, ledger)
    absences = read_concerned_absences(client, period, user_ids, concerned, company=len(people))
    return absences, _read_calendars(client, people, rows, period, absences, ledger)


def _read_calendars(
    client: AllHoursClient,
    people: People,
    rows: list[LeaveRow],
    period: Period,
    absences: list[Absence],
    ledger: Ledger,
) -> dict[str, WorkdayCalendar]:
    """User id -> workdays of the period, of everybody with leave of several days."""
    on_leave: dict[str, set[date]] = defaultdict(set)
    for absence in absences:
        if ledger.owns(absence.id) and absence.status != REJECTED:
            on_leave[absence.user_id].add(absence.day)

    def calendar_of(user_id: str) -> WorkdayCalendar:
        days = client.daily_calculations(user_id, period.date_from, period.date_to)
        refuse_unlisted_absences(user_id, absences, days)
        return workday_calendar(days, on_leave.get(user_id, frozenset()))

    user_ids = sorted({user_id for row in rows if row.is_long and (user_id := people.id_of(row.identifiers))})
    calendars = map_ordered(calendar_of, user_ids, workers=client.max_concurrency)
    return dict(zip(user_ids, calendars, strict=True))
