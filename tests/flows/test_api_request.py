# SPDX-License-Identifier: Apache-2.0
"""Requests to any endpoint: what is returned, and what is refused."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from airflow_provider_allhours.client import errors
from airflow_provider_allhours.operators.api import AllHoursApiOperator
from airflow_provider_allhours.sandbox.server import Sandbox


def api(**options: Any) -> Any:
    return AllHoursApiOperator(task_id="t", **options).execute({})  # type: ignore[typeddict-item]


def test_any_request_to_the_api(allhours_connection: Sandbox) -> None:
    assert api(endpoint="/api/v1/OrganizationUnits", response_filter=len) == 4
    assert api(endpoint="OrganizationUnits")[0]["Name"] == "Company"
    named = api(endpoint="Users/Query", query={"searchTerm": "zzz"})
    assert named == []
    body = {"FirstName": "A", "LastName": "B"}
    created = api(endpoint="Users", method="post", json=body, response_filter=lambda user: user["Id"])
    assert allhours_connection.company.user(created) is not None
    absence = next(iter(allhours_connection.company.leave_between(date(2026, 10, 1), date(2026, 10, 31)))).id
    assert api(endpoint=f"Absences/{absence}", method="DELETE") is None


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"endpoint": "Users", "method": "PATCH"}, "parameter 'method' is 'PATCH'; it takes GET, POST"),
        ({"endpoint": ""}, "parameter 'endpoint' is empty"),
        ({"endpoint": "https://evil.example/x"}, "another host"),
        ({"endpoint": "Absences"}, "bytes of JSON, more than 48000"),
        ({"endpoint": "OrganizationUnits", "response_filter": lambda units: {date(2026, 10, 1)}}, "not plain JSON"),
    ],
)
def test_requests_that_are_refused(allhours_connection: Sandbox, options: dict[str, Any], message: str) -> None:
    with pytest.raises(errors.AllHoursParameterError, match=message):
        api(**options)
