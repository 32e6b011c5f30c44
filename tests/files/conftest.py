# SPDX-License-Identifier: Apache-2.0
"""Record what reaches the disk, in order, while it happens for real."""

from __future__ import annotations

import os
import re
from pathlib import Path
from typing import Any

import pytest

Event = tuple[str, ...]


class DiskRecorder:
    """Wraps ``os.fsync``, ``replace``, ``link`` and ``unlink``; each still does its work.

    ``fsync`` is recorded with the bytes that the file had then, so a write after it shows. Random tokens in names are
    left out.

    Args:
        folder: only files below it are recorded.
    """

    def __init__(self, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        self._folder = folder
        self.events: list[Event] = []
        for name in ("replace", "link", "unlink"):
            self._record_paths(name, monkeypatch)
        fsync = os.fsync

        def recorded_fsync(descriptor: int) -> None:
            fsync(descriptor)
            path = self._path_of(descriptor)
            if path.is_dir():
                self.events.append(("fsync folder", self.name_of(path)))
            else:
                self.events.append(("fsync", self.name_of(path), path.read_text()))

        monkeypatch.setattr(os, "fsync", recorded_fsync)

    def name_of(self, path: Any) -> str:
        """The path below the folder, without its token."""
        name = os.path.relpath(path, self._folder)
        return re.sub(r"\.([^/]+)\.[0-9a-f]{32}\.(part|before)$", r"\1 \2", name)

    def _record_paths(self, name: str, monkeypatch: pytest.MonkeyPatch) -> None:
        call = getattr(os, name)

        def recorded(*paths: Any, **options: Any) -> None:
            call(*paths, **options)
            self.events.append((name, *map(self.name_of, paths)))

        monkeypatch.setattr(os, name, recorded)

    def _path_of(self, descriptor: int) -> Path:
        status = os.fstat(descriptor)
        return next(
            path
            for path in (self._folder, *self._folder.rglob("*"))
            if path.exists() and os.path.samestat(path.stat(), status)
        )


@pytest.fixture
def disk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> DiskRecorder:
    """Records what reaches the disk below ``tmp_path``."""
    return DiskRecorder(tmp_path, monkeypatch)
