# SPDX-License-Identifier: Apache-2.0
"""The month-end report: what a payroll office looks at before it signs."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from contextlib import ExitStack, closing
from typing import TypedDict

from airflow_provider_allhours.client.errors import AllHoursConflictError, AllHoursParameterError
from airflow_provider_allhours.files.publication import publish_stream, sha256_of
from airflow_provider_allhours.files.staging import AnyPath, as_upath
from airflow_provider_allhours.flows.payroll_again import draft_of_manifest
from airflow_provider_allhours.flows.payroll_contributions import Contribution
from airflow_provider_allhours.flows.payroll_manifest import PayrollManifest
from airflow_provider_allhours.flows.payroll_summary import manifest_of_the_period_before
from airflow_provider_allhours.flows.registry import Registry
from airflow_provider_allhours.flows.release_lookup import read_payroll_manifest, registry_of, release_of
from airflow_provider_allhours.flows.report_book import write_book
from airflow_provider_allhours.flows.report_content import ReportContent, fill, own_lines
from airflow_provider_allhours.flows.report_html import write_html
from airflow_provider_allhours.flows.report_lines import LinesBeside, LinesOfUsers
from airflow_provider_allhours.flows.versions import FrozenVersion, manifest_path_of, open_close
from airflow_provider_allhours.payroll.mapping import MappingDocument, PayMapping, read_mapping
from airflow_provider_allhours.payroll.people import Group
from airflow_provider_allhours.payroll.period_lines import LineOptions
from airflow_provider_allhours.periods import Period, PeriodJson

WRITERS = {".html": write_html, ".xlsx": write_book}


class ReportResult(TypedDict):
    """A report: counts, no names. ``exceptions`` is the number of each kind, ``corrections`` that of lines."""

    path: str
    period: PeriodJson
    version: int
    employees: int
    lines: int
    corrections: int
    exceptions: dict[str, int]
    bytes: int
    sha256: str


def report_payroll(
    *,
    close: Mapping[str, object] | str,
    path: AnyPath,
    mapping: MappingDocument | None = None,
    payroll: Mapping[str, object] | str | None = None,
    previous: Mapping[str, object] | str | None = None,
    path_of: Callable[[str], AnyPath] = as_upath,
) -> ReportResult:
    """Write the month-end report of a closed period.

    It has, per person, plan, paid lines, ignored leave, what is missing and the balance; the last period's lines beside
    those of this one; corrections with their reasons; exceptions and totals. Everything comes from frozen versions and
    the registry; All Hours is not asked. The same data makes the same bytes. New files can be read by their user only.

    Args:
        close: return value of a close, or the path of its manifest.
        path: ``.html`` or ``.xlsx``.
        mapping: what is paid, where there is no payroll file yet.
        payroll: return value of the payroll export, or the path of its manifest: the file that is reported, a preview
            or a release. It is made again, and refused where it comes out as another file.
        previous: the same of an earlier period; by default the release of the period that ends the day before. A file
            of differences has none.
        path_of: makes a path object from the path of a manifest.

    Raises:
        AllHoursConflictError: the payroll file is not what its manifest says, or was changed where it lies, or a frozen
            file was changed.
        AllHoursParameterError: a parameter is wrong; nothing is written.
    """
    suffix = as_upath(path).suffix.lower()
    if suffix not in WRITERS:
        raise AllHoursParameterError(f"parameter 'path' is {path}; a report is .html or .xlsx")
    version = open_close(path_of(manifest_path_of(close)))
    manifest = None if payroll is None else _manifest("payroll", payroll, path_of)
    if manifest is not None:
        _refuse_another_period(manifest, version)
        if mapping is not None:
            raise AllHoursParameterError(
                "parameter 'mapping' is given beside 'payroll', whose manifest has its own; leave one of them out"
            )
    rules = None if mapping is None else read_mapping(mapping)
    with ExitStack() as opened:
        # The lines of the last period are on the disk before those of this one are made.
        before = _previous(previous, version, manifest, path_of)
        then = None if before is None else opened.enter_context(closing(_lines_again(before, path_of)))
        content = opened.enter_context(ReportContent(version, previous=before))
        if manifest is None:
            _fill_without_file(content, rules, then)
        else:
            _fill_from_file(content, manifest, then, path_of)
        write = WRITERS[suffix]
        size, sha256 = publish_stream(path, lambda stream: write(content, stream))
        return {
            "path": str(path),
            "period": version.period.to_json(),
            "version": version.number,
            "employees": len(content.people),
            "lines": content.people.lines,
            "corrections": len(content.corrections),
            "exceptions": content.exceptions.counts,
            "bytes": size,
            "sha256": sha256,
        }


def _fill_from_file(
    content: ReportContent, manifest: PayrollManifest, then: LinesOfUsers | None, path_of: Callable[[str], AnyPath]
) -> None:
    draft = draft_of_manifest(manifest, path_of)
    _refuse_another_content(manifest, path_of)
    content.payroll, content.state = manifest, _state_of(manifest, path_of)
    options = draft.options.lines
    with closing(LinesOfUsers(own_lines(draft))) as now:
        fill(
            content,
            mapping=options.mapping,
            group=options.group,
            lines=LinesBeside(now, then),
            problems=(),
            draft=draft,
        )


def _fill_without_file(content: ReportContent, mapping: PayMapping | None, then: LinesOfUsers | None) -> None:
    made = None
    if mapping is not None:
        made = Contribution(content.version).lines(LineOptions(mapping), Registry.of(content.version))
    with closing(LinesOfUsers(line for line in (made.lines if made else ()) if line.quantity)) as now:
        fill(
            content,
            mapping=mapping,
            group=Group(),
            lines=LinesBeside(now, then),
            problems=made.problems if made else (),
            draft=None,
        )


def _manifest(parameter: str, given: Mapping[str, object] | str, path_of: Callable[[str], AnyPath]) -> PayrollManifest:
    path = given.get("manifest_path") if isinstance(given, Mapping) else given
    if not path or not isinstance(path, str):
        raise AllHoursParameterError(
            f"parameter '{parameter}' takes the return value of AllHoursExportPayrollOperator or the path of its "
            "manifest"
        )
    return read_payroll_manifest(parameter, path_of(path))


def _state_of(manifest: PayrollManifest, path_of: Callable[[str], AnyPath]) -> str:
    """What the registry says of a payroll file, or ``preview``."""
    release = release_of(manifest, registry_of(manifest, path_of).read().releases)
    return "preview" if manifest["preview"] else "in no registry" if release is None else release.state


def _lines_again(manifest: PayrollManifest, path_of: Callable[[str], AnyPath]) -> LinesOfUsers:
    return LinesOfUsers(own_lines(draft_of_manifest(manifest, path_of)))


def _previous(
    given: Mapping[str, object] | str | None,
    version: FrozenVersion,
    manifest: PayrollManifest | None,
    path_of: Callable[[str], AnyPath],
) -> PayrollManifest | None:
    if manifest is not None and manifest["options"]["delta"]:
        if given is not None:
            raise AllHoursParameterError(
                "parameter 'previous' is given, and 'payroll' pays differences of its own period, which cannot stand "
                "beside a whole period; leave it out"
            )
        return None
    if given is not None:
        before = _manifest("previous", given, path_of)
        _refuse_no_period_before(before, _state_of(before, path_of), version)
        return before
    return None if manifest is None else manifest_of_the_period_before(manifest, registry_of(manifest, path_of))


def _refuse_no_period_before(before: PayrollManifest, state: str, version: FrozenVersion) -> None:
    period = Period.from_json(before["periods"][0]["period"])
    if period.date_to >= version.period.date_from:
        raise AllHoursParameterError(
            f"parameter 'previous' pays {period}, and the report is of {version.period}; it takes the payroll file of "
            "an earlier period"
        )
    if state == "void" or before["options"]["delta"]:
        kind = "void" if state == "void" else "a file of differences"
        raise AllHoursParameterError(
            f"parameter 'previous' is {before['path']}, which is {kind}; it takes a whole file that counts"
        )


def _refuse_another_content(manifest: PayrollManifest, path_of: Callable[[str], AnyPath]) -> None:
    """A payroll file that is still where it was written is the one that is reported."""
    file = as_upath(path_of(manifest["path"]))
    if file.fs.isfile(file.path) and sha256_of(file.fs.cat_file(file.path)) != manifest["sha256"]:
        raise AllHoursConflictError(f"the payroll file {manifest['path']} was changed after it was written")


def _refuse_another_period(payroll: PayrollManifest, version: FrozenVersion) -> None:
    main = payroll["periods"][0]
    if (main["period"], main["version"]) != (version.period.to_json(), version.number):
        raise AllHoursConflictError(
            f"parameter 'payroll' pays version {main['version']} of {json.dumps(main['period'])}, and 'close' is "
            f"version {version.number} of {version.period}"
        )
