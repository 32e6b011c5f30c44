# SPDX-License-Identifier: Apache-2.0
"""Registers as payroll offices send them, and how they are compared."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from airflow_provider_allhours.client.errors import AllHoursParameterError
from airflow_provider_allhours.payroll.register import (
    Comparison,
    Key,
    Register,
    RegisterLine,
    csv_rows,
    read_register,
)
from airflow_provider_allhours.payroll.register import compare as compare_registers
from airflow_provider_allhours.payroll.register_options import RegisterOptions

HEADER = "employee_id;pay_code;quantity\n"
ONE = Key("1", "1000")


def read(
    content: bytes, columns: dict[str, str] | None = None, parameter: str = "register", **options: Any
) -> Register:
    read_options = RegisterOptions.of(options)
    return read_register(csv_rows(content, parameter, read_options), parameter, columns, read_options)


def quantities(content: bytes, columns: dict[str, str] | None = None, **options: Any) -> dict[Key, Decimal]:
    summed: dict[Key, Decimal] = {}
    for line in read(content, columns, **options).lines:
        summed[line.key] = summed.get(line.key, Decimal(0)) + line.quantity
    return summed


def compared(ours: str, theirs: str, tolerance: str = "0", **options: Any) -> list[Comparison]:
    own = read(ours.encode(), parameter="ours", decimal_sign=".")
    return compare_registers(own, read(theirs.encode(), **options), Decimal(tolerance), RegisterOptions.of(options))


def quantity_of(text: str) -> Decimal:
    return quantities(f"{HEADER}1;1000;{text}\n".encode())[ONE]


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
        quantities(content)


@pytest.mark.parametrize("line_end", ["\n", "\r\n", "\r"])
def test_lines_end_as_on_any_system(line_end: str) -> None:
    """The names of the columns are in the third line, and what is above them has other separators."""
    content = line_end.join(["Register, October", ",,,,,,", HEADER.strip(), "1;1000;7,5", "2;1000;8", ""]).encode()
    assert quantities(content, header_row=3) == {Key("1", "1000"): Decimal("7.5"), Key("2", "1000"): Decimal(8)}


@pytest.mark.parametrize("separator", [",", ";", "\t"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "windows-1252"])
def test_separators_and_encodings(separator: str, encoding: str) -> None:
    text = separator.join(["Name", "employee_id", "pay_code", "quantity"]) + "\n"
    text += separator.join(["Müller", " 1 ", "1000 ", "8"]) + "\n"
    assert quantities(text.encode(encoding)) == {ONE: Decimal(8)}


def test_lines_of_one_employee_and_pay_code_are_summed() -> None:
    content = f"{HEADER}1;1000;8\n2;1000;1\n1;1000;-3,5\n".encode()
    assert quantities(content) == {ONE: Decimal("4.5"), Key("2", "1000"): Decimal(1)}


def test_columns_under_other_names() -> None:
    content = b"Personalnummer,Lohnart,quantity\n1,1000,8\n"
    columns = {"Personalnummer": "employee_id", "Lohnart": "pay_code"}
    assert quantities(content, columns) == {ONE: Decimal(8)}


def test_missing_columns_are_named() -> None:
    with pytest.raises(
        AllHoursParameterError, match="'ours' lacks the columns pay_code, quantity; parameter 'columns'"
    ):
        read(b"employee_id\n1\n", parameter="ours")
    with pytest.raises(AllHoursParameterError, match="'ours' lacks the columns employee_id, pay_code, quantity;"):
        read(b"", parameter="ours")


def verdict(ours: Any, theirs: Any, tolerance: str = "0") -> tuple[str, Decimal]:
    sides = [[] if side is None else [(ONE, side)] for side in (ours, theirs)]
    (comparison,) = compare_registers(*map(register_of, sides), Decimal(tolerance), RegisterOptions())
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
    found = compare_registers(*sides, Decimal(0), RegisterOptions())
    assert [(comparison.key, comparison.verdict) for comparison in found] == [
        (three, "ghost"),
        (two, "missing"),
        (one, "matching"),
    ]


def test_fields_that_a_line_lacks_are_empty() -> None:
    content = b"quantity;pay_code;employee_id\n8;1000\n4\n"
    assert quantities(content) == {Key("", "1000"): Decimal(8), Key("", ""): Decimal(4)}
    assert quantities(b"employee_id;pay_code;quantity\n1;1000\n\n") == {ONE: Decimal(0)}


def test_employee_ids_are_compared_without_invisible_characters() -> None:
    assert quantities(f"{HEADER}\u00a01\u200b;1000;8\n1;1000;1\n".encode()) == {ONE: Decimal(9)}


@pytest.mark.parametrize(
    ("text", "options", "quantity"),
    [
        ("8,50-", {}, "-8.5"),
        ("1.234,50-", {}, "-1234.5"),
        ("\u22128,50", {}, "-8.5"),
        ("+8", {}, "8"),
        ("1,234", {"decimal_sign": ","}, "1.234"),
        ("1,234", {"decimal_sign": "."}, None),
        ("1,234", {"decimal_sign": ".", "thousands_sign": ","}, "1234"),
        ("1,234", {"thousands_sign": ","}, "1234"),
        ("1.234", {"thousands_sign": "."}, "1234"),
        ("1'234.50", {}, "1234.5"),
        ("1\u2019234.50", {"thousands_sign": "'"}, "1234.5"),
        ("1'234.50", {"decimal_sign": ".", "thousands_sign": "'"}, "1234.5"),
        ("12,34.50", {}, None),
        ("1,23,456", {"decimal_sign": ".", "thousands_sign": ","}, None),
        ("0,125", {}, "0.125"),
        ("1 234,50", {"decimal_sign": ","}, "1234.5"),
        ("12 34", {}, None),
        ("-", {}, None),
        ("1e3", {}, None),
        ("\u0661", {}, None),
    ],
)
def test_signs_of_numbers(text: str, options: dict[str, Any], quantity: str | None) -> None:
    content = f"{HEADER}1;1000;{text}\n".encode()
    if quantity is not None:
        assert quantities(content, **options) == {ONE: Decimal(quantity)}
        return
    with pytest.raises(AllHoursParameterError, match="the quantity in line 2 is not a number"):
        quantities(content, **options)


@pytest.mark.parametrize("text", ["1,234", "1.234", "-12,345", "123.456-"])
def test_a_thousand_that_may_be_a_decimal_is_refused(text: str) -> None:
    with pytest.raises(AllHoursParameterError, match="line 2 .* 'decimal_sign' of register_options says which"):
        quantities(f"{HEADER}1;1000;{text}\n".encode())


def test_titles_totals_and_blank_rows_are_left_out() -> None:
    content = (
        "Lohnjournal Oktober 2026;;\n\nemployee_id;pay_code;quantity\n1;1000;8\n;;\nSumme 1;;8\n2;1000;4\nSUMME;;12\n"
    ).encode("windows-1250")
    found = quantities(content, header_row=3, total_rows="summe", encoding="windows-1250")
    assert found == {ONE: Decimal(8), Key("2", "1000"): Decimal(4)}
    with pytest.raises(AllHoursParameterError, match="lacks the columns employee_id"):
        quantities(content)
    with pytest.raises(AllHoursParameterError, match="the quantity in line 9 is not a number"):
        quantities(content + b"3;1000;x\n", header_row=3, total_rows="summe")


def test_a_person_whose_name_begins_like_a_total_is_not_passed_over() -> None:
    """A payment to somebody called Sumner would be confirmed unseen."""
    header = "name;employee_id;pay_code;quantity\n"
    with pytest.raises(
        AllHoursParameterError, match="line 3 begins like a total and has an employee id and a pay code"
    ):
        quantities(f"{header}x;1;1000;8\nSumner;9999;1000;500\n".encode(), total_rows="sum")
    totals = f"{header}x;1;1000;8\nSum;1;;8\n;Sum 1;1000;8\n;1;Sum;8\nSum;;;8\n"
    assert quantities(totals.encode(), total_rows="sum") == {ONE: Decimal(8)}


def test_more_cells_than_columns_are_refused() -> None:
    """A decimal comma among commas: 160,50 would be 160."""
    with pytest.raises(AllHoursParameterError, match="'register': line 3 has more cells than there are columns"):
        quantities(b"employee_id,pay_code,quantity\n1,1000,8\n2,1000,160,50\n")
    assert quantities(b'employee_id,pay_code,quantity\n1,1000,"8,50",\n') == {ONE: Decimal("8.5")}


def test_bytes_of_another_encoding_are_refused() -> None:
    with pytest.raises(AllHoursParameterError, match="'register' is not text in utf-8; 'encoding' of register_options"):
        quantities("employee_id;pay_code;quantity\n1;ž;8\n".encode("windows-1250"), encoding="utf-8")


OURS = "employee_id,pay_code,quantity,unit\n"


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
    with pytest.raises(AllHoursParameterError, match="the employee ids 00042, 42 of 'ours' are one number"):
        compared(f"{ours}42,1000,1.00,hours\n", theirs, employee_id="number")


def test_cost_centres_where_both_have_them() -> None:
    ours = "employee_id,pay_code,quantity,unit,cost_centre\n1,1000,8.00,hours,K1\n1,1000,2.00,hours,K2\n"
    assert [one.verdict for one in compared(ours, f"{HEADER}1;1000;10\n")] == ["matching"]
    other = "employee_id;pay_code;quantity;KST\n1;1000;8;K1\n1;1000;2;K3\n"
    own = read(ours.encode(), parameter="ours", decimal_sign=".")
    found = compare_registers(own, read(other.encode(), {"KST": "cost_centre"}), Decimal(0), RegisterOptions())
    assert [(one.key.cost_centre, one.verdict) for one in found] == [
        ("K1", "matching"),
        ("K2", "missing"),
        ("K3", "ghost"),
    ]


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"decimal": ","}, "has unknown keys decimal; it takes encoding, separator, header_row"),
        ({"decimal_sign": ";"}, "'register_options.decimal_sign' is ';'; it takes '.', ','"),
        ({"thousands_sign": ".", "decimal_sign": "."}, "takes another sign than decimal_sign"),
        ({"encoding": "latin-77"}, "'register_options.encoding' is 'latin-77'"),
        ({"encoding": "base64"}, "'register_options.encoding' is 'base64'"),
        ({"separator": "::"}, "'register_options.separator' is '::'"),
        ({"header_row": 0}, "'register_options.header_row' is 0; it takes the number of a line, from 1"),
        ({"header_row": True}, "'register_options.header_row' is True"),
        ({"employee_id": "text"}, "'register_options.employee_id' is 'text'; it takes 'exact', 'number'"),
        ({"quantity": "days"}, "'register_options.quantity' is 'days'; it takes 'hours', 'hh:mm'"),
        ({"total_rows": " "}, "'register_options.total_rows' is ' '"),
    ],
)
def test_options_that_do_not_exist(options: dict[str, Any], message: str) -> None:
    with pytest.raises(AllHoursParameterError, match=message):
        RegisterOptions.of(options)


def test_a_column_that_is_there_twice_is_refused() -> None:
    with pytest.raises(AllHoursParameterError, match="'register' has the column quantity twice"):
        read(b"employee_id;pay_code;quantity;quantity\n1;1000;8;9\n")


def test_a_sum_has_the_decimals_of_its_lines() -> None:
    (only,) = compared(f"{HEADER}1;1000;8\n", f"{HEADER}1;1000;0.00\n1;1000;8\n", decimal_sign=".")
    assert (str(only.ours), str(only.theirs), only.verdict) == ("8", "8.00", "matching")
