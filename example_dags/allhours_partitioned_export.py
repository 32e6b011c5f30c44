# SPDX-License-Identifier: Apache-2.0
"""Export each month as its own partition: a scheduled run, a backfill and a repeated run of it mean the same days."""

from __future__ import annotations

import os
from datetime import datetime

from airflow.sdk import DAG, Asset

from airflow_provider_allhours.operators.timesheets import AllHoursExportTimesheetsOperator

OUTPUT = os.environ.get("ALLHOURS_OUTPUT", "file:///tmp/allhours")

# [START allhours_partitioned_export]
SECOND_OF_EACH_MONTH = "0 6 2 * *"

try:
    from airflow.sdk import CronPartitionTimetable
except ImportError:  # Airflow without partitions: the month before the run's date
    schedule = SECOND_OF_EACH_MONTH
else:
    # The run of 2 November has the partition 2026-10.
    schedule = CronPartitionTimetable(
        SECOND_OF_EACH_MONTH, timezone="Europe/Ljubljana", run_offset=-1, key_format="%Y-%m"
    )

with DAG(
    dag_id="allhours_partitioned_export",
    description="Export the timesheets of the run's partition, a month.",
    doc_md=__doc__,
    schedule=schedule,
    start_date=datetime(2026, 1, 1),
    catchup=False,
    tags=["allhours"],
):
    AllHoursExportTimesheetsOperator(
        task_id="export_timesheets",
        # The key itself, such as 2026-10. A run that somebody starts without one exports the month before its date.
        period="{{ dag_run.partition_key | default('previous-month', true) }}",
        path=f"{OUTPUT}/partitions/{{period}}.csv",
        outlets=[Asset("allhours_timesheet_partitions")],
    )
# [END allhours_partitioned_export]
