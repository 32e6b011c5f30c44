# SPDX-License-Identifier: Apache-2.0
"""Look again and again until there is an answer or the deadline: the base of the triggers that tasks defer to."""

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
from airflow_provider_allhours.task_utils.trigger_events import ANSWERED, DEADLINE, IN_VAIN, failed_event

log = logging.getLogger(__name__)

MIN_PAUSE = 0.1


class AllHoursPollingTrigger(BaseTrigger):
    """Reads (GET only) until what is waited for is there, the deadline has passed, or waiting is in vain.

    The event says only which of the three it was; the task looks once more itself and tells what it saw. Every look
    runs in a thread, every branch sleeps, a Retry-After is honoured, and a refusal that no waiting mends ends it at
    once. Anything transient is logged and tried again after a pause. A trigger may run twice at once and may be started
    anew at any time: it keeps nothing.

    Args:
        allhours_conn_id: connection of type ``allhours``.
        poke_interval: seconds between two looks.
        deadline: seconds since the epoch; absolute, so that a restart of the triggerer does not prolong it.
    """

    def __init__(self, *, allhours_conn_id: str, poke_interval: float, deadline: float) -> None:
        super().__init__()
        self.allhours_conn_id = allhours_conn_id
        self.poke_interval = poke_interval
        self.deadline = deadline

    def serialize(self) -> tuple[str, dict[str, Any]]:
        """Class path and plain JSON."""
        kind = type(self)
        return f"{kind.__module__}.{kind.__qualname__}", {
            "allhours_conn_id": self.allhours_conn_id,
            "poke_interval": self.poke_interval,
            "deadline": self.deadline,
            **self.question(),
        }

    @abstractmethod
    def question(self) -> dict[str, Any]:
        """What is waited for, as the keyword arguments of the class."""

    @abstractmethod
    def poll(self, client: AllHoursClient, probe: AllHoursClient) -> bool:
        """Whether it is there; blocks.

        Args:
            client: repeats failed requests as the connection says.
            probe: sends each request once; the first request of a look is its own, so that a broken API costs one
                request per look.
        """

    async def run(self) -> AsyncIterator[TriggerEvent]:
        """Look, sleep, look again; one event at the end."""
        try:
            hook = AllHoursHook(self.allhours_conn_id)
            client, probe = await hook.aget_conn(), await hook.aclient(retry_attempts=1)
        except AllHoursError as error:
            yield TriggerEvent(self._event(failed_event(error)))
            return
        try:
            yield TriggerEvent(self._event(await self._answer(client, probe)))
        finally:
            client.close()
            probe.close()

    def _event(self, outcome: dict[str, Any]) -> dict[str, Any]:
        return {**outcome, "deadline": self.deadline}

    async def _answer(self, client: AllHoursClient, probe: AllHoursClient) -> dict[str, Any]:
        while True:
            asked_pause = 0.0
            try:
                if await asyncio.to_thread(self.poll, client, probe):
                    return {"status": ANSWERED}
            except IN_VAIN as error:
                return failed_event(error)
            except AllHoursError as error:
                log.warning("The look failed and is repeated later: %s", error)
                asked_pause = getattr(error, "retry_after", None) or 0.0
            left = self.deadline - time.time()
            if left <= 0:
                return {"status": DEADLINE}
            await asyncio.sleep(min(max(self.poke_interval, asked_pause, MIN_PAUSE), left))
            if asked_pause > left:
                # The server does not want to be asked again before the deadline.
                return {"status": DEADLINE}
