# SPDX-License-Identifier: Apache-2.0
"""Triggers that wait for a decision on an absence and watch absences for changes."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Hashable, Mapping
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any

from airflow.triggers.base import BaseEventTrigger, TriggerEvent

from airflow_provider_allhours.absences.changes import Snapshot, changes_between
from airflow_provider_allhours.client import AllHoursClient
from airflow_provider_allhours.client.errors import AllHoursError
from airflow_provider_allhours.hooks.allhours import AllHoursHook
from airflow_provider_allhours.periods import Period, local_date
from airflow_provider_allhours.task_utils.coerce import positive_number, whole_number
from airflow_provider_allhours.task_utils.wait_state import WaitState
from airflow_provider_allhours.triggers.base import AllHoursPollingTrigger
from airflow_provider_allhours.triggers.checkpoint import Checkpoint
from airflow_provider_allhours.triggers.threads import in_own_thread

log = logging.getLogger(__name__)

MAX_FAILURES = 5
"""Failed polls in a row after which the watcher raises."""

FEW = 3
"""Absences that may all be removed between two polls; of more an empty list is believed when it comes twice."""

MAX_PAUSE = 3600.0
"""Seconds after which the watcher polls again, however long a Retry-After is."""


class AllHoursAbsenceDecidedTrigger(AllHoursPollingTrigger):
    """Waits until an absence is no longer pending; see :class:`AllHoursPollingTrigger`.

    Args:
        absence_id: the absence.
        allhours_conn_id: connection of type ``allhours``.
        poke_interval: seconds between two polls.
        deadline: seconds since the epoch.
        state: what the task knows of its polls so far.
    """

    def __init__(
        self,
        *,
        absence_id: str,
        allhours_conn_id: str,
        poke_interval: float,
        deadline: float,
        state: Mapping[str, Any] | None = None,
    ) -> None:
        super().__init__(allhours_conn_id=allhours_conn_id, poke_interval=poke_interval, deadline=deadline, state=state)
        self.absence_id = absence_id

    def question(self) -> dict[str, Any]:
        """The absence's id."""
        return {"absence_id": self.absence_id}

    def poll(self, client: AllHoursClient, probe: AllHoursClient) -> bool:
        """Whether the absence is decided."""
        return probe.absence(self.absence_id).is_decided


class AllHoursAbsenceChangesTrigger(BaseEventTrigger):
    """For an ``AssetWatcher``: one event per absence that was created, changed or removed.

    The payload is ``{"change": "created" | "changed" | "removed", "absence_id", "user_id", "date", "status"}``: ids and
    dates, no names and no reasons.

    **Delivery.** All Hours has no list of changes, so each poll reads the absences from ``lookback_days`` before to
    ``lookahead_days`` after the company's day and compares them with the previous poll. Two changes of an absence
    between two polls are one event; an absence that is created and removed between two polls is none; changes outside
    the window are not reported. On Airflow 3.3 the last poll is kept in the asset's state store after its events were
    handed over: a restarted triggerer continues from there, and may repeat the events of its last poll (*at least
    once*). Without a store (earlier versions of Airflow, or one watcher of several assets) the first poll is only what
    the next is compared with, and changes made while no triggerer ran are not reported (*at most once* across a
    restart).

    An empty list after one of several absences is believed when the next poll is empty, too: a server that loses its
    list for a moment would else tell each absence as removed and as created again.

    **Cost.** Up to three GETs per poll: the window and its halves, which have to agree. On Airflow 3.3 all watchers
    with the same arguments share a poll.

    **Failure.** The error is raised after five failed polls in a row, a permanent one (400, 401, 403, 404) after three,
    and at once where no poll succeeded before: the triggerer logs it, and Airflow starts the watcher again.

    Args:
        conn_id: connection of type ``allhours``.
        poll_interval: seconds between two polls.
        lookback_days: days before the company's day.
        lookahead_days: days after it.

    Raises:
        AllHoursParameterError: a parameter is not a number, ``poll_interval`` is not above 0, or one of the others is
            below 0.
    """

    def __init__(
        self,
        conn_id: str = AllHoursHook.default_conn_name,
        poll_interval: float = 60.0,
        lookback_days: int = 31,
        lookahead_days: int = 92,
    ) -> None:
        super().__init__()
        self.conn_id = conn_id
        self.poll_interval = positive_number("poll_interval", poll_interval)
        self.lookback_days = whole_number("lookback_days", lookback_days, minimum=0)
        self.lookahead_days = whole_number("lookahead_days", lookahead_days, minimum=0)

    def serialize(self) -> tuple[str, dict[str, Any]]:
        """Class path and plain JSON."""
        return f"{type(self).__module__}.{type(self).__qualname__}", {
            "conn_id": self.conn_id,
            "poll_interval": self.poll_interval,
            "lookback_days": self.lookback_days,
            "lookahead_days": self.lookahead_days,
        }

    def shared_stream_key(self) -> Hashable | None:
        """Watchers with the same arguments share one poll (Airflow 3.3)."""
        return (type(self).__qualname__, *self.serialize()[1].values())

    @classmethod
    async def open_shared_stream(cls, kwargs: dict[str, Any]) -> AsyncIterator[Any]:
        """One snapshot per poll, for every watcher that shares it."""
        async for snapshot in cls(**kwargs)._snapshots():
            yield snapshot

    async def filter_shared_stream(self, shared_stream: AsyncIterator[Any]) -> AsyncIterator[TriggerEvent]:
        """The changes since this watcher's own previous snapshot."""
        # Airflow 3.3 sets the attribute on a watcher before it runs it; earlier versions know none.
        checkpoint = Checkpoint(getattr(self, "asset_state_store", None))
        before = await checkpoint.load()
        is_doubted = False
        async for snapshot in shared_stream:
            if before is not None and not snapshot.seen and len(before.seen) >= FEW and not is_doubted:
                log.warning("A poll found none of %d absences; the next one decides", len(before.seen))
                is_doubted = True
                continue
            is_doubted = False
            if before is not None:
                for change in changes_between(before, snapshot):
                    yield TriggerEvent(change)
            if before != snapshot:
                await checkpoint.save(snapshot)
            before = snapshot

    async def run(self) -> AsyncIterator[TriggerEvent]:
        """The changes between polls of this watcher alone, where Airflow has no shared streams."""
        async for event in self.filter_shared_stream(self._snapshots()):
            yield event

    async def _snapshots(self) -> AsyncIterator[Snapshot]:
        hook = AllHoursHook(self.conn_id)
        client = await hook.aclient(retry_attempts=1)
        state = WaitState()
        failures = 0
        try:
            while True:
                try:
                    snapshot = await in_own_thread(partial(self._poll, client, hook.timezone or "UTC"))
                except AllHoursError as error:
                    failures += 1
                    if not state.failed(error) or failures >= MAX_FAILURES:
                        raise
                    log.warning("Poll %d of at most %d in a row failed: %s", failures, MAX_FAILURES, error)
                else:
                    failures = 0
                    state.succeeded()
                    yield snapshot
                await asyncio.sleep(state.pause(self.poll_interval, max(self.poll_interval, MAX_PAUSE)))
        finally:
            # Also where the watcher is cancelled: the poll's thread cannot be, but its client sends nothing more.
            client.stop()
            client.close()

    def _poll(self, client: AllHoursClient, timezone: str) -> Snapshot:
        today = local_date(datetime.now(UTC), timezone)
        window = Period(today - timedelta(days=self.lookback_days), today + timedelta(days=self.lookahead_days))
        return Snapshot.of(client.absences(window.date_from, window.date_to), window)
