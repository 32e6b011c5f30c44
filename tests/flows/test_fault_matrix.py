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
from airflow_provider_allhours.sandbox.profiles import PROFILES
from airflow_provider_allhours.sandbox.server import Sandbox
from airflow_provider_allhours.sandbox.switches import switch_docs
from tests.flows.readings import LOUD, PASSING, RIGHT, STOPPING

# Each case starts a sandbox and exports; together they take longer than the other fast tests.
pytestmark = pytest.mark.slow

WEEK = Period(date(2026, 10, 5), date(2026, 10, 11))

COMBINATIONS = [
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

# These change employee-days, of which the list of users has none.
KINDS_OF_DAYS = {"missing_day", "doubled_day"}


def matrix() -> list[Any]:
    """Every kind of fault with every combination of four switches and with every other reading of the API.

    Daily runs a selection. Of the combinations: one and its complement for each kind, and another such pair for the
    next kind, so that every kind meets both values of every switch, and every combination occurs. Of the other
    readings: one for each kind, in turn.
    """
    cases = []
    readings = list(RIGHT)
    for position, kind in enumerate(KINDS_IN_THE_MATRIX):
        combination = position % (len(COMBINATIONS) // 2)
        daily = {combination, len(COMBINATIONS) - 1 - combination}
        for number, switches in enumerate(COMBINATIONS):
            name = "-".join([kind, *map(str, switches.values())])
            cases.append(pytest.param(kind, switches, id=name, marks=_marks(number in daily)))
        for number, reading in enumerate(readings):
            is_daily = number == position % len(readings)
            cases.append(pytest.param(kind, RIGHT[reading], id=f"{kind}-{reading}", marks=_marks(is_daily)))
    return cases


def _marks(is_daily: bool) -> tuple[pytest.MarkDecorator, ...]:
    return () if is_daily else (pytest.mark.matrix,)


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


def test_every_switch_and_every_fault_is_part_of_a_case() -> None:
    """What is missing here would be in the sandbox for nothing."""
    of_profiles = [profile.switches for profile in PROFILES.values()]  # of test_contract_profiles.py
    of_cases = [*RIGHT.values(), *(switches for _, switches, _ in LOUD.values()), *COMBINATIONS, *of_profiles]
    of_other_tests = {"latency_ms", "token_lifetime", "expires_in", "token_suffix", "absences_hidden_times",
                      "invalid_days", "lone_surrogates"}  # fmt: skip
    used = {name for switches in of_cases for name in switches}
    assert used | of_other_tests == set(switch_docs())
    assert not used & of_other_tests
    assert PASSING | STOPPING | KINDS_OF_DAYS | {"gzip_bomb", "endless_body"} == set(KINDS)
