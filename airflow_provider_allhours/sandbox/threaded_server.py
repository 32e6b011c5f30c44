# SPDX-License-Identifier: Apache-2.0
"""uvicorn on a thread, started and stopped within milliseconds.

``uvicorn.Server.run`` looks for a stop every 0.1 s and sleeps as long while it shuts down; hundreds of tests would wait
for that. This drives the same server by an event.
"""

from __future__ import annotations

import asyncio
import socket
import threading
from concurrent.futures import Future
from typing import Any

import uvicorn

STOP_SECONDS = 10


class ThreadedServer:
    """Serves an ASGI application on a thread with an event loop of its own.

    Args:
        app: the application.
        listening: a socket that listens; closed by :meth:`stop`.
    """

    def __init__(self, app: Any, listening: socket.socket) -> None:
        self._config = uvicorn_config(app)
        self._listening = listening
        self._started: Future[tuple[asyncio.AbstractEventLoop, asyncio.Event]] = Future()
        self._thread = threading.Thread(target=self._run, name="allhours-sandbox", daemon=True)

    def start(self) -> None:
        """Serve; returns when connections are accepted, and raises what kept the server from starting."""
        self._thread.start()
        self._started.result()

    def stop(self) -> None:
        """Close the port, cancel requests in flight and end the thread."""
        loop, stopping = self._started.result()
        loop.call_soon_threadsafe(stopping.set)
        self._thread.join(timeout=STOP_SECONDS)
        if self._thread.is_alive():
            raise RuntimeError(f"the sandbox did not stop within {STOP_SECONDS} seconds")

    def _run(self) -> None:
        with asyncio.Runner(loop_factory=self._config.get_loop_factory()) as runner:
            try:
                runner.run(self._serve())
            except BaseException as error:
                if self._started.done():
                    raise
                self._started.set_exception(error)
            finally:
                self._listening.close()

    async def _serve(self) -> None:
        self._config.load()
        server = uvicorn.Server(self._config)
        server.lifespan = self._config.lifespan_class(self._config)
        await server.startup(sockets=[self._listening])
        # Sets the Date header, as uvicorn's main loop does every second.
        await server.on_tick(0)
        stopping = asyncio.Event()
        self._started.set_result((asyncio.get_running_loop(), stopping))
        while not stopping.is_set():
            try:
                await asyncio.wait_for(stopping.wait(), timeout=1)
            except TimeoutError:
                await server.on_tick(0)
        for listener in server.servers:
            listener.close()
        for task in server.server_state.tasks:
            task.cancel()
        await asyncio.gather(*server.server_state.tasks, return_exceptions=True)
        for connection in list(server.server_state.connections):
            connection.transport.abort()
        # The loop closes aborted sockets at its next turn.
        await asyncio.sleep(0)


def uvicorn_config(app: Any) -> uvicorn.Config:
    """How uvicorn serves the sandbox."""
    return uvicorn.Config(
        app,
        log_level="warning",
        log_config=None,
        access_log=False,
        lifespan="off",
        server_header=False,
        timeout_keep_alive=60,
    )
