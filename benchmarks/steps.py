# SPDX-License-Identifier: Apache-2.0
"""The steps whose memory is measured: an export of each dataset, a month end, and absences planned and applied.

Each runs in a process of its own (``python -m benchmarks.steps STEP FOLDER CONNECTION``) and leaves its result in
``results.json`` for the steps after it.
"""

from __future__ import annotations

import csv
import json
import shutil
import sys
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from airflow_provider_allhours.flows.absence_apply import apply_plan
from airflow_provider_allhours.flows.absence_plan import plan_absences
from airflow_provider_allhours.flows.exports import ExportRequest, export_dataset
from airflow_provider_allhours.flows.payroll_export import export_payroll
from airflow_provider_allhours.flows.payroll_report import report_payroll
from airflow_provider_allhours.flows.period_close import close_period
from airflow_provider_allhours.flows.reconciliation import reconcile
from airflow_provider_allhours.flows.release_replay import replay_release
from airflow_provider_allhours.periods import Period
from benchmarks.peers.measured import peak_memory
from benchmarks.sandboxes import client_of, control

OCTOBER, NOVEMBER = Period.of_month(2026, 10), Period.of_month(2026, 11)
ZONE = "Europe/Ljubljana"
MAPPING: dict[str, Any] = {
    "lines": [
        {"source": "paid_presence_minutes", "minus": ["overtime_minutes"], "pay_code": "1000", "unit": "hours"},
        {"source": "overtime_minutes", "pay_code": "1100", "unit": "hours"},
        {"absence": "Annual leave", "pay_code": "2000", "unit": "days"},
        {"absence": "Sick leave", "pay_code": "2100", "unit": "days"},
    ],
    "ignore": {"absences": ["Business leave"], "counters": "*"},
}
SHORT_DAY = [["08:00", "Arrival"], ["12:00", "Departure"]]
CORRECTED = 100
"""One employee in so many has a day that is corrected behind the release."""
ON_LEAVE = 20
"""One employee in so many has a day of leave in the source that is planned and applied."""

Results = dict[str, Any]
Step = Callable[[Path, dict[str, Any], Results], Mapping[str, Any]]


def _export(dataset: str) -> Step:
    def step(folder: Path, connection: dict[str, Any], results: Results) -> Mapping[str, Any]:
        period = None if dataset == "users" else OCTOBER
        with client_of(connection) as client:
            return export_dataset(client, ExportRequest(dataset, folder / f"{dataset}.csv", period, ZONE))

    return step


def _close(folder: Path, connection: dict[str, Any], results: Results) -> Mapping[str, Any]:
    with client_of(connection) as client:
        return close_period(client, period=OCTOBER, path=folder / "periods", timezone=ZONE, on_invalid="warn")


def _pay(close: str, name: str) -> Step:
    def step(folder: Path, connection: dict[str, Any], results: Results) -> Mapping[str, Any]:
        path = folder / f"{name}.csv"
        return export_payroll(
            close=results[close], profile="generic-csv", mapping=MAPPING, path=path, delta=name == "delta"
        )

    return step


def _replay(folder: Path, connection: dict[str, Any], results: Results) -> Mapping[str, Any]:
    replayed = replay_release(manifest=results["release"]["manifest_path"])
    assert not replayed["problems"], replayed["problems"]
    return replayed


def _report(folder: Path, connection: dict[str, Any], results: Results) -> Mapping[str, Any]:
    return report_payroll(
        close=results["close"], payroll=results["release"]["manifest_path"], path=folder / "report.html"
    )


def _reconcile(folder: Path, connection: dict[str, Any], results: Results) -> Mapping[str, Any]:
    register = shutil.copy(folder / "release.csv", folder / "register.csv")
    return reconcile(ours=folder / "release.csv", register=register, path=folder / "verdicts.csv")


def _plan(folder: Path, connection: dict[str, Any], results: Results) -> Mapping[str, Any]:
    source = folder / "leave.csv"
    with (folder / "users.csv").open(newline="") as users, source.open("w", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["employee_id", "absence_definition", "date_from"])
        ids = [user["custom_id"] for user in csv.DictReader(users) if user["custom_id"]]
        writer.writerows([employee_id, "Annual leave", "2026-11-17"] for employee_id in ids[::ON_LEAVE])
    with client_of(connection) as client:
        return plan_absences(
            client, source=source, period=NOVEMBER, plan_path=folder / "plan.json", ledger_path=folder / "ledger.jsonl"
        )


def _apply(folder: Path, connection: dict[str, Any], results: Results) -> Mapping[str, Any]:
    with client_of(connection) as client:
        return apply_plan(
            client, plan_path=folder / "plan.json", ledger_path=folder / "ledger.jsonl", on_partial="warn"
        )


STEPS: dict[str, Step] = {
    **{
        f"export {dataset}": _export(dataset)
        for dataset in ("timesheets", "counters", "absences", "clockings", "users")
    },
    "close": _close,
    "close again": _close,
    "release": _pay("close", "release"),
    "report": _report,
    "reconcile": _reconcile,
    "close corrected": _close,
    "delta": _pay("close corrected", "delta"),
    "replay": _replay,
    "plan absences": _plan,
    "apply absences": _apply,
}
"""Name -> the step, in the order in which they run."""


def correct_days(connection: dict[str, Any]) -> None:
    """Change a day of one employee in :data:`CORRECTED`."""
    state = control(connection, "GET", "state", **{"from": "2026-10-01", "to": "2026-10-01"})
    for user in [user for user in state["users"] if user["IsTimeAttendanceUser"]][::CORRECTED]:
        body = {"user_id": user["Id"], "date": "2026-10-06", "clockings": SHORT_DAY}
        control(connection, "POST", "days", body)


def main(step: str, folder: Path, connection: dict[str, Any]) -> None:
    """Run one step in this process; prints its seconds, those of its CPU, and the peak memory in KB as JSON."""
    kept = folder / "results.json"
    results: Results = json.loads(kept.read_text()) if kept.exists() else {}
    began, cpu_began = time.perf_counter(), time.process_time()
    results[step] = STEPS[step](folder, connection, results)
    seconds, cpu = time.perf_counter() - began, time.process_time() - cpu_began
    kept.write_text(json.dumps(results, default=str))
    print(json.dumps({"seconds": seconds, "cpu": cpu, "peak_kb": peak_memory()}))


if __name__ == "__main__":
    main(sys.argv[1], Path(sys.argv[2]), json.loads(sys.argv[3]))
