# SPDX-License-Identifier: Apache-2.0
"""Every fault under every answer to the open questions: complete and correct, or loud with nothing published."""

from __future__ import annotations

from collections import Counter
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
    "rate_limit": {"seconds": 0},
    "missing_day": {"date": "2026-10-07"},
    "doubled_day": {"date": "2026-10-07"},
    "gzip_bomb": {"megabytes": 1},
    "slow_headers": {"ms": 20},
}

# A body without end costs each request its whole time limit.
KINDS_IN_THE_MATRIX = [kind for kind in KINDS if kind != "endless_body"]

PASSING = {"latency", "slow_body", "revoke", "reset", "cut_before", "cut_after", "truncated", "rate_limit", "status"}
"""What one failure of a read does not stop."""


def orders(folder: Path) -> list[ExportRequest]:
    return [
        ExportRequest("timesheets", folder / "timesheets.csv", WEEK, "Europe/Ljubljana"),
        ExportRequest("counters", folder / "counters.jsonl", WEEK, "Europe/Ljubljana"),
    ]


@pytest.mark.parametrize("switches", SWITCHES, ids=lambda switches: "-".join(map(str, switches.values())))
def test_nothing_in_between(switches: dict[str, Any], client_of: Callable[..., AllHoursClient], tmp_path: Path) -> None:
    with Sandbox(employees=6, months=2, switches=switches) as sandbox:
        client = client_of(sandbox, retry_attempts=3)
        truth = {}
        for order in orders(tmp_path):
            export_dataset(client, order)
            truth[order.dataset] = Path(str(order.path)).read_bytes()
        outcomes: Counter[tuple[str, str]] = Counter()
        for kind, route in product(KINDS_IN_THE_MATRIX, ("users", "daily_calculations")):
            for order in orders(tmp_path):
                file = Path(str(order.path))
                file.write_bytes(b"of last month")
                sandbox.fault(kind, route=route, times=1, **DETAILS.get(kind, {}))
                try:
                    export_dataset(client, order)
                except AllHoursError:
                    assert file.read_bytes() == b"of last month", (kind, route)
                    outcomes[kind, "loud"] += 1
                else:
                    assert file.read_bytes() == truth[order.dataset], (kind, route)
                    outcomes[kind, "complete"] += 1
                assert {path.name for path in tmp_path.iterdir()} <= {
                    "timesheets.csv",
                    "timesheets.csv.manifest.json",
                    "counters.jsonl",
                    "counters.jsonl.manifest.json",
                }
                sandbox.clear_faults()
        assert {kind for kind, outcome in outcomes if outcome == "complete"} >= PASSING
        assert not {kind for kind, outcome in outcomes if outcome == "loud"} & PASSING
        assert {"html", "wrong_shape", "empty", "redirect"} <= {kind for kind, outcome in outcomes if outcome == "loud"}
