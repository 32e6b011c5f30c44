# SPDX-License-Identifier: Apache-2.0
"""Counting a version, and the delta between two of them: deltas add up to the last version."""

from __future__ import annotations

from datetime import date
from fractions import Fraction

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
from airflow_provider_allhours.payroll.lines import Share, problems_of
from airflow_provider_allhours.payroll.mapping import read_mapping
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
