# SPDX-License-Identifier: Apache-2.0
"""Comparing two versions of a period: the ± lines add up to the later version, and each has its reason."""

from __future__ import annotations

from datetime import date
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from airflow_provider_allhours.payroll.amounts import ABSENCE, COUNTER, SOURCES, TIMESHEET
from airflow_provider_allhours.payroll.delta import (
    ADDED,
    APPROVED_LATER,
    CHANGED,
    CORRECTED,
    NEW_DAY,
    NOTHING,
    REMOVED,
    Comparison,
    DeltaLine,
    Item,
    Quantity,
    RunningCounters,
    in_both,
    quantities,
)
from airflow_provider_allhours.payroll.frozen import (
    FrozenAbsence,
    FrozenCounter,
    FrozenDay,
    FrozenPerson,
    PersonRecords,
)

FIRST, LAST = date(2026, 10, 1), date(2026, 10, 31)


def person(user_id: str = "u", **fields: Any) -> FrozenPerson:
    known = {"employee_id": f"E{user_id}", "first_name": "Ana", "last_name": "Kos", "custom_fields": {}}
    return FrozenPerson(**{"user_id": user_id, "date_from": FIRST, "date_to": LAST, **known, **fields})


def day(number: int = 1, user_id: str = "u", **fields: Any) -> FrozenDay:
    minutes = dict.fromkeys((*SOURCES, "running_balance_minutes"), 0)
    known: dict[str, Any] = {
        **minutes,
        "employee_id": f"E{user_id}",
        "user_id": user_id,
        "date": date(2026, 10, number),
        "planned_minutes": 480,
        "missing_events": 0,
        "is_weekend": False,
        "is_holiday": False,
        "holiday_name": None,
        "is_valid": True,
    }
    return FrozenDay(**{**known, **fields})


def absence(number: int = 1, definition: str = "leave", **fields: Any) -> FrozenAbsence:
    known: dict[str, Any] = {
        "employee_id": "Eu",
        "user_id": "u",
        "date": date(2026, 10, number),
        "absence_id": f"a{number}",
        "group_id": None,
        "absence_definition_id": definition,
        "absence_definition": "Leave",
        "integration_id": None,
        "status": "approved",
        "is_partial": False,
        "partial_from": None,
        "partial_to": None,
        "partial_minutes": None,
        "fraction": 1.0,
    }
    return FrozenAbsence(**{**known, **fields})


def part(number: int, minutes: int | None, **fields: Any) -> FrozenAbsence:
    return absence(number, is_partial=True, partial_minutes=minutes, **fields)


def counter(code: int | None, minutes: int | None, number: int = 1, **fields: Any) -> FrozenCounter:
    known: dict[str, Any] = {"counter_id": None, "counter": f"Counter {code}", "value_type": 1, "value": None}
    at = {"employee_id": "Eu", "user_id": "u", "date": date(2026, 10, number)}
    return FrozenCounter(**{**at, **known, "counter_code": code, "minutes": minutes, **fields})


def records(*of: FrozenDay | FrozenAbsence | FrozenCounter, who: FrozenPerson | None = None) -> PersonRecords:
    days = tuple(each for each in of if isinstance(each, FrozenDay))
    absences = tuple(each for each in of if isinstance(each, FrozenAbsence))
    return PersonRecords(who or person(), days, absences, tuple(each for each in of if isinstance(each, FrozenCounter)))


def compared(
    before: list[PersonRecords], after: list[PersonRecords], **options: Any
) -> tuple[Comparison, list[DeltaLine]]:
    comparison = Comparison(before, after, **options)
    return comparison, list(comparison.lines())


def reasons(before: list[PersonRecords], after: list[PersonRecords], **options: Any) -> dict[tuple[str, str], str]:
    _, lines = compared(before, after, **options)
    return {(line.user_id, line.item.name): line.reason for line in lines}


@st.composite
def versions(draw: st.DrawFn) -> list[PersonRecords]:
    people = []
    for user_id in sorted(draw(st.sets(st.sampled_from("abcd")))):
        numbers = sorted(draw(st.sets(st.integers(1, 4))))
        days = tuple(
            day(
                number, user_id, paid_presence_minutes=draw(st.integers(0, 2)), overtime_minutes=draw(st.integers(0, 1))
            )
            for number in numbers
        )
        leave = tuple(
            absence(number, draw(st.sampled_from(["leave", "sick"])), fraction=draw(st.sampled_from([0.5, 1.0])))
            for number in sorted(draw(st.sets(st.integers(1, 4), max_size=2)))
        )
        counters = tuple(counter(7, draw(st.integers(0, 2)), number) for number in numbers)
        people.append(PersonRecords(person(user_id), days, leave, counters))
    return people


def everything(version: list[PersonRecords]) -> dict[tuple[str, Item], Quantity]:
    """What is paid of a version; properties of days and people are no quantity."""
    return {
        (each.person.user_id, item): quantity
        for each in version
        for item, quantity in quantities(each, frozenset()).items()
        if item.kind in (TIMESHEET, ABSENCE, COUNTER)
    }


@settings(max_examples=100)
@given(versions(), versions())
def test_the_lines_turn_the_earlier_version_into_the_later(
    before: list[PersonRecords], after: list[PersonRecords]
) -> None:
    comparison, lines = compared(before, after)
    made = everything(before)
    for line in lines:
        if line.item.kind in (TIMESHEET, ABSENCE, COUNTER):
            key = (line.user_id, line.item)
            assert made.pop(key, NOTHING) == line.before
            if line.after != NOTHING:
                made[key] = line.after
    assert made == everything(after)
    assert comparison.people == len({each.person.user_id for each in [*before, *after]})
    assert sum(comparison.reasons.values()) == len(lines)
    assert lines == sorted(lines, key=lambda line: (line.user_id, line.item))


@settings(max_examples=30)
@given(versions())
def test_the_same_version_has_no_line(version: list[PersonRecords]) -> None:
    comparison, lines = compared(version, list(version))
    assert (lines, comparison.is_same, comparison.changed) == ([], True, 0)


def test_each_line_has_its_reason() -> None:
    worked = day(1, paid_presence_minutes=60)
    before = [records(worked, who=person("goes")), records(worked, day(2), who=person("stays"))]
    after = [
        records(worked, who=person("comes")),
        records(day(1, paid_presence_minutes=90), absence(2), day(2, overtime_minutes=5), who=person("stays")),
    ]
    assert reasons(before, after) == {
        ("comes", "planned_minutes"): ADDED,
        ("comes", "paid_presence_minutes"): ADDED,
        ("goes", "planned_minutes"): REMOVED,
        ("goes", "paid_presence_minutes"): REMOVED,
        ("stays", "paid_presence_minutes"): CORRECTED,
        ("stays", "leave"): APPROVED_LATER,
        ("stays", "overtime_minutes"): APPROVED_LATER,
    }


def test_a_day_that_was_not_past_is_new_and_changes_nobody() -> None:
    before = [records(day(1), day(2, paid_presence_minutes=480))]
    after = [records(day(1), day(2, paid_presence_minutes=470))]
    comparison, lines = compared(before, after, past_until=date(2026, 10, 1))
    assert [line.reason for line in lines] == [NEW_DAY]
    assert (comparison.changed, comparison.is_same) == (0, False)
    comparison, lines = compared(before, after, past_until=date(2026, 10, 2))
    assert [line.reason for line in lines] == [CORRECTED]
    assert comparison.changed == 1


@pytest.mark.parametrize(("joined", "changed"), [(1, 1), (2, 0)])
def test_somebody_who_joined_on_a_day_that_was_not_past_has_changed_nothing(joined: int, changed: int) -> None:
    newcomer = records(who=person("v", date_from=date(2026, 10, joined)))
    for versions_of in ([[], [newcomer]], [[newcomer], []]):
        comparison, _ = compared(*versions_of, past_until=date(2026, 10, 1))
        assert (comparison.people, comparison.changed, comparison.is_same) == (1, changed, False)


@pytest.mark.parametrize(
    ("fields", "name"),
    [({"employee_id": "77"}, "employee_id"), ({"custom_fields": {"custom_field3": "hourly"}}, "custom_field3")],
)
def test_another_number_or_custom_field_is_a_change(fields: dict[str, Any], name: str) -> None:
    comparison, (line,) = compared([records(day())], [records(day(), who=person(**fields))])
    assert (line.item.name, line.reason, comparison.is_same, comparison.changed) == (name, CHANGED, False, 1)


def test_another_name_is_no_change_of_pay() -> None:
    comparison, lines = compared([records(day())], [records(day(), who=person(last_name="Novak"))])
    assert (lines, comparison.is_same, comparison.changed) == ([], True, 0)


@pytest.mark.parametrize("kind", ["is_holiday", "is_weekend"])
def test_a_day_that_becomes_a_holiday_is_corrected(kind: str) -> None:
    assert reasons([records(day())], [records(day(**{kind: True}))]) == {("u", kind): CORRECTED}


@pytest.mark.parametrize(
    "after",
    [
        records(day(is_valid=False)),
        records(day(missing_events=1)),
        records(day(), absence(status="pending")),
        records(day(), absence(status="rejected")),
    ],
    ids=["not valid", "missing clocking", "pending leave", "rejected leave"],
)
def test_what_only_decides_whether_a_day_can_be_paid_makes_a_version_without_lines(after: PersonRecords) -> None:
    comparison, lines = compared([records(day())], [after])
    assert (lines, comparison.is_same, comparison.changed) == ([], False, 0)


def test_half_days_and_parts_of_days() -> None:
    days = [day(1), day(2), day(3, planned_minutes=None), day(4, planned_minutes=0)]
    found = quantities(
        records(
            *days,
            absence(1, "half", fraction=0.5),
            part(2, 120),
            part(3, 60),
            absence(3, "whole"),
            part(4, 60),
            part(5, None),
        ),
        frozenset(),
    )
    assert {(item.date[-2:], item.name): value[:2] for item, value in found.items() if item.kind == ABSENCE} == {
        ("01", "half"): (240, Fraction(1, 2)),
        ("02", "leave"): (120, Fraction(1, 4)),
        ("03", "leave"): (60, None),
        ("03", "whole"): (None, Fraction(1)),
        ("04", "leave"): (60, None),
        ("05", "leave"): (None, None),
    }


def test_absences_of_one_definition_and_day_are_summed_and_unknown_stays_unknown() -> None:
    found = quantities(records(day(1), day(2), part(1, 60), part(1, 60), absence(2), part(2, None)), frozenset())
    assert [value[:2] for item, value in found.items() if item.kind == ABSENCE] == [
        (120, Fraction(1, 4)),
        (None, None),
    ]


@pytest.mark.parametrize("status", ["auto-approved", "approved", "auto-approved-notified"])
def test_absences_that_are_taken_count(status: str) -> None:
    found = quantities(records(day(), absence(status=status)), frozenset())
    assert found[Item("2026-10-01", ABSENCE, "leave")] == Quantity(480, Fraction(1))


def test_a_renamed_definition_is_the_same_definition() -> None:
    before, after = absence(absence_definition="Leave"), absence(absence_definition="Leave (paid)")
    comparison, lines = compared([records(day(), before)], [records(day(), after)])
    assert (lines, comparison.is_same) == ([], True)


def test_a_difference_to_something_unknown_is_unknown() -> None:
    known, unknown = records(day(), part(1, 60)), records(day(), part(1, None))
    for before, after in ((known, unknown), (unknown, known)):
        _, (line,) = compared([before], [after])
        assert (line.minutes, line.days) == (None, None)


def test_a_difference_of_known_quantities() -> None:
    _, (line,) = compared([records(day(), part(1, 60))], [records(day(), part(1, 180))])
    assert (line.minutes, line.days) == (120, Fraction(1, 4))


def test_counters_of_one_code_are_summed_and_those_without_a_value_left_out() -> None:
    found = quantities(
        records(
            day(),
            counter(4, 30),
            counter(4, 15),
            counter(5, 0),
            counter(6, None, value="2", value_type=2),
            counter(8, None),
            counter(24, 99),
        ),
        frozenset({"24"}),
    )
    assert {item.name: value for item, value in found.items() if item.kind == COUNTER} == {
        "4": Quantity(45),
        "6": Quantity(None, text="2"),
    }


def test_a_counter_that_is_the_running_balance_on_every_day_is_found() -> None:
    found = RunningCounters()
    days = [day(1, running_balance_minutes=30), day(2, running_balance_minutes=45)]
    found.look_at(records(*days, counter(1, 30), counter(1, 45, 2), counter(2, 30), counter(2, 44, 2), counter(3, 0)))
    assert found.keys == {"1", "24"}
    found.look_at(records(day(1, running_balance_minutes=5), counter(1, 6)))
    assert found.keys == {"24"}
    assert in_both({"1", "24"}, {"24", "2"}) == {"24"}
