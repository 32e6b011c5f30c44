# SPDX-License-Identifier: Apache-2.0
"""Threads of this provider's polls in a triggerer, so that a hanging API never takes those of other triggers."""

from __future__ import annotations

import asyncio
import os
import threading
from collections.abc import Callable
from contextvars import copy_context
from typing import Any, TypeVar, cast

from airflow_provider_allhours.client.concurrency import DaemonPool

Result = TypeVar("Result")

THREADS = 32
"""Polls at once in one triggerer process; further ones wait for their turn, up to their deadlines."""

_lock = threading.Lock()
_pool: DaemonPool[Callable[[], Any], Any] | None = None


def _call(function: Callable[[], Any]) -> Any:
    return function()


def _shared_pool() -> DaemonPool[Callable[[], Any], Any]:
    global _pool
    with _lock:
        if _pool is None:
            _pool = DaemonPool(_call, THREADS)
        return _pool


def _forget_pool() -> None:
    """A forked process has none of the threads."""
    global _pool
    _pool = None


os.register_at_fork(after_in_child=_forget_pool)


async def in_own_thread(function: Callable[[], Result]) -> Result:
    """Call a blocking function in one of :data:`THREADS` threads; the event loop's own executor is not used."""
    run = copy_context().run
    return cast("Result", await asyncio.wrap_future(_shared_pool().submit(lambda: run(function))))
