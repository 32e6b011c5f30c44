# SPDX-License-Identifier: Apache-2.0
"""The payroll operators, from the connection to the reconciliation."""

from __future__ import annotations

import csv
import hashlib
import json
from pathlib import Path
from typing import Any

import pytest
from airflow.sdk import DAG, Asset, AssetAlias

from airflow_provider_allhours.client import errors
from airflow_provider_allhours.operators.payroll import (
    AllHoursClosePeriodOperator,
    AllHoursExportPayrollOperator,
    AllHoursPayrollReportOperator,
    AllHoursReconcilePayrollOperator,
)
from airflow_provider_allhours.sandbox.server import Sandbox
from airflow_provider_allhours.task_utils.compat import AirflowFailException
from tests.helpers import NO_CONTEXT, PAYROLL_COMPANY


@pytest.fixture
def allhours_sandbox_options() -> dict[str, Any]:
    return PAYROLL_COMPANY


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


def test_every_outlet_of_a_month_end_is_told_what_it_holds(
    run_dag: Any, allhours_connection: Sandbox, payroll_mapping: dict[str, Any], tmp_path: Path
) -> None:
    def outlets(name: str) -> list[Asset | AssetAlias]:
        return [Asset(f"{name}_of_a_month_end"), AssetAlias(f"files_of_{name}")]

    with DAG("month_end_with_outlets", schedule=None) as dag:
        close = AllHoursClosePeriodOperator(
            task_id="close", period="2026-10", path=f"{tmp_path}/periods", outlets=outlets("close")
        )
        pay = AllHoursExportPayrollOperator(
            task_id="pay",
            close=close.output,
            profile="generic-csv",
            mapping=payroll_mapping,
            path=f"{tmp_path}/{{period}}.csv",
            release=False,
            outlets=outlets("pay"),
        )
        AllHoursPayrollReportOperator(
            task_id="report",
            close=close.output,
            payroll=pay.output,
            path=f"{tmp_path}/{{period}}.html",
            outlets=outlets("report"),
        )
    assert run_dag(dag).state == "success"
    manifest = next(tmp_path.glob("periods/*/v0001/manifest.json"))
    frozen = json.loads(manifest.read_bytes())
    with (tmp_path / "2026-10.csv").open(newline="", encoding="utf-8") as file:
        lines = len(list(csv.DictReader(file)))
    expected = {
        manifest: {"rows": frozen["files"]["timesheets"]["rows"], "version": 1, "provisional": False},
        tmp_path / "2026-10.csv": {"rows": lines, "released": False},
        tmp_path / "2026-10.html": {"rows": lines},
    }
    period = {"from": "2026-10-01", "to": "2026-10-31"}
    events = events_of("month_end_with_outlets")
    for path, more in expected.items():
        extra = {"sha256": hashlib.sha256(path.read_bytes()).hexdigest(), "period": period, **more}
        assert min(extra["rows"], 1) == 1
        described = [(uri, found) for uri, found in events if found["sha256"] == extra["sha256"]]
        assert [{key: found[key] for key in extra} for _, found in described] == [extra, extra]
        assert path.as_uri() in {uri for uri, _ in described}
    assert len(events) == 2 * len(expected)


def events_of(dag_id: str) -> list[tuple[str, dict[str, Any]]]:
    """Address and extra of each asset event of a DAG."""
    from airflow.models.asset import AssetEvent, AssetModel
    from airflow.utils.session import create_session

    with create_session() as session:
        events = session.query(AssetEvent).filter(AssetEvent.source_dag_id == dag_id).all()
        return [(session.get(AssetModel, event.asset_id).uri, dict(event.extra)) for event in events]


@pytest.mark.parametrize("name", ["approved_sha256", "employees", "exclude"])
def test_what_is_given_and_renders_to_nothing_is_not_left_out(
    run_dag: Any, allhours_connection: Sandbox, payroll_mapping: dict[str, Any], tmp_path: Path, name: str
) -> None:
    """Left out, it would mean any file, everybody and nobody."""
    with DAG("renders_to_nothing", schedule=None) as dag:
        close = AllHoursClosePeriodOperator(task_id="close", period="2026-10", path=f"{tmp_path}/periods")
        AllHoursExportPayrollOperator(
            task_id="pay",
            close=close.output,
            profile="generic-csv",
            mapping=payroll_mapping,
            path=f"{tmp_path}/pay.csv",
            **{name: "{{ dag_run.conf.get('x', '') }}"},
        )
    assert run_dag(dag).state == "failed"
    assert not (tmp_path / "pay.csv").exists()
