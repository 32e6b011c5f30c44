# SPDX-License-Identifier: Apache-2.0
"""Find which absence definitions and counters a mapping means, by id, IntegrationId, code or name."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from itertools import combinations, product

from airflow_provider_allhours.client.models import PLAN_CODE, PRESENCE_CODE
from airflow_provider_allhours.payroll.amounts import ABSENCE, COUNTER, TIMESHEET
from airflow_provider_allhours.payroll.mapping import PayMapping, doubled
from airflow_provider_allhours.payroll.people import listed
from airflow_provider_allhours.payroll.rules import Rule
from airflow_provider_allhours.texts import name_key

ALL = "*"
SAME_AS_COUNTER = {str(PRESENCE_CODE): "paid_presence_minutes", str(PLAN_CODE): "planned_minutes"}
"""Code of a counter -> the column of the timesheet that has the same minutes."""


@dataclass(frozen=True)
class Definition:
    """An absence definition or a counter.

    Attributes:
        key: its id or code, which a rename does not change.
        names: the names that it had when versions were frozen.
        other_ids: its IntegrationId, where it has one.
    """

    key: str
    names: frozenset[str] = frozenset()
    other_ids: frozenset[str] = frozenset()

    def joined(self, other: Definition) -> Definition:
        """The same definition under the names of both."""
        return Definition(self.key, self.names | other.names, self.other_ids | other.other_ids)


@dataclass
class Definitions:
    """The absence definitions and counters of the versions that a file is made from, each by its key.

    Attributes:
        absences: absence definitions.
        counters: counters.
        running: codes of counters that repeat the running balance, which cannot be paid: a correction of an earlier
            day changes them on every later day.
        is_complete: whether all definitions of the account are known, used or not.
    """

    absences: dict[str, Definition] = field(default_factory=dict)
    counters: dict[str, Definition] = field(default_factory=dict)
    running: frozenset[str] = frozenset()
    is_complete: bool = False

    def add(self, kind: str, definition: Definition) -> None:
        """Add a definition, or further names of a known one."""
        known = self.absences if kind == ABSENCE else self.counters
        before = known.get(definition.key)
        known[definition.key] = definition if before is None else before.joined(definition)


class ResolvedMapping:
    """A mapping by the keys of definitions.

    Args:
        mapping: the mapping.
        definitions: what its references may mean.

    Attributes:
        mapping: the mapping.
        source_rules: lines that pay a column of the timesheet.
        running: see :class:`Definitions`.
    """

    def __init__(self, mapping: PayMapping, definitions: Definitions) -> None:
        self.mapping = mapping
        self.source_rules = tuple(rule for rule in mapping.rules if rule.kind == TIMESHEET)
        self.running = definitions.running
        self._is_complete = definitions.is_complete
        self._known = {ABSENCE: definitions.absences, COUNTER: definitions.counters}
        self._ignored = {ABSENCE: mapping.ignored_absences, COUNTER: mapping.ignored_counters}
        self._resolve()

    def _resolve(self) -> None:
        self._rules: dict[tuple[str, str], tuple[Rule, ...]] = {}
        for rule in self.mapping.rules:
            for key in _matching(rule.name, self._known.get(rule.kind, {})):
                self._rules[rule.kind, key] = (*self._rules.get((rule.kind, key), ()), rule)
        self._ignored_keys = {
            (kind, key)
            for kind, names in self._ignored.items()
            for name in names - {ALL}
            for key in _matching(name, self._known[kind])
        }

    def know(self, kind: str, key: str, name: str | None, other_id: str | None = None) -> None:
        """Add a definition that is in a record and not among the frozen definitions."""
        if key not in self._known[kind]:
            self._known[kind][key] = Definition(
                key, frozenset({name} if name else ()), frozenset({other_id} if other_id else ())
            )
            self._resolve()

    def rules_of(self, kind: str, key: str) -> tuple[Rule, ...]:
        """The lines that pay a definition."""
        return self._rules.get((kind, key), ())

    def is_ignored(self, kind: str, key: str) -> bool:
        """Whether a definition without a line is no problem."""
        return ALL in self._ignored[kind] or (kind, key) in self._ignored_keys

    def name_of(self, kind: str, key: str) -> str:
        """A name of a definition, for messages; its key where it has none."""
        definition = self._known[kind].get(key)
        return min(definition.names, default=key) if definition else key

    def problems(self) -> Iterator[str]:
        """Why the mapping cannot be used with these definitions, one sentence each."""
        yield from self._ambiguous()
        for (kind, key), rules in sorted(self._rules.items()):
            for first, second in combinations(rules, 2):
                if not second.may_pay_beside(first):
                    yield doubled(first, second)
            if kind == COUNTER and key in self.running:
                yield f"counter {key} is mapped, but it repeats the running balance, which cannot be paid"
            if (kind, key) in self._ignored_keys:
                yield f"{kind} {self.name_of(kind, key)!r} is both mapped and ignored"

    def warnings(self) -> Iterator[str]:
        """Lines that pay nothing because nothing has the name, or the same minutes twice, one sentence each."""
        for key, source in SAME_AS_COUNTER.items():
            for rule, other in product(self.rules_of(COUNTER, key), self.source_rules):
                if other.name == source and not rule.may_pay_beside(other) and not other.may_pay_beside(rule):
                    yield (
                        f"lines {rule.number} and {other.number} of the mapping pay the counter {key} and {source}, "
                        "which are the same minutes in the known data"
                    )
        if self._is_complete:
            for rule in self.mapping.rules:
                if rule.kind in self._known and not _matching(rule.name, self._known[rule.kind]):
                    what = f"line {rule.number} of the mapping pays {rule.described}"
                    yield f"{what}, and the account has none of this name or id"

    def _ambiguous(self) -> Iterator[str]:
        for kind in (ABSENCE, COUNTER):
            names = {name_key(rule.name) for rule in self.mapping.rules if rule.kind == kind}
            for name in sorted(names | self._ignored[kind] - {ALL}):
                keys = sorted(_matching(name, self._known[kind]))
                if len(keys) > 1:
                    yield (
                        f"the mapping names the {kind} {name!r}, which is ambiguous: {len(keys)} definitions have "
                        f"this name ({listed(keys)}); name them by id"
                    )


def _matching(reference: str, known: Mapping[str, Definition]) -> list[str]:
    """Keys of the definitions that a reference means: the one with this id, else by IntegrationId, else by name."""
    wanted = name_key(reference)
    tests = (
        lambda definition: {definition.key},
        lambda definition: definition.other_ids,
        lambda definition: definition.names,
    )
    for identities in tests:
        found = [key for key, definition in known.items() if wanted in _folded(identities(definition))]
        if found:
            return found
    return []


def _folded(names: Iterable[str]) -> set[str]:
    return {name_key(name) for name in names}
