# SPDX-License-Identifier: Apache-2.0
"""Write a payroll file from closed periods, and record the release beside the versions."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from typing import Any, TypedDict

from airflow_provider_allhours import __version__
from airflow_provider_allhours.attendance.selection import EmployeeSelection
from airflow_provider_allhours.files.publication import MANIFEST_SUFFIX, publish_bytes, sha256_of
from airflow_provider_allhours.files.staging import AnyPath, as_upath, sibling
from airflow_provider_allhours.flows.clock import utc_now
from airflow_provider_allhours.flows.payroll_file_lines import FileLines, make_lines
from airflow_provider_allhours.flows.payroll_release import (
    Contribution,
    PaidPeriod,
    PaidPeriodEvidence,
    correction_contributions,
    main_contribution,
    record_release,
)
from airflow_provider_allhours.flows.period_close import CloseResult
from airflow_provider_allhours.flows.versions import manifest_path_of, open_close
from airflow_provider_allhours.parameters import one_of
from airflow_provider_allhours.payroll.lines import exact_minutes_by_code, rounding_differences, totals_by_code
from airflow_provider_allhours.payroll.mapping import MappingDocument, read_mapping
from airflow_provider_allhours.payroll.people import Group, read_excluded
from airflow_provider_allhours.payroll.period_lines import LineOptions
from airflow_provider_allhours.payroll.profiles.profile import (
    FileSetting,
    ProfileDeclaration,
    find_profile,
    read_accounting_month,
)
from airflow_provider_allhours.payroll.questions import ON_REMOVED, ON_RENUMBERED
from airflow_provider_allhours.payroll.releases import PayrollFile
from airflow_provider_allhours.payroll.rounding import ROUNDINGS

Close = CloseResult | Mapping[str, Any] | str
"""Return value of :func:`~airflow_provider_allhours.flows.period_close.close_period`, or the path of its manifest."""


class PayrollResult(TypedDict):
    """The payroll file.

    ``totals`` are hours, days, minutes or pieces by pay code, sums of the printed lines; ``exact_minutes`` are the
    minutes before rounding by pay code, of the lines in hours, minutes and ``hh:mm``.
    """

    path: str
    manifest_path: str
    lines: int
    employees: int
    totals: dict[str, float]
    exact_minutes: dict[str, int]
    sha256: str
    released: bool
    periods: list[PaidPeriod]
    report_path: str | None


class PayrollManifest(TypedDict):
    """What ``<path>.manifest.json`` of a payroll file holds.

    ``rounding_differences`` are printed minus exact minutes by pay code; ``excluded`` are the ids of people who were
    left out, each with its reason.
    """

    path: str
    manifest_path: str
    lines: int
    employees: int
    totals: dict[str, float]
    exact_minutes: dict[str, int]
    rounding_differences: dict[str, float]
    sha256: str
    periods: list[PaidPeriodEvidence]
    profile: str
    encoding: str
    mapping_sha256: str
    rounding: str
    excluded: dict[str, str]
    warnings: list[str]
    open_approvals: int
    provider_version: str
    created_at: str


def export_payroll(
    *,
    close: Close,
    profile: str | ProfileDeclaration,
    mapping: MappingDocument,
    path: AnyPath,
    delta: bool = False,
    corrections: Sequence[Close] = (),
    employees: Sequence[object] | Mapping[str, object] | None = None,
    exclude: Mapping[str, object] | None = None,
    merge_employee_ids: bool = False,
    on_removed: str = "fail",
    on_renumbered: str = "fail",
    rounding: str = "line",
    accounting_month: str | None = None,
    profile_options: Mapping[str, Any] | None = None,
    path_of: Callable[[str], AnyPath] = as_upath,
) -> PayrollResult:
    """Write pay lines of closed periods in a payroll layout, and record the release beside the versions.

    Nothing is released twice: the same file again changes nothing; another file of the same layout or from another
    mapping is refused. The same lines in another layout are a copy, which is added to the record of the release.

    Args:
        close: return value of :func:`close_period`, or the path of its manifest.
        profile: see :func:`find_profile`.
        mapping: plain JSON, see :func:`read_mapping`.
        path: the payroll file.
        delta: pay the ± lines since the last released version instead of the whole period.
        corrections: closes of earlier periods; the ± lines since their release are added to the file, with their own
            period. A period that was never released adds no lines.
        employees: whom the file pays, as employee ids or ``{"custom_field3": ["hourly"]}``; everybody by default.
        exclude: employee id, or user id of somebody without one -> reason why the file does not pay them.
        merge_employee_ids: whether users with one employee id, as of a re-hire, are one person.
        on_removed: what to do about people who were paid and are no longer in the roster: ``fail``, ``pay`` (take back)
            or ``keep``.
        on_renumbered: what to do about people who were paid under another employee id: ``fail``, ``move`` (take back
            the old, pay the new one) or ``keep``.
        rounding: ``line``, ``person`` or ``down``.
        accounting_month: ``2026-10``, for layouts that have one; the month of the period's last day by default.
        profile_options: options of the profile.
        path_of: makes a path object from the path of a manifest.

    Raises:
        AllHoursPreflightError: lists every problem that would make the file wrong; nothing is written.
        AllHoursConflictError: the file would pay something twice; nothing is written.
        AllHoursParameterError: a parameter is wrong; nothing is written.
    """
    rules = read_mapping(mapping)
    options = LineOptions(
        rules,
        one_of("rounding", rounding, ROUNDINGS),
        Group(
            None if employees is None else EmployeeSelection.of(employees), read_excluded(exclude), merge_employee_ids
        ),
        one_of("on_removed", on_removed, ON_REMOVED),
        one_of("on_renumbered", on_renumbered, ON_RENUMBERED),
    )
    layout = find_profile(profile, profile_options)
    layout.setting = FileSetting(read_accounting_month(accounting_month), rules.has_cost_centres)
    file: PayrollFile = {"profile": _profile_name(profile), "path": str(path), "mapping_sha256": rules.sha256}
    main = main_contribution(open_close(path_of(manifest_path_of(close))), delta=delta, file=file)
    corrected = [open_close(path_of(manifest_path_of(entry))) for entry in corrections]
    parts = [main, *correction_contributions(corrected, main)]
    made = make_lines(parts, options, layout)
    content = layout.render(made.printed).encode(layout.encoding)
    result: PayrollResult = {
        "path": str(path),
        "manifest_path": str(sibling(path, MANIFEST_SUFFIX)),
        "lines": len(made.printed),
        "employees": len({line.person.employee_id for line in made.printed}),
        "totals": totals_by_code(made.printed),
        "exact_minutes": exact_minutes_by_code(made.lines),
        "sha256": sha256_of(content),
        "released": True,
        "periods": [part.to_json() for part in parts],
        "report_path": None,
    }
    for part, own in zip(parts, made.periods, strict=True):
        part.refuse_other_lines(own, file, result["sha256"])
    if not _is_published(path, result["sha256"]):
        publish_bytes(path, content, _manifest(result, parts, file, layout.encoding, options, made))
    for part, own in zip(parts, made.periods, strict=True):
        record_release(part, own, rules, main, file, result["sha256"], [part for part in parts if part is not main])
    return result


def _profile_name(profile: str | ProfileDeclaration) -> str:
    return json.dumps(profile, sort_keys=True) if isinstance(profile, Mapping) else str(profile)


def _is_published(path: AnyPath, sha256: str) -> bool:
    """Whether the file and its manifest exist already, with this content."""
    target, manifest = as_upath(path), as_upath(sibling(path, MANIFEST_SUFFIX))
    if not (target.fs.exists(target.path) and manifest.fs.exists(manifest.path)):
        return False
    described = json.loads(manifest.fs.cat_file(manifest.path))
    return sha256_of(target.fs.cat_file(target.path)) == sha256 == str(described.get("sha256"))


def _manifest(
    result: PayrollResult,
    parts: list[Contribution],
    file: PayrollFile,
    encoding: str,
    options: LineOptions,
    made: FileLines,
) -> PayrollManifest:
    evidence = [part.evidence() for part in parts]
    return {
        "path": result["path"],
        "manifest_path": result["manifest_path"],
        "lines": result["lines"],
        "employees": result["employees"],
        "totals": result["totals"],
        "exact_minutes": result["exact_minutes"],
        "rounding_differences": rounding_differences(made.lines),
        "sha256": result["sha256"],
        "periods": evidence,
        "profile": file["profile"],
        "encoding": encoding,
        "mapping_sha256": file["mapping_sha256"],
        "rounding": options.rounding,
        "excluded": dict(options.group.excluded),
        "warnings": made.warnings,
        "open_approvals": sum(entry["open_approvals"] for entry in evidence),
        "provider_version": __version__,
        "created_at": utc_now(),
    }
