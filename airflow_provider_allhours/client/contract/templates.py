# SPDX-License-Identifier: Apache-2.0
"""Text with values in braces: ``{user_id}``, ``{date_from:%Y-%m-%d}``."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date

from airflow_provider_allhours.client.contract.entries import refusal

DEFAULT_PATTERN = "%Y-%m-%dT00:00:00"
"""A day as the API takes it where a contract has no pattern."""

DIRECTIVES = "YymdjHMSf%"
"""What may follow a percent sign in a pattern."""

_VALUE = re.compile(r"{(\w+)(?::([^{}]*))?}")
_DIRECTIVE = re.compile(r"%(.?)", re.DOTALL)

Value = str | date


@dataclass(frozen=True)
class Template:
    """A text with values in braces; everything else in it is literal."""

    text: str

    @property
    def names(self) -> frozenset[str]:
        """Names of the values."""
        return frozenset(match[1] for match in _VALUE.finditer(self.text))

    def fill(self, values: Mapping[str, Value], quote: Callable[[str, str], str] = lambda name, text: text) -> str:
        """The text with its values.

        Args:
            values: name -> text or day.
            quote: how a value is written, given its name.
        """

        def value(match: re.Match[str]) -> str:
            given = values[match[1]]
            return quote(match[1], given if isinstance(given, str) else formatted(given, match[2] or DEFAULT_PATTERN))

        return _VALUE.sub(value, self.text)


def formatted(day: date, pattern: str) -> str:
    """A day in a pattern; ``strftime`` would leave years and odd letters to the platform."""
    parts = {
        "Y": f"{day.year:04}",
        "y": f"{day.year % 100:02}",
        "m": f"{day.month:02}",
        "d": f"{day.day:02}",
        "j": f"{day.timetuple().tm_yday:03}",
        "H": "00",
        "M": "00",
        "S": "00",
        "f": "000000",
        "%": "%",
    }
    return _DIRECTIVE.sub(lambda match: parts[match[1]], pattern)


def read_template(text: str, place: str, values: tuple[str, ...]) -> Template:
    """A template of a contract.

    Raises:
        AllHoursParameterError: a value that the route does not have, or a brace or pattern that cannot be read.
    """
    due = f"values in braces out of {', '.join(f'{{{name}}}' for name in values)}" if values else "no values in braces"
    if re.search(r"[{}]", _VALUE.sub("", text)):
        raise refusal(place, "has a brace that belongs to no value", due)
    for match in _VALUE.finditer(text):
        name, pattern = match[1], match[2]
        if name not in values:
            raise refusal(place, f"has the unknown value {{{name}}}", due)
        if pattern is not None:
            _check_pattern(place, name, pattern)
    return Template(text)


def _check_pattern(place: str, name: str, pattern: str) -> None:
    if not name.startswith("date_"):
        raise refusal(place, f"has a pattern for {{{name}}}", "a pattern for days only")
    directives = {match[1] for match in _DIRECTIVE.finditer(pattern)}
    if not directives or not all(letter and letter in DIRECTIVES for letter in directives):
        known = " ".join(f"%{letter}" for letter in DIRECTIVES)
        raise refusal(place, f"has the pattern {pattern!r}", f"a pattern of {known} and literal text")
