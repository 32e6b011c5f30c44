# SPDX-License-Identifier: Apache-2.0
"""Round the lines of one person; nobody's line depends on another person.

Everything is symmetrical about zero, so that taking back an amount is the reverse of having paid it: a half is rounded
away from zero, ``up`` is away from zero and ``down`` is towards it.
"""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from dataclasses import dataclass
from fractions import Fraction
from math import ceil, floor
from typing import Literal, TypeVar

Rounding = Literal["line", "person", "down"]
ROUNDINGS: tuple[Rounding, ...] = ("line", "person", "down")

NEAREST, UP, DOWN = "nearest", "up", "down"
PER_DAY, PER_PERIOD = "day", "period"
STEP_MINUTES = (5, 6, 10, 15, 30)

LineT = TypeVar("LineT", bound=Hashable)


def nearest(value: Fraction) -> int:
    """The nearest whole number; a half is rounded away from zero."""
    size = floor(abs(value) + Fraction(1, 2))
    return size if value >= 0 else -size


def towards_zero(value: Fraction) -> int:
    """The value without its fraction."""
    return int(value)


def away_from_zero(value: Fraction) -> int:
    """The next whole number away from zero; whole numbers stay."""
    size = ceil(abs(value))
    return size if value >= 0 else -size


@dataclass(frozen=True)
class Step:
    """Rounding of one mapping line to steps of minutes.

    Attributes:
        minutes: 5, 6, 10, 15 or 30.
        per: ``day`` rounds each day, ``period`` the sum of the period.
        mode: ``nearest``, ``up`` or ``down``.
    """

    minutes: int
    per: str
    mode: str

    def applied_to(self, minutes: Fraction) -> Fraction:
        """The minutes as whole steps."""
        whole = {NEAREST: nearest, UP: away_from_zero, DOWN: towards_zero}[self.mode]
        return Fraction(whole(minutes / self.minutes) * self.minutes)


def largest_remainder(values: Mapping[LineT, Fraction], total: int) -> dict[LineT, int]:
    """Whole numbers that add up to the total, each the floor of its value or one more.

    The values with the largest remainders are rounded up; of equal remainders the earlier entry first. Whole values
    stay as they are.

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


def round_lines(values: Mapping[LineT, Fraction], rounding: Rounding) -> dict[LineT, int]:
    """Round the lines of one person that are counted in the same parts (hundredths of an hour, whole minutes, …).

    Args:
        values: exact values.
        rounding: ``line`` rounds each line to the nearest, ``down`` each towards zero, ``person`` the person's sum to
            the nearest and divides it among the lines by largest remainder.
    """
    if rounding == "person":
        return largest_remainder(values, nearest(sum(values.values(), Fraction(0))))
    whole = nearest if rounding == "line" else towards_zero
    return {key: whole(value) for key, value in values.items()}
