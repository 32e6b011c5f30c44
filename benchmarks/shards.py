# SPDX-License-Identifier: Apache-2.0
"""One task against four shards at once, in a whole Airflow whose tasks are processes. Part of ``make bench``.

What is measured is what a person waits for: from the start of the first task's process to the end of the last one's.
"""

from __future__ import annotations

import json
import tempfile
import time
from datetime import datetime
from pathlib import Path
from typing import Any

from airflow_provider_allhours.flows.exports import ExportRequest, export_dataset
from airflow_provider_allhours.periods import Period
from airflow_provider_allhours.sandbox.server import Sandbox
from benchmarks.sandboxes import client_of
from benchmarks.tables import Table
from scripts.local_airflow import LocalAirflow

EMPLOYEES = 2_000
SHARDS = 4
LATENCY_MS = 50
IN_FLIGHT = 2
"""Requests at once of each task, so few that two cores can answer four tasks: what is waited for is the account."""

DAGS = """
from airflow.sdk import DAG
from airflow_provider_allhours.operators.join import AllHoursJoinExportsOperator
from airflow_provider_allhours.operators.timesheets import AllHoursExportTimesheetsOperator

FOLDER = {folder!r}
OPTIONS = {{"period": "2026-10", "max_concurrency": {in_flight}}}

with DAG("one", schedule=None):
    AllHoursExportTimesheetsOperator(task_id="export", path=f"{{FOLDER}}/one.csv", **OPTIONS)

with DAG("shards", schedule=None):
    parts = AllHoursExportTimesheetsOperator.partial(task_id="export", **OPTIONS).expand_kwargs(
        [{{"shard": f"{{number}}/{shards}", "path": f"{{FOLDER}}/{{number}}.csv"}} for number in range(1, {shards} + 1)]
    )
    AllHoursJoinExportsOperator(task_id="join", manifests=parts.output, path=f"{{FOLDER}}/joined.csv")
"""


def compare_shards(employees: int = EMPLOYEES) -> dict[str, Any]:
    """Seconds of one task and of the shards, of their join, and whether both files are the same.

    Args:
        employees: people of the company.
    """
    with tempfile.TemporaryDirectory(prefix="allhours-bench-") as name:
        folder = Path(name)
        (folder / "dags").mkdir()
        (folder / "dags" / "shards.py").write_text(
            DAGS.format(folder=str(folder), in_flight=IN_FLIGHT, shards=SHARDS), encoding="utf-8"
        )
        settings = {"AIRFLOW__CORE__PARALLELISM": str(SHARDS)}
        with (
            Sandbox(employees=employees) as sandbox,
            LocalAirflow(folder / "airflow", sandbox, dags=folder / "dags", settings=settings) as airflow,
        ):
            airflow.connect()
            _make_company(sandbox, folder / "before.csv")
            sandbox.control("POST", "switches", {"latency_ms": LATENCY_MS})
            sandbox.reset_stats()
            one, shards = _run(airflow, "one"), _run(airflow, "shards")
            requests = sandbox.stats()["requests"]
        (alone,) = one["export"]
        return {
            "employees": employees,
            "one": alone[1] - alone[0],
            "shards": max(end for _, end in shards["export"]) - min(start for start, _ in shards["export"]),
            "join": shards["join"][0][1] - shards["join"][0][0],
            "same": (folder / "one.csv").read_bytes() == (folder / "joined.csv").read_bytes(),
            "requests": sum(requests.values()),
        }


def _make_company(sandbox: Sandbox, path: Path) -> None:
    """Export once, so that whoever asks first does not wait for the sandbox to make its days."""
    with client_of(json.loads(sandbox.connection_json())) as client:
        export_dataset(client, ExportRequest("timesheets", path, Period.of_month(2026, 10), "Europe/Ljubljana"))


def _run(airflow: LocalAirflow, dag_id: str) -> dict[str, list[tuple[float, float]]]:
    """Run a DAG to its end; task -> start and end of each of its processes."""
    airflow.call("PATCH", f"/dags/{dag_id}", {"is_paused": False})
    run = airflow.call("POST", f"/dags/{dag_id}/dagRuns", {"logical_date": None})["dag_run_id"]
    while (state := airflow.call("GET", f"/dags/{dag_id}/dagRuns/{run}")["state"]) not in ("success", "failed"):
        time.sleep(1)
    if state == "failed":
        raise RuntimeError(f"the DAG {dag_id} failed:\n{airflow.logs()}")
    tasks: dict[str, list[tuple[float, float]]] = {}
    for task in airflow.call("GET", f"/dags/{dag_id}/dagRuns/{run}/taskInstances")["task_instances"]:
        moments = [datetime.fromisoformat(task[name]).timestamp() for name in ("start_date", "end_date")]
        tasks.setdefault(task["task_id"], []).append((moments[0], moments[1]))
    return tasks


def shard_table(employees: int = EMPLOYEES) -> Table:
    """A row for one task, one for the shards, one for their join."""
    found = compare_shards(employees)
    one = found["one"]
    return Table(
        f"Shards: {employees:,} employees x month, {LATENCY_MS} ms latency, {IN_FLIGHT} requests at once per task",
        ["", "seconds", "one task / this"],
        [
            ["one task", f"{one:.1f}", "1.00"],
            [f"{SHARDS} tasks at once", f"{found['shards']:.1f}", f"{one / found['shards']:.2f}"],
            ["their join", f"{found['join']:.1f}", ""],
        ],
        f"The joined file has {'the same' if found['same'] else 'OTHER'} bytes.",
    )
