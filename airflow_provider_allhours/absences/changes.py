# SPDX-License-Identifier: Apache-2.0
"""Find the absences that were created, changed or removed between two reads of a window of days."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any, TypedDict

import msgspec

from airflow_provider_allhours.client.models import Absence
from airflow_provider_allhours.periods import Period

CREATED, CHANGED, REMOVED = "created", "changed", "removed"


class AbsenceChange(TypedDict):
    """One change: ``change`` is ``created``, ``changed`` or ``removed``, ``date`` is ``YYYY-MM-DD``."""

    change: str
    absence_id: str
    user_id: str
    date: str
    status: str


@dataclass(frozen=True)
class Snapshot:
    """The absences that one read of a window returned, without names and comments.

    Attributes:
        window: the days that were read.
        seen: absence id -> (day, user id, status, checksum).
    """

    window: Period
    seen: Mapping[str, tuple[str, str, str, str]]

    @classmethod
    def of(cls, absences: Iterable[Absence], window: Period) -> Snapshot:
        """Take a snapshot of the absences of a window."""
        return cls(
            window,
            {
                absence.id: (absence.day.isoformat(), absence.user_id, absence.status_name, _checksum(absence))
                for absence in absences
            },
        )

    def to_json(self) -> dict[str, object]:
        """The snapshot as plain JSON, for a checkpoint."""
        return {"window": self.window.to_json(), "seen": {key: list(value) for key, value in self.seen.items()}}

    @classmethod
    def from_json(cls, stored: Mapping[str, Any]) -> Snapshot:
        """Read a snapshot from a checkpoint."""
        return cls(
            Period.from_json(stored["window"]),
            {key: (str(a), str(b), str(c), str(d)) for key, (a, b, c, d) in stored["seen"].items()},
        )


def changes_between(before: Snapshot, after: Snapshot) -> Iterator[AbsenceChange]:
    """The created, changed and removed absences, by day and id.

    On a day that is in only one of the two windows no absence is reported as created or removed, because the other
    read did not cover it.
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


def _event(change: str, absence_id: str, seen: tuple[str, str, str, str]) -> AbsenceChange:
    day, user_id, status, _ = seen
    return {"change": change, "absence_id": absence_id, "user_id": user_id, "date": day, "status": status}


def _checksum(absence: Absence) -> str:
    record = json.dumps(msgspec.structs.asdict(absence), default=str, sort_keys=True)
    return hashlib.sha256(record.encode()).hexdigest()[:16]
