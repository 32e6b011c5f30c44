# SPDX-License-Identifier: Apache-2.0
"""Who is paid, and whose number is missing or doubled."""

from __future__ import annotations

from typing import Any

import pytest

from airflow_provider_allhours.attendance.selection import EmployeeSelection
from airflow_provider_allhours.client.errors import AllHoursParameterError
from airflow_provider_allhours.payroll.people import Group, people_of, read_excluded
from tests.payroll.records import person

ENTRIES = [
    person("a", "7"),
    person("b", "7"),
    person("c", "8", custom_fields={"custom_field3": "hourly"}),
    person("d", ""),
    person("e", ""),
    person("f", "6", custom_fields={"custom_field3": "monthly"}),
]


def paid(group: Group) -> tuple[list[tuple[str, tuple[str, ...]]], list[str]]:
    people = people_of(ENTRIES, group)
    assert people.user_ids == set("abcdef")
    return [(found.employee_id, found.user_ids) for found in people.payable], list(people.problems)


def test_missing_and_doubled_numbers_are_named_by_id() -> None:
    assert paid(Group()) == (
        [("6", ("f",)), ("8", ("c",))],
        ["2 users have no employee id: d, e", "employee id 7 belongs to 2 users: a, b"],
    )


def test_the_rest_is_paid_when_they_are_left_out_or_are_one_person() -> None:
    without = {"d": "external", "e": "external"}
    rest = [("6", ("f",)), ("8", ("c",))]
    assert paid(Group(excluded={**without, "7": "re-hire"})) == (rest, [])
    assert paid(Group(excluded={**without, "b": "old record"})) == ([rest[0], ("7", ("a",)), rest[1]], [])
    assert paid(Group(excluded=without, merges=True)) == ([rest[0], ("7", ("a", "b")), rest[1]], [])


def test_only_the_selected_are_looked_at() -> None:
    assert paid(Group(EmployeeSelection.of(["8"]))) == ([("8", ("c",))], [])
    assert paid(Group(EmployeeSelection.of({"custom_field3": ["hourly"]}))) == ([("8", ("c",))], [])


def test_of_merged_users_the_one_who_was_paid_before_stands_for_the_person() -> None:
    (found,) = people_of(
        ENTRIES[:2], Group(merges=True), lambda user_id, number: (user_id, number) == ("b", "7")
    ).payable
    assert (found.user_id, found.user_ids) == ("b", ("b", "a"))


@pytest.mark.parametrize(
    ("exclude", "message"),
    [
        (["7"], "'exclude' takes an object"),
        ({7: "x"}, "'exclude' has the id 7, which is not text"),
        ({"7": " "}, "'exclude' gives no reason for 7"),
        ({"7": None}, "'exclude' gives no reason for 7"),
    ],
)
def test_an_exclusion_has_an_id_and_a_reason(exclude: Any, message: str) -> None:
    assert read_excluded(None) == {}
    assert read_excluded({" 7\u200b": " moved "}) == {"7": "moved"}
    with pytest.raises(AllHoursParameterError, match=message):
        read_excluded(exclude)
