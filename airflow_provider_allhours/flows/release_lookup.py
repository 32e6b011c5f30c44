# SPDX-License-Identifier: Apache-2.0
"""Find the release of a payroll file by the file's manifest."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import cast

from airflow_provider_allhours.client.errors import AllHoursParameterError
from airflow_provider_allhours.files.staging import AnyPath, as_upath
from airflow_provider_allhours.flows.payroll_manifest import PayrollManifest
from airflow_provider_allhours.flows.registry import Registry
from airflow_provider_allhours.payroll.releases import Release, Releases


def read_payroll_manifest(parameter: str, path: AnyPath) -> PayrollManifest:
    """Read the manifest of a payroll file.

    Args:
        parameter: name of the parameter, for the message.
        path: the manifest.

    Raises:
        AllHoursParameterError: there is no manifest of a payroll file.
    """
    file = as_upath(path)
    try:
        document = json.loads(file.fs.cat_file(file.path))
        if not PayrollManifest.__required_keys__ <= document.keys():
            raise ValueError("not a manifest, or one without some of its keys")
    except (OSError, ValueError, AttributeError):
        raise AllHoursParameterError(
            f"parameter '{parameter}' is {path}, which is not the manifest of a payroll file; it takes the "
            "manifest_path of AllHoursExportPayrollOperator"
        ) from None
    return cast("PayrollManifest", document)


def registry_of(manifest: PayrollManifest, path_of: Callable[[str], AnyPath]) -> Registry:
    """The registry that the release of a payroll file is in."""
    return Registry(path_of(manifest["registry"]))


def release_of(manifest: PayrollManifest, releases: Releases) -> Release | None:
    """The release of a payroll file, or of the file that it is a copy of; None where the registry has none."""
    folder = manifest["folder"]
    return next(
        (
            release
            for release in releases.all.values()
            if folder and any(file["folder"] == folder for file in release.files.values())
        ),
        None,
    )


def require_release(manifest: PayrollManifest, releases: Releases, *, parameter: str, path: AnyPath) -> Release:
    """The release of a payroll file.

    Raises:
        AllHoursParameterError: the file is a preview, or no release of this registry.
    """
    if manifest["preview"]:
        raise AllHoursParameterError(f"parameter '{parameter}' is {path}, which is a preview; nothing was released")
    release = release_of(manifest, releases)
    if release is None:
        raise AllHoursParameterError(
            f"parameter '{parameter}' is {path}, and the registry below {manifest['registry']} has no such release"
        )
    return release
