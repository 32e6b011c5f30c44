# SPDX-License-Identifier: Apache-2.0
"""One user, one definition, or an error that names neither person nor guess."""

from __future__ import annotations

import json
from typing import Any

import pytest

from airflow_provider_allhours.absences.matching import People, find_definition
from airflow_provider_allhours.client.decoding import decode
from airflow_provider_allhours.client.errors import AllHoursParameterError
from airflow_provider_allhours.client.models import AbsenceDefinition, User


def user(**fields: Any) -> User:
    return decode(json.dumps(fields).encode(), User, request="GET /test")


PEOPLE = People(
    [
        user(Id="U1", CustomId="A7", Email=" Ana@x.example "),
        user(Id="U2", CustomId="double", Email="both@x.example"),
        user(Id="U3", CustomId="DOUBLE", Email="both@x.example"),
        user(Id="U4", CustomId=None, Email=None),
    ]
)


@pytest.mark.parametrize(
    ("identifiers", "user_id"),
    [
        ({"user_id": "u1"}, "U1"),
        ({"employee_id": " a7 "}, "U1"),
        ({"employee_id": "\ufeffA\u200b7\u00a0"}, "U1"),
        ({"employee_id": "  ", "user_email": "\u200b ANA@x.example"}, "U1"),
        ({"user_email": "ANA@x.example"}, "U1"),
        ({"email": "ana@X.example", "user_id": None, "employee_id": " "}, "U1"),
        ({"user_id": "U4"}, "U4"),
    ],
)
def test_the_one_user_of_an_identifier(identifiers: dict[str, str | None], user_id: str) -> None:
    assert PEOPLE.find(**identifiers).id == user_id


@pytest.mark.parametrize(
    ("identifiers", "message"),
    [
        ({}, "exactly one is needed to name the user, 0 are given"),
        ({"user_id": "U1", "employee_id": "A7"}, "'user_id', 'employee_id': exactly one is needed .*, 2 are given"),
        ({"user_id": "U9"}, "'user_id' is 'U9', which belongs to no user of All Hours; it takes the user_id of one"),
        ({"employee_id": "Double"}, "'employee_id' is 'Double', which belongs to 2 users"),
        ({"email": "both@x.example"}, "'email' is an address, which belongs to 2 users of All Hours"),
        ({"user_email": "nobody@x.example"}, "'user_email' is an address, which belongs to no user"),
    ],
)
def test_none_or_several_are_an_error_without_the_address(identifiers: dict[str, str], message: str) -> None:
    with pytest.raises(AllHoursParameterError, match=message) as caught:
        PEOPLE.find(**identifiers)
    assert "@" not in str(caught.value)


def test_employee_ids_of_users() -> None:
    assert [PEOPLE.employee_id_of(user_id) for user_id in ("u1", "U4", "U9")] == ["A7", "", ""]


def definition(definition_id: str, name: str, integration_id: Any = None, active: bool | None = True) -> Any:
    return AbsenceDefinition(id=definition_id, name=name, integration_id=integration_id, is_active=active)


DEFINITIONS = [
    definition("D1", "Annual leave", 101),
    definition("D2", " 101 ", 7),
    definition("D3", "d1", 8, active=None),
    definition("D4", "Strike", 9, active=False),
    definition("D5", "Twice"),
    definition("D6", "twice", "S1"),
    definition("D7", "Moved", active=False),
    definition("D8", "Moved"),
]


@pytest.mark.parametrize(
    ("name", "definition_id"),
    [
        ("annual LEAVE ", "D1"),
        ("d1", "D1"),
        (101, "D2"),
        (7, "D2"),
        ("8", "D3"),
        ("s1", "D6"),
        ("moved", "D8"),
    ],
)
def test_an_id_goes_before_a_name_and_a_name_before_an_integration_id(name: str | int, definition_id: str) -> None:
    assert find_definition(DEFINITIONS, name).id == definition_id


@pytest.mark.parametrize(
    ("name", "problem"),
    [
        ("Siesta", "no definition"),
        ("Twice", "several active definitions"),
        ("strike", "a definition that is no longer active"),
        (9, "a definition that is no longer active"),
    ],
)
def test_an_unclear_definition_lists_the_active_ones(name: str | int, problem: str) -> None:
    with pytest.raises(AllHoursParameterError) as caught:
        find_definition(iter(DEFINITIONS), name)
    assert str(caught.value) == (
        f"parameter 'absence_definition' is {name!r}, which is {problem} of All Hours; it takes the name, id or "
        "IntegrationId of one of:  101 , Annual leave, Moved, Twice, d1, twice"
    )
