# SPDX-License-Identifier: Apache-2.0
"""A real Airflow: scheduler, DAG processor, triggerer and API server run the example DAGs against a sandbox."""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from itertools import count
from pathlib import Path
from typing import Any

import pytest
import requests

from airflow_provider_allhours.attendance.readiness import DEFAULT_CHECKS
from airflow_provider_allhours.client import AllHoursClient, ClientConfig
from airflow_provider_allhours.flows.readiness import evaluate_period
from airflow_provider_allhours.periods import Period
from airflow_provider_allhours.sandbox.server import Sandbox
from tests.helpers import employee_at

# Starting a whole Airflow on a busy machine takes minutes.
pytestmark = [pytest.mark.e2e, pytest.mark.timeout(1200)]

EXAMPLES = Path(__file__).parents[2] / "example_dags"
USED = ("allhours_period_ready", "allhours_absence_sync", "allhours_absence_watch")
OCTOBER = Period(date(2026, 10, 1), date(2026, 10, 31))


def free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return int(listener.getsockname()[1])


def until(condition: Callable[[], Any], told: Callable[[], str], tries: int = 600, pause: float = 0.5) -> Any:
    """The first true answer; an assertion error with what Airflow logged when no try brings one.

    Tries are counted and not seconds: on a busy machine each of them takes longer, and Airflow gets more time.
    """
    for _ in range(tries):
        if answer := condition():
            return answer
        time.sleep(pause)
    raise AssertionError(f"the condition did not hold in {tries} tries\n{told()}")


@dataclass
class Airflow:
    """``airflow standalone`` in a home of its own, spoken to over its REST API."""

    home: Path
    sandbox: Sandbox
    port: int = field(default_factory=free_port)
    processes: list[subprocess.Popen[bytes]] = field(default_factory=list)
    token: str = ""

    @property
    def environment(self) -> dict[str, str]:
        bare = {name: value for name, value in os.environ.items() if not name.startswith("AIRFLOW")}
        return bare | {
            "PATH": f"{Path(sys.executable).parent}:{bare['PATH']}",
            "AIRFLOW_HOME": str(self.home),
            "AIRFLOW__CORE__DAGS_FOLDER": str(self.home / "dags"),
            "AIRFLOW__CORE__LOAD_EXAMPLES": "False",
            "AIRFLOW__CORE__PARALLELISM": "4",
            "AIRFLOW__CORE__DAGS_ARE_PAUSED_AT_CREATION": "False",
            "AIRFLOW__CORE__SIMPLE_AUTH_MANAGER_ALL_ADMINS": "True",
            "AIRFLOW__CORE__EXECUTION_API_SERVER_URL": f"http://127.0.0.1:{self.port}/execution/",
            "AIRFLOW__API__HOST": "127.0.0.1",
            "AIRFLOW__API__PORT": str(self.port),
            "AIRFLOW__API__BASE_URL": f"http://127.0.0.1:{self.port}",
            "AIRFLOW__API__WORKERS": "1",
            "AIRFLOW__LOGGING__TRIGGER_LOG_SERVER_PORT": str(free_port()),
            "AIRFLOW__LOGGING__WORKER_LOG_SERVER_PORT": str(free_port()),
            "AIRFLOW__TRIGGERER__JOB_HEARTBEAT_SEC": "1",
            "AIRFLOW__TRIGGERER__TRIGGERER_HEALTH_CHECK_THRESHOLD": "5",
            "AIRFLOW_CONN_ALLHOURS_DEFAULT": self.sandbox.connection_json(),
            "ALLHOURS_OUTPUT": (self.home / "out").as_uri(),
            "ALLHOURS_POKE_INTERVAL": "1",
            "ALLHOURS_POLL_INTERVAL": "1",
        }

    def start(self, *command: str) -> subprocess.Popen[bytes]:
        with (self.home / f"{command[0]}-{len(self.processes)}.log").open("wb") as log:
            process = subprocess.Popen(
                [sys.executable, "-m", "airflow", *command],
                env=self.environment,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        self.processes.append(process)
        return process

    def stop(self) -> None:
        for process in self.processes:
            for kind in (signal.SIGINT, signal.SIGKILL):
                try:
                    os.killpg(process.pid, kind)
                    process.wait(15)
                except (ProcessLookupError, subprocess.TimeoutExpired):
                    continue

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

    def call(self, method: str, path: str, body: Any = None) -> Any:
        url = f"http://127.0.0.1:{self.port}/api/v2{path}"
        headers = {"Authorization": f"Bearer {self.token or self.sign_in()}"}
        for _ in range(20):
            answer = requests.request(method, url, json=body, headers=headers, timeout=120)
            if answer.status_code < 500:
                break
            # SQLite is locked now and then when several processes of Airflow write to it.
            time.sleep(0.5)
        assert answer.ok, (method, path, answer.status_code, answer.text[:500])
        return answer.json()

    def sign_in(self) -> str:
        """A token of the API server, which has one worker and may be busy with something else."""
        for _ in range(20):
            with suppress(requests.RequestException):
                answer = requests.get(f"http://127.0.0.1:{self.port}/auth/token", timeout=30)
                if answer.ok:
                    self.token = str(answer.json()["access_token"])
                    return self.token
            time.sleep(0.5)
        raise AssertionError(f"GET /auth/token brought no token\n{self.logs()}")

    def is_up(self) -> bool:
        try:
            health = requests.get(f"http://127.0.0.1:{self.port}/api/v2/monitor/health", timeout=30).json()
        except (requests.RequestException, ValueError):
            return False
        # Not whether it is "healthy": on a busy machine a heartbeat is often older than that allows.
        return all(health[part][f"latest_{part}_heartbeat"] for part in ("scheduler", "triggerer", "dag_processor"))

    def has_dags(self) -> bool:
        return {dag["dag_id"] for dag in self.call("GET", "/dags")["dags"]} >= set(USED)

    def trigger(self, dag_id: str, conf: dict[str, Any]) -> str:
        body = {"conf": conf, "logical_date": datetime.now(UTC).isoformat()}
        return str(self.call("POST", f"/dags/{dag_id}/dagRuns", body)["dag_run_id"])

    def state(self, dag_id: str, run_id: str, task_id: str | None = None) -> str | None:
        path = f"/dags/{dag_id}/dagRuns/{run_id}" + (f"/taskInstances/{task_id}" if task_id else "")
        return self.call("GET", path)["state"]

    def has_taken_note(self, run_id: str, task_id: str) -> bool:
        """Whether the scheduler has dealt with the end of a task's process, by its log.

        Until then Airflow can take a deferred task that was resumed already for one whose process was lost.
        """
        log = (self.home / "standalone-0.log").read_text(errors="replace")
        return any(
            "TaskInstance Finished" in line and f"task_id={task_id}," in line and f"run_id={run_id}," in line
            for line in log.splitlines()
        )

    def logs(self) -> str:
        """The ends of what the processes and the tasks said."""
        files = [*self.home.glob("*.log"), *self.home.glob("logs/dag_id=*/**/*.log")]
        return "\n".join(f"{path.name}: {path.read_text(errors='replace')[-2500:]}" for path in files)

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
    running = Airflow(home, company)
    running.start("standalone")
    try:
        until(running.is_up, told=running.logs)
        until(running.has_dags, told=running.logs)
        yield running
    finally:
        running.stop()


def finish_october(company: Sandbox) -> None:
    """Approve and correct everything."""
    config = ClientConfig(company.url, company.client_id, company.client_secret, auth_url=company.token_url)
    with AllHoursClient(config) as client:
        verdict = evaluate_period(client, OCTOBER, DEFAULT_CHECKS, today=date(2026, 11, 1))
        for absence in client.absences(OCTOBER.date_from, OCTOBER.date_to):
            if absence.is_pending:
                company.control("POST", "absences", {"action": "approve", "id": absence.id})
        for blocker in verdict.blockers:
            if blocker.check == "employee-ids":
                fields = {"CustomId": f"X-{blocker.user_id}"}
                company.control("POST", "users", {"user_id": blocker.user_id, "fields": fields})
            if blocker.check not in ("calculations-valid", "no-missing-events"):
                continue
            day = {"user_id": blocker.user_id, "date": str(blocker.day)}
            company.control("POST", "days", {**day, "heal": True})
            company.control("POST", "days", {**day, "missing_event": False})


def test_a_deferred_sensor_outlives_its_triggerer(airflow: Airflow, company: Sandbox) -> None:
    """It wakes up when the last absence is approved, after the triggerer was killed; the export behind it succeeds."""
    finish_october(company)
    user = employee_at(company, 8).id
    last = company.control("POST", "absences", {"action": "add", "user_id": user, "date": "2026-10-14"})["Id"]
    dag_id = "allhours_period_ready"
    run_id = airflow.trigger(dag_id, {"period": "2026-10"})
    until(lambda: airflow.state(dag_id, run_id, "wait_until_ready") == "deferred", told=airflow.logs)
    asked = company.stats()["requests"]["GET absences"]
    until(lambda: company.stats()["requests"]["GET absences"] > asked + 2, told=airflow.logs)

    airflow.kill_triggerer()
    asked = company.stats()["requests"]["GET absences"]
    airflow.start("triggerer")
    # One request may have been under way when the triggerer was killed.
    until(lambda: company.stats()["requests"]["GET absences"] > asked + 1, told=airflow.logs)
    assert airflow.state(dag_id, run_id, "wait_until_ready") == "deferred"

    company.control("POST", "absences", {"action": "approve", "id": last})
    until(lambda: airflow.finished(dag_id, run_id), told=airflow.logs)
    assert airflow.state(dag_id, run_id, "ask") == "skipped"
    # The schedule's own run may export the same month into the same folder.
    assert airflow.state(dag_id, run_id, "export_timesheets") == "success"
    assert (airflow.home / "out" / "ready" / "2026-10" / "timesheets.csv.manifest.json").exists()


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
    until(lambda: airflow.has_taken_note(run_id, "approve"), told=airflow.logs)
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
