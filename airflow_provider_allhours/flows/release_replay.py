# SPDX-License-Identifier: Apache-2.0
"""Make a released payroll file again from its frozen versions, and compare."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypedDict

from airflow_provider_allhours.client.errors import AllHoursError
from airflow_provider_allhours.files.publication import sha256_of
from airflow_provider_allhours.files.staging import AnyPath, as_upath
from airflow_provider_allhours.flows.payroll_again import draft_of_release_again
from airflow_provider_allhours.flows.payroll_manifest import PayrollManifest
from airflow_provider_allhours.flows.release_lookup import read_payroll_manifest, registry_of, require_release
from airflow_provider_allhours.payroll.releases import ReleasedFile


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
        draft = draft_of_release_again(registry, release, described)
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
