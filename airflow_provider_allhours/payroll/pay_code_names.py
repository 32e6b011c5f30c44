# SPDX-License-Identifier: Apache-2.0
"""What a pay code stands for, in words, from the mapping that made its lines."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

DAYS = {"holiday": "on holidays", "weekend": "at weekends", "workday": "on workdays"}


def words_of_codes(mapping: Mapping[str, Any]) -> dict[str, str]:
    """Each pay code with its sources and its unit, such as ``Paid presence without overtime (hours)``.

    Args:
        mapping: a checked mapping document.
    """
    lines: dict[str, list[Mapping[str, Any]]] = {}
    for line in mapping["lines"]:
        lines.setdefault(line["pay_code"], []).append(line)
    return {
        code: f"{_joined(map(_words, of_code))} ({_joined(line.get('unit', 'hours') for line in of_code)})"
        for code, of_code in lines.items()
    }


def _words(line: Mapping[str, Any]) -> str:
    words = _column(line["source"]) if "source" in line else _definition(line)
    if minus := line.get("minus"):
        words += f" without {_joined(_column(column).lower() for column in minus)}"
    if when := line.get("when"):
        words += f" {DAYS.get(when, when)}"
    return words


def _column(name: str) -> str:
    return name.removesuffix("_minutes").replace("_", " ").capitalize()


def _definition(line: Mapping[str, Any]) -> str:
    return str(line["absence"]) if "absence" in line else f"Counter {line['counter']}"


def _joined(texts: Iterable[str]) -> str:
    return ", ".join(dict.fromkeys(texts))
