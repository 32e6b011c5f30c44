# SPDX-License-Identifier: Apache-2.0
"""Several processes apply one plan with one ledger: each absence stands once, and the ledger owns it."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable
from typing import Any

import pytest

from airflow_provider_allhours.client import AllHoursClient, ClientConfig, errors
from airflow_provider_allhours.flows.absence_apply import apply_plan
from airflow_provider_allhours.sandbox.server import Sandbox
from tests.places import Place
from tests.racing import MAX_SECONDS, fresh_processes

RACES = 15
# The S3 server of the tests is one process, which is slow when several ask at once.
RACES_ON_S3 = 5
APPLIED, TOLD = "applied", "told"
DAYS = ["2027-02-09", "2027-02-10", "2027-02-11"]


def apply_in_races(place: Place, races: int, number: int, start: Any, answers: Any, config: ClientConfig) -> None:
    """Take part in every race, in each a little later: some runs begin while another writes."""
    root = place.path("races")
    for race in range(races):
        folder = root / str(race)
        start.wait(MAX_SECONDS)
        time.sleep(number * race % 8 * 0.01)
        try:
            with AllHoursClient(config) as client:
                files = {"plan_path": folder / "plan.jsonl", "ledger_path": folder / "ledger.jsonl"}
                apply_plan(client, max_wait=0.5, **files)
        except errors.AllHoursConflictError as error:
            answers.put((TOLD, str(error)))
        except BaseException as error:
            answers.put(("failed", repr(error)))
        else:
            answers.put((APPLIED, ""))


@pytest.mark.slow
@pytest.mark.parametrize("runs", [2, 4])
def test_one_plan_applied_by_several_processes(
    place: Place, runs: int, client_of: Callable[..., AllHoursClient], desk_of: Any
) -> None:
    races = RACES_ON_S3 if place.root.startswith("s3:") else RACES
    context = fresh_processes()
    start, answers = context.Barrier(runs + 1), context.Queue()
    with Sandbox(employees=races + 5, months=1) as sandbox:
        config = ClientConfig(sandbox.url, sandbox.client_id, sandbox.client_secret, auth_url=sandbox.token_url)
        client = client_of(sandbox)
        root = place.path("races")
        desks = [desk_of(client, str(race), root / str(race)) for race in range(races)]
        people = [sandbox.company.user_at(1 + race).id for race in range(races)]
        for desk, user_id in zip(desks, people, strict=True):
            leave = {"user_id": user_id, "absence_definition": "Annual leave", "comment": "race"}
            desk.plan(*({**leave, "date_from": day, "external_id": day} for day in DAYS))
        processes = [
            context.Process(target=apply_in_races, args=(place, races, number, start, answers, config))
            for number in range(runs)
        ]
        for process in processes:
            process.start()
        outcomes: Counter[str] = Counter()
        for race, (desk, user_id) in enumerate(zip(desks, people, strict=True)):
            start.wait(MAX_SECONDS)
            ended = [answers.get(timeout=MAX_SECONDS) for _ in processes]
            assert {outcome for outcome, _ in ended} <= {APPLIED, TOLD}, (race, ended)
            assert APPLIED in dict(ended), (race, ended)
            outcomes.update(outcome for outcome, _ in ended)
            standing = standing_of(sandbox, user_id)
            owned = set(desk.ledger.owned.values())
            if standing.keys() != owned:
                # A record that came late is known of, and the next sync removes it.
                repaired = desk.plan(*({**leave_of(user_id), "date_from": day, "external_id": day} for day in DAYS))
                assert repaired["delete"] == len(standing) - len(DAYS), (race, ended)
                desk.apply()
                standing, owned = standing_of(sandbox, user_id), set(desk.ledger.owned.values())
            assert standing.keys() == owned, (race, ended)
            assert sorted(standing.values()) == DAYS, (race, ended)
        for process in processes:
            process.join(MAX_SECONDS)
    # Otherwise these were no races.
    assert outcomes[TOLD] >= races / 5, outcomes


def leave_of(user_id: str) -> dict[str, str]:
    return {"user_id": user_id, "absence_definition": "Annual leave", "comment": "race"}


def standing_of(sandbox: Sandbox, user_id: str) -> dict[str, str]:
    """Id -> day of the absences that this test made."""
    records = sandbox.control("GET", "state?from=2027-02-01&to=2027-02-28")["absences"]
    return {
        record["Id"]: record["Timestamp"][:10]
        for record in records
        if record["UserId"] == user_id and record["Comment"] == "race"
    }
