# SPDX-License-Identifier: Apache-2.0
"""Pay lines, their totals, and the problems that would make them wrong."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import pytest

from airflow_provider_allhours.payroll.amounts import ABSENCE, COUNTER, TIMESHEET, Amount, Amounts, Item, Person
from airflow_provider_allhours.payroll.lines import PayLine, Share, pay_lines, problems_of, totals_by_code
from airflow_provider_allhours.payroll.mapping import PayMapping, read_mapping
from airflow_provider_allhours.periods import Period

OCTOBER = Period.of_month(2026, 10)
ANA = Person("1", "", "")


def item(user: str = "u", kind: str = TIMESHEET, name: str = "overtime_minutes", day: str = "2026-10-01") -> Item:
    return Item(user, day, kind, name)


def share(of: dict[Item, Amount], people: dict[str, Person] | None = None, **fields: Any) -> Share:
    return Share(OCTOBER, Amounts({"u": ANA} if people is None else people, of, **fields))


def mapping(*lines: tuple[str, str, str, str], **ignore: Any) -> PayMapping:
    """Lines of kind, name, pay code and unit."""
    return read_mapping(
        {
            "lines": [{kind: name, "pay_code": code, "unit": unit} for kind, name, code, unit in lines],
            "ignore": ignore,
        }
    )


OVERTIME = ("source", "overtime_minutes", "1100", "hours")


def printed(lines: list[PayLine]) -> list[tuple[str, str, str]]:
    return [(line.person.employee_id, line.pay_code, line.text()) for line in lines]


def test_printed_lines_add_up_to_the_printed_total() -> None:
    """0.02 + 0.22 + 0.10 beside a total of 0.33: printed lines add up to the printed total."""
    sources = ("paid_presence_minutes", "overtime_minutes", "paid_absence_minutes")
    rules = mapping(*(("source", source, source, "hours") for source in sources))
    minutes = dict(zip(sources, (1, 13, 6), strict=True))
    lines = pay_lines(share({item(name=source): Amount(minutes[source]) for source in sources}), rules)
    assert sum(line.quantity for line in lines) == 33
    assert [line.text() for line in lines] == ["0.02", "0.21", "0.10"]


@pytest.mark.parametrize(
    ("unit", "quantity", "text"),
    [
        ("hours", 16050, "160.50"),
        ("hours", 5, "0.05"),
        ("hours", 0, "0.00"),
        ("hh:mm", 0, "0:00"),
        ("days", -150, "-1.50"),
        ("minutes", 61, "61"),
        ("minutes", -61, "-61"),
        ("hh:mm", 61, "1:01"),
        ("hh:mm", -59, "-0:59"),
        ("hh:mm", 6000, "100:00"),
    ],
)
def test_a_quantity_as_text(unit: str, quantity: int, text: str) -> None:
    line = PayLine(ANA, "1", unit, quantity, OCTOBER)
    assert line.text() == text
    assert line.text(",") == text.replace(".", ",")


def test_each_unit_counts_its_own_parts() -> None:
    amounts = {item(): Amount(90), item(kind=ABSENCE, name="L"): Amount(240, Fraction(1, 2))}
    rules = mapping(
        OVERTIME,
        ("source", "overtime_minutes", "1101", "minutes"),
        ("source", "overtime_minutes", "1102", "hh:mm"),
        ("absence", "L", "2000", "days"),
        ("absence", "L", "2001", "hours"),
    )
    lines = pay_lines(share(amounts), rules)
    assert printed(lines) == [
        ("1", "1100", "1.50"),
        ("1", "1101", "90"),
        ("1", "1102", "1:30"),
        ("1", "2000", "0.50"),
        ("1", "2001", "4.00"),
    ]
    assert {line.period for line in lines} == {OCTOBER}


def test_lines_are_by_employee_in_the_order_of_the_mapping_and_zeros_are_left_out() -> None:
    people = {"b": Person("1", "", ""), "a": Person("2", "", ""), "c": Person("3", "", "")}
    amounts = {
        item("a"): Amount(60),
        item("b"): Amount(60),
        item("b", day="2026-10-02"): Amount(30),
        item("b", name="planned_minutes"): Amount(480),
        item("c"): Amount(60),
        item("c", day="2026-10-02"): Amount(-60),
    }
    rules = mapping(("source", "planned_minutes", "9", "hours"), OVERTIME)
    assert printed(pay_lines(share(amounts, people), rules)) == [
        ("1", "9", "8.00"),
        ("1", "1100", "1.50"),
        ("2", "1100", "1.00"),
    ]


def test_items_of_one_pay_code_and_unit_are_one_line_at_the_place_of_the_first() -> None:
    amounts = {item(): Amount(60), item(name="planned_minutes"): Amount(30), item(name="balance_minutes"): Amount(6)}
    rules = mapping(
        OVERTIME, ("source", "planned_minutes", "9", "hours"), ("source", "balance_minutes", "1100", "hours")
    )
    assert printed(pay_lines(share(amounts), rules)) == [("1", "1100", "1.10"), ("1", "9", "0.50")]


def test_hours_days_and_minutes_are_rounded_apart() -> None:
    """Halves of two units do not make up for one another."""
    amounts = {
        item(): Amount(1),
        item(kind=ABSENCE, name="L"): Amount(0, Fraction(1, 3)),
        item(name="planned_minutes"): Amount(7),
    }
    rules = mapping(OVERTIME, ("absence", "L", "2", "days"), ("source", "planned_minutes", "3", "minutes"))
    assert printed(pay_lines(share(amounts), rules)) == [("1", "1100", "0.02"), ("1", "2", "0.33"), ("1", "3", "7")]


def test_totals_are_sums_of_the_printed_quantities_by_pay_code() -> None:
    lines = [
        PayLine(ANA, "2", "hours", 150, OCTOBER),
        PayLine(ANA, "2", "hours", -25, OCTOBER),
        PayLine(ANA, "3", "minutes", 90, OCTOBER),
        PayLine(ANA, "1", "days", 50, OCTOBER),
        PayLine(ANA, "1", "hh:mm", 61, OCTOBER),
    ]
    assert list(totals_by_code(lines).items()) == [("1 (days)", 0.5), ("1 (hh:mm)", 61), ("2", 1.25), ("3", 90)]


def test_no_problems() -> None:
    amounts = {item(): Amount(60), item(kind=ABSENCE, name="L"): Amount(None, Fraction(1)), item(name="x"): Amount(1)}
    people = {"u": ANA, "v": Person("2", "", "")}
    assert problems_of(share(amounts, people), mapping(OVERTIME, ("absence", "L", "2", "days"))) == []


def test_employee_ids_that_are_missing_or_doubled() -> None:
    people = {f"n{number:02}": Person("", "", "") for number in reversed(range(21))}
    people |= {"a": Person("7", "", ""), "b": Person("7", "", ""), "c": Person("8", "", "")}
    listed = ", ".join(f"n{number:02}" for number in range(20))
    assert problems_of(share({}, people), mapping(OVERTIME)) == [
        f"{OCTOBER}: 21 users have no employee id: {listed} and 1 more",
        f"{OCTOBER}: employee id 7 belongs to 2 users",
    ]
    del people["n20"]
    assert problems_of(share({}, people), mapping(OVERTIME))[0].endswith("n18, n19")


def test_what_is_neither_mapped_nor_ignored() -> None:
    amounts = {
        item(kind=ABSENCE, name="Strike"): Amount(480, Fraction(1)),
        item(kind=ABSENCE, name="Strike", day="2026-10-02"): Amount(480, Fraction(1)),
        item(kind=COUNTER, name="4"): Amount(5),
        item(kind=TIMESHEET, name="balance_minutes"): Amount(5),
    }
    assert problems_of(share(amounts), mapping(OVERTIME)) == [
        f"{OCTOBER}: absence 'Strike' (2 days) is neither mapped nor ignored",
        f"{OCTOBER}: counter '4' (1 days) is neither mapped nor ignored",
    ]
    assert problems_of(share(amounts), mapping(OVERTIME, absences=["strike"], counters="*")) == []


def test_quantities_that_all_hours_does_not_give() -> None:
    amounts = {
        item(kind=ABSENCE, name="L"): Amount(None, None),
        item(kind=ABSENCE, name="M"): Amount(60, None),
        item(kind=COUNTER, name="4"): Amount(None),
    }
    rules = mapping(
        ("absence", "L", "1", "days"),
        ("absence", "L", "2", "hours"),
        ("absence", "M", "3", "hours"),
        ("counter", "4", "4", "hours"),
    )
    assert problems_of(share(amounts), rules) == [
        f"{OCTOBER}: {name} is mapped in {unit}, and All Hours gives no number of {unit} for at least one day "
        "(no time, or no planned minutes)"
        for name, unit in (("absence 'L'", "days"), ("absence 'L'", "hours"), ("counter '4'", "hours"))
    ]


def test_a_mapped_counter_that_is_the_running_balance() -> None:
    rules = mapping(("counter", "4", "1", "hours"), ("counter", "5", "2", "hours"), ("absence", "4", "3", "days"))
    assert problems_of(share({}, states=frozenset({"4", "6"})), rules) == [
        f"{OCTOBER}: counter 4 is mapped, but it repeats the running balance, which cannot be paid"
    ]


def test_problems_of_the_amounts_are_named_once() -> None:
    assert problems_of(share({}, problems=["b", "a", "b"]), mapping(OVERTIME)) == [f"{OCTOBER}: b", f"{OCTOBER}: a"]
