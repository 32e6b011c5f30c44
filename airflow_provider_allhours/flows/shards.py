# SPDX-License-Identifier: Apache-2.0
"""Shards that separate tasks read: what each says of itself, and whether together they are everybody once."""

from __future__ import annotations

import json
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Any, TypedDict

from airflow_provider_allhours.attendance.roster import Shard
from airflow_provider_allhours.client.errors import AllHoursConflictError, AllHoursParameterError
from airflow_provider_allhours.files.publication import sha256_of
from airflow_provider_allhours.files.staging import AnyPath, as_upath

MAX_AGE = timedelta(days=1)
"""Shards that were read further apart are not of one run."""


class ShardJson(TypedDict):
    """A part of the employees, counted from 0, with the people in it and those of all parts."""

    index: int
    count: int
    people: int
    roster: int
    roster_sha256: str


def describe_shard(shard: Shard, people: int, user_ids: Collection[str]) -> ShardJson:
    """What a shard is a part of.

    Args:
        shard: which one.
        people: number of people in it.
        user_ids: everybody, of all shards.
    """
    listed = sorted(user_ids)
    return {
        "index": shard.index,
        "count": shard.count,
        "people": people,
        "roster": len(listed),
        "roster_sha256": sha256("\n".join(listed).encode()).hexdigest(),
    }


@dataclass(frozen=True)
class ShardPart:
    """One shard: its manifest, and where that is.

    Attributes:
        manifest: has ``shard`` and ``created_at``.
        path: of the manifest.
        sha256: checksum of the manifest, hex.
    """

    manifest: Mapping[str, Any]
    path: Any
    sha256: str

    @property
    def shard(self) -> ShardJson:
        """Which part of the employees it has."""
        found: ShardJson = self.manifest["shard"]
        return found

    @property
    def name(self) -> str:
        """As the parameter ``shard`` calls it."""
        return f"{self.shard['index'] + 1}/{self.shard['count']}"


def open_shards(
    parameter: str,
    given: Sequence[Mapping[str, Any] | str],
    *,
    keys: Collection[str],
    what: str,
    path_of: Callable[[str], AnyPath],
) -> list[ShardPart]:
    """Read the manifests of shards, by their index.

    Args:
        parameter: whose value is given, for messages.
        given: return values of the tasks, or paths of their manifests.
        keys: what each manifest has.
        what: what wrote them, for messages.
        path_of: makes a path object from the path of a manifest.

    Raises:
        AllHoursParameterError: something is not the manifest of a shard.
    """
    if not given:
        raise AllHoursParameterError(f"parameter '{parameter}' is empty; it takes one manifest of each shard")
    parts = [_open_shard(parameter, one, keys=keys, what=what, path_of=path_of) for one in given]
    return sorted(parts, key=lambda part: part.shard["index"])


def _open_shard(
    parameter: str,
    given: Mapping[str, Any] | str,
    *,
    keys: Collection[str],
    what: str,
    path_of: Callable[[str], AnyPath],
) -> ShardPart:
    path = given.get("manifest_path") if isinstance(given, Mapping) else given
    if not isinstance(path, str) or not path:
        raise AllHoursParameterError(
            f"parameter '{parameter}' takes return values of {what}, or paths of their manifests"
        )
    file = as_upath(path_of(path))
    try:
        content = file.fs.cat_file(file.path)
        document = json.loads(content)
        if not set(keys) <= document.keys():
            raise ValueError("not a manifest, or one without some of its keys")
    except (OSError, ValueError, AttributeError):
        raise AllHoursParameterError(
            f"parameter '{parameter}' has {path}, which is not the manifest of {what}"
        ) from None
    if "shard" not in document:
        raise AllHoursParameterError(f"parameter '{parameter}' has {path}, whose task had no parameter 'shard'")
    return ShardPart(document, file, sha256_of(content))


def refuse_incomplete(parts: Sequence[ShardPart], same: Collection[str]) -> None:
    """Refuse shards that are not all parts of one reading.

    Args:
        parts: one or more, by their index.
        same: keys of the manifests that have to agree.

    Raises:
        AllHoursConflictError: a shard is missing, there twice, of another roster, differs in one of the keys, or is
            older than the others by more than a day; it is named.
    """
    first = parts[0]
    count = first.shard["count"]
    for part in parts[1:]:
        if part.shard["count"] != count:
            raise AllHoursConflictError(f"the shards {first.name} and {part.name} are not of one export")
        for key in same:
            if part.manifest.get(key) != first.manifest.get(key):
                raise AllHoursConflictError(f"the shards {first.name} and {part.name} differ in '{key}'")
    indexes = [part.shard["index"] for part in parts]
    if double := [part.name for part in parts if indexes.count(part.shard["index"]) > 1]:
        raise AllHoursConflictError(f"the shard {double[0]} is there twice")
    if missing := [f"{index + 1}/{count}" for index in range(count) if index not in indexes]:
        raise AllHoursConflictError(f"shards are missing: {', '.join(missing)}")
    _refuse_stale(parts)


def _refuse_stale(parts: Sequence[ShardPart]) -> None:
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
                f"the shard {part.name} was read when other people were employed than the others; read all shards again"
            )
    if (people := sum(part.shard["people"] for part in parts)) != parts[0].shard["roster"]:
        raise AllHoursConflictError(f"the shards have {people} of {parts[0].shard['roster']} people")
