# SPDX-License-Identifier: Apache-2.0
"""Shards of a close: parts of a period that separate tasks read, and the reading that they make up together.

A shard is a folder ``<path>/<first day>_<last day>/shards/2-of-4`` with the parts of its people and a manifest. It is
no version: it is gone when the version of all shards is made.
"""

from __future__ import annotations

import heapq
import shutil
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, suppress
from datetime import date
from pathlib import Path
from typing import Any, TypedDict, cast

from airflow_provider_allhours.attendance.coverage import MAX_LISTED
from airflow_provider_allhours.client.errors import AllHoursConflictError
from airflow_provider_allhours.files.publication import as_json_bytes, sha256_of
from airflow_provider_allhours.files.staging import AnyPath, publish_together, stage
from airflow_provider_allhours.flows.period_reading import Reading, ReadingEvidence, write_parts
from airflow_provider_allhours.flows.shards import ShardJson, ShardPart, open_shards, refuse_incomplete
from airflow_provider_allhours.flows.version_parts import open_verified, read_people
from airflow_provider_allhours.flows.versions import MANIFEST, PeriodVersions, VersionSource
from airflow_provider_allhours.payroll.frozen import PersonRecords
from airflow_provider_allhours.periods import PeriodJson

SHARDS = "shards"

SAME = (
    *("period", "timezone", "selection", "on_invalid", "source", "contract_sha256", "provider_version"),
    "absence_definitions",
)
"""Keys of the manifests that have to agree."""


class ShardManifest(ReadingEvidence):
    """What ``manifest.json`` of a shard holds."""

    shard: ShardJson
    period: PeriodJson
    timezone: str
    selection: list[str] | dict[str, list[str]] | None
    on_invalid: str
    past_until: str
    source: VersionSource
    contract_sha256: str
    provider_version: str
    created_at: str


class ShardResult(TypedDict):
    """One shard of a close; ``sha256`` is that of its manifest."""

    shard: str
    manifest_path: str
    sha256: str
    totals: dict[str, int]
    period: PeriodJson
    employees: int


def publish_shard(versions: PeriodVersions, reading: Reading, manifest: ShardManifest) -> ShardResult:
    """Put a shard in its place, where a later close of the same shard replaces it."""
    shard = manifest["shard"]
    name = f"{shard['index'] + 1}-of-{shard['count']}"
    folder = versions.folder / SHARDS / name
    content = as_json_bytes(manifest)
    with ExitStack() as clean_up:
        staged = []
        for file in manifest["files"].values():
            staged.append(stage(folder / file["name"]))
            clean_up.callback(staged[-1].clean_up)
            with (reading.folder / file["name"]).open("rb") as source:
                shutil.copyfileobj(source, staged[-1].stream)
        staged.append(stage(folder / MANIFEST))
        clean_up.callback(staged[-1].clean_up)
        staged[-1].stream.write(content)
        publish_together(staged)
    part = ShardPart(cast("Mapping[str, Any]", manifest), folder / MANIFEST, sha256_of(content))
    return {
        "shard": part.name,
        "manifest_path": str(part.path),
        "sha256": part.sha256,
        "totals": manifest["totals"],
        "period": manifest["period"],
        "employees": manifest["employees"],
    }


class JoinedShards:
    """All shards of a close.

    Args:
        given: results of the tasks, or paths of their manifests, one of each shard, in any order.
        path_of: makes a path object from the path of a manifest.

    Raises:
        AllHoursConflictError: a shard is missing, there twice, of another roster, period, selection, contract, account
            or provider version, older than the others by more than a day, or not the one that its task returned.
        AllHoursParameterError: something is not the manifest of a shard.
    """

    def __init__(self, given: Sequence[Mapping[str, Any] | str], path_of: Callable[[str], AnyPath]) -> None:
        self._parts = open_shards(
            "parts",
            given,
            keys=ShardManifest.__required_keys__ - {"shard"},
            what="AllHoursClosePeriodOperator",
            path_of=path_of,
        )
        returned = {one["manifest_path"]: one.get("sha256") for one in given if isinstance(one, Mapping)}
        for part in self._parts:
            if returned.get(str(part.path), part.sha256) not in (None, part.sha256):
                raise AllHoursConflictError(
                    f"the shard {part.name} at {part.path} is not the one that its task returned"
                )
        refuse_incomplete(self._parts, SAME)

    @property
    def first(self) -> ShardManifest:
        """The manifest of the first shard, for what all have alike."""
        return self._manifests[0]

    @property
    def past_until(self) -> date:
        """The last day that was past when each of them was read."""
        return min(date.fromisoformat(manifest["past_until"]) for manifest in self._manifests)

    @property
    def _manifests(self) -> list[ShardManifest]:
        return [cast("ShardManifest", part.manifest) for part in self._parts]

    def read(self, folder: Path) -> Reading:
        """The parts of everybody, as one task would have written them.

        Args:
            folder: an existing folder for the parts.

        Raises:
            AllHoursConflictError: a file of a shard was changed, or two shards have one person.
        """
        manifests = self._manifests
        coverages = [manifest["coverage"] for manifest in manifests]
        evidence: ReadingEvidence = {
            **write_parts(folder, self._people()),
            "left_out": sum(manifest["left_out"] for manifest in manifests),
            "open_approvals": sum(manifest["open_approvals"] for manifest in manifests),
            "coverage": {
                "expected": sum(coverage["expected"] or 0 for coverage in coverages),
                "received": sum(coverage["received"] for coverage in coverages),
                "missing": [day for coverage in coverages for day in coverage["missing"]][:MAX_LISTED],
            },
            "absence_definitions": self.first["absence_definitions"],
            "window": {
                "from": min(manifest["window"]["from"] for manifest in manifests),
                "to": max(manifest["window"]["to"] for manifest in manifests),
            },
            "requests": sum(manifest["requests"] for manifest in manifests),
        }
        return Reading(folder, evidence)

    def remove(self) -> None:
        """Remove the files of the shards: the version has what they hold."""
        for part in self._parts:
            folder = part.path.parent
            names = [*(file["name"] for file in part.manifest["files"].values()), MANIFEST]
            for name in names:
                with suppress(FileNotFoundError):
                    folder.fs.rm_file((folder / name).path)
            for empty in (folder, folder.parent):
                with suppress(OSError, NotImplementedError):
                    empty.fs.rmdir(empty.path)

    def _people(self) -> Iterator[PersonRecords]:
        """Everybody, sorted by user id; a person is in one shard."""
        merged = heapq.merge(*map(_people_of, self._parts), key=lambda entry: entry[0])
        last, owner = None, ""
        for user_id, name, records in merged:
            if user_id == last:
                raise AllHoursConflictError(f"the shards {owner} and {name} have the same person")
            last, owner = user_id, name
            yield records


def _people_of(part: ShardPart) -> Iterator[tuple[str, str, PersonRecords]]:
    files = part.manifest["files"]
    folder = part.path.parent
    people = read_people(lambda name: open_verified(folder / files[name]["name"], files[name]["sha256"]))
    return ((records.person.user_id, part.name, records) for records in people)
