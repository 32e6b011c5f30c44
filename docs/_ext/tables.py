# SPDX-License-Identifier: Apache-2.0
"""Files of reStructuredText that pages include: tables made from the code that declares what they list."""

from __future__ import annotations

import os
from collections.abc import Iterable, Sequence
from pathlib import Path

GENERATED = Path(__file__).parent.parent / "_generated"


def table(columns: Sequence[str], rows: Iterable[Sequence[str]], widths: str = "") -> str:
    """A list table with a header."""
    lines = [".. list-table::", "   :header-rows: 1", *([f"   :widths: {widths}"] if widths else []), ""]
    for row in (columns, *rows):
        lines += [f"   {'*' if index == 0 else ' '} - {cell}" for index, cell in enumerate(row)]
    return "\n".join(lines) + "\n"


def write(name: str, text: str) -> None:
    """Replace the file in one step, since another build may be reading it."""
    GENERATED.mkdir(exist_ok=True)
    staged = GENERATED / f"{name}.{os.getpid()}"
    staged.write_text(text, encoding="utf-8")
    staged.replace(GENERATED / name)


def write_table(name: str, columns: Sequence[str], rows: Iterable[Sequence[str]], widths: str = "") -> None:
    """Write a list table to a file."""
    write(name, table(columns, rows, widths))


def literals(text: str) -> str:
    """Markdown code spans as literals of reStructuredText."""
    return text.replace("`", "``")
