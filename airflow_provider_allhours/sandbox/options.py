# SPDX-License-Identifier: Apache-2.0
"""The command line options of the sandbox, stated once: for ``python -m`` and for ``airflow allhours sandbox``.

Imports nothing of the sandbox, since every Airflow command reads this module.
"""

from __future__ import annotations

from argparse import ArgumentTypeError
from collections.abc import Callable
from datetime import date
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError


def whole_number(least: int, most: int) -> Callable[[str], int]:
    """Read a whole number in these bounds."""

    def read(text: str) -> int:
        # ValueError would name this function.
        if not text.isdecimal() or not least <= int(text[:20]) <= most:
            raise ArgumentTypeError(f"it takes a whole number from {least} to {most}, not {text!r}")
        return int(text)

    return read


def day(text: str) -> date:
    """Read a date of this century."""
    try:
        read = date.fromisoformat(text)
    except ValueError:
        read = date.min
    if not 2000 <= read.year < 2100:
        raise ArgumentTypeError(f"it takes a date such as 2026-11-03, not {text!r}")
    return read


def zone(text: str) -> str:
    """Read the name of a time zone."""
    try:
        ZoneInfo(text)
    except (ValueError, OSError, ZoneInfoNotFoundError):
        raise ArgumentTypeError(f"it takes a time zone such as Europe/Ljubljana, not {text!r}") from None
    return text


OPTIONS: dict[str, dict[str, Any]] = {
    "--port": {
        "type": whole_number(0, 65_535),
        "default": 8780,
        "help": "port on 127.0.0.1; 0 picks a free one (default 8780)",
    },
    "--employees": {
        "type": whole_number(1, 1_000_000),
        "default": 500,
        "help": "number of employees (default 500)",
    },
    "--seed": {
        "type": whole_number(0, 2**31),
        "default": 1,
        "help": "the same seed makes the same company (default 1)",
    },
    "--months": {"type": whole_number(1, 120), "default": 12, "help": "months of history (default 12)"},
    "--timezone": {"type": zone, "default": "Europe/Ljubljana", "help": "IANA name of the company's time zone"},
    "--latency-ms": {
        "type": whole_number(0, 3_600_000),
        "default": 0,
        "help": "milliseconds to wait before each answer (default 0)",
    },
    "--today": {
        "type": day,
        "default": None,
        "metavar": "YYYY-MM-DD",
        "help": "the company's present day (default: today, there)",
    },
    "--contract": {
        "default": None,
        "metavar": "NAME",
        "help": "a contract profile: another reading of the API, such as bulk-paged; several are joined by +",
    },
    "--clean-ids": {"action": "store_true", "help": "no two employees share a number"},
}
"""Option -> arguments of ``argparse.ArgumentParser.add_argument``."""


def chosen_options(arguments: object) -> dict[str, Any]:
    """The options of parsed arguments, as keyword arguments of ``serve``.

    Args:
        arguments: what ``parse_args`` returned; attributes that are no option are left out.
    """
    names = [option.removeprefix("--").replace("-", "_") for option in OPTIONS]
    return {name: getattr(arguments, name) for name in names}
