# SPDX-License-Identifier: Apache-2.0
"""Confirm a release: the payroll office's register agrees with its payroll file."""

from __future__ import annotations

import logging
from collections.abc import Callable

from airflow_provider_allhours.client.errors import AllHoursConflictError, AllHoursParameterError
from airflow_provider_allhours.files.publication import MANIFEST_SUFFIX
from airflow_provider_allhours.files.staging import AnyPath, as_upath, sibling
from airflow_provider_allhours.flows.clock import utc_now
from airflow_provider_allhours.flows.release_claim import append_unless
from airflow_provider_allhours.flows.release_lookup import read_payroll_manifest, registry_of, require_release
from airflow_provider_allhours.payroll.releases import CONFIRMED, ConfirmedRecord, Releases

log = logging.getLogger(__name__)


def confirm_release(
    payroll_file: AnyPath, *, content_sha256: str, register_sha256: str, path_of: Callable[[str], AnyPath] = as_upath
) -> int | None:
    """Record that a register agreed with the payroll file of a release; done twice it changes nothing.

    Args:
        payroll_file: the payroll file.
        content_sha256: checksum of the file that was compared, hex.
        register_sha256: checksum of the register, hex.
        path_of: makes a path object from the path of the registry.

    Returns:
        Number of the release; None when the file is none, or a preview, which is logged.

    Raises:
        AllHoursConflictError: the release is void, or the file was changed since, and a register that agrees
            with it says nothing of what was released.
    """
    try:
        path = sibling(payroll_file, MANIFEST_SUFFIX)
        manifest = read_payroll_manifest("ours", path)
        registry = registry_of(manifest, path_of)
        release = require_release(manifest, registry.read().releases, parameter="ours", path=path)
    except AllHoursParameterError as reason:
        log.warning("No release is confirmed: %s", reason)
        return None
    if content_sha256 != manifest["sha256"]:
        raise AllHoursConflictError(
            f"the payroll file {payroll_file} was changed after it was written, so the register that agrees with it "
            f"does not confirm release {release.number}; compare the register with the file that was released"
        )
    record: ConfirmedRecord = {
        "kind": CONFIRMED,
        "release": release.number,
        "register_sha256": register_sha256,
        "created_at": utc_now(),
    }

    def is_confirmed(releases: Releases) -> bool:
        current = releases.all[release.number]
        if current.void is not None:
            raise AllHoursConflictError(
                f"release {release.number} is void, and the register agrees with its file: payroll has imported "
                f"{current.name}; its person-days would be paid again by the next payroll file"
            )
        return current.confirmed is not None

    append_unless(registry, record, is_confirmed)
    return release.number
