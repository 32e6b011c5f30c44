# SPDX-License-Identifier: Apache-2.0
"""Create absences effectively once, although All Hours has no idempotency key."""

from __future__ import annotations

import time
from collections.abc import Callable, Set
from dataclasses import dataclass

from airflow_provider_allhours.absences.spans import Key, Span, key_of, stored_otherwise
from airflow_provider_allhours.client import AllHoursClient
from airflow_provider_allhours.client.models import REJECTED, Absence, AbsenceDraft
from airflow_provider_allhours.flows import lost_answers
from airflow_provider_allhours.flows.absence_lookup import read_absences
from airflow_provider_allhours.flows.lost_answers import LOST_RESPONSES, MAX_TRIES, look_again
from airflow_provider_allhours.periods import Period


@dataclass(frozen=True)
class Resent:
    """An absence that was sent more than once.

    Attributes:
        draft: what was sent.
        absence_id: the record that counts.
        known_ids: records that existed before.
    """

    draft: AbsenceDraft
    absence_id: str
    known_ids: frozenset[str]


class AbsenceWriter:
    """Creates absences, looks for each lost one before it is sent again, and finds twins of late commits.

    This is *effectively once with a single writer*: if somebody else creates an equal absence at the same time, the
    lookup may return that one, and only one of the two is created.

    Args:
        client: the account.
        pause: blocks for so many seconds; the client's own by default, which ends when the client is stopped.
        max_wait: seconds that are waited at most after a lost response; :data:`lost_answers.MAX_WAIT` by default.

    Attributes:
        stored_otherwise: id of a created absence -> what All Hours stored otherwise than it was sent.
    """

    def __init__(
        self,
        client: AllHoursClient,
        *,
        pause: Callable[[float], None] | None = None,
        max_wait: float | None = None,
    ) -> None:
        self._client = client
        self._pause = pause or client.pause
        self._max_wait = max_wait
        self.stored_otherwise: dict[str, str] = {}
        self._resent: list[Resent] = []
        self._last_lost = 0.0

    def create(
        self,
        draft: AbsenceDraft,
        *,
        known_ids: Set[str],
        was_sent: bool = False,
        before_resend: Callable[[], None] = lambda: None,
    ) -> str:
        """Create an absence; after a lost response wait and look it up before sending it again.

        Args:
            draft: the absence.
            known_ids: ids of records that existed before; the lookup leaves them out.
            was_sent: whether an earlier run may have sent it, so that it is looked up first.
            before_resend: called before anything is sent that was sent before.

        Returns:
            The id of the absence.

        Raises:
            AllHoursTransportError: the client was stopped.
            AllHoursError: All Hours refused it, or after :data:`MAX_TRIES` it is still not known whether it was
                created.
        """
        if was_sent:
            written = find_written(self._client, draft, known_ids)
            if written is not None:
                return written.id
            self._last_lost = time.monotonic()
        for attempt in range(1, MAX_TRIES + 1):
            is_resent = was_sent or attempt > 1
            if is_resent:
                before_resend()
            try:
                created = self._client.create_absence(draft)
                absence_id = created.id
                if difference := stored_otherwise(key_of_draft(draft), created):
                    self.stored_otherwise[absence_id] = difference
            except LOST_RESPONSES as error:
                self._last_lost = time.monotonic()
                found = look_again(
                    self._client,
                    error,
                    attempt,
                    lambda: find_written(self._client, draft, known_ids),
                    pause=self._pause,
                    max_wait=self._max_wait,
                )
                if found is None:
                    if attempt == MAX_TRIES:
                        raise
                    continue
                absence_id = found.id
            if is_resent:
                self._resent.append(Resent(draft, absence_id, frozenset(known_ids)))
            return absence_id
        raise AssertionError("the last try returns or raises")

    def find_twins(self) -> list[Absence]:
        """Second records of absences that were sent more than once: a first request that was committed late.

        Waits until :data:`lost_answers.LATE_COMMIT` after the last lost response, at most ``max_wait``; not at all
        where nothing was sent twice.
        """
        if not self._resent:
            return []
        bound = lost_answers.MAX_WAIT if self._max_wait is None else self._max_wait
        remaining = lost_answers.LATE_COMMIT - (time.monotonic() - self._last_lost)
        self._pause(max(0.0, min(remaining, bound)))
        return [
            absence
            for resent in self._resent
            for absence in read_absences(
                self._client, Period(resent.draft.day, resent.draft.day), [resent.draft.user_id]
            )
            if key_of(absence) == key_of_draft(resent.draft)
            and absence.status != REJECTED
            and absence.id != resent.absence_id
            and absence.id not in resent.known_ids
        ]


def find_written(client: AllHoursClient, draft: AbsenceDraft, known_ids: Set[str]) -> Absence | None:
    """The record with the natural key of a draft that is not among the known ids; None without one."""
    key = key_of_draft(draft)
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


def key_of_draft(draft: AbsenceDraft) -> Key:
    """The natural key of a draft."""
    return Key(draft.user_id, draft.day, draft.absence_definition_id, Span(draft.partial_from, draft.partial_to))
