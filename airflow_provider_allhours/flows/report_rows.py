# SPDX-License-Identifier: Apache-2.0
"""Rows of a month-end report, which may be more than fit into memory."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Generic, TypeVar

from airflow_provider_allhours.files.keyed_spool import ListSpool

Row = TypeVar("Row")

_BETWEEN = "\0"
"""Sorts before everything that an id may have, so that joined texts sort as the texts do one after the other."""


class ReportRows(Generic[Row]):
    """Rows on the disk, sorted by texts; rows with the same texts stay in the order in which they were added."""

    def __init__(self) -> None:
        self._spool: ListSpool[Row] = ListSpool()
        self._count = 0

    def __iter__(self) -> Iterator[Row]:
        return (row for _, row in self._spool.items())

    def __len__(self) -> int:
        return self._count

    def put(self, row: Row, *texts: str) -> None:
        """Add a row that is sorted by these texts."""
        self._spool.add(_BETWEEN.join(texts), row)
        self._count += 1

    def close(self) -> None:
        """Forget everything."""
        self._spool.close()
