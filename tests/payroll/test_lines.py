# SPDX-License-Identifier: Apache-2.0
"""Lines of one person, and totals of all."""

from __future__ import annotations

from datetime import timedelta
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from airflow_provider_allhours.payroll.lines import (
    PayLine,
    exact_minutes_by_code,
    lines_of,
    rounding_differences,
    totals_by_code,
)
from airflow_provider_allhours.payroll.people import Person
from airflow_provider_allhours.payroll.quantities import Quantity, Value
from airflow_provider_allhours.payroll.rounding import Rounding
from airflow_provider_allhours.payroll.rules import Rule, read_rule
from airflow_provider_allhours.periods import Period

OCTOBER = Period.of_month(2026, 10)
FIRST = OCTOBER.date_from
ANA = Person("1")


def rule(number: int, code: str = "1", unit: str = "hours", **fields: Any) -> Rule:
    return read_rule(number, {"absence": f"a{number}", "pay_code": code, "unit": unit, **fields})


def made(*amounts: tuple[Rule, int], cost_centre: str = "", rounding: Rounding = "line") -> list[PayLine]:
    """Lines of minutes, or of days in quarters where the unit is days."""
    quantities = []
    for paid, amount in amounts:
        quantity = Quantity(paid)
        quantity.add(Value(amount, Fraction(amount, 4)), FIRST)
        quantities.append(quantity)
    return lines_of(ANA, quantities, cost_centre=cost_centre, period=OCTOBER, rounding=rounding)


def printed(lines: list[PayLine]) -> list[tuple[str, str]]:
    return [(line.pay_code, line.text()) for line in lines]


MINUTES = ((rule(1, "a"), 1), (rule(2, "b"), 13), (rule(3, "c"), 6))
"""0.01667, 0.21667 and 0.1 hours, together 0.33333."""


def test_each_line_is_rounded_once_to_the_nearest() -> None:
    assert printed(made(*MINUTES)) == [("a", "0.02"), ("b", "0.22"), ("c", "0.10")]


def test_a_persons_lines_add_up_to_the_persons_sum() -> None:
    assert printed(made(*MINUTES, rounding="person")) == [("a", "0.02"), ("b", "0.21"), ("c", "0.10")]


def test_down() -> None:
    assert printed(made(*MINUTES, rounding="down")) == [("a", "0.01"), ("b", "0.21"), ("c", "0.10")]


def test_quantities_of_one_code_and_unit_are_one_line_that_is_rounded_once() -> None:
    lines = made((rule(1, "a"), 1), (rule(2, "b"), 1), (rule(3, "a"), 1), (rule(4, "a", "days"), 3))
    assert printed(lines) == [("a", "0.03"), ("b", "0.02"), ("a", "0.75")]
    assert [line.exact_minutes for line in lines] == [2, 1, 0]


def test_lines_have_the_persons_cost_centre_or_a_fixed_one() -> None:
    lines = made((rule(1), 60), (rule(2, cost_centre="K2"), 60), cost_centre="K1")
    assert [(line.cost_centre, line.text()) for line in lines] == [("K1", "1.00"), ("K2", "1.00")]


def test_what_datev_needs_stays_with_the_line() -> None:
    (line,) = made((rule(1, unit="days", bs_nr=71, no_wage_type=True), 4))
    assert (line.bs_nr, line.no_wage_type, line.text()) == ("71", True, "1.00")


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
        ("count", -3, "-3"),
    ],
)
def test_a_quantity_as_text(unit: str, quantity: int, text: str) -> None:
    line = PayLine(ANA, "1", unit, quantity, OCTOBER)
    assert line.text() == text
    assert line.text(",") == text.replace(".", ",")


def test_totals_are_sums_of_the_printed_quantities_by_pay_code() -> None:
    lines = [
        PayLine(ANA, "2", "hours", 150, OCTOBER),
        PayLine(ANA, "2", "hours", -25, OCTOBER),
        PayLine(ANA, "3", "minutes", 90, OCTOBER),
        PayLine(ANA, "4", "count", 3, OCTOBER),
        PayLine(ANA, "1", "days", 50, OCTOBER),
        PayLine(ANA, "1", "hh:mm", 61, OCTOBER),
    ]
    totals = [("1 (days)", 0.5), ("1 (hh:mm)", 61), ("2", 1.25), ("3", 90), ("4", 3)]
    assert list(totals_by_code(lines).items()) == totals


def test_exact_minutes_and_what_rounding_added() -> None:
    lines = [
        PayLine(ANA, "1", "hours", 2, OCTOBER, exact_minutes=1),
        PayLine(ANA, "1", "minutes", 7, OCTOBER, exact_minutes=7),
        PayLine(ANA, "2", "hh:mm", 15, OCTOBER, exact_minutes=8),
        PayLine(ANA, "3", "days", 100, OCTOBER),
    ]
    assert exact_minutes_by_code(lines) == {"1": 8, "2": 8}
    assert rounding_differences(lines) == {"1": 0.2, "2": 7.0}


@given(minutes=st.lists(st.integers(0, 700), min_size=1, max_size=31), rounding=st.sampled_from(["line", "down"]))
def test_the_days_of_a_line_add_up_to_it(minutes: list[int], rounding: Rounding) -> None:
    quantity = Quantity(rule(1), keeps_days=True)
    for number, amount in enumerate(minutes):
        quantity.add(Value(amount), FIRST + timedelta(days=number))
    (line,) = lines_of(ANA, [quantity], cost_centre="", period=OCTOBER, rounding=rounding)
    assert line.by_day is not None
    assert sum(parts for _, parts in line.by_day) == line.quantity
    # No day is further from the truth than its own rounding and that of the rest.
    for day, parts in line.by_day:
        exact = Fraction(minutes[(day - FIRST).days] * 100, 60)
        assert abs(parts - exact) < 2
    assert {day for day, _ in line.by_day} <= {FIRST + timedelta(days=n) for n, amount in enumerate(minutes) if amount}


def test_nobody_who_does_not_ask_has_days() -> None:
    assert [line.by_day for line in made(*MINUTES)] == [None] * 3
