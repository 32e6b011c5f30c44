# SPDX-License-Identifier: Apache-2.0
"""Read the first sheet of an Excel workbook as rows of texts, as its cells show them."""

from __future__ import annotations

import csv
import io
import re
import zipfile
from collections.abc import Iterator
from datetime import date, datetime, time, timedelta
from typing import Any

from airflow_provider_allhours.client.errors import AllHoursParameterError

SUFFIXES = (".xlsx", ".xlsm")

_ZEROS = re.compile(r"0+")
_MERGED = re.compile(rb"""<(?:\w+:)?mergeCell\s[^>]*?ref=["']([A-Za-z0-9:$]+)["']""")
MAX_DECIMALS = 9
"""Decimals of a number; what is behind them is the error of binary fractions."""


def is_workbook(name: str) -> bool:
    """Whether a file name is that of an Excel workbook."""
    return name.lower().endswith(SUFFIXES)


def workbook_rows(
    content: bytes, parameter: str, *, decimal_sign: str = ".", first_row: int = 1
) -> Iterator[tuple[int, list[str]]]:
    """Number and cells of each row of the first sheet.

    Numbers have the decimal sign that is given, and leading zeros where the cell shows them; days are ``YYYY-MM-DD``;
    times ``hh:mm`` and durations ``h:mm``; empty cells are empty texts.

    Args:
        content: the file.
        parameter: name of the parameter that gave it, for messages.
        decimal_sign: ``.`` or ``,``.
        first_row: number of the row with the header; titles above it may be of merged cells.

    Raises:
        AllHoursParameterError: the extra is missing, it is no workbook, or a cell has an error, a formula whose result
            was never stored, or is merged over several rows, of which only the first has the value; names the cell.
    """
    try:
        from openpyxl import load_workbook
    except ImportError:
        raise AllHoursParameterError(
            f"parameter '{parameter}' is an Excel workbook, which needs the extra airflow-provider-allhours[xlsx]"
        ) from None
    try:
        # Two readings: the results of formulas, and where formulas are.
        shown, written = (
            load_workbook(io.BytesIO(content), read_only=True, data_only=data_only) for data_only in (True, False)
        )
        sheets = shown.worksheets[0], written.worksheets[0]
        stated = sheets[0].max_column or 0
        for sheet in sheets:
            # Whoever wrote the file may have stated fewer rows and columns than it has.
            sheet.reset_dimensions()
        merged = _merged_rows(content, sheets[0])
    except Exception:  # the library raises whatever its parsers do
        raise AllHoursParameterError(f"parameter '{parameter}' is not an Excel workbook that can be read") from None
    for cells, last_row in merged:
        if last_row >= first_row:
            raise AllHoursParameterError(
                f"parameter '{parameter}': the cells {cells} are merged over several rows, of which only the first has "
                "the value; unmerge them and put it into each row"
            )
    for number, (values, sources) in enumerate(zip(*(sheet.iter_rows() for sheet in sheets), strict=True), start=1):
        row = []
        for cell, source in zip(values, sources, strict=True):
            if source.data_type == "f" and cell.value is None:
                raise AllHoursParameterError(
                    f"parameter '{parameter}': the cell {_name(source, number)} has a formula whose result is not in "
                    "the file; open and save it in Excel, or put the value there"
                )
            if cell.data_type == "e":
                raise AllHoursParameterError(f"parameter '{parameter}': the cell {_name(cell, number)} has an error")
            row.append(_text_of(cell.value, getattr(cell, "number_format", None) or "", decimal_sign))
        yield number, row + [""] * (stated - len(row))


def _merged_rows(content: bytes, sheet: Any) -> list[tuple[str, int]]:
    """Merged cells over more than one row, with the last of these; a sheet that is read row by row does not tell."""
    with zipfile.ZipFile(io.BytesIO(content)) as book:
        # The library has no public name for the part of the workbook that a sheet is in.
        text = book.read(sheet._worksheet_path)
    found = (reference.decode("ascii") for reference in _MERGED.findall(text))
    rows = ((cells, [int(row) for row in re.findall(r"\d+", cells)]) for cells in found)
    return [(cells, numbers[-1]) for cells, numbers in rows if numbers[0] != numbers[-1]]


def workbook_as_csv(content: bytes, parameter: str) -> bytes:
    """The first sheet as CSV in UTF-8; raises what :func:`workbook_rows` raises."""
    text = io.StringIO(newline="")
    csv.writer(text).writerows(row for _, row in workbook_rows(content, parameter))
    return text.getvalue().encode()


def _name(cell: Any, number: int) -> str:
    return str(getattr(cell, "coordinate", f"in row {number}"))


def _text_of(value: object, number_format: str, decimal_sign: str) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int | float):
        return _number(value, number_format, decimal_sign)
    if isinstance(value, datetime):
        return value.date().isoformat() if value.time() == time() else value.isoformat(sep=" ", timespec="minutes")
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, time):
        return f"{value:%H:%M}"
    if isinstance(value, timedelta):
        return _duration(value)
    return str(value)


def _number(value: float, number_format: str, decimal_sign: str) -> str:
    rounded = round(value, MAX_DECIMALS)
    if rounded == int(rounded):
        digits = str(abs(int(rounded)))
        padded = digits.zfill(len(number_format)) if _ZEROS.fullmatch(number_format) else digits
        return f"-{padded}" if rounded < 0 else padded
    text = f"{rounded:.{MAX_DECIMALS}f}".rstrip("0")
    # Three decimals would look like a thousand.
    text += "0" if len(text.partition(".")[2]) == 3 else ""
    return text.replace(".", decimal_sign)


def _duration(value: timedelta) -> str:
    minutes = round(value.total_seconds() / 60)
    return f"{'-' if minutes < 0 else ''}{abs(minutes) // 60}:{abs(minutes) % 60:02}"
