# SPDX-License-Identifier: Apache-2.0
"""Create a small file only if nothing is there yet: of several runs at once, one does."""

from __future__ import annotations

import os
from contextlib import suppress
from pathlib import Path

from fsspec.implementations.local import LocalFileSystem

from airflow_provider_allhours.client.errors import AllHoursPublicationError
from airflow_provider_allhours.files.local_staging import make_folder, sync_folder
from airflow_provider_allhours.files.part_files import PRIVATE_MODE, PartFile, private_folder, remove_leftovers
from airflow_provider_allhours.files.staging import AnyPath, as_upath
from airflow_provider_allhours.files.stores import ConditionFailedError, Digests, store_of


def create_exclusively(path: AnyPath, content: bytes, *, subject: str | None = None) -> bool:
    """Create a file with this content unless something is there; whether this call did.

    The file appears whole. On a local disk and on an SFTP server it is a hard link, in an object store a write on the
    condition that there is no such object (``If-None-Match: *``). Where there are no hard links, a crash can leave a
    part of the file. A store without conditions is looked at before and after; there two runs at the same moment are
    told apart only if their contents differ.

    Args:
        path: where the file goes.
        content: what it holds; it has to differ between runs, so that each knows its own file.
        subject: what the local part files of killed runs are known by, so that the next run removes them; by default
            the name of the file, for files whose name is tried again.

    Raises:
        AllHoursPublicationError: a store does not tell whose file is there.
    """
    target = as_upath(path)
    if isinstance(target.fs, LocalFileSystem):
        return _create_local(Path(os.path.realpath(target.path)), content, subject or target.name)
    store = store_of(target.fs)
    with private_folder(str(path)) as folder:
        source = folder / "content"
        source.write_bytes(content)
        # Where another run was quicker, it is seen below; so is a request that was repeated after a lost answer.
        with suppress(ConditionFailedError):
            store.create(str(source), target.path, mode=PRIVATE_MODE)
        is_ours = store.holds(target.path, Digests(str(source)))
    if is_ours is None:
        raise AllHoursPublicationError(f"{path} cannot be read back, so nothing tells whether another run wrote it")
    return is_ours


def _create_local(target: Path, content: bytes, subject: str) -> bool:
    make_folder(target.parent)
    remove_leftovers(target.parent, subject)
    part = PartFile(target.parent, subject)
    try:
        part.stream.write(content)
        part.stream.close()
        part.sync()
        try:
            os.link(part.path, target)
        except FileExistsError:
            return False
        except OSError:
            # No hard links there.
            return _write_exclusively(target, content)
        finally:
            sync_folder(target.parent)
        return True
    finally:
        part.remove()


def _write_exclusively(target: Path, content: bytes) -> bool:
    try:
        descriptor = os.open(target, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, PRIVATE_MODE)
    except FileExistsError:
        return False
    with os.fdopen(descriptor, "wb") as file:
        file.write(content)
        file.flush()
        os.fsync(descriptor)
    return True
