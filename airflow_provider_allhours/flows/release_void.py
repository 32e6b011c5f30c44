# SPDX-License-Identifier: Apache-2.0
"""Void a release: its payroll file was never imported, and the next release pays its person-days again."""

from __future__ import annotations

import logging
from collections.abc import Callable
from contextlib import suppress
from typing import TypedDict

from airflow_provider_allhours.client.errors import AllHoursConflictError, AllHoursParameterError
from airflow_provider_allhours.files.publication import MANIFEST_SUFFIX
from airflow_provider_allhours.files.staging import AnyPath, as_upath, sibling
from airflow_provider_allhours.flows.clock import utc_now
from airflow_provider_allhours.flows.registry import Registry
from airflow_provider_allhours.flows.release_claim import CONTENT, append_unless
from airflow_provider_allhours.flows.release_lookup import read_payroll_manifest, registry_of, require_release
from airflow_provider_allhours.parameters import one_of
from airflow_provider_allhours.payroll.releases import VOID, ReleasedFile, Releases, VoidRecord
from airflow_provider_allhours.periods import PeriodJson

log = logging.getLogger(__name__)

KEEP, REMOVE = "keep", "remove"


class VoidResult(TypedDict):
    """A release that does not count.

    ``release`` is its number in the registry, ``periods`` are those of its lines, ``changed`` says whether it counted
    before, and ``removed`` are the paths of payroll files that were removed.
    """

    release: int
    periods: list[PeriodJson]
    changed: bool
    removed: list[str]


def void_release(
    *,
    release: AnyPath,
    reason: str,
    approved_by: str | None = None,
    on_file: str = KEEP,
    path_of: Callable[[str], AnyPath] = as_upath,
) -> VoidResult:
    """Record that a release does not count; copies of it in other layouts do not count either.

    The record is appended, nothing is rewritten. Corrections that were released later stay valid: what they printed is
    still counted, and the next file pays the rest. Done twice it changes nothing.

    Args:
        release: the manifest of the payroll file.
        reason: why, in words.
        approved_by: who approved it.
        on_file: ``keep`` leaves the payroll file, ``remove`` removes it with its manifest, and its copies.
        path_of: makes a path object from a path of the registry.

    Raises:
        AllHoursConflictError: a register has confirmed the file, so that payroll has imported it.
        AllHoursParameterError: a parameter is wrong, the file is a preview or no release.
    """
    one_of("on_file", on_file, (KEEP, REMOVE))
    if not isinstance(reason, str) or not reason.strip():
        raise AllHoursParameterError("parameter 'reason' is empty; it takes a text that says why the release is void")
    manifest = read_payroll_manifest("release", release)
    registry = registry_of(manifest, path_of)
    voided = require_release(manifest, registry.read().releases, parameter="release", path=release)
    record: VoidRecord = {
        "kind": VOID,
        "release": voided.number,
        "sha256": manifest["sha256"],
        "reason": reason.strip(),
        "approved_by": approved_by,
        "on_file": on_file,
        "created_at": utc_now(),
    }

    def is_void(releases: Releases) -> bool:
        current = releases.all[voided.number]
        if current.void is None and current.confirmed is not None:
            raise AllHoursConflictError(
                f"release {voided.number} was confirmed by a register, so payroll has imported it; correct it by the "
                "next payroll file"
            )
        return current.void is not None

    was_void = voided.void is not None
    append_unless(registry, record, is_void)
    removed = []
    for file in voided.files.values():
        registry.remove_files(file["folder"], [CONTENT])
        if on_file == REMOVE and _remove_file(registry, path_of(file["path"]), file):
            removed.append(file["path"])
    return {
        "release": voided.number,
        "periods": [part["period"] for part in voided.parts],
        "changed": not was_void,
        "removed": removed,
    }


def _remove_file(registry: Registry, path: AnyPath, file: ReleasedFile) -> bool:
    """Remove a payroll file and its manifest, unless another file was published there since."""
    manifest = sibling(path, MANIFEST_SUFFIX)
    target = as_upath(path)
    try:
        content = registry.read_file(file["folder"], "manifest.json")
        described = manifest.fs.cat_file(manifest.path)
    except FileNotFoundError:
        return False
    if content != described:
        log.warning("%s is another file than the one of the release, and stays", path)
        return False
    for place in (target, manifest):
        with suppress(FileNotFoundError):
            place.fs.rm_file(place.path)
    return True
