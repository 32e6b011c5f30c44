# SPDX-License-Identifier: Apache-2.0
"""dlt's ``rest_api`` source: users as parent, employee-days as child, OAuth2 and pages by its own means, to JSONL."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

CONCURRENCY, PAGE = 8, 200
os.environ["RUNTIME__DLTHUB_TELEMETRY"] = "false"
os.environ["RUNTIME__LOG_LEVEL"] = "CRITICAL"
os.environ["EXTRACT__WORKERS"] = str(CONCURRENCY)
os.environ["NORMALIZE__DATA_WRITER__DISABLE_COMPRESSION"] = "true"

import dlt  # noqa: E402 -- reads its settings from the environment
from day_rows import day_row  # noqa: E402
from dlt.sources.rest_api import rest_api_source  # noqa: E402


def run(connection: dict[str, Any], output: Path, route: str) -> None:
    """Load October into files below the folder."""
    source = rest_api_source(
        {
            "client": {
                "base_url": f"{connection['host']}:{connection['port']}/api/v1/",
                "auth": {
                    "type": "oauth2_client_credentials",
                    "access_token_url": connection["extra"]["auth_url"],
                    "client_id": connection["login"],
                    "client_secret": connection["password"],
                },
            },
            "resources": _bulk() if route == "bulk" else _each(),
        }
    )
    pipeline = dlt.pipeline(
        "days",
        destination=dlt.destinations.filesystem(bucket_url=output.as_uri()),
        dataset_name="allhours",
        pipelines_dir=str(output / "pipelines"),
    )
    pipeline.run(source, loader_file_format="jsonl", write_disposition="replace")


def _each() -> list[Any]:
    return [
        {
            "name": "users",
            "selected": False,
            "endpoint": {"path": "Users", "paginator": "single_page"},
            # In lists of one, since a worker of the child resource takes a list.
            "processing_steps": [{"filter": lambda user: user["IsTimeAttendanceUser"]}, {"yield_map": _alone}],
        },
        {
            "name": "days",
            "parallelized": True,
            "endpoint": {
                "path": "UserCalculations/{resources.users.Id}",
                "params": {"dateFrom": "2026-10-01T00:00:00", "dateTo": "2026-10-31T00:00:00"},
                "data_selector": "DailyCalculations",
                "paginator": "single_page",
            },
            "include_from_parent": ["Id"],
            "processing_steps": [{"map": lambda day: day_row(day, day["_users_Id"])}],
        },
    ]


def _alone(user: dict[str, Any]) -> Any:
    yield [user]


def _bulk() -> list[Any]:
    return [
        {
            "name": "days",
            "endpoint": {
                "path": "Calculations",
                "params": {"from": "2026-10-01", "to": "2026-10-31", "pageSize": PAGE},
                "data_selector": "UserCalculations",
                "paginator": {"type": "page_number", "base_page": 1, "page_param": "page", "total_path": None},
            },
            "processing_steps": [{"yield_map": _rows_of}],
        }
    ]


def _rows_of(person: dict[str, Any]) -> Any:
    for day in person["DailyCalculations"]:
        yield day_row(day, person["UserId"])
