# SPDX-License-Identifier: Apache-2.0
"""Join the shards of an export into the file that one task would have written."""

from __future__ import annotations

import heapq
import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import groupby
from typing import Any

from airflow_provider_allhours import __version__
from airflow_provider_allhours.attendance.coverage import MAX_LISTED
from airflow_provider_allhours.client.errors import AllHoursConflictError, AllHoursParameterError
from airflow_provider_allhours.columns import Column, Kind, Row
from airflow_provider_allhours.files.csv_options import CsvOptions
from airflow_provider_allhours.files.publication import MANIFEST_SUFFIX, Written, publish_rows
from airflow_provider_allhours.files.row_readers import read_rows
from airflow_provider_allhours.files.staging import AnyPath, as_upath, sibling
from airflow_provider_allhours.files.writers import format_of
from airflow_provider_allhours.flows.clock import utc_now
from airflow_provider_allhours.flows.exports import ExportManifest, ExportResult, ShardJson, result_of
from airflow_provider_allhours.flows.version_parts import open_verified

SAME = (
    *("dataset", "period", "timezone", "format", "schema", "contract_sha256", "provider_version", "source", "proof"),
    *("csv", "selection"),
)
"""Keys of the manifests that have to agree."""

MAX_AGE = timedelta(days=1)
"""Shards that were read further apart are not of one run."""


@dataclass(frozen=True)
class _Part:
    """One shard: its manifest, and where its columns of order are."""

    manifest: ExportManifest
    path: Any

    @property
    def shard(self) -> ShardJson:
        return self.manifest["shard"]

    @property
    def name(self) -> str:
        return f"{self.shard['index'] + 1}/{self.shard['count']}"


def join_exports(
    *, manifests: Sequence[Mapping[str, Any] | str], path: AnyPath, path_of: Callable[[str], AnyPath] = as_upath
) -> ExportResult:
    """Join the files of all shards of an export, as :func:`publish_joined` does; returns what an export returns."""
    return result_of(publish_joined(manifests=manifests, path=path, path_of=path_of))


def publish_joined(
    *, manifests: Sequence[Mapping[str, Any] | str], path: AnyPath, path_of: Callable[[str], AnyPath] = as_upath
) -> ExportManifest:
    """Join the files of all shards of an export; the result is the file that one task would have written.

    Args:
        manifests: return values of the exports, or paths of their manifests, one of each shard, in any order.
        path: where the joined file goes; in the format of the shards.
        path_of: makes a path object from the path of a manifest or file.

    Raises:
        AllHoursConflictError: a shard is missing, there twice, of another roster, period, contract or version, older
            than the others by more than a day, or was changed; it is named, and nothing is written.
        AllHoursParameterError: a parameter is wrong, or the files do not have the columns that order them.
    """
    parts = sorted((_part(one, path_of) for one in manifests), key=lambda part: part.shard["index"])
    _refuse_incomplete(parts)
    first = parts[0].manifest
    file_format, _ = format_of(str(path))
    if file_format != first["format"]:
        raise AllHoursParameterError(
            f"parameter 'path' is {path}, a file in {file_format}, and the shards are in {first['format']}"
        )
    names = [column["name"] for column in first["schema"]]
    for needed in ("employee_id", "user_id"):
        if needed not in names:
            raise AllHoursParameterError(
                f"parameter 'manifests': the files have no column {needed}, by which rows are ordered; export it under "
                "its own name"
            )
    # Cells of CSV are texts already, so nothing is written in another form than it was read.
    is_typed = first["format"] == "parquet"
    columns = [Column(one["name"], Kind(one["type"]) if is_typed else Kind.TEXT) for one in first["schema"]]

    def manifest(written: Written) -> ExportManifest:
        return _manifest(parts, written, str(path))

    return publish_rows(
        path,
        _rows(parts, names.index("employee_id"), names.index("user_id")),
        columns,
        csv_options=CsvOptions(**first["csv"]) if "csv" in first else CsvOptions(),
        manifest=manifest,
    )


def _part(given: Mapping[str, Any] | str, path_of: Callable[[str], AnyPath]) -> _Part:
    """Read the manifest of a shard, and hold it against what the export returned."""
    path = given.get("manifest_path") if isinstance(given, Mapping) else given
    if not isinstance(path, str) or not path:
        raise AllHoursParameterError(
            "parameter 'manifests' takes return values of export operators, or paths of their manifests"
        )
    file = as_upath(path_of(path))
    try:
        document = json.loads(file.fs.cat_file(file.path))
        if not {*ExportResult.__required_keys__, *SAME} - {"csv"} <= document.keys():
            raise ValueError("not a manifest, or one without some of its keys")
    except (OSError, ValueError, AttributeError):
        raise AllHoursParameterError(
            f"parameter 'manifests' has {path}, which is not the manifest of an export"
        ) from None
    if "shard" not in document:
        raise AllHoursParameterError(f"parameter 'manifests' has {path}, whose export had no parameter 'shard'")
    part = _Part(document, as_upath(path_of(document["path"])))
    if isinstance(given, Mapping) and given.get("sha256", document["sha256"]) != document["sha256"]:
        raise AllHoursConflictError(f"the shard {part.name} at {path} is not the one that its task returned")
    return part


def _refuse_incomplete(parts: Sequence[_Part]) -> None:
    if not parts:
        raise AllHoursParameterError("parameter 'manifests' is empty; it takes one manifest of each shard")
    first = parts[0]
    count = first.shard["count"]
    for part in parts[1:]:
        if part.shard["count"] != count:
            raise AllHoursConflictError(f"the shards {first.name} and {part.name} are not of one export")
        for key in SAME:
            if part.manifest.get(key) != first.manifest.get(key):
                raise AllHoursConflictError(f"the shards {first.name} and {part.name} differ in '{key}'")
    indexes = [part.shard["index"] for part in parts]
    if double := [part.name for part in parts if indexes.count(part.shard["index"]) > 1]:
        raise AllHoursConflictError(f"the shard {double[0]} is there twice")
    if missing := [f"{index + 1}/{count}" for index in range(count) if index not in indexes]:
        raise AllHoursConflictError(f"shards are missing: {', '.join(missing)}")
    _refuse_stale(parts)


def _refuse_stale(parts: Sequence[_Part]) -> None:
    moments = [datetime.fromisoformat(part.manifest["created_at"]) for part in parts]
    newest = max(moments)
    for part, moment in zip(parts, moments, strict=True):
        if newest - moment > MAX_AGE:
            raise AllHoursConflictError(f"the shard {part.name} is older than the others by more than a day")
    rosters = [part.shard["roster_sha256"] for part in parts]
    usual = max(set(rosters), key=rosters.count)
    for part, roster in zip(parts, rosters, strict=True):
        if roster != usual:
            raise AllHoursConflictError(
                f"the shard {part.name} was read when other people were employed than the others; export all shards "
                "again"
            )
    if (people := sum(part.shard["people"] for part in parts)) != parts[0].shard["roster"]:
        raise AllHoursConflictError(f"the shards have {people} of {parts[0].shard['roster']} people")


def _rows(parts: Sequence[_Part], employee_id: int, user_id: int) -> Iterator[Row]:
    """The rows of all shards in the order of one file; a person is in one shard."""

    def rows_of(index: int, part: _Part) -> Iterator[tuple[tuple[str, str], int, Row]]:
        csv = part.manifest.get("csv", {"separator": ",", "encoding": "utf-8"})
        rows = read_rows(
            open_verified(part.path, part.manifest["sha256"]),
            part.manifest["format"],
            is_gzipped=str(part.path).lower().endswith(".gz"),
            separator=csv["separator"],
            encoding=csv["encoding"],
        )
        return (((str(row[employee_id] or ""), str(row[user_id] or "")), index, row) for row in rows)

    merged = heapq.merge(*(rows_of(index, part) for index, part in enumerate(parts)), key=lambda entry: entry[0])
    for _, group in groupby(merged, key=lambda entry: entry[0]):
        index = None
        for _, own, row in group:
            if index is not None and own != index:
                raise AllHoursConflictError(
                    f"the shards {parts[index].name} and {parts[own].name} have rows of one person"
                )
            index = own
            yield row


def _manifest(parts: Sequence[_Part], written: Written, path: str) -> ExportManifest:
    manifests = [part.manifest for part in parts]
    first = manifests[0]
    coverages = [manifest["coverage"] for manifest in manifests]
    expected = [coverage["expected"] for coverage in coverages]
    joined: ExportManifest = {
        **first,
        "path": path,
        "manifest_path": str(sibling(path, MANIFEST_SUFFIX)),
        "rows": written.rows,
        "bytes": written.bytes,
        "sha256": written.sha256,
        "employees": sum(manifest["employees"] for manifest in manifests),
        "coverage": {
            "expected": None if None in expected else sum(number or 0 for number in expected),
            "received": sum(coverage["received"] for coverage in coverages),
            "missing": [day for coverage in coverages for day in coverage["missing"]][:MAX_LISTED],
        },
        "totals": {name: sum(manifest["totals"][name] for manifest in manifests) for name in first["totals"]},
        "requests": sum(manifest["requests"] for manifest in manifests),
        "invalid_days": sum(manifest["invalid_days"] for manifest in manifests),
        "left_out": sum(manifest["left_out"] for manifest in manifests),
        "cause": next((manifest["cause"] for manifest in manifests if manifest["cause"]), None),
        "provider_version": __version__,
        "created_at": utc_now(),
    }
    del joined["shard"]
    return joined
