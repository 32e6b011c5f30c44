# SPDX-License-Identifier: Apache-2.0
"""Stage a file beside its place on a local disk, so that publishing it is one rename."""

from __future__ import annotations

import os
import shutil
import stat
from contextlib import suppress
from pathlib import Path
from typing import IO
from uuid import uuid4

from airflow_provider_allhours.client.errors import AllHoursParameterError
from airflow_provider_allhours.files.part_files import (
    BEFORE,
    PRIVATE_MODE,
    PartFile,
    leftovers,
    name_stem,
    remove_leftovers,
)

DEFAULT_NAME_LIMIT = 255


class LocalStagedFile:
    """A file of a local disk; see :class:`~airflow_provider_allhours.files.staging.StagedFile`.

    A file that stood there keeps its mode and, where the process may, its owner and group. A symbolic link stays, and
    the file that it leads to is replaced.

    Args:
        path: where the file goes.
        is_private: whether a new file can be read by its user only; otherwise it follows the process's umask.
    """

    def __init__(self, path: Path, *, is_private: bool) -> None:
        self._shown = path
        self._target = Path(os.path.realpath(path))
        self._is_private = is_private
        self.folder: Path | None = self._target.parent
        self._folder = self._target.parent
        self._refuse_what_is_no_file()
        make_folder(self._folder)
        remove_leftovers(self._folder, self._target.name)
        self._part = PartFile(self._folder, self._target.name)
        self._before = self._folder / f"{name_stem(self._target.name)}-{uuid4().hex}.{BEFORE}"
        self.stream: IO[bytes] = self._part.stream
        self._is_placed = False
        self._is_restored = True

    def __str__(self) -> str:
        return str(self._shown)

    def prepare(self, *, is_alone: bool) -> None:
        """Write the content to the disk."""
        self._part.sync()

    def put_in_place(self) -> None:
        """Rename it to its place, with a second name for what stood there."""
        if self._is_placed:
            return
        if self._target.exists():
            self._take_over_attributes()
            _keep(self._target, self._before)
        elif not self._is_private:
            self._part.path.chmod(self._mode_of_new_files())
        os.replace(self._part.path, self._target)
        self._is_placed = True
        # The rename itself must survive a power cut before the next file, such as the manifest, is put in place.
        sync_folder(self._folder)

    def is_in_place(self) -> bool:
        """Whether this very file is at its place."""
        return self._part.is_at(self._target)

    def settle(self) -> None:
        """Remove the second name of what stood there, and those that killed processes left."""
        # The folder is locked: whoever made other ones is gone.
        for path in leftovers(self._folder, self._target.name, BEFORE):
            path.unlink(missing_ok=True)

    def take_back(self) -> None:
        """Rename what stood there back, unless another run's file is there."""
        if not self._part.is_at(self._target):
            return
        if self._before.exists():
            self._is_restored = False
            os.replace(self._before, self._target)
            self._is_restored = True
        else:
            self._target.unlink()
        sync_folder(self._folder)

    @property
    def kept_before(self) -> str | None:
        """The second name of the earlier file, where it could not be renamed back."""
        return None if self._is_restored else str(self._before)

    def clean_up(self) -> None:
        """Remove what is left of the staging."""
        self._part.remove()
        # Where the earlier file could not be restored, this is its only copy.
        if self._is_restored:
            self._before.unlink(missing_ok=True)

    def _refuse_what_is_no_file(self) -> None:
        limit = _name_limit(self._folder)
        size = len(os.fsencode(self._target.name))
        if size > limit:
            raise AllHoursParameterError(
                f"parameter 'path' leads to a file whose name has {size} bytes, {self._target.name[:40]}…; the file "
                f"system takes {limit}, its manifest's suffix included"
            )
        if self._target.is_dir():
            raise AllHoursParameterError(f"parameter 'path' is the directory {self._shown}; it takes a file in it")
        if self._target.exists() and not self._target.is_file():
            raise AllHoursParameterError(f"parameter 'path' is {self._shown}, which is a device or a pipe and no file")

    def _take_over_attributes(self) -> None:
        earlier = self._target.stat()
        for owner, group in ((earlier.st_uid, earlier.st_gid), (-1, earlier.st_gid)):
            # Only root gives files away; a user may choose among its groups.
            with suppress(OSError):
                os.chown(self._part.path, owner, group)
                break
        self._part.path.chmod(stat.S_IMODE(earlier.st_mode))

    def _mode_of_new_files(self) -> int:
        """What the umask and the folder make of a new file; to read the umask is to change it for all threads."""
        probe = self._folder / f"{name_stem(self._target.name)}-{uuid4().hex}.mode"
        descriptor = os.open(probe, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o666)
        try:
            return stat.S_IMODE(os.fstat(descriptor).st_mode)
        finally:
            os.close(descriptor)
            probe.unlink()


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


def _name_limit(folder: Path) -> int:
    existing = next(path for path in (folder, *folder.parents) if path.exists())
    try:
        return os.pathconf(existing, "PC_NAME_MAX")
    except (OSError, ValueError):
        return DEFAULT_NAME_LIMIT


def _keep(target: Path, before: Path) -> None:
    """A second name for a file; a copy where the file system has no hard links."""
    try:
        os.link(target, before)
    except OSError:
        descriptor = os.open(before, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, PRIVATE_MODE)
        with os.fdopen(descriptor, "wb") as copy, target.open("rb") as source:
            shutil.copyfileobj(source, copy)
        shutil.copystat(target, before)
