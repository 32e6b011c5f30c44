# SPDX-License-Identifier: Apache-2.0
"""Helpers that tests of several folders import as ``tests.helpers``."""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

if TYPE_CHECKING:
    from airflow.sdk import BaseOperator, Context

    from airflow_provider_allhours.sandbox.people import Employee
    from airflow_provider_allhours.sandbox.server import Sandbox


PAYROLL_COMPANY: dict[str, Any] = {"employees": 20, "months": 3, "clean_ids": True}
"""Options of a sandbox for tests of payroll.

A smaller company has nobody archived, and then a close reads the clockings of every day to find who left, which is most
of its time.
"""


def employee_at(sandbox: Sandbox, index: int) -> Employee:
    """The employee at this index of the company, who must exist."""
    employee = sandbox.company.user_at(index)
    assert employee is not None, f"the company has no employee {index}"
    return employee


NO_CONTEXT = cast("Context", {})
"""What a task's methods get outside of a DAG run."""


def execute(task: BaseOperator) -> Any:
    """Run a task's ``execute`` outside of a DAG run."""
    return task.execute(NO_CONTEXT)


def finish_october(company: Sandbox) -> None:
    """Approve and correct everything in October 2026, so that the month is ready to be paid."""
    from airflow_provider_allhours.attendance.readiness import DEFAULT_CHECKS
    from airflow_provider_allhours.client import AllHoursClient, ClientConfig
    from airflow_provider_allhours.flows.readiness import evaluate_period
    from airflow_provider_allhours.periods import Period

    october = Period.of_month(2026, 10)
    config = ClientConfig(company.url, company.client_id, company.client_secret, auth_url=company.token_url)
    with AllHoursClient(config) as client:
        verdict = evaluate_period(client, october, DEFAULT_CHECKS, today=date(2026, 11, 1))
        for absence in client.absences(october.date_from, october.date_to):
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


def until(condition: Callable[[], Any], told: Callable[[], str], tries: int = 600, pause: float = 0.5) -> Any:
    """The first true answer; an assertion error with what Airflow logged when no try brings one.

    Tries are counted and not seconds: on a busy machine each of them takes longer, and Airflow gets more time.
    """
    for _ in range(tries):
        if answer := condition():
            return answer
        time.sleep(pause)
    raise AssertionError(f"the condition did not hold in {tries} tries\n{told()}")


def has_taken_note(log: Path, run_id: str, task_id: str) -> bool:
    """Whether Airflow's scheduler has dealt with the end of a task's process, by its log.

    Until then Airflow can take a waiting task that was answered already for one whose process was lost.
    """
    return any(
        "TaskInstance Finished" in line and f"task_id={task_id}," in line and f"run_id={run_id}," in line
        for line in log.read_text(errors="replace").splitlines()
    )
