# SPDX-License-Identifier: Apache-2.0
"""Writes that All Hours commits up to ten seconds after the time limit of their request, at every time limit."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from itertools import product
from typing import Any

import pytest

from airflow_provider_allhours.absences.step import OUTCOMES
from airflow_provider_allhours.client import AllHoursClient
from airflow_provider_allhours.flows import lost_answers
from airflow_provider_allhours.flows.absence_creation import Leave, create_absence
from airflow_provider_allhours.sandbox.server import Sandbox

TIME_LIMITS = (0.2, 0.5, 1.0, 2.0, 5.0)
SECONDS_LATE = (0.0, 0.3, 1.0, 3.0, 10.0)
DAYS = ("2027-02-04", "2027-02-05")


def standing(sandbox: Sandbox) -> dict[str, tuple[str, str]]:
    """Id -> user and day of the absences of February."""
    records = sandbox.control("GET", "state?from=2027-02-01&to=2027-02-28")["absences"]
    return {record["Id"]: (record["UserId"], record["Timestamp"][:10]) for record in records}


def wait_for_the_late(begun: float, case: tuple[float, float]) -> None:
    """Until the request that was slow is committed, whether or not somebody waited for it."""
    time.sleep(max(0.0, begun + sum(case) + 1 - time.monotonic()))


@pytest.mark.slow
def test_a_storm_of_late_commits(
    client_of: Callable[..., AllHoursClient], desk_of: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A plan of two days and a task that creates two: each absence stands once, or its twin is reported."""
    monkeypatch.setattr(lost_answers, "MAX_WAIT", 60.0)

    def apply_and_create(case: tuple[float, float]) -> tuple[tuple[float, float], int, int]:
        time_limit, late = case
        with Sandbox(employees=20, months=1) as sandbox:
            planner, creator = sandbox.company.user_at(8), sandbox.company.user_at(9)
            assert planner is not None
            assert creator is not None
            leave = {"user_id": planner.id, "absence_definition": "Annual leave"}
            rows = [{**leave, "date_from": day, "external_id": day} for day in DAYS]
            desk = desk_of(client_of(sandbox, timeout=time_limit), f"{time_limit}-{late}")
            desk.plan(*rows)
            sandbox.fault("latency", ms=(time_limit + late) * 1000, route="absences", method="POST", times=1)
            begun = time.monotonic()
            applied = desk.apply()
            wait_for_the_late(begun, case)
            records = standing(sandbox)
            assert sorted(records.values()) == [(planner.id, day) for day in DAYS], case
            assert set(desk.ledger.owned.values()) == records.keys(), case
            assert desk.counts(desk.plan(*rows)) == {**dict.fromkeys(OUTCOMES, 0), "unchanged": len(DAYS)}, case
            sandbox.fault("latency", ms=(time_limit + late) * 1000, route="absences", method="POST", times=1)
            begun = time.monotonic()
            created = create_absence(desk.client, Leave("Annual leave", DAYS[0], date_to=DAYS[1], user_id=creator.id))
            wait_for_the_late(begun, case)
            reported = [entry["id"] for entry in (*created["created"], *created["twins"])]
            of_creator = {key: place for key, place in standing(sandbox).items() if place[0] == creator.id}
            assert sorted(reported) == sorted(of_creator), case
            twins = Counter(of_creator.values())
            assert set(twins) == {(creator.id, day) for day in DAYS}, case
            assert sum(twins.values()) == len(DAYS) + len(created["twins"]), case
            return case, applied["twins"], len(created["twins"])

    cases = list(product(TIME_LIMITS, SECONDS_LATE))
    with ThreadPoolExecutor(len(cases)) as pool:
        outcomes = list(pool.map(apply_and_create, cases))
    # How many records come too late for the last look depends on how busy the machine is; that some do is the test.
    assert sum(removed for _, removed, _ in outcomes) > 0, outcomes
    assert sum(told for *_, told in outcomes) > 0, outcomes
