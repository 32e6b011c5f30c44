# SPDX-License-Identifier: Apache-2.0
"""Write one absence effectively once, although All Hours has no idempotency key."""

from __future__ import annotations

import time
from collections.abc import Callable

from airflow_provider_allhours.absences.spans import Key, Span, key_of
from airflow_provider_allhours.client import AllHoursClient
from airflow_provider_allhours.client.errors import (
    AllHoursContractError,
    AllHoursServerError,
    AllHoursTransportError,
)
from airflow_provider_allhours.client.models import Absence, AbsenceDraft

MAX_TRIES = 6
MAX_PAUSE = 10.0

LOST_RESPONSES = (AllHoursTransportError, AllHoursServerError, AllHoursContractError)
"""After these it is not known whether the absence was written."""


def write_once(
    client: AllHoursClient,
    draft: AbsenceDraft,
    *,
    known_ids: set[str],
    sleep: Callable[[float], None] = time.sleep,
) -> str:
    """Create an absence; after a lost response look for it before it is sent again.

    That is *effectively once with a single writer*: if somebody else writes the same absence at the same time, the
    record that is found may be theirs, and one of the two is not written.

    Args:
        client: the account.
        draft: what to write.
        known_ids: ids of the day's records that were there before; none of them is the new one.
        sleep: replaceable in tests.

    Returns:
        The id of the absence.

    Raises:
        AllHoursError: refused, or still unknown after :data:`MAX_TRIES`.
    """
    for attempt in range(1, MAX_TRIES + 1):
        try:
            return client.create_absence(draft).id
        except LOST_RESPONSES:
            # All Hours may still be working on the request: wait longer after each try.
            sleep(min(0.2 * 2**attempt, MAX_PAUSE))
            written = find_written(client, draft, known_ids)
            if written is not None:
                return written.id
            if attempt == MAX_TRIES:
                raise
    raise AssertionError("the last try returns or raises")


def find_written(client: AllHoursClient, draft: AbsenceDraft, known_ids: set[str]) -> Absence | None:
    """The record of the draft's natural key that was not there before."""
    span = Span(draft.partial_from, draft.partial_to)
    key = Key(draft.user_id, draft.day, draft.absence_definition_id, span)
    absences = client.absences(draft.day, draft.day)
    return next((absence for absence in absences if key_of(absence) == key and absence.id not in known_ids), None)


def draft_of(key: Key, comment: str | None) -> AbsenceDraft:
    """The draft of an absence with this natural key."""
    return AbsenceDraft(
        user_id=key.user_id,
        absence_definition_id=key.definition_id,
        day=key.day,
        comment=comment,
        partial_from=key.span.start,
        partial_to=key.span.end,
    )
