# SPDX-License-Identifier: Apache-2.0
"""Close a period: freeze it as an immutable version, with a delta against the last released version."""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import TypedDict
from uuid import uuid4

from airflow_provider_allhours import __version__
from airflow_provider_allhours.attendance.selection import EmployeeSelection
from airflow_provider_allhours.client import AllHoursClient
from airflow_provider_allhours.client.errors import AllHoursConflictError, AllHoursParameterError
from airflow_provider_allhours.files.part_files import private_folder
from airflow_provider_allhours.files.staging import AnyPath
from airflow_provider_allhours.flows.clock import company_today, utc_moment
from airflow_provider_allhours.flows.datasets.dataset import ProgressCallback, ignore_progress
from airflow_provider_allhours.flows.period_reading import Reading, read_account
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
from airflow_provider_allhours.parameters import FAIL_OR_WARN, one_of
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


def close_period(
    client: AllHoursClient,
    *,
    period: Period,
    path: AnyPath,
    timezone: str,
    provisional: bool = False,
    max_changed_share: float = 0.2,
    on_invalid: str = "fail",
    employees: Sequence[object] | Mapping[str, object] | None = None,
    on_progress: ProgressCallback = ignore_progress,
) -> CloseResult:
    """Freeze a period's timesheets, absences and counters as they were at one moment.

    Unchanged data makes no new version; changed data makes the next one, with a delta of ± lines against the last
    released version. Versions are never changed or removed, and of several closes at once one makes the version.

    Args:
        client: the account.
        period: the days.
        path: folder of all periods.
        timezone: IANA name of the company's time zone, which tells what day it is there.
        provisional: freeze a period that is not over. Its days that are not past need not be valid, and the next close
            takes them as new, not as corrected.
        max_changed_share: largest share of the people (0 to 1) whose amounts may differ from the last released version,
            or from the last version before the first release; one or two people always may.
        on_invalid: ``fail`` freezes nothing when the calculation of a day is not valid; ``warn`` freezes it.
        employees: only these: a list of employee ids, or a custom field with its values. Versions of the same employees
            are compared with each other.
        on_progress: called after each employee.

    Raises:
        AllHoursIncompleteError: employee-days are missing or contradictory, not valid, or show other absences than the
            list of absences; or the account kept changing while it was read; nothing is frozen.
        AllHoursContractError: no record has a field that fills a column; nothing is frozen.
        AllHoursConflictError: more people changed than ``max_changed_share`` allows, a frozen file was changed, or
            another close read the account later; nothing is frozen.
        AllHoursParameterError: the period is not over, ``max_changed_share`` is not from 0 to 1, or ``employees`` names
            nobody; nothing is frozen.
    """
    if not 0 <= max_changed_share <= 1:
        raise AllHoursParameterError(f"parameter 'max_changed_share' is {max_changed_share}; it takes 0 to 1")
    one_of("on_invalid", on_invalid, FAIL_OR_WARN)
    selection = None if employees is None else EmployeeSelection.of(employees)
    past_until = company_today(timezone) - timedelta(days=1)
    is_over = period.date_to <= past_until
    if not is_over and not provisional:
        raise AllHoursParameterError(
            f"parameter 'period' is {period}, which is not over in {timezone}; close it from "
            f"{period.date_to + timedelta(days=1)} on, or as it is now with provisional=True"
        )
    versions = PeriodVersions.of(path, period)
    with private_folder(str(versions.folder)) as folder:
        reading = read_account(
            client,
            period,
            selection,
            folder,
            valid_until=None if on_invalid == "warn" else min(past_until, period.date_to),
            on_progress=on_progress,
        )
        manifest: VersionManifest = {
            "version": 0,
            "period": period.to_json(),
            "timezone": timezone,
            "selection": None if selection is None else selection.to_json(),
            "provisional": not is_over,
            "past_until": past_until.isoformat(),
            "run": uuid4().hex,
            "baseline": None,
            "delta": None,
            **reading.evidence,
            "source": {"host": client.host, "routes": client.route_paths("users", "daily_calculations", "absences")},
            "contract_sha256": client.contract_sha256,
            "provider_version": __version__,
            "created_at": utc_moment(),
        }
        return _freeze(versions, reading, manifest, max_changed_share)


def _freeze(
    versions: PeriodVersions, reading: Reading, manifest: VersionManifest, max_changed_share: float
) -> CloseResult:
    """Make the next version, unless the last one has the same data; again when another close was quicker."""
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
