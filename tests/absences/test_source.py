# SPDX-License-Identifier: Apache-2.0
"""Rows of leave from CSV and JSON Lines."""

from __future__ import annotations

import json
from typing import Any

import pytest

from airflow_provider_allhours.absences.source import LeaveRow, read_source
from airflow_provider_allhours.client.errors import AllHoursParameterError

ROW = LeaveRow(number=1, absence_definition="Annual leave", date_from="2027-02-04", date_to="2027-02-05", email="a@b.c")


def rows(text: str, name: str = "leave.csv") -> list[LeaveRow]:
    return list(read_source(text.encode(), name))


@pytest.mark.parametrize(
    "text",
    [
        "absence_definition,date_from,date_to,email\nAnnual leave,2027-02-04,2027-02-05,a@b.c\n",
        "absence_definition;date_from;date_to;email\r\nAnnual leave;2027-02-04;2027-02-05;a@b.c\r\n",
        " absence_definition , date_from,date_to,email\n Annual leave , 2027-02-04,2027-02-05 ,a@b.c\n",
        '\ufeffabsence_definition,date_from,date_to,email\n"Annual leave",2027-02-04,2027-02-05,a@b.c\n',
    ],
)
def test_csv(text: str) -> None:
    assert rows(text) == [ROW]


def test_rows_of_csv_are_numbered_from_one_and_end_on_their_first_day() -> None:
    text = "absence_definition,date_from,date_to\nx,2027-02-04,\ny,2027-02-05,2027-02-06\n"
    assert [(row.number, row.absence_definition, row.date_to) for row in rows(text)] == [
        (1, "x", "2027-02-04"),
        (2, "y", "2027-02-06"),
    ]


@pytest.mark.parametrize("name", ["leave.jsonl", "LEAVE.JSONL", "leave.ndjson"])
def test_json_lines(name: str) -> None:
    record = {
        "absence_definition": "Annual leave",
        "date_from": ROW.date_from,
        "date_to": ROW.date_to,
        "email": "a@b.c",
    }
    text = f"\n{json.dumps({**record, 'comment': None})}\n  \n{json.dumps({**record, 'external_id': 7})}\n"
    first, second = rows(text, name)
    assert first == ROW
    assert (second.number, second.external_id) == (2, "7")


@pytest.mark.parametrize("line", ["[]", "1", "{", "null"])
def test_a_line_that_is_no_json_object_is_named(line: str) -> None:
    with pytest.raises(AllHoursParameterError, match="'source' has no JSON object on line 2"):
        rows(f"\n{line}\n", "leave.jsonl")


@pytest.mark.parametrize(
    ("text", "name", "message"),
    [
        ("", "x.csv", "lacks the columns absence_definition, date_from"),
        ("absence_definition\nx\n", "x.csv", "lacks the columns date_from$"),
        ("absence_definition,date_from,b,a\nx,2027-02-04,1,2\n", "x.csv", "unknown columns a, b in row 1; known are"),
        ("absence_definition,date_from\nx,2027-02-04,1\n", "x.csv", "has 3 values on line 2 and 2 columns"),
        ('{"date": 1}', "x.jsonl", "unknown columns date in row 1"),
    ],
)
def test_columns_that_are_unknown_or_missing(text: str, name: str, message: str) -> None:
    with pytest.raises(AllHoursParameterError, match=f"parameter 'source' .*{message}"):
        rows(text, name)


def identity(**fields: Any) -> str:
    row = {"number": 1, "absence_definition": "Leave", "date_from": "f", "date_to": "t", **fields}
    return LeaveRow(**row).identity


def test_a_row_is_identified_by_its_external_id_or_by_who_what_and_when() -> None:
    assert identity(external_id="E7", employee_id="1") == "E7"
    assert identity(user_id="U", employee_id="E", email="M") == "u|leave|f|t||"
    assert identity(employee_id="E", email="M", partial_from="08:00", partial_to="12:00") == "e|leave|f|t|08:00|12:00"
    assert identity(email="A@B.C", comment="x") == identity(email="a@b.c", comment="y") == "a@b.c|leave|f|t||"
    assert identity(number=2) == identity(number=1)


def test_what_is_not_readable_as_csv_names_the_line() -> None:
    with pytest.raises(AllHoursParameterError, match="'source' is not readable as CSV near line 3"):
        rows('absence_definition,date_from\nx,2027-02-04\n"x"y,"\n')
    with pytest.raises(AllHoursParameterError, match="'source' is not readable as CSV near line 1"):
        rows('"absence_definition"x,date_from\nx,2027-02-04\n')
    with pytest.raises(AllHoursParameterError, match="'source' is not UTF-8"):
        list(read_source(b"absence_definition,date_from\n\xff,2027-02-04\n", "leave.csv"))


def test_a_text_of_json_lines_may_contain_any_separator_but_a_line_feed() -> None:
    text = '{"absence_definition": "x", "date_from": "2027-02-04", "comment": "a\u2028b\u0085c\u2029d"}\r\n'
    (row,) = rows(text, "leave.jsonl")
    assert row.comment == "a\u2028b\u0085c\u2029d"


@pytest.mark.parametrize("number", ["1001", " 1001\u00a0", "\ufeff1001", "10\u200b01"])
def test_an_employee_id_has_no_invisible_characters(number: str) -> None:
    (row,) = rows(f"absence_definition,date_from,employee_id\nx,2027-02-04,{number}\n")
    assert row.employee_id == "1001"


HEAD = "employee_id,absence_definition,date_from,date_to,comment"


def test_what_excel_writes_is_read() -> None:
    """A note of the separator, a header and rows that end in separators, rows of nothing but separators."""
    text = (
        "\ufeffsep=;\r\nemployee_id;absence_definition;date_from;date_to;;\r\n;;;;;\r\n"
        "0042;Annual leave;4.2.2027;05.02.2027;;\r\n ; ;;;;\r\n"
    )
    assert list(read_source(text.encode(), "leave.csv", "DD.MM.YYYY")) == [
        LeaveRow(2, "Annual leave", "2027-02-04", "2027-02-05", employee_id="0042")
    ]


def test_a_date_in_another_form_than_stated_stays_and_is_parked_later() -> None:
    text = f"{HEAD}\n7,x,2027-02-04,31.02.2027,\n"
    (row,) = read_source(text.encode(), "leave.csv", "DD.MM.YYYY")
    assert (row.date_from, row.date_to) == ("2027-02-04", "31.02.2027")


@pytest.mark.parametrize("date_format", ["DD.MM", "DD.MM.YYYY HH", "x", "%d.%d.%Y"])
def test_a_date_format_that_is_none(date_format: str) -> None:
    with pytest.raises(AllHoursParameterError, match="'date_format' is .* it takes day, month and year"):
        list(read_source(HEAD.encode(), "leave.csv", date_format))


def test_a_separator_in_a_text_without_quotation_marks_is_named_with_its_line() -> None:
    text = f'{HEAD}\n7,x,2027-02-04,,"Sea, sun"\n7,x,2027-02-05,,Sea, sun\n'
    with pytest.raises(AllHoursParameterError, match="has 6 values on line 3 and 5 columns; a text with ','"):
        rows(text)
    with pytest.raises(AllHoursParameterError, match="on line 4 and 5 columns"):
        rows(f"sep=,\n{text}")


def test_a_column_that_is_there_twice() -> None:
    with pytest.raises(AllHoursParameterError, match="has the columns comment twice"):
        rows(f"{HEAD},comment\n7,x,2027-02-04,,a,b\n")


@pytest.mark.parametrize("end", ["", "\n"])
def test_a_last_row_that_was_cut_off_is_no_shorter_leave(end: str) -> None:
    text = "employee_id,absence_definition,date_from,date_to,comment\n7,x,2027-02-04,2027-02-09,\n8,x,2027-02-04" + end
    if end:
        assert [row.date_to for row in rows(text)] == ["2027-02-09", "2027-02-04"]
    else:
        with pytest.raises(AllHoursParameterError, match="ends on line 3 without date_to, comment and without a line"):
            rows(text)
