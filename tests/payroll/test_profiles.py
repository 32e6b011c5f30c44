# SPDX-License-Identifier: Apache-2.0
"""Payroll layouts to the byte, and the lines that each of them cannot hold."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from airflow_provider_allhours.client.errors import AllHoursParameterError
from airflow_provider_allhours.payroll.lines import PayLine
from airflow_provider_allhours.payroll.people import Person
from airflow_provider_allhours.payroll.profiles.profile import FileSetting, find_profile, read_accounting_month
from airflow_provider_allhours.periods import Period

OCTOBER = Period.of_month(2026, 10)
ANA, JAN = Person("101", "Ana", "Kos"), Person("102", "Jan", "Novak")
LODAS = {"consultant_number": 1234567, "client_number": "42"}
ADP = {"company_code": "ABC", "batch_id": 7, "regular_code": "1000", "overtime_code": "1100"}


def line(
    person: Person, pay_code: str, quantity: int, unit: str = "hours", period: Period = OCTOBER, **fields: Any
) -> PayLine:
    return PayLine(person, pay_code, unit, quantity, period, **fields)


def problems(profile: str, *lines: PayLine, **options: Any) -> list[str]:
    return list(find_profile(profile, options).problems(lines))


def test_generic() -> None:
    lines = [line(ANA, "1000", 16050), line(JAN, "2000", -150, "days", Period.of_month(2026, 9))]
    assert find_profile("generic-csv", None).render(lines) == (
        "employee_id,pay_code,quantity,unit,period_from,period_to\n"
        "101,1000,160.50,hours,2026-10-01,2026-10-31\n"
        "102,2000,-1.50,days,2026-09-01,2026-09-30\n"
    )
    others = (line(ANA, "1", 1, "minutes"), line(ANA, "2", 1, "hh:mm"), line(ANA, "3", 1, "count"))
    assert problems("generic-csv", *lines, *others) == []


def test_generic_has_cost_centres_where_the_mapping_has_them() -> None:
    profile = find_profile("generic-csv", None)
    profile.setting = FileSetting(has_cost_centres=True)
    assert profile.render([line(ANA, "1000", 100, cost_centre="K1"), line(JAN, "1000", 100)]).splitlines() == [
        "employee_id,pay_code,quantity,unit,period_from,period_to,cost_centre",
        "101,1000,1.00,hours,2026-10-01,2026-10-31,K1",
        "102,1000,1.00,hours,2026-10-01,2026-10-31,",
    ]


@pytest.mark.parametrize("text", ["2026-13", "2026-1", "october", "202610", "2026-10-01", "\u0662026-10"])
def test_an_accounting_month_is_a_month(text: str) -> None:
    assert read_accounting_month(None) is None
    assert read_accounting_month("2026-10") == date(2026, 10, 1)
    with pytest.raises(AllHoursParameterError, match="'accounting_month' is .* it takes a month such as 2026-10"):
        read_accounting_month(text)


def test_lodas() -> None:
    lines = [
        line(ANA, "1000", 16050, period=Period(date(2026, 9, 26), date(2026, 10, 25))),
        line(JAN, "7", 5, "days", bs_nr="10", cost_centre="K1"),
        line(JAN, "8", 5, "days", bs_nr="71", no_wage_type=True),
    ]
    assert find_profile("datev-lodas", LODAS).render(lines).split("\r\n") == [
        "[Allgemein]",
        "Ziel=LODAS",
        "Version_SST=1.0",
        "BeraterNr=1234567",
        "MandantenNr=42",
        "Datumsformat=TT/MM/JJJJ",
        "Feldtrennzeichen=;",
        "Zahlenkomma=,",
        "Stringbegrenzer='",
        "",
        "[Satzbeschreibung]",
        "1;u_lod_bwd_buchung_standard;abrechnung_zeitraum#bwd;pnr#bwd;la_eigene#bwd;bs_nr#bwd;bs_wert_butab#bwd;"
        "kostenstelle#bwd;",
        "",
        "[Bewegungsdaten]",
        "1;01/10/2026;101;1000;1;160,50;;",
        "1;01/10/2026;102;7;10;0,05;K1;",
        "1;01/10/2026;102;;71;0,05;;",
        "",
    ]
    assert problems("datev-lodas", *lines[1:], **LODAS) == []
    profile = find_profile("datev-lodas", LODAS)
    profile.setting = FileSetting(accounting_month=date(2026, 11, 1))
    assert "1;01/11/2026;101;1000;1;160,50;;" in profile.render(lines[:1])


def test_lodas_needs_a_processing_key_for_each_unit() -> None:
    (problem,) = problems("datev-lodas", line(ANA, "1", 1, "days"), **LODAS)
    assert problem == "pay code 1 is in days and has no processing key; its line of the mapping takes bs_nr, e.g. 10"


def test_lug() -> None:
    lines = [line(ANA, "1000", 16050), line(JAN, "200", -50, "days")]
    text = find_profile("datev-lug", None).render(lines)
    assert text == "101;;;1000;160,50;;;;;;\r\n102;;;200;;-0,50;;;;;\r\n"
    assert problems("datev-lug", *lines) == []


def test_adp() -> None:
    lines = [
        line(ANA, "1000", 16000),
        line(ANA, "1100", 250),
        line(ANA, "VAC", 800),
        line(JAN, "1100", 100),
        line(Person("103", "", ""), "VAC", 400),
    ]
    head, *records = find_profile("adp-csv", ADP).render(lines).splitlines()
    assert head == (
        "Co Code,Batch ID,File #,Employee Name,Temp Dept,Reg Hours,O/T Hours,Hours 3 Code,Hours 3 Amount,"
        "Earnings 3 Code,Earnings 3 Amount,Rate Code,Temp Rate,Job Cost#"
    )
    assert records == [
        "ABC,7,101,,,160.00,2.50,,,,,,,",
        "ABC,7,101,,,,,VAC,8.00,,,,,",
        "ABC,7,102,,,,1.00,,,,,,,",
        "ABC,7,103,,,,,VAC,4.00,,,,,",
    ]


def test_adp_has_a_line_per_department() -> None:
    lines = [line(ANA, "1000", 100, cost_centre="K1"), line(ANA, "1100", 200, cost_centre="K2"), line(ANA, "VAC", 300)]
    assert find_profile("adp-csv", ADP).render(lines).splitlines()[1:] == [
        "ABC,7,101,,K1,1.00,,,,,,,,",
        "ABC,7,101,,K2,,2.00,,,,,,,",
        "ABC,7,101,,,,,VAC,3.00,,,,,",
    ]
    assert problems("adp-csv", *lines, **ADP) == []


def test_gusto() -> None:
    lines = [line(ANA, "regular_hours", 16000), line(ANA, "overtime_hours", 50), line(JAN, "overtime_hours", 100)]
    assert find_profile("gusto-csv", None).render(lines).splitlines() == [
        "last_name,first_name,ssn,gusto_employee_id,title,regular_hours,overtime_hours",
        "Kos,Ana,,101,,160.00,0.50",
        "Novak,Jan,,102,,,1.00",
    ]
    assert problems("gusto-csv", *lines) == []
    assert problems("gusto-csv", line(ANA, "sick", 1), line(JAN, "regular_hours", -1)) == [
        "pay code sick is no column of the template; profile option 'columns' names them",
        "employee id 102: negative hours, and an import replaces earlier entries",
    ]


@pytest.mark.parametrize(("profile", "options"), [("adp-csv", ADP), ("gusto-csv", {})])
def test_a_layout_with_one_place_for_a_code_refuses_two_lines_of_it(profile: str, options: dict[str, Any]) -> None:
    """The second one would be lost."""
    twice = [line(ANA, "regular_hours", 1), line(ANA, "regular_hours", 2)]
    assert problems(profile, *twice, **options) == [
        "employee id 101: 2 lines of pay code regular_hours, and the layout has place for one"
    ]


def test_a_layout_without_a_place_for_cost_centres_refuses_them() -> None:
    (problem,) = problems("gusto-csv", line(ANA, "regular_hours", 1, cost_centre="K1"))
    assert problem == "the mapping has cost centres, and the layout has no place for them"


@pytest.mark.parametrize("profile", ["datev-lodas", "datev-lug"])
def test_numbers_that_differ_in_leading_zeros_are_one_person(profile: str) -> None:
    lines = [line(Person("00042"), "1", 1), line(Person("42"), "1", 1), line(Person("43"), "1", 1)]
    (problem,) = problems(profile, *lines, **(LODAS if profile == "datev-lodas" else {}))
    assert problem == "employee id 00042, 42: one number in this layout, which takes numbers and not texts"


@pytest.mark.parametrize("profile", ["datev-lodas", "datev-lug"])
@pytest.mark.parametrize(
    ("given", "problem"),
    [
        (line(Person("12345", "", ""), "1234", 1), None),
        (line(Person("123456", "", ""), "1", 1), "employee id 123456: this layout takes up to 5 digits"),
        (line(Person("A1", "", ""), "1", 1), "employee id A1: this layout takes up to 5 digits"),
        (line(Person("\u0661", "", ""), "1", 1), "employee id \u0661: this layout takes up to 5 digits"),
        (line(ANA, "12345", 1), "pay code 12345: this layout takes up to 4 digits"),
        (line(ANA, "1a", 1), "pay code 1a: this layout takes up to 4 digits"),
        (
            line(ANA, "1", 1, period=Period(date(2026, 9, 26), date(2026, 10, 25))),
            None,
        ),
        (
            line(ANA, "1", 1, period=Period(date(2026, 9, 30), date(2026, 10, 31))),
            "the layout is settled by month, and 2026-09-30/2026-10-31 has more than 31 days",
        ),
        (line(ANA, "1", 1, "minutes"), "the unit minutes has no place in this layout; it takes hours, days"),
    ],
)
def test_lines_that_datev_cannot_hold(profile: str, given: PayLine, problem: str | None) -> None:
    found = problems(profile, given, **(LODAS if profile == "datev-lodas" else {}))
    assert found[:1] == ([] if problem is None else [problem])


@pytest.mark.parametrize(("profile", "options"), [("datev-lug", {}), ("adp-csv", ADP), ("gusto-csv", {})])
def test_layouts_of_one_period_refuse_the_corrections_of_another(profile: str, options: dict[str, Any]) -> None:
    code = "regular_hours"
    lines = [line(ANA, code, 1), line(JAN, code, 1)]
    message = "the layout holds one period per file, and there are lines of 2"
    assert message not in problems(profile, *lines, **options)
    assert message in problems(profile, *lines, line(JAN, code, 1, period=Period.of_month(2026, 9)), **options)


def test_an_employee_id_that_the_encoding_lacks_is_a_problem() -> None:
    lines = [line(Person("Č1", "", ""), "1", 1), line(ANA, "1", 1)]
    assert problems("generic-csv", *lines) == []
    assert problems("generic-csv", *lines, encoding="ascii") == ["employee id Č1: a character that ascii lacks"]


@pytest.mark.parametrize(
    ("profile", "options", "message"),
    [
        ("datev-lodas", {**LODAS, "client_number": "4a"}, "'client_number' takes digits"),
        ("datev-lodas", {**LODAS, "consultant_number": "\u0661"}, "'consultant_number' takes digits"),
        ("datev-lodas", {**LODAS, "bs_nr": 1}, "unknown keys bs_nr"),
        ("adp-csv", {"company_code": "ABC"}, "'profile_options' lacks batch_id$"),
        ("generic-csv", {"separator": ""}, "'separator' takes one character"),
        ("generic-csv", {"separator": '"'}, "'separator' takes one character"),
        ("generic-csv", {"decimal_sign": ""}, "'decimal_sign' takes . or ,"),
        ("gusto-csv", {"separator": ";"}, "unknown keys separator; this profile takes columns"),
        ("datev-lug", {"form": "month"}, "unknown keys form; this profile takes none"),
    ],
)
def test_options_that_a_profile_does_not_take(profile: str, options: dict[str, Any], message: str) -> None:
    with pytest.raises(AllHoursParameterError, match=message):
        find_profile(profile, options)


def test_options_beside_a_declaration_take_precedence() -> None:
    declared = {"base": "generic-csv", "separator": ";", "decimal_sign": ","}
    profile = find_profile(declared, {"separator": "\t"})
    assert profile.render([line(ANA, "1", 100)]).splitlines()[1] == "101\t1\t1,00\thours\t2026-10-01\t2026-10-31"
    assert declared["base"] == "generic-csv"
    assert find_profile({"separator": ";"}, None).render([]).startswith("employee_id;pay_code")
