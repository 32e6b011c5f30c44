# SPDX-License-Identifier: Apache-2.0
"""Change an absence: read, compare, write what differs, look again."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TypedDict

from airflow_provider_allhours.absences.matching import find_definition
from airflow_provider_allhours.absences.spans import Key, Span, calendar_day, collisions, key_of, span_on
from airflow_provider_allhours.client import AllHoursClient
from airflow_provider_allhours.client.errors import AllHoursConflictError, AllHoursParameterError
from airflow_provider_allhours.client.models import REJECTED, Absence
from airflow_provider_allhours.flows.absence_lookup import read_absences
from airflow_provider_allhours.flows.absence_write import draft_of
from airflow_provider_allhours.periods import Period


class UpdateAbsenceResult(TypedDict):
    """``updated`` is False when nothing differed."""

    absence_id: str
    updated: bool


@dataclass(frozen=True)
class AbsenceChanges:
    """What is to be changed; None stays as it is. See ``AllHoursUpdateAbsenceOperator`` for each."""

    absence_definition: str | int | None = None
    day: str | None = None
    partial_from: str | None = None
    partial_to: str | None = None
    comment: str | None = None


def update_absence(client: AllHoursClient, absence_id: str, changes: AbsenceChanges) -> UpdateAbsenceResult:
    """Change one absence, unless it is so already.

    Raises:
        AllHoursConflictError: another absence covers that time, it was rejected, or it differs after the write.
        AllHoursParameterError: a parameter is wrong, or nothing is to be changed; nothing was written.
    """
    identifier = str(absence_id or "").strip()
    if not identifier:
        raise AllHoursParameterError("parameter 'absence_id' is empty; it takes the id of an absence")
    if changes == AbsenceChanges():
        raise AllHoursParameterError("none of the parameters that change an absence is given")
    before = client.absence(identifier)
    key = _changed_key(client, before, changes)
    comment = before.comment if changes.comment is None else changes.comment
    if _is_as_changed(before, key, comment):
        return {"absence_id": before.id, "updated": False}
    if before.status == REJECTED:
        raise AllHoursConflictError(f"the absence {before.id} was rejected in All Hours; nothing was written")
    _refuse_overlap(client, before, key)
    client.update_absence(before.id, draft_of(key, comment or None))
    if not _is_as_changed(client.absence(before.id), key, comment):
        raise AllHoursConflictError(f"All Hours accepted the change of the absence {before.id} and shows another state")
    return {"absence_id": before.id, "updated": True}


def _changed_key(client: AllHoursClient, before: Absence, changes: AbsenceChanges) -> Key:
    old = key_of(before)
    day = old.day if changes.day is None else calendar_day("date", changes.day)
    definition_id = old.definition_id
    if changes.absence_definition is not None:
        definition_id = find_definition(client.absence_definitions(), changes.absence_definition).id
    if changes.partial_from is None and changes.partial_to is None:
        return Key(old.user_id, day, definition_id, _moved(old, day.toordinal() - old.day.toordinal()))
    return Key(old.user_id, day, definition_id, span_on(day, changes.partial_from, changes.partial_to))


def _moved(old: Key, days: int) -> Span:
    start, end = old.span.start, old.span.end
    if start is None or end is None:
        return Span()
    return Span(start + timedelta(days=days), end + timedelta(days=days))


def _is_as_changed(absence: Absence, key: Key, comment: str | None) -> bool:
    return key_of(absence) == key and (absence.comment or None) == (comment or None)


def _refuse_overlap(client: AllHoursClient, before: Absence, key: Key) -> None:
    listed = read_absences(client, Period(key.day, key.day), [key.user_id])
    others = [absence for absence in listed if absence.id != before.id and absence.status != REJECTED]
    equal = [absence for absence in others if key_of(absence) == key]
    if equal or collisions(key, others):
        raise AllHoursConflictError(
            f"there is another absence of user {key.user_id} on {key.day} in All Hours; nothing was written"
        )
