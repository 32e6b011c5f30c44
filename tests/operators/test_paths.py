# SPDX-License-Identifier: Apache-2.0
"""Every parameter of an operator or sensor that is a path means the same place in every process."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest

from airflow_provider_allhours.client.errors import AllHoursParameterError
from airflow_provider_allhours.operators import absences, clockings, counters, payroll, timesheets, users
from airflow_provider_allhours.operators.join import AllHoursJoinExportsOperator
from airflow_provider_allhours.sandbox.server import Sandbox
from airflow_provider_allhours.sensors.periods import AllHoursPeriodReadySensor

PERIOD = {"period": "2026-10"}
PLAN = {"plan_path": "/nowhere/plan", "ledger_path": "/nowhere/ledger"}
MAPPING = {"lines": [{"source": "paid_presence_minutes", "pay_code": "1000", "unit": "hours"}]}
PAYROLL = {
    "close": "/nowhere/v0001/manifest.json",
    "profile": "generic-csv",
    "mapping": MAPPING,
    "path": "/nowhere/pay.csv",
}
REPORT = {"close": PAYROLL["close"], "path": "/nowhere/report.html"}
RECONCILE = {"ours": "/nowhere/pay.csv", "register": "/nowhere/register.csv"}

PATHS = [
    (timesheets.AllHoursExportTimesheetsOperator, PERIOD, "path"),
    (counters.AllHoursExportCountersOperator, PERIOD, "path"),
    (clockings.AllHoursExportClockingsOperator, PERIOD, "path"),
    (absences.AllHoursExportAbsencesOperator, PERIOD, "path"),
    (absences.AllHoursExportAbsenceSpansOperator, PERIOD, "path"),
    (users.AllHoursExportUsersOperator, {}, "path"),
    (absences.AllHoursPlanAbsencesOperator, {**PERIOD, **PLAN, "source": "/nowhere/leave.csv"}, "source"),
    (absences.AllHoursPlanAbsencesOperator, {**PERIOD, **PLAN, "source": "/nowhere/leave.csv"}, "plan_path"),
    (absences.AllHoursPlanAbsencesOperator, {**PERIOD, **PLAN, "source": "/nowhere/leave.csv"}, "ledger_path"),
    (absences.AllHoursApplyAbsencePlanOperator, PLAN, "plan_path"),
    (absences.AllHoursApplyAbsencePlanOperator, PLAN, "ledger_path"),
    (absences.AllHoursApplyAbsencePlanOperator, PLAN, "reject_path"),
    (AllHoursJoinExportsOperator, {"manifests": ["/nowhere/1.csv.manifest.json"], "path": "/nowhere/all.csv"}, "path"),
    (payroll.AllHoursClosePeriodOperator, PERIOD, "path"),
    (payroll.AllHoursExportPayrollOperator, PAYROLL, "path"),
    (payroll.AllHoursExportPayrollOperator, PAYROLL, "close"),
    (payroll.AllHoursExportPayrollOperator, PAYROLL, "mapping"),
    (payroll.AllHoursExportPayrollOperator, PAYROLL, "profile"),
    (payroll.AllHoursPayrollReportOperator, REPORT, "path"),
    (payroll.AllHoursPayrollReportOperator, REPORT, "close"),
    (payroll.AllHoursPayrollReportOperator, REPORT, "mapping"),
    (payroll.AllHoursVoidReleaseOperator, {"reason": "test"}, "release"),
    (payroll.AllHoursAdoptPeriodOperator, {"reason": "test"}, "close"),
    (payroll.AllHoursPurgePeriodsOperator, {"before": "2026-10-01"}, "path"),
    (payroll.AllHoursReconcilePayrollOperator, RECONCILE, "ours"),
    (payroll.AllHoursReconcilePayrollOperator, RECONCILE, "register"),
    (payroll.AllHoursReconcilePayrollOperator, RECONCILE, "path"),
    (AllHoursPeriodReadySensor, PERIOD, "report_path"),
]


@pytest.mark.parametrize(("operator", "parameters", "parameter"), PATHS)
def test_a_relative_path_is_refused_before_anything_is_read(
    operator: Any,
    parameters: dict[str, Any],
    parameter: str,
    allhours_connection: Sandbox,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.chdir(tmp_path)
    # The profile is a path where it ends like this.
    task = operator(task_id="t", **{**parameters, parameter: "out/x.yaml"})
    with pytest.raises(AllHoursParameterError, match=f"^parameter '{parameter}' is the relative path 'out/x.yaml'"):
        task.execute({})
    assert os.listdir(tmp_path) == []
    assert allhours_connection.stats()["total"] == 0


@pytest.mark.parametrize(("operator", "parameters", "parameter"), PATHS)
def test_a_placeholder_that_nothing_fills_is_refused_before_anything_is_read(
    operator: Any, parameters: dict[str, Any], parameter: str, allhours_connection: Sandbox, tmp_path: Path
) -> None:
    """A file named {perod}.csv would be overwritten by every period."""
    path = f"{tmp_path}/{{perod}}/x.yaml"
    with pytest.raises(AllHoursParameterError, match=f"^parameter '{parameter}' is .* nothing fills {{perod}} here"):
        operator(task_id="t", **{**parameters, parameter: path}).execute({})
    assert os.listdir(tmp_path) == []
    assert allhours_connection.stats()["total"] == 0


@pytest.mark.parametrize(
    ("operator", "parameters"),
    [
        (users.AllHoursExportUsersOperator, {}),
        # What is paid below the folder of all periods has to be known to every period.
        (payroll.AllHoursClosePeriodOperator, PERIOD),
    ],
)
def test_a_path_that_has_no_period_takes_none(
    operator: Any, parameters: dict[str, Any], allhours_connection: Sandbox, tmp_path: Path
) -> None:
    with pytest.raises(AllHoursParameterError, match="nothing fills {period} here"):
        operator(task_id="t", path=f"{tmp_path}/{{period}}.csv", **parameters).execute({})
    assert os.listdir(tmp_path) == []


@pytest.mark.parametrize(
    ("url", "package"),
    [
        ("s3://bucket/x.csv", "apache-airflow-providers-amazon[s3fs]"),
        ("gs://bucket/x.csv", "apache-airflow-providers-google"),
        ("abfs://container/x.csv", "apache-airflow-providers-microsoft-azure"),
        ("sftp://user:secret@host/x.csv", "apache-airflow-providers-sftp[sshfs]"),
    ],
)
def test_a_url_whose_package_is_missing_names_it(
    url: str, package: str, allhours_connection: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(AllHoursParameterError) as caught:
        users.AllHoursExportUsersOperator(task_id="t", path=url).execute({})
    scheme = url.partition(":")[0]
    said = f"parameter 'path' is a URL of {scheme}://, which takes the package {package}; it is not installed here"
    assert str(caught.value) == said
    assert allhours_connection.stats()["total"] == 0


def test_a_url_of_an_unknown_scheme_is_refused(allhours_connection: Sandbox) -> None:
    with pytest.raises(AllHoursParameterError, match="is a URL of nope://, which nothing installed here can reach"):
        users.AllHoursExportUsersOperator(task_id="t", path="nope://bucket/x.csv").execute({})


def test_a_tilde_is_the_home_folder(
    allhours_connection: Sandbox, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    result = users.AllHoursExportUsersOperator(task_id="t", path="~/users.csv").execute({})
    assert result["path"] == str(tmp_path / "users.csv")
    assert result["manifest_path"] == str(tmp_path / "users.csv.manifest.json")
    assert sorted(os.listdir(tmp_path)) == ["users.csv", "users.csv.manifest.json"]


def test_a_file_url_is_a_local_path(allhours_connection: Sandbox, tmp_path: Path) -> None:
    users.AllHoursExportUsersOperator(task_id="t", path=f"file://{tmp_path}/users.csv").execute({})
    assert sorted(os.listdir(tmp_path)) == ["users.csv", "users.csv.manifest.json"]
