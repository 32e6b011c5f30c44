# SPDX-License-Identifier: Apache-2.0
"""Make a payroll file again from its manifest and the frozen versions."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from airflow_provider_allhours.client.errors import AllHoursConflictError
from airflow_provider_allhours.files.staging import AnyPath
from airflow_provider_allhours.flows.payroll_contributions import contributions, contributions_of_release
from airflow_provider_allhours.flows.payroll_draft import Draft, draft_of_release
from airflow_provider_allhours.flows.payroll_manifest import PayrollManifest
from airflow_provider_allhours.flows.payroll_options import PayrollOptions
from airflow_provider_allhours.flows.registry import Registry
from airflow_provider_allhours.flows.release_lookup import registry_of, release_of
from airflow_provider_allhours.flows.versions import FrozenVersion, PeriodVersions
from airflow_provider_allhours.payroll.releases import Release
from airflow_provider_allhours.periods import Period


def draft_of_manifest(manifest: PayrollManifest, path_of: Callable[[str], AnyPath]) -> Draft:
    """The file of a manifest, of a release or of a preview.

    Args:
        manifest: of the payroll file.
        path_of: makes a path object from the path of the registry.

    Raises:
        AllHoursConflictError: what comes out is not the file of the manifest: a version was changed, or what a preview
            was made against was released meanwhile.
        AllHoursPreflightError: lists every problem that would make the file wrong.
    """
    registry = registry_of(manifest, path_of)
    release = None if manifest["preview"] else release_of(manifest, registry.read().releases)
    drafts = (
        _drafts_of_preview(registry, manifest)
        if release is None
        else iter((draft_of_release_again(registry, release, manifest),))
    )
    for draft in drafts:
        if draft.sha256 == manifest["sha256"]:
            return draft
    raise AllHoursConflictError(
        f"the payroll file {manifest['path']}, made again, is another one; make the preview again"
    )


def _drafts_of_preview(registry: Registry, manifest: PayrollManifest) -> Iterator[Draft]:
    """What a preview may have been: a file that was released before or since, or one that nobody released."""
    options, snapshot = options_of(manifest), registry.read()
    main, *corrected = (
        version_of(registry, part["period"], part["version"], part["manifest_sha256"]) for part in manifest["periods"]
    )
    for release in reversed(snapshot.releases.of(main.period)):
        own = release.part_of(main.period)
        if release.is_adopted or release.is_delta != options.is_delta or own is None or own["version"] != main.number:
            continue
        parts = contributions_of_release(release, main, corrected, snapshot.before(release.number))
        yield draft_of_release(parts, options, registry)
    parts = contributions(main, corrected, snapshot.releases, is_delta=options.is_delta)
    yield draft_of_release(parts, options, registry)


def draft_of_release_again(registry: Registry, release: Release, manifest: PayrollManifest) -> Draft:
    """The file of a release, made again.

    Raises:
        AllHoursConflictError: a version was removed or changed.
        AllHoursPreflightError: lists every problem that would make the file wrong.
    """
    main, *corrected = (
        version_of(registry, part["period"], part["version"], part["manifest_sha256"]) for part in release.parts
    )
    before = registry.read().before(release.number)
    parts = contributions_of_release(release, main, corrected, before)
    return draft_of_release(parts, options_of(manifest), registry)


def options_of(manifest: PayrollManifest) -> PayrollOptions:
    """The parameters that a payroll file was made with."""
    given = manifest["options"]
    return PayrollOptions.of(
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


def version_of(registry: Registry, days: dict[str, str], number: int, manifest_sha256: str) -> FrozenVersion:
    """A version that a payroll file was made from.

    Raises:
        AllHoursConflictError: it was removed or changed.
    """
    period = Period.from_json(days)
    try:
        version = PeriodVersions.of(registry.periods, period).open(number)
    except (OSError, ValueError, KeyError, TypeError):
        raise AllHoursConflictError(f"version {number} of {period} cannot be read; it was removed or changed") from None
    if version.manifest_sha256 != manifest_sha256:
        raise AllHoursConflictError(f"the manifest of version {number} of {period} was changed")
    return version
