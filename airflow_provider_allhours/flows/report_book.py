# SPDX-License-Identifier: Apache-2.0
"""Write a month-end report as an Excel workbook."""

from __future__ import annotations

from typing import IO

from airflow_provider_allhours.columns import Column, Kind
from airflow_provider_allhours.files.xlsx_writer import XlsxBook
from airflow_provider_allhours.flows.report_content import ReportContent
from airflow_provider_allhours.flows.report_lines import Beside
from airflow_provider_allhours.flows.report_texts import (
    evidence_lines,
    missing_and_above,
    paid_means,
    source_line,
    state_line,
)
from airflow_provider_allhours.payroll.lines import SCALE

MINUTES_OF_AN_HOUR = 60
DECIMALS = 4


def write_book(content: ReportContent, stream: IO[bytes]) -> None:
    """Write the sheets summary, totals, people, lines, corrections and exceptions; hours are numbers.

    Raises:
        AllHoursParameterError: the extra ``xlsx`` is not installed, or a sheet cannot hold the report.
    """
    book = XlsxBook(stream)
    try:
        _summary(book, content)
        _totals(book, content)
        _people(book, content)
        _lines(book, content)
        _corrections(book, content)
        _exceptions(book, content)
    except BaseException:
        book.abandon()
        raise
    book.close()


def _texts(*names: str) -> list[Column]:
    return [Column(name, Kind.TEXT) for name in names]


def _numbers(*names: str) -> list[Column]:
    return [Column(name, Kind.NUMBER) for name in names]


def _summary(book: XlsxBook, content: ReportContent) -> None:
    sheet = book.sheet("Summary", [*_texts("What"), *_numbers("Value"), *_texts("Detail")])
    for text in (str(content.version.period), state_line(content), source_line(content), paid_means(content)):
        sheet.write((text, None, None))
    sheet.write(("People", len(content.people), None))
    bridge = content.people.bridge
    sums = (("Plan", bridge.plan), ("Paid", bridge.paid), ("Ignored", bridge.ignored), ("Balance", bridge.balance))
    for name, minutes in (*sums, *missing_and_above(content)):
        sheet.write((f"{name.capitalize()}, hours", _hours(minutes), None))
    for kind, count in content.exceptions.counts.items():
        sheet.write((kind, count, None))
    for text in evidence_lines(content):
        sheet.write((text, None, None))


def _totals(book: XlsxBook, content: ReportContent) -> None:
    columns = [
        *_texts("Pay code", "Unit"),
        *_numbers("This period", "Corrections", "This file", "Last period", "Difference"),
    ]
    sheet = book.sheet("Totals", columns)
    for one in content.totals:
        key = one.own.key
        now, *last = _quantities(one.own)
        paid = (_value(key.unit, one.corrections), _value(key.unit, one.in_file))
        sheet.write((key.pay_code, key.unit, now, *paid, *last))


def _people(book: XlsxBook, content: ReportContent) -> None:
    columns = [*_texts("Employee", "Name"), *_numbers("Plan", "Paid", "Ignored", "Missing", "Balance", "Exceptions")]
    sheet = book.sheet("People", columns)
    for one in content.people:
        sheet.write((one.employee_id, one.name, *(_hours(minutes) for minutes in one.bridge), one.exceptions))
    sheet.write(("All", None, *(_hours(minutes) for minutes in content.people.bridge), None))


def _lines(book: XlsxBook, content: ReportContent) -> None:
    columns = [
        *_texts("Employee", "Name", "Pay code", "Unit", "Cost centre"),
        *_numbers("This period", "Last period", "Difference"),
    ]
    sheet = book.sheet("Lines", columns)
    for one in content.people:
        for line in one.lines:
            sheet.write((one.employee_id, one.name, *line.key, *_quantities(line)))


def _quantities(line: Beside) -> tuple[float | None, ...]:
    unit = line.key.unit
    then = None if line.then is None else _value(unit, line.then)
    return _value(unit, line.now), then, None if line.then is None else _value(unit, line.now - line.then)


def _corrections(book: XlsxBook, content: ReportContent) -> None:
    columns = _texts("Employee", "Name", "Period", "Pay code", "Unit", "Quantity", "Why")
    sheet = book.sheet("Corrections", columns)
    for one in content.corrections:
        sheet.write(one)


def _exceptions(book: XlsxBook, content: ReportContent) -> None:
    sheet = book.sheet("Exceptions", _texts("What", "Employee", "Name", "Detail"))
    for one in content.exceptions:
        sheet.write(one)


def _hours(minutes: int) -> float:
    return round(minutes / MINUTES_OF_AN_HOUR, DECIMALS)


def _value(unit: str, quantity: int) -> float:
    return quantity / SCALE[unit]
