# SPDX-License-Identifier: Apache-2.0
"""Base of the triggers that sensors defer to: poll until there is an answer or the deadline has passed."""

from __future__ import annotations

import asyncio
import logging
import time
from abc import abstractmethod
from collections.abc import AsyncIterator, Mapping
from typing import Any

from airflow.triggers.base import BaseTrigger, TriggerEvent

from airflow_provider_allhours.client import AllHoursClient
from airflow_provider_allhours.client.errors import AllHoursError
from airflow_provider_allhours.hooks.allhours import AllHoursHook
from airflow_provider_allhours.task_utils.trigger_events import ANSWERED, DEADLINE, failed_event
from airflow_provider_allhours.task_utils.wait_state import WaitState
from airflow_provider_allhours.triggers.threads import in_own_thread

log = logging.getLogger(__name__)


class AllHoursPollingTrigger(BaseTrigger):
    """Polls (GET only) until there is an answer, the deadline has passed or an error ends the wait.

    The event says only which of the three it was; the task then polls once more itself. The task polls before it
    defers, too, so that the trigger pauses before its first poll. Every poll runs in a thread, so that it never blocks
    the triggerer's event loop, and is cut at the deadline and when the trigger is cancelled. A poll that fails is
    repeated after ``poke_interval`` or the server's Retry-After, whichever is longer, up to the deadline; a refusal
    (400, 401, 403, 404) ends the wait as :class:`~airflow_provider_allhours.task_utils.wait_state.WaitState` says. A
    trigger may run twice at once and may be restarted at any time: it begins again with the state that the task gave
    it.

    Args:
        allhours_conn_id: connection of type ``allhours``.
        poke_interval: seconds between two polls.
        deadline: seconds since the epoch; a point in time, so that a restarted triggerer does not extend it.
        state: what the task knows of its polls so far, as ``WaitState.to_json()``; nothing when None.
    """

    def __init__(
        self, *, allhours_conn_id: str, poke_interval: float, deadline: float, state: Mapping[str, Any] | None = None
    ) -> None:
        super().__init__()
        self.allhours_conn_id = allhours_conn_id
        self.poke_interval = poke_interval
        self.deadline = deadline
        self.state = dict(state) if state else None

    def serialize(self) -> tuple[str, dict[str, Any]]:
        """Class path and keyword arguments, as plain JSON."""
        trigger_class = type(self)
        return f"{trigger_class.__module__}.{trigger_class.__qualname__}", {
            "allhours_conn_id": self.allhours_conn_id,
            "poke_interval": self.poke_interval,
            "deadline": self.deadline,
            "state": self.state,
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
        state = WaitState.from_json(self.state)
        try:
            hook = AllHoursHook(self.allhours_conn_id)
            left = max(self.deadline - time.time(), 0.0)
            client = await hook.aclient(retry_seconds=left)
            probe = await hook.aclient(retry_attempts=1, retry_seconds=left)
        except AllHoursError as error:
            yield self._event(failed_event(error), state)
            return
        try:
            yield self._event(await self._outcome(client, probe, state), state)
        finally:
            # Also where the trigger is cancelled: the poll's thread cannot be, but its client sends nothing more.
            _end(client, probe)

    def _event(self, outcome: dict[str, Any], state: WaitState) -> TriggerEvent:
        refusals = {"refusals": state.refusals} if state.refusals else {}
        return TriggerEvent({**outcome, **refusals, "deadline": self.deadline})

    async def _outcome(self, client: AllHoursClient, probe: AllHoursClient, state: WaitState) -> dict[str, Any]:
        while True:
            left = self.deadline - time.time()
            await asyncio.sleep(state.pause(self.poke_interval, left))
            left = self.deadline - time.time()
            if left <= 0:
                return {"status": DEADLINE}
            try:
                # A timeout cancels the wait for the thread and leaves the thread to run() to stop.
                async with asyncio.timeout(left):
                    has_answer = await in_own_thread(lambda: self.poll(client, probe))
            except TimeoutError:
                return {"status": DEADLINE}
            except AllHoursError as error:
                if not state.failed(error):
                    return failed_event(error)
                log.warning("The poll failed and will be repeated: %s", error)
                continue
            state.succeeded()
            if has_answer:
                return {"status": ANSWERED}


def _end(*clients: AllHoursClient) -> None:
    for client in clients:
        client.stop()
        client.close()
