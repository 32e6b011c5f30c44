# SPDX-License-Identifier: Apache-2.0
"""What happened to the absences between two looks."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

import msgspec

from airflow_provider_allhours.client.models import Absence
from airflow_provider_allhours.periods import Period

CREATED, CHANGED, REMOVED = "created", "changed", "removed"


@dataclass(frozen=True)
class Snapshot:
    """The absences of a window at one moment: no names, no comments, only what tells a change.

    Attributes:
        window: the days that were looked at.
        seen: absence id -> (day, user id, status, checksum).
    """

    window: Period
    seen: Mapping[str, tuple[str, str, str, str]]

    @classmethod
    def of(cls, absences: Iterable[Absence], window: Period) -> Snapshot:
        """What these absences look like."""
        return cls(
            window,
            {
                absence.id: (absence.day.isoformat(), absence.user_id, absence.status_name, _checksum(absence))
                for absence in absences
            },
        )

    def to_json(self) -> dict[str, Any]:
        """Plain JSON, for a checkpoint."""
        return {"window": self.window.to_json(), "seen": {key: list(value) for key, value in self.seen.items()}}

    @classmethod
    def from_json(cls, stored: Mapping[str, Any]) -> Snapshot:
        """A snapshot read back."""
        window = Period(date.fromisoformat(stored["window"]["from"]), date.fromisoformat(stored["window"]["to"]))
        return cls(window, {key: (str(a), str(b), str(c), str(d)) for key, (a, b, c, d) in stored["seen"].items()})


def changes_between(before: Snapshot, after: Snapshot) -> Iterator[dict[str, str]]:
    """One plain dict per created, changed or removed absence, in the order of days and ids.

    A day that only entered or left the window tells nothing: its absences were not looked at both times.
    """
    ids = sorted({*before.seen, *after.seen}, key=lambda key: ((after.seen.get(key) or before.seen[key])[0], key))
    for absence_id in ids:
        old, new = before.seen.get(absence_id), after.seen.get(absence_id)
        if old is None and new is not None and date.fromisoformat(new[0]) in before.window:
            yield _event(CREATED, absence_id, new)
        elif new is None and old is not None and date.fromisoformat(old[0]) in after.window:
            yield _event(REMOVED, absence_id, old)
        elif old is not None and new is not None and old[3] != new[3]:
            yield _event(CHANGED, absence_id, new)


def _event(change: str, absence_id: str, seen: tuple[str, str, str, str]) -> dict[str, str]:
    day, user_id, status, _ = seen
    return {"change": change, "absence_id": absence_id, "user_id": user_id, "date": day, "status": status}


def _checksum(absence: Absence) -> str:
    said = json.dumps(msgspec.structs.asdict(absence), default=str, sort_keys=True)
    return hashlib.sha256(said.encode()).hexdigest()[:16]
