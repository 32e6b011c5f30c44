# SPDX-License-Identifier: Apache-2.0
"""What a mapping pays of frozen days, and what it finds wrong with them."""

from __future__ import annotations

from typing import Any

import pytest

from airflow_provider_allhours.payroll.definitions import Definitions, ResolvedMapping
from airflow_provider_allhours.payroll.findings import Findings
from airflow_provider_allhours.payroll.frozen import FrozenAbsence, FrozenCounter, FrozenDay
from airflow_provider_allhours.payroll.lines import PayLine, lines_of
from airflow_provider_allhours.payroll.mapping import read_mapping
from airflow_provider_allhours.payroll.people import Person
from airflow_provider_allhours.payroll.quantities import quantities_of
from airflow_provider_allhours.periods import Period
from tests.payroll.records import counter, day, leave, records

OCTOBER = Period.of_month(2026, 10)
Rows = list[FrozenDay | FrozenAbsence | FrozenCounter]
IGNORE = {"absences": "*", "counters": "*"}


def paid(lines: list[dict[str, Any]], *people: Rows, **document: Any) -> tuple[list[PayLine], list[str]]:
    """Lines of one person of one user or several, and the problems."""
    mapping = read_mapping({"lines": lines, "ignore": IGNORE, **document})
    findings = Findings()
    resolved = ResolvedMapping(mapping, Definitions())
    quantities = quantities_of([records(*rows) for rows in people], "1", resolved, findings)
    made = lines_of(Person("1"), quantities, cost_centre="", period=OCTOBER, rounding="line")
    return made, [*resolved.problems(), *findings.sentences()]


def printed(lines: list[dict[str, Any]], *people: Rows, **document: Any) -> dict[str, str]:
    """Quantity by pay code, of lines without a problem."""
    made, problems = paid(lines, *people, **document)
    assert problems == []
    return {line.pay_code: line.text() for line in made if line.quantity}


def source(name: str = "paid_presence_minutes", code: str = "1", **fields: Any) -> dict[str, Any]:
    return {"source": name, "pay_code": code, "unit": "minutes", **fields}


def absence(name: str = "annual", code: str = "2", unit: str = "days", **fields: Any) -> dict[str, Any]:
    return {"absence": name, "pay_code": code, "unit": unit, **fields}


def test_minus_takes_minutes_off_each_day() -> None:
    rows: Rows = [day(1, paid_presence_minutes=500, overtime_minutes=20), day(2, paid_presence_minutes=480)]
    lines = [source(minus=["overtime_minutes"]), source("overtime_minutes", "3")]
    assert printed(lines, rows) == {"1": "960", "3": "20"}


def test_when_pays_each_day_by_one_of_three_lines() -> None:
    rows: Rows = [
        day(1, paid_presence_minutes=1),
        day(3, paid_presence_minutes=20),
        day(4, paid_presence_minutes=300, is_holiday=True),
        day(5, paid_presence_minutes=4000, is_holiday=True),
    ]
    lines = [source(code=kind, when=kind) for kind in ("holiday", "weekend", "workday")]
    assert printed(lines, rows) == {"workday": "1", "weekend": "20", "holiday": "4300"}


def test_a_day_of_which_nothing_says_whether_it_is_a_holiday_blocks_lines_of_such_days_only() -> None:
    rows: Rows = [day(1, paid_presence_minutes=1, is_holiday=None), day(2, is_weekend=None)]
    assert printed([source()], rows) == {"1": "1"}
    _, problems = paid([source(when="workday")], rows)
    assert problems == [
        "timesheet 'paid_presence_minutes' is mapped for a workday, and All Hours does not say what kind of day it is: "
        "employee id 1 on 2026-10-01"
    ]


def test_leave_from_friday_to_monday_counts_what_the_agreement_counts() -> None:
    """Records on a Saturday and a Sunday are not leave of a workday, a holiday with a plan is none either."""
    rows: Rows = [day(2), day(3, 0), day(4, 0), day(5), day(6, is_holiday=True), *(leave(n) for n in range(2, 7))]
    assert printed([absence()], rows) == {"2": "2.00"}
    assert printed([absence(unit="hours")], rows) == {"2": "16.00"}
    assert printed([absence(count="calendar")], rows) == {"2": "5.00"}
    assert printed([absence(unit="hours", count="calendar")], rows) == {"2": "24.00"}
    assert printed([absence(unit="count")], rows) == {"2": "2"}


def test_a_part_longer_than_the_plan_is_the_whole_day() -> None:
    rows: Rows = [day(1, 240), leave(1, partial_minutes=480)]
    assert printed([absence(), absence(code="3", unit="hours", also=True)], rows) == {"2": "1.00", "3": "4.00"}


def test_half_days_and_parts_of_days() -> None:
    rows: Rows = [day(1, 481), day(2), leave(1, fraction=0.5), leave(2, partial_minutes=120)]
    lines = [absence(), absence(code="3", unit="minutes", also=True)]
    assert printed(lines, rows) == {"2": "0.75", "3": "361"}
    twice: Rows = [day(1, 481), leave(1, fraction=0.5), leave(1, fraction=0.5)]
    assert printed(lines, twice) == {"2": "1.00", "3": "481"}


@pytest.mark.parametrize("other", ["annual", "sick"])
@pytest.mark.parametrize("unit", ["days", "hours"])
def test_more_than_a_day_of_leave_on_a_day_blocks_over_all_definitions(other: str, unit: str) -> None:
    lines = [absence(unit=unit), absence("sick", "3", unit)]
    rows: Rows = [day(1), leave(1), leave(1, other, fraction=0.5)]
    assert paid(lines, rows)[1] == ["employee id 1 has 1.5 days of leave on 2026-10-01, and a day is one at most"]
    assert paid(lines, [day(1), leave(1)], [day(1), leave(1, other)])[1] == [
        "employee id 1 has 2 days of leave on 2026-10-01, and a day is one at most"
    ]
    assert printed([*lines, absence(code="4", unit=unit, also=True)], [day(1), leave(1)])["4"]


def test_only_absences_that_are_taken_are_paid_and_unknown_states_block() -> None:
    states = ["pending", "rejected", "auto-approved", "auto-approved-notified"]
    rows: Rows = [leave(number, status=status) for number, status in enumerate(states, start=5)]
    rows += [day(number) for number in range(5, 10)]
    assert printed([absence()], rows) == {"2": "2.00"}
    assert paid([absence()], [*rows, leave(9, status="status-9")])[1] == [
        "an absence of employee id 1 has the unknown state status-9"
    ]


def test_count_counts_days_above_zero_and_pieces_of_a_counter() -> None:
    rows: Rows = [
        day(1, paid_presence_minutes=10),
        day(2, paid_presence_minutes=0),
        day(5, paid_presence_minutes=10, overtime_minutes=10),
        counter(103, 1, value="2"),
        counter(103, 2, value="3.0"),
        counter(103, 5, value="0"),
        counter(102, 1, minutes=50),
        counter(102, 2, minutes=-50),
    ]
    lines = [
        source(unit="count", minus=["overtime_minutes"]),
        {"counter": "Counter 103", "pay_code": "2", "unit": "count"},
        {"counter": 102, "pay_code": "3", "unit": "count"},
    ]
    assert printed(lines, rows) == {"1": "1", "2": "5", "3": "1"}


@pytest.mark.parametrize("value", ["1.5", "many", "NaN", "Infinity", "1e9999999999"])
def test_pieces_that_are_no_whole_number_block(value: str) -> None:
    line = {"counter": 103, "pay_code": "2", "unit": "count"}
    assert paid([line], [day(1), counter(103, value=value)])[1] == [
        "counter '103' is mapped in count, and All Hours gives no number of count for at least one day (no whole "
        "number) of employee id 1"
    ]


def test_numbers_that_all_hours_does_not_give_block_the_unit_that_needs_them() -> None:
    rows: Rows = [day(1, None), leave(1), leave(2), counter(103, value="2")]
    lines = [
        source("planned_minutes"),
        absence(),
        {"counter": 103, "pay_code": "3", "unit": "hours"},
    ]
    reason = "for at least one day (no time, or no planned minutes) of employee id 1"
    assert paid(lines, rows)[1] == [
        f"timesheet 'planned_minutes' is mapped in minutes, and All Hours gives no number of minutes {reason}",
        f"absence 'annual' is mapped in days, and All Hours gives no number of days {reason}",
        f"counter '103' is mapped in hours, and All Hours gives no number of hours {reason}",
    ]
    assert printed([absence(count="calendar")], [day(1, None), leave(1), leave(2)]) == {"2": "2.00"}


def test_what_is_neither_mapped_nor_ignored_is_listed_with_the_people() -> None:
    rows: Rows = [day(1), day(2), leave(1), leave(2), leave(2, "sick"), counter(4, minutes=5), counter(5, minutes=0)]
    rows += [counter(6), counter(7, value=" "), counter(8, value="0.0")]
    ignored = {"ignore": {"absences": ["SICK"]}}
    assert paid([source()], rows, **ignored)[1] == [
        "absence 'ANNUAL' (2 days of employee id 1) is neither mapped nor ignored",
        "counter '4' (1 days of employee id 1) is neither mapped nor ignored",
    ]


@pytest.mark.parametrize(
    ("mode", "per", "printed_minutes"),
    [
        ("nearest", "day", "30"),
        ("up", "day", "45"),
        ("down", "day", "15"),
        ("nearest", "period", "30"),
        ("up", "period", "45"),
        ("down", "period", "30"),
    ],
)
def test_steps_round_each_day_or_the_period(mode: str, per: str, printed_minutes: str) -> None:
    rows: Rows = [day(1, paid_presence_minutes=22), day(2, paid_presence_minutes=14)]
    line = source(step={"minutes": 15, "per": per, "mode": mode})
    lines, problems = paid([line], rows)
    assert problems == []
    (made,) = lines
    assert (made.text(), made.exact_minutes) == (printed_minutes, 36)


def test_a_mapped_counter_that_repeats_the_running_balance_blocks_and_others_are_left_out() -> None:
    mapping = read_mapping({"lines": [{"counter": 24, "pay_code": "1"}, source(code="2")]})
    definitions = Definitions(running=frozenset({"24", "25"}))
    resolved = ResolvedMapping(mapping, definitions)
    resolved.know("counter", "24", "Running balance")
    findings = Findings()
    quantities_of([records(day(1), counter(25, minutes=5))], "1", resolved, findings)
    assert list(resolved.problems()) == [
        "counter 24 is mapped, but it repeats the running balance, which cannot be paid"
    ]
    assert findings.sentences() == []


@pytest.mark.parametrize(
    ("rows", "covered"),
    [
        ([day(1), leave(1), day(2), leave(2, fraction=0.5)], 720),
        ([day(1, None), leave(1), day(2), leave(2, fraction=0.5)], None),
        ([day(3, 0), leave(3), day(5), leave(5, fraction=0.5)], None),
    ],
)
def test_the_hours_of_days_of_leave_are_known_when_each_day_has_some(rows: Rows, covered: int | None) -> None:
    """A layout that writes half days as hours would pay a whole day without planned minutes as nothing."""
    (line,), problems = paid([absence(count="calendar")], rows)
    assert problems == []
    assert (line.text(), line.covered_minutes) == ("1.50", covered)


def test_a_day_of_several_users_of_one_person_is_one_day() -> None:
    """A re-hire has two users, whose days overlap where both were kept."""
    one: Rows = [day(1, paid_presence_minutes=100), day(2, paid_presence_minutes=40)]
    other: Rows = [day(1, paid_presence_minutes=25), day(2, paid_presence_minutes=0)]
    step = {"minutes": 30, "per": "day", "mode": "up"}
    lines = [source(unit="count"), source(code="2", step=step, also=True)]
    assert printed(lines, one, other) == {"1": "2", "2": "210"}
    assert len(paid([source()], one, [day(1, paid_presence_minutes=None)])[1]) == 1
