# SPDX-License-Identifier: Apache-2.0
"""What faults, switches and control requests take: each value is checked when it is set, not when it acts."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

MAX_MS = 3_600_000
"""An hour: longer waits are mistakes, and the event loop refuses the largest."""
MAX_COUNT = 10**9
REQUIRED = object()
"""The default of a value that must be stated."""


@dataclass(frozen=True)
class Value:
    """A parameter of a fault, or a field of a control request.

    Attributes:
        default: where it is not stated.
        expected: what it takes, for messages.
        accepts: whether it takes a value.
    """

    default: Any
    expected: str
    accepts: Callable[[Any], bool]

    def check(self, name: str, value: Any) -> None:
        """Refuse a value that it does not take.

        Raises:
            ValueError: names the parameter, the value and what would be right.
        """
        if not self.accepts(value):
            raise ValueError(f"{name} takes {self.expected}, not {shortened(value)}")

    def of(self, body: Mapping[str, Any], name: str) -> Any:
        """The field of a body, checked.

        Raises:
            ValueError: it is missing and required, or has a value that is not taken.
        """
        if name not in body:
            if self.default is REQUIRED:
                raise ValueError(f"{name} is missing; it takes {self.expected}")
            return self.default
        self.check(name, body[name])
        return body[name]


def whole(default: int | None, most: int, least: int = 0) -> Value:
    """A whole number; None as the default stands for a number that may be absent."""
    return Value(
        default,
        f"a whole number from {least} to {most}",
        lambda value: (value is None and default is None) or is_whole(value, least, most),
    )


def number(default: float, most: float) -> Value:
    """A number from 0."""
    return Value(
        default,
        f"a number from 0 to {most:.12g}",
        lambda value: isinstance(value, int | float) and not isinstance(value, bool) and 0 <= value <= most,
    )


def flag(default: bool) -> Value:
    """True or false."""
    return Value(default, "true or false", lambda value: isinstance(value, bool))


def header_text(default: str) -> Value:
    """A text that a header can carry."""
    return Value(
        default,
        "a text without line ends and other control characters",
        lambda value: isinstance(value, str) and not any(ord(letter) < 32 or ord(letter) == 127 for letter in value),
    )


def optional_text() -> Value:
    """A text that may be absent."""
    return Value(None, "a text", lambda value: value is None or isinstance(value, str))


def optional_day() -> Value:
    """A date such as an employee-day has it, with a time where the tenant sends one; it may be absent."""
    return Value(None, "a date such as 2026-10-05", lambda value: value is None or is_day(value))


def required_text() -> Value:
    """A text that is not empty."""
    return Value(REQUIRED, "a text", lambda value: isinstance(value, str) and value != "")


def required_day() -> Value:
    """A date."""
    return Value(REQUIRED, "a date such as 2026-10-05", lambda value: is_day(value) and len(value) == 10)


def one_of(*choices: str) -> Value:
    """One of some texts."""
    return Value(REQUIRED, f"one of {', '.join(choices)}", lambda value: isinstance(value, str) and value in choices)


def is_whole(value: Any, least: int, most: int) -> bool:
    """Whether a whole number in these bounds."""
    return isinstance(value, int) and not isinstance(value, bool) and least <= value <= most


def is_texts(value: Any) -> bool:
    """Whether a list of texts."""
    return isinstance(value, list) and all(isinstance(element, str) for element in value)


def is_day(value: Any) -> bool:
    """Whether a text that starts with a date."""
    if not isinstance(value, str):
        return False
    try:
        date.fromisoformat(value[:10])
    except ValueError:
        return False
    return len(value) == 10 or value[10] == "T"


def shortened(value: Any) -> str:
    """A value in a message, which stays one line whatever was sent."""
    text = repr(value)
    return text if len(text) <= 80 else f"{text[:77]}..."
