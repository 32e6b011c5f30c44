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
from airflow_provider_allhours.files.segments import Segments
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
    ends; every line is on the disk before :meth:`append` returns. In a store without appends each append is a segment
    that only one run can create, see :class:`Segments`; there a result may wait for the next intent.

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
        self._segments = None if self._local is not None else Segments(path)
        self._waiting = b""
        self._file: IO[bytes] | None = None
        self._lines: list[bytes] = []

    @property
    def content(self) -> bytes:
        """What was in the file when it was opened, and what was appended since."""
        return b"".join(self._lines)

    def __enter__(self) -> Journal:
        if self._local is not None:
            make_folder(self._local.parent)
            self._lock = _locked(self._local.with_name(f"{self._local.name}.lock"))
        stored = read_or_empty(self._path) if self._segments is None else self._segments.read()
        # A line that a crash cut short counts as not written; the next line must not be appended to it.
        self._lines = [stored[: stored.rfind(b"\n") + 1]]
        if self._local is not None:
            self._file = os.fdopen(os.open(self._local, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, PRIVATE_MODE), "r+b")
            self._file.truncate(len(self.content))
            self._file.seek(0, os.SEEK_END)
            sync_folder(self._local.parent)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._segments is not None and (error is None or not isinstance(error, AllHoursConflictError)):
            self.flush()
            self._segments.close(self.content)
        if self._file is not None:
            self._file.close()
        if self._lock is not None:
            self._lock.close()

    def append(self, line: bytes, *, can_wait: bool = False) -> None:
        """Append one line, which ends in a line feed; it is on the disk or in the store when this returns.

        Args:
            line: the line.
            can_wait: whether a store may get it together with the next line, or at the end: a result, whose loss the
                intent before it makes good.

        Raises:
            AllHoursConflictError: in a store, another run appended since the file was read.
        """
        if self._file is not None:
            self._file.write(line)
            self._file.flush()
            os.fsync(self._file.fileno())
        else:
            self._waiting += line
            if not can_wait:
                self.flush()
        self._lines.append(line)

    def flush(self) -> None:
        """Put the lines that wait into the store.

        Raises:
            AllHoursConflictError: another run appended since the file was read.
        """
        if self._segments is not None and self._waiting:
            self._segments.append(self._waiting)
            self._waiting = b""


def read_journal(path: AnyPath) -> bytes:
    """What a journal holds, without keeping anybody out."""
    return read_or_empty(path) if isinstance(as_upath(path).fs, LocalFileSystem) else Segments(path).read()


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
