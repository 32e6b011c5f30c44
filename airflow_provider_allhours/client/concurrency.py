# SPDX-License-Identifier: Apache-2.0
"""Many requests at once, answers in order, memory flat."""

from __future__ import annotations

import itertools
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from typing import TypeVar

Item = TypeVar("Item")
Result = TypeVar("Result")


def map_ordered(function: Callable[[Item], Result], items: Iterable[Item], *, workers: int) -> Iterator[Result]:
    """Apply a blocking function to items on several threads and yield its results in the items' order.

    At most ``2 * workers`` results are read ahead, so memory does not grow with the number of items. The first error
    ends the iteration; what has not started by then is not started.

    Args:
        function: runs on a worker thread.
        items: read lazily.
        workers: threads, at least 1.
    """
    pending: deque[Future[Result]] = deque()
    remaining = iter(items)
    with ThreadPoolExecutor(max_workers=workers, thread_name_prefix="allhours") as pool:
        try:
            for item in itertools.islice(remaining, 2 * workers):
                pending.append(pool.submit(function, item))
            while pending:
                result = pending.popleft().result()
                for item in itertools.islice(remaining, 1):
                    pending.append(pool.submit(function, item))
                yield result
        finally:
            for future in pending:
                future.cancel()
