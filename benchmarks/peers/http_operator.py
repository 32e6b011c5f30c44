# SPDX-License-Identifier: Apache-2.0
"""Airflow's ``HttpOperator``: one for the token, one for the users, and one per employee or one that turns pages.

The operators are executed in this process, as many at once as mapped tasks would be, and a failed one again twice, as
``retries=2`` does. What Airflow itself costs per mapped task is left out, which is in the operator's favour.
"""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

from airflow.exceptions import AirflowException
from airflow.providers.http.operators.http import HttpOperator
from day_rows import day_row

CONCURRENCY, RETRIES, PAGE = 8, 2, 200
Rows = list[dict[str, Any]]


def run(connection: dict[str, Any], output: Path, route: str) -> None:
    """Write October to a JSONL file."""
    parts = {"conn_type": "http", "host": connection["host"], "port": connection["port"]}
    os.environ["AIRFLOW_CONN_ALLHOURS_HTTP"] = json.dumps(parts)
    form = {
        "grant_type": "client_credentials",
        "client_id": connection["login"],
        "client_secret": connection["password"],
    }
    token = _execute(
        HttpOperator(
            task_id="token",
            http_conn_id="allhours_http",
            endpoint="connect/token",
            data=form,
            response_filter=lambda answer: answer.json()["access_token"],
        )
    )
    headers = {"Authorization": f"Bearer {token}"}
    rows = _bulk(headers) if route == "bulk" else _each(headers)
    with (output / "days.jsonl").open("w") as file:
        file.writelines(f"{json.dumps(row)}\n" for row in rows)


def _each(headers: dict[str, str]) -> Rows:
    users = _execute(
        _get(
            "users",
            "Users",
            headers,
            {},
            lambda answer: [user["Id"] for user in answer.json() if user["IsTimeAttendanceUser"]],
        )
    )
    window = {"dateFrom": "2026-10-01T00:00:00", "dateTo": "2026-10-31T00:00:00"}

    def days_of(user_id: str) -> Rows:
        def rows(answer: Any) -> Rows:
            return [day_row(day, user_id) for day in answer.json()["DailyCalculations"]]

        found: Rows = _execute(_get("days", f"UserCalculations/{user_id}", headers, window, rows))
        return found

    with ThreadPoolExecutor(CONCURRENCY) as pool:
        return [row for rows in pool.map(days_of, users) for row in rows]


def _bulk(headers: dict[str, str]) -> Rows:
    window = {"from": "2026-10-01", "to": "2026-10-31", "pageSize": PAGE}

    def next_page(answer: Any) -> dict[str, Any] | None:
        if len(answer.json()["UserCalculations"]) < PAGE:
            return None
        page = int(parse_qs(urlsplit(answer.url).query)["page"][0])
        return {"data": {**window, "page": page + 1}}

    def rows(answers: Any) -> Rows:
        return [
            day_row(day, person["UserId"])
            for answer in answers
            for person in answer.json()["UserCalculations"]
            for day in person["DailyCalculations"]
        ]

    found: Rows = _execute(
        _get("days", "Calculations", headers, {**window, "page": 1}, rows, pagination_function=next_page)
    )
    return found


def _get(
    task_id: str,
    endpoint: str,
    headers: dict[str, str],
    data: dict[str, Any],
    response_filter: Callable[[Any], Any],
    **more: Any,
) -> HttpOperator:
    return HttpOperator(
        task_id=task_id,
        http_conn_id="allhours_http",
        endpoint=f"api/v1/{endpoint}",
        method="GET",
        headers=headers,
        data=data,
        response_filter=response_filter,
        **more,
    )


def _execute(operator: HttpOperator) -> Any:
    for attempt in range(RETRIES + 1):
        try:
            # The operator holds ``execute`` for a mistake outside of a task, and logs a warning.
            return operator.execute({})
        except (AirflowException, OSError, ValueError, KeyError, TypeError):
            if attempt == RETRIES:
                raise
    raise AssertionError
