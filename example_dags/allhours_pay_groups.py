# SPDX-License-Identifier: Apache-2.0
"""Pay the weekly-paid and the monthly-paid people of one company, after a yes; nobody's day is paid by both."""

from __future__ import annotations

import os
from datetime import datetime

from airflow.providers.standard.operators.hitl import ApprovalOperator
from airflow.sdk import DAG, Param

from airflow_provider_allhours.operators.payroll import AllHoursClosePeriodOperator, AllHoursExportPayrollOperator

OUTPUT = os.environ.get("ALLHOURS_OUTPUT", "file:///tmp/allhours")

# [START allhours_pay_groups]
MAPPING = {
    "lines": [
        {"source": "paid_presence_minutes", "pay_code": "1000", "unit": "hours"},
        {"absence": "Annual leave", "pay_code": "2000", "unit": "days"},
        {"absence": "Sick leave", "pay_code": "2100", "unit": "days"},
    ],
    "ignore": {"absences": ["Business leave"], "counters": "*"},
}
# Custom field 3 says how somebody is paid.
GROUPS = {"weekly": ("0 12 * * 1", "previous-week"), "monthly": ("0 12 1 * *", "previous-month")}

for group, (schedule, period) in GROUPS.items():
    with DAG(
        dag_id=f"allhours_pay_groups_{group}",
        description=f"Close the period of the {group}-paid people, ask a person, and pay it.",
        doc_md=__doc__,
        schedule=schedule,
        start_date=datetime(2026, 1, 1),
        catchup=False,
        max_active_runs=1,
        params={"period": Param(period, type="string", title="Period", description="Such as 2026-W41 or 2026-10.")},
        tags=["allhours"],
    ):
        people = {"custom_field3": [group]}
        close = AllHoursClosePeriodOperator(
            task_id="close",
            period="{{ params.period }}",
            # One folder for both groups: its registry knows every person-day that was paid.
            path=f"{OUTPUT}/pay-groups/periods",
            employees=people,
        )
        payroll = {"close": close.output, "employees": people, "profile": "generic-csv", "mapping": MAPPING}
        file = f"{OUTPUT}/pay-groups/{group}-{{period}}"
        preview = AllHoursExportPayrollOperator(task_id="preview", release=False, path=f"{file}.preview.csv", **payroll)
        # Also the run that Airflow makes when the DAG is unpaused pays nobody without a yes.
        approve = ApprovalOperator(
            task_id="approve",
            subject=f"Pay the {group}-paid people?",
            body="{{ ti.xcom_pull(task_ids='preview', key='summary') }}",
            fail_on_reject=True,
        )
        pay = AllHoursExportPayrollOperator(
            task_id="pay",
            path=f"{file}.csv",
            approved_sha256="{{ ti.xcom_pull(task_ids='preview')['sha256'] }}",
            **payroll,
        )
        preview >> approve >> pay
# [END allhours_pay_groups]
