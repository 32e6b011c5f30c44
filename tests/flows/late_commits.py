# SPDX-License-Identifier: Apache-2.0
"""A write that All Hours commits after its client has given up, at any speed of the machine."""

from __future__ import annotations

import asyncio
import threading

from airflow_provider_allhours.sandbox.server import Sandbox
from tests.helpers import until


class LateCommit:
    """The first write of an absence gets no answer within the time limit, and is committed ``seconds`` after it.

    The sandbox holds the request until the pauses of the client add up to that; they take no time. So it does not
    matter how fast the machine is: the time limit is far above what any other request takes.
    """

    time_limit = 3.0

    def __init__(self, sandbox: Sandbox, seconds: float) -> None:
        self._sandbox = sandbox
        self._remaining = seconds
        self._released = threading.Event()
        sandbox.fault("latency", ms=600_000, route="absences", method="POST", times=1)

    def commit(self) -> None:
        """Let the request be served, and return when its record stands."""
        records = self._sandbox.company.changed_leave
        before = len(records)
        self._released.set()
        until(lambda: len(records) > before, lambda: "the request that was held is not committed", pause=0.05)

    def pause(self, seconds: float) -> None:
        """What the client does instead of waiting."""
        self._remaining -= seconds
        if self._remaining <= 0 and not self._released.is_set():
            self.commit()

    async def hold(self, seconds: float) -> None:
        """What the sandbox does instead of waiting."""
        while not self._released.is_set():
            await asyncio.sleep(0.01)

    def end(self) -> None:
        """Hold nothing any more."""
        self._released.set()
