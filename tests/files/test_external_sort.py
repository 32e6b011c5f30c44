# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

import random
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from airflow_provider_allhours.client.decoding import LocalDateTime, LocalDay
from airflow_provider_allhours.files import external_sort
from airflow_provider_allhours.files.external_sort import sort_externally


@pytest.mark.parametrize("count", [0, 1, 9, 10, 11, 40, 41, 1000])
def test_items_are_sorted_and_equal_keys_keep_their_order(count: int) -> None:
    numbers = random.Random(count)
    items = [(numbers.randrange(50), position) for position in range(count)]
    result = list(sort_externally(iter(items), lambda item: item[0], run_length=10, max_runs=3))
    assert result == sorted(items, key=lambda item: item[0])


def test_rows_come_back_as_they_were() -> None:
    rows = [(LocalDay(2026, 10, n), LocalDateTime(2026, 10, n, 8, 0), None, "Žan", 1.5, True) for n in range(30, 0, -1)]
    result = list(sort_externally(rows, lambda row: row[0], run_length=4, max_runs=2))
    assert result == rows[::-1]
    assert {type(value) for value in result[0]} == {LocalDay, LocalDateTime, type(None), str, float, bool}
    assert result[0][0] == date(2026, 10, 1)


def test_few_items_are_open_at_once_and_nothing_stays(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(external_sort.tempfile, "tempdir", str(tmp_path))
    opened: list[Any] = []
    temporary_file = external_sort.tempfile.TemporaryFile

    def counted(**options: Any) -> Any:
        opened.append(temporary_file(**options))
        assert sum(not file.closed for file in opened) <= 3 * 5  # max_runs at each of five levels
        return opened[-1]

    monkeypatch.setattr(external_sort.tempfile, "TemporaryFile", counted)
    assert list(sort_externally(range(200, 0, -1), lambda item: item, run_length=2, max_runs=3)) == list(range(1, 201))
    assert len(opened) > 100
    assert all(file.closed for file in opened)
    assert list(tmp_path.iterdir()) == []


def test_an_error_of_the_source_ends_it(monkeypatch: pytest.MonkeyPatch) -> None:
    def source() -> Any:
        yield from range(25)
        raise RuntimeError("the source broke")

    with pytest.raises(RuntimeError, match="the source broke"):
        list(sort_externally(source(), lambda item: item, run_length=10))
