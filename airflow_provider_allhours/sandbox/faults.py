# SPDX-License-Identifier: Apache-2.0
"""The fault lab: which requests are disturbed, how and how often."""

from __future__ import annotations

import inspect
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from fnmatch import fnmatchcase
from random import Random
from typing import Any

from airflow_provider_allhours.sandbox.fault_kinds import FAULT_KINDS, Exchange, Stage

KINDS = {name: kind.doc for name, kind in FAULT_KINDS.items()}
"""Kind -> what it does."""

_PARAMETERS = {name: value for kind in FAULT_KINDS.values() for name, value in kind.parameters.items()}


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

    def add(self, rule: dict[str, Any]) -> Fault:
        """Put a rule in force.

        Raises:
            ValueError: an unknown key or kind, or a value of the wrong type.
        """
        general = {entry.name: entry.default for entry in fields(Fault) if entry.init and entry.name != "parameters"}
        if unknown := sorted(set(rule) - set(general) - set(_PARAMETERS)):
            known = ", ".join(sorted({*general, *_PARAMETERS}))
            raise ValueError(f"unknown keys {', '.join(unknown)}; known are {known}")
        if rule.get("kind") not in KINDS:
            raise ValueError(f"kind is {rule.get('kind')!r}; it takes one of {', '.join(KINDS)}")
        for name in set(rule) - {"kind"}:
            _check_value(name, rule[name], {**_PARAMETERS, **general}[name])
        defaults = FAULT_KINDS[rule["kind"]].parameters
        parameters = {name: rule.get(name, default) for name, default in defaults.items()}
        fault = Fault(**{name: rule[name] for name in general if name in rule}, parameters=parameters)
        self.faults.append(fault)
        return fault

    def clear(self) -> None:
        """End all rules."""
        self.faults.clear()

    def due(self, method: str, route: str, target: str, struck: Counter[str]) -> DueFaults:
        """The faults that are due for this request."""
        return DueFaults([fault for fault in self.faults if fault.is_due(method, route, target)], struck)


def _check_value(name: str, value: Any, default: Any) -> None:
    """Hold a value against the type of its default; None stands for a text that may be absent."""
    if value is None and default is None:
        return
    if name == "times":
        default = 0
    if default is None or isinstance(default, str):
        is_right, expected = isinstance(value, str), "a text"
    elif isinstance(default, bool):
        is_right, expected = isinstance(value, bool), "true or false"
    else:
        types = int | float if isinstance(default, float) else int
        is_right = isinstance(value, types) and not isinstance(value, bool) and value >= 0
        expected = "a number from 0" if isinstance(default, float) else "a whole number from 0"
    if not is_right:
        raise ValueError(f"{name} takes {expected}, not {value!r}")
