# SPDX-License-Identifier: Apache-2.0
"""Publish a data file and its manifest: both or neither."""

from __future__ import annotations

import hashlib
import io
import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from typing import IO, Any, TypeVar, cast

from airflow_provider_allhours.columns import Column, Kind, Row
from airflow_provider_allhours.files.csv_options import DEFAULT_CSV, CsvOptions
from airflow_provider_allhours.files.staging import AnyPath, as_upath, publish_together, sibling, stage
from airflow_provider_allhours.files.writers import RowWriter, format_of, open_writer

MANIFEST_SUFFIX = ".manifest.json"

ManifestT = TypeVar("ManifestT", bound=Mapping[str, object])


@dataclass(frozen=True)
class Written:
    """What was written, before anybody can see it.

    Attributes:
        rows: number of rows.
        bytes: size of the file.
        sha256: checksum of the file, hex.
        totals: sum of every minutes column that can be summed, under its published name.
    """

    rows: int
    bytes: int
    sha256: str
    totals: dict[str, int]


def publish_rows(
    path: AnyPath,
    rows: Iterable[Row],
    columns: Sequence[Column],
    *,
    file_format: str | None = None,
    csv_options: CsvOptions = DEFAULT_CSV,
    is_private: bool = False,
    manifest: Callable[[Written], ManifestT],
) -> ManifestT:
    """Write rows to a file and then its manifest to ``<path>.manifest.json``.

    Both appear whole and together. When anything fails (the rows, the disk, the manifest), neither does, and what
    stood there before stays as it was. Memory does not grow with the rows.

    Args:
        path: where; its suffix decides the format unless ``file_format`` does.
        rows: values in column order; may raise, which ends it.
        columns: their columns.
        file_format: ``csv``, ``jsonl``, ``parquet`` or ``xlsx``.
        csv_options: form of a CSV file.
        is_private: whether new files can be read by their user only; otherwise they follow the process's umask.
        manifest: given what was written, the manifest; may raise, which ends it.

    Returns:
        The manifest.
    """
    chosen, gzipped = format_of(as_upath(path).name, file_format)
    with ExitStack() as clean_up:
        data = stage(path, is_private=is_private)
        clean_up.callback(data.clean_up)
        # Before anything is read: a path where no manifest can be is refused at once.
        manifest_file = stage(sibling(path, MANIFEST_SUFFIX), is_private=is_private)
        clean_up.callback(manifest_file.clean_up)
        stream = _Digesting(data.stream)
        writer = open_writer(cast("IO[bytes]", stream), columns, chosen, gzipped=gzipped, csv_options=csv_options)
        written = _write(writer, stream, rows, columns)
        described = manifest(written)
        manifest_file.stream.write(as_json_bytes(described))
        publish_together([data, manifest_file])
    return described


def publish_bytes(
    path: AnyPath,
    content: bytes,
    manifest: Mapping[str, object] | None = None,
    *,
    check: Callable[[], None] | None = None,
) -> str:
    """Publish a small file, and a manifest beside it where one is given; both or neither.

    New files can be read by their user only; a file that stood there before keeps its mode. ``check`` is called before
    anything is put in place, and what it raises ends it.

    Returns:
        The file's SHA-256, hex.
    """
    with ExitStack() as clean_up:
        staged = []
        parts = [(path, content)]
        if manifest is not None:
            parts.append((sibling(path, MANIFEST_SUFFIX), as_json_bytes(manifest)))
        for part_path, part in parts:
            file = stage(part_path)
            clean_up.callback(file.clean_up)
            file.stream.write(part)
            staged.append(file)
        publish_together(staged, check=check)
    return sha256_of(content)


def publish_stream(path: AnyPath, write: Callable[[IO[bytes]], None]) -> tuple[int, str]:
    """Publish a file of any size, whole or not at all; new files can be read by their user only.

    Args:
        path: where.
        write: writes the content; may raise, which ends it.

    Returns:
        Bytes and SHA-256 (hex) of the file.
    """
    with ExitStack() as clean_up:
        file = stage(path)
        clean_up.callback(file.clean_up)
        stream = _Digesting(file.stream)
        write(cast("IO[bytes]", stream))
        publish_together([file])
    return stream.size, stream.sha256


def as_json_bytes(value: Any) -> bytes:
    """JSON for people: indented, UTF-8, keys in the order given."""
    return (json.dumps(value, indent=2, ensure_ascii=False) + "\n").encode()


def sha256_of(content: bytes) -> str:
    """Checksum, hex."""
    return hashlib.sha256(content).hexdigest()


def _write(writer: RowWriter, stream: _Digesting, rows: Iterable[Row], columns: Sequence[Column]) -> Written:
    sums = {index: 0 for index, column in enumerate(columns) if column.kind is Kind.MINUTES and column.is_summed}
    summed = tuple(sums)
    count = 0
    try:
        for row in rows:
            writer.write(row)
            count += 1
            for index in summed:
                if minutes := row[index]:
                    sums[index] += minutes  # type: ignore[operator]  # a column of this kind has numbers
        writer.close()
    except BaseException:
        writer.abandon()
        raise
    totals = {columns[index].name: minutes for index, minutes in sums.items()}
    return Written(count, stream.size, stream.sha256, totals)


class _Digesting(io.RawIOBase):
    """A stream that knows the size and checksum of what went through it."""

    def __init__(self, target: IO[bytes]) -> None:
        super().__init__()
        self._target = target
        self._digest = hashlib.sha256()
        self.size = 0

    @property
    def sha256(self) -> str:
        """Checksum so far, hex."""
        return self._digest.hexdigest()

    def writable(self) -> bool:
        return True

    def write(self, data: Any) -> int:
        content = bytes(data)
        self._target.write(content)
        self._digest.update(content)
        self.size += len(content)
        return len(content)

    def tell(self) -> int:
        return self.size
