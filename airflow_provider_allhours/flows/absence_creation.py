# SPDX-License-Identifier: Apache-2.0
"""Create the absences of one user for a range of days, and delete an absence."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from datetime import date
from typing import TypedDict

from airflow_provider_allhours.absences.evidence import refuse_unlisted_absences
from airflow_provider_allhours.absences.matching import People, find_definition
from airflow_provider_allhours.absences.spans import Key, calendar_day, collisions, same, span_on, twins_of
from airflow_provider_allhours.absences.workdays import workday_calendar, workdays
from airflow_provider_allhours.client import AllHoursClient
from airflow_provider_allhours.client.errors import (
    AllHoursConflictError,
    AllHoursNotFoundError,
    AllHoursParameterError,
)
from airflow_provider_allhours.client.models import Absence
from airflow_provider_allhours.flows.absence_lookup import read_absences
from airflow_provider_allhours.flows.absence_write import AbsenceWriter, draft_of
from airflow_provider_allhours.parameters import one_of
from airflow_provider_allhours.periods import Period
from airflow_provider_allhours.texts import NOTHING

log = logging.getLogger(__name__)

MAX_LEAVE = 400
"""Most days that one request for leave may span; more is refused as a typing error."""


class CreatedDay(TypedDict):
    """A day (``YYYY-MM-DD``) and the id of its absence; the id of a day that a dry run would create is None."""

    date: str
    id: str | None


class CreateResult(TypedDict):
    """Days by outcome; in a dry run ``created`` has the days that would be created.

    The ids of ``skipped`` are those of the other absences on these days. ``twins`` are second standing records of the
    same absence, such as those of a request that was committed after its time limit; they are not deleted.
    """

    created: list[CreatedDay]
    existing: list[CreatedDay]
    skipped: list[CreatedDay]
    twins: list[CreatedDay]
    dry_run: bool


class DeleteResult(TypedDict):
    """``deleted`` is False when the absence was gone already."""

    absence_id: str
    deleted: bool


@dataclass(frozen=True)
class Leave:
    """Parameters of the absences to create; see ``AllHoursCreateAbsenceOperator`` for each."""

    absence_definition: str | int
    date_from: str | date
    date_to: str | date | None = None
    user_id: str | None = None
    employee_id: str | None = None
    user_email: str | None = None
    partial_from: str | None = None
    partial_to: str | None = None
    comment: str | None = None
    days: str = "workdays"
    on_conflict: str = "fail"
    dry_run: bool = False
    max_wait: float | None = None


def create_absence(client: AllHoursClient, leave: Leave) -> CreateResult:
    """Create one absence per day, without the days that have it already.

    Raises:
        AllHoursConflictError: a day has another absence and ``on_conflict`` is ``fail``, and nothing was written; or
            All Hours answered with another absence than was sent.
        AllHoursIncompleteError: the list of absences contradicts the employee-days, or an employee-day is missing.
        AllHoursParameterError: a parameter is wrong; nothing was written.
    """
    period = _checked(leave)
    definition = find_definition(client.absence_definitions(), leave.absence_definition)
    user = People(client.each_user()).find(
        user_id=leave.user_id, employee_id=leave.employee_id, user_email=leave.user_email
    )
    listed = read_absences(client, period, [user.id])
    present = [absence for absence in listed if absence.user_id == user.id]
    days = list(period.days()) if leave.days == "all" else _workdays(client, user.id, period, present)
    result: CreateResult = {"created": [], "existing": [], "skipped": [], "twins": [], "dry_run": leave.dry_run}
    missing: list[Key] = []
    for day in days:
        key = Key(user.id, day, definition.id, span_on(day, leave.partial_from, leave.partial_to))
        existing = same(key, present)
        if existing is not None:
            result["existing"].append({"date": day.isoformat(), "id": existing.id})
            result["twins"] += [_created_day(twin) for twin in twins_of(existing, present)]
        elif others := collisions(key, present):
            result["skipped"].append({"date": day.isoformat(), "id": others[0].id})
        else:
            missing.append(key)
    if result["skipped"] and leave.on_conflict == "fail":
        days_taken = ", ".join(entry["date"] for entry in result["skipped"])
        raise AllHoursConflictError(f"there is another absence on {days_taken}; nothing was written")
    known_ids = {absence.id for absence in present}
    writer = AbsenceWriter(client, max_wait=leave.max_wait)
    for key in missing:
        absence_id = None if leave.dry_run else writer.create(draft_of(key, leave.comment), known_ids=known_ids)
        if difference := writer.stored_otherwise.get(absence_id or ""):
            raise AllHoursConflictError(
                f"All Hours accepted an absence on {key.day} and stored it {difference}; its id is {absence_id}, and "
                f"{len(result['created'])} days were created before it"
            )
        result["created"].append({"date": key.day.isoformat(), "id": absence_id})
    result["twins"] += [_created_day(twin) for twin in writer.find_twins()]
    if result["twins"]:
        log.warning("%d absences stand twice; the ids of the second records are in 'twins'", len(result["twins"]))
    return result


def _created_day(absence: Absence) -> CreatedDay:
    return {"date": absence.day.isoformat(), "id": absence.id}


def delete_absence(client: AllHoursClient, absence_id: str) -> DeleteResult:
    """Delete an absence; not an error when there is no such absence.

    Raises:
        AllHoursParameterError: the id is empty, or what a template makes of nothing.
    """
    absence_id = str(absence_id or "").strip()
    if not absence_id or absence_id.lower() in NOTHING:
        raise AllHoursParameterError(
            f"parameter 'absence_id' is {absence_id or 'empty'}; it takes the id of an absence"
        )
    try:
        client.delete_absence(absence_id)
    except AllHoursNotFoundError:
        return {"absence_id": absence_id, "deleted": False}
    return {"absence_id": absence_id, "deleted": True}


def _checked(leave: Leave) -> Period:
    first = calendar_day("date_from", leave.date_from)
    last = calendar_day("date_to", leave.date_to) if leave.date_to not in (None, "") else first
    if last < first:
        raise AllHoursParameterError(
            f"parameter 'date_to' is {last}, before date_from {first}; it takes {first} or later"
        )
    period = Period(first, last)
    if period.length > MAX_LEAVE:
        raise AllHoursParameterError(
            f"parameters 'date_from' and 'date_to' span {period.length} days; they take at most {MAX_LEAVE}"
        )
    one_of("days", leave.days, ("workdays", "all"))
    one_of("on_conflict", leave.on_conflict, ("fail", "skip"))
    span_on(first, leave.partial_from, leave.partial_to)
    return period


def _workdays(client: AllHoursClient, user_id: str, period: Period, present: list[Absence]) -> list[date]:
    calculated = client.daily_calculations(user_id, period.date_from, period.date_to)
    refuse_unlisted_absences(user_id, present, calculated)
    return workdays(user_id, period, workday_calendar(calculated))
