# SPDX-License-Identifier: Apache-2.0
"""How our lines and those of a register are compared."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from airflow_provider_allhours.client.errors import AllHoursParameterError
from airflow_provider_allhours.payroll.register import Key, Register, RegisterLine, csv_rows, read_register
from airflow_provider_allhours.payroll.register_comparison import Comparison, compare
from airflow_provider_allhours.payroll.register_options import RegisterOptions

HEADER = "employee_id;pay_code;quantity\n"
OURS = "employee_id,pay_code,quantity,unit\n"
ONE = Key("1", "1000")


def read(content: str, columns: dict[str, str] | None = None, parameter: str = "register", **options: Any) -> Register:
    read_options = RegisterOptions.of(options)
    return read_register(csv_rows(content.encode(), parameter, read_options), parameter, columns, read_options)


def compared(ours: str, theirs: str, tolerance: str = "0", **options: Any) -> list[Comparison]:
    own = read(ours, parameter="ours", decimal_sign=".")
    return compare(own, read(theirs, **options), Decimal(tolerance), RegisterOptions.of(options))


def verdict(ours: Any, theirs: Any, tolerance: str = "0") -> tuple[str, Decimal]:
    sides = [[] if side is None else [(ONE, side)] for side in (ours, theirs)]
    (comparison,) = compare(*map(register_of, sides), Decimal(tolerance), RegisterOptions())
    return comparison.verdict, comparison.to_row()[5]


def register_of(lines: list[tuple[Key, Any]]) -> Register:
    held = tuple(RegisterLine(n, key, Decimal(quantity), False) for n, (key, quantity) in enumerate(lines))
    return Register("register", held, frozenset({"employee_id", "pay_code", "quantity"}))


@pytest.mark.parametrize(
    ("ours", "theirs", "tolerance", "expected"),
    [
        ("8", "8", "0", ("matching", 0)),
        ("8", "8.5", "0.49", ("differing", Decimal("0.5"))),
        ("8", "8.5", "0.5", ("matching", Decimal("0.5"))),
        ("8", "7", "0", ("differing", -1)),
        ("8", "0", "0", ("differing", -8)),
        ("1", "0", "0", ("differing", -1)),
        ("0", "1", "0", ("differing", 1)),
        ("8", None, "0", ("missing", -8)),
        ("8", None, "9", ("missing", -8)),
        (None, "8", "0", ("ghost", 8)),
        (None, "8", "9", ("ghost", 8)),
        ("0", None, "0", ("matching", 0)),
        (None, "0", "0", ("matching", 0)),
    ],
)
def test_verdicts(ours: Any, theirs: Any, tolerance: str, expected: tuple[str, Any]) -> None:
    assert verdict(ours, theirs, tolerance) == expected


def test_every_key_of_either_side_in_order() -> None:
    one, two, three = Key("1", "2"), Key("1", "1"), Key("0", "9")
    sides = register_of([(one, 1), (two, 1)]), register_of([(three, 1), (one, 1)])
    found = compare(*sides, Decimal(0), RegisterOptions())
    assert [(comparison.key, comparison.verdict) for comparison in found] == [
        (three, "ghost"),
        (two, "missing"),
        (one, "matching"),
    ]


def test_units_are_never_added() -> None:
    ours = f"{OURS}1,2000,8.00,hours\n1,2000,1.00,days\n"
    same = "employee_id;pay_code;quantity;unit\n1;2000;1;days\n1;2000;8;hours\n"
    assert [one.verdict for one in compared(ours, same)] == ["matching", "matching"]
    swapped = "employee_id;pay_code;quantity;unit\n1;2000;8;days\n1;2000;1;hours\n"
    assert [one.verdict for one in compared(ours, swapped)] == ["differing", "differing"]
    with pytest.raises(AllHoursParameterError, match="pay code 2000 is in days and hours in 'ours'"):
        compared(ours, f"{HEADER}1;2000;9\n")
    with pytest.raises(AllHoursParameterError, match="the unit in line 2 is 'Std'; it takes hours, minutes"):
        compared(ours, "employee_id;pay_code;quantity;unit\n1;2000;8;Std\n")


def test_times_are_compared_in_our_unit() -> None:
    ours = f"{OURS}1,1000,7.33,hours\n2,1000,440,minutes\n3,1000,7:20,hh:mm\n"
    theirs = f"{HEADER}1;1000;7:20\n2;1000;7:20\n3;1000;7:20\n"
    for options in ({}, {"quantity": "hh:mm"}):
        assert {one.verdict for one in compared(ours, theirs, **options)} == {"matching"}
    in_hours = f"{HEADER}1;1000;7,33\n2;1000;7,33\n3;1000;7,33\n"
    assert {one.verdict for one in compared(ours, in_hours, quantity="hours")} == {"matching"}
    assert [one.verdict for one in compared(ours, in_hours)] == ["matching", "differing", "differing"]
    with pytest.raises(AllHoursParameterError, match="line 2 is not in hh:mm"):
        compared(ours, in_hours, quantity="hh:mm")
    with pytest.raises(AllHoursParameterError, match="line 2 is not in hours"):
        compared(ours, theirs, quantity="hours")
    with pytest.raises(AllHoursParameterError, match="line 2 has a time where days are due"):
        compared(f"{OURS}1,1000,1.00,days\n", f"{HEADER}1;1000;8:00\n")


def test_employee_ids_as_numbers() -> None:
    ours = f"{OURS}00042,1000,8.00,hours\nA7,1000,1.00,hours\n"
    theirs = f"{HEADER}42;1000;8\nA7;1000;1\n"
    assert {one.verdict for one in compared(ours, theirs, employee_id="number")} == {"matching"}
    assert [one.verdict for one in compared(ours, theirs)] == ["missing", "ghost", "matching"]
    other = f"{HEADER}42;1000;8\n0A7;1000;1\n"
    verdicts = [one.verdict for one in compared(ours, other, employee_id="number")]
    assert verdicts == ["ghost", "matching", "missing"]
    with pytest.raises(AllHoursParameterError, match="the employee ids 00042, 42 of 'ours' are one number"):
        compared(f"{ours}42,1000,1.00,hours\n", theirs, employee_id="number")


def test_cost_centres_where_both_have_them() -> None:
    ours = "employee_id,pay_code,quantity,unit,cost_centre\n1,1000,8.00,hours,K1\n1,1000,2.00,hours,K2\n"
    assert [one.verdict for one in compared(ours, f"{HEADER}1;1000;10\n")] == ["matching"]
    other = "employee_id;pay_code;quantity;KST\n1;1000;8;K1\n1;1000;2;K3\n"
    own = read(ours, parameter="ours", decimal_sign=".")
    found = compare(own, read(other, {"KST": "cost_centre"}), Decimal(0), RegisterOptions())
    assert [(one.key.cost_centre, one.verdict) for one in found] == [
        ("K1", "matching"),
        ("K2", "missing"),
        ("K3", "ghost"),
    ]


def test_a_sum_has_the_decimals_of_its_lines() -> None:
    (only,) = compared(f"{HEADER}1;1000;8\n", f"{HEADER}1;1000;0.00\n1;1000;8\n", decimal_sign=".")
    assert (str(only.ours), str(only.theirs), only.verdict) == ("8", "8.00", "matching")
