# SPDX-License-Identifier: Apache-2.0
"""Where things are in a body: names as on the wire joined by dots, ``[*]`` behind a list."""

from __future__ import annotations

import re
from dataclasses import dataclass

from airflow_provider_allhours.client.contract.entries import refusal

_EACH = "[*]"
_STEP = re.compile(r"[^\[\]]*(?:\[\*\])*")


@dataclass(frozen=True)
class Selector:
    """The way from a body to its records.

    Attributes:
        steps: names to descend by; None goes through the elements of a list.
    """

    steps: tuple[str | None, ...]


def read_selector(text: str, place: str) -> Selector:
    """A data selector of a contract.

    Raises:
        AllHoursParameterError: it is no path, or uses more of JSONPath than this language has.
    """
    due = "names as on the wire joined by dots, with [*] behind a list, such as Users[*] or Items[*].Days[*]"
    steps: list[str | None] = []
    for index, part in enumerate(text.strip().split(".")):
        if not _STEP.fullmatch(part) or "*" in part.replace(_EACH, ""):
            raise refusal(place, f"is {text!r}", due)
        name, times = part.replace(_EACH, ""), part.count(_EACH)
        if name in ("", "$") and (index > 0 or not times or name == "$"):
            raise refusal(place, f"is {text!r}", due)
        steps += [name] if name else []
        steps += [None] * times
    return Selector(tuple(steps))


def read_path(text: str, place: str) -> str:
    """A path of names joined by dots.

    Raises:
        AllHoursParameterError: an empty name, or a list in it.
    """
    if any(not name.strip() for name in text.split(".")) or _EACH in text:
        raise refusal(place, f"is {text!r}", "names joined by dots")
    return text


def names_of(path: str) -> tuple[str, ...]:
    """The names of a path."""
    return tuple(path.split("."))
