# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

import csv
import io

import pytest

from airflow_provider_allhours.files.csv_table import csv_bytes


def test_a_table_is_its_header_and_its_rows() -> None:
    rows = [("Žan", None, 1), ('say "ok"', "a,b", "two\nlines")]
    assert csv_bytes(("name", "note", "count"), rows) == (
        'name,note,count\nŽan,,1\n"say ""ok""","a,b","two\nlines"\n'.encode()
    )


def test_a_table_without_rows_has_its_header() -> None:
    assert csv_bytes(("name", "note"), []) == b"name,note\n"


@pytest.mark.parametrize("text", ["a\rb", "\r", "a\nb", "a\r\nb", "a\r\n", "\n"])
def test_a_line_break_in_a_cell_is_quoted(text: str) -> None:
    written = csv_bytes(["a", "b"], [(text, 1), ("x", 2)])
    assert written == f'a,b\n"{text}",1\nx,2\n'.encode()
    assert list(csv.reader(io.StringIO(written.decode(), newline="")))[1:] == [[text, "1"], ["x", "2"]]
