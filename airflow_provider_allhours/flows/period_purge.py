# SPDX-License-Identifier: Apache-2.0
"""Purge old periods: personal files are removed, and a record stays that keeps their days from being paid again."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import date
from typing import Any, TypedDict

from airflow_provider_allhours.client.errors import AllHoursConflictError, AllHoursParameterError
from airflow_provider_allhours.files.presence import is_there
from airflow_provider_allhours.files.publication import sha256_of
from airflow_provider_allhours.files.staging import AnyPath
from airflow_provider_allhours.flows.clock import utc_now
from airflow_provider_allhours.flows.registry import Registry, Snapshot
from airflow_provider_allhours.flows.release_claim import MAX_APPENDS
from airflow_provider_allhours.flows.versions import MANIFEST, PeriodVersions, closed_periods
from airflow_provider_allhours.payroll.releases import PURGED, PurgedPeriod, PurgedVersion, PurgeRecord, Releases
from airflow_provider_allhours.periods import Period, PeriodJson


class PurgeResult(TypedDict):
    """What was removed, or would be: ``periods`` that had personal files, with their versions and files counted."""

    periods: list[PeriodJson]
    versions: int
    files: int
    before: str
    dry_run: bool


@dataclass(frozen=True)
class _Found:
    period: Period
    versions: list[PurgedVersion]
    files: list[Any]


def purge_periods(
    *,
    path: AnyPath,
    before: date | str,
    dry_run: bool = False,
    on_removed: Callable[[Any], None] = lambda folder: None,
) -> PurgeResult:
    """Remove the personal files of the periods whose last day is before a day.

    Removed are the frozen versions, and the people, manifests and mappings of the releases. A record of the registry
    keeps period, checksums and releases, no ids and no names; a period that has a day in common with one that was paid
    and purged cannot be paid any more. Payroll files are elsewhere and stay. Killed and run again it goes on.

    Args:
        path: folder of all periods.
        before: the first day that is kept, ``YYYY-MM-DD``.
        dry_run: count only.
        on_removed: called with the folder of each version whose files were removed.

    Raises:
        AllHoursConflictError: a payroll file of such a period was claimed and is not in its place yet.
        AllHoursParameterError: ``before`` is not a day.
    """
    first_kept = _day(before)
    registry = Registry(path)
    for _ in range(MAX_APPENDS):
        snapshot = registry.read()
        found = [_find(registry, snapshot.releases, period) for period in _old_periods(registry, snapshot, first_kept)]
        found = [entry for entry in found if entry.files]
        result: PurgeResult = {
            "periods": [entry.period.to_json() for entry in found],
            "versions": sum(len(entry.versions) for entry in found),
            "files": sum(len(entry.files) for entry in found),
            "before": first_kept.isoformat(),
            "dry_run": dry_run,
        }
        if dry_run:
            return result
        if not found:
            _remove_empty_folders(registry, snapshot, first_kept)
            return result
        _refuse_unfinished(snapshot.releases, [entry.period for entry in found])
        if _record(registry, snapshot, found, first_kept):
            for entry in found:
                _remove(entry.files)
                versions = PeriodVersions.of(path, entry.period)
                for version in entry.versions:
                    on_removed(versions.path(version["version"], MANIFEST).parent)
            _remove_empty_folders(registry, registry.read(), first_kept)
            return result
    raise AllHoursConflictError(
        f"{registry.folder} was appended to by other runs {MAX_APPENDS} times in a row; run the task again"
    )


def _day(before: date | str) -> date:
    try:
        return date.fromisoformat(str(before).strip())
    except ValueError:
        raise AllHoursParameterError(f"parameter 'before' is {before!r}; it takes a day, YYYY-MM-DD") from None


def _old_periods(registry: Registry, snapshot: Snapshot, first_kept: date) -> list[Period]:
    """Periods with a folder or with releases, of which the last day is before the first day that is kept."""
    released = {
        Period.from_json(part["period"]) for release in snapshot.releases.all.values() for part in release.parts
    }
    return sorted(period for period in {*closed_periods(registry.periods), *released} if period.date_to < first_kept)


def _find(registry: Registry, releases: Releases, period: Period) -> _Found:
    versions = PeriodVersions.of(registry.periods, period)
    files = list(_files_below(versions.folder))
    for release in releases.all.values():
        part = release.part_of(period)
        if part is None:
            continue
        if period == Period.from_json(release.parts[0]["period"]):
            folders = {file["folder"] for file in release.files.values()}
            folders.add(part["people"]["name"].partition("/")[0])
            names = [file for folder in sorted(folders) for file in _files_below(registry.folder / folder)]
            # People of corrections of periods that are kept stay.
            kept = {str(registry.folder / other["people"]["name"]) for other in release.parts if other is not part}
            files += [file for file in names if str(file) not in kept]
        else:
            people = registry.folder / part["people"]["name"]
            files += [people] if is_there(people) else []
    return _Found(period, list(_versions(versions)), files)


def _versions(versions: PeriodVersions) -> Iterator[PurgedVersion]:
    for number in versions.numbers():
        path = versions.path(number, MANIFEST)
        content = path.fs.cat_file(path.path)
        parts: dict[str, Any] = {}
        with suppress(ValueError, KeyError, AttributeError, TypeError):
            parts = {name: file["sha256"] for name, file in json.loads(content)["files"].items()}
        yield {"version": number, "manifest_sha256": sha256_of(content), "files": parts}


def _refuse_unfinished(releases: Releases, periods: Sequence[Period]) -> None:
    for release in releases.valid:
        if release.state == "claimed" and any(release.part_of(period) for period in periods):
            raise AllHoursConflictError(
                f"{release.name} was claimed and is not in its place; run its export again, then purge"
            )


def _record(registry: Registry, snapshot: Snapshot, found: Sequence[_Found], first_kept: date) -> bool:
    """Record what was not recorded by a run that was killed; whether nobody else appended meanwhile."""
    known = [Period.from_json(purged["period"]) for purged in snapshot.releases.purged]
    new = [entry for entry in found if entry.versions or entry.period not in known]
    if not new:
        return True
    periods: list[PurgedPeriod] = [
        {
            "period": entry.period.to_json(),
            "versions": entry.versions,
            "releases": [release.number for release in snapshot.releases.of(entry.period)],
        }
        for entry in new
    ]
    record: PurgeRecord = {
        "kind": PURGED,
        "before": first_kept.isoformat(),
        "periods": periods,
        "created_at": utc_now(),
    }
    return registry.append(snapshot, record) is not None


def _files_below(folder: Any) -> Iterator[Any]:
    if not is_there(folder):
        return
    for name in sorted(str(name) for name in folder.fs.find(folder.path)):
        yield folder / name[len(folder.path.rstrip("/")) :].lstrip("/") if name.startswith(folder.path) else name


def _remove(files: Sequence[Any]) -> None:
    for file in files:
        with suppress(FileNotFoundError):
            file.fs.rm_file(file.path)


def _remove_empty_folders(registry: Registry, snapshot: Snapshot, first_kept: date) -> None:
    """Remove the folders that the removed files were in, where a store has folders."""
    periods = _old_periods(registry, snapshot, first_kept)
    folders = [PeriodVersions.of(registry.periods, period).folder for period in periods]
    folders += [registry.folder / name for name in registry.folders()]
    for folder in folders:
        if is_there(folder) and not folder.fs.find(folder.path):
            with suppress(FileNotFoundError):
                folder.fs.rm(folder.path, recursive=True)
