# SPDX-License-Identifier: Apache-2.0
"""Requests to any endpoint: what is returned, and what is refused."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from airflow_provider_allhours.client import AllHoursClient, errors
from airflow_provider_allhours.flows.api_request import request_api
from airflow_provider_allhours.operators.api import AllHoursApiOperator
from airflow_provider_allhours.sandbox.server import Sandbox


def api(**options: Any) -> Any:
    return AllHoursApiOperator(task_id="t", **options).execute({})


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


def test_the_size_of_a_result_is_counted_in_bytes_of_its_json(allhours_connection: Sandbox) -> None:
    # Two quotes, and six bytes for each letter outside of ASCII.
    assert len(api(endpoint="OrganizationUnits", response_filter=lambda _: "x" * 47_998)) == 47_998
    assert len(api(endpoint="OrganizationUnits", response_filter=lambda _: "č" * 7_999)) == 7_999
    for text in ("x" * 47_999, "č" * 8_000):
        with pytest.raises(errors.AllHoursParameterError, match="bytes of JSON, more than 48000 for XCom"):
            api(endpoint="OrganizationUnits", response_filter=lambda _, text=text: text)


def test_a_query_is_a_mapping(client: AllHoursClient) -> None:
    for query in ("searchTerm=x", ["searchTerm"], 0):
        with pytest.raises(errors.AllHoursParameterError, match="parameter 'query' takes a mapping"):
            request_api(client, endpoint="Users", query=query)


def test_methods_in_any_case_and_paths_with_and_without_a_slash(client: AllHoursClient) -> None:
    for endpoint in ("OrganizationUnits", " /api/v1/OrganizationUnits "):
        assert len(request_api(client, endpoint=endpoint, method=" get ")) == 4
