# SPDX-License-Identifier: Apache-2.0
"""The payroll operators, from the connection to the reconciliation."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from airflow_provider_allhours.client import errors
from airflow_provider_allhours.operators.payroll import (
    AllHoursClosePeriodOperator,
    AllHoursExportPayrollOperator,
    AllHoursPayrollReportOperator,
    AllHoursReconcilePayrollOperator,
)
from airflow_provider_allhours.sandbox.server import Sandbox
from airflow_provider_allhours.task_utils.compat import AirflowFailException
from tests.helpers import NO_CONTEXT


@pytest.fixture
def allhours_sandbox_options() -> dict[str, Any]:
    return {"employees": 12, "months": 3, "clean_ids": True}


def test_the_operators(allhours_connection: Sandbox, payroll_mapping: dict[str, Any], tmp_path: Path) -> None:
    close = AllHoursClosePeriodOperator(
        task_id="c", period="2026-10", path=tmp_path.as_uri(), max_changed_share="0.5"
    ).execute(NO_CONTEXT)
    assert set(close) == {
        "version",
        "changed",
        "delta_path",
        "manifest_path",
        "totals",
        "period",
        "provisional",
        "employees",
    }
    mapping = tmp_path / "mapping.yaml"
    mapping.write_text(json.dumps(payroll_mapping))
    options = {"profile": "generic-csv", "mapping": str(mapping), "path": f"{tmp_path}/pay.csv"}
    with pytest.raises(errors.AllHoursPreflightError) as caught:
        AllHoursExportPayrollOperator(
            task_id="e",
            close=close,
            **{**options, "path": f"{tmp_path}/x.csv", "mapping": {"lines": payroll_mapping["lines"][:1]}},
        ).execute(NO_CONTEXT)
    assert isinstance(caught.value, AirflowFailException)
    for given in (close, close["manifest_path"]):
        result = AllHoursExportPayrollOperator(task_id="e", close=given, delta="False", **options).execute({})
    assert set(result) == {
        "path",
        "manifest_path",
        "lines",
        "employees",
        "totals",
        "exact_minutes",
        "sha256",
        "released",
        "periods",
        "report_path",
    }
    assert len(json.dumps(result)) < 4000
    counts = AllHoursReconcilePayrollOperator(
        task_id="r", ours=result["path"], register=result["path"], path=f"{tmp_path}/r.csv"
    ).execute(NO_CONTEXT)
    assert counts["matching"] == result["lines"]
    with pytest.raises(errors.AllHoursParameterError, match="'max_changed_share' is 'most'"):
        AllHoursClosePeriodOperator(
            task_id="c", period="2026-10", path=str(tmp_path), max_changed_share="most"
        ).execute(NO_CONTEXT)


def test_parameters_of_lines_and_people_as_templates_render_them(
    allhours_connection: Sandbox, payroll_mapping: dict[str, Any], tmp_path: Path
) -> None:
    close = AllHoursClosePeriodOperator(task_id="c", period="2026-10", path=tmp_path.as_uri()).execute(NO_CONTEXT)
    one, other = (str(allhours_connection.company.user_at(index).custom_id) for index in (8, 9))
    result = AllHoursExportPayrollOperator(
        task_id="e",
        close=close,
        profile="generic-csv",
        mapping={**payroll_mapping, "lines": payroll_mapping["lines"][:1]},
        path=f"{tmp_path}/pay.csv",
        employees=f"{one}, {other}",
        exclude=json.dumps({other: "paid by hand"}),
        merge_employee_ids="false",
        on_removed="keep",
        on_renumbered="move",
        rounding="down",
        accounting_month="",
    ).execute(NO_CONTEXT)
    (code, exact) = next(iter(result["exact_minutes"].items()))
    assert (result["employees"], result["totals"][code]) == (1, exact * 100 // 60 / 100)
    manifest = json.loads(Path(result["manifest_path"]).read_text())
    assert (manifest["options"]["rounding"], manifest["options"]["exclude"]) == ("down", {other: "paid by hand"})


def test_payroll_files_and_reports_are_named_by_the_closed_period(
    allhours_connection: Sandbox, payroll_mapping: dict[str, Any], tmp_path: Path
) -> None:
    """A file that is called {period}.csv would be the next month's, too."""
    close = AllHoursClosePeriodOperator(task_id="c", period="2026-10", path=f"{tmp_path}/periods").execute(NO_CONTEXT)
    paid = AllHoursExportPayrollOperator(
        task_id="e",
        close=close["manifest_path"],
        profile="generic-csv",
        mapping=payroll_mapping,
        path=f"{tmp_path}/{{period}}/{{date_from}}_{{date_to}}.csv",
    ).execute(NO_CONTEXT)
    assert paid["path"] == f"{tmp_path}/2026-10/2026-10-01_2026-10-31.csv"
    report = AllHoursPayrollReportOperator(
        task_id="r", close=close, payroll=paid, path=f"{tmp_path}/{{period}}/report.html"
    ).execute(NO_CONTEXT)
    assert report["path"] == f"{tmp_path}/2026-10/report.html"
    assert sorted(path.name for path in (tmp_path / "2026-10").iterdir()) == [
        "2026-10-01_2026-10-31.csv",
        "2026-10-01_2026-10-31.csv.manifest.json",
        "report.html",
    ]
