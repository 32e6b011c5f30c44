# SPDX-License-Identifier: Apache-2.0
"""One row per clocking."""

from __future__ import annotations

from airflow_provider_allhours.client.records import Clocking, User, absence_status_name
from airflow_provider_allhours.columns import Column, Kind, Row

CLOCKING_COLUMNS = (
    Column("employee_id", Kind.TEXT),
    Column("user_id", Kind.TEXT),
    Column("timestamp", Kind.DATETIME),
    Column("clocking_definition_id", Kind.TEXT),
    Column("clocking_definition", Kind.TEXT),
    Column("status", Kind.TEXT),
    Column("origin", Kind.TEXT),
    Column("comment", Kind.TEXT),
)


def clocking_row(user: User, clocking: Clocking) -> Row:
    """The row of one clocking, in the order of :data:`CLOCKING_COLUMNS`.

    That its status has the codes of an absence's is inferred; the origin is the vendor's own word for it, else its
    number.
    """
    return (
        user.employee_id,
        user.id,
        clocking.timestamp,
        clocking.clocking_definition_id,
        clocking.clocking_definition_name,
        None if clocking.status is None else absence_status_name(clocking.status),
        clocking.origin_display_name or (None if clocking.origin is None else str(clocking.origin)),
        clocking.comment,
    )
