# SPDX-License-Identifier: Apache-2.0
"""Adopt a closed period that was paid elsewhere, so that later corrections of it are differences."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, TypedDict

from airflow_provider_allhours import __version__
from airflow_provider_allhours.client.errors import AllHoursConflictError, AllHoursParameterError
from airflow_provider_allhours.files.staging import AnyPath, as_upath
from airflow_provider_allhours.flows.clock import utc_now
from airflow_provider_allhours.flows.payroll_draft import refuse_paid
from airflow_provider_allhours.flows.registry import Registry, Snapshot
from airflow_provider_allhours.flows.release_claim import MAX_APPENDS
from airflow_provider_allhours.flows.version_people import entries_of_version
from airflow_provider_allhours.flows.versions import FrozenVersion, manifest_path_of, open_close
from airflow_provider_allhours.payroll.paid_people import PaidPerson
from airflow_provider_allhours.payroll.releases import ADOPTED, AdoptionRecord, Release
from airflow_provider_allhours.periods import PeriodJson


class AdoptionResult(TypedDict):
    """A period that was paid elsewhere; ``changed`` says whether it was adopted by this call."""

    release: int
    period: PeriodJson
    version: int
    employees: int
    changed: bool


def adopt_period(
    *, close: Mapping[str, Any] | str, reason: str, path_of: Callable[[str], AnyPath] = as_upath
) -> AdoptionResult:
    """Record that a version was paid elsewhere, as before the first payroll file of this provider.

    Everybody in the version counts as paid. A later correction of the period pays the difference between its version
    and this one, both by the mapping of that file.

    Args:
        close: return value of a close, or the path of its manifest.
        reason: why, in words.
        path_of: makes a path object from the path of the manifest.

    Raises:
        AllHoursConflictError: days of somebody were paid already.
        AllHoursParameterError: a parameter is wrong.
    """
    if not isinstance(reason, str) or not reason.strip():
        raise AllHoursParameterError("parameter 'reason' is empty; it takes a text that says where it was paid")
    version = open_close(path_of(manifest_path_of(close)))
    registry = Registry.of(version)
    people = [
        PaidPerson(entry.employee_id, (entry.user_id,), ((entry.date_from, entry.date_to),))
        for entry in entries_of_version(version)
    ]
    for _ in range(MAX_APPENDS):
        snapshot = registry.read()
        adopted = _adoption_of(version, snapshot)
        if adopted is not None:
            return _result(adopted, version, len(people), changed=False)
        snapshot.releases.refuse_purged(version.period)
        refuse_paid(version, people, registry, snapshot.releases)
        appended = _adopt(registry, snapshot, version, people, reason.strip())
        if appended is not None:
            number = appended.records[-1].number
            return _result(appended.releases.all[number], version, len(people), changed=True)
    raise AllHoursConflictError(
        f"{registry.folder} was appended to by other runs {MAX_APPENDS} times in a row; run the task again"
    )


def _adopt(
    registry: Registry, snapshot: Snapshot, version: FrozenVersion, people: list[PaidPerson], reason: str
) -> Snapshot | None:
    with registry.new_files() as files:
        record: AdoptionRecord = {
            "kind": ADOPTED,
            "parts": [
                {
                    "period": version.period.to_json(),
                    "version": version.number,
                    "baseline": None,
                    "read_from": version.manifest["window"]["from"],
                    "manifest_sha256": version.manifest_sha256,
                    "codes": [],
                    "people": registry.write_people(files.folder, 1, people),
                }
            ],
            "reason": reason,
            "provider_version": __version__,
            "created_at": utc_now(),
        }
        return files.append(snapshot, record)


def _adoption_of(version: FrozenVersion, snapshot: Snapshot) -> Release | None:
    for release in snapshot.releases.of(version.period):
        part = release.part_of(version.period)
        if release.is_adopted and part is not None and part["version"] == version.number:
            return release
    return None


def _result(release: Release, version: FrozenVersion, employees: int, *, changed: bool) -> AdoptionResult:
    return {
        "release": release.number,
        "period": version.period.to_json(),
        "version": version.number,
        "employees": employees,
        "changed": changed,
    }
