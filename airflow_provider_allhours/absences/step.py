# SPDX-License-Identifier: Apache-2.0
"""The step of a plan: one row of leave, for one person on one day and part of the day."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, NamedTuple

from airflow_provider_allhours.absences.ledger import CREATE, DELETE, UPDATE
from airflow_provider_allhours.absences.spans import Key, Span

UNCHANGED, CONFLICT, UNKNOWN = "unchanged", "conflict", "unknown"
OUTCOMES = (CREATE, UPDATE, DELETE, UNCHANGED, CONFLICT, UNKNOWN)


class KeyParts(NamedTuple):
    """The parts of a step's key; all but ``identity`` are empty for a row that is unknown."""

    identity: str
    user_id: str
    day: str
    part: str


def step_key(identity: str, user_id: str = "", day: str = "", span: Span | None = None) -> str:
    """The key of a step: ``<identity of the row>@<user id>@<date>@<part of the day>``.

    One external id may cover several people and several parts of a day, so the identity of the row alone is no key.

    Args:
        identity: identity of the row.
        user_id: whose absence.
        day: ``YYYY-MM-DD``.
        span: the part of the day; a whole day is empty in the key.
    """
    part = f"{span.start:%H:%M}-{span.end:%H:%M}" if span and span.start and span.end else ""
    return "@".join((identity, user_id, day, part))


def key_parts(key: str) -> KeyParts:
    """Split a key; the identity may itself contain ``@``."""
    identity, *rest = key.rsplit("@", 3)
    user_id, day, part = (*rest, "", "", "")[:3]
    return KeyParts(identity, user_id, day, part)


@dataclass(frozen=True, slots=True)
class Step:
    """One line of a plan: a row of the source on one day, and its action.

    Attributes:
        action: one of :data:`OUTCOMES`.
        key: row, person, day and part of the day, as in the ledger; see :func:`step_key`.
        row: number of the row in the source, from 1; 0 for a deletion.
        reason: why nothing is written (``conflict``, ``unknown``).
        seen: the records of the employee-day when the plan was made: ``[[absence id, checksum], …]``.
    """

    action: str
    key: str
    row: int
    external_id: str = ""
    user_id: str = ""
    employee_id: str = ""
    day: str = ""
    definition_id: str = ""
    definition: str = ""
    partial_from: str | None = None
    partial_to: str | None = None
    comment: str | None = None
    absence_id: str | None = None
    reason: str = ""
    seen: tuple[tuple[str, str], ...] = ()

    @property
    def is_write(self) -> bool:
        """Whether it writes to All Hours."""
        return self.action in (CREATE, UPDATE, DELETE)

    @property
    def natural_key(self) -> Key:
        """The natural key of the absence that it creates or updates."""
        start = datetime.fromisoformat(self.partial_from) if self.partial_from else None
        end = datetime.fromisoformat(self.partial_to) if self.partial_to else None
        return Key(self.user_id, date.fromisoformat(self.day), self.definition_id, Span(start, end))

    def to_json(self) -> dict[str, object]:
        """The step as a line of the plan, without empty fields."""
        return {name: value for name in self.__slots__ if (value := getattr(self, name)) not in (None, "", (), 0)}

    @classmethod
    def from_json(cls, line: Mapping[str, Any]) -> Step:
        """Read a step from a line of the plan."""
        seen = tuple((str(identifier), str(checksum)) for identifier, checksum in line.get("seen", ()))
        return cls(**{"row": 0, **line, "seen": seen})
