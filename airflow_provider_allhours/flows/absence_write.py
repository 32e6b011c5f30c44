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

LOST_ANSWERS = (AllHoursTransportError, AllHoursServerError, AllHoursContractError)
"""After these nobody here knows whether the absence was written."""


def write_once(
    client: AllHoursClient,
    draft: AbsenceDraft,
    *,
    known_ids: set[str],
    sleep: Callable[[float], None] = time.sleep,
) -> str:
    """Create an absence; after a lost answer look for it before it is sent again.

    That is *effectively once with a single writer*: if somebody else writes the same absence in the same moments, the
    record found may be theirs, and one of the two is not written.

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
        except LOST_ANSWERS:
            # The request may still be under way inside All Hours: give it a moment, more each time.
            sleep(min(0.2 * 2**attempt, MAX_PAUSE))
            found = find_written(client, draft, known_ids)
            if found is not None:
                return found.id
            if attempt == MAX_TRIES:
                raise
    raise AssertionError("the last try returns or raises")


def find_written(client: AllHoursClient, draft: AbsenceDraft, known_ids: set[str]) -> Absence | None:
    """The record of the draft's natural key that was not there before."""
    wanted = key_of_draft(draft)
    present = client.absences(draft.day, draft.day)
    return next((found for found in present if key_of(found) == wanted and found.id not in known_ids), None)


def key_of_draft(draft: AbsenceDraft) -> Key:
    """The natural key of what is to be written."""
    span = Span(draft.partial_from, draft.partial_to)
    return Key(draft.user_id, draft.day, draft.absence_definition_id, span)
