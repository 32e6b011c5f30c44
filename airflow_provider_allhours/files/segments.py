# SPDX-License-Identifier: Apache-2.0
"""An append-only file in a store without appends: numbered segments, each created exclusively.

Whoever creates the next number has read all numbers before it, so that of two runs at once the one that is late is
refused at its next segment. The segments stand in the folder ``<path>.segments``; after many of them a run that ends
adds a copy of them all, so that the next one reads one object.
"""

from __future__ import annotations

import json
import time
from contextlib import suppress
from typing import Any
from uuid import uuid4

from airflow_provider_allhours.client.errors import AllHoursConflictError, AllHoursParameterError
from airflow_provider_allhours.files.part_files import PRIVATE_MODE
from airflow_provider_allhours.files.publication import publish_bytes
from airflow_provider_allhours.files.sftp import create_by_sftp, is_sftp
from airflow_provider_allhours.files.staging import AnyPath, as_upath, sibling
from airflow_provider_allhours.files.stores import condition_code

SEGMENT, COPY = ".segment", ".copy"
SEGMENTS_UNTIL_COPY = 50
MAX_UPLOAD = 2.0
"""Seconds after which a segment that is not complete counts as cut off by a crash."""

WAIT_STEP = 0.05
TAKEN = frozenset({"PreconditionFailed", "ConditionalRequestConflict", "412", "409"})


class Segments:
    """The segments of one file.

    Args:
        path: the file that they stand for.
    """

    def __init__(self, path: AnyPath) -> None:
        target = as_upath(path)
        self._fs: Any = target.fs
        self._path = path
        self._folder = f"{target.path}.segments"
        self._run = uuid4().hex
        self._last = 0
        self._copied = 0

    def read(self) -> bytes:
        """Everything that was appended; a line that a crash cut short counts as not written."""
        with suppress(AttributeError):
            self._fs.invalidate_cache()
        try:
            names = sorted(str(name).rpartition("/")[2] for name in self._fs.ls(self._folder, detail=False))
        except FileNotFoundError:
            names = []
        copies = [_number(name) for name in names if name.endswith(COPY)]
        segments = [_number(name) for name in names if name.endswith(SEGMENT)]
        self._copied = max(copies, default=0)
        self._last = max([*segments, self._copied], default=0)
        parts = [self._cat(f"{self._copied:08}{COPY}")] if self._copied else []
        for number in segments:
            if number > self._copied:
                parts.append(self._lines_of(number))
        return b"".join(parts)

    def append(self, lines: bytes) -> None:
        """Add a segment of whole lines; it is in the store when this returns.

        Raises:
            AllHoursConflictError: another run was quicker.
            AllHoursParameterError: the store cannot create a file exclusively.
        """
        key = f"{self._folder}/{self._last + 1:08}{SEGMENT}"
        content = json.dumps({"run": self._run, "bytes": len(lines)}).encode() + b"\n" + lines
        # A request that the store's client repeated after a lost answer finds its own segment.
        if not self._create(key, content) and self._read_again(key.rpartition("/")[2]) != content:
            raise AllHoursConflictError(
                f"another run writes to the ledger {self._path}; one writer at a time keeps it (max_active_runs=1)"
            )
        self._last += 1

    def close(self, content: bytes) -> None:
        """Add a copy of the content after many segments."""
        if self._last - self._copied >= SEGMENTS_UNTIL_COPY:
            publish_bytes(sibling(self._path, ".segments") / f"{self._last:08}{COPY}", content)

    def _lines_of(self, number: int) -> bytes:
        """The whole lines of a segment without the first, which names the run.

        One that is still being uploaded, as it can be seen where an SFTP server has no links, is waited for.
        """
        give_up = time.monotonic() + MAX_UPLOAD
        while True:
            head, _, lines = self._cat(f"{number:08}{SEGMENT}").partition(b"\n")
            if len(lines) == _declared_bytes(head) or time.monotonic() > give_up:
                return lines[: lines.rfind(b"\n") + 1]
            time.sleep(WAIT_STEP)

    def _read_again(self, name: str) -> bytes:
        """A file that is not among those that the store's client has listed."""
        with suppress(AttributeError):
            self._fs.invalidate_cache()
        return self._cat(name)

    def _cat(self, name: str) -> bytes:
        return bytes(self._fs.cat_file(f"{self._folder}/{name}"))

    def _create(self, key: str, content: bytes) -> bool:
        """Create a file; False when something is there."""
        if is_sftp(self._fs):
            return create_by_sftp(self._fs, key, content, mode=PRIVATE_MODE)
        try:
            self._fs.pipe_file(key, content, mode="create")
        except FileExistsError:
            return False
        except Exception as error:
            code = condition_code(error)
            if code in TAKEN:
                return False
            if code == "NotImplemented" or isinstance(error, (TypeError, NotImplementedError)):
                raise self._not_exclusive() from error
            raise
        return True

    def _not_exclusive(self) -> AllHoursParameterError:
        return AllHoursParameterError(
            f"parameter 'ledger_path' is {self._path}, in a store that cannot create a file only if there is none, so "
            "that two runs could write at once; it takes a local path, SFTP, or an object store with conditional writes"
        )


def _number(name: str) -> int:
    digits = name.partition(".")[0]
    return int(digits) if digits.isdigit() else 0


def _declared_bytes(head: bytes) -> int | None:
    try:
        return int(json.loads(head)["bytes"])
    except (ValueError, TypeError, KeyError):
        return None
