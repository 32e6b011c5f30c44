# SPDX-License-Identifier: Apache-2.0
"""Counting a version, and the delta between two of them: deltas add up to the last version."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from airflow_provider_allhours.payroll.amounts import (
    ABSENCE,
    ADDED,
    APPROVED_LATER,
    CORRECTED,
    COUNTER,
    REMOVED,
    SOURCES,
    TIMESHEET,
    Amount,
    Amounts,
    Item,
    Person,
    as_amounts,
    changes,
    count_amounts,
    employees,
    people_changed,
    totals,
)

items = st.builds(
    Item,
    st.sampled_from(["u1", "u2", "u3", "u4"]),
    st.sampled_from(["2026-10-01", "2026-10-02", "2026-10-05"]),
    st.sampled_from([TIMESHEET, ABSENCE, COUNTER]),
    st.sampled_from(["a", "b"]),
)
amounts = st.builds(Amount, st.integers(-2000, 2000), st.fractions(0, 1, max_denominator=8))


@st.composite
def versions(draw: st.DrawFn) -> Amounts:
    of = draw(st.dictionaries(items, amounts, max_size=8))
    staff = {item.user_id for item in of} | set(draw(st.lists(st.sampled_from(["u1", "u2", "u3", "u4"]))))
    return Amounts({user: Person(f"E{user}", "", "") for user in staff}, of)


def added_up(parts: list[Amounts]) -> dict[Item, Amount]:
    sums: dict[Item, Amount] = {}
    for part in parts:
        for item, amount in part.of.items():
            before = sums.get(item, Amount(0))
            sums[item] = Amount(
                (before.minutes or 0) + (amount.minutes or 0), (before.days or 0) + (amount.days or Fraction(0))
            )
    return {item: amount for item, amount in sums.items() if amount != Amount(0)}


@settings(max_examples=60)
@given(st.lists(versions(), min_size=1, max_size=6), st.data())
def test_a_release_and_its_deltas_add_up_to_the_last_version(history: list[Amounts], data: st.DataObject) -> None:
    """A full release and any number of deltas, whichever versions are skipped, add up to the last version."""
    released = [history[0]]
    paid = [history[0]]
    for version in history[1:]:
        is_last = version is history[-1]
        if is_last or data.draw(st.booleans()):
            paid.append(as_amounts(changes(released[-1], version), released[-1], version))
            released.append(version)
    truth = {item: amount for item, amount in history[-1].of.items() if amount != Amount(0)}
    assert added_up(paid) == truth


@settings(max_examples=30)
@given(versions())
def test_no_change_is_no_line(version: Amounts) -> None:
    assert changes(version, version) == []
    assert people_changed(version, version)[0] == 0


def test_every_line_has_its_reason() -> None:
    def staff(*users: str) -> dict[str, Person]:
        return {user: Person(user, "", "") for user in users}

    def item(user: str, kind: str = TIMESHEET, day: str = "2026-10-01") -> Item:
        return Item(user, day, kind, "x")

    before = Amounts(staff("stays", "goes", "ill"), {item("stays"): Amount(60), item("goes"): Amount(60)})
    after = Amounts(
        staff("stays", "comes", "ill"),
        {
            item("stays"): Amount(90),
            item("comes"): Amount(30),
            item("ill", ABSENCE): Amount(480, Fraction(1)),
            item("ill"): Amount(480),
            item("ill", day="2026-10-02"): Amount(1),
        },
    )
    found = {(change.item.user_id, change.item.kind, change.item.date): change for change in changes(before, after)}
    assert {key: change.reason for key, change in found.items()} == {
        ("stays", TIMESHEET, "2026-10-01"): CORRECTED,
        ("goes", TIMESHEET, "2026-10-01"): REMOVED,
        ("comes", TIMESHEET, "2026-10-01"): ADDED,
        ("ill", ABSENCE, "2026-10-01"): APPROVED_LATER,
        ("ill", TIMESHEET, "2026-10-01"): APPROVED_LATER,
        ("ill", TIMESHEET, "2026-10-02"): CORRECTED,
    }
    assert found["goes", TIMESHEET, "2026-10-01"].difference == Amount(-60)
    assert people_changed(before, after) == (4, 4)


def timesheet(user_id: str = "u", day: int = 1, planned: int | None = 480, **fields: Any) -> dict[str, Any]:
    return {
        "user_id": user_id,
        "employee_id": "1",
        "first_name": "Ana",
        "last_name": "Kos",
        "date": f"2026-10-0{day}",
        **dict.fromkeys((*SOURCES, "running_balance_minutes"), 0),
        "planned_minutes": planned,
        **fields,
    }


def absence(day: int, definition_id: str = "x", *, status: str = "approved", **fields: Any) -> dict[str, Any]:
    return {
        "user_id": "u",
        "date": f"2026-10-0{day}",
        "absence_definition_id": definition_id,
        "absence_definition": "L",
        "status": status,
        "is_partial": False,
        "partial_minutes": None,
        **fields,
    }


def counter(code: Any, minutes: int | None, day: int = 1, value: float | None = None) -> dict[str, Any]:
    return {"user_id": "u", "date": f"2026-10-0{day}", "counter_code": code, "minutes": minutes, "value": value}


def counted(amounts: Amounts, kind: str) -> dict[tuple[str, str], Amount]:
    return {(item.date, item.name): amount for item, amount in amounts.of.items() if item.kind == kind}


def test_every_minutes_column_but_the_running_balance_is_counted() -> None:
    row = timesheet(planned=480, paid_presence_minutes=470, overtime_minutes=-5, running_balance_minutes=99)
    amounts = count_amounts([row], [], [], {})
    assert amounts.of == {
        Item("u", "2026-10-01", TIMESHEET, "planned_minutes"): Amount(480),
        Item("u", "2026-10-01", TIMESHEET, "paid_presence_minutes"): Amount(470),
        Item("u", "2026-10-01", TIMESHEET, "overtime_minutes"): Amount(-5),
    }
    assert "running_balance_minutes" not in SOURCES


def test_people_without_an_id_or_a_name() -> None:
    nameless = timesheet("v", employee_id=None, first_name=None, last_name=None)
    amounts = count_amounts([timesheet(), nameless], [], [], {})
    assert amounts.people == {"u": Person("1", "Ana", "Kos"), "v": Person("", "", "")}


def test_half_days_and_parts_of_days() -> None:
    rows = [timesheet(day=day, planned=planned) for day, planned in ((1, 480), (2, 480), (5, 480), (6, None), (7, 0))]
    absences = [
        absence(1, "half"),
        absence(2, is_partial=True, partial_minutes=120),
        absence(5, status="pending"),
        absence(5, status="rejected"),
        absence(5, status="status-9"),
        absence(6, is_partial=True, partial_minutes=60),
        absence(6, absence_definition="whole"),
        absence(7, is_partial=True, partial_minutes=60),
        absence(8, is_partial=True, partial_minutes=None),
    ]
    amounts = count_amounts(rows, absences, [], {"half": 0.5})
    assert counted(amounts, ABSENCE) == {
        ("2026-10-01", "L"): Amount(240, Fraction(1, 2)),
        ("2026-10-02", "L"): Amount(120, Fraction(1, 4)),
        ("2026-10-06", "L"): Amount(60, None),
        ("2026-10-06", "whole"): Amount(None, Fraction(1)),
        ("2026-10-07", "L"): Amount(60, None),
        ("2026-10-08", "L"): Amount(None, None),
    }
    assert amounts.open_approvals == 1
    assert amounts.problems == ["an absence on 2026-10-05 has the unknown state status-9"]


@pytest.mark.parametrize("status", ["auto-approved", "approved", "auto-approved-notified"])
def test_approved_absences_are_paid(status: str) -> None:
    amounts = count_amounts([timesheet()], [absence(1, status=status)], [], {})
    assert counted(amounts, ABSENCE) == {("2026-10-01", "L"): Amount(480, Fraction(1))}
    assert (amounts.open_approvals, amounts.problems) == (0, [])


def test_absences_of_one_definition_and_day_are_summed_and_unknown_stays_unknown() -> None:
    part = absence(1, is_partial=True, partial_minutes=60)
    amounts = count_amounts([timesheet()], [part, part, absence(2), {**part, "date": "2026-10-02"}], [], {})
    assert counted(amounts, ABSENCE) == {
        ("2026-10-01", "L"): Amount(120, Fraction(1, 4)),
        ("2026-10-02", "L"): Amount(None, None),
    }


def test_an_absence_without_a_name_goes_by_its_id() -> None:
    amounts = count_amounts([timesheet()], [absence(1, "id", absence_definition=None)], [], {})
    assert set(counted(amounts, ABSENCE)) == {("2026-10-01", "id")}


def test_counters_with_a_value_are_counted() -> None:
    rows = [counter(4, 30), counter(4, 15), counter("5", 0, value=1), counter(6, None, value=2), counter(7, None)]
    amounts = count_amounts([timesheet()], [], rows, {})
    assert counted(amounts, COUNTER) == {("2026-10-01", "4"): Amount(45), ("2026-10-01", "6"): Amount(None)}


def test_a_counter_that_is_the_running_balance_on_every_day_is_not_counted() -> None:
    days = [timesheet(day=1, running_balance_minutes=30), timesheet(day=2, running_balance_minutes=45)]
    same, other, zero = [counter(1, 30), counter(1, 45, day=2)], [counter(2, 30), counter(2, 44, day=2)], counter(3, 0)
    amounts = count_amounts(days, [], [*same, *other, zero], {})
    assert amounts.states == {"1"}
    assert {item.name for item in amounts.of if item.kind == COUNTER} == {"2"}


def test_problems_and_open_approvals_of_the_later_version_stay_with_the_delta() -> None:
    item = Item("goes", "2026-10-01", TIMESHEET, "x")
    before = Amounts({"goes": Person("1", "", "")}, {item: Amount(60)}, 5, ["old"])
    after = Amounts({"stays": Person("2", "", "")}, {}, 3, ["new"], frozenset({"4"}))
    delta = as_amounts(changes(before, after), before, after)
    assert (delta.open_approvals, delta.problems, delta.states) == (3, ["new"], {"4"})
    assert delta.people == {"goes": Person("1", "", "")}
    assert delta.of == {item: Amount(-60)}


def test_a_difference_to_something_unknown_is_unknown() -> None:
    item = Item("u", "2026-10-01", ABSENCE, "L")
    people = {"u": Person("1", "", "")}
    known, unknown = Amounts(people, {item: Amount(60, Fraction(1))}), Amounts(people, {item: Amount(None, None)})
    for before, after in ((known, unknown), (unknown, known)):
        (change,) = changes(before, after)
        assert change.difference == Amount(None, None)


def test_versions_are_the_same_when_amounts_people_and_ids_are() -> None:
    item = Item("u", "2026-10-01", TIMESHEET, "x")
    version = Amounts({"u": Person("1", "Ana", "Kos")}, {item: Amount(60)})
    assert version.is_same(Amounts({"u": Person("1", "Ana", "Novak")}, {item: Amount(60)}))
    assert not version.is_same(Amounts({"u": Person("2", "Ana", "Kos")}, {item: Amount(60)}))
    assert not version.is_same(Amounts({"u": Person("1", "Ana", "Kos")}, {item: Amount(61)}))
    assert not version.is_same(Amounts({**version.people, "v": Person("2", "", "")}, {item: Amount(60)}))


def test_people_who_came_or_went_without_amounts_have_changed() -> None:
    before, after = Amounts({"a": Person("1", "", "")}), Amounts({"b": Person("2", "", ""), "a": Person("1", "", "")})
    assert people_changed(before, after) == (1, 2)
    assert people_changed(after, before) == (1, 2)


def test_totals_are_minutes_by_timesheet_column() -> None:
    rows = [timesheet("u", overtime_minutes=10), timesheet("v", day=2, overtime_minutes=5)]
    amounts = count_amounts(rows, [absence(1)], [counter("overtime_minutes", 7)], {})
    assert totals(amounts) == {**dict.fromkeys(SOURCES, 0), "planned_minutes": 960, "overtime_minutes": 15}


def test_employees_are_sorted_by_employee_id_then_user_id() -> None:
    people = {"c": Person("1", "", ""), "b": Person("2", "", ""), "a": Person("1", "", "")}
    assert [user_id for user_id, _ in employees(Amounts(people))] == ["a", "c", "b"]
