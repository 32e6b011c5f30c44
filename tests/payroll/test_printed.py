# SPDX-License-Identifier: Apache-2.0
"""What was printed of a period is known by user, in the order of the releases, under the numbers of today."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from airflow_provider_allhours.flows.printed_on_disk import PrintedOnDisk
from airflow_provider_allhours.payroll.paid_people import PaidLine, PaidPerson
from airflow_provider_allhours.payroll.printed import PrintedSoFar, printed_so_far
from airflow_provider_allhours.periods import Period

OCTOBER = Period.of_month(2026, 10)
NOTHING: frozenset[str] = frozenset()


@pytest.fixture
def disk() -> Iterator[PrintedOnDisk]:
    with PrintedOnDisk(OCTOBER) as printed:
        yield printed


def lines(*quantities: int) -> tuple[PaidLine, ...]:
    return tuple(PaidLine("1000", "hours", "", quantity, 0, None, False) for quantity in quantities)


def so_far(disk: PrintedOnDisk, *releases: list[PaidPerson]) -> PrintedSoFar:
    return printed_so_far(disk, releases, frozenset(), NOTHING)


def test_the_lines_of_a_user_are_those_of_all_releases(disk: PrintedOnDisk) -> None:
    disk.add(PaidPerson("1", ("u",), lines=lines(5)), release=0)
    known = so_far(
        disk,
        [PaidPerson("2", ("v", "w"), lines=lines(7)), PaidPerson("3", ("idle",))],
        [PaidPerson("9", ("u",), lines=lines(1, -2))],
    )
    assert [*known.lines.users()] == ["u", "v"]
    assert [(line.person.employee_id, line.quantity, line.period) for line in known.lines.of("u")] == [
        ("1", 5, OCTOBER),
        ("9", 1, OCTOBER),
        ("9", -2, OCTOBER),
    ]
    assert [line.person.user_ids for line in known.lines.of("v")] == [("v", "w")]
    assert known.lines.of("w") == known.lines.of("nobody") == []


def test_lines_have_the_number_under_which_payroll_has_them(disk: PrintedOnDisk) -> None:
    disk.add(PaidPerson("1", ("u",), lines=lines(4)), release=0)
    known = so_far(
        disk,
        [PaidPerson("1", ("u",), lines=lines(5)), PaidPerson("1", ("v",), lines=lines(6))],
        [PaidPerson("1", ("u",), lines=lines(7)), PaidPerson("2", ("u",), lines=lines(1), renumbered={"1": "2"})],
        [PaidPerson("3", ("u",), renumbered={"2": "3"})],
    )
    found = [(line.person.employee_id, line.quantity) for line in known.lines.of("u")]
    assert found == [("3", 4), ("3", 5), ("1", 7), ("3", 1)], "that of the release that says so stays"
    assert [line.person.employee_id for line in known.lines.of("v")] == ["1"]


def test_somebody_who_came_back_and_was_paid_is_a_question_again(disk: PrintedOnDisk) -> None:
    gone = [PaidPerson("", ("a",), kept=True), PaidPerson("", ("b",), kept=True)]
    back = [PaidPerson("1", ("a",), lines=lines(1))]
    assert so_far(disk, gone).kept == {"a", "b"}
    assert so_far(disk, gone, back).kept == {"b"}


def test_more_users_than_are_read_at_once_are_each_there_once(disk: PrintedOnDisk) -> None:
    users = [f"u{number:04}" for number in range(1201)]
    for user_id in [*reversed(users), *users]:
        disk.add(PaidPerson("1", (user_id,), lines=lines(1)), release=0)
    assert [*disk.users()] == users
    assert len(disk.of("u0700")) == 2
