# SPDX-License-Identifier: Apache-2.0
"""The fields of our records: what the left side of a contract's ``fields`` can name."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, get_args, get_type_hints

import msgspec

from airflow_provider_allhours.client.models import (
    Absence,
    AbsenceDefinition,
    BookedAbsence,
    CalculationResultType,
    Clocking,
    ClockingDefinition,
    DailyCalculation,
    OrganizationUnit,
    User,
)

_UNREAD_NAMES = ("FirstName", "MiddleName", "LastName", "ModifiedByUser", "ApprovalRequest", "IsAuthentic")
_UNREAD: Mapping[type, tuple[str, ...]] = {
    Absence: ("IconId", "IconColor"),
    AbsenceDefinition: ("IconId", "CreatedOn", "UpdatedOn"),
    BookedAbsence: ("UserId", "GroupId", "Comment", "PartialTimeFrom", "PartialTimeTo", "Origin"),
    Clocking: ("DeviceId", "BeaconId", "ClockingPointId", "ClockingPointName"),
    DailyCalculation: ("UserName", "Adjustments", "Exceptions", "Categories", "CalculationResultSegments"),
}
"""Fields that the API is known to have and this provider does not read; to name them does no harm."""

RECORDS: Mapping[str, type[msgspec.Struct]] = {
    kind.__name__: kind
    for kind in (
        Absence,
        AbsenceDefinition,
        CalculationResultType,
        Clocking,
        ClockingDefinition,
        DailyCalculation,
        OrganizationUnit,
        User,
    )
}
"""Name of a record -> its type."""


def _fields_of(kind: type[msgspec.Struct], prefix: str = "") -> Iterator[str]:
    hints = get_type_hints(kind)
    for field in msgspec.structs.fields(kind):
        yield f"{prefix}{field.encode_name}"
        for inner in _records_in(hints[field.name]):
            yield from _fields_of(inner, f"{prefix}{field.encode_name}.")
    for name in (*_UNREAD.get(kind, ()), *_UNREAD_NAMES):
        yield f"{prefix}{name}"


def _records_in(hint: Any) -> Iterator[type[msgspec.Struct]]:
    if isinstance(hint, type) and issubclass(hint, msgspec.Struct):
        yield hint
    for inner in get_args(hint):
        yield from _records_in(inner)


OUR_FIELDS: Mapping[str, tuple[str, ...]] = {
    name: tuple(dict.fromkeys(_fields_of(kind))) for name, kind in RECORDS.items()
}
"""Name of a record -> its fields, dotted inside another record."""
