# SPDX-License-Identifier: Apache-2.0
"""One row per absence: one person, one day, one decision."""

from __future__ import annotations

from airflow_provider_allhours.client.records import Absence, AbsenceDefinition, User
from airflow_provider_allhours.columns import Column, Kind, Row

ABSENCE_COLUMNS = (
    Column("employee_id", Kind.TEXT),
    Column("user_id", Kind.TEXT),
    Column("first_name", Kind.TEXT),
    Column("last_name", Kind.TEXT),
    Column("email", Kind.TEXT),
    Column("date", Kind.DATE),
    Column("absence_id", Kind.TEXT),
    Column("group_id", Kind.TEXT),
    Column("absence_definition_id", Kind.TEXT),
    Column("absence_definition", Kind.TEXT),
    Column("integration_id", Kind.TEXT),
    Column("status", Kind.TEXT),
    Column("is_partial", Kind.BOOLEAN),
    Column("partial_from", Kind.DATETIME),
    Column("partial_to", Kind.DATETIME),
    Column("partial_minutes", Kind.MINUTES),
    Column("comment", Kind.TEXT),
    Column("inserted_on", Kind.DATETIME),
    Column("modified_on", Kind.DATETIME),
)


def absence_row(user: User, absence: Absence, definition: AbsenceDefinition | None) -> Row:
    """The row of one absence, in the order of :data:`ABSENCE_COLUMNS`."""
    is_partial = bool(absence.is_partial)
    integration_id = definition.integration_id if definition else None
    return (
        user.employee_id,
        user.id,
        user.first_name,
        user.last_name,
        user.email,
        absence.day,
        absence.id,
        absence.group_id,
        absence.absence_definition_id,
        absence.absence_definition_name or (definition.name if definition else None),
        None if integration_id is None else str(integration_id),
        absence.status_name,
        is_partial,
        absence.partial_time_from if is_partial else None,
        absence.partial_time_to if is_partial else None,
        absence.partial_time_duration if is_partial else None,
        absence.comment,
        absence.inserted_on,
        absence.modified_on,
    )
