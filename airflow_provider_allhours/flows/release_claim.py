# SPDX-License-Identifier: Apache-2.0
"""Claim a payroll file in the registry before it is published, and finish claims that a killed run left.

The order is: the files of the record (who is paid, the content, the manifest); the record, whose exclusive creation is
the claim; the payroll file with its manifest; the record that they are in their place. A run that is killed before the
claim has paid nothing. After it, the next run that meets the claim puts the same bytes in place.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Callable, Mapping
from typing import Any

from airflow_provider_allhours import __version__
from airflow_provider_allhours.client.errors import AllHoursConflictError, AllHoursPublicationError
from airflow_provider_allhours.files.presence import is_there
from airflow_provider_allhours.files.publication import (
    MANIFEST_SUFFIX,
    as_json_bytes,
    publish_bytes,
    sha256_of,
)
from airflow_provider_allhours.files.staging import AnyPath, as_upath, sibling
from airflow_provider_allhours.flows.clock import utc_now
from airflow_provider_allhours.flows.payroll_draft import Draft
from airflow_provider_allhours.flows.payroll_manifest import PayrollManifest
from airflow_provider_allhours.flows.registry import NewFiles, Registry, Snapshot, comparable_path
from airflow_provider_allhours.payroll.releases import (
    COPY,
    PUBLISHED,
    RELEASE,
    CopyRecord,
    PublishedRecord,
    Release,
    ReleasedFile,
    ReleasedPart,
    ReleaseRecord,
)

log = logging.getLogger(__name__)

CONTENT, MANIFEST = "payroll", "manifest.json"

MAX_APPENDS = 50
"""How often a record is appended when others append theirs."""


def claim_release(
    registry: Registry, snapshot: Snapshot, files: NewFiles, draft: Draft, manifest: PayrollManifest, path: AnyPath
) -> Snapshot | None:
    """Claim a new release; None when another run appended to the registry since the snapshot."""
    parts: list[ReleasedPart] = []
    with files:
        for index, (part, period) in enumerate(zip(draft.parts, draft.made.periods, strict=True), start=1):
            evidence = part.evidence(period)
            parts.append(
                {
                    "period": evidence["period"],
                    "version": evidence["version"],
                    "baseline": evidence["baseline"],
                    "read_from": evidence["window"]["from"],
                    "manifest_sha256": evidence["manifest_sha256"],
                    "codes": sorted([code, unit] for code, unit in draft.options.mapping.codes),
                    "people": registry.write_people(files.folder, index, period.people),
                }
            )
        record: ReleaseRecord = {
            "kind": RELEASE,
            "file": _staged_file(registry, files, draft, manifest, path),
            "parts": parts,
            "is_delta": draft.options.is_delta,
            "approved_by": manifest["approved_by"],
            "approved_at": manifest["approved_at"],
            "provider_version": __version__,
            "created_at": manifest["created_at"],
        }
        return files.append(snapshot, record)


def claim_copy(
    registry: Registry,
    snapshot: Snapshot,
    files: NewFiles,
    release: Release,
    draft: Draft,
    manifest: PayrollManifest,
    path: AnyPath,
) -> Snapshot | None:
    """Claim a copy of a release in another layout; None when another run appended to the registry meanwhile."""
    with files:
        record: CopyRecord = {
            "kind": COPY,
            "release": release.number,
            "file": _staged_file(registry, files, draft, manifest, path),
            "created_at": manifest["created_at"],
        }
        return files.append(snapshot, record)


def finish(registry: Registry, release: Release, number: int, path_of: Callable[[str], AnyPath]) -> None:
    """Put the file of a claim in its place, byte for byte as it was claimed, and record that it is there.

    Args:
        registry: the registry.
        release: the release of the claim.
        number: number of the record: of the release, or of a copy.
        path_of: makes a path object from the path of a file.

    Raises:
        AllHoursConflictError: the claimed content is gone.
    """
    file = release.files[number]
    if number in release.published:
        # A run that was killed between the record and this may have left it.
        registry.remove_files(file["folder"], [CONTENT])
        return
    try:
        content = registry.read_file(file["folder"], CONTENT)
    except FileNotFoundError:
        if number in registry.read().releases.all[release.number].published:
            return
        raise _damaged(registry, file, CONTENT) from None
    if sha256_of(content) != file["sha256"]:
        raise _damaged(registry, file, CONTENT)
    publish(path_of(file["path"]), content, claimed_manifest(registry, file))
    record_published(registry, release.number, number)


def claimed_manifest(registry: Registry, file: ReleasedFile) -> dict[str, Any]:
    """The manifest of a claimed payroll file.

    Raises:
        AllHoursConflictError: it is gone or was changed.
    """
    try:
        content = registry.read_file(file["folder"], MANIFEST)
    except FileNotFoundError:
        raise _damaged(registry, file, MANIFEST) from None
    if sha256_of(content) != file["manifest_sha256"]:
        raise _damaged(registry, file, MANIFEST)
    return dict(json.loads(content))


def _damaged(registry: Registry, file: ReleasedFile, name: str) -> AllHoursConflictError:
    return AllHoursConflictError(
        f"{file['path']} was released, and {registry.path(file['folder'], name)} is gone or was changed; restore it "
        "from a copy; nothing is released twice"
    )


def publish(path: AnyPath, content: bytes, manifest: Mapping[str, Any]) -> None:
    """Put a payroll file and its manifest in place, unless they are there already."""
    if is_published(path, manifest):
        return
    try:
        publish_bytes(path, content, manifest)
    except AllHoursPublicationError:
        # Another run may have finished this claim at the same moment.
        if not is_published(path, manifest):
            raise


def is_published(path: AnyPath, manifest: Mapping[str, Any]) -> bool:
    """Whether the file and its manifest are there, with this content."""
    target, beside = as_upath(path), as_upath(sibling(path, MANIFEST_SUFFIX))
    if not (is_there(target) and is_there(beside)):
        return False
    return bool(
        beside.fs.cat_file(beside.path) == as_json_bytes(manifest)
        and sha256_of(target.fs.cat_file(target.path)) == manifest["sha256"]
    )


def record_published(registry: Registry, release: int, number: int) -> None:
    """Record that the file of a release or copy is in its place, and remove the staged content."""
    record: PublishedRecord = {"kind": PUBLISHED, "release": number, "created_at": utc_now()}
    append_unless(registry, record, lambda releases: number in releases.all[release].published)
    registry.remove_files(registry.read().releases.all[release].files[number]["folder"], [CONTENT])


def append_unless(registry: Registry, record: Mapping[str, Any], is_there: Callable[[Any], bool]) -> None:
    """Append a record, whatever others append meanwhile, unless what it says is recorded already.

    Args:
        registry: the registry.
        record: the record.
        is_there: tells from the :class:`~.payroll.releases.Releases` whether it is recorded; may raise.
    """
    for _ in range(MAX_APPENDS):
        snapshot = registry.read()
        if is_there(snapshot.releases) or registry.append(snapshot, record) is not None:
            return
    raise AllHoursConflictError(
        f"{registry.folder} was appended to by other runs {MAX_APPENDS} times in a row; run the task again"
    )


def _staged_file(
    registry: Registry, files: NewFiles, draft: Draft, manifest: PayrollManifest, path: AnyPath
) -> ReleasedFile:
    registry.write(files.folder, CONTENT, draft.content)
    manifest_sha256 = registry.write(files.folder, MANIFEST, as_json_bytes(manifest))
    return {
        "path": comparable_path(path),
        "profile": draft.options.profile_name,
        "mapping_sha256": draft.options.mapping.sha256,
        "sha256": draft.sha256,
        "folder": files.folder,
        "manifest_sha256": manifest_sha256,
    }
