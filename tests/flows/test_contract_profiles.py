# SPDX-License-Identifier: Apache-2.0
"""Other readings of the whole API, met by a connection that does not know of them: complete, or loud and no file."""

from __future__ import annotations

import csv
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from airflow_provider_allhours.client import AllHoursClient
from airflow_provider_allhours.client.errors import AllHoursError
from airflow_provider_allhours.flows.exports import ExportRequest, export_dataset
from airflow_provider_allhours.periods import Period
from airflow_provider_allhours.sandbox.profiles import PROFILES
from airflow_provider_allhours.sandbox.server import Sandbox

pytestmark = pytest.mark.slow

MONTH = Period(date(2026, 10, 1), date(2026, 10, 31))
DATASETS = ("timesheets", "counters", "absences", "clockings", "users")
READ_RIGHT = {"archived-flag", "exclusive-end", "window-31"}
"""Profiles that the client reads right without being told."""
LISTS_FEWER_USERS = {"archived-flag"}
"""Profiles whose list of users lacks archived ones: an export of users is what the account lists."""


@pytest.mark.parametrize("profile", PROFILES)
def test_an_unknown_contract_is_read_right_or_refused(
    profile: str, client_of: Callable[..., AllHoursClient], tmp_path: Path
) -> None:
    with Sandbox(employees=60, months=2) as believed, Sandbox(employees=60, months=2, contract=profile) as sandbox:
        for dataset in DATASETS:
            truth, file = tmp_path / f"{dataset}.truth.csv", tmp_path / f"{dataset}.csv"
            period = None if dataset == "users" else MONTH
            export_dataset(client_of(believed), ExportRequest(dataset, truth, period, "Europe/Ljubljana"))
            try:
                export_dataset(
                    client_of(sandbox, retry_attempts=1), ExportRequest(dataset, file, period, "Europe/Ljubljana")
                )
            except AllHoursError:
                assert not file.exists(), dataset
                assert profile not in READ_RIGHT, dataset
            else:
                if dataset == "users" and profile in LISTS_FEWER_USERS:
                    assert set(file.read_bytes().splitlines()) < set(truth.read_bytes().splitlines())
                    continue
                assert file.read_bytes() == truth.read_bytes(), dataset


PAGED = ("users", "users_query", "absences", "clockings", "absence_definitions", "clocking_definitions")
PAGED += ("calculation_result_types", "organization_units")


def paged(selector: str, paginator: dict[str, Any]) -> dict[str, Any]:
    route = {"paginator": paginator} if selector == "[*]" else {"data_selector": selector, "paginator": paginator}
    return {"routes": dict.fromkeys(PAGED, route)}


BULK = {
    "path": "/api/v1/Calculations",
    "params": {"from": "{date_from:%Y-%m-%d}", "to": "{date_to:%Y-%m-%d}"},
    "data_selector": "UserCalculations[*].DailyCalculations[*]",
    "carry": ["UserId"],
    "paginator": {
        "type": "page_number",
        "page_param": "page",
        "limit_param": "pageSize",
        "limit": 20,
        "total_path": "TotalCount",
    },
}
CONTRACTS: dict[str, dict[str, Any]] = {
    "query-id": {
        "routes": {
            "daily_calculations": {
                "path": "/api/v1/Calculations",
                "params": {"userId": "{user_id}", "from": "{date_from:%Y-%m-%d}", "to": "{date_to:%Y-%m-%d}"},
            }
        }
    },
    "bulk-paged": {"routes": {"daily_calculations": BULK}},
    "wrapped-offset": paged(
        "Items[*]",
        {"type": "offset", "offset_param": "offset", "limit_param": "limit", "limit": 30, "total_path": "Total"},
    ),
    "cursor": paged("Data", {"type": "cursor", "cursor_path": "NextCursor", "cursor_param": "cursor"}),
    "header-link": paged("[*]", {"type": "header_link"}),
    "json-link": paged("Value[*]", {"type": "json_link", "next_url_path": "NextLink"}),
    "camel": {"case": "camel"},
    "snake": {"case": "snake"},
    "hours": {
        "routes": {"daily_calculations": {"minutes": "hours"}, "absences": {"minutes": "hours"}},
    },
    "basic-auth": {"auth": {"client_auth": "basic", "scope": None}},
    "tenant-header": {"headers": {"X-Tenant-Id": "sandbox"}},
    "archived-flag": {"routes": {"users": {"params": {"includeArchived": "true"}}}},
    "window-31": {
        "routes": {name: {"window": {"max_days": 31}} for name in ("daily_calculations", "absences", "clockings")}
    },
    "exclusive-end": {
        "routes": {name: {"window": {"end": "exclusive"}} for name in ("daily_calculations", "absences", "clockings")}
    },
    "utc": {
        "routes": {name: {"timestamps": "utc"} for name in ("users", "daily_calculations", "absences", "clockings")}
    },
    "camel+bulk-paged": {
        "case": "camel",
        "routes": {
            "daily_calculations": {
                **BULK,
                "data_selector": "userCalculations.dailyCalculations",
                "carry": ["userId"],
                "paginator": {**BULK["paginator"], "total_path": "totalCount"},
            }
        },
    },
    "snake+wrapped-offset": {
        "case": "snake",
        **paged(
            "items",
            {"type": "offset", "offset_param": "offset", "limit_param": "limit", "limit": 30, "total_path": "total"},
        ),
    },
}


@pytest.mark.parametrize("profile", CONTRACTS)
def test_a_contract_that_is_told_is_read_right(
    profile: str, client_of: Callable[..., AllHoursClient], tmp_path: Path
) -> None:
    contract = CONTRACTS[profile]
    with Sandbox(employees=60, months=2) as believed, Sandbox(employees=60, months=2, contract=profile) as sandbox:
        for dataset in DATASETS:
            truth, file = tmp_path / f"{dataset}.truth.csv", tmp_path / f"{dataset}.csv"
            period = None if dataset == "users" else MONTH
            export_dataset(client_of(believed), ExportRequest(dataset, truth, period, "Europe/Ljubljana"))
            told = client_of(sandbox, contract=contract, timezone="Europe/Ljubljana", retry_attempts=1)
            export_dataset(told, ExportRequest(dataset, file, period, "Europe/Ljubljana"))
            if profile == "hours" and dataset == "counters":
                # The column ``value`` stays as it was sent.
                assert [row[:6] + row[7:] for row in read(file)] == [row[:6] + row[7:] for row in read(truth)]
                continue
            assert file.read_bytes() == truth.read_bytes(), dataset


def test_every_profile_has_a_contract() -> None:
    assert PROFILES.keys() <= CONTRACTS.keys()


def read(path: Path) -> list[list[str]]:
    with path.open(newline="", encoding="utf-8") as file:
        return list(csv.reader(file))
