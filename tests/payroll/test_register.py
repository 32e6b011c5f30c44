# SPDX-License-Identifier: Apache-2.0
"""Registers as payroll offices send them."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from airflow_provider_allhours.client.errors import AllHoursParameterError
from airflow_provider_allhours.payroll.register import Key, Register, csv_rows, read_register
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
