# SPDX-License-Identifier: Apache-2.0
"""Create one absence from the trigger form: employee, absence definition and days."""

from __future__ import annotations

from datetime import datetime

from airflow.sdk import DAG, Param

from airflow_provider_allhours.operators.absences import AllHoursCreateAbsenceOperator

# [START allhours_create_absence]
with DAG(
    dag_id="allhours_create_absence",
    description="Enter the absence of one person from a form.",
    doc_md=__doc__,
    schedule=None,
    start_date=datetime(2026, 1, 1),
    params={
        "employee_id": Param(
            type="string", minLength=1, title="Employee id", description="The number of the person in All Hours."
        ),
        "absence_definition": Param(
            "Annual leave",
            type="string",
            title="Kind of absence",
            description="Name, id or IntegrationId of its definition.",
        ),
        "date_from": Param(type="string", format="date", title="First day"),
        "date_to": Param(
            None, type=["null", "string"], format="date", title="Last day", description="Empty for one day."
        ),
        "dry_run": Param(
            True, type="boolean", title="Only try", description="Say what would be entered, and enter nothing."
        ),
    },
    tags=["allhours"],
):
    AllHoursCreateAbsenceOperator(
        task_id="create_absence",
        employee_id="{{ params.employee_id }}",
        absence_definition="{{ params.absence_definition }}",
        date_from="{{ params.date_from }}",
        date_to="{{ params.date_to or params.date_from }}",
        dry_run="{{ params.dry_run }}",
    )
# [END allhours_create_absence]
