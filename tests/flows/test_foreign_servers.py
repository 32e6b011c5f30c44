# SPDX-License-Identifier: Apache-2.0
"""Servers in the styles of other documents: what is proposed and pasted exports the truth, or nothing is proposed."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from airflow_provider_allhours.client import AllHoursClient, ClientConfig
from airflow_provider_allhours.client.contract import parse_contract
from airflow_provider_allhours.discovery.names import camel, snake
from airflow_provider_allhours.flows.exports import ExportRequest, export_dataset
from airflow_provider_allhours.flows.tenant_check import MAX_REQUESTS, CheckReport, check_tenant
from airflow_provider_allhours.periods import Period
from airflow_provider_allhours.sandbox.server import Sandbox
from tests.discovery.foreign_server import BELIEVED, ForeignServer, serving
from tests.discovery.test_proposal import CASES, Case

pytestmark = pytest.mark.slow

MONTH = Period.of_month(2026, 10)
TODAY = date(2026, 11, 26)
DATASETS = ("timesheets", "counters", "absences", "clockings", "users")
SPELLINGS: dict[str, Callable[[str], str]] = {"pascal": str, "camel": camel, "snake": snake}

ROUTES_OF = {
    "swagger_2_in_camel_case_below_a_base_path": {
        "users",
        "daily_calculations",
        "absences",
        "absence_definitions",
        "clockings",
    },
    "shared_parameters_and_responses_behind_a_server_path": {"users", "daily_calculations"},
}
"""Routes of documents that do not have all of them."""

LACK_ABSENCES = {"shared_parameters_and_responses_behind_a_server_path"}


def config_of(url: str, sandbox: Sandbox, contract: dict[str, Any]) -> ClientConfig:
    return ClientConfig(
        url,
        sandbox.client_id,
        sandbox.client_secret,
        auth_url=sandbox.token_url,
        timezone="Europe/Ljubljana",
        contract=parse_contract(contract),
        retry_attempts=1,
    )


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.__name__)
def test_propose_paste_export(case: Case, tmp_path: Path, client_of: Callable[..., AllHoursClient]) -> None:
    document, contract = case()
    name = case.__name__
    spell = SPELLINGS[contract.get("case", "pascal")]
    with Sandbox(employees=40, months=2) as sandbox:
        server = ForeignServer(sandbox, document, contract, spell, ROUTES_OF.get(name, set(BELIEVED)))
        with serving(server) as url:
            report: CheckReport = check_tenant(config_of(url, sandbox, {}), today=TODAY, proposes=True)
            assert report["requests"] <= MAX_REQUESTS
            if name in LACK_ABSENCES:
                assert (report["proposal"], report["exit_code"]) == (None, 2)
                return
            assert report["proposal"] is not None, report["verdicts"]
            assert report["exit_code"] == 0, report["verdicts"]
            pasted = report["proposal"]["contract"]
            for dataset in DATASETS:
                truth, file = tmp_path / f"{dataset}.truth.csv", tmp_path / f"{dataset}.csv"
                period = None if dataset == "users" else MONTH
                export_dataset(client_of(sandbox), ExportRequest(dataset, truth, period, "Europe/Ljubljana"))
                with AllHoursClient(config_of(url, sandbox, pasted)) as told:
                    export_dataset(told, ExportRequest(dataset, file, period, "Europe/Ljubljana"))
                assert file.read_bytes() == truth.read_bytes(), dataset
