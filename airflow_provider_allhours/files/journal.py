# SPDX-License-Identifier: Apache-2.0
"""A file that only grows, line by line, each line safe before the next step is taken."""

from __future__ import annotations

import fcntl
import os
from pathlib import Path
from types import TracebackType
from typing import IO, Any

from fsspec.implementations.local import LocalFileSystem

from airflow_provider_allhours.client.errors import AllHoursConflictError
from airflow_provider_allhours.files.publication import publish_bytes, sha256_of
from airflow_provider_allhours.files.staging import AnyPath, as_upath


def read_or_empty(path: AnyPath) -> bytes:
    """A file's bytes, none when there is no such file."""
    target = as_upath(path)
    if not target.fs.exists(target.path):
        return b""
    return bytes(target.fs.cat_file(target.path))


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
        self._local = Path(target.path).absolute() if isinstance(target.fs, LocalFileSystem) else None
        self._lock: IO[Any] | None = None
        self._file: IO[bytes] | None = None
        self.content = b""

    def __enter__(self) -> Journal:
        if self._local is not None:
            self._local.parent.mkdir(parents=True, exist_ok=True)
            self._lock = _locked(self._local.with_name(f"{self._local.name}.lock"))
        self.content = read_or_empty(self._path)
        whole = self.content[: self.content.rfind(b"\n") + 1]
        if self._local is not None:
            # A line that a crash cut short said nothing yet; the next one must not be glued to it.
            self._file = self._local.open("r+b" if self._local.exists() else "w+b")
            self._file.truncate(len(whole))
            self._file.seek(0, os.SEEK_END)
        self.content = whole
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._file is not None:
            self._file.close()
        if self._lock is not None:
            self._lock.close()

    def append(self, line: bytes) -> None:
        """Add one line; it is safe when this returns."""
        if self._file is not None:
            self._file.write(line)
            self._file.flush()
            os.fsync(self._file.fileno())
        else:
            if sha256_of(read_or_empty(self._path)) != sha256_of(self.content) and self.content:
                raise AllHoursConflictError("the ledger was changed by another run while this one wrote to it")
            publish_bytes(self._path, self.content + line)
        self.content += line


def _locked(path: Path) -> IO[Any]:
    lock = path.open("a")
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        lock.close()
        raise AllHoursConflictError(
            f"another run holds {path.name}; one writer at a time keeps the ledger (max_active_runs=1)"
        ) from None
    return lock
