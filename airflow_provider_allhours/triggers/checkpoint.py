# SPDX-License-Identifier: Apache-2.0
"""Keep the last poll of a watcher in the state store of its asset, on Airflow 3.3 and newer."""

from __future__ import annotations

import asyncio
import logging
from typing import Any

from airflow_provider_allhours.absences.changes import Snapshot

log = logging.getLogger(__name__)

KEY = "allhours_absences"


class Checkpoint:
    """Loads and saves a snapshot in the state store that Airflow gives a watcher.

    Without a store (Airflow before 3.3), and for a watcher of several assets, which have no store in common, nothing is
    loaded or saved.

    Args:
        store: Airflow's accessor of the watched assets' state stores, or None.
    """

    def __init__(self, store: Any) -> None:
        self._store = store

    async def load(self) -> Snapshot | None:
        """The saved snapshot; None when there is none or it cannot be read."""
        if self._store is None:
            return None
        try:
            # Airflow 3.3.0 and 3.3.1 have only the blocking methods, which must not run on the event loop.
            if hasattr(self._store, "aget"):
                stored = await self._store.aget(KEY)
            else:
                stored = await asyncio.to_thread(self._store.get, KEY)
        except ValueError:
            # How the accessor says that it stands for more than one asset.
            log.warning("The watcher has several assets: changes made while no triggerer runs are not reported")
            self._store = None
            return None
        try:
            return Snapshot.from_json(stored) if stored else None
        except (AttributeError, KeyError, TypeError, ValueError):
            log.warning("The saved poll cannot be read: changes since the last poll are not reported")
            return None

    async def save(self, snapshot: Snapshot) -> None:
        """Replace the saved snapshot."""
        if self._store is None:
            return
        if hasattr(self._store, "aset"):
            await self._store.aset(KEY, snapshot.to_json())
        else:
            await asyncio.to_thread(self._store.set, KEY, snapshot.to_json())
