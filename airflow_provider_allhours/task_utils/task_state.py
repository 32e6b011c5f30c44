# SPDX-License-Identifier: Apache-2.0
"""Keep a value between the processes of one task, on Airflow 3.3 and newer."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from airflow.sdk import Context

log = logging.getLogger(__name__)


def load_state(context: Context, key: str) -> Any:
    """The value that was saved; None where there is none, no store (Airflow before 3.3), or the store fails.

    XComs are no such place: Airflow deletes those of a rescheduled task.
    """
    store: Any = context.get("task_state_store")
    if store is None:
        return None
    try:
        return store.get(key)
    except Exception as error:  # without it only more requests are sent
        log.warning("What the task kept cannot be read: %s", error)
        return None


def save_state(context: Context, key: str, value: Any) -> None:
    """Replace the value, plain JSON; nothing where there is no store, and a warning where it fails."""
    store: Any = context.get("task_state_store")
    if store is None:
        return
    try:
        store.set(key, value)
    except Exception as error:  # the same
        log.warning("What the task keeps cannot be written: %s", error)
