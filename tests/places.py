# SPDX-License-Identifier: Apache-2.0
"""Places that several processes open, each with a connection of its own; tests import them as ``tests.places``."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from upath import UPath

from airflow_provider_allhours.files.staging import as_upath


class Place:
    """A folder or a bucket, as each process opens it for itself."""

    def __init__(self, root: str, options: Mapping[str, Any] | None = None) -> None:
        self.root = root
        self._options = dict(options or {})

    def path(self, name: str) -> Any:
        """A path below the place."""
        return self.open(f"{self.root}/{name}")

    def open(self, path: str) -> Any:
        """A path with the place's connection."""
        return UPath(path, **self._options) if self._options else as_upath(path)
