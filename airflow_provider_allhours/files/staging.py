# SPDX-License-Identifier: Apache-2.0
"""Stage files and put them in place together, on a local disk or in a store."""

from __future__ import annotations

import logging
import os
import random
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import IO, Any, Protocol

from fsspec.implementations.local import LocalFileSystem
from upath import UPath

from airflow_provider_allhours.client.errors import AllHoursPublicationError
from airflow_provider_allhours.files.local_staging import LocalStagedFile
from airflow_provider_allhours.files.part_files import locked_folders
from airflow_provider_allhours.files.paths import absolute_path
from airflow_provider_allhours.files.remote_staging import RemoteStagedFile

log = logging.getLogger(__name__)

MAX_ROUNDS = 6
"""How often files are put in place when another run puts its own there at the same time."""

MAX_PAUSE = 1.0
"""Seconds between two such rounds at most."""


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
    """A file that is written aside and put in its place at the end; as text, its path.

    Attributes:
        stream: what the content is written to.
        folder: the local folder of its place, which is locked while files are put in place; None in a store.
    """

    stream: IO[bytes]
    folder: Path | None

    def prepare(self, *, is_alone: bool) -> None:
        """Do what takes long or may fail and shows nothing: write to the disk, upload, keep what stands there.

        Args:
            is_alone: whether no other file is published with it, so that it never has to be taken back.
        """

    def put_in_place(self) -> None:
        """Make it visible. Called again when another run's file was there afterwards.

        Raises:
            AllHoursPublicationError: somebody else changed what stands there since :meth:`prepare`.
        """

    def is_in_place(self) -> bool:
        """Whether this file, and no other, is at its place."""

    def settle(self) -> None:
        """Forget what stood there before."""

    def take_back(self) -> None:
        """Restore what stood there before, unless another run has replaced it since."""

    @property
    def kept_before(self) -> str | None:
        """Where the earlier content is kept because it could not be restored."""

    def clean_up(self) -> None:
        """Remove every trace of the staging; always called last."""


def stage(path: AnyPath, *, is_private: bool = True) -> StagedFile:
    """Begin to write a file for this path.

    While it is staged, only the user of the process can read it.

    Args:
        path: where the file goes.
        is_private: whether a new local file can be read by its user only; otherwise it follows the process's umask. A
            file that stands there already keeps its mode.

    Raises:
        AllHoursParameterError: the path is a directory, or a name is too long.
    """
    target = as_upath(path)
    if isinstance(target.fs, LocalFileSystem):
        return LocalStagedFile(Path(target.path), is_private=is_private)
    return RemoteStagedFile(target.fs, target.path, str(path), is_private=is_private)


def publish_together(files: Sequence[StagedFile], *, check: Callable[[], None] | None = None) -> None:
    """Put several staged files in place in this order, or none of them.

    Two runs that publish the same files at the same time wait for one another on a local disk. In a store that has
    conditional writes, the one that comes second is refused. In other stores each looks afterwards whose files are
    there: a run that sees none of its own fails, one that sees some of them publishes again.

    Args:
        files: staged files with their whole content.
        check: called before the first file is put in place; what it raises ends the publication. What somebody else
            writes after it is noticed in a store that has conditional writes.

    Raises:
        AllHoursPublicationError: another run published the same files at the same time; or a file could not be put in
            place and what stood there could not be restored. Says what is where.
    """
    for file in files:
        file.stream.close()
    for file in files:
        file.prepare(is_alone=len(files) == 1)
    if check is not None:
        check()
    with locked_folders([file.folder for file in files if file.folder is not None]):
        for attempt in range(1, MAX_ROUNDS + 1):
            _put_in_place(files)
            are_in_place = [file.is_in_place() for file in files]
            if all(are_in_place):
                break
            if not any(are_in_place):
                raise AllHoursPublicationError(
                    f"another run published {files[0]} at the same time; what it wrote stays, and nothing of this run "
                    "does"
                )
            time.sleep(random.uniform(0, MAX_PAUSE) * attempt / MAX_ROUNDS)  # noqa: S311 -- no secret
        else:
            overtaken = AllHoursPublicationError(
                f"another run publishes {files[0]} at the same time; it was published {MAX_ROUNDS} times, and each "
                "time a file of the other run was there afterwards. A file belongs to a manifest only if its SHA-256 "
                "is the manifest's. Publish each path by one run at a time"
            )
            # A local file is kept at the moment when it is replaced. What a store's file was replaced with since this
            # run looked is not known, and the other run may have seen its files there and be done.
            _take_back([file for file in files if file.folder is not None], overtaken)
            raise overtaken
        for file in files:
            file.settle()


def _put_in_place(files: Sequence[StagedFile]) -> None:
    """All of them, or restore what stood there."""
    try:
        for file in files:
            file.put_in_place()
    except BaseException as error:
        _take_back(files, error)
        raise


def _take_back(files: Sequence[StagedFile], error: BaseException) -> None:
    """Restore each file, the last one first; one that cannot be restored stops no other."""
    failed: list[StagedFile] = []
    for file in reversed(files):
        try:
            file.take_back()
        except Exception:
            # The cause of the whole failure is the other error.
            log.warning("%s could not be restored", file, exc_info=True)
            failed.append(file)
    if not failed:
        return
    names = " and ".join(str(file) for file in failed)
    others = [str(file) for file in files if file not in failed]
    kept = [f"the earlier content of {file} is in {file.kept_before}" for file in failed if file.kept_before]
    raise AllHoursPublicationError(
        f"publishing failed and could not be undone: {names} may be of this run, "
        + (f"{' and '.join(others)} as before; " if others else "")
        + "".join(f"{part}; " for part in kept)
        + "a file belongs to a manifest only if its SHA-256 is the manifest's. Run the task again, it publishes both"
    ) from error


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
