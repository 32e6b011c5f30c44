# SPDX-License-Identifier: Apache-2.0
"""Create an absence effectively once, although All Hours has no idempotency key."""

from __future__ import annotations

from collections.abc import Callable

from airflow_provider_allhours.absences.spans import Key, Span, key_of
from airflow_provider_allhours.client import AllHoursClient
from airflow_provider_allhours.client.errors import (
    AllHoursContractError,
    AllHoursServerError,
    AllHoursTransportError,
)
from airflow_provider_allhours.client.models import Absence, AbsenceDraft
from airflow_provider_allhours.flows.absence_lookup import read_absences
from airflow_provider_allhours.periods import Period

MAX_TRIES = 6
MAX_PAUSE = 10.0

LOST_RESPONSES = (AllHoursTransportError, AllHoursServerError, AllHoursContractError)
"""Errors after which it is not known whether All Hours wrote the record."""


def write_once(
    client: AllHoursClient,
    draft: AbsenceDraft,
    *,
    known_ids: set[str],
    pause: Callable[[float], None] | None = None,
) -> str:
    """Create an absence; after a lost response look it up before sending it again.

    This is *effectively once with a single writer*: if somebody else creates an equal absence at the same time, the
    lookup may return that one, and only one of the two is created.

    Args:
        client: the account.
        draft: the absence.
        known_ids: ids of records that existed before; the lookup leaves them out.
        pause: blocks for so many seconds; the client's own by default, which ends when the client is stopped.

    Returns:
        The id of the absence.

    Raises:
        AllHoursTransportError: the client was stopped.
        AllHoursError: All Hours refused it, or after :data:`MAX_TRIES` it is still not known whether it was created.
    """
    for attempt in range(1, MAX_TRIES + 1):
        try:
            return client.create_absence(draft).id
        except LOST_RESPONSES:
            # All Hours may still be processing the request, so each pause is longer than the one before.
            (pause or client.pause)(min(0.2 * 2**attempt, MAX_PAUSE))
            written = find_written(client, draft, known_ids)
            if written is not None:
                return written.id
            if attempt == MAX_TRIES:
                raise
    raise AssertionError("the last try returns or raises")


def find_written(client: AllHoursClient, draft: AbsenceDraft, known_ids: set[str]) -> Absence | None:
    """The record with the natural key of a draft that is not among the known ids; None without one."""
    span = Span(draft.partial_from, draft.partial_to)
    key = Key(draft.user_id, draft.day, draft.absence_definition_id, span)
    absences = read_absences(client, Period(draft.day, draft.day), [draft.user_id])
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
