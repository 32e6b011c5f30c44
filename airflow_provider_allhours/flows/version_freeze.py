# SPDX-License-Identifier: Apache-2.0
"""Make the next version of a period from a reading, unless the last one has the same data."""

from __future__ import annotations

import logging
from typing import TypedDict

from airflow_provider_allhours.client.errors import AllHoursConflictError
from airflow_provider_allhours.flows.period_reading import Reading
from airflow_provider_allhours.flows.registry import Registry
from airflow_provider_allhours.flows.version_delta import write_delta
from airflow_provider_allhours.flows.version_publication import names_of_this_run, publish_version
from airflow_provider_allhours.flows.versions import (
    DELTA,
    MANIFEST,
    DeltaEvidence,
    FrozenVersion,
    PeriodVersions,
    VersionManifest,
)
from airflow_provider_allhours.payroll.delta import Comparison
from airflow_provider_allhours.periods import Period, PeriodJson

log = logging.getLogger(__name__)

MIN_MASS_CHANGE = 3
"""Fewer changed people are always allowed: in a small company one or two are a large share."""

MAX_CLAIMS = 20
"""How often a version number is claimed when others take the numbers."""


class CloseResult(TypedDict):
    """A frozen version; ``totals`` are minutes by timesheet column, ``employees`` is the number of people."""

    version: int
    changed: bool
    delta_path: str | None
    manifest_path: str
    totals: dict[str, int]
    period: PeriodJson
    provisional: bool
    employees: int


def freeze(
    versions: PeriodVersions, reading: Reading, manifest: VersionManifest, max_changed_share: float
) -> CloseResult:
    """Make the next version, unless the last one has the same data; again when another close was quicker.

    Args:
        versions: of the period.
        reading: what was read.
        manifest: of the version, without number, baseline and delta.
        max_changed_share: largest share of the people that may differ from the last released version.

    Raises:
        AllHoursConflictError: more people changed, a frozen file was changed, or another close read the account later.
    """
    skipped = 0
    period = Period.from_json(manifest["period"])
    registry = Registry(versions.folder.parent)
    for _ in range(MAX_CLAIMS):
        releases = registry.read().releases
        released = releases.versions_of(period)
        # Listed once: a version that another close makes after this is met when its number is claimed.
        numbers = versions.numbers()
        latest = versions.latest(manifest["selection"], numbers, released)
        baseline = versions.last_released(manifest["selection"], numbers, released, latest)
        delta: DeltaEvidence | None = None
        if latest is not None:
            is_baseline = baseline is not None and baseline.number == latest.number
            comparison = reading.compare(latest)
            delta = write_delta(reading.folder / DELTA, comparison)
            if comparison.is_same and latest.manifest["provisional"] == manifest["provisional"]:
                return _result(versions, latest.manifest, changed=False)
            _refuse_stale(latest.manifest, manifest)
            if baseline is None:
                delta = None
            elif not is_baseline:
                comparison = reading.compare(baseline)
                delta = write_delta(reading.folder / DELTA, comparison)
            _refuse_mass_change(comparison, max_changed_share, is_released=baseline is not None)
        taken = (*numbers, *releases.purged_versions_of(period))
        number = max(taken, default=0) + 1 + skipped
        if _publish(versions, reading, manifest, number, baseline, delta):
            return _result(versions, manifest, changed=True)
        if not versions.exists(number, MANIFEST):
            log.warning("%s is no version of this provider; its number is skipped", versions.path(number, ""))
            skipped += 1
    raise AllHoursConflictError(
        f"no version number of {versions.folder} could be claimed in {MAX_CLAIMS} attempts; other runs close the same "
        "period without an end"
    )


def _publish(
    versions: PeriodVersions,
    reading: Reading,
    manifest: VersionManifest,
    number: int,
    baseline: FrozenVersion | None,
    delta: DeltaEvidence | None,
) -> bool:
    """Fill in the manifest and publish it with its files; whether the number was free."""
    local = {part: reading.folder / f"{part}.jsonl" for part in manifest["files"]}
    if delta is not None:
        local["delta"] = reading.folder / DELTA
    files = names_of_this_run(versions, local)
    names = {path: name for name, path in files.items()}
    manifest["version"] = number
    manifest["baseline"] = None if baseline is None else baseline.number
    manifest["delta"] = None if delta is None else {**delta, "name": names[local["delta"]]}
    manifest["files"] = {part: {**file, "name": names[local[part]]} for part, file in manifest["files"].items()}
    return publish_version(versions, files, manifest)


def _refuse_stale(latest: VersionManifest, manifest: VersionManifest) -> None:
    """A close that began before the one that made the last version would freeze older data as newer."""
    if latest["window"]["from"] > manifest["window"]["from"]:
        raise AllHoursConflictError(
            f"version {latest['version']} was read after this close had begun, and differs; nothing was frozen. Close "
            "again, one close of a period at a time"
        )


def _refuse_mass_change(comparison: Comparison, max_share: float, *, is_released: bool) -> None:
    changed, everybody = comparison.changed, comparison.people
    if changed >= MIN_MASS_CHANGE and changed / everybody > max_share:
        earlier = "last released version" if is_released else "version before"
        raise AllHoursConflictError(
            f"{changed} of {everybody} people differ from the {earlier}, more than max_changed_share={max_share} "
            "allows; nothing was frozen. Check that the connection leads to the right tenant; raise the share if the "
            "changes are right"
        )


def _result(versions: PeriodVersions, manifest: VersionManifest, *, changed: bool) -> CloseResult:
    number, delta = manifest["version"], manifest["delta"]
    return {
        "version": number,
        "changed": changed,
        "delta_path": str(versions.path(number, delta["name"])) if delta else None,
        "manifest_path": str(versions.path(number, MANIFEST)),
        "totals": manifest["totals"],
        "period": manifest["period"],
        "provisional": manifest["provisional"],
        "employees": manifest["employees"],
    }
