# SPDX-License-Identifier: Apache-2.0
"""Read a published file row by row, as it was written."""

from __future__ import annotations

import csv
import gzip
import io
import json
from collections.abc import Iterator
from contextlib import ExitStack
from typing import IO, Any

from airflow_provider_allhours.client.errors import AllHoursParameterError
from airflow_provider_allhours.columns import Row

READABLE = ("csv", "jsonl", "parquet")
"""Formats whose rows can be read back to the byte."""


def read_rows(stream: IO[bytes], file_format: str, *, is_gzipped: bool, separator: str, encoding: str) -> Iterator[Row]:
    """The rows of a file without the row of names; cells of CSV are texts, values of the others as they are.

    Args:
        stream: the file, which is closed behind the last row.
        file_format: one of :data:`READABLE`.
        is_gzipped: whether it is compressed.
        separator: of CSV.
        encoding: of CSV.

    Raises:
        AllHoursParameterError: another format.
    """
    if file_format not in READABLE:
        raise AllHoursParameterError(
            f"parameter 'manifests' has a file in {file_format}, whose rows cannot be read back to the byte; join "
            f"{', '.join(READABLE)}"
        )
    with ExitStack() as opened:
        opened.enter_context(stream)
        if file_format == "parquet":
            yield from _parquet(stream)
            return
        content: Any = opened.enter_context(gzip.open(stream)) if is_gzipped else stream
        if file_format == "csv":
            text = opened.enter_context(io.TextIOWrapper(content, encoding=encoding, newline=""))
            rows = csv.reader(text, delimiter=separator)
            next(rows, None)
            yield from map(tuple, rows)
        else:
            yield from (tuple(json.loads(line).values()) for line in content)


def _parquet(stream: IO[bytes]) -> Iterator[Row]:
    import pyarrow.parquet

    file: Any = pyarrow.parquet.ParquetFile(stream)
    for batch in file.iter_batches():
        yield from zip(*(column.to_pylist() for column in batch.columns), strict=True)
