# SPDX-License-Identifier: Apache-2.0
"""The manifest of a payroll file: the evidence that the file is right, and what it can be made from again."""

from __future__ import annotations

from typing import TypedDict

from airflow_provider_allhours import __version__
from airflow_provider_allhours.flows.payroll_contributions import PaidPeriod, PaidPeriodEvidence
from airflow_provider_allhours.flows.payroll_draft import Draft
from airflow_provider_allhours.flows.payroll_options import PayrollOptionsJson
from airflow_provider_allhours.payroll.lines import exact_minutes_by_code, rounding_differences, totals_by_code


class PayrollResult(TypedDict):
    """The payroll file.

    ``totals`` are hours, days, minutes or pieces by pay code, sums of the printed lines; ``exact_minutes`` are the
    minutes before rounding by pay code, of the lines in hours, minutes and ``hh:mm``. ``released`` is false for a
    preview.
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

    ``preview`` says that the file was not released. ``registry`` is the folder of the closed periods, whose registry
    has the release, and ``folder`` the name of its files there. ``options`` are the parameters of the export, the
    mapping itself among them; ``rounding_differences`` are printed minus exact minutes by pay code.
    """

    path: str
    manifest_path: str
    preview: bool
    lines: int
    employees: int
    totals: dict[str, float]
    exact_minutes: dict[str, int]
    rounding_differences: dict[str, float]
    sha256: str
    periods: list[PaidPeriodEvidence]
    registry: str
    folder: str | None
    encoding: str
    mapping_sha256: str
    options: PayrollOptionsJson
    warnings: list[str]
    open_approvals: int
    approved_by: str | None
    approved_at: str | None
    provider_version: str
    created_at: str


def result_of(draft: Draft, path: str, manifest_path: str, *, is_released: bool) -> PayrollResult:
    """What the use case returns."""
    printed = draft.made.printed
    return {
        "path": path,
        "manifest_path": manifest_path,
        "lines": len(printed),
        "employees": len({line.person.employee_id for line in printed}),
        "totals": totals_by_code(printed),
        "exact_minutes": exact_minutes_by_code(draft.made.lines),
        "sha256": draft.sha256,
        "released": is_released,
        "periods": [part.to_json() for part in draft.parts],
        "report_path": None,
    }


def manifest_of(
    draft: Draft,
    result: PayrollResult,
    *,
    registry: str,
    folder: str | None,
    approved_by: str | None,
    approved_at: str | None,
    created_at: str,
) -> PayrollManifest:
    """The manifest of a payroll file."""
    evidence = [part.evidence(made) for part, made in zip(draft.parts, draft.made.periods, strict=True)]
    return {
        "path": result["path"],
        "manifest_path": result["manifest_path"],
        "preview": not result["released"],
        "lines": result["lines"],
        "employees": result["employees"],
        "totals": result["totals"],
        "exact_minutes": result["exact_minutes"],
        "rounding_differences": rounding_differences(draft.made.lines),
        "sha256": result["sha256"],
        "periods": evidence,
        "registry": registry,
        "folder": folder,
        "encoding": draft.options.profile.encoding,
        "mapping_sha256": draft.options.mapping.sha256,
        "options": draft.options.given,
        "warnings": draft.made.warnings,
        "open_approvals": sum(entry["open_approvals"] for entry in evidence),
        "approved_by": approved_by,
        "approved_at": approved_at,
        "provider_version": __version__,
        "created_at": created_at,
    }
