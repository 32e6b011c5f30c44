# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

import csv
import gzip
import io
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from airflow_provider_allhours.client.errors import AllHoursParameterError
from airflow_provider_allhours.columns import Column, Kind, Row
from airflow_provider_allhours.files.csv_options import CsvOptions, read_csv_options
from airflow_provider_allhours.files.publication import publish_rows

COLUMNS = (Column("name", Kind.TEXT), Column("minutes", Kind.MINUTES), Column("share", Kind.NUMBER))


def content(path: Path, rows: list[Row], **options: Any) -> bytes:
    csv_options = read_csv_options(options, "csv")
    publish_rows(path, rows, COLUMNS, csv_options=csv_options, manifest=lambda written: {"sha256": written.sha256})
    return path.read_bytes()


def test_the_form_of_a_german_spreadsheet(tmp_path: Path) -> None:
    rows = [("Müller; Jan", -90, -1.5), ("ok", 1200, 0.25), (None, None, None)]
    written = content(tmp_path / "x.csv", rows, separator=";", decimal_sign=",", encoding="utf-8-sig")
    assert written == '\ufeffname;minutes;share\n"Müller; Jan";-90;-1,5\nok;1200;0,25\n;;\n'.encode()
    again = content(tmp_path / "y.csv.gz", rows, separator=";", decimal_sign=",", encoding="UTF-8-SIG")
    assert gzip.decompress(again) == written


@pytest.mark.parametrize("separator", ["|", "\t", "\\t", "tab"])
def test_separators(tmp_path: Path, separator: str) -> None:
    sign = separator if separator == "|" else "\t"
    assert content(
        tmp_path / "x.csv", [("a", 1, 0.5)], separator=separator
    ) == f"name{sign}minutes{sign}share\n".encode() + (f"a{sign}1{sign}0.5\n".encode())


def test_a_decimal_comma_between_commas_is_quoted(tmp_path: Path) -> None:
    assert content(tmp_path / "x.csv", [("a", 1, 0.5)], decimal_sign=",").endswith(b'a,1,"0,5"\n')


@pytest.mark.parametrize("encoding", ["windows-1250", "cp1250", "iso-8859-2", "utf-16"])
def test_encodings(tmp_path: Path, encoding: str) -> None:
    rows: list[Row] = [(f"Žan {number:06}", number, 1.0) for number in range(20_000)]
    text = content(tmp_path / "x.csv", rows, encoding=encoding).decode(encoding)
    assert text.startswith("name,minutes,share\nŽan 000000,0,1.0\n")
    assert text.count("\n") == 20_001
    assert "\ufeff" not in text


@pytest.mark.parametrize("start", ["=", "+", "-", "@", "\t", "\r"])
def test_formulas_are_disarmed_only_when_asked(tmp_path: Path, start: str) -> None:
    def first_cell(**options: Any) -> str:
        text = content(tmp_path / "x.csv", [(f"{start}cmd()", -90, -1.5)], **options).decode()
        _, row = list(csv.reader(io.StringIO(text, newline="")))
        assert row[1:] == ["-90", "-1.5"]
        return row[0]

    assert first_cell() == first_cell(formula_safe=False) == first_cell(formula_safe="false") == f"{start}cmd()"
    assert first_cell(formula_safe=True) == first_cell(formula_safe="True") == f"'{start}cmd()"


@pytest.mark.parametrize(
    ("text", "cell"),
    [
        ("-30", "-30"),
        ("-1.5", "-1.5"),
        ("-1,5", "-1,5"),
        ("-", "'-"),
        ("-1+1", "'-1+1"),
        ("-30\n", "'-30\n"),
        ("+386 40 123", "'+386 40 123"),
        ("", ""),
        ("a=b", "a=b"),
        ("'=x", "'=x"),
        (None, None),
        (-5, -5),
        (-5.5, "-5.5"),
        (True, True),
    ],
)
def test_a_negative_number_is_no_formula(text: object, cell: object) -> None:
    assert CsvOptions(formula_safe=True).cell(text) == cell


def test_a_heading_is_a_cell_too(tmp_path: Path) -> None:
    column = Column("=name", Kind.TEXT)
    options = CsvOptions(formula_safe=True)
    publish_rows(tmp_path / "x.csv", [], [column], csv_options=options, manifest=lambda _: {})
    assert (tmp_path / "x.csv").read_text() == "'=name\n"


def test_the_first_character_that_an_encoding_lacks() -> None:
    latin = read_csv_options({"encoding": "latin-1"}, "csv")
    assert latin.missing_character(["Müller", 5, None, "Žan", "漢"]) == (3, "U+017D")
    assert latin.missing_character(["Müller", date(2026, 10, 1)]) is None
    assert not latin.is_unicode
    assert read_csv_options({"encoding": "UTF8"}, "csv").is_unicode


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"delimiter": ";"}, "unknown options delimiter; it takes separator, decimal_sign, encoding, formula_safe"),
        ({"separator": ";;"}, "the separator ';;'; it takes ',', ';', '|' or a tab"),
        ({"separator": '"'}, "the separator"),
        ({"separator": ""}, "the separator"),
        ({"separator": None}, "the separator"),
        ({"decimal_sign": ";"}, "the decimal_sign ';'; it takes '.' or ','"),
        ({"encoding": "utf-9"}, "the encoding 'utf-9'; it takes the name of an encoding"),
        ({"encoding": "base64"}, "the encoding 'base64'"),
        ({"encoding": "unicode_escape"}, "the encoding 'unicode_escape'"),
        ({"encoding": "UTF-7"}, "the encoding 'UTF-7'"),
        ({"encoding": "a\0b"}, "the encoding"),
        ({"encoding": None}, "the encoding None"),
        ({"formula_safe": "maybe"}, "the formula_safe 'maybe'; it takes true or false"),
        ("utf-8-sig", "is 'utf-8-sig'; it takes a mapping of separator"),
    ],
)
def test_what_cannot_work_is_refused(given: Any, message: str) -> None:
    with pytest.raises(AllHoursParameterError, match=f"^parameter 'csv_options' .*{message}"):
        read_csv_options(given, "csv")


@pytest.mark.parametrize("file_format", ["jsonl", "parquet"])
def test_options_for_another_format_are_refused(file_format: str) -> None:
    with pytest.raises(
        AllHoursParameterError, match=f"and the file is {file_format}; it takes effect in CSV files only"
    ):
        read_csv_options({"separator": ";"}, file_format)
    assert read_csv_options({}, file_format) == read_csv_options(None, file_format) == CsvOptions()
