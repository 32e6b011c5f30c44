# SPDX-License-Identifier: Apache-2.0
"""Every fault with every combination of switches: complete and correct, or loud and nothing published."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from itertools import product
from pathlib import Path
from typing import Any

import pytest

from airflow_provider_allhours.client import AllHoursClient
from airflow_provider_allhours.client.errors import AllHoursError
from airflow_provider_allhours.flows.exports import ExportRequest, export_dataset
from airflow_provider_allhours.periods import Period
from airflow_provider_allhours.sandbox.faults import KINDS
from airflow_provider_allhours.sandbox.server import Sandbox

WEEK = Period(date(2026, 10, 5), date(2026, 10, 11))

SWITCHES = [
    {
        "date_to_inclusive": inclusive,
        "api_absences_pending": pending,
        "archived_listed": listed,
        "calculations_page": page,
    }
    for inclusive, pending, listed, page in product([True, False], [True, False], [True, False], [None, 3])
]

DETAILS: dict[str, dict[str, Any]] = {
    "latency": {"ms": 20},
    "slow_body": {"ms": 20},
    "slow_headers": {"ms": 20},
    "rate_limit": {"seconds": 0},
    "missing_day": {"date": "2026-10-07"},
    "doubled_day": {"date": "2026-10-07"},
    "gzip_bomb": {"megabytes": 1},
}

# A body without end costs each request its whole time limit.
KINDS_IN_THE_MATRIX = [kind for kind in KINDS if kind != "endless_body"]

# What one failure of a read does not stop, because the read is sent again or the answer only takes longer.
PASSING = {
    "latency", "slow_body", "slow_headers", "revoke", "reset", "cut_before", "cut_after", "truncated", "rate_limit",
    "status",
}  # fmt: skip

# Answers that no second request may repair: they look like an answer and hold something else.
STOPPING = {"html", "wrong_shape", "empty", "empty_body", "truncated_json", "deep_json", "redirect"}

# These change employee-days, of which the list of users has none.
KINDS_OF_DAYS = {"missing_day", "doubled_day"}


def matrix() -> list[Any]:
    """Every kind of fault with every combination of the switches, of which a selection runs daily.

    Daily runs a combination and its complement for each kind, and another such pair for the next kind: every kind meets
    both values of every switch, and every combination of the switches occurs.
    """
    cases = []
    for position, kind in enumerate(KINDS_IN_THE_MATRIX):
        combination = position % (len(SWITCHES) // 2)
        daily = (combination, len(SWITCHES) - 1 - combination)
        for number, switches in enumerate(SWITCHES):
            name = "-".join([kind, *map(str, switches.values())])
            marks = () if number in daily else (pytest.mark.matrix,)
            cases.append(pytest.param(kind, switches, id=name, marks=marks))
    return cases


@pytest.mark.parametrize(("kind", "switches"), matrix())
def test_complete_or_loud(
    kind: str, switches: dict[str, Any], client_of: Callable[..., AllHoursClient], tmp_path: Path
) -> None:
    requests = [
        ExportRequest("timesheets", tmp_path / "timesheets.csv", WEEK, "Europe/Ljubljana"),
        ExportRequest("counters", tmp_path / "counters.jsonl", WEEK, "Europe/Ljubljana"),
    ]
    names = {f"{Path(str(request.path)).name}{suffix}" for request in requests for suffix in ("", ".manifest.json")}
    with Sandbox(employees=6, months=2, switches=switches) as sandbox:
        client = client_of(sandbox, timeout=30.0, retry_attempts=3, retry_seconds=90.0)
        for request in requests:
            file = Path(str(request.path))
            export_dataset(client, request)
            complete = file.read_bytes()
            for route in ("users", "daily_calculations"):
                case = (request.dataset, route)
                file.write_bytes(b"of last month")
                struck = sandbox.stats()["faults"].get(kind, 0)
                sandbox.fault(kind, route=route, times=1, **DETAILS.get(kind, {}))
                try:
                    export_dataset(client, request)
                except AllHoursError:
                    assert file.read_bytes() == b"of last month", case
                    assert kind not in PASSING, case
                else:
                    assert file.read_bytes() == complete, case
                    assert kind not in STOPPING, case
                finds_days = route == "daily_calculations" or kind not in KINDS_OF_DAYS
                assert sandbox.stats()["faults"].get(kind, 0) - struck == finds_days, case
                assert {path.name for path in tmp_path.iterdir()} <= names, case
                sandbox.clear_faults()
