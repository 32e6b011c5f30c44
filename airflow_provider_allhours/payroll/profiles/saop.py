# SPDX-License-Identifier: Apache-2.0
"""SAOP iCenter (Slovenia): ``Place.W-1``, the fixed-width import of hours.

From a public description; validate a first file with your payroll office.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from fractions import Fraction
from typing import ClassVar

from airflow_provider_allhours.payroll.lines import PayLine
from airflow_provider_allhours.payroll.profiles.profile import Profile, joined, same_numbers, too_long
from airflow_provider_allhours.payroll.rounding import nearest

WIDTH = 110
MAX_UNITS = 99999
"""Hundredths of an hour that five digits can hold."""


class SaopW1(Profile):
    """Lines of exactly 110 bytes, CRLF.

    Employee (1-7), type (8-10) and a cost centre of digits (11-17) have leading zeros; hours without a point in 59-63
    with their sign in 64; first and last day in 93-108; whole days of leave in 109-110. Days with a fraction have no
    place and are written as the planned hours of these days; a difference to what was printed before has no such hours,
    and a mapping in hours pays it. What is not known is blank.
    """

    units: ClassVar[Sequence[str]] = ("hours", "days")
    one_period: ClassVar[bool] = False
    places_cost_centres: ClassVar[bool] = True
    max_cost_centre: ClassVar[int | None] = 7
    tells_units: bool = True

    @property
    def encoding(self) -> str:
        """Windows-1250."""
        return "windows-1250"

    def problems_of_lines(self, lines: Sequence[PayLine]) -> Iterator[str]:
        """Digits, lengths and quantities."""
        yield from too_long(lines, employee_id=7, pay_code=3)
        yield from same_numbers(lines)
        for line in lines:
            number = line.person.employee_id
            if line.unit == "days" and not _has_place(line):
                yield f"employee id {number}: {line.text()} days, and this layout takes whole days up to 99; map hours"
            elif abs(_hundredths(line)) > MAX_UNITS:
                yield f"employee id {number}: {line.text()} hours, and this layout takes up to 999.99"

    def records(self, lines: Sequence[PayLine]) -> Iterator[Sequence[str]]:
        """One line each, as one text."""
        for line in lines:
            units = f"{abs(_hundredths(line)):05}"
            days = f"{line.quantity // 100:02}" if _is_whole_days(line) else "  "
            sign = "-" if line.quantity < 0 else " "
            yield (
                f"{line.person.employee_id:0>7}{line.pay_code:0>3}{_code(line.cost_centre)}{'':41}{units}{sign}{'':28}"
                f"{line.period.date_from:%Y%m%d}{line.period.date_to:%Y%m%d}{days}",
            )

    def render(self, lines: Sequence[PayLine]) -> str:
        """The whole file."""
        return joined(f"{text}\r\n" for (text,) in self.records(lines))


def _code(cost_centre: str) -> str:
    """A code of the code book: numbers have leading zeros there, and none at all is blank."""
    return cost_centre.zfill(7) if cost_centre.isascii() and cost_centre.isdigit() else f"{cost_centre:<7}"


def _is_whole_days(line: PayLine) -> bool:
    return line.unit == "days" and line.quantity % 100 == 0


def _has_place(line: PayLine) -> bool:
    if _is_whole_days(line):
        return 0 <= line.quantity <= 9900
    return line.covered_minutes is not None and line.quantity > 0


def _hundredths(line: PayLine) -> int:
    """Hundredths of an hour that the line has."""
    if line.unit == "hours":
        return line.quantity
    if _is_whole_days(line) or line.covered_minutes is None:
        return 0
    return nearest(Fraction(line.covered_minutes * 100, 60))
