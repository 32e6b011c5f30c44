# SPDX-License-Identifier: Apache-2.0
"""Find records of creates that All Hours committed after their answer was given up."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from datetime import date

from airflow_provider_allhours.absences.ledger import Ledger
from airflow_provider_allhours.absences.spans import Key, key_of, span_on
from airflow_provider_allhours.absences.step import key_parts
from airflow_provider_allhours.client.models import REJECTED, Absence


def late_records(ledger: Ledger, absences: Iterable[Absence]) -> dict[str, str]:
    """Absences that this provider created without knowing: id -> key of their step.

    An absence is taken for one of these when it has person, day, definition and part of the day of a create without a
    known end, was not there before that was sent, and is not owned.

    Args:
        ledger: what earlier runs wrote.
        absences: the account's absences.
    """
    claimed: dict[Key, list[tuple[str, frozenset[str]]]] = defaultdict(list)
    for (key, definition_id), claim in ledger.claims.items():
        claimed[_natural_key(key, definition_id)].append((key, claim.known))
    if not claimed:
        return {}
    late: dict[str, str] = {}
    for absence in absences:
        if ledger.owns(absence.id) or absence.status == REJECTED:
            continue
        for key, known in claimed.get(key_of(absence), ()):
            if absence.id not in known:
                late[absence.id] = key
    return late


def _natural_key(key: str, definition_id: str) -> Key:
    parts = key_parts(key)
    day = date.fromisoformat(parts.day)
    start, _, end = parts.part.partition("-")
    return Key(parts.user_id, day, definition_id, span_on(day, start, end))
