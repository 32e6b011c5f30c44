# SPDX-License-Identifier: Apache-2.0
"""Small tables as CSV: reports, deltas, rejects, comparisons."""

from __future__ import annotations

import codecs
import csv
import io
from collections.abc import Iterable, Sequence
from typing import IO, Any, Protocol


class TextTarget(Protocol):
    """Anything that text is written to."""

    def write(self, text: str, /) -> Any:
        """Take text."""


class _LineFeeds:
    """Ends each row with a line feed.

    The standard library quotes a cell for the characters of its own line end only, up to Python 3.12. So rows are made
    with CR LF, which quotes every line break in a cell, and get their line end here.
    """

    def __init__(self, target: TextTarget) -> None:
        self._target = target

    def write(self, row: str) -> None:
        self._target.write(row.removesuffix("\r\n") + "\n")


def csv_writer(target: TextTarget, separator: str = ",") -> Any:
    """A writer of the standard library whose rows end in a line feed, with quotes where a reader needs them."""
    return csv.writer(_LineFeeds(target), delimiter=separator, lineterminator="\r\n")


def write_csv(stream: IO[bytes], columns: Sequence[str], rows: Iterable[Sequence[object]]) -> None:
    """Write a header and rows as CSV: UTF-8, comma, line feeds, None as an empty field."""
    writer = csv_writer(codecs.getwriter("utf-8")(stream))
    writer.writerow(columns)
    writer.writerows(rows)


def csv_bytes(columns: Sequence[str], rows: Iterable[Sequence[object]]) -> bytes:
    """The same as bytes."""
    content = io.BytesIO()
    write_csv(content, columns, rows)
    return content.getvalue()
