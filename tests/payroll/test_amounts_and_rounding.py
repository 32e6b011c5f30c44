# SPDX-License-Identifier: Apache-2.0
"""Arithmetic that pays people: deltas add up to the truth, lines add up to their totals."""

from __future__ import annotations

from datetime import date
from fractions import Fraction
from random import Random

from hypothesis import given, settings
from hypothesis import strategies as st

from airflow_provider_allhours.payroll.amounts import (
    ABSENCE,
    ADDED,
    APPROVED_LATER,
    CORRECTED,
    COUNTER,
    REMOVED,
    TIMESHEET,
    Amount,
    Amounts,
    Item,
    Person,
    as_amounts,
    changes,
    count_amounts,
    people_changed,
)
from airflow_provider_allhours.payroll.lines import Share, pay_lines, problems_of
from airflow_provider_allhours.payroll.mapping import read_mapping
from airflow_provider_allhours.payroll.rounding import largest_remainder, round_half_up, round_lines
from airflow_provider_allhours.periods import Period

OCTOBER = Period(date(2026, 10, 1), date(2026, 10, 31))

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
    of = draw(st.dictionaries(items, amounts, max_size=12))
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


@settings(max_examples=500, deadline=None)
@given(st.lists(versions(), min_size=1, max_size=6), st.data())
def test_what_was_released_is_the_truth(history: list[Amounts], data: st.DataObject) -> None:
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


@settings(max_examples=200, deadline=None)
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


def test_half_days_and_parts_of_days() -> None:
    sheet = {
        "employee_id": "1",
        "first_name": None,
        "last_name": None,
        **dict.fromkeys(
            (
                "paid_presence_minutes",
                "paid_absence_minutes",
                "unpaid_presence_minutes",
                "missing_presence_minutes",
                "overtime_minutes",
                "lunch_break_minutes",
                "balance_minutes",
                "running_balance_minutes",
            ),
            0,
        ),
    }
    rows = [
        {**sheet, "user_id": "u", "date": f"2026-10-0{day}", "planned_minutes": planned}
        for day, planned in ((1, 480), (2, 480), (5, 480), (6, None))
    ]
    base = {"user_id": "u", "status": "approved", "absence_definition": "L", "is_partial": False}
    absences = [
        {**base, "date": "2026-10-01", "absence_definition_id": "half", "partial_minutes": None},
        {**base, "date": "2026-10-02", "absence_definition_id": "x", "is_partial": True, "partial_minutes": 120},
        {**base, "date": "2026-10-05", "absence_definition_id": "x", "status": "pending", "partial_minutes": None},
        {**base, "date": "2026-10-05", "absence_definition_id": "x", "status": "rejected", "partial_minutes": None},
        {**base, "date": "2026-10-05", "absence_definition_id": "x", "status": "status-9", "partial_minutes": None},
        {**base, "date": "2026-10-06", "absence_definition_id": "x", "is_partial": True, "partial_minutes": 60},
    ]
    found = count_amounts(rows, absences, [], {"half": 0.5})
    by_day = {item.date: amount for item, amount in found.of.items() if item.kind == ABSENCE}
    assert by_day == {
        "2026-10-01": Amount(240, Fraction(1, 2)),
        "2026-10-02": Amount(120, Fraction(1, 4)),
        "2026-10-06": Amount(60, None),
    }
    assert found.open_approvals == 1
    assert len(found.problems) == 1
    for unit, count in (("hours", 1), ("days", 2)):
        mapping = read_mapping({"lines": [{"absence": "L", "pay_code": "1", "unit": unit}]})
        assert len(problems_of(Share(OCTOBER, found), mapping)) == count


def test_largest_remainder_by_hand() -> None:
    thirds = dict.fromkeys("abc", Fraction(100, 3))
    assert largest_remainder(thirds, 100) == {"a": 34, "b": 33, "c": 33}
    assert largest_remainder({"a": Fraction(-5, 2), "b": Fraction(1, 2)}, -2) == {"a": -2, "b": 0}
    assert [round_half_up(Fraction(n, 2)) for n in (1, 3, -1, -3, 4)] == [1, 2, -1, -2, 2]


def test_ten_thousand_months_add_up() -> None:
    """Per employee and overall, negative corrections included."""
    random = Random(20261031)
    for month in range(10_000):
        table = {
            (f"e{who}", f"c{what}"): Fraction(random.randrange(-600, 12_000) * 5, 3)
            for who in range(random.randrange(1, 7))
            for what in range(random.randrange(1, 4))
        }
        rounded = round_lines(table)
        assert rounded.keys() == table.keys()
        assert sum(rounded.values()) == round_half_up(sum(table.values(), Fraction(0))), month
        assert all(abs(rounded[key] - value) < 1 for key, value in table.items())
        for who in {key[0] for key in table}:
            own = [key for key in table if key[0] == who]
            assert abs(sum(rounded[key] for key in own) - sum(table[key] for key in own)) < 1


def test_totals_by_line_stay_close_in_a_big_company() -> None:
    random = Random(7)
    table = {
        (f"e{who}", f"c{what}"): Fraction(random.randrange(0, 12_000) * 5, 3)
        for who in range(2000)
        for what in range(5)
    }
    rounded = round_lines(table)
    for what in range(5):
        exact = sum((value for key, value in table.items() if key[1] == f"c{what}"), Fraction(0))
        printed = sum(value for key, value in rounded.items() if key[1] == f"c{what}")
        assert abs(printed - exact) < 2


def test_the_complaint_of_the_three_lines() -> None:
    """0.02 + 0.22 + 0.10 beside a total of 0.33: printed lines add up to the printed total."""
    mapping = read_mapping(
        {
            "lines": [
                {"source": source, "pay_code": source, "unit": "hours"}
                for source in ("paid_presence_minutes", "overtime_minutes", "paid_absence_minutes")
            ]
        }
    )
    day = "2026-10-01"
    of = {
        Item("u", day, TIMESHEET, "paid_presence_minutes"): Amount(1),
        Item("u", day, TIMESHEET, "overtime_minutes"): Amount(13),
        Item("u", day, TIMESHEET, "paid_absence_minutes"): Amount(6),
    }
    lines = pay_lines(Share(OCTOBER, Amounts({"u": Person("1", "", "")}, of)), mapping)
    assert sum(line.quantity for line in lines) == 33
    assert [line.text() for line in lines] == ["0.02", "0.21", "0.10"]
