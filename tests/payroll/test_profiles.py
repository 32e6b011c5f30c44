# SPDX-License-Identifier: Apache-2.0
"""Payroll layouts to the byte, and the lines that each of them cannot hold."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from airflow_provider_allhours.client.errors import AllHoursParameterError
from airflow_provider_allhours.payroll.leave_spans import LeaveSpan
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
    text = find_profile("datev-lug", LODAS).render(lines)
    assert text == "1234567;42;10/2026\r\n101;;;1000;;;160,50;;;;\r\n102;;;200;;;-0,50;;;;\r\n"
    assert problems("datev-lug", *lines, **LODAS) == []
    assert problems("datev-lug", line(ANA, "6000", 1, cost_centre="K23456789"), **LODAS) == [
        "employee id 101: a cost centre has up to 8 characters",
        "pay code 6000: this layout takes 1 to 5999 and 8000 to 9999",
    ]


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
        "ABC,7,000101,,,160.00,2.50,,,,,,,",
        "ABC,7,000101,,,,,VAC,8.00,,,,,",
        "ABC,7,000102,,,,1.00,,,,,,,",
        "ABC,7,000103,,,,,VAC,4.00,,,,,",
    ]


def test_adp_has_a_line_per_department() -> None:
    lines = [line(ANA, "1000", 100, cost_centre="K1"), line(ANA, "1100", 200, cost_centre="K2"), line(ANA, "VAC", 300)]
    assert find_profile("adp-csv", ADP).render(lines).splitlines()[1:] == [
        "ABC,7,000101,,K1,1.00,,,,,,,,",
        "ABC,7,000101,,K2,,2.00,,,,,,,",
        "ABC,7,000101,,,,,VAC,3.00,,,,,",
    ]
    assert problems("adp-csv", *lines, **ADP) == []


def test_gusto() -> None:
    lines = [line(ANA, "regular_hours", 16000), line(ANA, "overtime_hours", 50), line(JAN, "overtime_hours", 100)]
    assert find_profile("gusto-csv", None).render(lines).splitlines() == [
        "last_name,first_name,ssn,gusto_employee_id,title,regular_hours,overtime_hours",
        "Kos,Ana,,,,160.00,0.50",
        "Novak,Jan,,,,,1.00",
    ]
    assert problems("gusto-csv", *lines) == []
    ids = {"101": "7f3a", "102": "91bc"}
    assert (
        find_profile("gusto-csv", {"employee_map": ids}).render(lines).splitlines()[1] == "Kos,Ana,,7f3a,,160.00,0.50"
    )
    namesakes = [line(ANA, "regular_hours", 1), line(Person("105", "ana", "Kos"), "regular_hours", 1)]
    (problem,) = problems("gusto-csv", *namesakes)
    assert problem.startswith("employee id 101, 105: Gusto matches by name, and these have one name or none")
    assert problems("gusto-csv", *namesakes, employee_map={"101": "a", "105": "b"}) == []
    assert problems("gusto-csv", *namesakes, employee_map={"101": "a"}) == [
        "employee id 105: it is not in the profile option 'employee_map'"
    ]
    assert problems("gusto-csv", line(ANA, "sick", 1), line(JAN, "regular_hours", -1)) == [
        "pay code sick is no column of the template; profile option 'columns' names them",
        "employee id 102: negative hours, and an import replaces earlier entries",
    ]


@pytest.mark.parametrize(("profile", "options"), [("adp-csv", ADP), ("gusto-csv", {})])
def test_a_layout_with_one_place_for_a_code_refuses_two_lines_of_it(profile: str, options: dict[str, Any]) -> None:
    """The second one would be lost."""
    code = "VAC" if profile == "adp-csv" else "regular_hours"
    assert problems(profile, line(ANA, code, 1), line(ANA, code, 2), **options) == [
        f"employee id 101: 2 lines of pay code {code}, and the layout has place for one"
    ]


def test_a_layout_without_a_place_for_cost_centres_refuses_them() -> None:
    (problem,) = problems("gusto-csv", line(ANA, "regular_hours", 1, cost_centre="K1"))
    assert problem == "the mapping has cost centres, and the layout has no place for them"


@pytest.mark.parametrize("profile", ["datev-lodas", "datev-lug"])
def test_numbers_that_differ_in_leading_zeros_are_one_person(profile: str) -> None:
    lines = [line(Person("00042"), "1", 1), line(Person("42"), "1", 1), line(Person("43"), "1", 1)]
    (problem,) = problems(profile, *lines, **LODAS)
    assert problem == "employee id 00042, 42: one number in this layout, which takes numbers and not texts"


@pytest.mark.parametrize("profile", ["datev-lodas", "datev-lug", "saop-w1", "lexware-csv"])
def test_pay_codes_that_differ_in_leading_zeros_are_one(profile: str) -> None:
    options = LODAS if profile.startswith("datev") else {}
    (problem,) = problems(profile, line(Person("42"), "010", 1), line(Person("42"), "10", 1), **options)
    assert problem == "pay code 010, 10: one number in this layout, which takes numbers and not texts"


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
    found = problems(profile, given, **LODAS)
    assert found[:1] == ([] if problem is None else [problem])


@pytest.mark.parametrize(("profile", "options"), [("datev-lug", LODAS), ("adp-csv", ADP), ("gusto-csv", {})])
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
        ("gusto-csv", {"separator": ";"}, "unknown keys separator; this profile takes columns, employee_map"),
        ("datev-lug", {**LODAS, "form": "day"}, "'form' is 'day'; it takes month or calendar"),
        ("datev-lug", {**LODAS, "form": "calendar", "absence_keys": {"2000": "URL"}}, "'absence_keys' is"),
        ("datev-lug", {**LODAS, "absence_keys": {"2000": "U"}}, "'absence_keys' is for the form calendar"),
        ("datev-lug", {}, "lacks consultant_number, client_number"),
        ("datev-lodas", {**LODAS, "consultant_number": 123}, "'consultant_number' takes digits, 4 to 7 of them"),
        ("datev-lodas", {**LODAS, "client_number": "00000"}, "'client_number' takes digits, 1 to 5 of them, above 0"),
        ("adp-csv", {**ADP, "company_code": "ABCDEFGHI"}, "'company_code' is 'ABCDEFGHI': it takes 2 to 3 ASCII"),
        ("adp-csv", {**ADP, "batch_id": "123456789"}, "'batch_id' is '123456789': it takes 1 to 8 ASCII"),
        ("bmd-csv", {}, "lacks client_number"),
        ("paychex-spi", {"client_id": "123456789"}, "'client_id' is '123456789': it takes 1 to 8 ASCII"),
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
    assert find_profile({"base": "generic-csv"}, None).render([]).startswith("employee_id,pay_code")


def test_adp_refuses_what_its_columns_do_not_take() -> None:
    given = [line(Person("1234567"), "1000", 1), line(Person("7"), "SEVENTEEN", 1), line(Person("07"), "1000", 1)]
    assert problems("adp-csv", *given, **ADP) == [
        "employee id 1234567: this layout takes up to 6 digits",
        "employee id 07, 7: one number in this layout, which takes numbers and not texts",
        "pay code SEVENTEEN: this layout takes up to 3 ASCII characters",
    ]


def test_saop_lines_have_110_bytes() -> None:
    lines = [
        line(ANA, "1", 16000, cost_centre="SM1"),
        line(JAN, "20", -750, period=Period.of_month(2026, 9)),
        line(JAN, "300", 300, "days"),
    ]
    content = find_profile("saop-w1", None).render(lines).encode("windows-1250")
    assert [len(record) for record in content.split(b"\r\n")] == [110, 110, 110, 0]
    first, second, third, _ = content.decode("windows-1250").split("\r\n")
    assert (first[:7], first[7:10], first[10:17], first[17:58]) == ("0000101", "001", "SM1    ", " " * 41)
    assert (first[58:63], first[63], first[64:92]) == ("16000", " ", " " * 28)
    assert (first[92:100], first[100:108], first[108:]) == ("20261001", "20261031", "  ")
    assert (second[58:63], second[63], second[92:100]) == ("00750", "-", "20260901")
    assert (third[58:63], third[108:]) == ("00000", "03")
    assert problems("saop-w1", *lines) == []
    assert problems("saop-w1", line(ANA, "1234", 100000), line(ANA, "1", 50, "days", cost_centre="12345678")) == [
        "employee id 101: a cost centre has up to 7 characters",
        "pay code 1234: this layout takes up to 3 digits",
        "employee id 101: 1000.00 hours, and this layout takes up to 999.99",
        "employee id 101: 0.50 days, and this layout takes whole days up to 99; map hours",
    ]


def test_bmd_names_the_month_that_a_correction_is_for() -> None:
    lines = [
        line(ANA, "100", 16050, cost_centre="K1"),
        line(JAN, "100", -50, period=Period.of_month(2026, 9)),
    ]
    profile = find_profile("bmd-csv", {"client_number": 12})
    assert profile.render(lines) == (
        "202610;12;101;;100;160,50;;;K1;;;;;;\r\n202610;12;102;;100;-0,50;;;;;202609;;;;\r\n"
    )
    assert list(profile.problems(lines)) == []
    profile.setting = FileSetting(accounting_month=date(2026, 11, 1))
    assert profile.render(lines[:1]) == "202611;12;101;;100;160,50;;;K1;;202610;;;;\r\n"


def test_lexware() -> None:
    lines = [line(Person("0101"), "100", 16050), line(JAN, "200", -50, "days", Period.of_month(2026, 9))]
    assert find_profile("lexware-csv", None).render(lines) == ("2026;10;101;100;160,50;;\r\n2026;9;102;200;-0,50;;\r\n")
    assert problems("lexware-csv", *lines) == []


def test_paychex() -> None:
    lines = [line(ANA, "Regular", 16050, cost_centre="100"), line(JAN, "Meals", 3, "count")]
    records = find_profile("paychex-spi", {"client_id": "1234"}).render(lines).splitlines()
    assert records == ["1234,101,100,,Regular,,,160.50,,,,,,,,", "1234,102,,,Meals,,,,3,,,,,,,"]
    assert {len(record.split(",")) for record in records} == {16}
    assert problems("paychex-spi", *lines, client_id="1234") == []
    assert problems("paychex-spi", line(Person("12345678901"), "Regular", 100000), client_id="1") == [
        "employee id 12345678901: this layout takes up to 10 ASCII characters",
        "employee id 12345678901: 1000.00 hours, and this layout takes -999.99 to 999.99",
    ]


def test_sage() -> None:
    lines = [line(ANA, "1", 16050, cost_centre="K1"), line(JAN, "2", -50)]
    assert find_profile("sage-ie", None).render(lines) == "2,101,1,,K1,160.50,\r\n2,102,2,,,-0.50,\r\n"
    assert find_profile("sage-ie", {"payment_number": 3}).render(lines[:1]) == "2,101,3,,K1,160.50,\r\n"
    assert find_profile("sage-ie", {"payment_number": 0}).render(lines[:1]) == "2,101,0,,K1,160.50,\r\n"
    assert problems("sage-ie", *lines) == []
    (problem,) = problems("sage-ie", *lines, payment_number=3)
    assert problem == "'payment_number' is one for all lines, and there are the pay codes 1, 2"


@pytest.mark.parametrize(
    ("profile", "options", "id_digits", "code_digits"),
    [
        ("datev-lodas", LODAS, 5, 4),
        ("datev-lug", LODAS, 5, 4),
        ("bmd-csv", {"client_number": 1}, 9, 5),
        ("lexware-csv", {}, 9, 4),
        ("saop-w1", {}, 7, 3),
        ("sage-ie", {}, 6, 4),
        ("sage-ie", {"payment_number": 1}, 6, 20),
    ],
)
def test_numbers_have_as_many_digits_as_their_field(
    profile: str, options: dict[str, Any], id_digits: int, code_digits: int
) -> None:
    employee_id, code = "1" * id_digits, "1" * code_digits
    assert problems(profile, line(Person(employee_id), code, 1), **options) == []
    (problem,) = problems(profile, line(Person(f"{employee_id}1"), code, 1), **options)
    assert problem == f"employee id {employee_id}1: this layout takes up to {id_digits} digits"
    (problem, *_) = problems(profile, line(Person(employee_id), f"{code}1", 1), **options)
    assert problem == f"pay code {code}1: this layout takes up to {code_digits} digits"


def test_saop_writes_days_with_a_fraction_as_hours() -> None:
    halves = line(ANA, "300", 250, "days", covered_minutes=1170)
    (record,) = find_profile("saop-w1", None).render([halves]).splitlines()
    assert (record[58:63], record[63], record[108:]) == ("01950", " ", "  ")
    assert problems("saop-w1", halves) == []
    odd = line(ANA, "300", 133, "days", covered_minutes=640)
    assert find_profile("saop-w1", None).render([odd])[58:63] == "01067"
    for unknown in (line(ANA, "300", 250, "days"), line(ANA, "300", -50, "days", covered_minutes=240)):
        (problem,) = problems("saop-w1", unknown)
        assert problem.endswith("days, and this layout takes whole days up to 99; map hours")


def test_lodas_takes_in_house_numbers() -> None:
    options = {**LODAS, "in_house_numbers": True}
    lines = [line(Person("A-00042.7"), "1000", 100), line(Person("42"), "1000", 100), line(Person("0042"), "1000", 100)]
    text = find_profile("datev-lodas", options).render(lines)
    assert "abrechnung_zeitraum#bwd;pnr_betriebliche#bwd;la_eigene#bwd" in text
    assert "1;01/10/2026;A-00042.7;1000;1;1,00;;" in text
    assert problems("datev-lodas", *lines, **options) == []
    assert problems("datev-lodas", line(Person("x;y"), "1000", 1), line(ANA, "A", 1), **options) == [
        "pay code A: this layout takes up to 4 digits",
        "employee id x;y: an in-house number has up to 15 letters, digits, hyphens or dots",
    ]
    with pytest.raises(AllHoursParameterError, match="'in_house_numbers' is 'yes'; it takes true or false"):
        find_profile("datev-lodas", {**LODAS, "in_house_numbers": "yes"})


@pytest.mark.parametrize(
    ("file_name", "name", "fits"),
    [
        ("", "anything.csv", True),
        ("EPI<company_code><nn>.csv", "EPIABC01.csv", True),
        ("EPI<company_code><nn>.csv", "EPIABC1.csv", False),
        ("PR<cc>EPI.csv", "PRABCEPI.csv", True),
        ("PR<cc>EPI.csv", "PRXYZEPI.csv", False),
        ("PR<cc>EPI.csv", "PRABCEPIxcsv", False),
    ],
)
def test_adp_finds_a_file_by_its_name(file_name: str, name: str, fits: bool) -> None:
    profile = find_profile("adp-csv", {**ADP, "file_name": file_name})
    if fits:
        profile.check_file_name(name)
        return
    with pytest.raises(AllHoursParameterError, match="parameter 'path' ends with .*; 'file_name' wants it to be"):
        profile.check_file_name(name)


CALENDAR = {**LODAS, "form": "calendar", "absence_keys": {"2000": "U"}}


def days_of_october(*parts: tuple[int, int]) -> tuple[tuple[date, int], ...]:
    return tuple((date(2026, 10, day), quantity) for day, quantity in parts)


def test_lug_by_calendar_day() -> None:
    lines = [
        line(ANA, "1000", 1650, by_day=days_of_october((1, 850), (31, 800)), cost_centre="K1"),
        line(ANA, "2000", 150, "days", by_day=days_of_october((5, 100), (6, 50))),
    ]
    assert problems("datev-lug", *lines, **CALENDAR) == []
    assert find_profile("datev-lug", CALENDAR).render(lines) == (
        "1234567;42;10/2026\r\n"
        "101;1;;1000;8,50;;;;;K1;\r\n"
        "101;31;;1000;8,00;;;;;K1;\r\n"
        "101;5;U;2000;;1,00;;;;;\r\n"
        "101;6;U;2000;;0,50;;;;;\r\n"
    )


def test_what_a_day_of_lug_cannot_hold() -> None:
    given = [
        line(ANA, "1000", 1500, by_day=days_of_october((1, 1500))),
        line(ANA, "1100", 1000, by_day=days_of_october((1, 1000))),
        line(JAN, "2000", 100, "days", by_day=days_of_october((5, 100))),
        line(JAN, "2100", 50, "days", by_day=days_of_october((5, 50))),
        line(JAN, "1000", -50, by_day=days_of_october((7, -50))),
        line(JAN, "1100", 100),
        line(JAN, "1200", 100, by_day=((date(2026, 9, 30), 100),)),
    ]
    assert problems("datev-lug", *given, **CALENDAR) == [
        "employee id 102: hours of 2026-10-07 are negative, and a day of this layout is not",
        "employee id 102: 1.00 hours have no days; a correction takes the form month",
        "employee id 102: 2026-09-30 is not in the month 10/2026 of the file",
        "employee id 101: 25.00 hours on 2026-10-01, and a day of this layout has up to 24.00",
        "employee id 102: 1.50 days on 2026-10-05, and a day of this layout has up to 1.00",
    ]


def test_lodas_writes_leave_as_spans() -> None:
    options = {**LODAS, "absence_reasons": {"Sick leave": 1, "7": "2"}}
    profile = find_profile("datev-lodas", options)
    profile.leave_names = {"sick leave": {"id-1"}, "7": {"id-2"}, "other": {"id-3"}}
    profile.spans = [
        LeaveSpan("101", "id-1", ("Sick leave",), Period(date(2026, 10, 5), date(2026, 10, 9))),
        LeaveSpan("102", "id-2", ("Other",), OCTOBER),
        LeaveSpan("102", "id-3", ("Paid leave", "7"), Period(date(2026, 10, 30), date(2026, 10, 31))),
    ]
    lines = [line(ANA, "1000", 100)]
    assert list(profile.problems(lines)) == []
    text = profile.render(lines)
    assert (
        "2;u_lod_psd_fehlzeiten;pnr#psd;datum_von#psd;datum_bis#psd;grund_fehlzeiten#psd;\r\n\r\n[Stammdaten]\r\n"
        in text
    )
    section = text.split("[Stammdaten]\r\n")[1].split("\r\n\r\n[Bewegungsdaten]\r\n")[0]
    assert section.split("\r\n") == ["2;101;05/10/2026;09/10/2026;1;", "2;102;30/10/2026;31/10/2026;2;"]
    profile.spans = [LeaveSpan("A7", "id-1", ("Sick leave",), OCTOBER)]
    profile.leave_names = {"sick leave": {"id-1"}}
    profile.is_delta = True
    assert list(profile.problems(lines)) == [
        "a file of differences has no absence spans; leave 'absence_reasons' out",
        "'absence_reasons' names '7', and the account has no absence definition of this name or id",
        "employee id A7: this layout takes up to 5 digits",
    ]
    for reasons in ({"Sick leave": "123"}, {"Sick leave": ""}, ["Sick leave"]):
        with pytest.raises(AllHoursParameterError, match="'absence_reasons'"):
            find_profile("datev-lodas", {**LODAS, "absence_reasons": reasons})


@pytest.mark.parametrize(
    ("profile", "options", "message"),
    [
        ("adp-csv", {**ADP, "overtime_code": "1000"}, "'regular_code' and 'overtime_code' are both '1000'"),
        ("adp-csv", {**ADP, "regular_code": 1100}, "'regular_code' and 'overtime_code' are both '1100'"),
        ("gusto-csv", {"columns": ["regular_hours", "regular_hours"]}, "'columns' has 'regular_hours', which the file"),
        ("gusto-csv", {"columns": ["title"]}, "'columns' has 'title', which the file would have twice"),
        ("gusto-csv", {"columns": "regular_hours"}, "'columns' is 'regular_hours'; it takes a list"),
        (
            "gusto-csv",
            {"employee_map": {"101": "7f3a", "102": "7F3A"}},
            "one id of Gusto for the employee ids 101, 102",
        ),
        ("gusto-csv", {"employee_map": {"101": ""}}, "'employee_map' has a name or a value that is empty"),
        ("gusto-csv", {"employee_map": {"101": "a", 101: "b"}}, "'employee_map' has .* or a name twice"),
        ("gusto-csv", {"employee_map": ["101"]}, "'employee_map' takes an object"),
        ("datev-lug", {**LODAS, "form": "calendar", "absence_keys": {"2000": None}}, "'absence_keys' has"),
        ("generic-csv", {"encoding": "rot13"}, "'encoding' 'rot13' is not known"),
        ("generic-csv", {"encoding": "unicode_escape"}, "'encoding' 'unicode_escape' is not known"),
    ],
)
def test_options_that_would_pay_twice_or_the_wrong_person(profile: str, options: dict[str, Any], message: str) -> None:
    with pytest.raises(AllHoursParameterError, match=message):
        find_profile(profile, options)


def test_codes_given_as_numbers_are_the_codes_of_the_mapping() -> None:
    adp = find_profile("adp-csv", {**ADP, "regular_code": 1, "overtime_code": 2})
    assert adp.render([line(ANA, "1", 800), line(ANA, "2", 100)]).splitlines()[1:] == [
        "ABC,7,000101,,,8.00,1.00,,,,,,,"
    ]
    gusto = find_profile("gusto-csv", {"columns": [1000], "employee_map": {101: 7}})
    assert gusto.render([line(ANA, "1000", 800)]).splitlines()[1] == "Kos,Ana,,7,,8.00"
    lug = find_profile("datev-lug", {**LODAS, "form": "calendar", "absence_keys": {2000: "U"}})
    leave = line(ANA, "2000", 100, "days", by_day=days_of_october((5, 100)))
    assert lug.render([leave]).splitlines()[1] == "101;5;U;2000;;1,00;;;;;"
    lug.setting = FileSetting(pay_codes=frozenset({"2000"}))
    assert list(lug.problems([leave])) == []
    lug.setting = FileSetting(pay_codes=frozenset({"200"}))
    assert list(lug.problems([leave])) == ["'absence_keys' names the pay code 2000, and no line of the mapping has it"]


@pytest.mark.parametrize(
    ("profile", "options", "centre"),
    [
        ("datev-lodas", LODAS, "A;B"),
        ("datev-lodas", LODAS, "A'B"),
        ("datev-lodas", LODAS, "A\nB"),
        ("datev-lug", LODAS, "A;B"),
        ("datev-lug", LODAS, 'A"B'),
        ("bmd-csv", {"client_number": 1}, "A;B"),
        ("saop-w1", {}, "A\rB"),
        ("paychex-spi", {"client_id": "1"}, "A\nB"),
        ("sage-ie", {}, "A\nB"),
        ("adp-csv", ADP, "A\nB"),
    ],
)
def test_a_cost_centre_that_would_end_its_field(profile: str, options: dict[str, Any], centre: str) -> None:
    code = "100"
    assert problems(profile, line(ANA, code, 1, cost_centre="A B"), **options) == []
    (problem,) = problems(profile, line(ANA, code, 1, cost_centre=centre), **options)
    assert problem.startswith("employee id 101: a cost centre has a character that would end its field")


@pytest.mark.parametrize(
    ("profile", "options"), [("datev-lug", LODAS), ("bmd-csv", {"client_number": 1}), ("lexware-csv", {})]
)
def test_a_code_has_one_unit_where_the_layout_does_not_tell_it(profile: str, options: dict[str, Any]) -> None:
    lines = [line(ANA, "200", 800), line(JAN, "200", 100, "days")]
    (problem,) = problems(profile, *lines, **options)
    assert problem == "pay code 200 is in days and hours, and the layout does not say which a line has"
    assert problems("saop-w1", *lines) == []
    assert problems("paychex-spi", *lines, client_id="1") == []


def test_saop_codes_of_cost_centres_have_leading_zeros() -> None:
    """As those of the official example, ``0000001``."""
    records = find_profile("saop-w1", None).render(
        [line(ANA, "1", 1, cost_centre="12"), line(ANA, "1", 1, cost_centre="SM1"), line(ANA, "1", 1)]
    )
    assert [record[10:17] for record in records.splitlines()] == ["0000012", "SM1    ", "       "]


def test_paychex_takes_a_path_of_organization_units() -> None:
    path = "|".join(["1000"] * 12)
    assert problems("paychex-spi", line(ANA, "Regular", 1, cost_centre=path), client_id="1") == []
    assert problems("paychex-spi", line(ANA, "Regular", 1, cost_centre=path + "|"), client_id="1") == []
    (problem,) = problems("paychex-spi", line(ANA, "Regular", 1, cost_centre="1" * 61), client_id="1")
    assert problem == "employee id 101: a cost centre has up to 60 characters"


def test_lodas_wants_one_number_for_one_kind_of_leave() -> None:
    profile = find_profile("datev-lodas", {**LODAS, "absence_reasons": {"Sick leave": 1, "id-1": 2, "Care": 3}})
    profile.leave_names = {"sick leave": {"id-1"}, "id-1": {"id-1"}, "care": {"id-2", "id-3"}}
    assert list(profile.problems([line(ANA, "1", 1)])) == [
        "'absence_reasons' names 'care', and 2 absence definitions have it; name them by id",
        "'absence_reasons' has 1 and 2 for the absence definition id-1",
    ]
