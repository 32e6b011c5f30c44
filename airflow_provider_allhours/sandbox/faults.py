# SPDX-License-Identifier: Apache-2.0
"""The fault lab: which requests are disturbed, how and how often."""

from __future__ import annotations

import inspect
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from fnmatch import fnmatchcase
from itertools import count
from random import Random
from typing import Any

from airflow_provider_allhours.sandbox.fault_kinds import FAULT_KINDS, Exchange, Stage
from airflow_provider_allhours.sandbox.routes import ROUTE_NAMES
from airflow_provider_allhours.sandbox.values import MAX_COUNT, Value, number, optional_text, shortened, whole

KINDS = {name: kind.doc for name, kind in FAULT_KINDS.items()}
"""Kind -> what it does."""

METHODS = ("GET", "POST", "PUT", "DELETE")

GENERAL: dict[str, Value] = {
    "route": Value(
        "*",
        f"the name of a route or a pattern that fits one ({', '.join(ROUTE_NAMES)})",
        lambda value: isinstance(value, str) and any(fnmatchcase(name, value) for name in ROUTE_NAMES),
    ),
    "method": Value(
        None,
        f"one of {', '.join(METHODS)}",
        lambda value: value is None or (isinstance(value, str) and value.upper() in METHODS),
    ),
    "match": optional_text(),
    "times": whole(None, MAX_COUNT),
    "after": whole(0, MAX_COUNT),
    "probability": number(1.0, 1.0),
    "seed": whole(0, 2**63 - 1),
}
"""What every kind takes: on which requests it strikes."""


@dataclass
class Fault:
    """One rule.

    Attributes:
        kind: one of :data:`KINDS`.
        route: name of a route, a pattern such as ``*``, or ``token``, which no pattern matches.
        method: only requests of this HTTP method.
        match: only requests whose path or query contains this text.
        times: how often it strikes at most; None for no limit.
        after: how many matching requests it lets pass first.
        probability: chance of each matching request after that, drawn from ``seed``.
        seed: of the chance.
        parameters: those of the kind.
        number: of the rule in its lab, by which it can be ended.
        struck: how many requests it changed.
        seen: how many requests matched.
    """

    kind: str
    route: str = "*"
    method: str | None = None
    match: str | None = None
    times: int | None = None
    after: int = 0
    probability: float = 1.0
    seed: int = 0
    parameters: Mapping[str, Any] = field(default_factory=dict)
    number: int = field(default=0, init=False)
    struck: int = field(default=0, init=False)
    seen: int = field(default=0, init=False)

    def __post_init__(self) -> None:
        self._chance = Random(self.seed)

    def is_due(self, method: str, route: str, target: str) -> bool:
        """Whether this request is to be disturbed; counts it as struck until :meth:`release`."""
        if not self._matches(method, route, target):
            return False
        self.seen += 1
        if self.seen <= self.after or (self.times is not None and self.struck >= self.times):
            return False
        if self._chance.random() >= self.probability:
            return False
        self.struck += 1
        return True

    def release(self) -> None:
        """The request gave the fault nothing to act on."""
        self.struck -= 1

    def _matches(self, method: str, route: str, target: str) -> bool:
        return (
            (route == self.route or (route != "token" and fnmatchcase(route, self.route)))
            and (self.method is None or self.method.upper() == method)
            and (self.match is None or self.match.lower() in target.lower())
        )

    def to_json(self) -> dict[str, Any]:
        """The rule and how often it struck."""
        shown = {entry.name: getattr(self, entry.name) for entry in fields(self) if entry.name != "parameters"}
        return shown | dict(self.parameters)


class DueFaults:
    """The faults that are due for one request.

    Args:
        faults: in the order of their rules.
        struck: counts by kind those that acted.
    """

    def __init__(self, faults: list[Fault], struck: Counter[str]) -> None:
        self._faults = faults
        self._struck = struck

    async def act(self, stage: Stage, exchange: Exchange, *, only_one: bool = False) -> bool:
        """Let the faults of a stage act; whether one did.

        Raises:
            ConnectionCut: a fault dropped the connection.
        """
        has_struck = False
        for fault in [fault for fault in self._faults if FAULT_KINDS[fault.kind].stage is stage]:
            if only_one and has_struck:
                break
            self._faults.remove(fault)
            has_struck |= await self._act(fault, exchange)
        return has_struck

    async def _act(self, fault: Fault, exchange: Exchange) -> bool:
        # Counted first, so that a client that has its answer reads the count that belongs to it.
        self._struck[fault.kind] += 1
        outcome = FAULT_KINDS[fault.kind].act(fault.parameters, exchange)
        if inspect.isawaitable(outcome):
            outcome = await outcome
        if outcome is not False:
            return True
        fault.release()
        self._struck[fault.kind] -= 1
        if not self._struck[fault.kind]:
            del self._struck[fault.kind]
        return False

    def release(self) -> None:
        """Give back what did not get to act."""
        while self._faults:
            self._faults.pop().release()


class FaultLab:
    """The rules in force, in the order in which they were made."""

    def __init__(self) -> None:
        self.faults: list[Fault] = []
        self._numbers = count(1)

    def add(self, rules: list[Any]) -> list[Fault]:
        """Put rules in force; all of them or, where one is wrong, none.

        Raises:
            ValueError: an unknown key or kind, or a value that a key does not take.
        """
        added = [_fault_of(rule) for rule in rules]
        for fault in added:
            fault.number = next(self._numbers)
        self.faults += added
        return added

    def remove(self, number: int) -> None:
        """End one rule.

        Raises:
            ValueError: no rule in force has this number.
        """
        remaining = [fault for fault in self.faults if fault.number != number]
        if len(remaining) == len(self.faults):
            raise ValueError(f"no fault in force has the number {number}")
        self.faults = remaining

    def clear(self) -> None:
        """End all rules."""
        self.faults.clear()

    def due(self, method: str, route: str, target: str, struck: Counter[str]) -> DueFaults:
        """The faults that are due for this request."""
        return DueFaults([fault for fault in self.faults if fault.is_due(method, route, target)], struck)


def _fault_of(rule: Any) -> Fault:
    if not isinstance(rule, dict):
        raise ValueError(f"a fault is a JSON object with a kind, not {shortened(rule)}")
    kind = rule.get("kind")
    if not isinstance(kind, str) or kind not in KINDS:
        raise ValueError(f"kind is {shortened(kind)}; it takes one of {', '.join(KINDS)}")
    own = FAULT_KINDS[kind].parameters
    values = {**GENERAL, **own}
    if unknown := sorted(set(rule) - set(values) - {"kind"}):
        raise ValueError(f"the fault {kind} has no {', '.join(unknown)}; it takes {', '.join(values)}")
    for name in values:
        if name in rule:
            values[name].check(name, rule[name])
    chosen = {name: rule.get(name, value.default) for name, value in values.items()}
    parameters = {name: chosen.pop(name) for name in own}
    return Fault(kind, parameters=parameters, **chosen)
