# SPDX-License-Identifier: Apache-2.0
"""Export counters, absences, unbroken leave, clockings and users every Monday; one pool limits how many run at once."""

from __future__ import annotations

import os
from datetime import datetime

from airflow.sdk import DAG, Param

from airflow_provider_allhours.operators.absences import (
    AllHoursExportAbsencesOperator,
    AllHoursExportAbsenceSpansOperator,
)
from airflow_provider_allhours.operators.clockings import AllHoursExportClockingsOperator
from airflow_provider_allhours.operators.counters import AllHoursExportCountersOperator
from airflow_provider_allhours.operators.users import AllHoursExportUsersOperator

OUTPUT = os.environ.get("ALLHOURS_OUTPUT", "file:///tmp/allhours")

# [START allhours_other_exports]
with DAG(
    dag_id="allhours_other_exports",
    description="Export counters, absences, leave, clockings and users once a week.",
    doc_md=__doc__,
    schedule="0 12 * * 1",
    start_date=datetime(2026, 1, 1),
    catchup=False,
    params={
        "period": Param(
            "previous-week", type="string", title="Period", description="Such as 2026-W41, 2026-10 or previous-week."
        )
    },
    # A pool limits tasks across workers: create one with as many slots as exports may run at once.
    default_args={"pool": os.environ.get("ALLHOURS_POOL", "default_pool")},
    tags=["allhours"],
):
    folder = f"{OUTPUT}/weeks/{{period}}"

    AllHoursExportCountersOperator(
        task_id="export_counters", period="{{ params.period }}", path=f"{folder}/counters.parquet"
    )
    AllHoursExportAbsencesOperator(
        task_id="export_absences",
        period="{{ params.period }}",
        path=f"{folder}/absences.csv",
        # What names the reason of an absence is left out, the ids of the reasons too.
        privacy={
            "absence_definition": "drop",
            "absence_definition_id": "drop",
            "integration_id": "drop",
            "comment": "drop",
            "email": "hash",
        },
    )
    # Leave that began before the week or goes on after it says so in continues_before and continues_after.
    AllHoursExportAbsenceSpansOperator(
        task_id="export_absence_spans",
        period="{{ params.period }}",
        path=f"{folder}/absence-spans.csv",
        privacy={"absence_definition": "drop", "absence_definition_id": "drop", "integration_id": "drop"},
    )
    AllHoursExportClockingsOperator(
        task_id="export_clockings", period="{{ params.period }}", path=f"{folder}/clockings.jsonl.gz"
    )
    AllHoursExportUsersOperator(
        task_id="export_users",
        # Users have no period: the file is named by the day of the run.
        path=f"{OUTPUT}/users/{{{{ (dag_run.logical_date or dag_run.run_after) | ds }}}}.csv",
        columns={
            "employee": "custom_id",
            "id": "id",
            "since": "calculation_start_date",
            "until": "calculation_stop_date",
        },
    )
# [END allhours_other_exports]
