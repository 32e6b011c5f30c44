# SPDX-License-Identifier: Apache-2.0
"""Absences and their definitions: list, read, create, change, delete."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from typing import Any

from airflow_provider_allhours.sandbox.account import Account
from airflow_provider_allhours.sandbox.answer import Answer, Call, bad_request, not_found
from airflow_provider_allhours.sandbox.handlers.requests import day_of, fields_of, moment_of, window_of
from airflow_provider_allhours.sandbox.leave import AUTO, PENDING, Leave
from airflow_provider_allhours.sandbox.records.absences import absence_definition_record, absence_record
from airflow_provider_allhours.sandbox.staff import RequestRefused

WRITABLE_FIELDS = (
    "UserId",
    "AbsenceDefinitionId",
    "Timestamp",
    "Origin",
    "Comment",
    "IsPartial",
    "PartialTimeFrom",
    "PartialTimeTo",
    "OverrideHolidayAbsence",
)


def list_absences(account: Account, call: Call) -> Answer:
    """Absences by Timestamp; without a window, the whole history."""
    try:
        first, last = window_of(call.query, account, is_inclusive=account.switches.date_to_inclusive)
    except ValueError as reason:
        return bad_request(reason)
    return Answer(200, [absence_record(account, leave) for leave in account.company.leave_between(first, last)])


def read_absence(account: Account, call: Call) -> Answer:
    """One absence."""
    leave = account.company.leave(call.identifier)
    return not_found("Absence") if leave is None else Answer(200, absence_record(account, leave))


def create_absence(account: Account, call: Call) -> Answer:
    """A new absence of one day; the same request twice creates two."""
    try:
        created = account.company.create_leave(_draft_of(account, call.body))
    except (RequestRefused, ValueError) as reason:
        return bad_request(reason)
    return Answer(201, absence_record(account, created))


def update_absence(account: Account, call: Call) -> Answer:
    """Replace what the body states; id, group and status stay."""
    before = account.company.leave(call.identifier)
    if before is None:
        return not_found("Absence")
    try:
        changed = replace(
            _draft_of(account, call.body),
            id=before.id,
            group_id=before.group_id,
            status=before.status,
            inserted_on=before.inserted_on,
            modified_on=account.company.now,
        )
        return Answer(200, absence_record(account, account.company.change_leave(changed)))
    except (RequestRefused, ValueError) as reason:
        return bad_request(reason)


def delete_absence(account: Account, call: Call) -> Answer:
    """Delete one absence for good."""
    leave = account.company.leave(call.identifier)
    if leave is None:
        return not_found("Absence")
    try:
        account.company.remove_leave(leave)
    except RequestRefused as reason:
        return bad_request(reason)
    return Answer(204)


def list_definitions(account: Account, call: Call) -> Answer:
    """Every absence definition."""
    return Answer(200, [absence_definition_record(definition) for definition in account.company.definitions])


def read_definition(account: Account, call: Call) -> Answer:
    """One absence definition."""
    definition = account.company.definition(call.identifier)
    if definition is None:
        return not_found("AbsenceDefinition")
    return Answer(200, absence_definition_record(definition))


def _draft_of(account: Account, body: Any) -> Leave:
    """An absence from a request body.

    Raises:
        ValueError: the body lacks something or contradicts itself; the vendor would answer 400.
    """
    fields = fields_of(body, "Absence", WRITABLE_FIELDS, account)
    user = account.company.user(str(fields.get("UserId", "")))
    if user is None:
        raise ValueError("UserId is required and must be a user.")
    definition = account.company.definition(str(fields.get("AbsenceDefinitionId", "")))
    if definition is None:
        raise ValueError("AbsenceDefinitionId is required and must be an absence definition.")
    day = day_of(fields.get("Timestamp"))
    if day is None:
        raise ValueError("Timestamp is required.")
    partial_from, partial_to = _partial_time(fields) if fields.get("IsPartial") else (None, None)
    origin, comment = fields.get("Origin") or 0, fields.get("Comment")
    if not isinstance(origin, int) or not isinstance(comment, str | None):
        raise ValueError("Origin is a number and Comment a text.")
    return Leave(
        id="",
        group_id="",
        user_index=user.index,
        day=day,
        definition_id=definition.id,
        status=PENDING if account.switches.api_absences_pending else AUTO,
        inserted_on=account.company.now,
        comment=comment,
        origin=origin,
        partial_from=partial_from,
        partial_to=partial_to,
        override_holiday=bool(fields.get("OverrideHolidayAbsence")),
    )


def _partial_time(fields: dict[str, Any]) -> tuple[datetime, datetime]:
    start, end = moment_of(fields.get("PartialTimeFrom")), moment_of(fields.get("PartialTimeTo"))
    if start is None or end is None or end <= start:
        raise ValueError("A partial absence needs PartialTimeFrom before PartialTimeTo.")
    return start, end
