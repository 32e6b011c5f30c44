# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

from airflow_provider_allhours.files.csv_table import csv_bytes


def test_a_table_is_its_header_and_its_rows() -> None:
    rows = [("Žan", None, 1), ('say "ok"', "a,b", "two\nlines")]
    assert csv_bytes(("name", "note", "count"), rows) == (
        'name,note,count\nŽan,,1\n"say ""ok""","a,b","two\nlines"\n'.encode()
    )


def test_a_table_without_rows_has_its_header() -> None:
    assert csv_bytes(("name", "note"), []) == b"name,note\n"
