# SPDX-License-Identifier: Apache-2.0
"""Publish a version: its number is claimed with all its files, or not at all.

On a local disk the files are made in a folder beside, which is renamed to the version's; the system refuses that when
another run's folder is there. An object store has no rename, so the files have names of this run, and the manifest,
which says which files belong to the version, is created last, on the condition that there is none. Whatever moment a
run is killed at, there is a whole version or none, and a number without a manifest is free again or skipped.
"""

from __future__ import annotations

import errno
import os
import shutil
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path, PurePosixPath
from typing import Any
from uuid import uuid4

from fsspec.implementations.local import LocalFileSystem

from airflow_provider_allhours.files.exclusive import create_exclusively
from airflow_provider_allhours.files.local_staging import make_folder, sync_folder
from airflow_provider_allhours.files.part_files import PRIVATE_MODE, private_folder
from airflow_provider_allhours.files.publication import as_json_bytes
from airflow_provider_allhours.files.staging import publish_together, stage
from airflow_provider_allhours.flows.versions import MANIFEST, PeriodVersions, VersionManifest


def publish_version(versions: PeriodVersions, files: Mapping[str, Path], manifest: VersionManifest) -> bool:
    """Publish the files and the manifest under the manifest's version number; whether the number was free.

    Args:
        versions: the versions of the period.
        files: published name -> local file; the names are those in the manifest, see :func:`names_of_this_run`.
        manifest: the manifest.
    """
    number = manifest["version"]
    if isinstance(versions.folder.fs, LocalFileSystem):
        target = Path(os.path.realpath(versions.folder.path)) / versions.folder_name(number)
        return _rename_into_place(target, files, as_json_bytes(manifest))
    staged: list[str] = []
    try:
        for name, source in files.items():
            path = versions.path(number, name)
            staged.append(path.path)
            _upload(source, path)
        is_ours = create_exclusively(versions.path(number, MANIFEST), as_json_bytes(manifest))
    except BaseException:
        _remove_unless_published(versions, number, staged)
        raise
    if not is_ours:
        _remove(versions, staged)
    return is_ours


def names_of_this_run(versions: PeriodVersions, files: Mapping[str, Path]) -> dict[str, Path]:
    """The names that local files get in a version's folder: no two runs may write to one name of a store."""
    if isinstance(versions.folder.fs, LocalFileSystem):
        return {path.name: path for path in files.values()}
    token = uuid4().hex[:12]
    names = {path: PurePosixPath(path.name) for path in files.values()}
    return {f"{name.stem}-{token}{name.suffix}": path for path, name in names.items()}


def _rename_into_place(target: Path, files: Mapping[str, Path], manifest: bytes) -> bool:
    make_folder(target.parent)
    # Leftovers of a killed run are removed with the next folder of the same purpose.
    with private_folder(str(target.parent), target.parent) as beside:
        made = beside / target.name
        made.mkdir()
        for name, source in files.items():
            _write(made / name, source)
        _write(made / MANIFEST, manifest)
        sync_folder(made)
        try:
            os.rename(made, target)
        except OSError as error:
            if error.errno in (errno.ENOTEMPTY, errno.EEXIST, errno.ENOTDIR):
                return False
            raise
        sync_folder(target.parent)
    return True


def _write(path: Path, content: bytes | Path) -> None:
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, PRIVATE_MODE)
    with os.fdopen(descriptor, "wb") as file:
        if isinstance(content, bytes):
            file.write(content)
        else:
            with content.open("rb") as source:
                shutil.copyfileobj(source, file)
        file.flush()
        os.fsync(descriptor)


def _upload(source: Path, path: Any) -> None:
    file = stage(path)
    try:
        with source.open("rb") as stream:
            shutil.copyfileobj(stream, file.stream)
        publish_together([file])
    finally:
        file.clean_up()


def _remove_unless_published(versions: PeriodVersions, number: int, paths: list[str]) -> None:
    """After an error nothing tells whether the manifest arrived; files that it may name are kept."""
    with suppress(Exception):
        if not versions.exists(number, MANIFEST):
            _remove(versions, paths)


def _remove(versions: PeriodVersions, paths: list[str]) -> None:
    for path in paths:
        with suppress(Exception):
            versions.folder.fs.rm_file(path)
