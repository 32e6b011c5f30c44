# SPDX-License-Identifier: Apache-2.0
"""Month end: wait until ready, close, preview, approve, release exactly that file, deliver it, reconcile."""

from __future__ import annotations

import os
from datetime import date, datetime, timedelta

from airflow.providers.standard.operators.hitl import ApprovalOperator
from airflow.sdk import DAG, BaseNotifier, Context, ObjectStoragePath, Param, PokeReturnValue, task
from airflow.sdk.definitions.deadline import AsyncCallback, DeadlineAlert, DeadlineReference
from airflow.sdk.execution_time.hitl import HITLUser

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

COMPANY = os.environ.get("ALLHOURS_COMPANY", "Your company")
# Who may approve: ids of users, with commas between them. Everybody who may edit task instances where nobody is named.
APPROVERS = [HITLUser(id=user, name=user) for user in os.environ.get("ALLHOURS_APPROVERS", "").split(",") if user]
# A notifier or another awaitable of a package that the triggerer has, with the parameter ``text``.
LATE = os.environ.get("ALLHOURS_LATE_CALLBACK")

MEND = {
    "wait_until_ready": ("what its list of blockers names, in All Hours", "the task"),
    "close": ("what the log names: a server, or data that contradict each other", "the task"),
    "look_again": ("what the log names: a server, or data that contradict each other", "the task"),
    "preview": ("the people it names, in All Hours or with `exclude` in a new run", "`close` and all behind"),
    "approve": ("somebody said no: what they found", "`close` and all behind"),
    "pay": (
        "nothing, where data or releases changed after the approval; else what the log names. Nothing was paid",
        "`close` and all behind: the changed file is asked about again",
    ),
    "deliver": ("the folder of the payroll office", "the task"),
    "wait_for_register": ("the register, which payroll has not sent in two weeks", "the task"),
    "reconcile": ("the lines that its file shows as differing, with the payroll office", "the task"),
}
ABOUT = """
Pays one month once. Every task may be cleared and runs again without paying twice.

Nothing is paid without a person's yes: the run that Airflow makes when the DAG is unpaused waits at `approve`, too.
A no fails the run. A run that waits for its register does not hold up the next month.

| failed task | what to mend | what to clear |
| --- | --- | --- |
""" + "\n".join(f"| `{task_id}` | {mend} | {clear} |" for task_id, (mend, clear) in MEND.items())


class TellWhatToMend(BaseNotifier):
    """Says what to mend and which task to clear in the log of the failed task; derive from it to send it to people."""

    def notify(self, context: Context) -> None:
        """Log one message."""
        task_id = context["ti"].task_id
        mend, clear = MEND.get(task_id, ("what the log names", "the task"))
        self.log.error("%s failed. To mend: %s. To clear: %s.", task_id, mend, clear)


with DAG(
    dag_id="allhours_month_end",
    description="Wait until the month is ready, close it, ask for approval, pay exactly that file, reconcile.",
    doc_md=ABOUT,
    schedule="0 12 1 * *",
    start_date=datetime(2026, 1, 1),
    catchup=False,
    # A run waits up to two weeks for the register, and a corrected run must not wait behind it.
    max_active_runs=4,
    params={
        "period": Param("previous-month", type="string", title="Period", description="The month that is paid."),
        "look_back_months": Param(
            3,
            type="integer",
            minimum=0,
            title="Months whose corrections are paid",
            description="Corrections of this many months before the period are lines of this file.",
        ),
        "watch_months": Param(
            6,
            type="integer",
            minimum=0,
            title="Months that are looked at again",
            description="Changes of the months beyond those are listed for the approver and not paid.",
        ),
        "exclude": Param(
            {},
            type="object",
            title="People this file cannot pay",
            description="Employee id, or user id of somebody without one, to the reason.",
        ),
        "on_removed": Param(
            "fail",
            enum=["fail", "pay", "keep"],
            title="Somebody paid before is missing from the month",
            description="fail: ask; pay: take back what was paid; keep: leave it paid.",
        ),
        "on_renumbered": Param(
            "fail",
            enum=["fail", "move", "keep"],
            title="Somebody paid before has another employee id",
            description=(
                "fail: ask; move: take back what was paid under the old id and pay it under the new one; "
                "keep: the payroll office has renumbered, too."
            ),
        ),
    },
    default_args={"retries": 2, "retry_policy": RETRY_POLICY, "on_failure_callback": TellWhatToMend()},
    # Airflow calls it when the run is not over five days after it began.
    deadline=DeadlineAlert(
        reference=DeadlineReference.DAGRUN_QUEUED_AT,
        interval=timedelta(days=5),
        callback=AsyncCallback(LATE, kwargs={"text": f"{COMPANY}: the month end is late"}),
    )
    if LATE
    else None,
    tags=["allhours"],
):
    periods = f"{OUTPUT}/periods"
    this_month = f"{OUTPUT}/payroll/{{period}}"

    ready = AllHoursPeriodReadySensor(
        task_id="wait_until_ready",
        period="{{ params.period }}",
        report_path=f"{this_month}.blockers.csv",
        on_deadline="release",
        deferrable=True,
        poke_interval=float(os.environ.get("ALLHOURS_POKE_INTERVAL", "900")),
        timeout=float(os.environ.get("ALLHOURS_READY_TIMEOUT", str(3 * 24 * 3600))),
    )
    close = AllHoursClosePeriodOperator(task_id="close", period="{{ params.period }}", path=periods)

    @task
    def earlier_months(closed: dict, params: dict | None = None) -> list[str]:
        """The months before the one that is closed, the latest first."""
        params = params or {}
        first, months = date.fromisoformat(closed["period"]["from"]), []
        for _ in range(max(params["look_back_months"], params["watch_months"])):
            first = (first - timedelta(days=1)).replace(day=1)
            months.append(f"{first:%Y-%m}")
        return months

    look_again = AllHoursClosePeriodOperator.partial(task_id="look_again", path=periods).expand(
        period=earlier_months(close.output)
    )

    # A run that looks at no earlier month skips look_again, and must pay the month all the same.
    @task(trigger_rule="none_failed")
    def corrections(closes: list[dict] | None, params: dict | None = None) -> list[dict]:
        """The closes whose corrections this file pays."""
        return list(closes or [])[: (params or {})["look_back_months"]]

    @task(trigger_rule="none_failed")
    def changed_before(closes: list[dict] | None, params: dict | None = None) -> list[dict]:
        """The closes before those that found a change: the approver is told, and nothing is paid."""
        beyond = list(closes or [])[(params or {})["look_back_months"] :]
        return [again for again in beyond if again["delta_path"]]

    to_correct, to_tell = corrections(look_again.output), changed_before(look_again.output)
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
        task_id="preview", release=False, path=f"{this_month}.preview.csv", **payroll
    )
    report = AllHoursPayrollReportOperator(
        task_id="report",
        close=close.output,
        payroll=preview.output,
        path=f"{this_month}.report.html",
    )
    closed = "ti.xcom_pull(task_ids='close')['period']"
    approve = ApprovalOperator(
        task_id="approve",
        subject=f"{COMPANY}: pay {{{{ {closed}['from'] }}}} to {{{{ {closed}['to'] }}}}?",
        assigned_users=APPROVERS or None,
        # A no is no success, and nobody is asked twice.
        fail_on_reject=True,
        retries=0,
        body="""{{ ti.xcom_pull(task_ids="wait_until_ready", key="summary") }}.

{{ ti.xcom_pull(task_ids="preview", key="summary") }}
{% set report = ti.xcom_pull(task_ids="report") -%}
- Report, per person: `{{ report["path"] }}`
- Exceptions: {% for kind, count in report["exceptions"].items() -%}
{{ "" if loop.first else ", " }}{{ count }} {{ kind }}{% else %}none{% endfor %}
{% for again in ti.xcom_pull(task_ids="changed_before") or [] -%}
- Not in this file: {{ again["period"]["from"][:7] }} changed after it was paid, see `{{ again["delta_path"] }}`
{% endfor -%}""",
    )
    answer = "(ti.xcom_pull(task_ids='approve') or {})"
    pay = AllHoursExportPayrollOperator(
        task_id="pay",
        path=f"{this_month}.csv",
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

    @task.sensor(
        mode="reschedule",
        poke_interval=float(os.environ.get("ALLHOURS_REGISTER_INTERVAL", "3600")),
        timeout=14 * 24 * 3600,
    )
    def wait_for_register(paid: dict) -> PokeReturnValue:
        """Wait for the register that payroll sends back, which has the name of the payroll file."""
        register = ObjectStoragePath(f"{OUTPUT}/registers") / ObjectStoragePath(paid["path"]).name
        return PokeReturnValue(is_done=register.exists(), xcom_value=str(register))

    # When all lines match, the release is confirmed.
    reconcile = AllHoursReconcilePayrollOperator(
        task_id="reconcile",
        ours="{{ ti.xcom_pull(task_ids='pay')['path'] }}",
        register="{{ ti.xcom_pull(task_ids='wait_for_register') }}",
        path="{{ ti.xcom_pull(task_ids='pay')['path'][:-4] }}.reconciled.csv",
    )
    ready >> close
    [report, to_tell] >> approve >> pay
    paid = pay.output
    deliver(paid) >> wait_for_register(paid) >> reconcile
# [END allhours_month_end]
