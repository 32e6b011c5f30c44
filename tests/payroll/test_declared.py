# SPDX-License-Identifier: Apache-2.0
"""Layouts that are given as data."""

from __future__ import annotations

import csv
import io
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from airflow_provider_allhours.client.errors import AllHoursParameterError
from airflow_provider_allhours.payroll.lines import PayLine
from airflow_provider_allhours.payroll.people import Person
from airflow_provider_allhours.payroll.profiles.profile import FileSetting, Profile, find_profile, read_accounting_month
from airflow_provider_allhours.periods import Period

OCTOBER, SEPTEMBER = Period.of_month(2026, 10), Period.of_month(2026, 9)
ANA, JAN = Person("101", "Ana", "Kos", ("u1",)), Person("00042", "Jan", "Žižek", ("u2",))

FIXED: dict[str, Any] = {
    "style": "fixed",
    "newline": "CRLF",
    "encoding": "windows-1250",
    "date_format": "%Y%m%d",
    "columns": [
        {"constant": "W1"},
        {"name": "number", "value": "employee_id", "width": 7, "align": "right", "pad": "0", "digits": 7},
        {"name": "name", "value": "last_name", "width": 10},
        {"name": "type", "value": "pay_code", "width": 4, "digits": 4},
        {"name": "units", "value": "quantity", "width": 6, "digits": 6, "sign": "column"},
        {"name": "sign", "value": "quantity_sign", "width": 1},
        {"name": "from", "value": "period_from", "width": 8},
        {"name": "month", "value": "accounting_month", "width": 7, "date_format": "%m/%Y"},
    ],
}
FIXED["columns"][0]["width"] = 2

PIVOT: dict[str, Any] = {
    "separator": ";",
    "decimal_sign": ",",
    "header": True,
    "newline": "LF",
    "per": "person",
    "options": {"company": {"required": True, "digits": 3}, "note": {"max_length": 4}},
    "columns": [
        {"name": "Company", "option": "company"},
        {"name": "No", "value": "employee_id"},
        {"name": "Regular", "pay_code": "1000"},
        {"name": "Overtime", "pay_code": "1100", "sign": "trailing", "decimals": 1},
        {"name": "Days", "pay_code": "2000", "decimals": 0},
        {"name": "Note", "option": "note"},
    ],
}


def line(
    person: Person, pay_code: str, quantity: int, unit: str = "hours", period: Period = OCTOBER, **fields: Any
) -> PayLine:
    return PayLine(person, pay_code, unit, quantity, period, **fields)


def profile_of(document: dict[str, Any], month: str | None = None, **options: Any) -> Profile:
    profile = find_profile(document, options)
    profile.setting = FileSetting(read_accounting_month(month))
    return profile


def problems(document: dict[str, Any], *lines: PayLine, **options: Any) -> list[str]:
    return list(profile_of(document, **options).problems(lines))


def test_fixed_width_to_the_byte() -> None:
    lines = [line(ANA, "1000", 16050), line(JAN, "2000", -150, "days", SEPTEMBER)]
    profile = profile_of(FIXED)
    assert list(profile.problems(lines)) == []
    assert profile.render(lines).encode(profile.encoding) == (
        "W10000101Kos       1000016050 2026100110/2026\r\nW10000042Žižek     2000000150-2026090109/2026\r\n"
    ).encode("windows-1250")
    assert "11/2026" in profile_of(FIXED, "2026-11").render(lines)


def test_a_record_per_person() -> None:
    lines = [
        line(ANA, "1000", 16050),
        line(ANA, "1100", -250),
        line(JAN, "2000", 300, "days"),
        line(JAN, "1000", -5),
    ]
    profile = profile_of(PIVOT, company=7)
    assert list(profile.problems(lines)) == []
    assert profile.render(lines) == ("Company;No;Regular;Overtime;Days;Note\n7;101;160,50;2,5-;;\n7;00042;-0,05;;3;\n")


@pytest.mark.parametrize(
    ("lines", "problem"),
    [
        ([line(ANA, "3000", 100)], "pay code 3000: no column of the layout has it"),
        ([line(ANA, "1100", 125)], "employee id 101: 1.25 has more than the 1 decimals of Overtime"),
        ([line(ANA, "2000", 50, "days")], "employee id 101: 0.50 has more than the 0 decimals of Days"),
        ([line(ANA, "1000", 1), line(ANA, "1000", 1, "days")], "employee id 101: 2 lines of pay code 1000"),
        ([line(ANA, "1000", 1), line(JAN, "1000", 1, period=SEPTEMBER)], "the layout holds one period per file"),
        ([line(ANA, "1000", 1, cost_centre="K1")], "the mapping has cost centres"),
        ([line(ANA, "2000", 61, "hh:mm")], "employee id 101: Days takes numbers, and 1:01 is a time"),
    ],
)
def test_what_a_record_per_person_cannot_hold(lines: list[PayLine], problem: str) -> None:
    found = problems(PIVOT, *lines, company="1")
    assert any(one.startswith(problem) for one in found), found


@pytest.mark.parametrize(
    ("lines", "problem"),
    [
        ([line(Person("12345678"), "1", 1)], "employee id 12345678: number takes digits, 7 of them at most"),
        ([line(Person("A7"), "1", 1)], "employee id A7: number takes digits"),
        (
            [line(Person("7", "", "Hohenzollern-Sigmaringen"), "1", 1)],
            "employee id 7: name has 24 characters, and there",
        ),
        ([line(Person("7", "", "a\nb"), "1", 1)], "employee id 7: name has a control character"),
        ([line(Person("7", "", "Łuc"), "1", 1)], ""),
        ([line(Person("7", "", "Ñ"), "1", 1)], "employee id 7: a character that cp1250 lacks"),
        ([line(ANA, "ABC", 1)], "employee id 101: type takes digits"),
        ([line(ANA, "1", 100_000_000)], "employee id 101: 1000000.00 has more than the 6 digits of units"),
    ],
)
def test_what_fixed_width_cannot_hold(lines: list[PayLine], problem: str) -> None:
    found = problems(FIXED, *lines)
    assert [one for one in found if one.startswith(problem)] if problem else found == [], found


def test_no_place_for_a_sign_and_limits() -> None:
    document = {
        "columns": [
            {"value": "employee_id", "max_length": 3},
            {"name": "Name", "value": "last_name", "ascii": True},
            {"value": "quantity", "sign": "none"},
        ],
        "units": ["hours"],
    }
    found = problems(document, line(ANA, "1", -1), line(JAN, "1", 1), line(ANA, "2", 1, "days"))
    assert found == [
        "the unit days has no place in this layout; it takes hours",
        "employee id 101: -0.01 is negative, and quantity has no place for a sign",
        "employee id 00042: employee_id has more than 3 characters",
        "employee id 00042: Name is not ASCII",
        "pay code 1, 2: the layout has no column that tells them apart",
    ]


PADDED = {
    "style": "fixed",
    "columns": [
        {"value": "employee_id", "width": 7, "align": "right", "pad": "0"},
        {"value": "pay_code", "width": 4, "align": "right", "pad": "0"},
        {"value": "quantity", "width": 9},
    ],
}


def test_people_and_codes_that_would_be_one_in_the_file() -> None:
    lines = [line(Person("42"), "1", 100), line(Person("0042"), "2", 200), line(ANA, "01", 300)]
    assert problems(PADDED, *lines) == [
        "employee id 0042, 42: one text in this layout",
        "pay code 01, 1: one text in this layout",
    ]
    assert problems(PADDED, lines[0], line(Person("43"), "2", 200)) == []
    separated = {"columns": [{"value": "employee_id"}, {"value": "pay_code"}, {"value": "quantity"}]}
    assert problems(separated, *lines) == []


def test_periods_and_cost_centres_that_would_be_one_in_the_file() -> None:
    columns = [*PADDED["columns"], {"value": "period_from", "width": 6}]
    october, september = line(ANA, "1", 100), line(ANA, "1", -50, period=SEPTEMBER)
    assert problems({**PADDED, "date_format": "%d", "columns": columns}, october, september) == [
        "lines of 2026-09-01/2026-09-30 and 2026-10-01/2026-10-31: their days are one text in this layout"
    ]
    assert problems({**PADDED, "date_format": "%d%m%y", "columns": columns}, october, september) == []
    centres = [*PADDED["columns"], {"value": "cost_centre", "width": 7, "align": "right", "pad": "0"}]
    lines = [line(ANA, "1", 100, cost_centre="7"), line(JAN, "1", 100, cost_centre="0000007")]
    assert problems({**PADDED, "columns": centres}, *lines) == ["cost centre '0000007', '7': one text in this layout"]


def test_a_code_has_one_unit_unless_a_column_tells_it() -> None:
    lines = [line(ANA, "1", 100), line(JAN, "1", 3, "count")]
    assert problems(PADDED, *lines) == [
        "pay code 1 is in count and hours, and the layout does not say which a line has"
    ]
    assert problems(PIVOT, line(ANA, "1000", 1), line(JAN, "1000", 1, "days"), company="1") == [
        "pay code 1000 is in days and hours, and the layout does not say which a line has"
    ]
    unit = {"columns": [{"value": "employee_id"}, {"value": "pay_code"}, {"value": "quantity"}, {"value": "unit"}]}
    assert problems(unit, *lines) == []


def test_a_record_per_person_and_cost_centre_with_its_period() -> None:
    document = {
        "per": "person",
        "columns": [
            {"value": "employee_id"},
            {"value": "cost_centre"},
            {"value": "accounting_month", "date_format": "%m/%Y"},
            {"value": "period_from", "date_format": "%d.%m.%Y"},
            {"pay_code": "1"},
            {"pay_code": "2"},
        ],
    }
    lines = [line(ANA, "1", 100, cost_centre="K1"), line(ANA, "2", 200, cost_centre="K2"), line(ANA, "2", 5)]
    assert problems(document, *lines) == []
    assert profile_of(document, "2026-11").render(lines).splitlines() == [
        "101;K1;11/2026;01.10.2026;1.00;",
        "101;K2;11/2026;01.10.2026;;2.00",
        "101;;11/2026;01.10.2026;;0.05",
    ]
    assert problems(document, lines[0], line(JAN, "1", 100, period=SEPTEMBER)) == [
        "the layout holds one period per file, and there are lines of 2"
    ]


def changed(document: dict[str, Any], **changes: Any) -> dict[str, Any]:
    return {**document, **changes}


def with_column(**column: Any) -> dict[str, Any]:
    return {"columns": [{"value": "employee_id"}, {"value": "quantity"}, column]}


def with_fixed(**column: Any) -> dict[str, Any]:
    return {"style": "fixed", "columns": [{"value": "employee_id", "width": 5}, {"constant": "x", "width": 1}, column]}


WRONG: list[tuple[Any, str]] = [
    ({"colums": []}, "parameter 'profile' has unknown keys colums; it takes style, separator"),
    ({}, "parameter 'profile.columns' is None; it takes a list of columns"),
    ({"columns": [7]}, r"parameter 'profile.columns\[0\]' is 7; it takes an object"),
    (changed(PIVOT, style="free"), "'profile.style' is 'free'; it takes separated or fixed"),
    (changed(FIXED, header=True), "'profile.header' is True"),
    (changed(PIVOT, separator=";;"), "'profile.separator' is ';;'"),
    (changed(PIVOT, encoding="latin-77"), "'profile.encoding' is 'latin-77'"),
    (changed(PIVOT, encoding="rot13"), "'profile.encoding' is 'rot13'"),
    (changed(PIVOT, encoding="unicode_escape"), "'profile.encoding' is 'unicode_escape'"),
    (changed(PIVOT, newline="CR"), "'profile.newline' is 'CR'"),
    (with_column(constant="a\nb"), r"columns\[2\].constant' is .*; it takes a text that fits its own column"),
    (with_column(constant=True), r"columns\[2\].constant' is True; it takes a text"),
    (with_column(constant=1.5), r"columns\[2\].constant' is 1.5; it takes a text"),
    (with_column(constant="abcd", max_length=3), r"columns\[2\].constant' is 'abcd'"),
    (with_column(constant="č", ascii=True), r"columns\[2\].constant' is 'č'"),
    (with_column(constant="1a", digits=3), r"columns\[2\].constant' is '1a'"),
    (with_fixed(constant="abcd", width=3), r"columns\[2\].constant' is 'abcd'"),
    (with_fixed(value="quantity", width=9, align="left", pad="0"), r"columns\[2\].pad' is '0'; it takes a blank"),
    (with_fixed(value="quantity", width=9, pad="9"), r"columns\[2\].pad' is '9'; it takes a blank"),
    (with_fixed(value="quantity", width=9, pad="-"), r"columns\[2\].pad' is '-'; it takes a blank"),
    (changed(PIVOT, units=["weeks"]), "'profile.units'"),
    (changed(PIVOT, date_format="%H"), "'profile.date_format' is '%H'"),
    (changed(PIVOT, options={"company": {"digit": 3}}), "'profile.options.company' has unknown keys digit"),
    (with_column(name="x"), r"'profile.columns\[2\]' has no source; it takes one of value, constant, option, pay_code"),
    (with_column(value="salary"), r"'profile.columns\[2\].value' is 'salary'; it takes one of employee_id"),
    (with_column(value="unit", constant="x"), "has value, constant; it takes one of"),
    (with_column(option="who"), "'option' is|.option' is 'who'; it takes one of the options, which are none"),
    (with_column(pay_code="1000"), "records are of lines"),
    (with_column(value="unit", width=7), r"columns\[2\].width' is 7; it takes no width"),
    (with_column(value="unit", sign="none"), r"columns\[2\].sign' is 'none'; it takes nothing"),
    (with_column(value="unit", pad="00"), r"columns\[2\].pad' is '00'"),
    (with_column(value="unit", max_length=True), r"columns\[2\].max_length' is True; it takes a whole number"),
    (with_column(value="unit", max_length="9"), r"columns\[2\].max_length' is '9'; it takes a whole number from 1 to"),
    (with_column(value="unit", max_length=0), r"columns\[2\].max_length' is 0; it takes a whole number from 1 to"),
    (with_fixed(value="unit", width=10_001), r"columns\[2\].width' is 10001; it takes a whole number from 1 to 10000"),
    (with_column(value="unit", widht=3), r"columns\[2\]' has unknown keys widht; it takes name, value"),
    (with_column(value="quantity_sign"), "the sign 'column' of a quantity needs a column"),
    ({"columns": [{"value": "quantity"}]}, "has no column with the value employee_id"),
    ({"columns": [{"value": "employee_id"}]}, "has no column with the value quantity"),
    ({"per": "person", "columns": [{"value": "employee_id"}]}, "has no column with pay_code"),
    ({"per": "person", "columns": [{"value": "pay_code"}]}, "it takes a value of a person"),
    (
        {"per": "person", "columns": [{"value": "employee_id"}, {"pay_code": "1"}, {"pay_code": "1"}]},
        "has the pay code 1 twice",
    ),
    (
        {"per": "person", "columns": [{"value": "employee_id"}, {"pay_code": 1000}]},
        "pay_code' is 1000; it takes a text",
    ),
]


@pytest.mark.parametrize(("document", "message"), WRONG)
def test_errors_quote_the_place(document: dict[str, Any], message: str) -> None:
    with pytest.raises(AllHoursParameterError, match=message):
        find_profile(document, None)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({}, "'profile_options' lacks company"),
        ({"company": "1234"}, "'profile_options.company' is '1234'; it takes digits, 3 at most"),
        ({"company": "x"}, "'profile_options.company' is 'x'"),
        ({"company": "1", "note": "hello"}, "'profile_options.note' is 'hello'; it takes 4 characters at most"),
        ({"company": "1", "nope": 1}, "has unknown keys nope; this profile takes company, note"),
    ],
)
def test_options_are_checked(options: dict[str, Any], message: str) -> None:
    with pytest.raises(AllHoursParameterError, match=message):
        find_profile(PIVOT, options)


QUANTITIES = st.integers(-999_999, 999_999).filter(bool)
NAMES = st.text(alphabet="abcžščäöüß;\"' ", max_size=10)
PEOPLE = st.lists(st.tuples(st.integers(1, 9_999_999), NAMES), unique_by=lambda one: one[0], min_size=1, max_size=8)


@given(people=PEOPLE, data=st.data())
def test_an_independent_reader_finds_the_same_numbers(people: list[tuple[int, str]], data: st.DataObject) -> None:
    lines = [
        line(Person(str(number), "", name, (f"u{number}",)), str(code), data.draw(QUANTITIES))
        for number, name in people
        for code in data.draw(st.sets(st.integers(1, 9999), min_size=1, max_size=3))
    ]
    fixed = profile_of(FIXED)
    assert list(fixed.problems(lines)) == []
    content = fixed.render(lines).encode("windows-1250")
    records = content.split(b"\r\n")
    assert records.pop() == b""
    assert {len(record) for record in records} == {45}
    read = [
        (
            int(r[2:9]),
            r[9:19].decode("windows-1250").rstrip(),
            int(r[19:23]),
            int(r[23:29]) * (-1 if r[29:30] == b"-" else 1),
        )
        for r in records
    ]
    told = [(int(o.person.employee_id), o.person.last_name.rstrip(), int(o.pay_code), o.quantity) for o in lines]
    assert read == told
    table = profile_of(
        {
            "decimal_sign": ",",
            "header": True,
            "columns": [{"value": "employee_id"}, {"value": "last_name"}, {"value": "pay_code"}, {"value": "quantity"}],
        }
    )
    rows = list(csv.DictReader(io.StringIO(table.render(lines), newline=""), delimiter=";"))
    assert [
        (row["employee_id"], row["last_name"], row["pay_code"], Decimal(row["quantity"].replace(",", ".")))
        for row in rows
    ] == [(o.person.employee_id, o.person.last_name, o.pay_code, Decimal(o.quantity) / 100) for o in lines]
