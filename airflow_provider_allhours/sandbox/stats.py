# SPDX-License-Identifier: Apache-2.0
"""Counters of requests, answers, faults, tokens and writes."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import Any


@dataclass
class Stats:
    """Counters since the start or the last reset.

    ``faults`` counts by kind those that had an effect; ``body_bytes`` are those of whole answers, as they were sent.
    """

    requests: Counter[str] = field(default_factory=Counter)
    statuses: Counter[str] = field(default_factory=Counter)
    faults: Counter[str] = field(default_factory=Counter)
    tokens: int = 0
    in_flight: int = 0
    peak_in_flight: int = 0
    writes_accepted: int = 0
    writes_answered: int = 0
    body_bytes: int = 0

    def begin(self, method: str, route: str) -> None:
        """A request came in."""
        self.requests[f"{method} {route}"] += 1
        self.in_flight += 1
        self.peak_in_flight = max(self.peak_in_flight, self.in_flight)

    def end(self, status: int | None) -> None:
        """A request is over; without a status its connection was dropped."""
        self.in_flight -= 1
        self.statuses[str(status) if status else "cut"] += 1

    def reset(self) -> None:
        """Count from zero; requests in flight stay counted as such."""
        in_flight = self.in_flight
        self.__init__()  # type: ignore[misc]  # a new object in place
        self.in_flight = self.peak_in_flight = in_flight

    def to_json(self) -> dict[str, Any]:
        """The counters as JSON."""
        return {
            "requests": dict(sorted(self.requests.items())),
            "total": sum(self.requests.values()),
            "statuses": dict(sorted(self.statuses.items())),
            "faults": dict(sorted(self.faults.items())),
            "tokens": self.tokens,
            "in_flight": self.in_flight,
            "peak_in_flight": self.peak_in_flight,
            "writes_accepted": self.writes_accepted,
            "writes_answered": self.writes_answered,
            "body_bytes": self.body_bytes,
        }
