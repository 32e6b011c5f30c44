# SPDX-License-Identifier: Apache-2.0
"""Personal parameters reach All Hours, and stand neither in Airflow's database nor in its logs."""

from __future__ import annotations

import json
import logging
from typing import Any

import pytest
from airflow.sdk import DAG, task

from airflow_provider_allhours.operators.absences import AllHoursCreateAbsenceOperator
from airflow_provider_allhours.operators.api import AllHoursApiOperator
from airflow_provider_allhours.operators.users import AllHoursCreateUserOperator
from airflow_provider_allhours.sandbox.server import Sandbox
from airflow_provider_allhours.task_utils.personal import Masked, reveal

PERSON = {
    "comment": "back surgery",
    "first": "Zvonimira",
    "last": "Novakovski",
    "email": "zvonimira@example.org",
    "birth": "1987-06-05",
    "street": "Lipova 12",
    "other": "flu",
}


def rendered(dag_id: str) -> dict[tuple[str, int], dict[str, Any]]:
    """What Airflow stored of each task's template fields."""
    from airflow.models.renderedtifields import RenderedTaskInstanceFields
    from airflow.utils.session import create_session
    from sqlalchemy import select

    query = select(RenderedTaskInstanceFields).where(RenderedTaskInstanceFields.dag_id == dag_id)
    with create_session() as session:
        return {(row.task_id, row.map_index): row.rendered_fields for row in session.scalars(query)}


def results(run: Any) -> str:
    return json.dumps([ti.xcom_pull(task_ids=ti.task_id, map_indexes=ti.map_index) for ti in run.get_task_instances()])


@pytest.mark.parametrize("native", [False, True], ids=["text", "native"])
def test_personal_parameters_are_masked(
    run_dag: Any, allhours_connection: Sandbox, caplog: Any, capfd: Any, native: bool
) -> None:
    dag_id = f"personal_{native}"
    known = allhours_connection.company.user_at(9)
    assert known is not None
    assert known.email
    with DAG(dag_id, schedule=None, params=PERSON, render_template_as_native_obj=native) as dag:

        @task
        def body() -> dict[str, str]:
            return {"Street": PERSON["street"]}

        AllHoursCreateAbsenceOperator(
            task_id="absence",
            absence_definition="Annual leave",
            date_from="2026-12-01",
            user_email=known.email,
            comment="{{ params.comment }}",
        )
        AllHoursCreateUserOperator(
            task_id="user",
            first_name="{{ params.first }}",
            last_name="{{ params.last }}",
            user_email="{{ params.email }}",
            fields={"BirthDate": "{{ params.birth }}T00:00:00", "City": "Novo mesto"},
        )
        AllHoursApiOperator(
            task_id="api",
            method="GET",
            endpoint="Users/Query",
            query={"searchTerm": "{{ params.last }}"},
            json=body(),
            response_filter=len,
        )
        AllHoursCreateAbsenceOperator.partial(
            task_id="mapped", absence_definition="Annual leave", employee_id="1011"
        ).expand_kwargs(
            [
                {"date_from": "2026-12-02", "comment": "{{ params.comment }}"},
                {"date_from": "2026-12-03", "comment": "{{ params.other }}"},
            ]
        )
    with caplog.at_level(logging.DEBUG):
        run = run_dag(dag)
    assert run.state == "success"

    shown = rendered(dag_id)
    assert shown["absence", -1] | {"comment": "***", "user_email": "***"} == shown["absence", -1]
    assert shown["absence", -1]["date_from"] == "2026-12-01"
    names = dict.fromkeys(("first_name", "last_name", "user_email"), "***")
    assert shown["user", -1] | names == shown["user", -1]
    assert shown["user", -1]["fields"] == {"BirthDate": "***", "City": "***"}
    assert (shown["api", -1]["query"], shown["api", -1]["json"]) == ({"searchTerm": "***"}, {"Street": "***"})
    assert [shown["mapped", index]["comment"] for index in (0, 1)] == ["***", "***"]

    logged = "\n".join(record.getMessage() for record in caplog.records) + "".join(capfd.readouterr())
    stored = json.dumps([value for key, value in shown.items() if key[0] != "body"])
    secrets = [known.email, *(value for name, value in PERSON.items() if name != "other")]
    for secret in secrets:
        assert secret not in stored
        assert secret not in results(run).replace(PERSON["street"], "")
    for secret in (PERSON["comment"], PERSON["email"], known.email):
        assert secret not in logged

    comments = {
        record["Comment"]
        for record in allhours_connection.control("GET", "state?from=2026-12-01&to=2026-12-03")["absences"]
    }
    assert comments >= {PERSON["comment"], PERSON["other"]}
    (created,) = allhours_connection.company.created_users
    assert (created.first_name, created.email) == (PERSON["first"], PERSON["email"])


def test_a_value_set_after_init_is_masked_and_rendered(allhours_connection: Sandbox) -> None:
    operator = AllHoursCreateAbsenceOperator(
        task_id="t", absence_definition="Annual leave", date_from="2026-12-01", employee_id="1009"
    )
    operator.comment = "{{ words }}"
    operator.render_template_fields({"words": "back surgery"})
    assert (reveal(operator.comment), str(operator.comment)) == ("back surgery", "***")


@pytest.mark.parametrize(
    ("value", "shape"),
    [
        ({"a": {"b": ["x", 1, True, None, ""]}}, {"a": {"b": ["***", "***", "***", None, ""]}}),
        ("", ""),
        (None, None),
        (0, "***"),
    ],
)
def test_a_mask_keeps_the_shape(value: Any, shape: Any) -> None:
    assert Masked(value).serialize() == shape
    assert bool(Masked(value)) is bool(value)
