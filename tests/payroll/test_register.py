# SPDX-License-Identifier: Apache-2.0
"""Registers as payroll offices send them, and how they are compared."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from airflow_provider_allhours.client.errors import AllHoursParameterError
from airflow_provider_allhours.payroll.register import Key, compare, read_register

HEADER = "employee_id;pay_code;quantity\n"
ONE: Key = ("1", "1000")


def quantity_of(text: str) -> Decimal:
    return read_register(f"{HEADER}1;1000;{text}\n".encode(), "register")[ONE]


@pytest.mark.parametrize(
    ("text", "quantity"),
    [
        ("8", "8"),
        ("8.50", "8.5"),
        ("8,50", "8.5"),
        ("-8,50", "-8.5"),
        ("1.234,50", "1234.5"),
        ("1,234.50", "1234.5"),
        ("1 234,50", "1234.5"),
        ("1\u00a0234.5", "1234.5"),
        ("", "0"),
        (" 7 ", "7"),
        ("8:30", "510"),
        ("-8:30", "-510"),
        ("-0:30", "-30"),
    ],
)
def test_quantities_in_every_notation(text: str, quantity: str) -> None:
    assert quantity_of(text) == Decimal(quantity)


@pytest.mark.parametrize("text", ["many", "8:xx", "1,2,3", "NaN", "Infinity", "8:NaN", "8:60", "--8:30", "8:-30"])
def test_a_quantity_that_is_not_a_number_names_its_line(text: str) -> None:
    content = f"{HEADER}2;1000;1\n1;1000;{text}\n".encode()
    with pytest.raises(AllHoursParameterError, match="^parameter 'register': the quantity in line 3 is not a number$"):
        read_register(content, "register")


@pytest.mark.parametrize("separator", [",", ";", "\t"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "windows-1252"])
def test_separators_and_encodings(separator: str, encoding: str) -> None:
    text = separator.join(["Name", "employee_id", "pay_code", "quantity"]) + "\n"
    text += separator.join(["Müller", " 1 ", "1000 ", "8"]) + "\n"
    assert read_register(text.encode(encoding), "register") == {ONE: Decimal(8)}


def test_lines_of_one_employee_and_pay_code_are_summed() -> None:
    content = f"{HEADER}1;1000;8\n2;1000;1\n1;1000;-3,5\n".encode()
    assert read_register(content, "register") == {ONE: Decimal("4.5"), ("2", "1000"): Decimal(1)}


def test_columns_under_other_names() -> None:
    content = b"Personalnummer,Lohnart,quantity\n1,1000,8\n"
    columns = {"Personalnummer": "employee_id", "Lohnart": "pay_code"}
    assert read_register(content, "register", columns) == {ONE: Decimal(8)}


def test_missing_columns_are_named() -> None:
    with pytest.raises(
        AllHoursParameterError, match="'ours' lacks the columns pay_code, quantity; parameter 'columns'"
    ):
        read_register(b"employee_id\n1\n", "ours")
    with pytest.raises(AllHoursParameterError, match="'ours' lacks the columns employee_id, pay_code, quantity;"):
        read_register(b"", "ours")


def verdict(ours: Any, theirs: Any, tolerance: str = "0") -> tuple[str, Decimal]:
    sides = [{} if side is None else {ONE: Decimal(side)} for side in (ours, theirs)]
    (comparison,) = compare(*sides, Decimal(tolerance))
    return comparison.verdict, comparison.to_row()[-1]


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
    one, two, three = ("1", "2"), ("1", "1"), ("0", "9")
    compared = compare({one: Decimal(1), two: Decimal(1)}, {three: Decimal(1), one: Decimal(1)}, Decimal(0))
    assert [(comparison.key, comparison.verdict) for comparison in compared] == [
        (three, "ghost"),
        (two, "missing"),
        (one, "matching"),
    ]


def test_fields_that_a_line_lacks_are_empty() -> None:
    content = b"quantity;pay_code;employee_id\n8;1000\n4\n"
    assert read_register(content, "register") == {("", "1000"): Decimal(8), ("", ""): Decimal(4)}
    assert read_register(b"employee_id;pay_code;quantity\n1;1000\n\n", "register") == {ONE: Decimal(0)}


def test_employee_ids_are_compared_without_invisible_characters() -> None:
    quantities = read_register(f"{HEADER}\u00a01\u200b;1000;8\n1;1000;1\n".encode(), "register")
    assert quantities == {ONE: Decimal(9)}
