# SPDX-License-Identifier: Apache-2.0
"""A task that is killed or out of time sends nothing more, writes nothing more and leaves no staged file."""

from __future__ import annotations

import csv
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import date, timedelta
from pathlib import Path
from types import MappingProxyType
from typing import Any

import pytest

from airflow_provider_allhours.client import AllHoursClient, errors
from airflow_provider_allhours.flows.absence_plan import plan_absences
from airflow_provider_allhours.operators.api import AllHoursApiOperator
from airflow_provider_allhours.periods import Period
from airflow_provider_allhours.sandbox.server import Sandbox

MAX_SECONDS = 250
HANGING = 600_000
"""Milliseconds after which a request would be answered: longer than a test may take."""

TIMESHEETS = "airflow_provider_allhours.operators.timesheets.AllHoursExportTimesheetsOperator"
CLOSE = "airflow_provider_allhours.operators.payroll.AllHoursClosePeriodOperator"
APPLY = "airflow_provider_allhours.operators.absences.AllHoursApplyAbsencePlanOperator"
CREATE = "airflow_provider_allhours.operators.absences.AllHoursCreateAbsenceOperator"
FIRST = date(2027, 2, 1)
EMPLOYEES = 19
"""With days in October, in the sandbox's company of twenty."""

pytestmark = pytest.mark.timeout(2 * MAX_SECONDS)


@pytest.fixture
def patient_connection(sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch) -> Sandbox:
    """A client that waits for a response longer than a test may take: only a stop ends it."""
    monkeypatch.setenv("AIRFLOW_CONN_ALLHOURS_DEFAULT", sandbox.connection_json(timeout=HANGING / 1000))
    return sandbox


@contextmanager
def running_task(
    operator: str,
    *,
    execution_timeout: float | None = None,
    in_dag_run: bool = False,
    environment: Mapping[str, str] = MappingProxyType({}),
    **kwargs: Any,
) -> Iterator[Any]:
    """A real process that runs the operator as a task."""
    asked = {
        "class": operator,
        "kwargs": kwargs,
        "execution_timeout": execution_timeout,
        "in_dag_run": in_dag_run,
    }
    process = subprocess.Popen(
        [sys.executable, str(Path(__file__).with_name("killed_task.py"))],
        env={**os.environ, **environment},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdin is not None
    process.stdin.write(json.dumps(asked))
    process.stdin.close()
    process.stdin = None
    try:
        yield process
    finally:
        process.kill()
        process.wait()


def eventually(condition: Callable[[], bool]) -> None:
    until = time.monotonic() + MAX_SECONDS
    while not condition():
        assert time.monotonic() < until, "timed out"
        time.sleep(0.02)


def state_of(process: Any) -> str:
    """The state in which the task ends; an error if its process does not end."""
    output, _ = process.communicate(timeout=MAX_SECONDS)
    return str(output.strip().splitlines()[-1])


def sent(sandbox: Sandbox, request: str) -> int:
    return int(sandbox.stats()["requests"].get(request, 0))


def staged_in(folder: Path) -> list[str]:
    return sorted(str(path.relative_to(folder)) for path in folder.rglob("*"))


def of_timesheets(folder: Path) -> dict[str, Any]:
    return {"period": "2026-10", "path": str(folder / "out" / "x.csv")}


def of_a_close(folder: Path) -> dict[str, Any]:
    return {"period": "2026-10", "path": str(folder / "out")}


RUNS = pytest.mark.parametrize("in_dag_run", [pytest.param(False, id="task"), pytest.param(True, id="dag-run")])
READERS = pytest.mark.parametrize(("operator", "kwargs_in"), [(TIMESHEETS, of_timesheets), (CLOSE, of_a_close)])


@pytest.mark.slow
@RUNS
@READERS
def test_execution_timeout_ends_a_task_whose_requests_hang(
    airflow_db: None, patient_connection: Sandbox, tmp_path: Path, operator: str, kwargs_in: Any, in_dag_run: bool
) -> None:
    sandbox = patient_connection
    (tmp_path / "out").mkdir()
    sandbox.fault("latency", ms=HANGING, route="daily_calculations")
    with running_task(operator, execution_timeout=5, in_dag_run=in_dag_run, **kwargs_in(tmp_path)) as process:
        assert state_of(process) == "failed"
    asked = sandbox.stats()["total"]
    assert 0 < sent(sandbox, "GET daily_calculations") <= 8
    time.sleep(1)
    assert sandbox.stats()["total"] == asked
    assert staged_in(tmp_path / "out") == []


@pytest.mark.slow
@READERS
@pytest.mark.parametrize("latency", [HANGING, 2000], ids=["hanging", "answered"])
def test_a_killed_reader_sends_nothing_more(
    patient_connection: Sandbox, tmp_path: Path, operator: str, kwargs_in: Any, latency: int
) -> None:
    sandbox = patient_connection
    for folder in ("out", "scratch"):
        (tmp_path / folder).mkdir()
    sandbox.fault("latency", ms=latency, route="daily_calculations")
    scratch = {"TMPDIR": str(tmp_path / "scratch")}
    with running_task(operator, environment=scratch, **kwargs_in(tmp_path)) as process:
        eventually(lambda: sent(sandbox, "GET daily_calculations") > 0)
        process.send_signal(signal.SIGTERM)
        assert state_of(process) == "failed"
    asked = sent(sandbox, "GET daily_calculations")
    # Eight at once, and time enough between two of a thread; without a stop it would be one per employee.
    assert asked < EMPLOYEES
    time.sleep(1)
    assert sent(sandbox, "GET daily_calculations") == asked
    assert staged_in(tmp_path / "out") == staged_in(tmp_path / "scratch") == []


def leave_of_one_person(folder: Path, days: int) -> Path:
    path = folder / "leave.csv"
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(["employee_id", "absence_definition", "date_from", "external_id"])
        for number in range(days):
            writer.writerow(["1009", "Annual leave", (FIRST + timedelta(days=number)).isoformat(), f"row-{number}"])
    return path


def written(sandbox: Sandbox) -> int:
    return len(sandbox.control("GET", "state?from=2027-01-01&to=2027-12-31")["absences"])


@pytest.mark.slow
@RUNS
def test_a_killed_apply_writes_nothing_more(
    airflow_db: None, patient_connection: Sandbox, client: AllHoursClient, tmp_path: Path, in_dag_run: bool
) -> None:
    """Sixty steps; after the signal at most the one in flight, and the next run finishes the rest once."""
    sandbox, files = (
        patient_connection,
        {"plan_path": tmp_path / "plan.jsonl", "ledger_path": tmp_path / "ledger.jsonl"},
    )
    period = Period(FIRST, FIRST + timedelta(days=59))
    plan_absences(client, source=leave_of_one_person(tmp_path, 60), period=period, **files)
    before = written(sandbox)
    sandbox.fault("latency", ms=100, route="absences", method="POST")
    kwargs = {name: str(path) for name, path in files.items()}
    with running_task(APPLY, in_dag_run=in_dag_run, **kwargs) as process:
        eventually(lambda: written(sandbox) >= before + 3)
        process.send_signal(signal.SIGTERM)
        at_the_signal = written(sandbox)
        assert state_of(process) == "failed"
    assert at_the_signal <= written(sandbox) <= at_the_signal + 1 < before + 60
    sandbox.clear_faults()
    with running_task(APPLY, **kwargs) as process:
        assert state_of(process) == "success"
    assert written(sandbox) == before + 60


@pytest.mark.slow
def test_a_killed_creation_writes_nothing_more(patient_connection: Sandbox) -> None:
    sandbox = patient_connection
    before = written(sandbox)
    sandbox.fault("latency", ms=100, route="absences", method="POST")
    kwargs = {
        "absence_definition": "Annual leave",
        "employee_id": "1009",
        "date_from": FIRST.isoformat(),
        "date_to": (FIRST + timedelta(days=59)).isoformat(),
        "days": "all",
    }
    with running_task(CREATE, **kwargs) as process:
        eventually(lambda: written(sandbox) >= before + 3)
        process.send_signal(signal.SIGTERM)
        at_the_signal = written(sandbox)
        assert state_of(process) == "failed"
    assert at_the_signal <= written(sandbox) <= at_the_signal + 1 < before + 60


def test_a_task_that_was_killed_before_its_first_request_sends_none(patient_connection: Sandbox) -> None:
    task = AllHoursApiOperator(task_id="t", endpoint="Users", response_filter=len)
    task.on_kill()
    with pytest.raises(errors.AllHoursTransportError, match="the task was stopped"):
        task.execute({})
    assert patient_connection.stats()["requests"] == {}
