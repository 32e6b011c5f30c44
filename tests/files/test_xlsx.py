# SPDX-License-Identifier: Apache-2.0
"""Excel workbooks: what is written is read back by another library, and what people save is read as it shows."""

from __future__ import annotations

import io
import sys
import time
import zipfile
from datetime import date, datetime, timedelta
from datetime import time as clock
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from openpyxl.cell import Cell
from openpyxl.utils.escape import unescape

from airflow_provider_allhours.client.errors import AllHoursParameterError
from airflow_provider_allhours.columns import Column, Kind
from airflow_provider_allhours.files import xlsx_writer
from airflow_provider_allhours.files.publication import publish_rows
from airflow_provider_allhours.files.xlsx_table import is_workbook, workbook_as_csv, workbook_rows
from tests.files.test_publication import COLUMNS, TEXTS, rows, summarize


def publish(path: Path, content: Any = None, columns: Any = COLUMNS) -> dict[str, Any]:
    return publish_rows(path, rows() if content is None else content, columns, manifest=summarize)


def cells_of(path: Path) -> list[list[Cell]]:
    return [list(row) for row in openpyxl.load_workbook(path).worksheets[0].iter_rows()]


def test_texts_are_texts_and_days_are_days(tmp_path: Path) -> None:
    publish(tmp_path / "x.xlsx")
    header, *found = cells_of(tmp_path / "x.xlsx")
    assert len(found) == len(TEXTS)  # behind them is a row without any value
    assert [cell.value for cell in header] == [column.name for column in COLUMNS]
    # A carriage return is written as _x000D_, which Excel reads and this library leaves.
    assert [unescape(row[0].value or "") for row in found] == TEXTS
    assert {row[0].data_type for row in found if row[0].value} <= {"s", "inlineStr"}
    assert found[1][1].value == datetime(2026, 10, 25)
    assert found[1][1].number_format == "yyyy-mm-dd"
    assert abs(found[1][2].value - datetime(2026, 10, 25, 2, 30)) < timedelta(milliseconds=1)
    assert [cell.value for cell in found[1][3:]] == [61, 1, 0.5, False]
    assert openpyxl.load_workbook(tmp_path / "x.xlsx").worksheets[0].freeze_panes == "A2"


def test_ids_keep_their_zeros_and_nothing_is_a_formula(tmp_path: Path) -> None:
    texts = ["00042", "1E5", "=1+1", "+49 1", "@x", "http://example.org", "2026-10-01", "true", " 7 "]
    publish(tmp_path / "x.xlsx", [(text,) for text in texts], [Column("employee_id", Kind.TEXT)])
    found = [row[0] for row in cells_of(tmp_path / "x.xlsx")[1:]]
    assert [cell.value for cell in found] == texts
    assert {cell.data_type for cell in found} <= {"s", "inlineStr"}
    assert all(cell.hyperlink is None for cell in found)


def test_the_same_rows_are_the_same_bytes(tmp_path: Path) -> None:
    first = publish(tmp_path / "x.xlsx")
    time.sleep(2.1)  # a zip file counts in steps of two seconds
    assert publish(tmp_path / "another name.xlsx")["sha256"] == first["sha256"]


def test_days_that_excel_does_not_have_are_texts(tmp_path: Path) -> None:
    columns = [Column("day", Kind.DATE), Column("moment", Kind.DATETIME)]
    publish(tmp_path / "x.xlsx", [(date(1899, 12, 31), datetime(1, 1, 1)), (date(1900, 3, 1), None)], columns)
    _, early, late = cells_of(tmp_path / "x.xlsx")
    assert [cell.value for cell in early] == ["1899-12-31", "0001-01-01 00:00:00"]
    assert late[0].value == datetime(1900, 3, 1)


def test_what_a_sheet_cannot_hold_is_loud_and_leaves_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    columns = [Column("text", Kind.TEXT)]
    with pytest.raises(
        AllHoursParameterError, match="cells hold 32767 characters, and row 2 has a text that is longer"
    ):
        publish(tmp_path / "x.xlsx", [("a",), ("b" * 32_768,)], columns)
    publish(tmp_path / "y.xlsx", [("b" * 32_767,)], columns)
    monkeypatch.setattr(xlsx_writer, "MAX_ROWS", 4)
    with pytest.raises(AllHoursParameterError, match="sheets have 3 rows, and there are more; csv"):
        publish(tmp_path / "x.xlsx", [("a",)] * 4, columns)
    publish(tmp_path / "z.xlsx", [("a",)] * 3, columns)
    assert {path.name.partition(".")[0] for path in tmp_path.iterdir()} == {"y", "z"}


def test_nothing_of_a_workbook_stays_behind(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "temporary").mkdir()
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path / "temporary"))

    def failing() -> Any:
        yield ("a",)
        raise RuntimeError("source")

    with pytest.raises(RuntimeError, match="source"):
        publish(tmp_path / "x.xlsx", failing(), [Column("text", Kind.TEXT)])
    publish(tmp_path / "x.xlsx", [("a",)], [Column("text", Kind.TEXT)])
    assert list((tmp_path / "temporary").iterdir()) == []
    assert zipfile.ZipFile(tmp_path / "x.xlsx").testzip() is None


@pytest.mark.parametrize("module", ["xlsxwriter", "openpyxl"])
def test_without_the_extra_it_is_named(module: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, module, None)
    with pytest.raises(AllHoursParameterError, match=r"needs the extra airflow-provider-allhours\[xlsx\]"):
        publish(tmp_path / "x.xlsx") if module == "xlsxwriter" else list(workbook_rows(b"", "register"))


def saved(*lines: list[Any], formats: dict[str, str] | None = None) -> bytes:
    book = openpyxl.Workbook()
    for line in lines:
        book.active.append(line)
    for place, number_format in (formats or {}).items():
        book.active[place].number_format = number_format
    content = io.BytesIO()
    book.save(content)
    return content.getvalue()


def test_cells_are_read_as_they_show() -> None:
    content = saved(
        [
            "id",
            42,
            7.5,
            -0.1 - 0.2,
            1.234,
            True,
            date(2026, 10, 5),
            clock(8, 30),
            timedelta(hours=178, minutes=30),
            None,
        ],
        ["00042", "x", datetime(2026, 10, 5, 8, 30), "8:00", "ž;,\n", 1234567, -42, 0, -0.001],
        formats={"B1": "00000", "I1": "[h]:mm", "G2": "0000"},
    )
    first, second = (row for _, row in workbook_rows(content, "register", decimal_sign=","))
    assert first[:10] == ["id", "00042", "7,5", "-0,3", "1,2340", "true", "2026-10-05", "08:30", "178:30", ""]
    assert second[:1] == ["00042"]
    assert second[2:9] == ["2026-10-05 08:30", "8:00", "ž;,\n", "1234567", "-0042", "0", "-0,0010"]
    assert workbook_as_csv(saved(["a,b", None], [1.5, "x"]), "source") == b'"a,b",\r\n1.5,x\r\n'


def test_formulas_need_their_results_and_errors_are_refused() -> None:
    with pytest.raises(AllHoursParameterError, match="'register': the cell B2 has a formula whose result is not in"):
        list(workbook_rows(saved(["id", "quantity"], ["1", "=1+1"]), "register"))
    with pytest.raises(AllHoursParameterError, match="the cell A1 has an error"):
        list(workbook_rows(saved(["#REF!"]), "register"))
    with pytest.raises(AllHoursParameterError, match="'register' is not an Excel workbook that can be read"):
        list(workbook_rows(b"employee_id;quantity", "register"))


def test_cells_that_are_merged_over_rows_are_refused_below_the_titles() -> None:
    """Excel shows the value in each row, and only the first has it."""
    book = openpyxl.load_workbook(io.BytesIO(saved(["title"], ["x"], ["id", "to"], ["1", "2"], ["3", None])))
    sheet = book.worksheets[0]
    sheet.merge_cells("A1:B2")
    sheet.merge_cells("A3:B3")

    def rows() -> list[Any]:
        content = io.BytesIO()
        book.save(content)
        return list(workbook_rows(content.getvalue(), "register", first_row=3))

    assert len(rows()) == 5
    sheet.merge_cells("B4:B5")
    with pytest.raises(AllHoursParameterError, match="'register': the cells B4:B5 are merged over several rows"):
        rows()


@pytest.mark.parametrize(("name", "expected"), [("x.XLSX", True), ("x.xlsm", True), ("x.xls", False), ("xlsx", False)])
def test_workbooks_by_their_names(name: str, expected: bool) -> None:
    assert is_workbook(name) is expected
