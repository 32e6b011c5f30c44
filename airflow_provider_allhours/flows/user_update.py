# SPDX-License-Identifier: Apache-2.0
"""Change a user: read, compare, write what differs, look again."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypedDict

from airflow_provider_allhours.absences.matching import Identity, People
from airflow_provider_allhours.client import AllHoursClient
from airflow_provider_allhours.client.errors import AllHoursConflictError, AllHoursParameterError
from airflow_provider_allhours.client.models import User
from airflow_provider_allhours.texts import clean_id

FIELDS = frozenset(
    {
        *("FirstName", "LastName", "MiddleName", "BirthDate", "Address", "City", "State", "Phone", "Mobile", "Email"),
        *("Gender", "PictureUri", "CustomId", *(f"CustomField{number}" for number in range(1, 11))),
        *("IsTimeAttendanceUser", "IsArchived", "HasUserAccount", "UserName"),
        *("CalculationStartDate", "CalculationStopDate", "SendInvite"),
    }
)
"""Fields of ``UserUpdate`` that a DAG may set (the vendor's schema, inferred)."""

NO_FRACTION = len("2026-11-01T00:00:00")


class UpdateUserResult(TypedDict):
    """``changed`` are the names of the fields that differed, sorted; none when nothing was written."""

    user_id: str
    changed: list[str]


def update_user(
    client: AllHoursClient,
    *,
    fields: Mapping[str, Any],
    user_id: str | None = None,
    employee_id: str | None = None,
    user_email: str | None = None,
) -> UpdateUserResult:
    """Set fields of one user, unless they are so already.

    Args:
        client: the account.
        fields: field in PascalCase -> value.
        user_id: id of the user. Exactly one of the three names the user.
        employee_id: the company's own number, ``CustomId``.
        user_email: e-mail.

    Raises:
        AllHoursConflictError: the employee id or e-mail belongs to another user, or the user differs after the write.
        AllHoursParameterError: a field is unknown, none is given, or no one user is named; nothing was written.
    """
    _check_fields(fields)
    users = client.users()
    user = People(users).find(user_id=user_id, employee_id=employee_id, user_email=user_email)
    path = client.route_paths("user")[0].replace("{user_id}", user.id)
    before = client.request("GET", path)
    changed = _differing(before, fields)
    if changed:
        _refuse_taken(users, user, fields, changed)
        client.request("PUT", path, json={**before, **{name: fields[name] for name in changed}})
        if left := _differing(client.request("GET", path), {name: fields[name] for name in changed}):
            raise AllHoursConflictError(
                f"All Hours accepted the change of user {user.id} and shows another {', '.join(left)}"
            )
    return {"user_id": user.id, "changed": changed}


def _check_fields(fields: Any) -> None:
    if not isinstance(fields, Mapping) or not fields:
        raise AllHoursParameterError("parameter 'fields' takes a mapping of the fields to set, in PascalCase")
    if unknown := sorted(str(name) for name in fields if name not in FIELDS):
        raise AllHoursParameterError(
            f"parameter 'fields' has {', '.join(unknown)}, which cannot be set; it takes {', '.join(sorted(FIELDS))}"
        )


def _differing(record: Any, fields: Mapping[str, Any]) -> list[str]:
    return sorted(name for name, value in fields.items() if _plain(name, record.get(name)) != _plain(name, value))


def _plain(name: str, value: Any) -> Any:
    """A value without what says nothing: a missing text is empty, a day has no fraction of a second."""
    if value is None:
        return ""
    return str(value)[:NO_FRACTION] if name.endswith("Date") else value


def _refuse_taken(users: list[User], user: Identity, fields: Mapping[str, Any], changed: list[str]) -> None:
    others = [other for other in users if other.id != user.id]
    number = clean_id(fields.get("CustomId")) if "CustomId" in changed else ""
    if number and any(other.employee_id == number for other in others):
        raise AllHoursConflictError(f"the employee id {number!r} belongs to another user already; nothing was written")
    address = str(fields.get("Email") or "").strip().lower() if "Email" in changed else ""
    if address and any((other.email or "").strip().lower() == address for other in others):
        raise AllHoursConflictError("the e-mail belongs to another user already; nothing was written")
