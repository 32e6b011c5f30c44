# SPDX-License-Identifier: Apache-2.0
"""Tables as text, in the form in which they stand in the documentation."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Table:
    """A question and its figures.

    Attributes:
        title: the question.
        head: titles of the columns.
        rows: a text per column.
        note: what has to be known to read it.
    """

    title: str
    head: Sequence[str]
    rows: Sequence[Sequence[str]]
    note: str = ""

    def __str__(self) -> str:
        widths = [max(map(len, column)) for column in zip(self.head, *self.rows, strict=True)]
        lines = [_line(cells, widths) for cells in (self.head, ["-" * width for width in widths], *self.rows)]
        return "\n".join([self.title, *([self.note] if self.note else []), "", *lines, ""])


def _line(cells: Sequence[str], widths: Sequence[int]) -> str:
    first = f"{cells[0]:<{widths[0]}}"
    return "  ".join([first, *(f"{cell:>{width}}" for cell, width in zip(cells[1:], widths[1:], strict=True))]).rstrip()
