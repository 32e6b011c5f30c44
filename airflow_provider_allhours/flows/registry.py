# SPDX-License-Identifier: Apache-2.0
"""The registry of releases below the folder of all periods: who was paid for which days, by which file.

``<path>/registry/000001.json``, ``000002.json``, … are its records, which no run rewrites; see
:class:`~airflow_provider_allhours.files.record_log.RecordLog` and :mod:`..payroll.releases`. ``files-<time>-<token>``
beside them has what belongs to one record: the people who are paid, and until the payroll file is in its place, its
content.
"""

from __future__ import annotations

import hashlib
import logging
import os
import re
from collections.abc import Iterable, Iterator, Mapping
from contextlib import ExitStack, suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cached_property
from pathlib import Path
from typing import IO, Any
from uuid import uuid4

import msgspec
from fsspec.implementations.local import LocalFileSystem

from airflow_provider_allhours.files.part_files import is_abandoned, locked_while_used
from airflow_provider_allhours.files.presence import is_there
from airflow_provider_allhours.files.publication import publish_bytes, publish_stream
from airflow_provider_allhours.files.record_log import Record, RecordLog
from airflow_provider_allhours.files.staging import AnyPath, as_upath
from airflow_provider_allhours.flows.version_parts import open_verified
from airflow_provider_allhours.flows.versions import FrozenVersion
from airflow_provider_allhours.payroll.paid_people import PaidPerson
from airflow_provider_allhours.payroll.releases import PeopleFile, ReleasedPart, Releases

log = logging.getLogger(__name__)

FOLDER = "registry"

_FILES = re.compile(r"files-(\d{8}T\d{6})-[0-9a-f]{12}")
_TIME = "%Y%m%dT%H%M%S"
_MAX_AGE = timedelta(days=1)
"""After this a run that has not claimed its file is taken for dead in a store, which has no locks."""

_ENCODER = msgspec.json.Encoder()
_DECODER = msgspec.json.Decoder(PaidPerson)


@dataclass(frozen=True)
class Snapshot:
    """The registry as it was read.

    Attributes:
        records: its records.
    """

    records: tuple[Record, ...]

    @cached_property
    def releases(self) -> Releases:
        """What the records say."""
        return self._until(len(self.records) + 1)

    def before(self, number: int) -> Releases:
        """What the records before a record say."""
        return self._until(number)

    def _until(self, number: int) -> Releases:
        return Releases(
            (record.number, record.document)
            for record in self.records
            if record.number < number and record.document is not None
        )


class Registry:
    """The registry of one folder of periods.

    Args:
        periods: the folder, ``path`` of the closes.
    """

    def __init__(self, periods: AnyPath) -> None:
        self.periods = as_upath(periods)
        self.folder = self.periods / FOLDER
        self._log = RecordLog(self.folder)

    @classmethod
    def of(cls, version: FrozenVersion) -> Registry:
        """The registry that the releases of a version are in."""
        return cls(version.versions.folder.parent)

    def read(self) -> Snapshot:
        """All records.

        Raises:
            AllHoursConflictError: a record is missing or was changed.
        """
        return Snapshot(self._log.read())

    def append(self, snapshot: Snapshot, record: Mapping[str, Any]) -> Snapshot | None:
        """Append a record; None when another run has appended one since the snapshot."""
        appended = self._log.append(snapshot.records, record)
        return None if appended is None else Snapshot((*snapshot.records, appended))

    def people(self, part: ReleasedPart) -> Iterator[PaidPerson]:
        """The people of a part of a release, read while they are iterated.

        Raises:
            AllHoursConflictError: the file was changed, before anybody of it is read.
        """
        file = part["people"]
        with open_verified(self.folder / file["name"], file["sha256"]) as stream:
            for line in stream:
                yield _DECODER.decode(line)

    def new_files(self) -> NewFiles:
        """A folder for the files of a record that is to be appended; remains of runs that were killed are removed."""
        self._remove_orphans()
        return NewFiles(self, f"files-{datetime.now(UTC).strftime(_TIME)}-{uuid4().hex[:12]}")

    def path(self, folder: str, name: str) -> Any:
        """Path of a file that belongs to a record."""
        return self.folder / folder / name

    def write(self, folder: str, name: str, content: bytes) -> str:
        """Write a file that belongs to a record; its SHA-256, hex."""
        return publish_bytes(self.path(folder, name), content)

    def read_file(self, folder: str, name: str) -> bytes:
        """Read a file that belongs to a record.

        Raises:
            FileNotFoundError: it is not there.
        """
        path = self.path(folder, name)
        return bytes(path.fs.cat_file(path.path))

    def write_people(self, folder: str, index: int, people: Iterable[PaidPerson]) -> PeopleFile:
        """Write the people of the part of a release with this index."""
        name = f"people-{index}.jsonl"
        count = 0

        def write(stream: IO[bytes]) -> None:
            nonlocal count
            for line in _people_lines(people):
                stream.write(line)
                count += 1

        _, sha256 = publish_stream(self.path(folder, name), write)
        return {"name": f"{folder}/{name}", "sha256": sha256, "people": count}

    def remove_files(self, folder: str, names: Iterable[str] | None = None) -> None:
        """Remove files that belong to a record, all of them by default; what is gone already is no error."""
        place = self.folder / folder
        fs = place.fs
        fs.invalidate_cache()
        with suppress(FileNotFoundError):
            for name in [*(fs.ls(place.path, detail=False) if names is None else (str(place / n) for n in names))]:
                with suppress(FileNotFoundError):
                    fs.rm_file(fs._strip_protocol(str(name)))
        if names is None:
            with suppress(OSError, NotImplementedError):
                fs.rmdir(place.path)

    def _remove_orphans(self) -> None:
        """Remove the files of runs that were killed before they appended their record."""
        abandoned = {folder for folder in self.folders() if self._is_abandoned(folder)}
        if not abandoned:
            return
        for release in self.read().releases.all.values():
            abandoned -= {file["folder"] for file in release.files.values()}
            abandoned -= {part["people"]["name"].partition("/")[0] for part in release.parts}
        for folder in sorted(abandoned):
            log.info("%s belongs to no record and is removed", self.folder / folder)
            self.remove_files(folder)

    def _is_abandoned(self, folder: str) -> bool:
        local = self.local_folder(folder)
        return (local is not None and is_abandoned(local)) or _is_old(folder)

    def local_folder(self, folder: str) -> Path | None:
        """The folder of a record's files on this machine; None in a store."""
        path = self.folder / folder
        return Path(os.path.realpath(str(path.path))) if isinstance(path.fs, LocalFileSystem) else None

    def folders(self) -> Iterator[str]:
        """Names of the folders with files of records."""
        if not is_there(self.folder):
            return
        for name in self.folder.fs.ls(self.folder.path, detail=False):
            last = str(name).rstrip("/").rpartition("/")[2]
            if _FILES.fullmatch(last):
                yield last


class NewFiles:
    """The files of a record that is to be appended; removed at the end of the block when it was not.

    After an error of the append nothing tells whether the record is there, and the files stay.

    Attributes:
        folder: name of their folder.
    """

    def __init__(self, registry: Registry, folder: str) -> None:
        self.folder = folder
        self._registry = registry
        self._stays = False
        self._lock = ExitStack()

    def __enter__(self) -> NewFiles:
        local = self._registry.local_folder(self.folder)
        if local is not None:
            self._lock.enter_context(locked_while_used(local))
        return self

    def append(self, snapshot: Snapshot, record: Mapping[str, Any]) -> Snapshot | None:
        """Append the record; None when another run has appended one since the snapshot."""
        self._stays = True
        appended = self._registry.append(snapshot, record)
        self._stays = appended is not None
        return appended

    def __exit__(self, *_: object) -> None:
        with self._lock:
            if not self._stays:
                self._registry.remove_files(self.folder)


def people_sha256(people: Iterable[PaidPerson]) -> str:
    """Checksum of the file of these people, hex."""
    digest = hashlib.sha256()
    for line in _people_lines(people):
        digest.update(line)
    return digest.hexdigest()


def _people_lines(people: Iterable[PaidPerson]) -> Iterator[bytes]:
    return (_ENCODER.encode(person) + b"\n" for person in people)


def comparable_path(path: AnyPath) -> str:
    """A path in the one form in which paths of payroll files are compared."""
    target = as_upath(path)
    if isinstance(target.fs, LocalFileSystem):
        return os.path.realpath(str(target.path))
    return str(target.fs.unstrip_protocol(target.path))


def _is_old(folder: str) -> bool:
    match = _FILES.fullmatch(folder)
    return match is not None and datetime.now(UTC) - datetime.strptime(match[1], _TIME).replace(tzinfo=UTC) > _MAX_AGE
