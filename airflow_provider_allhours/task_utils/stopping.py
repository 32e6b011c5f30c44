# SPDX-License-Identifier: Apache-2.0
"""Stop the requests of a task that is killed, timed out or over."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager

from airflow_provider_allhours.client import AllHoursClient

MAX_SECONDS_TO_STOP = 1.0
"""Seconds that ``on_kill`` waits for the client to stop: it runs in a signal handler and must return."""


class StopsWithTask:
    """Mixin of operators and sensors that send requests: after the end of the task none starts any more.

    On SIGTERM Airflow's task process calls ``on_kill`` and lets ``execute`` go on; what ends it is the error that every
    call of a stopped client raises. At ``execution_timeout`` Airflow raises an exception in ``execute``, and the client
    is stopped on its way out.
    """

    _client: AllHoursClient | None = None
    _is_killed = False

    @contextmanager
    def running(self, client: AllHoursClient) -> Iterator[AllHoursClient]:
        """Use a client that :meth:`on_kill` stops, and that is stopped and closed however the block ends.

        Args:
            client: a client of this task alone.
        """
        self._client = client
        try:
            with stopped_at_end(client):
                if self._is_killed:
                    client.stop()
                yield client
        finally:
            self._client = None

    def on_kill(self) -> None:
        """Stop the client in use: no request starts, those in flight are cut, and ``execute`` ends by an error."""
        self._is_killed = True
        client = self._client
        if client is not None:
            _stop_from_signal_handler(client)


@contextmanager
def stopped_at_end(client: AllHoursClient) -> Iterator[AllHoursClient]:
    """Stop and close a client at the end of the block, however it ends.

    Threads of an iteration that was left early would otherwise go on with their retries.
    """
    try:
        yield client
    finally:
        client.stop()
        client.close()


def _stop_from_signal_handler(client: AllHoursClient) -> None:
    """Stop a client on a thread of its own.

    The handler interrupts the main thread anywhere, even where it holds one of the client's locks. Waiting for that
    lock in the handler itself would never end.
    """
    stopping = threading.Thread(target=client.stop, daemon=True, name="allhours_stop")
    stopping.start()
    stopping.join(MAX_SECONDS_TO_STOP)
