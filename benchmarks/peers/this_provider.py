# SPDX-License-Identifier: Apache-2.0
"""This provider: the export that ``AllHoursExportTimesheetsOperator`` runs."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from airflow_provider_allhours.client import AllHoursClient, ClientConfig
from airflow_provider_allhours.client.contract import parse_contract
from airflow_provider_allhours.flows.exports import ExportRequest, export_dataset
from airflow_provider_allhours.periods import Period

CONCURRENCY = 8
BULK: dict[str, Any] = {
    "path": "/api/v1/Calculations",
    "params": {"from": "{date_from:%Y-%m-%d}", "to": "{date_to:%Y-%m-%d}"},
    "data_selector": "UserCalculations[*].DailyCalculations[*]",
    "carry": ["UserId"],
    "paginator": {
        "type": "page_number",
        "page_param": "page",
        "limit_param": "pageSize",
        "limit": 200,
        "total_path": "TotalCount",
    },
}
"""The sandbox's route for the employee-days of all users, as a contract."""


def run(connection: dict[str, Any], output: Path, route: str) -> None:
    """Export October."""
    config = ClientConfig(
        f"{connection['host']}:{connection['port']}",
        connection["login"],
        connection["password"],
        auth_url=connection["extra"]["auth_url"],
        max_concurrency=CONCURRENCY,
        contract=parse_contract({"routes": {"daily_calculations": BULK}} if route == "bulk" else {}),
    )
    with AllHoursClient(config) as client:
        export_dataset(
            client, ExportRequest("timesheets", output / "days.csv", Period.of_month(2026, 10), "Europe/Ljubljana")
        )
