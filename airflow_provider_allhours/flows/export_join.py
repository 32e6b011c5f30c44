# SPDX-License-Identifier: Apache-2.0
"""Join the shards of an export into the file that one task would have written."""

from __future__ import annotations

import heapq
from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import groupby
from typing import Any, cast

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
from airflow_provider_allhours.flows.exports import ExportManifest, ExportResult, result_of
from airflow_provider_allhours.flows.shards import ShardPart, open_shards, refuse_incomplete
from airflow_provider_allhours.flows.version_parts import open_verified

SAME = (
    *("dataset", "period", "timezone", "format", "schema", "contract_sha256", "provider_version", "source", "proof"),
    *("csv", "selection", "pseudonyms"),
)
"""Keys of the manifests that have to agree."""


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
    parts = _open(manifests, path_of)
    refuse_incomplete(parts, SAME)
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
        _rows(parts, path_of, names.index("employee_id"), names.index("user_id")),
        columns,
        csv_options=CsvOptions(**first["csv"]) if "csv" in first else CsvOptions(),
        manifest=manifest,
    )


def _open(manifests: Sequence[Mapping[str, Any] | str], path_of: Callable[[str], AnyPath]) -> list[ShardPart]:
    """Read the manifests of shards, and hold each against what the export returned."""
    keys = {*ExportResult.__required_keys__, *SAME} - {"csv"}
    parts = open_shards("manifests", manifests, keys=keys, what="export operators", path_of=path_of)
    returned = {one["manifest_path"]: one.get("sha256") for one in manifests if isinstance(one, Mapping)}
    for part in parts:
        sha256 = returned.get(part.manifest["manifest_path"])
        if sha256 is not None and sha256 != part.manifest["sha256"]:
            raise AllHoursConflictError(f"the shard {part.name} at {part.path} is not the one that its task returned")
    return parts


def _rows(
    parts: Sequence[ShardPart], path_of: Callable[[str], AnyPath], employee_id: int, user_id: int
) -> Iterator[Row]:
    """The rows of all shards in the order of one file; a person is in one shard."""

    def rows_of(index: int, part: ShardPart) -> Iterator[tuple[tuple[str, str], int, Row]]:
        csv = part.manifest.get("csv", {"separator": ",", "encoding": "utf-8"})
        path = as_upath(path_of(part.manifest["path"]))
        rows = read_rows(
            open_verified(path, part.manifest["sha256"]),
            part.manifest["format"],
            is_gzipped=str(path).lower().endswith(".gz"),
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


def _manifest(parts: Sequence[ShardPart], written: Written, path: str) -> ExportManifest:
    manifests = [cast("ExportManifest", part.manifest) for part in parts]
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
