# SPDX-License-Identifier: Apache-2.0
"""Write and read the parts of a frozen version: files of JSON lines, sorted by user id; see :mod:`..payroll.frozen`.

Reading needs memory for one person at a time. A file is fetched once, and its checksum is verified before the first row
is given away: what was changed after it was frozen is never used.
"""

from __future__ import annotations

import hashlib
import tempfile
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import IO, Any, Generic, TypedDict, TypeVar

import msgspec
from fsspec.implementations.local import LocalFileSystem

from airflow_provider_allhours.client.errors import AllHoursConflictError
from airflow_provider_allhours.payroll.frozen import (
    FrozenAbsence,
    FrozenCounter,
    FrozenDay,
    FrozenPerson,
    PersonRecords,
)

PEOPLE, TIMESHEETS, ABSENCES, COUNTERS = PARTS = ("people", "timesheets", "absences", "counters")
CHUNK = 1 << 20

FrozenRow = FrozenPerson | FrozenDay | FrozenAbsence | FrozenCounter
RowT = TypeVar("RowT", FrozenPerson, FrozenDay, FrozenAbsence, FrozenCounter)

_ENCODER = msgspec.json.Encoder()


class VersionFile(TypedDict):
    """Name, rows, bytes and SHA-256 of a frozen file."""

    name: str
    rows: int
    bytes: int
    sha256: str


class PartWriter:
    """Writes one part to a local file.

    Args:
        path: the file.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._file = path.open("wb")
        self._digest = hashlib.sha256()
        self._rows = self._bytes = 0

    def write(self, row: FrozenRow) -> None:
        """Append a row; rows come sorted by user id."""
        # On one line, with blanks between the fields: people read these files, too.
        line = msgspec.json.format(_ENCODER.encode(row), indent=0) + b"\n"
        self._file.write(line)
        self._digest.update(line)
        self._rows += 1
        self._bytes += len(line)

    def close(self) -> VersionFile:
        """Close the file and describe it."""
        self._file.close()
        return {
            "name": self.path.name,
            "rows": self._rows,
            "bytes": self._bytes,
            "sha256": self._digest.hexdigest(),
        }


class VersionWriter:
    """Writes the parts of a version to a local folder, person by person in the order of their user ids.

    Args:
        folder: an existing folder; the files are named after the parts.
    """

    def __init__(self, folder: Path) -> None:
        self._parts = {part: PartWriter(folder / f"{part}.jsonl") for part in PARTS}

    def write(self, records: PersonRecords) -> None:
        """Append one person."""
        self._parts[PEOPLE].write(records.person)
        for part, rows in ((TIMESHEETS, records.days), (ABSENCES, records.absences), (COUNTERS, records.counters)):
            writer = self._parts[part]
            for row in rows:
                writer.write(row)

    def close(self) -> dict[str, VersionFile]:
        """Close the files and describe them by part."""
        return {part: writer.close() for part, writer in self._parts.items()}


def open_verified(path: Any, sha256: str) -> IO[bytes]:
    """Open a frozen file at its beginning, after its checksum was verified.

    A file of a store is copied into a temporary file without a name, so that it is fetched once.

    Args:
        path: a path object with ``fs`` and ``path``.
        sha256: its checksum, hex.

    Raises:
        AllHoursConflictError: the file has another checksum, or is gone.
    """
    with ExitStack() as opened:
        try:
            source: IO[bytes] = opened.enter_context(path.fs.open(path.path, "rb"))
        except FileNotFoundError:
            raise AllHoursConflictError(f"{path} is gone; a frozen version is never removed by hand") from None
        is_local = isinstance(path.fs, LocalFileSystem)
        kept = source if is_local else opened.enter_context(tempfile.TemporaryFile(prefix="allhours-"))
        digest = hashlib.sha256()
        while chunk := source.read(CHUNK):
            digest.update(chunk)
            if not is_local:
                kept.write(chunk)
        if digest.hexdigest() != sha256:
            raise AllHoursConflictError(f"{path} was changed after it was frozen; its checksum differs")
        kept.seek(0)
        if not is_local:
            source.close()
        opened.pop_all()
        return kept


def read_people(open_part: Callable[[str], IO[bytes]]) -> Iterator[PersonRecords]:
    """Each person of a version with everything that is frozen of them, sorted by user id.

    Args:
        open_part: given the name of a part, its verified content; closed here.

    Raises:
        AllHoursConflictError: the parts are not sorted by user id, or have rows of nobody.
    """
    with ExitStack() as files:
        streams = {part: files.enter_context(open_part(part)) for part in PARTS}
        days = _Rows(streams[TIMESHEETS], FrozenDay)
        absences = _Rows(streams[ABSENCES], FrozenAbsence)
        counters = _Rows(streams[COUNTERS], FrozenCounter)
        for person in _decoded(streams[PEOPLE], FrozenPerson):
            user_id = person.user_id
            yield PersonRecords(person, days.of(user_id), absences.of(user_id), counters.of(user_id))
        for rows in (days, absences, counters):
            rows.require_end()


class _Rows(Generic[RowT]):
    """The rows of a part, taken person by person."""

    def __init__(self, stream: IO[bytes], kind: type[RowT]) -> None:
        self._rows: Iterator[RowT] = _decoded(stream, kind)
        self._next: RowT | None = next(self._rows, None)

    def of(self, user_id: str) -> tuple[RowT, ...]:
        rows: list[RowT] = []
        while (row := self._next) is not None and row.user_id == user_id:
            rows.append(row)
            self._next = next(self._rows, None)
        return tuple(rows)

    def require_end(self) -> None:
        if self._next is not None:
            raise AllHoursConflictError(
                "a part of a frozen version has rows of somebody who is not among its people, or is not sorted by user "
                "id; it was written by something else"
            )


def _decoded(stream: IO[bytes], kind: type[RowT]) -> Iterator[RowT]:
    decoder = msgspec.json.Decoder(kind)
    return (decoder.decode(line) for line in stream)
