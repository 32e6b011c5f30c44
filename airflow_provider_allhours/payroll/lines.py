# SPDX-License-Identifier: Apache-2.0
"""Pay lines of one person, and the totals of all lines."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from fractions import Fraction

from airflow_provider_allhours.payroll.people import Person
from airflow_provider_allhours.payroll.quantities import Quantity
from airflow_provider_allhours.payroll.rounding import Rounding, nearest, round_lines
from airflow_provider_allhours.payroll.rules import CLOCK, COUNT, DAYS, HOURS, MINUTES, UNITS_OF_TIME, Rule
from airflow_provider_allhours.periods import Period

SCALE = {HOURS: 100, DAYS: 100, MINUTES: 1, CLOCK: 1, COUNT: 1}
"""Parts of a unit that a quantity counts: hundredths of an hour or a day, whole minutes, whole pieces."""

_ROUNDED_TOGETHER = ((HOURS,), (DAYS,), (MINUTES, CLOCK), (COUNT,))
"""Units whose remainders can make up for one another."""


@dataclass(frozen=True, slots=True)
class PayLine:
    """One line of a payroll file.

    Attributes:
        person: who is paid.
        pay_code: the payroll system's code of what is paid.
        unit: ``hours``, ``minutes``, ``hh:mm``, ``days`` or ``count``.
        quantity: whole hundredths (hours, days), whole minutes (minutes, hh:mm) or whole pieces (count).
        period: the days that are paid; a correction has the earlier period.
        cost_centre: empty for none.
        exact_minutes: minutes before rounding; 0 for days and counts.
        bs_nr: processing key of DATEV LODAS, None for the default of the unit.
        no_wage_type: whether DATEV LODAS gets no wage type.
        covered_minutes: planned minutes of the days that a line in days pays; None where one of them has none, or where
            that is not known, as of a difference to what was printed before.
        by_day: the days that the line pays, whose quantities add up to its own; None where nobody asks for days, or
            where they are not known, as of a difference to what was printed before.
    """

    person: Person
    pay_code: str
    unit: str
    quantity: int
    period: Period
    cost_centre: str = ""
    exact_minutes: int = 0
    bs_nr: str | None = None
    no_wage_type: bool = False
    covered_minutes: int | None = None
    by_day: tuple[tuple[date, int], ...] | None = None

    def text(self, decimal_sign: str = ".") -> str:
        """The quantity as printed; see :func:`quantity_text`."""
        return quantity_text(self.quantity, self.unit, decimal_sign)


def quantity_text(quantity: int, unit: str, decimal_sign: str = ".") -> str:
    """A quantity as printed: two decimals for hours and days, ``h:mm``, or a whole number.

    Args:
        quantity: as :class:`PayLine` has it.
        unit: of the quantity.
        decimal_sign: between hours or days and their hundredths.
    """
    sign, size = ("-" if quantity < 0 else ""), abs(quantity)
    if unit == CLOCK:
        return f"{sign}{size // 60}:{size % 60:02}"
    if unit in (MINUTES, COUNT):
        return f"{sign}{size}"
    return f"{sign}{size // 100}{decimal_sign}{size % 100:02}"


def lines_of(
    person: Person,
    quantities: Sequence[Quantity],
    *,
    cost_centre: str,
    period: Period,
    rounding: Rounding,
    numbers: dict[int, int] | None = None,
) -> list[PayLine]:
    """The lines of one person in one period, in the order of the mapping; lines of 0 are among them.

    Quantities of one pay code, unit and cost centre are one line, which is rounded once.

    Args:
        person: who is paid.
        quantities: what each line of the mapping pays.
        cost_centre: the person's, for lines without a fixed one.
        period: the days.
        rounding: see :func:`round_lines`.
        numbers: those of the lines of other people; this person's are added. Equal numbers are one object, because a
            company has many lines and few different quantities.
    """
    known = {} if numbers is None else numbers
    exact: dict[tuple[str, str, str], Fraction] = defaultdict(Fraction)
    minutes: dict[tuple[str, str, str], int] = defaultdict(int)
    covered: dict[tuple[str, str, str], int] = defaultdict(int)
    without_hours: set[tuple[str, str, str]] = set()
    days: dict[tuple[str, str, str], dict[date, Fraction] | None] = {}
    rules: dict[tuple[str, str, str], Rule] = {}
    for quantity in quantities:
        rule = quantity.rule
        key = (rule.pay_code, rule.unit, cost_centre if rule.cost_centre is None else rule.cost_centre)
        rules.setdefault(key, rule)
        exact[key] += _in_parts(quantity.finished(), rule.unit)
        minutes[key] += quantity.minutes
        covered[key] += quantity.covered
        if quantity.has_days_without_minutes:
            without_hours.add(key)
        own = days.setdefault(key, None if quantity.by_day is None else {})
        for day, amount in (quantity.by_day or {}).items():
            if own is not None:
                own[day] = own.get(day, Fraction(0)) + _in_parts(amount, rule.unit)
    rounded: dict[tuple[str, str, str], int] = {}
    for units in _ROUNDED_TOGETHER:
        rounded |= round_lines({key: value for key, value in exact.items() if key[1] in units}, rounding)
    return [
        PayLine(
            person,
            pay_code,
            unit,
            _shared(rounded[pay_code, unit, centre], known),
            period,
            centre,
            _shared(minutes[pay_code, unit, centre], known),
            rule.bs_nr,
            rule.no_wage_type,
            covered[pay_code, unit, centre] if unit == DAYS and (pay_code, unit, centre) not in without_hours else None,
            _spread(days[pay_code, unit, centre], rounded[pay_code, unit, centre]),
        )
        for (pay_code, unit, centre), rule in rules.items()
    ]


def _shared(number: int, known: dict[int, int]) -> int:
    return known.setdefault(number, number)


def _spread(days: Mapping[date, Fraction] | None, quantity: int) -> tuple[tuple[date, int], ...] | None:
    """Whole parts of each day that add up to the line: sums are rounded day by day, the last day takes the rest."""
    if days is None:
        return None
    spread: list[tuple[date, int]] = []
    sofar, printed = Fraction(0), 0
    for day in sorted(days):
        sofar += days[day]
        parts = nearest(sofar) - printed
        printed += parts
        if parts:
            spread.append((day, parts))
    if printed != quantity:
        if not spread:
            return None
        last, parts = spread[-1]
        spread[-1] = (last, parts + quantity - printed)
    return tuple((day, parts) for day, parts in spread if parts)


def _in_parts(amount: Fraction, unit: str) -> Fraction:
    return amount / 60 * SCALE[HOURS] if unit == HOURS else amount * SCALE[unit]


def totals_by_code(lines: Iterable[PayLine]) -> dict[str, float]:
    """Sum of the printed quantities per pay code: hours or days with two decimals, otherwise whole numbers.

    A code that is paid in several units has an entry for each, ``<code> (<unit>)``.
    """
    sums: dict[tuple[str, str], int] = defaultdict(int)
    for line in lines:
        sums[line.pay_code, line.unit] += line.quantity
    units = Counter(code for code, _ in sums)
    return {
        f"{code} ({unit})" if units[code] > 1 else code: quantity / SCALE[unit] if SCALE[unit] > 1 else quantity
        for (code, unit), quantity in sorted(sums.items())
    }


def exact_minutes_by_code(lines: Iterable[PayLine]) -> dict[str, int]:
    """Minutes before rounding per pay code, of the lines in hours, minutes and ``hh:mm``."""
    sums: dict[str, int] = defaultdict(int)
    for line in lines:
        if line.unit in UNITS_OF_TIME:
            sums[line.pay_code] += line.exact_minutes
    return dict(sorted(sums.items()))


def rounding_differences(lines: Iterable[PayLine]) -> dict[str, float]:
    """Printed minus exact minutes per pay code, of the lines in hours, minutes and ``hh:mm``."""
    sums: dict[str, Fraction] = defaultdict(Fraction)
    for line in lines:
        if line.unit in UNITS_OF_TIME:
            printed = Fraction(line.quantity * 60, SCALE[HOURS]) if line.unit == HOURS else Fraction(line.quantity)
            sums[line.pay_code] += printed - line.exact_minutes
    return {code: round(float(difference), 2) for code, difference in sorted(sums.items())}
