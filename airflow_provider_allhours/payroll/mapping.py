# SPDX-License-Identifier: Apache-2.0
"""The pay mapping: which timesheet column, absence or counter is paid under which pay code, in which unit."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from airflow_provider_allhours.client.errors import AllHoursParameterError
from airflow_provider_allhours.payroll.amounts import ABSENCE, COUNTER, SOURCES, TIMESHEET, Item
from airflow_provider_allhours.texts import name_key

HOURS, MINUTES, CLOCK, DAYS = "hours", "minutes", "hh:mm", "days"
UNITS = (HOURS, MINUTES, CLOCK, DAYS)

MappingDocument = Mapping[str, Any]
"""A mapping as plain JSON: ``{"lines": [{"source" | "absence" | "counter": …, "pay_code": …, "unit": …}], "ignore":
{"absences": […] | "*", "counters": […] | "*"}}``; :func:`read_mapping` checks it."""

_KINDS = {"source": TIMESHEET, "absence": ABSENCE, "counter": COUNTER}


@dataclass(frozen=True)
class Rule:
    """One line of the mapping: items of a kind and name are paid under a pay code, in a unit."""

    kind: str
    name: str
    pay_code: str
    unit: str

    def takes(self, item: Item) -> bool:
        """Whether the item is paid by this rule."""
        return item.kind == self.kind and name_key(item.name) == name_key(self.name)


@dataclass(frozen=True)
class PayMapping:
    """A checked mapping.

    Attributes:
        rules: its lines.
        ignored_absences: names of absence definitions that are not paid, in lower case; ``*`` is all that have no rule.
        ignored_counters: codes of counters that are not paid, in the same way.
        sha256: checksum of the mapping document, for the evidence.
    """

    rules: tuple[Rule, ...]
    ignored_absences: frozenset[str]
    ignored_counters: frozenset[str]
    sha256: str

    def rules_for(self, item: Item) -> list[Rule]:
        """The rules that pay an item."""
        return [rule for rule in self.rules if rule.takes(item)]

    def is_ignored(self, item: Item) -> bool:
        """Whether an item without a rule is no problem; always so for timesheet columns."""
        if item.kind == TIMESHEET:
            return True
        ignored = self.ignored_absences if item.kind == ABSENCE else self.ignored_counters
        return "*" in ignored or name_key(item.name) in ignored


def read_mapping(document: MappingDocument) -> PayMapping:
    """Check a mapping.

    Raises:
        AllHoursParameterError: names the wrong part and what it takes.
    """
    if not isinstance(document, Mapping) or not isinstance(document.get("lines"), Sequence) or not document["lines"]:
        raise _wrong("it takes an object with a list 'lines' and optionally 'ignore'")
    unknown = sorted(set(document) - {"lines", "ignore"})
    if unknown:
        raise _wrong(f"unknown key {', '.join(map(str, unknown))}; it takes lines and ignore")
    rules = tuple(_rule(number, line) for number, line in enumerate(document["lines"], start=1))
    ignore = document.get("ignore") or {}
    if not isinstance(ignore, Mapping) or set(ignore) - {"absences", "counters"}:
        raise _wrong("'ignore' takes absences and counters, each a list or \"*\"")
    checksum = hashlib.sha256(json.dumps(document, sort_keys=True, ensure_ascii=False).encode()).hexdigest()
    return PayMapping(rules, _names(ignore.get("absences")), _names(ignore.get("counters")), checksum)


def _rule(number: int, line: object) -> Rule:
    if not isinstance(line, Mapping):
        raise _wrong(f"line {number} is not an object")
    kinds = [key for key in _KINDS if key in line]
    unknown = sorted(set(line) - {*_KINDS, "pay_code", "unit"})
    if len(kinds) != 1 or unknown or not str(line.get("pay_code") or "").strip():
        raise _wrong(f"line {number} takes one of source, absence and counter, a pay_code and a unit")
    unit = line.get("unit", HOURS)
    if unit not in UNITS:
        raise _wrong(f"line {number} has the unit {unit!r}; it takes one of {', '.join(UNITS)}")
    key = kinds[0]
    name = str(line[key])
    if key == "source" and name not in SOURCES:
        raise _wrong(f"line {number} has the source {name!r}; it takes one of {', '.join(SOURCES)}")
    if key != "absence" and unit == DAYS:
        raise _wrong(f"line {number}: only absences are counted in days")
    return Rule(_KINDS[key], name, str(line["pay_code"]).strip(), unit)


def _names(names: object) -> frozenset[str]:
    if names is None:
        return frozenset()
    if isinstance(names, str | int):
        names = [names]
    if not isinstance(names, Iterable):
        raise _wrong("'ignore' takes absences and counters, each a list or \"*\"")
    return frozenset(name_key(name) for name in names)


def _wrong(problem: str) -> AllHoursParameterError:
    return AllHoursParameterError(f"parameter 'mapping': {problem}")
