# SPDX-License-Identifier: Apache-2.0
"""Rows as an Excel workbook with one sheet: texts as texts, days as days."""

from __future__ import annotations

import shutil
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from datetime import UTC, date, datetime
from typing import IO, Any

from airflow_provider_allhours.client.errors import AllHoursParameterError
from airflow_provider_allhours.columns import Column, Kind, Row
from airflow_provider_allhours.files.part_files import private_folder

MAX_ROWS = 1_048_576
"""Rows of a sheet, that of the column names included; stated by Microsoft."""

MAX_TEXT = 32_767
"""Characters of a cell; stated by Microsoft."""

FIRST_DAY = date(1900, 3, 1)
"""Excel takes 1900 for a leap year, and has no day before that year: earlier days are written as texts."""

CREATED = datetime(2000, 1, 1, tzinfo=UTC)
"""What the workbook says of its own age: the same rows give the same bytes."""

_FORMATS = {Kind.DATE: "yyyy-mm-dd", Kind.DATETIME: "yyyy-mm-dd hh:mm:ss"}
_WIDTHS = {Kind.TEXT: 18, Kind.DATE: 11, Kind.DATETIME: 19, Kind.BOOLEAN: 8}
_DEFAULT_WIDTH = 10


class XlsxBook:
    """A workbook that is written sheet by sheet, row by row; no cell is a formula or a link, whatever its text.

    Rows go to the disk as they come, into a folder that the next process removes where this one is killed.

    Args:
        stream: gets the finished workbook.
        parameter: name of the parameter that asks for it, for messages.
    """

    def __init__(self, stream: IO[bytes], parameter: str = "path") -> None:
        try:
            from xlsxwriter import Workbook
        except ImportError:
            raise AllHoursParameterError(
                f"parameter '{parameter}' asks for XLSX, which needs the extra airflow-provider-allhours[xlsx]"
            ) from None
        self._stream = stream
        self._parameter = parameter
        self._sheets: list[XlsxSheet] = []
        with ExitStack() as opened:
            self._folder = opened.enter_context(private_folder("workbook"))
            self._book: Any = Workbook(
                str(self._folder / "book.xlsx"),
                {
                    "constant_memory": True,
                    "tmpdir": str(self._folder),
                    "strings_to_formulas": False,
                    "strings_to_numbers": False,
                    "strings_to_urls": False,
                },
            )
            self._book.use_zip64()
            self._book.set_properties({"created": CREATED})
            self._closing = opened.pop_all()
        self._formats = {kind: self._book.add_format({"num_format": text}) for kind, text in _FORMATS.items()}
        self._bold = self._book.add_format({"bold": True})

    def sheet(self, name: str, columns: Sequence[Column]) -> XlsxSheet:
        """A further sheet with a frozen row of column names."""
        sheet = self._book.add_worksheet(name)
        self._sheets.append(XlsxSheet(sheet, columns, self._formats, self._bold, self._parameter))
        return self._sheets[-1]

    def close(self) -> None:
        """Finish the workbook and copy it to the stream."""
        with self._closing:
            self._book.close()
            with (self._folder / "book.xlsx").open("rb") as book:
                shutil.copyfileobj(book, self._stream)

    def abandon(self) -> None:
        """Give up the workbook and remove what was written of it."""
        with self._closing:
            for sheet in self._sheets:
                sheet.abandon()


class XlsxSheet:
    """One sheet: texts as texts, days as days."""

    def __init__(
        self, sheet: Any, columns: Sequence[Column], formats: Mapping[Kind, Any], bold: Any, parameter: str
    ) -> None:
        self._sheet = sheet
        self._kinds = [column.kind for column in columns]
        self._formats = formats
        self._parameter = parameter
        self._row = 0
        sheet.freeze_panes(1, 0)
        for place, column in enumerate(columns):
            width = max(len(column.name) + 2, _WIDTHS.get(column.kind, _DEFAULT_WIDTH))
            sheet.set_column(place, place, width)
            sheet.write_string(0, place, column.name, bold)

    def write(self, row: Row) -> None:
        """Add one row.

        Raises:
            AllHoursParameterError: the sheet is full, or a text is longer than a cell may be.
        """
        self._row += 1
        if self._row >= MAX_ROWS:
            raise AllHoursParameterError(
                f"parameter '{self._parameter}' asks for XLSX, whose sheets have {MAX_ROWS - 1} rows, and there are "
                "more; csv, jsonl and parquet have no limit"
            )
        for place, (kind, value) in enumerate(zip(self._kinds, row, strict=True)):
            if value is not None:
                self._write(place, kind, value)

    def abandon(self) -> None:
        """Close the file of rows, which the library does only when the workbook is written."""
        self._sheet._opt_close()

    def _write(self, place: int, kind: Kind, value: Any) -> None:
        if kind in _FORMATS and _as_day(value) >= FIRST_DAY:
            self._sheet.write_datetime(self._row, place, value, self._formats[kind])
        elif kind is Kind.BOOLEAN:
            self._sheet.write_boolean(self._row, place, value)
        elif kind in (Kind.INTEGER, Kind.MINUTES, Kind.NUMBER) and not isinstance(value, str):
            self._sheet.write_number(self._row, place, value)
        else:
            text = str(value)
            if len(text) > MAX_TEXT:
                raise AllHoursParameterError(
                    f"parameter '{self._parameter}' asks for XLSX, whose cells hold {MAX_TEXT} characters, and row "
                    f"{self._row} has a text that is longer; csv, jsonl and parquet have no limit"
                )
            self._sheet.write_string(self._row, place, text)


class XlsxWriter:
    """Rows of an export as the one sheet of a workbook."""

    def __init__(self, stream: IO[bytes], columns: Sequence[Column]) -> None:
        self._book = XlsxBook(stream)
        self._sheet = self._book.sheet("export", columns)

    def write(self, row: Row) -> None:
        """Add one row; raises what :meth:`XlsxSheet.write` raises."""
        self._sheet.write(row)

    def close(self) -> None:
        """Finish the file."""
        self._book.close()

    def abandon(self) -> None:
        """Give it up."""
        self._book.abandon()


def _as_day(value: date) -> date:
    return value.date() if isinstance(value, datetime) else value
