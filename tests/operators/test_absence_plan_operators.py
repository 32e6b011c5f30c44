# SPDX-License-Identifier: Apache-2.0
"""Every parameter of the plan and apply operators has its effect."""

from __future__ import annotations

import csv
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from airflow_provider_allhours.client import errors
from airflow_provider_allhours.operators.absences import AllHoursApplyAbsencePlanOperator, AllHoursPlanAbsencesOperator
from airflow_provider_allhours.sandbox.server import Sandbox
from airflow_provider_allhours.task_utils.compat import AirflowFailException

HEADER = "employee_id,absence_definition,date_from,external_id\n"
ONE = "1009,Annual leave,2027-02-04,one\n"
TWO = "1012,Annual leave,2027-02-04,two\n"
UNKNOWN = "1012,Siesta,2027-02-05,siesta\n"

Task = Callable[..., dict[str, Any]]


@pytest.fixture
def plan(allhours_connection: Sandbox, tmp_path: Path) -> Task:
    def run(*rows: str) -> dict[str, Any]:
        (tmp_path / "leave.csv").write_text(HEADER + "".join(rows))
        paths = {"source": "leave.csv", "plan_path": "plan.jsonl", "ledger_path": "ledger.jsonl"}
        operator = AllHoursPlanAbsencesOperator(
            task_id="plan", period="2027-02", **{name: str(tmp_path / path) for name, path in paths.items()}
        )
        return operator.execute({})

    return run


@pytest.fixture
def apply(allhours_connection: Sandbox, tmp_path: Path) -> Task:
    def run(**options: Any) -> dict[str, Any]:
        operator = AllHoursApplyAbsencePlanOperator(
            task_id="apply",
            plan_path=str(tmp_path / "plan.jsonl"),
            ledger_path=str(tmp_path / "ledger.jsonl"),
            **options,
        )
        return operator.execute({})

    return run


def test_a_plan_with_more_deletes_than_max_deletes_writes_nothing(
    allhours_connection: Sandbox, plan: Task, apply: Task
) -> None:
    assert plan(ONE, TWO)["create"] == 2
    assert apply()["created"] == 2
    assert plan()["delete"] == 2
    allhours_connection.reset_stats()
    with pytest.raises(errors.AllHoursConflictError, match="deletes 2 absences, more than max_deletes=1") as caught:
        apply(max_deletes="1")
    assert isinstance(caught.value, AirflowFailException)
    assert allhours_connection.stats()["writes_accepted"] == 0
    assert apply(max_deletes=2)["deleted"] == 2


def test_rows_that_are_not_applied_fail_the_task_after_the_others_or_are_a_warning(
    allhours_connection: Sandbox, plan: Task, apply: Task, tmp_path: Path
) -> None:
    plan(ONE, UNKNOWN)
    rejects = tmp_path / "rejects.csv"
    with pytest.raises(errors.AllHoursPartialError, match="1 of 2 rows were not applied; name a reject_path"):
        apply()
    assert not rejects.exists()
    result = apply(on_partial="warn", reject_path=str(rejects))
    assert (result["already_applied"], result["rejected"], result["reject_path"]) == (1, 1, str(rejects))
    with rejects.open(newline="", encoding="utf-8") as file:
        (row,) = csv.DictReader(file)
    assert (row["row"], row["external_id"], row["action"]) == ("2", "siesta", "unknown")
    with pytest.raises(errors.AllHoursParameterError, match="'on_partial' is 'ignore'; it takes fail or warn"):
        apply(on_partial="ignore")
