# SPDX-License-Identifier: Apache-2.0
"""The pay mapping: which timesheet column, absence or counter is paid under which pay code, in which unit."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import Any

from airflow_provider_allhours.attendance.selection import CUSTOM_FIELDS
from airflow_provider_allhours.client.errors import AllHoursParameterError
from airflow_provider_allhours.payroll.amounts import ABSENCE
from airflow_provider_allhours.payroll.rules import PAID_ABSENCE, PAID_OVERTIME, PRESENCE, Rule, Wrong, read_rule
from airflow_provider_allhours.texts import name_key

MAX_SHOWN = 20

KEYS = ("lines", "ignore", "cost_centre")

MappingDocument = Mapping[str, Any]
"""A mapping as plain JSON: ``{"lines": [{"source" | "absence" | "counter": …, "pay_code": …, "unit": …}], "ignore":
{"absences": […] | "*", "counters": […] | "*"}, "cost_centre": "custom_field3"}``; :func:`read_mapping` checks it."""


@dataclass(frozen=True)
class PayMapping:
    """A checked mapping.

    Attributes:
        rules: its lines.
        ignored_absences: references to absence definitions that are not paid; ``*`` is all that have no rule.
        ignored_counters: references to counters that are not paid, in the same way.
        cost_centre_field: custom field of a user that holds the cost centre; None for none.
        sha256: checksum of the mapping document, for the evidence.
    """

    rules: tuple[Rule, ...]
    ignored_absences: frozenset[str]
    ignored_counters: frozenset[str]
    cost_centre_field: str | None
    sha256: str

    @property
    def has_cost_centres(self) -> bool:
        """Whether its lines have a cost centre."""
        return self.cost_centre_field is not None or any(rule.cost_centre is not None for rule in self.rules)

    @property
    def codes(self) -> frozenset[tuple[str, str]]:
        """Pay codes and units of its lines."""
        return frozenset((rule.pay_code, rule.unit) for rule in self.rules)

    def warnings(self) -> list[str]:
        """What is allowed and rarely meant, one sentence each."""
        return [*self._presence_beside_overtime(), *self._leave_beside_its_sum()]

    def _presence_beside_overtime(self) -> Iterator[str]:
        presence = [rule for rule in self.rules if rule.name == PRESENCE and PAID_OVERTIME not in rule.minus]
        overtime = [rule for rule in self.rules if rule.name == PAID_OVERTIME and not rule.also]
        if any(not one.excludes(other) for one in presence for other in overtime):
            yield (
                f"the mapping pays {PRESENCE} and {PAID_OVERTIME}, and presence contains overtime in the known data; "
                f'"minus": ["{PAID_OVERTIME}"] at the line of presence pays each minute once'
            )

    def _leave_beside_its_sum(self) -> Iterator[str]:
        sums = [rule for rule in self.rules if rule.name == PAID_ABSENCE and not rule.also]
        leave = [rule for rule in self.rules if rule.kind == ABSENCE and not rule.also]
        if any(not one.excludes(other) for one in sums for other in leave):
            yield f"the mapping pays {PAID_ABSENCE} and absences, and {PAID_ABSENCE} are the minutes of absences"


def read_mapping(document: MappingDocument) -> PayMapping:
    """Check a mapping.

    Raises:
        AllHoursParameterError: names every wrong part and what it takes.
    """
    lines = document.get("lines") if isinstance(document, Mapping) else None
    if not isinstance(lines, Sequence) or isinstance(lines, str | bytes) or not lines:
        raise _wrong("it takes an object with a list 'lines' and optionally 'ignore' and 'cost_centre'")
    unknown = sorted(str(key) for key in document if key not in KEYS)
    if unknown:
        raise _wrong(f"unknown key {', '.join(unknown)}; it takes lines, ignore and cost_centre")
    rules, problems = _rules(lines)
    problems += _doubled(rules)
    problems += _contradictory(rules)
    if problems:
        more = f"; and {len(problems) - MAX_SHOWN} more" if len(problems) > MAX_SHOWN else ""
        raise _wrong("; ".join(problems[:MAX_SHOWN]) + more)
    field = document.get("cost_centre")
    if field is not None and field not in CUSTOM_FIELDS:
        raise _wrong(f"'cost_centre' is {field!r}; it takes custom_field1 to custom_field10")
    ignore = document.get("ignore") or {}
    if not isinstance(ignore, Mapping) or set(ignore) - {"absences", "counters"}:
        raise _wrong("'ignore' takes absences and counters, each a list or \"*\"")
    return PayMapping(
        tuple(rules), _names(ignore.get("absences")), _names(ignore.get("counters")), field, _checksum(document)
    )


def _rules(lines: Sequence[object]) -> tuple[list[Rule], list[str]]:
    rules, problems = [], []
    for number, line in enumerate(lines, start=1):
        try:
            rules.append(read_rule(number, line))
        except Wrong as wrong:
            problems.append(str(wrong))
    return rules, problems


def _doubled(rules: Sequence[Rule]) -> Iterator[str]:
    """Lines that pay the same thing a second time without saying so."""
    for index, second in enumerate(rules):
        same = (
            rule for rule in rules[:index] if (rule.kind, name_key(rule.name)) == (second.kind, name_key(second.name))
        )
        first = next((rule for rule in same if not second.may_pay_beside(rule)), None)
        if first is not None:
            yield doubled(first, second)


def doubled(first: Rule, second: Rule) -> str:
    """The problem that two lines pay the same thing."""
    return (
        f"lines {first.number} and {second.number} both pay {second.described}, so it would be paid twice; a premium "
        'takes "also": true, and lines of different "when" exclude one another'
    )


def _contradictory(rules: Sequence[Rule]) -> Iterator[str]:
    """Lines of one pay code and unit that a payroll system is to process in two ways."""
    for first, second in combinations(rules, 2):
        is_one_line = (first.pay_code, first.unit) == (second.pay_code, second.unit)
        if is_one_line and (first.bs_nr, first.no_wage_type) != (second.bs_nr, second.no_wage_type):
            yield (
                f"lines {first.number} and {second.number} have one pay code and unit, and differ in bs_nr or "
                "no_wage_type"
            )


def _names(names: object) -> frozenset[str]:
    if names is None:
        return frozenset()
    if isinstance(names, str | int):
        names = [names]
    wrong = _wrong("'ignore' takes absences and counters, each a list or \"*\"")
    if not isinstance(names, Iterable) or isinstance(names, Mapping):
        raise wrong
    listed = list(names)
    if any(isinstance(name, bool) or not isinstance(name, str | int) for name in listed):
        raise wrong
    return frozenset(name_key(name) for name in listed)


def _checksum(document: MappingDocument) -> str:
    try:
        canonical = json.dumps(document, sort_keys=True, ensure_ascii=False)
    except (TypeError, ValueError):
        raise _wrong("it takes texts, numbers, lists and objects, as JSON has them") from None
    return hashlib.sha256(canonical.encode()).hexdigest()


def _wrong(problem: str) -> AllHoursParameterError:
    return AllHoursParameterError(f"parameter 'mapping': {problem}")
