# SPDX-License-Identifier: Apache-2.0
"""Collect what would make pay lines wrong, by kind, with the employee ids that are concerned."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection
from datetime import date
from fractions import Fraction

from airflow_provider_allhours.payroll.people import listed
from airflow_provider_allhours.payroll.rules import COUNT, Rule


class Findings:
    """What would make the lines of a period wrong."""

    def __init__(self) -> None:
        self._unmapped: dict[tuple[str, str], dict[str, int]] = defaultdict(lambda: defaultdict(int))
        self._unknown: dict[Rule, set[str]] = defaultdict(set)
        self._unclear: dict[Rule, set[str]] = defaultdict(set)
        self._states: dict[str, set[str]] = defaultdict(set)
        self._leave: list[tuple[str, date, Fraction]] = []

    def unmapped(self, kind: str, name: str, employee_id: str) -> None:
        """A day with something that the mapping neither pays nor ignores."""
        self._unmapped[kind, name][employee_id] += 1

    def unknown(self, rule: Rule, employee_id: str) -> None:
        """A day of which All Hours does not give the number that a line needs."""
        self._unknown[rule].add(employee_id)

    def unclear_day(self, rule: Rule, employee_id: str, day: date) -> None:
        """A day of which All Hours does not say whether it is a holiday or a weekend."""
        self._unclear[rule].add(f"{employee_id} on {day}")

    def unknown_state(self, status: str, employee_id: str) -> None:
        """An absence in a state that nothing known explains."""
        self._states[status].add(employee_id)

    def too_much_leave(self, employee_id: str, day: date, part: Fraction) -> None:
        """More than one day of leave on one day."""
        self._leave.append((employee_id, day, part))

    def sentences(self) -> list[str]:
        """One sentence for each problem."""
        sentences = [
            f"{kind} {name!r} ({sum(days.values())} days of {_of(days)}) is neither mapped nor ignored"
            for (kind, name), days in sorted(self._unmapped.items())
        ]
        for rule, ids in sorted(self._unknown.items(), key=lambda entry: entry[0].number):
            why = "no whole number" if rule.unit == COUNT else "no time, or no planned minutes"
            sentences.append(
                f"{rule.described} is mapped in {rule.unit}, and All Hours gives no number of {rule.unit} for at least "
                f"one day ({why}) of {_of(ids)}"
            )
        for rule, days in sorted(self._unclear.items(), key=lambda entry: entry[0].number):
            sentences.append(
                f"{rule.described} is mapped for a {rule.when}, and All Hours does not say what kind of day it is: "
                f"employee id {listed(sorted(days))}"
            )
        sentences += [
            f"an absence of {_of(ids)} has the unknown state {status}" for status, ids in sorted(self._states.items())
        ]
        sentences += [
            f"employee id {employee_id} has {float(part):g} days of leave on {day}, and a day is one at most"
            for employee_id, day, part in sorted(self._leave)
        ]
        return sentences


def _of(employee_ids: Collection[str]) -> str:
    return f"employee id {listed(sorted(employee_ids))}"
