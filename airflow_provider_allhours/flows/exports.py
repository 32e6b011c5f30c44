# SPDX-License-Identifier: Apache-2.0
"""Export a dataset of an account to one file with a manifest."""

from __future__ import annotations

import logging
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import NotRequired, TypedDict, cast

from airflow_provider_allhours import __version__
from airflow_provider_allhours.attendance.coverage import CoverageJson
from airflow_provider_allhours.attendance.roster import Shard
from airflow_provider_allhours.client import AllHoursClient
from airflow_provider_allhours.columns import Row, Selection, select_columns
from airflow_provider_allhours.files.publication import MANIFEST_SUFFIX, Written, publish_rows
from airflow_provider_allhours.files.staging import AnyPath, sibling
from airflow_provider_allhours.files.writers import format_of
from airflow_provider_allhours.flows.clock import utc_now
from airflow_provider_allhours.flows.datasets.catalogue import find_dataset
from airflow_provider_allhours.flows.datasets.dataset import DatasetReader, ProgressCallback, ignore_progress
from airflow_provider_allhours.parameters import FAIL_OR_WARN, one_of
from airflow_provider_allhours.periods import Period, PeriodJson

log = logging.getLogger(__name__)

MANIFEST_ONLY = ("schema", "shard")
"""Keys of the manifest that are not in the return value."""


@dataclass(frozen=True)
class ExportRequest:
    """What a DAG author wants exported.

    Attributes:
        dataset: one of :data:`~airflow_provider_allhours.flows.datasets.catalogue.DATASETS`.
        path: where the file goes; its suffix decides the format.
        period: company-local days; None for users.
        timezone: IANA name, noted in the manifest.
        file_format: wins over the suffix.
        columns: which columns, under which names.
        privacy: column -> ``keep``, ``drop`` or ``hash``.
        on_incomplete: ``fail`` publishes nothing when a day is missing; ``warn`` publishes and lists it.
        shard: only a part of the employees.
    """

    dataset: str
    path: AnyPath
    period: Period | None
    timezone: str
    file_format: str | None = None
    columns: Sequence[str] | Mapping[str, str] | None = None
    privacy: Mapping[str, str] | None = None
    on_incomplete: str = "fail"
    shard: Shard | None = None


class ExportSource(TypedDict):
    """The account that was read, and the path templates of the routes."""

    host: str
    routes: list[str]


class SchemaColumn(TypedDict):
    """A published column."""

    name: str
    type: str


class ShardJson(TypedDict):
    """A part of the employees, counted from 0."""

    index: int
    count: int


class ExportResult(TypedDict):
    """The manifest without its schema: plain JSON, no rows, no names."""

    dataset: str
    period: PeriodJson | None
    timezone: str
    path: str
    manifest_path: str
    format: str
    rows: int
    employees: int
    bytes: int
    sha256: str
    coverage: CoverageJson
    totals: dict[str, int]
    source: ExportSource
    provider_version: str
    requests: int
    created_at: str


class ExportManifest(ExportResult):
    """What ``<path>.manifest.json`` holds."""

    schema: list[SchemaColumn]
    shard: NotRequired[ShardJson]


def export_dataset(
    client: AllHoursClient, request: ExportRequest, *, on_progress: ProgressCallback = ignore_progress
) -> ExportResult:
    """Read a dataset, check that it is complete, publish it.

    Args:
        client: the account.
        request: what to export.
        on_progress: called after each employee.

    Returns:
        The manifest without ``schema``: plain JSON, no rows, no names.

    Raises:
        AllHoursIncompleteError: employee-days are missing or contradictory and ``on_incomplete`` is ``fail``.
        AllHoursParameterError: a parameter that cannot work.
    """
    one_of("on_incomplete", request.on_incomplete, FAIL_OR_WARN)
    file_format, _ = format_of(str(request.path), request.file_format)
    requests_before = client.requests
    reader = DatasetReader(find_dataset(request.dataset), client, request.period, request.shard, on_progress)
    selection = select_columns(
        reader.dataset.columns, columns=request.columns, privacy=request.privacy, key=client.pseudonym_key
    )

    def manifest(written: Written) -> ExportManifest:
        return _manifest(request, reader, selection, written, file_format, client.requests - requests_before)

    published = publish_rows(
        request.path,
        _published_rows(reader, selection, request),
        selection.columns,
        file_format=request.file_format,
        manifest=manifest,
    )
    # The type checker cannot follow a comprehension over the keys of a TypedDict.
    return cast("ExportResult", {name: value for name, value in published.items() if name not in MANIFEST_ONLY})


def _published_rows(reader: DatasetReader, selection: Selection, request: ExportRequest) -> Iterator[Row]:
    """The published rows; raises after the last one, before anything is visible, when days are missing."""
    for row in reader.rows:
        yield selection(row)
    if request.on_incomplete == "fail":
        reader.coverage.require_complete(f"{request.dataset} of {request.period or 'the account'}")
    elif reader.coverage.cause is not None:
        log.warning("Published although %s", reader.coverage.cause)


def _manifest(
    request: ExportRequest,
    reader: DatasetReader,
    selection: Selection,
    written: Written,
    file_format: str,
    requests: int,
) -> ExportManifest:
    manifest: ExportManifest = {
        "dataset": request.dataset,
        "period": request.period.to_json() if request.period else None,
        "timezone": request.timezone,
        "path": str(request.path),
        "manifest_path": str(sibling(request.path, MANIFEST_SUFFIX)),
        "format": file_format,
        "rows": written.rows,
        "employees": len(reader.employees),
        "bytes": written.bytes,
        "sha256": written.sha256,
        "coverage": reader.coverage.to_json(),
        "totals": written.totals,
        "source": {"host": reader.client.host, "routes": reader.client.route_paths(*reader.dataset.routes)},
        "provider_version": __version__,
        "requests": requests,
        "created_at": utc_now(),
        "schema": [{"name": column.name, "type": column.kind.value} for column in selection.columns],
    }
    if request.shard is not None:
        manifest["shard"] = {"index": request.shard.index, "count": request.shard.count}
    return manifest
