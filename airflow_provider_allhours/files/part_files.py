# SPDX-License-Identifier: Apache-2.0
"""Files of this machine that exist while a file is staged, and the removal of those that killed processes left."""

from __future__ import annotations

import fcntl
import hashlib
import os
import shutil
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from typing import IO
from uuid import uuid4

from airflow_provider_allhours.client.errors import AllHoursPublicationError

MAX_WAIT = 120.0
"""Seconds to wait for other processes that publish in the same folder; each needs a moment only."""

WAIT_STEP = 0.02
"""Seconds between two looks whether the folder is free."""

PRIVATE_MODE = 0o600
_LOCK = ".lock"
PART, BEFORE, FOLDER = "part", "before", "folder"


class PartFile:
    """A file that only its user can read, locked for as long as its process lives.

    Its name is short, so that the file it stands for may have a name up to the system's limit. But for a random token
    it is the same for everybody who stages the same file: whoever does so next finds what a killed process left.

    Args:
        folder: an existing local folder.
        subject: what it stands for: the file's own name in the folder, or a whole URL.
        kind: ends its name: ``part`` for what is being written, ``before`` for what stood there before.
    """

    def __init__(self, folder: Path, subject: str, kind: str = PART) -> None:
        while True:
            self.path = folder / f"{name_stem(subject)}-{uuid4().hex}.{kind}"
            descriptor = os.open(self.path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, PRIVATE_MODE)
            # Somebody who looks for leftovers may hold the lock, or have removed the file, before it was locked here.
            if _lock(descriptor) and _is_at(descriptor, self.path):
                break
            os.close(descriptor)
        # The lock outlives the stream: it is held until the file is in its place or removed.
        self._lock: int | None = os.dup(descriptor)
        self.stream: IO[bytes] = os.fdopen(descriptor, "wb")

    def is_at(self, path: Path) -> bool:
        """Whether this very file is at the path, for example after a rename."""
        return self._lock is not None and _is_at(self._lock, path)

    def sync(self) -> None:
        """Write the file to the disk."""
        if self._lock is not None:
            os.fsync(self._lock)

    def remove(self) -> None:
        """Close the stream and remove the file, where it still has this name."""
        # A stream that fails to close (a full disk) must not keep the file.
        with suppress(OSError):
            self.stream.close()
        self.path.unlink(missing_ok=True)
        self.release()

    def release(self) -> None:
        """Let go of the file, which stays."""
        if self._lock is not None:
            os.close(self._lock)
            self._lock = None


@contextmanager
def private_folder(subject: str, parent: Path | None = None) -> Iterator[Path]:
    """A temporary folder that only its user can enter; it is gone after the block.

    One that a killed process left is removed by the next process that opens one for the same subject.

    Args:
        subject: what it is for, such as the path of what is made in it.
        parent: an existing local folder in which it is made; by default that of temporary files.
    """
    parent = Path(tempfile.gettempdir()) if parent is None else parent
    for path in leftovers(parent, subject, FOLDER):
        with suppress(OSError):
            # Only an empty one: its process was killed before it made the lock.
            path.rmdir()
        with suppress(OSError), _opened(path / _LOCK) as descriptor:
            if _lock(descriptor, where_unknown=False):
                shutil.rmtree(path)
    folder, descriptor = _locked_folder(parent, subject)
    try:
        yield folder
    finally:
        # Emptied, it may be taken for one that a killed process left, and be gone.
        with suppress(FileNotFoundError):
            shutil.rmtree(folder)
        os.close(descriptor)


def _locked_folder(parent: Path, subject: str) -> tuple[Path, int]:
    """Make a folder and the lock in it; again when another process took the empty folder for a killed process's."""
    while True:
        folder = parent / f"{name_stem(subject)}-{uuid4().hex}.{FOLDER}"
        folder.mkdir(mode=0o700)
        with suppress(FileNotFoundError):
            # Not the folder itself, which is locked when files in it are published.
            lock = folder / _LOCK
            descriptor = os.open(lock, os.O_RDONLY | os.O_CREAT | os.O_CLOEXEC, PRIVATE_MODE)
            if _lock(descriptor) and _is_at(descriptor, lock):
                return folder, descriptor
            os.close(descriptor)


@contextmanager
def locked_while_used(folder: Path) -> Iterator[None]:
    """Keep a lock on a folder of this machine during the block, so that nobody takes it for a killed process's."""
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    lock = folder / _LOCK
    with _opened(lock, os.O_CREAT) as descriptor:
        _lock(descriptor)
        try:
            yield
        finally:
            lock.unlink(missing_ok=True)


def is_abandoned(folder: Path) -> bool:
    """Whether a killed process left a folder of :func:`locked_while_used` behind."""
    with suppress(OSError), _opened(folder / _LOCK) as descriptor:
        return _lock(descriptor, where_unknown=False)
    return False


@contextmanager
def _opened(path: Path, flags: int = 0) -> Iterator[int]:
    descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC | flags, PRIVATE_MODE)
    try:
        yield descriptor
    finally:
        os.close(descriptor)


def name_stem(subject: str) -> str:
    """How the names of part files of a subject begin."""
    return f".allhours-{hashlib.sha256(os.fsencode(subject)).hexdigest()[:16]}"


def leftovers(folder: Path, subject: str, kind: str) -> list[Path]:
    """Part files of a subject, of living and of dead processes."""
    stem = f"{name_stem(subject)}-"
    with suppress(OSError), os.scandir(folder) as entries:
        return [
            Path(entry.path) for entry in entries if entry.name.startswith(stem) and entry.name.endswith(f".{kind}")
        ]
    return []


def remove_leftovers(folder: Path, subject: str, kind: str = PART) -> None:
    """Remove the part files of a subject whose process is gone; those of a running process are locked and stay."""
    for path in leftovers(folder, subject, kind):
        # Somebody else's file cannot be opened; it is theirs to remove.
        with suppress(OSError), _opened(path) as descriptor:
            if _lock(descriptor, where_unknown=False):
                path.unlink(missing_ok=True)


@contextmanager
def locked_folders(folders: list[Path]) -> Iterator[None]:
    """Publish alone: wait for other processes and threads that put files in place in the same folders.

    The folders themselves are locked, so that no lock file appears among the published ones. Where a file system cannot
    lock folders (NFS), nothing is locked; a file that another run replaced meanwhile is noticed afterwards.

    Raises:
        AllHoursPublicationError: somebody has held a folder for :data:`MAX_WAIT` seconds.
    """
    with ExitStack() as held:
        for folder in sorted(set(folders)):
            descriptor = held.enter_context(_opened(folder))
            give_up = time.monotonic() + MAX_WAIT
            while not _lock(descriptor):
                if time.monotonic() > give_up:
                    raise AllHoursPublicationError(
                        f"another process has held the folder {folder} for {MAX_WAIT:g} seconds; publishing takes one "
                        "at a time there"
                    )
                time.sleep(WAIT_STEP)
        yield


def _lock(descriptor: int, *, where_unknown: bool = True) -> bool:
    """Lock an open file for this process, if nobody else has; ``where_unknown`` where the system has no such locks."""
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    except OSError:
        return where_unknown
    return True


def _is_at(descriptor: int, path: Path) -> bool:
    try:
        return os.path.samestat(os.fstat(descriptor), path.stat())
    except OSError:
        return False
