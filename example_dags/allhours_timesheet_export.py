# SPDX-License-Identifier: Apache-2.0
"""Export last month's timesheets on the second of each month."""

from __future__ import annotations

import os
from datetime import datetime

from airflow.sdk import DAG, Asset, Param

from airflow_provider_allhours.operators.timesheets import AllHoursExportTimesheetsOperator

OUTPUT = os.environ.get("ALLHOURS_OUTPUT", "file:///tmp/allhours")

# [START allhours_timesheet_export]
with DAG(
    dag_id="allhours_timesheet_export",
    description="Export the timesheets of the month before.",
    doc_md=__doc__,
    schedule="0 6 2 * *",
    start_date=datetime(2026, 1, 1),
    catchup=False,
    params={
        "period": Param(
            "previous-month",
            type="string",
            title="Period",
            description="Such as 2026-10, 2026-W41, 2026-10-01/2026-10-15 or previous-month.",
        )
    },
    tags=["allhours"],
):
    AllHoursExportTimesheetsOperator(
        task_id="export_timesheets",
        period="{{ params.period }}",
        path=f"{OUTPUT}/timesheets/{{period}}.csv",
        outlets=[Asset("allhours_timesheets")],
    )
# [END allhours_timesheet_export]
