# SPDX-License-Identifier: Apache-2.0
"""Names that Airflow's operators have themselves: ``email`` and ``params`` of a DAG never reach All Hours."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from airflow.sdk import DAG, task

from airflow_provider_allhours.client import errors
from airflow_provider_allhours.operators.absences import AllHoursCreateAbsenceOperator
from airflow_provider_allhours.operators.api import AllHoursApiOperator
from airflow_provider_allhours.operators.users import AllHoursCreateUserOperator
from airflow_provider_allhours.sandbox.server import Sandbox
from tests.helpers import execute

DAY = date(2026, 12, 1)
ALERTS = {"email": "alerts@sandbox.example"}


def an_employees_email(sandbox: Sandbox) -> tuple[int, str]:
    user = sandbox.company.user_at(9)
    assert user is not None
    assert user.email
    return 9, user.email


def test_the_address_for_alerts_is_nobody_absent(run_dag: Any, allhours_connection: Sandbox) -> None:
    """The address even belongs to an employee: nothing is written for them."""
    _, address = an_employees_email(allhours_connection)
    with DAG("alerts", schedule=None, default_args={"email": address}) as dag:
        absence = AllHoursCreateAbsenceOperator(
            task_id="absence", absence_definition="Annual leave", date_from=DAY.isoformat(), employee_id="1009"
        )
        AllHoursCreateUserOperator(task_id="user", first_name="Iva", last_name="Nova", employee_id="777")
    assert (absence.user_email, absence.email) == (None, address)
    assert run_dag(dag).state == "success"
    (leave,) = allhours_connection.company.leave_between(DAY, DAY)
    person = allhours_connection.company.user_at(leave.user_index)
    assert person is not None
    assert person.custom_id == "1009"
    (created,) = allhours_connection.company.created_users
    assert not created.email


def test_an_address_for_alerts_names_no_person(allhours_connection: Sandbox) -> None:
    with DAG("alerts", schedule=None, default_args=ALERTS):
        absence = AllHoursCreateAbsenceOperator(
            task_id="absence", absence_definition="Annual leave", date_from=DAY.isoformat()
        )
        user = AllHoursCreateUserOperator(task_id="user", first_name="Iva", last_name="Nova")
    with pytest.raises(errors.AllHoursParameterError, match="'user_email': exactly one .* 0 are given"):
        execute(absence)
    with pytest.raises(errors.AllHoursParameterError, match="'employee_id' and 'user_email' are both empty"):
        execute(user)


def test_the_persons_email_is_no_address_for_alerts(allhours_connection: Sandbox) -> None:
    index, address = an_employees_email(allhours_connection)
    absence = AllHoursCreateAbsenceOperator(
        task_id="t", absence_definition="Annual leave", date_from=DAY.isoformat(), user_email=address.upper()
    )
    assert not absence.email
    assert len(execute(absence)["created"]) == 1
    assert [leave.user_index for leave in allhours_connection.company.leave_between(DAY, DAY)] == [index]


def test_form_fields_of_a_dag_are_not_query_parameters(allhours_connection: Sandbox) -> None:
    with DAG("form", schedule=None, params={"searchTerm": "zzz"}, default_args={"params": {"limit": 1}}):
        bare = AllHoursApiOperator(task_id="t", endpoint="Users", response_filter=len)
    assert bare.query is None
    assert set(bare.params) == {"searchTerm", "limit"}
    assert execute(bare) == 21


def test_a_query_may_hold_results_of_tasks(run_dag: Any, allhours_connection: Sandbox) -> None:
    with DAG("query", schedule=None, params={"term": "zzz"}) as dag:

        @task
        def nobody() -> str:
            return "zzz"

        term = nobody()
        of_a_task = AllHoursApiOperator(
            task_id="of_a_task", endpoint="Users/Query", query={"searchTerm": term}, response_filter=len
        )
        AllHoursApiOperator(
            task_id="of_the_form",
            endpoint="Users/Query",
            query={"searchTerm": "{{ params.term }}"},
            response_filter=len,
        )
    assert of_a_task.upstream_task_ids == {"nobody"}
    run = run_dag(dag)
    assert run.state == "success"
    found = {ti.task_id: ti.xcom_pull(task_ids=ti.task_id) for ti in run.get_task_instances()}
    assert found == {"nobody": "zzz", "of_a_task": 0, "of_the_form": 0}
