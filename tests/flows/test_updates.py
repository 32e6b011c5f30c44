# SPDX-License-Identifier: Apache-2.0
"""Changing a user or an absence over real HTTP: only what differs is written, and it is looked at again."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Any

import pytest

from airflow_provider_allhours.client import AllHoursClient, errors
from airflow_provider_allhours.operators.absences import AllHoursUpdateAbsenceOperator
from airflow_provider_allhours.operators.users import AllHoursUpdateUserOperator
from airflow_provider_allhours.sandbox.server import Sandbox


def set_user(**options: Any) -> dict[str, Any]:
    return AllHoursUpdateUserOperator(task_id="t", **{"employee_id": "1009", **options}).execute({})


def change(absence_id: str, **options: Any) -> dict[str, Any]:
    return AllHoursUpdateAbsenceOperator(task_id="t", absence_id=absence_id, **options).execute({})


def booked(sandbox: Sandbox, day: str = "2026-12-18", **fields: Any) -> Any:
    user = sandbox.company.user_at(8).id
    return sandbox.control("POST", "absences", {"action": "add", "user_id": user, "date": day, **fields})


def stored(sandbox: Sandbox, absence_id: str) -> Any:
    leave = sandbox.company.leave(absence_id)
    assert leave is not None
    return leave


def test_only_fields_that_differ_are_written(
    allhours_connection: Sandbox, client_of: Callable[..., AllHoursClient]
) -> None:
    sandbox, client = allhours_connection, client_of(allhours_connection)
    user = sandbox.company.user_at(8)
    before = client.request("GET", f"/api/v1/Users/{user.id}")
    fields = {"CustomField3": "hourly", "FirstName": before["FirstName"]}
    assert set_user(fields=fields) == {"user_id": user.id, "changed": ["CustomField3"]}
    assert client.request("GET", f"/api/v1/Users/{user.id}") == {**before, "CustomField3": "hourly"}
    assert set_user(fields=fields)["changed"] == []
    assert sandbox.stats()["writes_accepted"] == 1


def test_a_day_is_the_same_with_a_fraction_of_a_second(allhours_connection: Sandbox) -> None:
    assert set_user(fields={"CalculationStopDate": "2026-11-30T00:00:00"})["changed"] == ["CalculationStopDate"]
    assert set_user(fields={"CalculationStopDate": "2026-11-30T00:00:00.0000000"})["changed"] == []


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"fields": {}}, "'fields' takes a mapping"),
        ({"fields": {"Id": "x", "Nickname": "y"}}, "'fields' has Id, Nickname, which cannot be set"),
        ({"fields": {"City": "x"}, "employee_id": "9"}, "'employee_id' is '9', which belongs to no user"),
        ({"fields": {"City": "x"}, "user_email": "a@b.c"}, "2 are given"),
    ],
)
def test_wrong_parameters_change_no_user(allhours_connection: Sandbox, options: Any, message: str) -> None:
    with pytest.raises(errors.AllHoursParameterError, match=message):
        set_user(**options)
    assert allhours_connection.stats()["writes_accepted"] == 0


@pytest.mark.parametrize("fields", [{"CustomId": "1012"}, {"Email": "USER11@sandbox.example"}])
def test_what_identifies_another_user_is_not_given_twice(allhours_connection: Sandbox, fields: Any) -> None:
    with pytest.raises(errors.AllHoursConflictError, match="belongs to another user already") as caught:
        set_user(fields=fields)
    assert "@" not in str(caught.value)
    assert allhours_connection.stats()["writes_accepted"] == 0


def test_a_change_that_did_not_happen_is_an_error(allhours_connection: Sandbox) -> None:
    allhours_connection.fault("status", status=200, route="user", method="PUT")
    with pytest.raises(errors.AllHoursConflictError, match="shows another City"):
        set_user(fields={"City": "Ljubljana"})


def test_an_absence_is_changed_once(allhours_connection: Sandbox) -> None:
    record = booked(allhours_connection)
    changes = {"absence_definition": "Sick leave", "partial_from": "08:00", "partial_to": "12:00", "comment": "x"}
    assert change(record["Id"], **changes) == {"absence_id": record["Id"], "updated": True}
    assert change(record["Id"], **changes)["updated"] is False
    assert change(record["Id"], date="2026-12-21")["updated"] is True
    leave = stored(allhours_connection, record["Id"])
    assert (leave.day, leave.partial_from.day, leave.partial_to.hour) == (date(2026, 12, 21), 21, 12)
    assert leave.comment == "x"
    assert change(record["Id"], partial_from="", partial_to="", comment="")["updated"] is True
    leave = stored(allhours_connection, record["Id"])
    assert (leave.partial_from, leave.comment or None) == (None, None)
    assert allhours_connection.stats()["writes_accepted"] == 3


@pytest.mark.parametrize("definition", ["Annual leave", "Sick leave"])
def test_an_absence_is_not_moved_onto_another(allhours_connection: Sandbox, definition: str) -> None:
    record = booked(allhours_connection)
    booked(allhours_connection, "2026-12-21", definition=definition)
    with pytest.raises(errors.AllHoursConflictError, match="another absence of user .* on 2026-12-21"):
        change(record["Id"], date="2026-12-21")
    assert allhours_connection.stats()["writes_accepted"] == 0


def test_a_rejected_absence_is_not_changed(allhours_connection: Sandbox) -> None:
    record = booked(allhours_connection)
    allhours_connection.control("POST", "absences", {"action": "reject", "id": record["Id"]})
    with pytest.raises(errors.AllHoursConflictError, match="was rejected"):
        change(record["Id"], comment="x")


@pytest.mark.parametrize(
    ("options", "message"),
    [({}, "none of the parameters"), ({"date": "18.12."}, "'date' is"), ({"partial_from": "08:00"}, "come together")],
)
def test_wrong_parameters_change_no_absence(allhours_connection: Sandbox, options: Any, message: str) -> None:
    record = booked(allhours_connection)
    with pytest.raises(errors.AllHoursParameterError, match=message):
        change(record["Id"], **options)
    with pytest.raises(errors.AllHoursParameterError, match="'absence_id' is empty"):
        change(" ", comment="x")
    assert allhours_connection.stats()["writes_accepted"] == 0


def test_a_change_of_an_absence_that_did_not_happen_is_an_error(
    allhours_connection: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    record = booked(allhours_connection)
    monkeypatch.setattr(AllHoursClient, "update_absence", lambda *_: None)
    with pytest.raises(errors.AllHoursConflictError, match="shows another state"):
        change(record["Id"], comment="x")
