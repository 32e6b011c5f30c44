# SPDX-License-Identifier: Apache-2.0
"""List the closed periods below a folder: their versions, their releases, and the corrections that wait."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TypedDict

from airflow_provider_allhours.client.errors import AllHoursConflictError
from airflow_provider_allhours.files.staging import AnyPath, as_upath
from airflow_provider_allhours.flows.registry import FOLDER, Registry, Snapshot
from airflow_provider_allhours.flows.versions import PeriodVersions, names_below, period_of_folder, version_of_folder
from airflow_provider_allhours.payroll.releases import Release, Releases
from airflow_provider_allhours.periods import Period, PeriodJson


class ListedVersion(TypedDict):
    """A version; ``is_readable`` is false where its manifest was cut, and then the rest is empty.

    ``corrections`` are the lines of its delta by reason; ``open_approvals`` are absences that were not decided yet.
    """

    version: int
    created_at: str
    employees: int
    provisional: bool
    selection: list[str] | dict[str, list[str]] | None
    open_approvals: int
    corrections: dict[str, int]
    manifest_sha256: str
    is_readable: bool


class ListedRelease(TypedDict):
    """What a payroll file paid of a period; ``file`` is None where the period was paid elsewhere.

    ``state`` is ``claimed`` (not in its place yet), ``released``, ``confirmed`` by a register, ``adopted`` or ``void``.
    ``employees`` are those of this period in the file, ``manifest_sha256`` the checksum of the version's manifest.
    """

    release: int
    version: int
    baseline: int | None
    file: str | None
    sha256: str | None
    employees: int
    manifest_sha256: str
    released_at: str
    approved_by: str | None
    approved_at: str | None
    state: str
    void_reason: str | None


class ListedPeriod(TypedDict):
    """A period; ``waiting`` are versions that are newer than the last released one of the same employees."""

    period: PeriodJson
    versions: list[ListedVersion]
    releases: list[ListedRelease]
    waiting: list[int]
    purged: bool


@dataclass(frozen=True)
class PeriodListing:
    """The periods below a folder.

    Attributes:
        registry: the registry of the folder.
        snapshot: its records.
        periods: by first day.
        older: number of periods before the first of these, which were not read.
    """

    registry: Registry
    snapshot: Snapshot
    periods: list[ListedPeriod]
    older: int


def list_periods(path: AnyPath) -> list[ListedPeriod]:
    """The periods below a folder, by first day; none where there is no such folder.

    Args:
        path: folder of all periods.

    Raises:
        AllHoursConflictError: the registry has a record that is missing or was changed.
    """
    try:
        return read_periods(path).periods
    except FileNotFoundError:
        return []


def read_periods(path: AnyPath, *, newest: int | None = None) -> PeriodListing:
    """Read the periods below a folder.

    A folder that cannot be listed is an error and never an empty one.

    Args:
        path: folder of all periods.
        newest: only so many periods, the newest; all by default.

    Raises:
        AllHoursConflictError: the registry has a record that is missing or was changed.
        FileNotFoundError: there is no such folder.
        NotADirectoryError: the path is that of a file.
        OSError: a folder or file cannot be read.
    """
    registry = Registry(path)
    names = names_below(as_upath(path))
    if FOLDER in names:
        # Some file systems deny that a folder exists which may not be looked at, and then it would seem to say nothing.
        names_below(registry.folder)
    snapshot = registry.read()
    releases, released, purged = _understood(registry, snapshot)
    closed = {period for name in names if (period := period_of_folder(name))}
    periods = sorted({*closed, *released, *purged})
    older = 0 if newest is None else max(0, len(periods) - newest)
    listed = [
        _listed(registry, releases, period, has_folder=period in closed, is_purged=period in purged)
        for period in periods[older:]
    ]
    return PeriodListing(registry, snapshot, listed, older)


def _understood(registry: Registry, snapshot: Snapshot) -> tuple[Releases, set[Period], set[Period]]:
    """The releases, the periods that they pay, and the periods that were purged."""
    try:
        releases = snapshot.releases
        released = {Period.from_json(part["period"]) for release in releases.all.values() for part in release.parts}
        return releases, released, {Period.from_json(entry["period"]) for entry in releases.purged}
    except (KeyError, ValueError, TypeError, AttributeError):
        raise AllHoursConflictError(
            f"{registry.folder} has a record that says nothing that can be understood; restore it from a copy: without "
            "it nothing tells what was paid"
        ) from None


def _listed(
    registry: Registry, releases: Releases, period: Period, *, has_folder: bool, is_purged: bool
) -> ListedPeriod:
    versions = list(_versions(PeriodVersions.of(registry.periods, period))) if has_folder else []
    return {
        "period": period.to_json(),
        "versions": versions,
        "releases": [_release(release, period) for release in releases.all.values() if release.part_of(period)],
        "waiting": _waiting(versions, releases.versions_of(period)),
        "purged": is_purged,
    }


def _versions(versions: PeriodVersions) -> Iterator[ListedVersion]:
    names = names_below(versions.folder)
    for number in sorted(number for name in names if (number := version_of_folder(name))):
        try:
            version = versions.open(number)
            delta = version.manifest["delta"]
            corrections = {str(reason): int(count) for reason, count in delta["reasons"].items()} if delta else {}
        except FileNotFoundError:
            # A close that was killed, or one that still runs.
            continue
        except (ValueError, KeyError, TypeError, AttributeError):
            yield {
                "version": number,
                "created_at": "",
                "employees": 0,
                "provisional": False,
                "selection": None,
                "open_approvals": 0,
                "corrections": {},
                "manifest_sha256": "",
                "is_readable": False,
            }
            continue
        manifest = version.manifest
        yield {
            "version": number,
            "created_at": manifest["created_at"],
            "employees": manifest["employees"],
            "provisional": manifest["provisional"],
            "selection": manifest["selection"],
            "open_approvals": manifest["open_approvals"],
            "corrections": corrections,
            "manifest_sha256": version.manifest_sha256,
            "is_readable": True,
        }


def _release(release: Release, period: Period) -> ListedRelease:
    part = release.part_of(period) or release.parts[0]
    return {
        "release": release.number,
        "version": part["version"],
        "baseline": part["baseline"],
        "file": release.file["path"] if release.file else None,
        "sha256": release.file["sha256"] if release.file else None,
        "employees": part["people"]["people"],
        "manifest_sha256": part["manifest_sha256"],
        "released_at": release.created_at,
        "approved_by": release.approved_by,
        "approved_at": release.approved_at,
        "state": release.state,
        "void_reason": release.void["reason"] if release.void else None,
    }


def _waiting(versions: list[ListedVersion], released: frozenset[int]) -> list[int]:
    """Newest versions that nobody paid, of the employees of which an earlier version was paid."""
    waiting = []
    readable = [version for version in versions if version["is_readable"]]
    for version in readable:
        same = [other["version"] for other in readable if group_of(other) == group_of(version)]
        paid = [number for number in same if number in released]
        if paid and version["version"] == max(same) and version["version"] > max(paid):
            waiting.append(version["version"])
    return waiting


def group_of(version: ListedVersion) -> str:
    """What versions of the same employees have in common."""
    return json.dumps(version["selection"], sort_keys=True)
