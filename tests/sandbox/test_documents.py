# SPDX-License-Identifier: Apache-2.0
"""What the sandbox says of itself: OpenAPI, the page for people, the command line, the fixtures."""

from __future__ import annotations

import importlib.metadata
import json
import signal
import subprocess
import sys
from pathlib import Path

import pytest
import requests
import schemathesis
from hypothesis import HealthCheck, given, settings
from openapi_spec_validator import validate

from airflow_provider_allhours.sandbox.server import Sandbox


def bearer(sandbox: Sandbox) -> dict[str, str]:
    form = {"grant_type": "client_credentials", "client_id": sandbox.client_id}
    form["client_secret"] = sandbox.client_secret
    token = requests.post(sandbox.token_url, data=form, timeout=60).json()["access_token"]
    return {"Authorization": f"Bearer {token}"}


def test_the_document_is_valid_openapi(sandbox: Sandbox) -> None:
    document = requests.get(f"{sandbox.url}/swagger/v1/swagger.json", timeout=60).json()
    validate(document)
    assert {"get", "post"} == set(document["paths"]["/api/v1/Absences"])
    assert document["components"]["schemas"]["Absence"]["properties"]["PartialTimeDuration"]["type"] == "integer"


@pytest.mark.slow
def test_nothing_that_fits_the_document_breaks_the_server() -> None:
    with Sandbox(employees=5, months=1) as sandbox:
        headers, seen = bearer(sandbox), set()
        for found in schemathesis.openapi.from_url(f"{sandbox.url}/swagger/v1/swagger.json").get_all_operations():
            operation = found.ok()

            @settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck), database=None)
            @given(case=operation.as_strategy())
            def answers(case: schemathesis.Case) -> None:
                response = case.call(headers=headers, timeout=10)
                assert response.status_code < 500, response.text

            answers()
            seen.add(operation.label)
        assert len(seen) == 17


def test_the_page_shows_company_faults_and_counters(sandbox: Sandbox) -> None:
    requests.get(f"{sandbox.url}/api/v1/Users", headers=bearer(sandbox), timeout=60)
    sandbox.fault("html", route="users", times=3)
    page = requests.get(sandbox.url, timeout=60)
    assert page.headers["Content-Type"].startswith("text/html")
    for text in ("2026-11-03", "Europe/Ljubljana", "<code>html</code>", "GET users", "/api/v1/UserCalculations/{id}"):
        assert text in page.text, text
    sandbox.fault("status", match="<b>x</b>")
    assert "<b>x</b>" not in requests.get(sandbox.url, timeout=60).text


@pytest.mark.parametrize(
    "command",
    [
        pytest.param([sys.executable, "-m", "airflow_provider_allhours.sandbox"], id="module"),
        pytest.param(
            [str(Path(sys.executable).parent / "airflow"), "allhours", "sandbox"],
            id="airflow",
            marks=[
                pytest.mark.slow,
                pytest.mark.skipif(
                    importlib.metadata.version("apache-airflow").startswith("3.1."),
                    reason="Airflow 3.1 has no commands of providers",
                ),
            ],
        ),
    ],
)
def test_the_command_serves_prints_the_connection_and_ends(command: list[str]) -> None:
    process = subprocess.Popen(
        [*command, "--port", "0", "--employees", "12", "--seed", "3"], stdout=subprocess.PIPE, text=True
    )
    try:
        assert process.stdout is not None
        lines = iter(process.stdout.readline, "")
        line = next(line for line in lines if line.startswith("AIRFLOW_CONN_ALLHOURS_DEFAULT="))
        described = json.loads(line.partition("=")[2].strip().strip("'"))
        company = requests.get(f"{described['host']}:{described['port']}/_sandbox/company", timeout=60).json()
        assert (company["employees"], company["seed"]) == (12, 3)
    finally:
        process.send_signal(signal.SIGTERM)
        assert process.wait(timeout=20) in (0, -signal.SIGTERM)


def test_the_fixture_sets_the_connection(allhours_connection: Sandbox, monkeypatch: pytest.MonkeyPatch) -> None:
    import os

    described = json.loads(os.environ["AIRFLOW_CONN_ALLHOURS_DEFAULT"])
    assert described["port"] == allhours_connection.port
    assert described["extra"]["auth_url"] == allhours_connection.token_url
