# SPDX-License-Identifier: Apache-2.0
"""Frozen records of people whose days a test says in a few words; October 2026 begins on a Thursday."""

from __future__ import annotations

from datetime import date
from typing import Any

from airflow_provider_allhours.payroll.frozen import (
    FrozenAbsence,
    FrozenCounter,
    FrozenDay,
    FrozenPerson,
    PersonRecords,
)

MINUTES = (
    "paid_presence_minutes",
    "paid_absence_minutes",
    "unpaid_presence_minutes",
    "missing_presence_minutes",
    "overtime_minutes",
    "lunch_break_minutes",
    "balance_minutes",
    "running_balance_minutes",
)


def in_october(day: int) -> date:
    return date(2026, 10, day)


def person(user_id: str = "u", employee_id: str = "1", **fields: Any) -> FrozenPerson:
    known: dict[str, Any] = {
        "first_name": "",
        "last_name": "",
        "date_from": in_october(1),
        "date_to": in_october(31),
        "custom_fields": {},
    }
    return FrozenPerson(user_id=user_id, employee_id=employee_id, **{**known, **fields})


def day(number: int = 1, planned: int | None = 480, **fields: Any) -> FrozenDay:
    """A day of October with 0 in every column that is not given."""
    known: dict[str, Any] = {
        **dict.fromkeys(MINUTES, 0),
        "missing_events": 0,
        "is_weekend": in_october(number).weekday() >= 5,
        "is_holiday": False,
        "holiday_name": None,
        "is_valid": True,
    }
    return FrozenDay(
        employee_id="1", user_id="u", date=in_october(number), planned_minutes=planned, **{**known, **fields}
    )


def leave(number: int = 1, definition: str = "annual", **fields: Any) -> FrozenAbsence:
    """A whole day of a definition whose name is its id in capitals."""
    known: dict[str, Any] = {
        "absence_id": f"{definition}-{number}",
        "group_id": None,
        "absence_definition_id": definition,
        "absence_definition": definition.upper(),
        "integration_id": None,
        "status": "approved",
        "is_partial": "partial_minutes" in fields,
        "partial_from": None,
        "partial_to": None,
        "partial_minutes": None,
        "fraction": 1.0,
    }
    return FrozenAbsence(employee_id="1", user_id="u", date=in_october(number), **{**known, **fields})


def counter(
    code: int | None, number: int = 1, *, minutes: int | None = None, value: str | None = None
) -> FrozenCounter:
    return FrozenCounter(
        employee_id="1",
        user_id="u",
        date=in_october(number),
        counter_code=code,
        counter_id=None,
        counter=f"Counter {code}",
        value_type=1,
        value=str(minutes) if value is None and minutes is not None else value,
        minutes=minutes,
    )


def records(*rows: FrozenDay | FrozenAbsence | FrozenCounter, who: FrozenPerson | None = None) -> PersonRecords:
    return PersonRecords(
        who or person(),
        tuple(row for row in rows if isinstance(row, FrozenDay)),
        tuple(row for row in rows if isinstance(row, FrozenAbsence)),
        tuple(row for row in rows if isinstance(row, FrozenCounter)),
    )
