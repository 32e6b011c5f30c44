# SPDX-License-Identifier: Apache-2.0
"""Export last month's timesheets on the second of each month."""

from __future__ import annotations

import os
from datetime import datetime

from airflow.sdk import DAG, Asset

from airflow_provider_allhours.operators.timesheets import AllHoursExportTimesheetsOperator

OUTPUT = os.environ.get("ALLHOURS_OUTPUT", "file:///tmp/allhours")

# [START allhours_timesheet_export]
with DAG(
    dag_id="allhours_timesheet_export",
    schedule="0 6 2 * *",
    start_date=datetime(2026, 1, 1),
    catchup=False,
    params={"period": "previous-month"},
    tags=["allhours"],
):
    AllHoursExportTimesheetsOperator(
        task_id="export_timesheets",
        period="{{ params.period }}",
        path=f"{OUTPUT}/timesheets/{{period}}.csv",
        outlets=[Asset("allhours_timesheets")],
    )
# [END allhours_timesheet_export]
