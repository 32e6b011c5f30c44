# SPDX-License-Identifier: Apache-2.0
"""Enter the leave of an HR system into All Hours: plan, approve, apply."""

from __future__ import annotations

import os
from datetime import datetime

from airflow.providers.standard.operators.hitl import ApprovalOperator
from airflow.sdk import DAG, Param

from airflow_provider_allhours.operators.absences import (
    AllHoursApplyAbsencePlanOperator,
    AllHoursPlanAbsencesOperator,
)

OUTPUT = os.environ.get("ALLHOURS_OUTPUT", "file:///tmp/allhours")

# [START allhours_absence_sync]
with DAG(
    dag_id="allhours_absence_sync",
    description="Plan the leave of an HR file, ask a person, and enter what was approved.",
    doc_md=__doc__,
    schedule="0 7 * * 1-5",
    start_date=datetime(2026, 1, 1),
    catchup=False,
    # Two runs must not write to the ledger at the same time.
    max_active_runs=1,
    params={
        "period": Param(
            "current-month",
            type="string",
            title="Period",
            description="Such as 2026-10 or current-month; leave of other days is left alone.",
        ),
        "source": Param(
            f"{OUTPUT}/hr/leave.csv",
            type="string",
            title="File of the HR system",
            description="CSV, JSON Lines or workbook.",
        ),
    },
    tags=["allhours"],
):
    plan_path = f"{OUTPUT}/leave/{{{{ run_id | replace(':', '-') }}}}.plan.jsonl"
    ledger_path = f"{OUTPUT}/leave/ledger.jsonl"

    plan = AllHoursPlanAbsencesOperator(
        task_id="plan",
        source="{{ params.source }}",
        period="{{ params.period }}",
        plan_path=plan_path,
        ledger_path=ledger_path,
    )
    approve = ApprovalOperator(
        task_id="approve",
        subject="Enter this leave into All Hours?",
        body="""{% set plan = ti.xcom_pull(task_ids="plan") -%}
{{ plan["create"] }} to create, {{ plan["update"] }} to change, {{ plan["delete"] }} to delete,
{{ plan["unchanged"] }} unchanged, {{ plan["conflict"] + plan["unknown"] }} parked.

```
{{ plan["diff"] }}
```

The whole plan is in {{ plan["plan_path"] }} (SHA-256 {{ plan["plan_sha256"] }}).""",
    )
    apply = AllHoursApplyAbsencePlanOperator(
        task_id="apply",
        plan_path=plan_path,
        ledger_path=ledger_path,
        # What was approved is what is applied.
        plan_sha256="{{ ti.xcom_pull(task_ids='plan')['plan_sha256'] }}",
        max_deletes=20,
        reject_path=f"{OUTPUT}/leave/{{{{ run_id | replace(':', '-') }}}}.rejects.csv",
        on_partial="warn",
    )
    plan >> approve >> apply
# [END allhours_absence_sync]
