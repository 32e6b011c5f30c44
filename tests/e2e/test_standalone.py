# SPDX-License-Identifier: Apache-2.0
"""A real Airflow: scheduler, DAG processor, triggerer and API server run the example DAGs against a sandbox."""

from __future__ import annotations

import json
import os
import shutil
import signal
from collections.abc import Iterator
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from itertools import count
from pathlib import Path
from typing import Any

import pytest
from airflow import sdk

from airflow_provider_allhours.periods import Period
from airflow_provider_allhours.sandbox.server import Sandbox
from scripts.local_airflow import LocalAirflow
from tests.helpers import employee_at, finish_october, has_taken_note, until

# Starting a whole Airflow on a busy machine takes minutes.
pytestmark = [pytest.mark.e2e, pytest.mark.timeout(1200)]

EXAMPLES = Path(__file__).parents[2] / "example_dags"
USED = (
    "allhours_period_ready",
    "allhours_absence_sync",
    "allhours_absence_watch",
    "allhours_partitioned_export",
)
FAILING = """
from airflow.sdk import DAG
from airflow_provider_allhours.operators.timesheets import AllHoursExportTimesheetsOperator

with DAG("failing", schedule=None):
    AllHoursExportTimesheetsOperator(task_id="export", period="2026-10", path="relative.csv", retries=2)
"""


class Airflow(LocalAirflow):
    """With what only these tests ask of it."""

    def triggerers(self) -> list[int]:
        """Processes of the triggerer that ``standalone`` started."""
        group = self.processes[0].pid
        running = []
        for folder in Path("/proc").glob("[0-9]*"):
            try:
                command = (folder / "cmdline").read_bytes().replace(b"\0", b" ")
                is_own = os.getpgid(int(folder.name)) == group
            except (OSError, ProcessLookupError):
                continue
            if is_own and b"triggerer" in command:
                running.append(int(folder.name))
        return running

    def kill_triggerer(self) -> None:
        """End the triggerer that ``standalone`` started, without a chance to clean up, and wait until it is gone."""
        assert self.triggerers()
        for process in self.triggerers():
            with suppress(ProcessLookupError):
                os.kill(process, signal.SIGKILL)
        until(lambda: not self.triggerers(), told=self.logs)

    def has_dags(self) -> bool:
        return {dag["dag_id"] for dag in self.call("GET", "/dags")["dags"]} >= {*USED, "failing"}

    def trigger(self, dag_id: str, conf: dict[str, Any]) -> str:
        body = {"conf": conf, "logical_date": datetime.now(UTC).isoformat()}
        return str(self.call("POST", f"/dags/{dag_id}/dagRuns", body)["dag_run_id"])

    def state(self, dag_id: str, run_id: str, task_id: str | None = None) -> str | None:
        path = f"/dags/{dag_id}/dagRuns/{run_id}" + (f"/taskInstances/{task_id}" if task_id else "")
        return self.call("GET", path)["state"]

    def finished(self, dag_id: str, run_id: str) -> bool:
        """Whether the run is over; an assertion error with the logs when it failed."""
        state = self.state(dag_id, run_id)
        assert state != "failed", self.logs()
        return state == "success"


@pytest.fixture(scope="module")
def company() -> Iterator[Sandbox]:
    with Sandbox(employees=10, months=3) as sandbox:
        yield sandbox


@pytest.fixture(scope="module")
def airflow(company: Sandbox, migrated_database: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Airflow]:
    home = tmp_path_factory.mktemp("airflow")
    shutil.copy(migrated_database, home / "airflow.db")
    (home / "dags").mkdir()
    for name in USED:
        shutil.copy(EXAMPLES / f"{name}.py", home / "dags")
    (home / "dags" / "failing.py").write_text(FAILING)
    running = Airflow(home, company, dags=home / "dags", settings=settings_for(company))
    with running:
        until(running.has_dags, told=running.logs)
        yield running
    assert running.running() == set()


def settings_for(company: Sandbox) -> dict[str, str]:
    return {
        "AIRFLOW__CORE__DAGS_ARE_PAUSED_AT_CREATION": "False",
        "AIRFLOW__TRIGGERER__JOB_HEARTBEAT_SEC": "1",
        "AIRFLOW__TRIGGERER__TRIGGERER_HEALTH_CHECK_THRESHOLD": "5",
        "AIRFLOW_CONN_ALLHOURS_DEFAULT": company.connection_json(),
        # The report of who blocks makes the task resume every fourth interval.
        "ALLHOURS_POKE_INTERVAL": "3",
        "ALLHOURS_POLL_INTERVAL": "1",
    }


def test_a_deferred_sensor_outlives_its_triggerer(airflow: Airflow, company: Sandbox) -> None:
    """It wakes up when the last absence is approved, after the triggerer was killed; the export behind it succeeds."""
    finish_october(company)
    user = employee_at(company, 8).id
    last = company.control("POST", "absences", {"action": "add", "user_id": user, "date": "2026-10-14"})["Id"]
    dag_id = "allhours_period_ready"
    run_id = airflow.trigger(dag_id, {"period": "2026-10"})
    until(lambda: airflow.state(dag_id, run_id, "wait_until_ready") == "deferred", told=airflow.logs)
    report = airflow.output / "ready" / "2026-10" / "blockers.csv"
    user = employee_at(company, 9).id
    day = {"user_id": user, "date": "2026-10-14"}
    assert user not in report.read_text()
    company.control("POST", "days", {**day, "missing_event": True})
    until(lambda: user in report.read_text(), told=airflow.logs)
    company.control("POST", "days", {**day, "missing_event": False})
    until(lambda: user not in report.read_text(), told=airflow.logs)

    airflow.kill_triggerer()
    asked = company.stats()["requests"]["GET absences"]
    airflow.run("triggerer")
    # One request may have been under way when the triggerer was killed.
    until(lambda: company.stats()["requests"]["GET absences"] > asked + 1, told=airflow.logs)
    assert airflow.state(dag_id, run_id) == "running"

    company.control("POST", "absences", {"action": "approve", "id": last})
    until(lambda: airflow.finished(dag_id, run_id), told=airflow.logs)
    assert airflow.state(dag_id, run_id, "ask") == "skipped"
    # The schedule's own run may export the same month into the same folder.
    assert airflow.state(dag_id, run_id, "export_timesheets") == "success"
    assert (airflow.output / "ready" / "2026-10" / "timesheets.csv.manifest.json").exists()


def test_the_log_of_a_failed_task_has_one_sentence_and_it_is_not_retried(airflow: Airflow) -> None:
    """As the worker's own process writes it."""
    run_id = airflow.trigger("failing", {})
    until(lambda: airflow.state("failing", run_id) == "failed", told=airflow.logs)
    (log,) = airflow.home.glob(f"logs/dag_id=failing/run_id={run_id}/task_id=export/*.log")
    entries = [json.loads(line) for line in log.read_text().splitlines()]
    (shown,) = [error for entry in entries for error in entry.get("error_detail") or ()]
    assert shown["exc_value"].startswith("parameter 'path' is the relative path")
    ours = [frame["name"] for frame in shown["frames"] if "airflow_provider_allhours" in frame["filename"]]
    assert ours == ["execute", "__exit__"]


@pytest.mark.skipif(not hasattr(sdk, "CronPartitionTimetable"), reason="this Airflow has no partitions")
def test_a_backfill_and_a_repeated_run_export_their_own_partition(airflow: Airflow) -> None:
    dag_id, months = "allhours_partitioned_export", {"2026-08", "2026-09"}
    repeated = {"logical_date": None, "partition_key": "2026-09", "conf": {}}
    airflow.call("POST", f"/dags/{dag_id}/dagRuns", repeated)
    august = {"from_date": "2026-08-01T00:00:00Z", "to_date": "2026-08-31T00:00:00Z"}
    airflow.call("POST", "/backfills", {"dag_id": dag_id, **august, "max_active_runs": 1})

    def exported() -> set[str]:
        # The schedule's own run of October may fail while Airflow starts on a busy machine.
        runs = [
            run for run in airflow.call("GET", f"/dags/{dag_id}/dagRuns")["dag_runs"] if run["partition_key"] in months
        ]
        assert "failed" not in {run["state"] for run in runs}, airflow.logs()
        return {run["partition_key"] for run in runs if run["state"] == "success"}

    until(lambda: exported() == months, told=airflow.logs)
    for month in months:
        manifest = json.loads((airflow.output / "partitions" / f"{month}.csv.manifest.json").read_text())
        assert manifest["period"] == Period.of_month(2026, int(month[5:])).to_json()


def test_leave_waits_for_a_person(airflow: Airflow, company: Sandbox) -> None:
    """Plan, a request that a person answers through Airflow, apply."""
    source = airflow.home / "leave.csv"
    source.write_text("user_id,absence_definition,date_from\n" + f"{employee_at(company, 8).id},101,2027-02-04\n")
    dag_id = "allhours_absence_sync"
    writes = company.stats()["writes_accepted"]
    run_id = airflow.trigger(dag_id, {"period": "2027-02", "source": source.as_uri()})
    request = f"/dags/{dag_id}/dagRuns/{run_id}/taskInstances/approve"
    until(lambda: airflow.state(dag_id, run_id, "approve") in ("awaiting_input", "deferred"), told=airflow.logs)
    asked = airflow.call("GET", f"{request}/-1/hitlDetails")
    assert "1 to create, 0 to change, 0 to delete" in asked["body"]
    assert "on 2027-02-04" in asked["body"]
    assert company.stats()["writes_accepted"] == writes
    until(lambda: has_taken_note(airflow.log, run_id, "approve"), told=airflow.logs)
    airflow.call("PATCH", f"{request}/-1/hitlDetails", {"chosen_options": ["Approve"], "params_input": {}})
    until(lambda: airflow.finished(dag_id, run_id), told=airflow.logs)
    assert company.stats()["writes_accepted"] == writes + 1


def test_a_new_absence_starts_a_dag(airflow: Airflow, company: Sandbox) -> None:
    """The asset watcher tells the DAG which absence it was.

    Of events at about the same time Airflow gives the run those up to the one that queued it, and the others to the
    next run, which the next event starts: more absences are added until the first one was told of.
    """
    dag_id = "allhours_absence_watch"
    runs = f"/dags/{dag_id}/dagRuns"
    asked = company.stats()["requests"].get("GET absences", 0)
    until(lambda: company.stats()["requests"]["GET absences"] > asked + 2, told=airflow.logs)
    days = (datetime.now(UTC).date() + timedelta(days=number) for number in count())
    tries = count(1)

    def add() -> Any:
        leave = {"user_id": employee_at(company, 8).id, "date": next(days).isoformat()}
        return company.control("POST", "absences", {"action": "add", **leave})["Id"]

    added = add()

    def announced() -> Any:
        if next(tries) % 50 == 0:
            add()
        for run in airflow.call("GET", runs)["dag_runs"]:
            if run["state"] == "success":
                value = airflow.call("GET", f"{runs}/{run['dag_run_id']}/taskInstances/tell/xcomEntries/return_value")
                if added in str(value["value"]):
                    return value["value"]
        return None

    assert "created" in str(until(announced, told=airflow.logs))
