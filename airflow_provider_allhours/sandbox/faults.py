# SPDX-License-Identifier: Apache-2.0
"""The fault lab: which requests go wrong, how and how often."""

from __future__ import annotations

from dataclasses import dataclass, field, fields
from fnmatch import fnmatchcase
from random import Random
from typing import Any

KINDS = {
    "latency": "answer `ms` later",
    "status": "answer `status` with an error body (401, 403, 404, 409, 500, 503 …)",
    "rate_limit": "answer 429 with Retry-After `seconds`, as a date with `as_date`",
    "revoke": "make every token worthless, then serve",
    "reset": "drop the connection before reading the request",
    "cut_before": "drop the connection without doing what was asked",
    "cut_after": "do what was asked, then drop the connection",
    "truncated": "half of the body with the Content-Length of the whole",
    "truncated_json": "half of the body, its Content-Length correct",
    "slow_body": "trickle the body over `ms`",
    "html": "status 200 and a page of HTML",
    "wrong_shape": "an object where a list is due, a list where an object is due",
    "empty": "status 200 and nothing: no rows",
    "empty_body": "status 200 and zero bytes",
    "missing_day": "leave out the employee-day `date` (default: the last one)",
    "doubled_day": "send an employee-day twice, the second one different with `contradict`",
    "redirect": "302 to `location` (default: another host)",
}


@dataclass
class Fault:
    """One rule.

    Attributes:
        kind: one of :data:`KINDS`.
        route: name of a route, a pattern such as ``*``, or ``token``.
        method: only this HTTP method.
        match: only requests whose path or query holds this text.
        times: so often at most; None for always.
        after: let so many matching requests pass first.
        probability: of each matching request after that, by the lab's own seed.
        seed: of that chance.
    """

    kind: str
    route: str = "*"
    method: str | None = None
    match: str | None = None
    times: int | None = None
    after: int = 0
    probability: float = 1.0
    seed: int = 0
    status: int = 503
    seconds: float = 1
    as_date: bool = False
    ms: int = 1000
    date: str | None = None
    contradict: bool = True
    location: str = "http://127.0.0.2:9/elsewhere"
    struck: int = 0
    seen: int = 0
    _chance: Random = field(default_factory=Random, repr=False)

    def __post_init__(self) -> None:
        if self.kind not in KINDS:
            raise ValueError(f"kind is {self.kind!r}; it takes one of {', '.join(KINDS)}")
        self._chance = Random(self.seed)

    def strikes(self, method: str, route: str, target: str) -> bool:
        """Whether this request is hit; counts it."""
        if not self._concerns(method, route, target):
            return False
        self.seen += 1
        if self.seen <= self.after or (self.times is not None and self.struck >= self.times):
            return False
        if self._chance.random() >= self.probability:
            return False
        self.struck += 1
        return True

    def _concerns(self, method: str, route: str, target: str) -> bool:
        return (
            (route == self.route or (route != "token" and fnmatchcase(route, self.route)))
            and (self.method is None or self.method.upper() == method)
            and (self.match is None or self.match.lower() in target.lower())
        )

    def to_json(self) -> dict[str, Any]:
        """The rule and how often it struck."""
        return {entry.name: getattr(self, entry.name) for entry in fields(self) if not entry.name.startswith("_")}


class FaultLab:
    """The rules in force, in the order they were made."""

    def __init__(self) -> None:
        self.faults: list[Fault] = []

    def add(self, rule: dict[str, Any]) -> Fault:
        """Put a rule in force.

        Raises:
            ValueError: an unknown key or kind.
        """
        known = {entry.name for entry in fields(Fault) if entry.init and not entry.name.startswith("_")}
        if unknown := sorted(set(rule) - known):
            raise ValueError(f"unknown keys {', '.join(unknown)}; known are {', '.join(sorted(known))}")
        if "kind" not in rule:
            raise ValueError(f"kind is missing; it takes one of {', '.join(KINDS)}")
        fault = Fault(**rule)
        self.faults.append(fault)
        return fault

    def clear(self) -> None:
        """No rules."""
        self.faults.clear()

    def striking(self, method: str, route: str, target: str) -> list[Fault]:
        """The rules that hit this request."""
        return [fault for fault in self.faults if fault.strikes(method, route, target)]
