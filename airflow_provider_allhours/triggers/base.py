# SPDX-License-Identifier: Apache-2.0
"""Base of the triggers that sensors defer to: poll until there is an answer or the deadline has passed."""

from __future__ import annotations

import asyncio
import logging
import time
from abc import abstractmethod
from collections.abc import AsyncIterator
from typing import Any

from airflow.triggers.base import BaseTrigger, TriggerEvent

from airflow_provider_allhours.client import AllHoursClient
from airflow_provider_allhours.client.errors import AllHoursError
from airflow_provider_allhours.hooks.allhours import AllHoursHook
from airflow_provider_allhours.task_utils.trigger_events import ANSWERED, DEADLINE, failed_event

log = logging.getLogger(__name__)

MIN_PAUSE = 0.1
"""Seconds between two polls at least, however small ``poke_interval`` is."""


class AllHoursPollingTrigger(BaseTrigger):
    """Polls (GET only) until there is an answer, the deadline has passed or an error is permanent.

    The event says only which of the three it was; the task then polls once more itself. Every poll runs in a thread, so
    that it never blocks the triggerer's event loop. An error that is not permanent is logged, and the poll is repeated
    after ``poke_interval`` or the server's Retry-After, whichever is longer, up to the deadline. A trigger may run
    twice at once and may be restarted at any time, because it has no state.

    Args:
        allhours_conn_id: connection of type ``allhours``.
        poke_interval: seconds between two polls.
        deadline: seconds since the epoch; a point in time, so that a restarted triggerer does not extend it.
    """

    def __init__(self, *, allhours_conn_id: str, poke_interval: float, deadline: float) -> None:
        super().__init__()
        self.allhours_conn_id = allhours_conn_id
        self.poke_interval = poke_interval
        self.deadline = deadline

    def serialize(self) -> tuple[str, dict[str, Any]]:
        """Class path and keyword arguments, as plain JSON."""
        trigger_class = type(self)
        return f"{trigger_class.__module__}.{trigger_class.__qualname__}", {
            "allhours_conn_id": self.allhours_conn_id,
            "poke_interval": self.poke_interval,
            "deadline": self.deadline,
            **self.question(),
        }

    @abstractmethod
    def question(self) -> dict[str, Any]:
        """The keyword arguments of the subclass, as plain JSON."""

    @abstractmethod
    def poll(self, client: AllHoursClient, probe: AllHoursClient) -> bool:
        """Whether there is an answer; blocks.

        Args:
            client: repeats failed requests as the connection says.
            probe: sends each request once. A poll begins with it, so that a failing API gets one request per poll.
        """

    async def run(self) -> AsyncIterator[TriggerEvent]:
        """Poll until the end; yields one event."""
        try:
            hook = AllHoursHook(self.allhours_conn_id)
            client, probe = await hook.aget_conn(), await hook.aclient(retry_attempts=1)
        except AllHoursError as error:
            yield self._event(failed_event(error))
            return
        try:
            yield self._event(await self._outcome(client, probe))
        finally:
            client.close()
            probe.close()

    def _event(self, outcome: dict[str, Any]) -> TriggerEvent:
        return TriggerEvent({**outcome, "deadline": self.deadline})

    async def _outcome(self, client: AllHoursClient, probe: AllHoursClient) -> dict[str, Any]:
        while True:
            retry_after = 0.0
            try:
                if await asyncio.to_thread(self.poll, client, probe):
                    return {"status": ANSWERED}
            except AllHoursError as error:
                if error.is_permanent:
                    return failed_event(error)
                log.warning("The poll failed and will be repeated: %s", error)
                retry_after = getattr(error, "retry_after", None) or 0.0
            left = self.deadline - time.time()
            if left <= 0:
                return {"status": DEADLINE}
            await asyncio.sleep(min(max(self.poke_interval, retry_after, MIN_PAUSE), left))
            if retry_after > left:
                # The server does not want another request before the deadline.
                return {"status": DEADLINE}
