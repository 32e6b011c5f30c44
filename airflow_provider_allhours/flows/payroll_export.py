# SPDX-License-Identifier: Apache-2.0
"""Write a payroll file from closed periods, and release it: no person-day is paid twice."""

from __future__ import annotations

import json
import logging
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from airflow_provider_allhours.client.errors import (
    AllHoursConflictError,
    AllHoursError,
    AllHoursParameterError,
    AllHoursPreflightError,
)
from airflow_provider_allhours.files.presence import is_there
from airflow_provider_allhours.files.publication import MANIFEST_SUFFIX, publish_bytes
from airflow_provider_allhours.files.staging import AnyPath, as_upath, sibling
from airflow_provider_allhours.flows.clock import utc_now
from airflow_provider_allhours.flows.payroll_contributions import (
    contributions,
    contributions_of_release,
    in_order,
    unreleased_corrections,
    warnings_of_corrections,
)
from airflow_provider_allhours.flows.payroll_draft import Draft, draft_of_release, new_draft
from airflow_provider_allhours.flows.payroll_manifest import PayrollManifest, PayrollResult, manifest_of, result_of
from airflow_provider_allhours.flows.payroll_options import PayrollOptions
from airflow_provider_allhours.flows.registry import Registry, Snapshot, comparable_path
from airflow_provider_allhours.flows.release_approval import Approval
from airflow_provider_allhours.flows.release_claim import (
    claim_copy,
    claim_release,
    claimed_manifest,
    finish,
    is_published,
    publish,
    record_published,
)
from airflow_provider_allhours.flows.version_freeze import CloseResult
from airflow_provider_allhours.flows.versions import FrozenVersion, manifest_path_of, open_close
from airflow_provider_allhours.payroll.mapping import MappingDocument
from airflow_provider_allhours.payroll.profiles.profile import ProfileDeclaration
from airflow_provider_allhours.payroll.releases import Release, Releases
from airflow_provider_allhours.periods import Period

log = logging.getLogger(__name__)

NO_TEXT = frozenset(
    (".xlsx", ".xlsm", ".xls", ".ods", ".parquet", ".html", ".pdf", ".gz", ".zip", ".bz2", ".xz", ".zst")
)
"""Suffixes of files that no payroll layout writes."""

Close = CloseResult | Mapping[str, Any] | str
"""Return value of :func:`~airflow_provider_allhours.flows.period_close.close_period`, or the path of its manifest."""

MAX_CLAIMS = 20
"""How often the file is made again because other runs released theirs meanwhile."""


def export_payroll(
    *,
    close: Close,
    profile: str | ProfileDeclaration,
    mapping: MappingDocument,
    path: AnyPath,
    release: bool = True,
    delta: bool = False,
    corrections: Sequence[Close] = (),
    employees: Sequence[object] | Mapping[str, object] | None = None,
    exclude: Mapping[str, object] | None = None,
    merge_employee_ids: bool = False,
    on_removed: str = "fail",
    on_renumbered: str = "fail",
    rounding: str = "line",
    accounting_month: str | None = None,
    approval: Approval | None = None,
    profile_options: Mapping[str, Any] | None = None,
    path_of: Callable[[str], AnyPath] = as_upath,
) -> PayrollResult:
    """Write pay lines of closed periods in a payroll layout, and release the file.

    A release says in the registry below the folder of the closed periods who is paid for which days. It is claimed
    there before the file is published, so that of two runs one pays and the other is told. The same file again changes
    nothing; the same lines in another layout are a copy; everything else that pays a person-day again is refused.

    Args:
        close: return value of :func:`close_period`, or the path of its manifest.
        profile: see :func:`find_profile`.
        mapping: plain JSON, see :func:`read_mapping`.
        path: the payroll file.
        release: whether the file is to be paid; a preview has ``"preview": true`` in its manifest and records nothing.
        delta: pay the ± lines since the last releases of the period instead of the whole period.
        corrections: closes of earlier periods; the ± lines since their releases are added to the file, with their own
            period. A period that was never released adds no lines, and is among the warnings.
        employees: whom the file pays, as employee ids or ``{"custom_field3": ["hourly"]}``; everybody by default.
        exclude: employee id, or user id of somebody without one -> reason why the file does not pay them.
        merge_employee_ids: whether users with one employee id, as of a re-hire, are one person.
        on_removed: what to do about people who were paid and are no longer in the roster: ``fail``, ``pay`` (take back)
            or ``keep``.
        on_renumbered: what to do about people who were paid under another employee id: ``fail``, ``move`` (take back
            the old, pay the new one) or ``keep``.
        rounding: ``line``, ``person`` or ``down``.
        accounting_month: ``2026-10``, for layouts that have one; the month of the period's last day by default.
        approval: what was approved, and by whom.
        profile_options: options of the profile.
        path_of: makes a path object from the path of a manifest or of a payroll file.

    Raises:
        AllHoursPreflightError: lists every problem that would make the file wrong; nothing is written.
        AllHoursConflictError: the file would pay something twice, or is not the approved one; nothing is written.
        AllHoursParameterError: a parameter is wrong; nothing is written.
    """
    options = PayrollOptions.of(
        profile=profile,
        mapping=mapping,
        delta=delta,
        employees=employees,
        exclude=exclude,
        merge_employee_ids=merge_employee_ids,
        on_removed=on_removed,
        on_renumbered=on_renumbered,
        rounding=rounding,
        accounting_month=accounting_month,
        profile_options=profile_options,
    )
    _refuse_a_name_of_other_content(path)
    if release:
        # A preview has a name of its own.
        options.profile.check_file_name(as_upath(path).name)
    main = open_close(path_of(manifest_path_of(close)))
    corrected = in_order(main, [open_close(path_of(manifest_path_of(entry))) for entry in corrections])
    job = _PayrollJob(main, corrected, options, path, approval or Approval(), path_of)
    return job.release() if release else job.preview()


def _refuse_a_name_of_other_content(path: AnyPath) -> None:
    if (suffix := as_upath(path).suffix.lower()) in NO_TEXT:
        raise AllHoursParameterError(
            f"parameter 'path' is {path}; every payroll layout is text, which a file named {suffix} does not hold; it "
            "takes a name such as 2026-10.csv"
        )


class _PayrollJob:
    """One payroll file that is to be written."""

    def __init__(
        self,
        main: FrozenVersion,
        corrected: Sequence[FrozenVersion],
        options: PayrollOptions,
        path: AnyPath,
        approval: Approval,
        path_of: Callable[[str], AnyPath],
    ) -> None:
        self._main = main
        self._corrected = corrected
        self._options = options
        self._path = path
        self._approval = approval
        self._path_of = path_of
        self._registry = Registry.of(main)

    def preview(self) -> PayrollResult:
        """Write the file that a release would write now, marked as a preview.

        Where the file was released at this path already, it stays as it is.
        """
        snapshot = self._registry.read()
        there = snapshot.releases.at(comparable_path(self._path))
        if there is not None:
            draft, _ = self._again(snapshot, there)
            self._tell_what_waits(snapshot, there)
            return self._result(draft, is_released=True)
        self._refuse_foreign_file()
        draft = self._same_lines(snapshot, in_this_layout=True)[0] or self._new(snapshot)
        self._approval.refuse_other(draft.sha256)
        result = self._result(draft, is_released=False)
        manifest = self._manifest(draft, result, folder=None)
        if not is_published(self._path, {**manifest, "created_at": self._created_at()}):
            publish_bytes(self._path, draft.content, manifest)
        return result

    def release(self) -> PayrollResult:
        """Claim and publish the file, unless it was released at this path already."""
        for _ in range(MAX_CLAIMS):
            snapshot = self._registry.read()
            there = snapshot.releases.at(comparable_path(self._path))
            if there is not None:
                return self._finish_again(snapshot, there)
            self._refuse_foreign_file()
            draft, original = self._same_lines(snapshot, in_this_layout=False)
            if draft is None:
                draft = self._new_or_finish_others(snapshot)
            self._approval.refuse_other(draft.sha256)
            self._approval.refuse_unapproved()
            result = self._result(draft, is_released=True)
            files = self._registry.new_files()
            manifest = self._manifest(draft, result, folder=files.folder)
            if original is None:
                claimed = claim_release(self._registry, snapshot, files, draft, manifest, self._path)
            else:
                claimed = claim_copy(self._registry, snapshot, files, original, draft, manifest, self._path)
            if claimed is not None:
                number = claimed.records[-1].number
                record = claimed.releases.all[number if original is None else original.number]
                finish(self._registry, record, number, lambda _: self._path)
                return result
        raise AllHoursConflictError(
            f"{self._registry.folder} was appended to by other runs {MAX_CLAIMS} times in a row; run the task again"
        )

    def _new(self, snapshot: Snapshot) -> Draft:
        releases = snapshot.releases
        parts = contributions(self._main, self._corrected, releases, is_delta=self._options.is_delta)
        warnings = warnings_of_corrections(self._corrected, releases)
        return new_draft(parts, self._options, self._registry, releases, warnings)

    def _new_or_finish_others(self, snapshot: Snapshot) -> Draft:
        try:
            return self._new(snapshot)
        except AllHoursConflictError:
            self._finish_unfinished(snapshot.releases)
            raise

    def _finish_unfinished(self, releases: Releases) -> None:
        """A run that claimed a file of these days and was killed is not there to finish it."""
        own = [version.period for version in (self._main, *self._corrected)]
        for release in releases.valid:
            paid = [Period.from_json(part["period"]) for part in release.parts]
            if not any(one.within(other.date_from, other.date_to) for one in own for other in paid):
                continue
            for number in release.files:
                try:
                    finish(self._registry, release, number, self._path_of)
                except (AllHoursError, OSError):
                    # The error that is raised says who paid these people; this is about the file only.
                    log.warning("%s was claimed and could not be put in its place", release.name, exc_info=True)

    def _finish_again(self, snapshot: Snapshot, there: Release) -> PayrollResult:
        """Put the released file in its place where it is not there, or not whole."""
        draft, number = self._again(snapshot, there)
        self._approval.refuse_other(draft.sha256)
        self._tell_what_waits(snapshot, there)
        result = self._result(draft, is_released=True)
        publish(self._path, draft.content, claimed_manifest(self._registry, there.files[number]))
        if number in there.published:
            finish(self._registry, there, number, lambda _: self._path)
        else:
            record_published(self._registry, there.number, number)
        return result

    def _again(self, snapshot: Snapshot, there: Release) -> tuple[Draft, int]:
        """The file that was released at this path, made again.

        Raises:
            AllHoursConflictError: another file was released there, or other parameters gave other lines.
        """
        number = next(n for n, file in there.files.items() if file["path"] == comparable_path(self._path))
        main = there.parts[0]
        period = Period.from_json(main["period"])
        if (period, main["version"]) != (self._main.period, self._main.number) or there.is_adopted:
            raise AllHoursConflictError(
                f"{there.files[number]['path']} was released for version {main['version']} of {period}; another file "
                f"takes another path, or void that release first"
            )
        draft = None
        if there.is_delta == self._options.is_delta:
            draft = self._draft_of(snapshot, there)
        if draft is None or draft.sha256 != there.files[number]["sha256"] or not draft.pays_as(there):
            raise AllHoursConflictError(
                f"version {self._main.number} of {self._main.period} was released already to "
                f"{there.files[number]['path']}, with other lines (another mapping, other employees, options or "
                "corrections); nothing is released twice"
            )
        return draft, number

    def _same_lines(self, snapshot: Snapshot, *, in_this_layout: bool) -> tuple[Draft | None, Release | None]:
        """The file with exactly the lines of a release of this version, and that release; None for none.

        Args:
            snapshot: the registry.
            in_this_layout: whether a release in the same layout counts, as it does for a preview.
        """
        for release in reversed(snapshot.releases.of(self._main.period)):
            main = release.parts[0]
            is_main = Period.from_json(main["period"]) == self._main.period and main["version"] == self._main.number
            layouts = {file["profile"] for file in release.files.values()}
            if not is_main or release.is_adopted or release.is_delta != self._options.is_delta:
                continue
            if self._options.profile_name in layouts and not in_this_layout:
                continue
            try:
                draft = self._draft_of(snapshot, release)
            except AllHoursPreflightError:
                continue
            if draft.pays_as(release):
                self._tell_what_waits(snapshot, release)
                return draft, release
        return None, None

    def _tell_what_waits(self, snapshot: Snapshot, there: Release) -> None:
        for version in unreleased_corrections(self._corrected, snapshot.releases):
            log.warning(
                "%s was released without version %d of %s and stays as it is; the correction goes into the next file",
                there.name,
                version.number,
                version.period,
            )

    def _draft_of(self, snapshot: Snapshot, release: Release) -> Draft:
        """The file of a release, with the warnings that it had."""
        before = snapshot.before(release.number)
        parts = contributions_of_release(release, self._main, self._corrected, before)
        return draft_of_release(parts, self._options, self._registry, warnings_of_corrections(self._corrected, before))

    def _refuse_foreign_file(self) -> None:
        """Refuse to overwrite a payroll file that another registry has, or that was released and is not known here."""
        manifest = as_upath(sibling(self._path, MANIFEST_SUFFIX))
        if not is_there(manifest):
            return
        try:
            described = json.loads(manifest.fs.cat_file(manifest.path))
        except ValueError:
            return
        folder = described.get("folder") if isinstance(described, dict) else None
        if not folder or described.get("preview", True):
            return
        known = {
            file["folder"] for release in self._registry.read().releases.all.values() for file in release.files.values()
        }
        if folder not in known:
            raise AllHoursConflictError(
                f"{self._path} is a payroll file that was released from {described.get('registry')}; a released file "
                "is not overwritten, choose another path"
            )

    def _created_at(self) -> str | None:
        """When the manifest that is there was made; the same preview again changes no byte."""
        try:
            manifest = as_upath(sibling(self._path, MANIFEST_SUFFIX))
            return str(json.loads(manifest.fs.cat_file(manifest.path))["created_at"])
        except (OSError, ValueError, KeyError, TypeError):
            return None

    def _result(self, draft: Draft, *, is_released: bool) -> PayrollResult:
        manifest_path = str(sibling(self._path, MANIFEST_SUFFIX))
        return result_of(draft, str(self._path), manifest_path, is_released=is_released)

    def _manifest(self, draft: Draft, result: PayrollResult, *, folder: str | None) -> PayrollManifest:
        return manifest_of(
            draft,
            result,
            registry=str(self._registry.periods),
            folder=folder,
            approved_by=self._approval.by,
            approved_at=self._approval.at,
            created_at=utc_now(),
        )
