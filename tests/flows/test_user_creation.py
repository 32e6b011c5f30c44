# SPDX-License-Identifier: Apache-2.0
"""A user is created once, whatever becomes of the response."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from airflow_provider_allhours.client import AllHoursClient, errors
from airflow_provider_allhours.flows import lost_answers, user_creation
from airflow_provider_allhours.operators.users import AllHoursCreateUserOperator
from airflow_provider_allhours.sandbox.server import Sandbox

LOST = ["cut_before", "cut_after", "truncated", "status", "html", "empty_body"]


def new_user(**changes: Any) -> dict[str, Any]:
    options = {
        "first_name": "Iva",
        "last_name": "Nova",
        "user_email": "iva@sandbox.example",
        "employee_id": "777",
        **changes,
    }
    return AllHoursCreateUserOperator(task_id="t", **options).execute({})


@pytest.mark.parametrize("kind", [None, *LOST])
def test_a_user_is_created_once(allhours_connection: Sandbox, kind: str | None) -> None:
    if kind:
        allhours_connection.fault(kind, route="users", method="POST", times=2)
    first = new_user(fields={"CalculationStartDate": "2026-12-01T00:00:00"})
    assert first["created"] is True
    assert new_user() == {"user_id": first["user_id"], "created": False}
    assert new_user(employee_id=None)["user_id"] == first["user_id"]
    assert new_user(user_email=None)["user_id"] == first["user_id"]
    assert len(allhours_connection.company.created_users) == 1
    assert allhours_connection.company.created_users[0].start == date(2026, 12, 1)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"first_name": " "}, "'first_name' is empty"),
        ({"user_email": None, "employee_id": None}, "both empty"),
        ({"employee_id": "1004"}, "belongs to 2 users"),
        ({"employee_id": "None"}, "'employee_id' is 'None', which a template makes of nothing"),
        ({"user_email": " null "}, "'user_email' is ' null ', which a template makes of nothing"),
    ],
)
def test_a_user_that_cannot_be_known_is_not_created(
    allhours_connection: Sandbox, changes: dict[str, Any], message: str
) -> None:
    with pytest.raises(errors.AllHoursParameterError, match=message):
        new_user(**changes)
    assert allhours_connection.company.created_users == []


def test_the_employee_id_goes_before_the_address(allhours_connection: Sandbox) -> None:
    first = new_user()
    other = new_user(employee_id="778", user_email="other@sandbox.example")
    assert new_user(employee_id="778") == {"user_id": other["user_id"], "created": False}
    assert new_user(employee_id=" 777 ", user_email="OTHER@sandbox.example")["user_id"] == first["user_id"]
    assert new_user(employee_id="779", user_email=" Other@sandbox.example ")["user_id"] == other["user_id"]


def test_a_parameter_goes_before_a_further_field(allhours_connection: Sandbox) -> None:
    new_user(employee_id=None, fields={"FirstName": "Nobody", "CustomId": "9", "Email": "nobody@sandbox.example"})
    (user,) = allhours_connection.company.created_users
    assert (user.first_name, user.custom_id, user.email) == ("Iva", "9", "iva@sandbox.example")


def test_pauses_grow_and_the_last_error_is_raised(
    client: AllHoursClient, sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(lost_answers, "MAX_WAIT", 3.0)
    sandbox.fault("status", status=500, route="users", method="POST")
    pauses: list[float] = []
    with pytest.raises(errors.AllHoursServerError):
        user_creation.create_user(client, first_name="A", last_name="B", employee_id="7", pause=pauses.append)
    assert pauses == [0.4, 0.8, 1.6, 3.0, 3.0, 3.0]
    assert sandbox.stats()["requests"]["POST users"] == lost_answers.MAX_TRIES


def test_a_user_whose_creation_was_answered_late_is_found(client: AllHoursClient, sandbox: Sandbox) -> None:
    sandbox.fault("cut_after", route="users", method="POST", times=1)
    result = user_creation.create_user(client, first_name="A", last_name="B", employee_id="7", pause=lambda _: None)
    assert result["created"] is True
    assert [user.id for user in sandbox.company.created_users] == [result["user_id"]]


def test_users_without_an_address_or_an_employee_id_are_not_in_the_way(allhours_connection: Sandbox) -> None:
    nobody = allhours_connection.company.user_at(9)
    fields = {"Email": None, "CustomId": None}
    allhours_connection.control("POST", "users", {"user_id": nobody.id, "fields": fields})
    assert new_user(employee_id=None)["created"] is True
    assert new_user(user_email=None)["created"] is True
    assert len(allhours_connection.company.created_users) == 2


def test_an_employee_id_is_written_and_found_without_invisible_characters(allhours_connection: Sandbox) -> None:
    first = new_user(employee_id="\ufeff778\u200b\u00a0", user_email=None)
    assert first["created"] is True
    (user,) = [user for user in allhours_connection.company.users() if user.id == first["user_id"]]
    assert allhours_connection.company.shown(user)["CustomId"] == "778"
    assert new_user(employee_id="778\t", user_email=None) == {**first, "created": False}


@pytest.mark.parametrize("max_wait", [0, "0", None])
def test_a_user_is_created_without_waiting_for_a_lost_answer(allhours_connection: Sandbox, max_wait: Any) -> None:
    assert new_user(max_wait=max_wait)["created"] is True


def test_a_wait_below_zero_is_refused(allhours_connection: Sandbox) -> None:
    with pytest.raises(errors.AllHoursParameterError, match="'max_wait' is -1"):
        new_user(max_wait=-1)
    assert allhours_connection.company.created_users == []


def test_a_user_whose_number_was_stored_otherwise_is_no_success(
    allhours_connection: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The next run would not know the user and create another one."""
    create = AllHoursClient.create_user
    monkeypatch.setattr(
        AllHoursClient, "create_user", lambda client, body: create(client, {**body, "CustomId": body["CustomId"][1:]})
    )
    with pytest.raises(errors.AllHoursConflictError, match=r"with the employee id '77', and '777' was sent"):
        new_user()
