# SPDX-License-Identifier: Apache-2.0
"""Make pay lines from amounts and a mapping, and find the problems that would make them wrong."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from fractions import Fraction

from airflow_provider_allhours.payroll.amounts import COUNTER, Amount, Amounts, Person, employees
from airflow_provider_allhours.payroll.mapping import CLOCK, DAYS, HOURS, MINUTES, PayMapping
from airflow_provider_allhours.payroll.rounding import round_lines
from airflow_provider_allhours.periods import Period

MAX_NAMED = 20

SCALE = {HOURS: 100, DAYS: 100, MINUTES: 1, CLOCK: 1}
"""Parts of a unit that a quantity counts: hundredths of an hour or a day, whole minutes."""


@dataclass(frozen=True)
class PayLine:
    """One line of a payroll file.

    Attributes:
        person: who is paid.
        pay_code: the payroll system's code of what is paid.
        unit: ``hours``, ``minutes``, ``hh:mm`` or ``days``.
        quantity: whole hundredths (hours, days) or whole minutes (minutes, hh:mm).
        period: the days that are paid; a correction has the earlier period.
    """

    person: Person
    pay_code: str
    unit: str
    quantity: int
    period: Period

    def text(self, decimal_sign: str = ".") -> str:
        """The quantity as printed: two decimals for hours and days, ``h:mm``, or whole minutes."""
        sign, size = ("-" if self.quantity < 0 else ""), abs(self.quantity)
        if self.unit == CLOCK:
            return f"{sign}{size // 60}:{size % 60:02}"
        if self.unit == MINUTES:
            return f"{sign}{size}"
        return f"{sign}{size // 100}{decimal_sign}{size % 100:02}"


@dataclass(frozen=True)
class Share:
    """Amounts of one period that a file pays: the whole period, or the ± lines since its last release."""

    period: Period
    amounts: Amounts


def pay_lines(share: Share, mapping: PayMapping) -> list[PayLine]:
    """The pay lines of one period, by employee and in the order of the mapping; without lines that round to 0."""
    order = {(rule.pay_code, rule.unit): index for index, rule in reversed(list(enumerate(mapping.rules)))}
    exact: dict[str, dict[tuple[str, str], Fraction]] = defaultdict(lambda: defaultdict(Fraction))
    for item, amount in share.amounts.of.items():
        for rule in mapping.rules_for(item):
            exact[item.user_id][rule.pay_code, rule.unit] += _exact(amount, rule.unit)
    lines: list[PayLine] = []
    rounded: dict[tuple[str, tuple[str, str]], int] = {}
    for parts in ((HOURS,), (DAYS,), (MINUTES, CLOCK)):
        table = {
            (user_id, key): exact[user_id][key]
            for user_id, _ in employees(share.amounts)
            for key in sorted(exact.get(user_id, ()), key=lambda key: order[key])
            if key[1] in parts
        }
        rounded |= round_lines(table)
    for user_id, person in employees(share.amounts):
        for key in sorted(exact.get(user_id, ()), key=lambda key: order[key]):
            if rounded[user_id, key]:
                lines.append(PayLine(person, key[0], key[1], rounded[user_id, key], share.period))
    return lines


def _exact(amount: Amount, unit: str) -> Fraction:
    if unit == DAYS:
        return (amount.days or Fraction(0)) * SCALE[DAYS]
    minutes = Fraction(amount.minutes or 0)
    return minutes / 60 * SCALE[HOURS] if unit == HOURS else minutes


def problems_of(share: Share, mapping: PayMapping) -> list[str]:
    """Every problem of a period that would make its lines wrong, one sentence each."""
    amounts = share.amounts
    return [
        *(f"{share.period}: {problem}" for problem in dict.fromkeys(amounts.problems)),
        *_problems_of_people(share.period, amounts.people),
        *_problems_of_items(share.period, amounts, mapping),
    ]


def _problems_of_people(period: Period, people: dict[str, Person]) -> list[str]:
    nameless = sorted(user_id for user_id, person in people.items() if not person.employee_id)
    by_id: dict[str, list[str]] = defaultdict(list)
    for user_id, person in people.items():
        by_id[person.employee_id].append(user_id)
    problems = [f"{period}: {len(nameless)} users have no employee id: {_listed(nameless)}"] if nameless else []
    doubled = sorted(number for number, users in by_id.items() if number and len(users) > 1)
    problems += [f"{period}: employee id {number} belongs to {len(by_id[number])} users" for number in doubled]
    return problems


def _problems_of_items(period: Period, amounts: Amounts, mapping: PayMapping) -> list[str]:
    unmapped: dict[tuple[str, str], int] = defaultdict(int)
    unknown: set[tuple[str, str, str]] = set()
    for item, amount in amounts.of.items():
        rules = mapping.rules_for(item)
        if not rules and not mapping.is_ignored(item):
            unmapped[item.kind, item.name] += 1
        for rule in rules:
            if (amount.days if rule.unit == DAYS else amount.minutes) is None:
                unknown.add((item.kind, item.name, rule.unit))
    problems = [
        f"{period}: {kind} {name!r} ({count} days) is neither mapped nor ignored"
        for (kind, name), count in sorted(unmapped.items())
    ]
    problems += [
        f"{period}: counter {rule.name} is mapped, but it repeats the running balance, which cannot be paid"
        for rule in mapping.rules
        if rule.kind == COUNTER and rule.name in amounts.states
    ]
    return problems + [
        f"{period}: {kind} {name!r} is mapped in {unit}, and All Hours gives no number of {unit} for at least one day "
        "(no time, or no planned minutes)"
        for kind, name, unit in sorted(unknown)
    ]


def totals_by_code(lines: Iterable[PayLine]) -> dict[str, float]:
    """Sum of the printed quantities per pay code: hours or days with two decimals, otherwise whole minutes.

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


def _listed(names: Sequence[str]) -> str:
    return ", ".join(names[:MAX_NAMED]) + (f" and {len(names) - MAX_NAMED} more" if len(names) > MAX_NAMED else "")
