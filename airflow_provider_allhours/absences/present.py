# SPDX-License-Identifier: Apache-2.0
"""Index the absences of an account in a period by id and by employee-day."""

from __future__ import annotations

import hashlib
import json
from collections import defaultdict
from collections.abc import Iterable

from airflow_provider_allhours.absences.spans import Key, key_of
from airflow_provider_allhours.client.models import Absence


class PresentAbsences:
    """The account's absences of a period.

    Args:
        absences: the records, in any order.

    Attributes:
        by_id: absence id -> record.
    """

    def __init__(self, absences: Iterable[Absence]) -> None:
        self.by_id = {absence.id: absence for absence in absences}
        self._by_day: dict[tuple[str, str], list[Absence]] = defaultdict(list)
        for absence in self.by_id.values():
            self._by_day[absence.user_id, absence.day.isoformat()].append(absence)

    def on(self, user_id: str, day: str) -> list[Absence]:
        """The records of a user on a day (``YYYY-MM-DD``)."""
        return self._by_day.get((user_id, day), [])

    def with_ids(self, ids: Iterable[str]) -> list[Absence]:
        """The records with these ids, without those that are gone."""
        return [self.by_id[identifier] for identifier in ids if identifier in self.by_id]

    def checksums_on(self, user_id: str, day: str, further_id: str | None = None) -> tuple[tuple[str, str], ...]:
        """Id and checksum of each record of a user on a day and of one further record, sorted by id."""
        records = {absence.id: absence for absence in self.on(user_id, day)}
        if further_id in self.by_id:
            records[further_id] = self.by_id[further_id]
        return tuple(sorted((absence.id, checksum(absence)) for absence in records.values()))


def checksum(absence: Absence) -> str:
    """Checksum of the fields of a record that a plan depends on: natural key, status and comment.

    A plan stores this checksum instead of the comment, which may contain a diagnosis.
    """
    fields = (*_key_fields(key_of(absence)), absence.status, absence.comment)
    return hashlib.sha256(json.dumps(fields).encode()).hexdigest()[:16]


def _key_fields(key: Key) -> tuple[str | None, ...]:
    start, end = key.span.start, key.span.end
    return (
        key.user_id,
        key.day.isoformat(),
        key.definition_id,
        start.isoformat() if start else None,
        end.isoformat() if end else None,
    )
