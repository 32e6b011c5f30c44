# SPDX-License-Identifier: Apache-2.0
"""Append-only files: each line is on the disk before the caller continues."""

from __future__ import annotations

import fcntl
import os
from pathlib import Path
from types import TracebackType
from typing import IO

from fsspec.implementations.local import LocalFileSystem

from airflow_provider_allhours.client.errors import AllHoursConflictError
from airflow_provider_allhours.files.local_staging import make_folder, sync_folder
from airflow_provider_allhours.files.part_files import PRIVATE_MODE
from airflow_provider_allhours.files.publication import publish_bytes
from airflow_provider_allhours.files.staging import AnyPath, as_upath


def read_or_empty(path: AnyPath) -> bytes:
    """A file's bytes, none when there is no such file."""
    target = as_upath(path)
    try:
        return bytes(target.fs.cat_file(target.path))
    except FileNotFoundError:
        return b""


class Journal:
    """Opens a file for appending, for one process at a time; use it as a context manager.

    On a local disk a lock of the operating system keeps a second process out and is gone with the first, however it
    ends; every line is on the disk before :meth:`append` returns. In an object store there is no lock: the whole object
    is written anew for each line, and a change made by somebody else in between is noticed and refused.

    Args:
        path: the file.

    Raises:
        AllHoursConflictError: another process holds it.
    """

    def __init__(self, path: AnyPath) -> None:
        self._path = path
        target = as_upath(path)
        self._local = Path(os.path.realpath(target.path)) if isinstance(target.fs, LocalFileSystem) else None
        self._lock: IO[str] | None = None
        self._stored = b""
        self._file: IO[bytes] | None = None
        self.content = b""

    def __enter__(self) -> Journal:
        if self._local is not None:
            make_folder(self._local.parent)
            self._lock = _locked(self._local.with_name(f"{self._local.name}.lock"))
        self._stored = read_or_empty(self._path)
        # A line that a crash cut short counts as not written; the next line must not be appended to it.
        self.content = self._stored[: self._stored.rfind(b"\n") + 1]
        if self._local is not None:
            self._file = os.fdopen(os.open(self._local, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, PRIVATE_MODE), "r+b")
            self._file.truncate(len(self.content))
            self._file.seek(0, os.SEEK_END)
            sync_folder(self._local.parent)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._file is not None:
            self._file.close()
        if self._lock is not None:
            self._lock.close()

    def append(self, line: bytes) -> None:
        """Append one line, which ends in a line feed; it is on the disk when this returns.

        Raises:
            AllHoursConflictError: in an object store, somebody else changed the file since it was read.
        """
        if self._file is not None:
            self._file.write(line)
            self._file.flush()
            os.fsync(self._file.fileno())
        else:
            publish_bytes(self._path, self.content + line, check=self._refuse_changed)
            self._stored = self.content + line
        self.content += line

    def _refuse_changed(self) -> None:
        if read_or_empty(self._path) != self._stored:
            raise AllHoursConflictError("the ledger was changed by another run while this one wrote to it")


def _locked(path: Path) -> IO[str]:
    lock = os.fdopen(os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC, PRIVATE_MODE), "a")
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        lock.close()
        raise AllHoursConflictError(
            f"another run holds {path.name}; one writer at a time keeps the ledger (max_active_runs=1)"
        ) from None
    return lock
