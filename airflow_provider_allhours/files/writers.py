# SPDX-License-Identifier: Apache-2.0
"""Rows as CSV, JSON Lines, Parquet or XLSX: the same rows always give the same bytes."""

from __future__ import annotations

import codecs
import json
import zlib
from collections.abc import Sequence
from contextlib import suppress
from datetime import date, datetime
from typing import IO, Any, Protocol

from airflow_provider_allhours.client.errors import AllHoursParameterError
from airflow_provider_allhours.columns import Column, Kind, Row
from airflow_provider_allhours.files.csv_options import CsvOptions
from airflow_provider_allhours.files.csv_table import csv_writer
from airflow_provider_allhours.files.xlsx_writer import XlsxWriter

FORMATS = ("csv", "jsonl", "parquet", "xlsx")
PARQUET_BATCH = 8192
TEXT_BATCH = 65_536
"""Characters that are collected before they are encoded and written."""

GZIP_WBITS = 31
"""Tells zlib to write a gzip header and trailer; the header has neither time nor name."""


class RowWriter(Protocol):
    """Takes rows in column order."""

    def write(self, row: Row) -> None:
        """Add one row."""

    def close(self) -> None:
        """Finish the file; the stream below stays open."""

    def abandon(self) -> None:
        """Give up a file that will not be finished; nothing is written to the stream afterwards."""


def format_of(name: str, file_format: str | None = None) -> tuple[str, bool]:
    """The format of a file and whether it is gzipped.

    Args:
        name: file name; its suffix decides unless ``file_format`` does. ``.gz`` after csv or jsonl means gzip.
        file_format: ``csv``, ``jsonl``, ``parquet`` or ``xlsx``.

    Raises:
        AllHoursParameterError: no known format.
    """
    bare = name.lower()
    is_gzipped = bare.endswith(".gz")
    bare = bare.removesuffix(".gz")
    chosen = (file_format or bare.rpartition(".")[2]).lower()
    if chosen not in FORMATS:
        parameter = "file_format" if file_format else "path"
        raise AllHoursParameterError(
            f"parameter '{parameter}' is {(file_format or name)!r}, which names no known format; it takes "
            "csv, jsonl, parquet or xlsx, as a suffix of the path (.csv, .csv.gz, .jsonl, .jsonl.gz, .parquet, .xlsx) "
            "or as file_format"
        )
    if chosen in ("parquet", "xlsx") and is_gzipped:
        raise AllHoursParameterError(
            f"parameter 'path' is {name!r}; {chosen} compresses by itself and takes the suffix .{chosen} without .gz"
        )
    return chosen, is_gzipped


def open_writer(
    stream: IO[bytes], columns: Sequence[Column], file_format: str, *, gzipped: bool, csv_options: CsvOptions
) -> RowWriter:
    """A writer on a stream."""
    if file_format == "parquet":
        return _ParquetWriter(stream, columns)
    if file_format == "xlsx":
        return XlsxWriter(stream, columns)
    if file_format == "csv":
        return _CsvWriter(_EncodedStream(stream, csv_options.encoding, gzipped=gzipped), columns, csv_options)
    return _JsonLinesWriter(_EncodedStream(stream, "utf-8", gzipped=gzipped), columns)


class _EncodedStream:
    """Encodes text, and gzips it on request.

    The standard library's ``TextIOWrapper`` and ``GzipFile`` write what they still hold when they are collected;
    after a failed write that goes to a closed file. This class has no finalizer.
    """

    def __init__(self, stream: IO[bytes], encoding: str, *, gzipped: bool) -> None:
        self._stream = stream
        self._encoder = codecs.getincrementalencoder(encoding)()
        self._compressor = zlib.compressobj(level=9, wbits=GZIP_WBITS) if gzipped else None
        self._pending: list[str] = []
        self._pending_size = 0

    def write(self, text: str) -> None:
        self._pending.append(text)
        self._pending_size += len(text)
        if self._pending_size >= TEXT_BATCH:
            self._flush()

    def close(self) -> None:
        self._flush()
        if self._compressor:
            self._stream.write(self._compressor.flush())

    def _flush(self) -> None:
        content = self._encoder.encode("".join(self._pending))
        self._stream.write(self._compressor.compress(content) if self._compressor else content)
        self._pending.clear()
        self._pending_size = 0


class _TextWriter:
    """What the writers of text have in common."""

    def __init__(self, text: _EncodedStream) -> None:
        self._text = text

    def close(self) -> None:
        self._text.close()

    def abandon(self) -> None:
        """Nothing is left to do: without a finalizer nothing is written later."""


class _CsvWriter(_TextWriter):
    """CSV with line feeds and quotes where needed; texts exactly as they are, unless ``formula_safe`` is set."""

    def __init__(self, text: _EncodedStream, columns: Sequence[Column], options: CsvOptions) -> None:
        super().__init__(text)
        self._cell = None if options.is_plain else options.cell
        # The csv module writes texts, numbers, days and None as they are due here.
        self._unlike_csv = [index for index, column in enumerate(columns) if column.kind in _UNLIKE_CSV]
        self._csv = csv_writer(text, options.separator)
        self._csv.writerow([options.cell(column.name) for column in columns])

    def write(self, row: Row) -> None:
        cells = list(row)
        for index in self._unlike_csv:
            cells[index] = _as_text(cells[index])
        self._csv.writerow(cells if self._cell is None else [self._cell(cell) for cell in cells])


class _JsonLinesWriter(_TextWriter):
    """One JSON object per line, in UTF-8."""

    def __init__(self, text: _EncodedStream, columns: Sequence[Column]) -> None:
        super().__init__(text)
        self._names = [column.name for column in columns]

    def write(self, row: Row) -> None:
        line = {name: _as_json(value) for name, value in zip(self._names, row, strict=True)}
        self._text.write(json.dumps(line, ensure_ascii=False) + "\n")


class _ParquetWriter:
    """Parquet with a schema from the columns, never from the rows: an empty month has the types of a full one."""

    def __init__(self, stream: IO[bytes], columns: Sequence[Column]) -> None:
        try:
            import pyarrow as pa
            import pyarrow.parquet as pq
        except ImportError:
            raise AllHoursParameterError(
                "parameter 'path' asks for Parquet, which needs the extra airflow-provider-allhours[parquet]"
            ) from None
        types: dict[Kind, Any] = {
            Kind.TEXT: pa.string(),
            Kind.INTEGER: pa.int64(),
            Kind.MINUTES: pa.int64(),
            Kind.NUMBER: pa.float64(),
            Kind.BOOLEAN: pa.bool_(),
            Kind.DATE: pa.date32(),
            Kind.DATETIME: pa.timestamp("us"),
        }
        self._pa = pa
        self._kinds = [column.kind for column in columns]
        self._schema = pa.schema([(column.name, types[column.kind]) for column in columns])
        self._writer = pq.ParquetWriter(pa.PythonFile(stream, mode="w"), self._schema, compression="zstd")
        self._batch: list[Row] = []

    def write(self, row: Row) -> None:
        self._batch.append(
            tuple(
                str(value) if kind is Kind.TEXT and value is not None else value
                for kind, value in zip(self._kinds, row, strict=True)
            )
        )
        if len(self._batch) >= PARQUET_BATCH:
            self._flush()

    def close(self) -> None:
        self._flush()
        self._writer.close()

    def abandon(self) -> None:
        with suppress(Exception):
            self._writer.close()
        # Otherwise it would try once more when it is collected, on a stream that is gone.
        self._writer.is_open = False

    def _flush(self) -> None:
        if not self._batch:
            return
        arrays = [
            self._pa.array(values, type=field.type)
            for values, field in zip(zip(*self._batch, strict=True), self._schema, strict=True)
        ]
        self._writer.write_batch(self._pa.record_batch(arrays, schema=self._schema))
        self._batch.clear()


_UNLIKE_CSV = frozenset({Kind.BOOLEAN, Kind.DATETIME})
"""Kinds whose values the csv module would write in another form."""


def _as_text(value: object) -> object:
    if value is True or value is False:
        return "true" if value else "false"
    return value.isoformat() if isinstance(value, datetime) else value


def _as_json(value: object) -> object:
    return value.isoformat() if isinstance(value, (date, datetime)) else value
