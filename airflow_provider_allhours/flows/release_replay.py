# SPDX-License-Identifier: Apache-2.0
"""Make a released payroll file again from its frozen versions, and compare."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypedDict

from airflow_provider_allhours.client.errors import AllHoursConflictError, AllHoursError
from airflow_provider_allhours.files.publication import sha256_of
from airflow_provider_allhours.files.staging import AnyPath, as_upath
from airflow_provider_allhours.flows.payroll_contributions import contributions_of_release
from airflow_provider_allhours.flows.payroll_draft import Draft, draft_of_release
from airflow_provider_allhours.flows.payroll_manifest import PayrollManifest
from airflow_provider_allhours.flows.payroll_options import PayrollOptions
from airflow_provider_allhours.flows.registry import Registry
from airflow_provider_allhours.flows.release_lookup import read_payroll_manifest, registry_of, require_release
from airflow_provider_allhours.flows.versions import FrozenVersion, PeriodVersions
from airflow_provider_allhours.payroll.releases import Release, ReleasedFile, ReleasedPart
from airflow_provider_allhours.periods import Period


class ReplayResult(TypedDict):
    """A payroll file that was made again; ``problems`` are the differences, none when it is the released one."""

    path: str
    release: int
    state: str
    sha256: str
    lines: int
    problems: list[str]


def replay_release(*, manifest: AnyPath, path_of: Callable[[str], AnyPath] = as_upath) -> ReplayResult:
    """Make a released payroll file again from its frozen versions, and compare it with the release and the file.

    Args:
        manifest: the manifest of the payroll file.
        path_of: makes a path object from the path of the registry or of the payroll file.

    Raises:
        AllHoursParameterError: it is not the manifest of a released payroll file.
    """
    described = read_payroll_manifest("manifest", manifest)
    registry = registry_of(described, path_of)
    snapshot = registry.read()
    release = require_release(described, snapshot.releases, parameter="manifest", path=manifest)
    file = next(file for file in release.files.values() if file["folder"] == described["folder"])
    problems = []
    lines = 0
    try:
        draft = _made_again(registry, release, described)
        lines = len(draft.made.printed)
        if draft.sha256 != file["sha256"]:
            problems.append(f"made again, the file has the SHA-256 {draft.sha256}; released was {file['sha256']}")
    except AllHoursError as error:
        problems.append(str(error))
    problems += _differences(described, file, manifest, path_of(file["path"]))
    return {
        "path": file["path"],
        "release": release.number,
        "state": release.state,
        "sha256": file["sha256"],
        "lines": lines,
        "problems": problems,
    }


def _made_again(registry: Registry, release: Release, manifest: PayrollManifest) -> Draft:
    given = manifest["options"]
    options = PayrollOptions.of(
        profile=given["profile"],
        mapping=given["mapping"],
        delta=given["delta"],
        employees=given["employees"],
        exclude=given["exclude"],
        merge_employee_ids=given["merge_employee_ids"],
        on_removed=given["on_removed"],
        on_renumbered=given["on_renumbered"],
        rounding=given["rounding"],
        accounting_month=given["accounting_month"],
        profile_options=given["profile_options"],
    )
    main, *corrected = (_version_of(registry, part) for part in release.parts)
    before = registry.read().before(release.number)
    return draft_of_release(contributions_of_release(release, main, corrected, before), options, registry)


def _version_of(registry: Registry, part: ReleasedPart) -> FrozenVersion:
    period = Period.from_json(part["period"])
    versions = PeriodVersions.of(registry.periods, period)
    try:
        version = versions.open(part["version"])
    except (OSError, ValueError, KeyError, TypeError):
        raise AllHoursConflictError(
            f"version {part['version']} of {period} cannot be read; it was removed or changed"
        ) from None
    if version.manifest_sha256 != part["manifest_sha256"]:
        raise AllHoursConflictError(f"the manifest of version {part['version']} of {period} was changed")
    return version


def _differences(described: PayrollManifest, file: ReleasedFile, manifest: AnyPath, path: AnyPath) -> list[str]:
    """What differs between the files at their place and the release."""
    problems = []
    if described["sha256"] != file["sha256"]:
        problems.append(f"{manifest} names another SHA-256 than the release")
    beside = as_upath(manifest)
    if sha256_of(beside.fs.cat_file(beside.path)) != file["manifest_sha256"]:
        problems.append(f"{manifest} was changed after the release")
    target = as_upath(path)
    try:
        if sha256_of(target.fs.cat_file(target.path)) != file["sha256"]:
            problems.append(f"{path} was changed after the release")
    except FileNotFoundError:
        problems.append(f"{path} is gone")
    return problems
