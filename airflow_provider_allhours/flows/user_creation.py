# SPDX-License-Identifier: Apache-2.0
"""Create a user effectively once."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, TypedDict

from airflow_provider_allhours.client import AllHoursClient
from airflow_provider_allhours.client.errors import AllHoursConflictError, AllHoursParameterError
from airflow_provider_allhours.client.models import User
from airflow_provider_allhours.flows.lost_answers import LOST_RESPONSES, MAX_TRIES, look_again
from airflow_provider_allhours.texts import NOTHING, clean_id


class CreateUserResult(TypedDict):
    """``created`` is False when the user existed before."""

    user_id: str
    created: bool


def create_user(
    client: AllHoursClient,
    *,
    first_name: str,
    last_name: str,
    user_email: str | None = None,
    employee_id: str | None = None,
    fields: Mapping[str, Any] | None = None,
    pause: Callable[[float], None] | None = None,
    max_wait: float | None = None,
) -> CreateUserResult:
    """Create a user unless one with this employee id, else one with this e-mail, exists.

    After a lost response it waits and looks the user up before the request is sent again.

    Args:
        client: the account.
        first_name: first name.
        last_name: last name.
        user_email: e-mail, unique over all of All Hours (stated by the vendor).
        employee_id: the company's own number, ``CustomId``.
        fields: further fields of the record in PascalCase.
        pause: blocks for so many seconds; the client's own by default, which ends when the client is stopped.
        max_wait: seconds that are waited at most before the request is sent again.

    Raises:
        AllHoursConflictError: All Hours created the user with another employee id.
        AllHoursParameterError: a name is empty, employee id and e-mail are both empty, or several users have the
            employee id.
    """
    for name, value in (("first_name", first_name), ("last_name", last_name)):
        if not str(value or "").strip():
            raise AllHoursParameterError(f"parameter '{name}' is empty; All Hours needs first and last name")
    employee_id = clean_id(employee_id)
    for parameter, given in (("employee_id", employee_id), ("user_email", user_email)):
        if str(given or "").strip().lower() in NOTHING:
            raise AllHoursParameterError(
                f"parameter '{parameter}' is {given!r}, which a template makes of nothing; it takes a value, or nothing"
            )
    if not employee_id and not user_email:
        raise AllHoursParameterError(
            "parameters 'employee_id' and 'user_email' are both empty; one of them is needed to know the user again"
        )
    body = {**(fields or {}), "FirstName": first_name, "LastName": last_name}
    body |= {name: value for name, value in (("Email", user_email), ("CustomId", employee_id)) if value}
    user = _find(client.users(), employee_id, user_email)
    if user is not None:
        return {"user_id": user.id, "created": False}
    for attempt in range(1, MAX_TRIES + 1):
        try:
            created = client.create_user(body)
        except LOST_RESPONSES as error:
            user = look_again(
                client,
                error,
                attempt,
                lambda: _find(client.users(), employee_id, user_email),
                pause=pause,
                max_wait=max_wait,
            )
            if user is not None:
                return {"user_id": user.id, "created": True}
            if attempt == MAX_TRIES:
                raise
        else:
            _refuse_other_number(client, created, employee_id)
            return {"user_id": created.id, "created": True}
    raise AssertionError("the last try returns or raises")


def _refuse_other_number(client: AllHoursClient, created: User, employee_id: str) -> None:
    """Refuse a user without the number that was sent: the next run would not know them and create them again.

    Raises:
        AllHoursConflictError: names the user.
    """
    if not employee_id or created.employee_id == employee_id:
        return
    # An answer may leave out what the record has.
    stored = created.employee_id or next((user.employee_id for user in client.users() if user.id == created.id), "")
    if stored != employee_id:
        raise AllHoursConflictError(
            f"All Hours created the user {created.id} with the employee id {stored!r}, and {employee_id!r} was sent; "
            "correct it there, or the next run creates another user"
        )


def _find(users: list[User], employee_id: str, user_email: str | None) -> User | None:
    by_number = [user for user in users if employee_id and user.employee_id == employee_id]
    if len(by_number) > 1:
        raise AllHoursParameterError(
            f"parameter 'employee_id' {employee_id!r} belongs to {len(by_number)} users of All Hours already"
        )
    address = (user_email or "").strip().lower()
    by_email = [user for user in users if address and (user.email or "").strip().lower() == address]
    return next(iter([*by_number, *by_email]), None)
