# SPDX-License-Identifier: Apache-2.0
"""Every layout, read back by a reader of its own: the same numbers, or a problem that names somebody."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Iterable
from datetime import date
from typing import Any, NamedTuple

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from airflow_provider_allhours.payroll.lines import PayLine
from airflow_provider_allhours.payroll.people import Person
from airflow_provider_allhours.payroll.profiles.profile import Profile, find_profile
from airflow_provider_allhours.periods import Period

OCTOBER, SEPTEMBER = Period.of_month(2026, 10), Period.of_month(2026, 9)
Read = set[tuple[str, str, int]]
"""Employee id, pay code, hundredths."""


class Layout(NamedTuple):
    """A layout with the largest that it takes, and its reader."""

    name: str
    options: dict[str, Any]
    digits: int
    code_digits: int
    largest: int
    read: Callable[[str], Read]
    smallest: int = -99_999
    units: tuple[str, ...] = ("hours",)
    cost_centre: int = 0


def hundredths(text: str) -> int:
    sign = -1 if text.startswith("-") else 1
    whole, _, part = text.lstrip("-").replace(",", ".").partition(".")
    assert len(part) == 2
    return sign * (int(whole) * 100 + int(part))


def rows(text: str, separator: str = ",") -> list[list[str]]:
    return list(csv.reader(io.StringIO(text, newline=""), delimiter=separator))


def read_generic(text: str) -> Read:
    return {(row[0], row[1], hundredths(row[2])) for row in rows(text)[1:]}


def read_lodas(text: str) -> Read:
    lines = text.split("[Bewegungsdaten]\r\n")[1].split("\r\n")
    assert lines.pop() == ""
    fields = [line.split(";") for line in lines]
    assert all(one[0] == "1" and one[1] == "01/10/2026" and len(one) == 8 for one in fields)
    return {(one[2], one[3], hundredths(one[5])) for one in fields}


def read_lug(text: str) -> Read:
    head, *lines = rows(text, ";")
    assert head == ["1234567", "42", "10/2026"]
    assert all(len(line) == 11 for line in lines)
    return {(line[0], line[3], hundredths(line[6])) for line in lines}


def read_adp(text: str) -> Read:
    head, *lines = rows(text)
    found = set()
    for line in lines:
        record = dict(zip(head, line, strict=True))
        number = str(int(record["File #"]))
        for code, column in (("1", "Reg Hours"), ("2", "O/T Hours")):
            if record[column]:
                found.add((number, code, hundredths(record[column])))
        if record["Hours 3 Code"]:
            found.add((number, record["Hours 3 Code"], hundredths(record["Hours 3 Amount"])))
    return found


def read_gusto(text: str) -> Read:
    head, *lines = rows(text)
    return {
        (line[3].removeprefix("g"), code, hundredths(value))
        for line in lines
        for code, value in zip(head[5:], line[5:], strict=True)
        if value
    }


def read_saop(text: str) -> Read:
    found = set()
    for record in text.split("\r\n")[:-1]:
        assert len(record.encode("windows-1250")) == 110
        sign = {"-": -1, " ": 1}[record[63]]
        quantity = sign * int(record[58:63]) if record[108:110] == "  " else 100 * int(record[108:110])
        assert record[92:108] == "2026100120261031"
        found.add((str(int(record[:7])), str(int(record[7:10])), quantity))
    return found


def read_bmd(text: str) -> Read:
    assert all(len(row) == 15 and row[:2] == ["202610", "7"] for row in rows(text, ";"))
    return {(row[2], row[4], hundredths(row[5])) for row in rows(text, ";")}


def read_lexware(text: str) -> Read:
    assert all(row[:2] == ["2026", "10"] and len(row) == 7 for row in rows(text, ";"))
    return {(row[2], row[3], hundredths(row[4])) for row in rows(text, ";")}


def read_paychex(text: str) -> Read:
    assert all(len(row) == 16 and row[0] == "CLIENT" for row in rows(text))
    return {(row[1], row[4], hundredths(row[7] or row[8])) for row in rows(text)}


def read_sage(text: str) -> Read:
    assert all(row[0] == "2" and len(row) == 7 for row in rows(text))
    return {(row[1], row[2], hundredths(row[5])) for row in rows(text)}


DATEV = {"consultant_number": 1234567, "client_number": 42}
GUSTO = {"columns": [str(code) for code in range(1, 10)], "employee_map": {str(n): f"g{n}" for n in range(1, 1000)}}
LAYOUTS = [
    Layout("generic-csv", {}, 9, 4, 9_999_999, read_generic, units=("hours", "days")),
    Layout("datev-lodas", DATEV, 5, 4, 9_999_999, read_lodas),
    Layout("datev-lug", DATEV, 5, 3, 9_999_999, read_lug, units=("hours", "days"), cost_centre=8),
    Layout(
        "adp-csv",
        {"company_code": "ABC", "batch_id": "7", "regular_code": "1", "overtime_code": "2"},
        6,
        3,
        9_999_999,
        read_adp,
    ),
    Layout("gusto-csv", GUSTO, 2, 1, 99_999, read_gusto, smallest=1),
    Layout("saop-w1", {}, 7, 3, 99_999, read_saop, cost_centre=7),
    Layout("bmd-csv", {"client_number": 7}, 9, 5, 9_999_999, read_bmd, units=("hours", "days"), cost_centre=20),
    Layout("lexware-csv", {}, 9, 4, 9_999_999, read_lexware, units=("hours", "days")),
    Layout("paychex-spi", {"client_id": "CLIENT"}, 10, 4, 99_999, read_paychex, cost_centre=25),
    Layout("sage-ie", {}, 6, 4, 9_999_999, read_sage),
]
NAMES = st.text(alphabet="abcäöüßčšžŽ'-\" ", min_size=1, max_size=30)


@st.composite
def months(draw: st.DrawFn, layout: Layout) -> list[PayLine]:
    """Lines of random people, one of each code, of every size that the layout has place for.

    A code has one unit, since few layouts tell it.
    """
    most = min(10**layout.digits - 1, 999_999_999)
    ids = draw(st.lists(st.one_of(st.integers(1, most), st.just(most)), min_size=1, max_size=6, unique=True))
    lines = []
    for number in ids:
        person = Person(str(number), draw(NAMES), draw(NAMES), (f"u{number}",))
        codes = draw(st.sets(st.integers(1, 10**layout.code_digits - 1), min_size=1, max_size=4))
        for code in sorted(codes):
            quantity = draw(
                st.one_of(st.integers(layout.smallest, layout.largest), st.sampled_from([layout.largest, 1]))
            )
            assume(quantity)
            centre = draw(st.text(alphabet="AZ09", max_size=layout.cost_centre)) if layout.cost_centre else ""
            lines.append(PayLine(person, str(code), layout.units[code % len(layout.units)], quantity, OCTOBER, centre))
    return lines


def content_of(profile: Profile, lines: Iterable[PayLine]) -> str:
    """As it is written and read again in the layout's encoding."""
    return profile.render(list(lines)).encode(profile.encoding).decode(profile.encoding)


@pytest.mark.parametrize("layout", LAYOUTS, ids=lambda layout: layout.name)
@given(data=st.data())
def test_the_same_numbers_come_back(layout: Layout, data: st.DataObject) -> None:
    lines = data.draw(months(layout))
    profile = find_profile(layout.name, layout.options)
    problems = list(profile.problems(lines))
    if layout.name == "gusto-csv" and problems:
        assert all("employee id" in problem for problem in problems)
        return
    # What the encoding lacks is the only thing that may be wrong.
    unencodable = {p.split(":")[0].removeprefix("employee id ") for p in problems if "a character that" in p}
    assert len(unencodable) == len(problems), problems
    kept = [line for line in lines if line.person.employee_id not in unencodable]
    if not kept:
        return
    told = {(line.person.employee_id, line.pay_code, line.quantity) for line in kept}
    assert layout.read(content_of(profile, kept)) == told


BEYOND: dict[str, list[PayLine]] = {
    "datev-lodas": [
        PayLine(Person("123456"), "1", "hours", 1, OCTOBER),
        PayLine(Person("1"), "12345", "hours", 1, OCTOBER),
    ],
    "datev-lug": [PayLine(Person("A1"), "1", "hours", 1, OCTOBER), PayLine(Person("1"), "6000", "hours", 1, OCTOBER)],
    "adp-csv": [
        PayLine(Person("1234567"), "1", "hours", 1, OCTOBER),
        PayLine(Person("1"), "VACA", "hours", 1, OCTOBER),
    ],
    "gusto-csv": [PayLine(Person("1"), "1", "hours", -1, OCTOBER)],
    "saop-w1": [
        PayLine(Person("1"), "1", "hours", 100_000, OCTOBER),
        PayLine(Person("12345678"), "1", "hours", 1, OCTOBER),
    ],
    "bmd-csv": [
        PayLine(Person("1"), "1", "hours", 1, OCTOBER, "K" * 21),
        PayLine(Person("x"), "1", "hours", 1, OCTOBER),
    ],
    "lexware-csv": [PayLine(Person("1"), "1", "count", 1, OCTOBER), PayLine(Person("1x"), "1", "hours", 1, OCTOBER)],
    "paychex-spi": [
        PayLine(Person("1"), "1", "hours", -100_000, OCTOBER),
        PayLine(Person("ž"), "1", "hours", 1, OCTOBER),
    ],
    "sage-ie": [PayLine(Person("1234567"), "1", "hours", 1, OCTOBER), PayLine(Person("1"), "x", "hours", 1, OCTOBER)],
}


@pytest.mark.parametrize("layout", [one for one in LAYOUTS if one.name in BEYOND], ids=lambda layout: layout.name)
def test_what_is_beyond_a_layout_blocks(layout: Layout) -> None:
    for line in BEYOND[layout.name]:
        problems = list(find_profile(layout.name, layout.options).problems([line]))
        assert len(problems) >= 1, line
        named = (f"employee id {line.person.employee_id}", f"pay code {line.pay_code}", f"the unit {line.unit}")
        assert any(problem.startswith(named) for problem in problems), problems


@pytest.mark.parametrize(
    "layout", [one for one in LAYOUTS if one.name not in ("generic-csv",)], ids=lambda one: one.name
)
def test_a_month_that_is_corrected_is_told_or_refused(layout: Layout) -> None:
    """A line of an earlier month stands in its own month, or the layout holds one period per file."""
    lines = [PayLine(Person("1"), "1", "hours", 100, OCTOBER), PayLine(Person("2"), "1", "hours", 100, SEPTEMBER)]
    profile = find_profile(layout.name, layout.options)
    problems = list(profile.problems(lines))
    if profile.one_period:
        assert problems[0] == "the layout holds one period per file, and there are lines of 2"
        return
    assert problems == []
    text = content_of(profile, lines)
    wanted = {"saop-w1": "2026090120260930", "bmd-csv": ";202609;", "lexware-csv": "2026;9;2;"}[layout.name]
    (line,) = [one for one in text.splitlines() if wanted in one]
    assert SEPTEMBER.date_from == date(2026, 9, 1)
    assert "2" in line
