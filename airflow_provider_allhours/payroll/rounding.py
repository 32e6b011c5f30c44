# SPDX-License-Identifier: Apache-2.0
"""Round pay lines by largest remainder: lines add up to totals per person, and these to the total of all."""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from fractions import Fraction
from math import floor
from typing import TypeVar

PersonT = TypeVar("PersonT", bound=Hashable)
LineT = TypeVar("LineT", bound=Hashable)


def round_half_up(value: Fraction) -> int:
    """The nearest whole number; a half is rounded away from zero."""
    return floor(value + Fraction(1, 2)) if value >= 0 else -floor(-value + Fraction(1, 2))


def largest_remainder(values: Mapping[PersonT, Fraction], total: int) -> dict[PersonT, int]:
    """Whole numbers that add up to the total, each the floor of its value or one more.

    The values with the largest remainders are rounded up; of equal remainders the earlier entry first.

    Args:
        values: exact values.
        total: the sum of the result; between the sum of the floors and that of the ceilings.
    """
    rounded = {key: floor(value) for key, value in values.items()}
    missing = total - sum(rounded.values())
    by_remainder = sorted(values, key=lambda key: rounded[key] - values[key])
    for key in by_remainder[:missing]:
        rounded[key] += 1
    return rounded


def round_lines(values: Mapping[tuple[PersonT, LineT], Fraction]) -> dict[tuple[PersonT, LineT], int]:
    """Round the values of people and lines.

    The total of all is rounded, divided among the people by largest remainder, and each person's part among the
    person's lines. Every result is the floor or the ceiling of its value. Where several lines of a person could be
    rounded up, the rounding errors of the same line of earlier people count too, so that totals by line stay exact to
    a few units.

    Args:
        values: exact values by person and line.
    """
    people: dict[PersonT, dict[LineT, Fraction]] = {}
    for (person, line), value in values.items():
        people.setdefault(person, {})[line] = value
    parts = _parts_of_people(people)
    rounded: dict[tuple[PersonT, LineT], int] = {}
    errors: dict[LineT, Fraction] = {}
    for person, lines in people.items():
        for line, quantity in _divide(parts[person], lines, errors).items():
            errors[line] = errors.get(line, Fraction(0)) + lines[line] - quantity
            rounded[person, line] = quantity
    return rounded


def _parts_of_people(people: Mapping[PersonT, Mapping[LineT, Fraction]]) -> dict[PersonT, int]:
    """The rounded total of all, divided among the people."""
    sums = {person: sum(lines.values(), Fraction(0)) for person, lines in people.items()}
    return largest_remainder(sums, round_half_up(sum(sums.values(), Fraction(0))))


def _divide(part: int, lines: Mapping[LineT, Fraction], errors: Mapping[LineT, Fraction]) -> dict[LineT, int]:
    """A person's part, divided among the lines; ``errors`` are exact minus rounded values of earlier people."""
    rounded = {line: floor(value) for line, value in lines.items()}
    missing = part - sum(rounded.values())
    fractional = [line for line, value in lines.items() if value != rounded[line]]
    fractional.sort(key=lambda line: rounded[line] - lines[line] - errors.get(line, Fraction(0)))
    for line in fractional[:missing]:
        rounded[line] += 1
    return rounded
