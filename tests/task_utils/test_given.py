# SPDX-License-Identifier: Apache-2.0
"""Parameters that restrict what is done, given by a template that renders to nothing."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from airflow_provider_allhours.client.errors import AllHoursParameterError
from airflow_provider_allhours.operators.absences import AllHoursApplyAbsencePlanOperator
from airflow_provider_allhours.operators.counters import AllHoursExportCountersOperator
from airflow_provider_allhours.operators.payroll import AllHoursClosePeriodOperator, AllHoursExportPayrollOperator
from airflow_provider_allhours.operators.timesheets import AllHoursExportTimesheetsOperator
from airflow_provider_allhours.operators.users import AllHoursExportUsersOperator
from airflow_provider_allhours.sandbox.server import Sandbox
from tests.helpers import execute

EXPORT = {"period": "2026-10", "path": "x.csv"}
CLOSE = {"period": "2026-10", "path": "periods"}
PAY = {"close": "manifest.json", "profile": "generic-csv", "mapping": {"lines": []}, "path": "x.csv"}
APPLY = {"plan_path": "plan.jsonl", "ledger_path": "ledger.jsonl"}


@pytest.mark.parametrize("nothing", [None, "", " "])
@pytest.mark.parametrize(
    ("operator", "options", "names"),
    [
        (AllHoursExportTimesheetsOperator, EXPORT, ["employees", "privacy", "pseudonym_conn_id", "shard"]),
        (AllHoursExportCountersOperator, EXPORT, ["employees", "privacy", "pseudonym_conn_id", "shard"]),
        (AllHoursExportUsersOperator, {"path": "x.csv"}, ["employees", "privacy", "pseudonym_conn_id"]),
        (AllHoursClosePeriodOperator, CLOSE, ["employees", "shard"]),
        (AllHoursExportPayrollOperator, PAY, ["approved_sha256", "employees", "exclude"]),
        (AllHoursApplyAbsencePlanOperator, APPLY, ["plan_sha256"]),
    ],
)
def test_it_is_refused_before_anything_is_read(
    allhours_connection: Sandbox,
    tmp_path: Path,
    operator: Any,
    options: dict[str, Any],
    names: list[str],
    nothing: str | None,
) -> None:
    for name in names:
        task = operator(task_id="t", **options, **{name: "{{ params.x }}"})
        setattr(task, name, nothing)
        with pytest.raises(AllHoursParameterError, match=f"parameter '{name}' is given and rendered to nothing"):
            execute(task)
    assert allhours_connection.stats()["total"] == 0
