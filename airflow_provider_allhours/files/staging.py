# SPDX-License-Identifier: Apache-2.0
"""Stage files and put them in place together, on a local disk or in an object store."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Sequence
from contextlib import ExitStack, suppress
from pathlib import Path
from typing import IO, Any, Protocol
from uuid import uuid4

from fsspec.implementations.local import LocalFileSystem
from upath import UPath

from airflow_provider_allhours.client.errors import AllHoursParameterError
from airflow_provider_allhours.files.paths import absolute_path


class StoragePath(Protocol):
    """What a ``UPath`` and Airflow's ``ObjectStoragePath`` have in common, as far as it is needed here."""

    @property
    def fs(self) -> Any:
        """The fsspec file system."""

    @property
    def path(self) -> str:
        """The path on it."""


AnyPath = str | os.PathLike[str] | StoragePath
"""A local path or URL, a ``UPath``, or Airflow's ``ObjectStoragePath``."""


class StagedFile(Protocol):
    """A file that is written aside and put in its place at the end."""

    stream: IO[bytes]

    def put_in_place(self) -> None:
        """Make it visible, keeping what stood there before."""

    def take_back(self) -> None:
        """Restore what stood there before."""

    def clean_up(self) -> None:
        """Remove every trace of the staging; always called last."""


def stage(path: AnyPath) -> StagedFile:
    """Begin to write a file for this path.

    Raises:
        AllHoursParameterError: the path is a directory.
    """
    target = as_upath(path)
    if isinstance(target.fs, LocalFileSystem):
        return _LocalStagedFile(Path(target.path))
    return _RemoteStagedFile(target.fs, target.path)


def publish_together(files: Sequence[StagedFile]) -> None:
    """Put several staged files in place in this order, or none of them."""
    with ExitStack() as undo:
        for file in files:
            file.stream.close()
        for file in files:
            undo.callback(file.take_back)
            file.put_in_place()
        undo.pop_all()


def as_upath(path: AnyPath) -> Any:
    """A path object with ``fs`` and ``path`` of its own.

    Raises:
        AllHoursParameterError: a relative local path.
    """
    if isinstance(path, str | os.PathLike) and not hasattr(path, "fs"):
        return UPath(absolute_path(os.fspath(path)))
    target: Any = path
    if isinstance(target.fs, LocalFileSystem) and not os.path.isabs(target.path):
        return UPath(absolute_path(target.path))
    return target


def sibling(path: AnyPath, suffix: str) -> Any:
    """The path with something appended to its last name."""
    target = as_upath(path)
    return target.parent / f"{target.name}{suffix}"


class _LocalStagedFile:
    """Staged beside its target, so that putting it in place is one rename."""

    def __init__(self, target: Path) -> None:
        target = target.absolute()
        if target.is_dir():
            raise AllHoursParameterError(f"parameter 'path' is the directory {target}; it takes a file in it")
        make_folder(target.parent)
        token = uuid4().hex
        self._target = target
        self._part = target.with_name(f".{target.name}.{token}.part")
        self._before = target.with_name(f".{target.name}.{token}.before")
        self.stream: IO[bytes] = self._part.open("wb")
        self._is_placed = False
        self._is_restored = True

    def put_in_place(self) -> None:
        with self._part.open("rb") as written:
            os.fsync(written.fileno())
        if self._target.exists():
            _keep(self._target, self._before)
        os.replace(self._part, self._target)
        self._is_placed = True
        # The rename itself must survive a power cut before the next file, such as the manifest, is put in place.
        sync_folder(self._target.parent)

    def take_back(self) -> None:
        if self._before.exists():
            self._is_restored = False
            os.replace(self._before, self._target)
            self._is_restored = True
        elif self._is_placed:
            self._target.unlink()
        sync_folder(self._target.parent)

    def clean_up(self) -> None:
        # A stream that fails to close (a full disk) must not keep the part file.
        with suppress(OSError):
            self.stream.close()
        self._part.unlink(missing_ok=True)
        # Where the earlier file could not be restored, this is its only copy.
        if self._is_restored:
            self._before.unlink(missing_ok=True)


def make_folder(folder: Path) -> None:
    """Create a local folder and its parents so that they survive a power cut."""
    missing = [path for path in (folder, *folder.parents) if not path.exists()]
    folder.mkdir(parents=True, exist_ok=True)
    for path in reversed(missing):
        sync_folder(path.parent)


def sync_folder(folder: Path) -> None:
    """Write a local folder's entries (new names, renames) to the disk."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _keep(target: Path, before: Path) -> None:
    """A second name for a file; a copy where the file system has no hard links."""
    try:
        os.link(target, before)
    except OSError:
        shutil.copy2(target, before)


class _RemoteStagedFile:
    """Staged on this machine and uploaded whole; an object store shows an object only when it is complete."""

    def __init__(self, fs: Any, key: str) -> None:
        self._fs = fs
        self._key = key
        self._before_key = f"{key}.{uuid4().hex}.before"
        self._has_before = False
        self._is_placed = False
        self._is_restored = True
        self.stream: IO[bytes] = tempfile.NamedTemporaryFile(  # noqa: SIM115 -- closed by publish_together
            prefix="allhours-", suffix=".part", delete=False
        )

    def put_in_place(self) -> None:
        if self._fs.exists(self._key):
            self._fs.copy(self._key, self._before_key)
            self._has_before = True
        elif parent := self._fs._parent(self._key):
            self._fs.makedirs(parent, exist_ok=True)
        self._is_placed = True
        self._fs.put_file(self.stream.name, self._key)

    def take_back(self) -> None:
        if self._has_before:
            self._is_restored = False
            self._fs.copy(self._before_key, self._key)
            self._is_restored = True
        elif self._is_placed and self._fs.exists(self._key):
            self._fs.rm_file(self._key)

    def clean_up(self) -> None:
        with suppress(OSError):
            self.stream.close()
        Path(self.stream.name).unlink(missing_ok=True)
        # Where the earlier object could not be restored, this is its only copy.
        if self._has_before and self._is_restored:
            self._fs.rm_file(self._before_key)
