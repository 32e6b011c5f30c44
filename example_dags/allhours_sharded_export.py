# SPDX-License-Identifier: Apache-2.0
"""Export last month's timesheets of a large company with several tasks at once, and join their files."""

from __future__ import annotations

import os
from datetime import datetime

from airflow.sdk import DAG

from airflow_provider_allhours.operators.join import AllHoursJoinExportsOperator
from airflow_provider_allhours.operators.timesheets import AllHoursExportTimesheetsOperator
from airflow_provider_allhours.retries import RETRY_POLICY

OUTPUT = os.environ.get("ALLHOURS_OUTPUT", "file:///tmp/allhours")

# [START allhours_sharded_export]
SHARDS = 4

with DAG(
    dag_id="allhours_sharded_export",
    description="Export the month of a large company in parts, and join them.",
    doc_md=__doc__,
    schedule="0 12 1 * *",
    start_date=datetime(2026, 1, 1),
    catchup=False,
    max_active_runs=1,
    default_args={"retries": 2, "retry_policy": RETRY_POLICY},
    tags=["allhours"],
):
    # requests_per_second of the connection is a budget of one machine; a pool limits the tasks of all machines.
    parts = AllHoursExportTimesheetsOperator.partial(
        task_id="export",
        period="previous-month",
        pool=os.environ.get("ALLHOURS_POOL", "default_pool"),
    ).expand_kwargs(
        [
            {"shard": f"{number}/{SHARDS}", "path": f"{OUTPUT}/timesheets/parts/{{{{ run_id }}}}.{number}.csv"}
            for number in range(1, SHARDS + 1)
        ]
    )
    AllHoursJoinExportsOperator(
        task_id="join",
        manifests=parts.output,
        path=f"{OUTPUT}/timesheets/{{{{ ti.xcom_pull(task_ids='export')[0]['period']['from'][:7] }}}}.csv",
    )
# [END allhours_sharded_export]
