# SPDX-License-Identifier: Apache-2.0
"""What a month-end report says, before it is written in any form."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date
from heapq import merge
from itertools import groupby
from operator import itemgetter

from airflow_provider_allhours.flows.payroll_draft import Draft
from airflow_provider_allhours.flows.payroll_manifest import PayrollManifest
from airflow_provider_allhours.flows.report_corrections import ReportCorrection, corrections_of
from airflow_provider_allhours.flows.report_exceptions import (
    INVALID,
    JOINED,
    LEFT,
    MISSING_EVENTS,
    NOT_PAID,
    PENDING,
    PROBLEM,
    WARNING,
    ReportExceptions,
)
from airflow_provider_allhours.flows.report_lines import LinesBeside, ReportTotal
from airflow_provider_allhours.flows.report_people import NOTHING, ReportPeople, ReportPerson
from airflow_provider_allhours.flows.report_rows import ReportRows
from airflow_provider_allhours.flows.version_people import definitions_of
from airflow_provider_allhours.flows.versions import FrozenVersion
from airflow_provider_allhours.payroll.bridge import bridge_of
from airflow_provider_allhours.payroll.definitions import ResolvedMapping
from airflow_provider_allhours.payroll.frozen import PersonRecords
from airflow_provider_allhours.payroll.lines import PayLine
from airflow_provider_allhours.payroll.mapping import PayMapping
from airflow_provider_allhours.payroll.people import Group


@dataclass
class ReportContent:
    """A report; use it as a context manager: its rows are on the disk, and gone at the end of the block.

    Attributes:
        version: what it is about.
        payroll: the payroll file, where there is one.
        previous: the payroll file of the last period, where there is one.
        state: what became of the payroll file, such as ``released`` or ``void``; None without one.
        has_mapping: whether paid and ignored are those of a mapping, or those of All Hours.
        people: by employee id.
        totals: by pay code and unit.
        corrections: by period and employee id.
        exceptions: by kind and employee id.
        minutes_of_days: day -> paid presence of everybody, in minutes.
        exceptions_of_weeks: ISO week such as ``2026-W41`` -> number of days with missing events or not valid.
    """

    version: FrozenVersion
    payroll: PayrollManifest | None = None
    previous: PayrollManifest | None = None
    state: str | None = None
    has_mapping: bool = False
    people: ReportPeople = field(default_factory=ReportPeople)
    totals: list[ReportTotal] = field(default_factory=list)
    corrections: ReportRows[ReportCorrection] = field(default_factory=ReportRows)
    exceptions: ReportExceptions = field(default_factory=ReportExceptions)
    minutes_of_days: dict[date, int] = field(default_factory=dict)
    exceptions_of_weeks: dict[str, int] = field(default_factory=dict)

    def __enter__(self) -> ReportContent:
        return self

    def __exit__(self, *_: object) -> None:
        for rows in (self.people, self.corrections, self.exceptions):
            rows.close()


def fill(
    content: ReportContent,
    *,
    mapping: PayMapping | None,
    group: Group,
    lines: LinesBeside,
    problems: Sequence[str],
    draft: Draft | None,
) -> None:
    """Put a report together; memory does not grow with its people.

    Args:
        content: the report that has none yet.
        mapping: what is paid; None for none.
        group: whom it is about.
        lines: printed lines of the period itself, beside those of the last period.
        problems: what would make the lines wrong.
        draft: the payroll file.

    Raises:
        AllHoursConflictError: a frozen file was changed.
    """
    content.has_mapping = mapping is not None
    days = content.version.period.days()
    content.minutes_of_days = dict.fromkeys(days, 0)
    content.exceptions_of_weeks = {week_of(day): 0 for day in content.minutes_of_days}
    resolved = None if mapping is None else ResolvedMapping(mapping, definitions_of(content.version))
    people = (records for records in content.version.people() if group.selects(records.person))
    for user_id, records in _with_users(people, lines.users()):
        if records is None:
            employee_id, name = lines.who(user_id)
            content.people.add(ReportPerson(employee_id, user_id, name, NOTHING, lines.of(user_id), 0))
        else:
            _add_person(content, records, resolved, group, lines)
    content.totals = lines.totals(() if draft is None else _corrected_lines(draft))
    for correction in () if draft is None else corrections_of(draft):
        content.corrections.put(correction)
    for problem in problems:
        content.exceptions.add(PROBLEM, "", "", problem)
    for warning in () if content.payroll is None else content.payroll["warnings"]:
        content.exceptions.add(WARNING, "", "", warning)
    if content.previous is not None:
        for kind, user_ids in ((JOINED, lines.joined()), (LEFT, lines.gone())):
            for user_id in user_ids:
                content.exceptions.add(kind, *lines.who(user_id), "")


def week_of(day: date) -> str:
    """The ISO week of a day."""
    year, week, _ = day.isocalendar()
    return f"{year}-W{week:02}"


def own_lines(draft: Draft) -> list[PayLine]:
    """The printed lines of the file's own period."""
    return [line for line in draft.made.periods[0].lines if line.quantity]


def _with_users(people: Iterable[PersonRecords], users: Iterable[str]) -> Iterator[tuple[str, PersonRecords | None]]:
    """People and users, both sorted by user id, each user once; without records for users who are not among people."""
    known = ((records.person.user_id, records) for records in people)
    with_lines = ((user_id, None) for user_id in users)
    for user_id, found in groupby(merge(known, with_lines, key=itemgetter(0)), itemgetter(0)):
        # Those with records come first.
        yield user_id, next(found)[1]


def _add_person(
    content: ReportContent,
    records: PersonRecords,
    mapping: ResolvedMapping | None,
    group: Group,
    lines: LinesBeside,
) -> None:
    person = records.person
    name = f"{person.first_name} {person.last_name}".strip()
    before = len(content.exceptions)
    bridge = bridge_of([records], person.employee_id, mapping)
    if group.excludes(person.user_id, person.employee_id):
        bridge = bridge.unpaid()
        reason = group.excluded.get(person.user_id) or group.excluded.get(person.employee_id, "")
        content.exceptions.add(NOT_PAID, person.employee_id, name, reason)
    for day in records.days:
        content.minutes_of_days[day.date] = content.minutes_of_days.get(day.date, 0) + (day.paid_presence_minutes or 0)
        kinds = [MISSING_EVENTS] if day.missing_events else []
        kinds += [INVALID] if day.is_valid is not True else []
        for kind in kinds:
            content.exceptions.add(kind, person.employee_id, name, day.date.isoformat())
        content.exceptions_of_weeks[week_of(day.date)] += len(kinds)
    for absence in records.absences:
        if absence.status == "pending":
            detail = f"{absence.date.isoformat()} {absence.absence_definition or ''}"
            content.exceptions.add(PENDING, person.employee_id, name, detail)
    found = len(content.exceptions) - before
    content.people.add(ReportPerson(person.employee_id, person.user_id, name, bridge, lines.of(person.user_id), found))


def _corrected_lines(draft: Draft) -> Iterator[PayLine]:
    """The printed lines of earlier periods."""
    for made in draft.made.periods[1:]:
        yield from made.lines
