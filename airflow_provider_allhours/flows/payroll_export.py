# SPDX-License-Identifier: Apache-2.0
"""Write a payroll file from closed periods, and record the release beside the versions."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from typing import Any, TypedDict

from airflow_provider_allhours import __version__
from airflow_provider_allhours.files.publication import MANIFEST_SUFFIX, publish_bytes, sha256_of
from airflow_provider_allhours.files.staging import AnyPath, as_upath, sibling
from airflow_provider_allhours.flows.clock import utc_now
from airflow_provider_allhours.flows.payroll_lines import make_lines
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
from airflow_provider_allhours.payroll.lines import totals_by_code
from airflow_provider_allhours.payroll.mapping import MappingDocument, read_mapping
from airflow_provider_allhours.payroll.profiles.profile import ProfileDeclaration, find_profile
from airflow_provider_allhours.payroll.releases import PayrollFile, refuse_other_lines

Close = CloseResult | Mapping[str, Any] | str
"""Return value of :func:`~airflow_provider_allhours.flows.period_close.close_period`, or the path of its manifest."""


class PayrollResult(TypedDict):
    """The payroll file; ``totals`` are hours, days or minutes by pay code."""

    path: str
    manifest_path: str
    lines: int
    employees: int
    totals: dict[str, float]
    sha256: str
    periods: list[PaidPeriod]


class PayrollManifest(TypedDict):
    """What ``<path>.manifest.json`` of a payroll file holds."""

    path: str
    manifest_path: str
    lines: int
    employees: int
    totals: dict[str, float]
    sha256: str
    periods: list[PaidPeriodEvidence]
    profile: str
    encoding: str
    mapping_sha256: str
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
        profile_options: options of the profile.
        path_of: makes a path object from the path of a manifest.

    Raises:
        AllHoursPreflightError: lists every problem that would make the file wrong; nothing is written.
        AllHoursConflictError: the file would pay something twice; nothing is written.
        AllHoursParameterError: a parameter is wrong; nothing is written.
    """
    layout = find_profile(profile, profile_options)
    rules = read_mapping(mapping)
    file: PayrollFile = {"profile": _profile_name(profile), "path": str(path), "mapping_sha256": rules.sha256}
    main = main_contribution(open_close(path_of(manifest_path_of(close))), delta=delta, file=file)
    corrected = [open_close(path_of(manifest_path_of(entry))) for entry in corrections]
    parts = [main, *correction_contributions(corrected, main)]
    lines = make_lines(parts, rules, layout)
    content = layout.render(lines).encode(layout.encoding)
    result: PayrollResult = {
        "path": str(path),
        "manifest_path": str(sibling(path, MANIFEST_SUFFIX)),
        "lines": len(lines),
        "employees": len({line.person.employee_id for line in lines}),
        "totals": totals_by_code(lines),
        "sha256": sha256_of(content),
        "periods": [part.to_json() for part in parts],
    }
    refuse_other_lines(main.release, main.version.period, main.version.number, file=file, sha256=result["sha256"])
    if not _is_published(path, result["sha256"]):
        publish_bytes(path, content, _manifest(result, parts, file, layout.encoding))
    for part in parts:
        record_release(part, main, file, result["sha256"], [part for part in parts if part is not main])
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


def _manifest(result: PayrollResult, parts: list[Contribution], file: PayrollFile, encoding: str) -> PayrollManifest:
    evidence = [part.evidence() for part in parts]
    return {
        "path": result["path"],
        "manifest_path": result["manifest_path"],
        "lines": result["lines"],
        "employees": result["employees"],
        "totals": result["totals"],
        "sha256": result["sha256"],
        "periods": evidence,
        "profile": file["profile"],
        "encoding": encoding,
        "mapping_sha256": file["mapping_sha256"],
        "open_approvals": sum(entry["open_approvals"] for entry in evidence),
        "provider_version": __version__,
        "created_at": utc_now(),
    }
