# SPDX-License-Identifier: Apache-2.0
"""Wait until the month is ready for payroll, ask for approval at the deadline, export the timesheets."""

from __future__ import annotations

import os
from datetime import datetime, timedelta

from airflow.providers.standard.operators.hitl import ApprovalOperator
from airflow.sdk import DAG, Param, task

from airflow_provider_allhours.operators.timesheets import AllHoursExportTimesheetsOperator
from airflow_provider_allhours.retries import RETRY_POLICY
from airflow_provider_allhours.sensors.periods import AllHoursPeriodReadySensor

OUTPUT = os.environ.get("ALLHOURS_OUTPUT", "file:///tmp/allhours")

# [START allhours_period_ready]
with DAG(
    dag_id="allhours_period_ready",
    description="Wait until the month is ready, ask a person where it is not, and export it.",
    doc_md=__doc__,
    schedule="0 12 1 * *",
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
    default_args={"retries": 3, "retry_policy": RETRY_POLICY},
    tags=["allhours"],
):
    folder = f"{OUTPUT}/ready/{{period}}"

    wait = AllHoursPeriodReadySensor(
        task_id="wait_until_ready",
        period="{{ params.period }}",
        report_path=f"{folder}/blockers.csv",
        on_deadline="release",
        deferrable=True,
        poke_interval=float(os.environ.get("ALLHOURS_POKE_INTERVAL", "900")),
        timeout=timedelta(days=3),
    )

    @task.branch
    def is_ready(found: dict) -> str:
        return "export_timesheets" if found["ready"] else "ask"

    ask = ApprovalOperator(
        task_id="ask",
        subject="Pay although the period is not ready?",
        body="""{{ ti.xcom_pull(task_ids="wait_until_ready", key="summary") }}.

The employees are listed in {{ ti.xcom_pull(task_ids="wait_until_ready")["report_path"] }}.""",
    )
    export = AllHoursExportTimesheetsOperator(
        task_id="export_timesheets",
        period="{{ params.period }}",
        path=f"{folder}/timesheets.csv",
        on_incomplete="fail",
        trigger_rule="none_failed_min_one_success",
    )
    decision = is_ready(wait.output)
    decision >> [ask, export]
    ask >> export
# [END allhours_period_ready]
