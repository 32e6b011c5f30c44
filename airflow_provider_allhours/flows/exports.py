# SPDX-License-Identifier: Apache-2.0
"""Export a dataset of an account to one proven file."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from airflow_provider_allhours import __version__
from airflow_provider_allhours.client import AllHoursClient
from airflow_provider_allhours.client.errors import AllHoursParameterError
from airflow_provider_allhours.columns import Row, Selection, select_columns
from airflow_provider_allhours.files.publication import MANIFEST_SUFFIX, Written, publish_rows
from airflow_provider_allhours.files.staging import AnyPath, sibling
from airflow_provider_allhours.files.writers import format_of
from airflow_provider_allhours.flows.datasets import DatasetReader, ProgressCallback, Shard, read_dataset
from airflow_provider_allhours.periods import Period

IN_MANIFEST_ONLY = ("schema", "shard")


@dataclass(frozen=True)
class ExportRequest:
    """What a DAG author wants exported.

    Attributes:
        dataset: see :func:`read_dataset`.
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


def export_dataset(
    client: AllHoursClient, order: ExportRequest, *, on_progress: ProgressCallback | None = None
) -> dict[str, Any]:
    """Read, prove, publish.

    Returns:
        The manifest without ``schema``: plain JSON, no rows, no names.

    Raises:
        AllHoursIncompleteError: employee-days are missing or contradictory and ``on_incomplete`` is ``fail``.
        AllHoursParameterError: a parameter that cannot work.
    """
    if order.on_incomplete not in ("fail", "warn"):
        raise AllHoursParameterError(f"parameter 'on_incomplete' is {order.on_incomplete!r}; it takes fail or warn")
    chosen, _ = format_of(str(order.path), order.file_format)
    requests_before = client.requests
    reading = read_dataset(client, order.dataset, order.period, shard=order.shard, on_progress=on_progress)
    selection = select_columns(reading.columns, columns=order.columns, privacy=order.privacy, key=client.pseudonym_key)

    def manifest(written: Written) -> dict[str, Any]:
        requests = client.requests - requests_before
        return _manifest(client, order, reading, selection, written, chosen, requests)

    described = publish_rows(
        order.path,
        _proven_rows(reading, selection, order),
        selection.columns,
        file_format=order.file_format,
        manifest=manifest,
    )
    return {name: value for name, value in described.items() if name not in IN_MANIFEST_ONLY}


def _proven_rows(reading: DatasetReader, selection: Selection, order: ExportRequest) -> Iterator[Row]:
    """The published rows; raises at their end, before anything is visible, when they are not all."""
    for row in reading.rows:
        yield selection(row)
    if order.on_incomplete == "fail":
        reading.coverage.require_complete(f"{order.dataset} of {order.period or 'the account'}")


def _manifest(
    client: AllHoursClient,
    order: ExportRequest,
    reading: DatasetReader,
    selection: Selection,
    written: Written,
    file_format: str,
    requests: int,
) -> dict[str, Any]:
    manifest: dict[str, Any] = {
        "dataset": order.dataset,
        "period": order.period.to_json() if order.period else None,
        "timezone": order.timezone,
        "path": str(order.path),
        "manifest_path": str(sibling(order.path, MANIFEST_SUFFIX)),
        "format": file_format,
        "rows": written.rows,
        "employees": len(reading.employees),
        "bytes": written.bytes,
        "sha256": written.sha256,
        "coverage": reading.coverage.to_json(),
        "totals": written.totals,
        "source": {"host": client.host, "routes": reading.routes},
        "provider_version": __version__,
        "requests": requests,
        "created_at": datetime.now(UTC).isoformat(timespec="seconds"),
        "schema": [{"name": column.name, "type": column.kind.value} for column in selection.columns],
    }
    if order.shard is not None:
        manifest["shard"] = {"index": order.shard.index, "count": order.shard.count}
    return manifest
