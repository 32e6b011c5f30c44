# SPDX-License-Identifier: Apache-2.0
"""Sort more rows than fit into memory."""

from __future__ import annotations

import heapq
import pickle
import tempfile
from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack
from itertools import islice
from typing import IO, Any, TypeVar

Item = TypeVar("Item")

RUN_LENGTH = 10_000
"""Items that are sorted in memory at once."""

MAX_RUNS = 64
"""Sorted runs that are merged into one; so many files are open at once, times the depth of the merging."""


def sort_externally(
    items: Iterable[Item], key: Callable[[Item], Any], *, run_length: int = RUN_LENGTH, max_runs: int = MAX_RUNS
) -> Iterator[Item]:
    """Sort items with memory for ``run_length`` of them and, while they are merged, one per run.

    The rest is in temporary files without a name, which the operating system removes when the process ends, however it
    ends. Items with equal keys stay in their order.

    Args:
        items: anything that can be pickled.
        key: what is compared.
        run_length: items per sorted run.
        max_runs: runs that are merged at once, at least 2.
    """
    source = iter(items)
    first = sorted(islice(source, run_length), key=key)
    if len(first) < run_length:
        yield from first
        return
    with ExitStack() as files:
        levels: list[list[IO[bytes]]] = []

        def spill(run: Iterable[Item]) -> IO[bytes]:
            file = files.enter_context(tempfile.TemporaryFile(prefix="allhours-"))
            for item in run:
                pickle.dump(item, file, pickle.HIGHEST_PROTOCOL)
            return file

        def add(run: Iterable[Item], level: int) -> None:
            if level == len(levels):
                levels.append([])
            runs = levels[level]
            runs.append(spill(run))
            if len(runs) == max_runs:
                merged = heapq.merge(*map(_items_of, runs), key=key)
                add(merged, level + 1)
                for file in runs:
                    file.close()
                runs.clear()

        add(first, 0)
        while batch := sorted(islice(source, run_length), key=key):
            add(batch, 0)
        # The oldest runs are at the highest level: equal keys keep their order.
        yield from heapq.merge(*(_items_of(file) for runs in reversed(levels) for file in runs), key=key)


def _items_of(file: IO[bytes]) -> Iterator[Any]:
    file.seek(0)
    while True:
        try:
            yield pickle.load(file)  # noqa: S301 -- written by this process into a file without a name
        except EOFError:
            return
