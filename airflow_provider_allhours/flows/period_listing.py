# SPDX-License-Identifier: Apache-2.0
"""List the closed periods below a folder: their versions, their releases, and the corrections that wait."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TypedDict

from airflow_provider_allhours.files.staging import AnyPath
from airflow_provider_allhours.flows.registry import Registry
from airflow_provider_allhours.flows.versions import PeriodVersions, closed_periods
from airflow_provider_allhours.payroll.releases import Release, Releases
from airflow_provider_allhours.periods import Period, PeriodJson


class ListedVersion(TypedDict):
    """A version; ``is_readable`` is false where its manifest was cut, and then the rest is empty."""

    version: int
    created_at: str
    employees: int
    provisional: bool
    selection: list[str] | dict[str, list[str]] | None
    is_readable: bool


class ListedRelease(TypedDict):
    """What a payroll file paid of a period; ``file`` is None where the period was paid elsewhere.

    ``state`` is ``claimed`` (not in its place yet), ``released``, ``confirmed`` by a register, ``adopted`` or ``void``.
    """

    release: int
    version: int
    baseline: int | None
    file: str | None
    released_at: str
    approved_by: str | None
    state: str
    void_reason: str | None


class ListedPeriod(TypedDict):
    """A period; ``waiting`` are versions that are newer than the last released one of the same employees."""

    period: PeriodJson
    versions: list[ListedVersion]
    releases: list[ListedRelease]
    waiting: list[int]
    purged: bool


def list_periods(path: AnyPath) -> list[ListedPeriod]:
    """The periods below a folder, by first day.

    Args:
        path: folder of all periods.

    Raises:
        AllHoursConflictError: the registry has a record that is missing or was changed.
    """
    registry = Registry(path)
    releases = registry.read().releases
    released = {Period.from_json(part["period"]) for release in releases.all.values() for part in release.parts}
    purged = {Period.from_json(entry["period"]) for entry in releases.purged}
    periods = sorted({*closed_periods(registry.periods), *released, *purged})
    return [_listed(registry, releases, period, is_purged=period in purged) for period in periods]


def _listed(registry: Registry, releases: Releases, period: Period, *, is_purged: bool) -> ListedPeriod:
    versions = list(_versions(PeriodVersions.of(registry.periods, period)))
    return {
        "period": period.to_json(),
        "versions": versions,
        "releases": [_release(release, period) for release in releases.all.values() if release.part_of(period)],
        "waiting": _waiting(versions, releases.versions_of(period)),
        "purged": is_purged,
    }


def _versions(versions: PeriodVersions) -> Iterator[ListedVersion]:
    for number in versions.numbers():
        try:
            manifest = versions.open(number).manifest
        except (ValueError, KeyError, TypeError):
            yield {
                "version": number,
                "created_at": "",
                "employees": 0,
                "provisional": False,
                "selection": None,
                "is_readable": False,
            }
            continue
        yield {
            "version": number,
            "created_at": manifest["created_at"],
            "employees": manifest["employees"],
            "provisional": manifest["provisional"],
            "selection": manifest["selection"],
            "is_readable": True,
        }


def _release(release: Release, period: Period) -> ListedRelease:
    part = release.part_of(period) or release.parts[0]
    return {
        "release": release.number,
        "version": part["version"],
        "baseline": part["baseline"],
        "file": release.file["path"] if release.file else None,
        "released_at": release.created_at,
        "approved_by": release.approved_by,
        "state": release.state,
        "void_reason": release.void["reason"] if release.void else None,
    }


def _waiting(versions: list[ListedVersion], released: frozenset[int]) -> list[int]:
    """Newest versions that nobody paid, of the employees of which an earlier version was paid."""
    waiting = []
    for version in versions:
        same = [other["version"] for other in versions if other["selection"] == version["selection"]]
        paid = [number for number in same if number in released]
        if paid and version["version"] == max(same) and version["version"] > max(paid):
            waiting.append(version["version"])
    return waiting
