# SPDX-License-Identifier: Apache-2.0
"""Many requests at once, answers in order, memory flat."""

from __future__ import annotations

import itertools
import threading
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future
from contextlib import suppress
from queue import Empty, SimpleQueue
from typing import Generic, TypeVar

Item = TypeVar("Item")
Result = TypeVar("Result")


def map_ordered(function: Callable[[Item], Result], items: Iterable[Item], *, workers: int) -> Iterator[Result]:
    """Apply a blocking function to items on several threads and yield its results in the items' order.

    At most ``2 * workers`` results are read ahead, so memory does not grow with the number of items. The first error,
    and a consumer that raises or closes the iterator, end the iteration: calls that have not started by then are not
    started, and running ones are not waited for. Stop the client to end those.

    Args:
        function: runs on a worker thread.
        items: read lazily.
        workers: threads, at least 1.
    """
    pending: deque[Future[Result]] = deque()
    remaining = iter(items)
    pool = DaemonPool(function, workers)
    try:
        for item in itertools.islice(remaining, 2 * workers):
            pending.append(pool.submit(item))
        while pending:
            result = pending.popleft().result()
            for item in itertools.islice(remaining, 1):
                pending.append(pool.submit(item))
            yield result
    finally:
        pool.shut_down()


class DaemonPool(Generic[Item, Result]):
    """Calls a function on worker threads that keep neither their consumer nor the end of the process waiting.

    ``ThreadPoolExecutor`` cannot be used: Python joins its threads at the end of the process, so that one request
    without a response holds up a task that was told to stop.

    Args:
        function: called with each submitted item.
        workers: number of threads; each is started when it is first needed.
    """

    def __init__(self, function: Callable[[Item], Result], workers: int) -> None:
        self._function = function
        self._workers = workers
        self._started = 0
        self._calls: SimpleQueue[tuple[Future[Result], Item] | None] = SimpleQueue()

    def submit(self, item: Item) -> Future[Result]:
        """Queue the call of one item."""
        future: Future[Result] = Future()
        self._calls.put((future, item))
        if self._started < self._workers:
            self._started += 1
            threading.Thread(target=self._work, daemon=True, name=f"allhours_{self._started}").start()
        return future

    def shut_down(self) -> None:
        """Drop the calls that have not started and let each thread end after the call that it is in; returns at once.

        Every thread takes one end mark from the queue, so that the marks go in after the calls came out.
        """
        with suppress(Empty):
            while True:
                self._calls.get_nowait()
        for _ in range(self._started):
            self._calls.put(None)

    def _work(self) -> None:
        while (call := self._calls.get()) is not None:
            future, item = call
            # A call that was cancelled while it waited has nobody to answer to.
            if future.set_running_or_notify_cancel():
                try:
                    future.set_result(self._function(item))
                except BaseException as error:
                    future.set_exception(error)
            # Neither result nor item must live on while the thread waits for its next call.
            del call, future, item
