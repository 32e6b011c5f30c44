# SPDX-License-Identifier: Apache-2.0
"""Create, and delete, one person's absence."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from datetime import date
from typing import Any

from airflow_provider_allhours.absences.matching import People, find_definition
from airflow_provider_allhours.absences.spans import Key, calendar_day, collisions, same, span_on
from airflow_provider_allhours.absences.workdays import workdays
from airflow_provider_allhours.client import AllHoursClient
from airflow_provider_allhours.client.errors import (
    AllHoursConflictError,
    AllHoursContractError,
    AllHoursNotFoundError,
    AllHoursParameterError,
)
from airflow_provider_allhours.client.models import Absence, AbsenceDraft, DailyCalculation
from airflow_provider_allhours.flows.absence_write import write_once
from airflow_provider_allhours.periods import Period

log = logging.getLogger(__name__)

MAX_LEAVE = 400
"""Days one request for leave may span; more is a slip of the pen."""


@dataclass(frozen=True)
class Leave:
    """What a DAG author wants entered; see the operator for each field."""

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


def create_absence(client: AllHoursClient, leave: Leave) -> dict[str, Any]:
    """Look, then create what is missing: one record per day.

    Returns:
        ``{"created": [{date, id}], "existing": […], "skipped": […], "dry_run"}``; in a dry run ``created`` is what
        would be, with ``id`` null.

    Raises:
        AllHoursConflictError: another absence stands on one of the days and ``on_conflict`` is ``fail``; nothing was
            written.
        AllHoursParameterError: a parameter that cannot work.
    """
    period = _checked(leave)
    definition = find_definition(client.absence_definitions(), leave.absence_definition)
    user = People(client.users()).find(
        user_id=leave.user_id, employee_id=leave.employee_id, user_email=leave.user_email
    )
    present = [absence for absence in client.absences(*_ends(period)) if absence.user_id == user.id]
    days = list(period.days()) if leave.days == "all" else _workdays(client, user.id, period)
    result: dict[str, Any] = {"created": [], "existing": [], "skipped": [], "dry_run": leave.dry_run}
    missing: list[Key] = []
    for day in days:
        key = Key(user.id, day, definition.id, span_on(day, leave.partial_from, leave.partial_to))
        found = same(key, present)
        if found is not None:
            result["existing"].append({"date": day.isoformat(), "id": found.id})
        elif others := collisions(key, present):
            result["skipped"].append({"date": day.isoformat(), "id": others[0].id})
        else:
            missing.append(key)
    if result["skipped"] and leave.on_conflict == "fail":
        days_taken = ", ".join(entry["date"] for entry in result["skipped"])
        raise AllHoursConflictError(f"another absence stands on {days_taken}; nothing was written")
    for key in missing:
        absence_id = None if leave.dry_run else _write(client, key, leave, present)
        result["created"].append({"date": key.day.isoformat(), "id": absence_id})
    return result


def delete_absence(client: AllHoursClient, absence_id: str) -> dict[str, Any]:
    """Delete an absence; one that is gone already is what was wanted.

    Returns:
        ``{"absence_id", "deleted"}``; ``deleted`` is False when it was gone already.
    """
    if not str(absence_id or "").strip():
        raise AllHoursParameterError("parameter 'absence_id' is empty; it takes the id of an absence")
    try:
        client.delete_absence(absence_id)
    except AllHoursNotFoundError:
        return {"absence_id": absence_id, "deleted": False}
    return {"absence_id": absence_id, "deleted": True}


def _write(client: AllHoursClient, key: Key, leave: Leave, present: list[Absence]) -> str:
    draft = AbsenceDraft(
        user_id=key.user_id,
        absence_definition_id=key.definition_id,
        day=key.day,
        comment=leave.comment,
        partial_from=key.span.start,
        partial_to=key.span.end,
    )
    return write_once(client, draft, known_ids={absence.id for absence in present})


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
    if leave.days not in ("workdays", "all"):
        raise AllHoursParameterError(f"parameter 'days' is {leave.days!r}; it takes workdays or all")
    if leave.on_conflict not in ("fail", "skip"):
        raise AllHoursParameterError(f"parameter 'on_conflict' is {leave.on_conflict!r}; it takes fail or skip")
    span_on(first, leave.partial_from, leave.partial_to)
    return period


def _ends(period: Period) -> tuple[date, date]:
    return period.date_from, period.date_to


def _workdays(client: AllHoursClient, user_id: str, period: Period) -> list[date]:
    days: list[DailyCalculation] = []
    try:
        days = client.daily_calculations(user_id, *_ends(period))
    except (AllHoursNotFoundError, AllHoursContractError) as error:
        log.warning("The employee's plan could not be read, Monday to Friday are taken as workdays: %s", error)
    return workdays(period, days, by_plan=True)
