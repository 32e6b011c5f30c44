# SPDX-License-Identifier: Apache-2.0
"""Month end: wait until ready, close, preview, approve, release exactly that file, deliver it, reconcile."""

from __future__ import annotations

import os
from datetime import date, datetime, timedelta

from airflow.providers.standard.operators.hitl import ApprovalOperator
from airflow.sdk import DAG, ObjectStoragePath, Param, PokeReturnValue, task

from airflow_provider_allhours.operators.payroll import (
    AllHoursClosePeriodOperator,
    AllHoursExportPayrollOperator,
    AllHoursPayrollReportOperator,
    AllHoursReconcilePayrollOperator,
)
from airflow_provider_allhours.retries import RETRY_POLICY
from airflow_provider_allhours.sensors.periods import AllHoursPeriodReadySensor

OUTPUT = os.environ.get("ALLHOURS_OUTPUT", "file:///tmp/allhours")

# [START allhours_month_end]
# Replace the pay codes with yours. Absences and counters that are neither mapped nor ignored block the file.
MAPPING = {
    "lines": [
        {"source": "paid_presence_minutes", "minus": ["overtime_minutes"], "pay_code": "1000", "unit": "hours"},
        {"source": "overtime_minutes", "pay_code": "1100", "unit": "hours"},
        {"absence": "Annual leave", "pay_code": "2000", "unit": "days"},
        {"absence": "Sick leave", "pay_code": "2100", "unit": "days"},
    ],
    "ignore": {"absences": ["Business leave"], "counters": "*"},
}

with DAG(
    dag_id="allhours_month_end",
    schedule="0 6 1 * *",
    start_date=datetime(2026, 1, 1),
    catchup=False,
    max_active_runs=1,
    params={
        "period": "previous-month",
        # Corrections of this many months are paid; those of the months before are listed for the approver.
        "look_back_months": 3,
        "watch_months": 6,
        # Employee id, or user id of somebody without one -> reason: who cannot be paid by this file.
        "exclude": Param({}, type="object"),
        "on_removed": Param("fail", enum=["fail", "pay", "keep"]),
        "on_renumbered": Param("fail", enum=["fail", "move", "keep"]),
    },
    default_args={"retries": 2, "retry_policy": RETRY_POLICY},
    tags=["allhours"],
):
    periods = f"{OUTPUT}/periods"
    this_month = "{{ ti.xcom_pull(task_ids='close')['period']['from'][:7] }}"
    payroll_file = f"{OUTPUT}/payroll/{this_month}.csv"

    ready = AllHoursPeriodReadySensor(
        task_id="wait_until_ready",
        period="{{ params.period }}",
        report_path=f"{OUTPUT}/payroll/blockers.csv",
        on_deadline="release",
        deferrable=True,
        poke_interval=float(os.environ.get("ALLHOURS_POKE_INTERVAL", "900")),
        timeout=float(os.environ.get("ALLHOURS_READY_TIMEOUT", str(3 * 24 * 3600))),
    )
    close = AllHoursClosePeriodOperator(task_id="close", period="{{ params.period }}", path=periods)

    @task
    def earlier_months(closed: dict, params: dict | None = None) -> list[str]:
        """The months before the one that is closed, the latest first."""
        first, months = date.fromisoformat(closed["period"]["from"]), []
        for _ in range((params or {})["watch_months"]):
            first = (first - timedelta(days=1)).replace(day=1)
            months.append(f"{first:%Y-%m}")
        return months

    look_again = AllHoursClosePeriodOperator.partial(task_id="look_again", path=periods).expand(
        period=earlier_months(close.output)
    )

    @task
    def corrections(closes: list[dict], params: dict | None = None) -> list[dict]:
        """Corrections that this file pays; the months before are only listed."""
        return list(closes)[: (params or {})["look_back_months"]]

    to_correct = corrections(look_again.output)
    payroll = {
        "close": close.output,
        "corrections": to_correct,
        "profile": "generic-csv",
        "mapping": MAPPING,
        "exclude": "{{ params.exclude | tojson }}",
        "on_removed": "{{ params.on_removed }}",
        "on_renumbered": "{{ params.on_renumbered }}",
    }
    # Everything that would block the file blocks here, before anybody is asked.
    preview = AllHoursExportPayrollOperator(
        task_id="preview", release=False, path=f"{OUTPUT}/payroll/{this_month}.preview.csv", **payroll
    )
    report = AllHoursPayrollReportOperator(
        task_id="report",
        close=close.output,
        payroll=preview.output,
        path=f"{OUTPUT}/payroll/{this_month}.report.html",
    )
    approve = ApprovalOperator(
        task_id="approve",
        subject=f"Pay {this_month}?",
        body="""{{ ti.xcom_pull(task_ids="wait_until_ready", key="summary") }}.

{{ ti.xcom_pull(task_ids="preview", key="summary") }}
- Report, per person: `{{ ti.xcom_pull(task_ids="report")["path"] }}`
{% for again in (ti.xcom_pull(task_ids="look_again") | list)[params.look_back_months:] if again["delta_path"] %}
- Not in this file: {{ again["period"]["from"][:7] }} changed after it was paid, see `{{ again["delta_path"] }}`
{% endfor %}""",
    )
    answer = "(ti.xcom_pull(task_ids='approve') or {})"
    pay = AllHoursExportPayrollOperator(
        task_id="pay",
        path=payroll_file,
        # The file that was approved, or none.
        approved_sha256="{{ ti.xcom_pull(task_ids='preview')['sha256'] }}",
        approved_by=f"{{{{ ({answer}.get('responded_by_user') or {{}}).get('name', '') }}}}",
        approved_at=f"{{{{ {answer}.get('responded_at', '') }}}}",
        **payroll,
    )

    @task
    def deliver(paid: dict) -> str:
        """Copy the file to the folder of the payroll office; for SFTP see the documentation."""
        source = ObjectStoragePath(paid["path"])
        inbox = ObjectStoragePath(f"{OUTPUT}/delivered")
        inbox.mkdir(parents=True, exist_ok=True)
        (inbox / source.name).write_bytes(source.read_bytes())
        return str(inbox / source.name)

    @task.sensor(mode="reschedule", poke_interval=3600, timeout=14 * 24 * 3600)
    def wait_for_register(paid: dict) -> PokeReturnValue:
        """Wait for the register that payroll sends back, which has the name of the payroll file."""
        register = ObjectStoragePath(f"{OUTPUT}/registers") / ObjectStoragePath(paid["path"]).name
        return PokeReturnValue(is_done=register.exists(), xcom_value=str(register))

    # When all lines match, the release is confirmed.
    reconcile = AllHoursReconcilePayrollOperator(
        task_id="reconcile",
        ours=payroll_file,
        register="{{ ti.xcom_pull(task_ids='wait_for_register') }}",
        path=f"{OUTPUT}/payroll/{this_month}.reconciled.csv",
    )
    ready >> close
    report >> approve >> pay
    paid = pay.output
    deliver(paid) >> wait_for_register(paid) >> reconcile
# [END allhours_month_end]
