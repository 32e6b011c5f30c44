# SPDX-License-Identifier: Apache-2.0
"""The route table is the only place that states routes."""

from __future__ import annotations

from pathlib import Path

import pytest
import requests

import airflow_provider_allhours.sandbox
from airflow_provider_allhours.sandbox import routes
from airflow_provider_allhours.sandbox.account import Account
from airflow_provider_allhours.sandbox.answer import Answer, Call
from airflow_provider_allhours.sandbox.routes import ROUTES, Route
from airflow_provider_allhours.sandbox.server import Sandbox

SOURCES = Path(airflow_provider_allhours.sandbox.__file__).parent


def read_shift(account: Account, call: Call) -> Answer:
    return Answer(200, {"Id": call.identifier, "Employees": account.company.employees, "Shown": call.query["shown"]})


def test_a_route_of_the_table_is_routed_handled_and_documented(monkeypatch: pytest.MonkeyPatch) -> None:
    shift = Route("shift", "GET", "/api/v1/Shifts/{id}", read_shift, "User", "Read a shift", query=("shown",))
    monkeypatch.setattr(routes, "ROUTES", (*ROUTES, shift))
    with Sandbox(employees=3) as sandbox:
        form = {"grant_type": "client_credentials", "client_id": sandbox.client_id}
        form["client_secret"] = sandbox.client_secret
        token = requests.post(sandbox.token_url, data=form, timeout=30).json()["access_token"]
        headers = {"Authorization": f"Bearer {token}"}
        answer = requests.get(f"{sandbox.url}/api/V1/shifts/Early7/?shown=Yes", headers=headers, timeout=30)
        assert answer.json() == {"Id": "Early7", "Employees": 3, "Shown": "Yes"}
        assert requests.put(f"{sandbox.url}/api/v1/Shifts/1", headers=headers, timeout=30).status_code == 405
        assert sandbox.stats()["requests"]["GET shift"] == 1
        operation = requests.get(f"{sandbox.url}/swagger/v1/swagger.json", timeout=30).json()["paths"][shift.path][
            "get"
        ]
        assert operation["summary"] == "Read a shift"
        assert [parameter["name"] for parameter in operation["parameters"]] == ["id", "shown"]


def test_the_document_has_every_route_but_the_token_endpoint(sandbox: Sandbox) -> None:
    paths = requests.get(f"{sandbox.url}/swagger/v1/swagger.json", timeout=30).json()["paths"]
    documented = {(path, method.upper()) for path, methods in paths.items() for method in methods}
    assert documented == {(route.path, route.method) for route in ROUTES if route.name != "token"}
    assert len({(route.path.lower(), route.method) for route in ROUTES}) == len(ROUTES)


@pytest.mark.parametrize(("text", "file"), [("/api/v", "routes.py"), ("/connect/token", "paths.py")])
def test_no_other_file_knows_paths(text: str, file: str) -> None:
    assert [path.name for path in SOURCES.rglob("*.py") if text in path.read_text(encoding="utf-8")] == [file]


def test_only_the_codecs_made_at_import_encode_and_decode() -> None:
    users = [path.name for path in SOURCES.rglob("*.py") if "msgspec.json" in path.read_text(encoding="utf-8")]
    assert users == ["json_codec.py"]
