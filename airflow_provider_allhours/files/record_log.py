# SPDX-License-Identifier: Apache-2.0
"""A log of small JSON records in one folder: each record is a new file that one run creates, and none is rewritten."""

from __future__ import annotations

import json
import logging
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import uuid4

from airflow_provider_allhours.client.errors import AllHoursConflictError
from airflow_provider_allhours.files.exclusive import create_exclusively
from airflow_provider_allhours.files.presence import is_there
from airflow_provider_allhours.files.publication import as_json_bytes, sha256_of
from airflow_provider_allhours.files.staging import AnyPath, as_upath

log = logging.getLogger(__name__)

_NAME = re.compile(r"(\d{6,})\.json")


@dataclass(frozen=True)
class Record:
    """A record of the log.

    Attributes:
        number: its place, from 1.
        document: its content; None where a run was killed while it wrote the record, which then says nothing.
        sha256: SHA-256 of the file, hex.
    """

    number: int
    document: Mapping[str, Any] | None
    sha256: str


class RecordLog:
    """Records ``000001.json``, ``000002.json``, … of a folder, of which several runs write at the same time.

    A record is appended by creating the file of the next number, which one of several runs can do. So a run that reads
    the log, decides and appends has decided on the newest state, or is told. Each record has the checksum of the one
    before: a record that was changed or cut later is an error, a missing one, too. What a killed run left of a record
    that it was writing is covered by the next record's checksum and says nothing.

    Args:
        folder: where the records are; it need not exist.
    """

    def __init__(self, folder: AnyPath) -> None:
        self.folder = as_upath(folder)

    def path(self, number: int) -> Any:
        """Path of a record."""
        return self.folder / f"{number:06}.json"

    def read(self) -> tuple[Record, ...]:
        """All records in order.

        Raises:
            AllHoursConflictError: a record is missing, or was changed after it was written.
        """
        contents = self._contents()
        records: list[Record] = []
        for number, content in sorted(contents.items()):
            if number != len(records) + 1:
                raise AllHoursConflictError(
                    f"{self.path(len(records) + 1)} is missing; restore it from a copy: without it nothing tells what "
                    "was paid"
                )
            document = _document(content)
            if document is not None and records and document.get("previous") != records[-1].sha256:
                raise AllHoursConflictError(
                    f"{self.path(number - 1)} was changed after it was written; restore it from a copy: without it "
                    "nothing tells what was paid"
                )
            if document is None:
                log.warning("%s is not a whole record: a run was killed while it wrote it", self.path(number))
            records.append(Record(number, document, sha256_of(content)))
        return tuple(records)

    def append(self, known: Sequence[Record], document: Mapping[str, Any]) -> Record | None:
        """Append a record behind the ones that are known; None when another run has appended one meanwhile.

        Args:
            known: all records, as :meth:`read` gave them.
            document: plain JSON; the keys ``previous`` and ``token`` are added.
        """
        number = len(known) + 1
        content = as_json_bytes(
            {**document, "token": uuid4().hex, "previous": known[-1].sha256 if known else None},
        )
        if not create_exclusively(self.path(number), content, subject="records"):
            return None
        return Record(number, json.loads(content), sha256_of(content))

    def _contents(self) -> dict[int, bytes]:
        fs = self.folder.fs
        if not is_there(self.folder):
            return {}
        paths = [str(path) for path in fs.ls(self.folder.path, detail=False)]
        records = {path: int(match[1]) for path in paths if (match := _NAME.fullmatch(_last_name(path)))}
        if not records:
            return {}
        # A list is read at once where the file system can do that.
        contents = fs.cat(list(records), recursive=False)
        if isinstance(contents, bytes):
            return dict.fromkeys(records.values(), contents)
        return {int(_last_name(path).partition(".")[0]): content for path, content in contents.items()}


def _last_name(path: str) -> str:
    return path.rstrip("/").rpartition("/")[2]


def _document(content: bytes) -> Mapping[str, Any] | None:
    try:
        document = json.loads(content)
    except ValueError:
        return None
    return document if isinstance(document, dict) and {"kind", "previous"} <= document.keys() else None
