# SPDX-License-Identifier: Apache-2.0
"""Round once, so that the lines add up: each person's to that person's total, all of them to the whole."""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from fractions import Fraction
from math import floor
from typing import TypeVar

Who = TypeVar("Who", bound=Hashable)
What = TypeVar("What", bound=Hashable)


def round_half_up(value: Fraction) -> int:
    """The nearest whole number; a half goes away from zero."""
    return floor(value + Fraction(1, 2)) if value >= 0 else -floor(-value + Fraction(1, 2))


def largest_remainder(values: Mapping[Who, Fraction], total: int) -> dict[Who, int]:
    """Whole numbers that add up to the total, each the floor of its value or one more.

    The largest remainders go up first; between equal ones the earlier entry.

    Args:
        values: exact values.
        total: what they are to add up to; between the sum of the floors and that of the ceilings.
    """
    down = {who: floor(value) for who, value in values.items()}
    missing = total - sum(down.values())
    ranked = sorted(values, key=lambda who: down[who] - values[who])
    for who in ranked[:missing]:
        down[who] += 1
    return down


def round_lines(values: Mapping[tuple[Who, What], Fraction]) -> dict[tuple[Who, What], int]:
    """Round a table of people and lines.

    First the total of all is rounded, then it is divided among the people, then each person's part among the lines,
    always by largest remainder. No line is off by one unit or more. Among one person's lines, what the same line of
    other people is owed so far counts too, so that the totals by line stay close as well.
    """
    people: dict[Who, dict[What, Fraction]] = {}
    for (who, what), value in values.items():
        people.setdefault(who, {})[what] = value
    sums = {who: sum(lines.values(), Fraction(0)) for who, lines in people.items()}
    parts = _divided(sums)
    rounded: dict[tuple[Who, What], int] = {}
    owed: dict[What, Fraction] = {}
    for who, lines in people.items():
        down = {what: floor(value) for what, value in lines.items()}
        missing = parts[who] - sum(down.values())
        fractional = [what for what in lines if lines[what] != down[what]]
        fractional.sort(key=lambda what: down[what] - lines[what] - owed.get(what, Fraction(0)))
        for what in fractional[:missing]:
            down[what] += 1
        for what, value in lines.items():
            owed[what] = owed.get(what, Fraction(0)) + value - down[what]
            rounded[who, what] = down[what]
    return rounded


def _divided(sums: Mapping[Who, Fraction]) -> dict[Who, int]:
    return largest_remainder(sums, round_half_up(sum(sums.values(), Fraction(0))))
