# SPDX-License-Identifier: Apache-2.0
"""One row per user: every field of the record, in snake_case."""

from __future__ import annotations

import msgspec

from airflow_provider_allhours.client.records import User
from airflow_provider_allhours.client.wire import LocalDateTime, LocalDay
from airflow_provider_allhours.columns import Column, Kind, Row

_KINDS = {bool: Kind.BOOLEAN, LocalDay: Kind.DATE, LocalDateTime: Kind.DATETIME}


def _kind(field: msgspec.structs.FieldInfo) -> Kind:
    arguments = set(getattr(field.type, "__args__", (field.type,)))
    return next((kind for type_, kind in _KINDS.items() if type_ in arguments), Kind.TEXT)


USER_COLUMNS = tuple(Column(field.name, _kind(field)) for field in msgspec.structs.fields(User))


def user_row(user: User) -> Row:
    """The row of one user, in the order of :data:`USER_COLUMNS`."""
    return tuple(getattr(user, column.name) for column in USER_COLUMNS)
