# SPDX-License-Identifier: Apache-2.0
"""Read the quantities of a register, in whatever notation a payroll office writes numbers and times."""

from __future__ import annotations

import re
from decimal import ROUND_HALF_UP, Decimal
from typing import NamedTuple

from airflow_provider_allhours.payroll.register_options import RegisterOptions

MINUTES_OF_AN_HOUR = 60
CENT = Decimal("0.01")

_CLOCK = re.compile(r"(\d+):([0-5]\d)", re.ASCII)
_PLAIN = re.compile(r"\d+(?:[.,]\d+)?", re.ASCII)
_GROUPED = re.compile(r"\d{1,3}(?:([.,'])\d{3})+(?:[.,]\d+)?", re.ASCII)
_AMBIGUOUS = re.compile(r"\d{1,3}[.,]\d{3}", re.ASCII)


class Amount(NamedTuple):
    """What a cell says.

    Attributes:
        value: a number; minutes where it is a time.
        is_clock: whether it was written as ``h:mm``.
    """

    value: Decimal
    is_clock: bool


class AmbiguousNumber(ValueError):
    """A number that two notations read differently."""


def read_amount(cell: str, options: RegisterOptions) -> Amount:
    """Read one cell; an empty one is 0, a sign may stand before or behind the digits.

    Raises:
        AmbiguousNumber: ``1,234`` where nothing says whether that is a thousand.
        ValueError: anything else that is neither a number nor a time.
    """
    text = cell.strip().replace("\u00a0", " ").replace("\u202f", " ").replace("\u2019", "'").replace("\u2212", "-")
    sign, text = _sign_of(text)
    if not text:
        if sign is not None:
            raise ValueError(cell)
        return Amount(Decimal(0), is_clock=False)
    factor = -1 if sign == "-" else 1
    if clock := _CLOCK.fullmatch(text):
        return Amount(factor * Decimal(int(clock[1]) * MINUTES_OF_AN_HOUR + int(clock[2])), is_clock=True)
    return Amount(factor * _number(text, options), is_clock=False)


def hours_of(minutes: Decimal) -> Decimal:
    """Minutes as hours with two decimals, rounded as payroll files are."""
    return (minutes / MINUTES_OF_AN_HOUR).quantize(CENT, ROUND_HALF_UP)


def _sign_of(text: str) -> tuple[str | None, str]:
    if text[:1] in ("-", "+"):
        return text[0], text[1:].lstrip()
    if text[-1:] in ("-", "+"):
        return text[-1], text[:-1].rstrip()
    return None, text


def _number(text: str, options: RegisterOptions) -> Decimal:
    decimal, thousands = options.decimal_sign, options.thousands_sign
    if thousands is None and " " in text:
        thousands = " "
    if decimal is None and thousands in (".", ","):
        decimal = "," if thousands == "." else "."
    if decimal is None:
        return _guessed(text.replace(" ", "") if _is_grouped(text, " ") else text)
    if thousands and thousands in text:
        if not _is_grouped(text.partition(decimal)[0], thousands):
            raise ValueError(text)
        text = text.replace(thousands, "")
    if not re.fullmatch(rf"\d+(?:{re.escape(decimal)}\d+)?", text, re.ASCII):
        raise ValueError(text)
    return Decimal(text.replace(decimal, "."))


def _is_grouped(text: str, sign: str) -> bool:
    return bool(re.fullmatch(rf"\d{{1,3}}(?:{re.escape(sign)}\d{{3}})+(?:[.,]\d+)?", text, re.ASCII))


def _guessed(text: str) -> Decimal:
    """A number whose signs nobody stated."""
    if _AMBIGUOUS.fullmatch(text) and not text.startswith("0"):
        raise AmbiguousNumber(text)
    if "'" in text:
        if not _GROUPED.fullmatch(text):
            raise ValueError(text)
        return _guessed_plain(text.replace("'", ""))
    if "," in text and "." in text:
        thousands = "," if text.rindex(".") > text.rindex(",") else "."
        if not _is_grouped(text, thousands):
            raise ValueError(text)
        text = text.replace(thousands, "")
    return _guessed_plain(text)


def _guessed_plain(text: str) -> Decimal:
    if not _PLAIN.fullmatch(text):
        raise ValueError(text)
    return Decimal(text.replace(",", "."))
