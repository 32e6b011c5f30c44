# SPDX-License-Identifier: Apache-2.0
"""A wait with few requests: the same verdicts as looks at everybody."""

from __future__ import annotations

import csv
import json
from datetime import date
from pathlib import Path
from random import Random
from typing import Any

import pytest

from airflow_provider_allhours.attendance.readiness import CALCULATIONS_VALID, NO_MISSING_EVENTS, Blocker, Verdict
from airflow_provider_allhours.client import AllHoursClient
from airflow_provider_allhours.flows import readiness_watch
from airflow_provider_allhours.flows.readiness import evaluate_period, publish_report
from airflow_provider_allhours.flows.readiness_watch import LastLook, PeriodWatch
from airflow_provider_allhours.periods import Period
from airflow_provider_allhours.sandbox.server import Sandbox

OCTOBER, NOVEMBER = Period.of_month(2026, 10), date(2026, 11, 3)
DAYS = (CALCULATIONS_VALID, NO_MISSING_EVENTS)


@pytest.fixture
def allhours_sandbox_options() -> dict[str, Any]:
    return {"employees": 30, "months": 2, "clean_ids": True}


class Clock:
    """Seconds that a test moves."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


def set_valid(sandbox: Sandbox, index: int, day: int, *, valid: bool) -> None:
    user: Any = sandbox.company.user_at(index)
    body = {"user_id": user.id, "date": f"2026-10-{day:02}", "valid": valid, "missing_event": False}
    sandbox.control("POST", "days", body)


@pytest.fixture
def ready(sandbox: Sandbox, client: AllHoursClient) -> None:
    """Nothing blocks."""
    for blocker in evaluate_period(client, OCTOBER, DAYS, today=NOVEMBER).blockers:
        body = {"user_id": blocker.user_id, "date": str(blocker.day), "valid": True, "missing_event": False}
        sandbox.control("POST", "days", body)
    assert evaluate_period(client, OCTOBER, DAYS, today=NOVEMBER).is_ready


def requests_of(sandbox: Sandbox, watch: PeriodWatch, client: AllHoursClient, *, is_ready: bool) -> dict[str, int]:
    sandbox.reset_stats()
    assert watch.is_ready(client, client, today=NOVEMBER) is is_ready
    requests: dict[str, int] = sandbox.stats()["requests"]
    return requests


@pytest.mark.usefixtures("ready")
def test_a_look_between_whole_looks_costs_one_employee(sandbox: Sandbox, client: AllHoursClient) -> None:
    clock = Clock()
    watch = PeriodWatch(OCTOBER, DAYS, 100, clock)
    for index in (3, 7, 11):
        set_valid(sandbox, index, 12, valid=False)
    employees = requests_of(sandbox, watch, client, is_ready=False)["GET daily_calculations"]
    assert employees > 20
    for _ in range(5):
        # As many as are read ahead, three people at most.
        assert requests_of(sandbox, watch, client, is_ready=False)["GET daily_calculations"] <= 3
    for index in (3, 7):
        set_valid(sandbox, index, 12, valid=True)
        assert requests_of(sandbox, watch, client, is_ready=False)["GET daily_calculations"] <= 3
    set_valid(sandbox, 11, 12, valid=True)
    # Nobody of these blocks any more; everybody is read when the next whole look is due, not before.
    assert requests_of(sandbox, watch, client, is_ready=False)["GET daily_calculations"] <= 3
    clock.now = 100
    assert requests_of(sandbox, watch, client, is_ready=True)["GET daily_calculations"] >= employees


@pytest.mark.usefixtures("ready")
def test_somebody_new_is_found_before_it_is_ready(sandbox: Sandbox, client: AllHoursClient) -> None:
    clock = Clock()
    watch = PeriodWatch(OCTOBER, DAYS, 100, clock)
    set_valid(sandbox, 3, 12, valid=False)
    assert not watch.is_ready(client, client, today=NOVEMBER)
    set_valid(sandbox, 9, 13, valid=False)
    set_valid(sandbox, 3, 12, valid=True)
    clock.now = 500
    assert not watch.is_ready(client, client, today=NOVEMBER)
    set_valid(sandbox, 9, 13, valid=True)
    clock.now = 601
    assert watch.is_ready(client, client, today=NOVEMBER)


@pytest.mark.slow
@pytest.mark.usefixtures("ready")
@pytest.mark.parametrize("seed", range(4))
def test_verdicts_of_random_histories(sandbox: Sandbox, client: AllHoursClient, seed: int) -> None:
    """Never ready while a look at everybody says otherwise, and ready once a whole look is due and it says so."""
    random, clock = Random(seed), Clock()
    watch = PeriodWatch(OCTOBER, DAYS, 30, clock)
    broken: set[tuple[int, int]] = set()
    seen = set()
    for _ in range(25):
        for _ in range(random.randint(0, 2)):
            if broken and random.random() < 0.6:
                place = random.choice(sorted(broken))
                broken.discard(place)
                set_valid(sandbox, *place, valid=True)
            else:
                place = (random.randint(1, 15), random.choice((5, 6, 7, 8, 9)))
                broken.add(place)
                set_valid(sandbox, *place, valid=False)
        clock.now += random.choice((5, 20, 40))
        whole = evaluate_period(client, OCTOBER, DAYS, today=NOVEMBER).is_ready
        found = watch.is_ready(client, client, today=NOVEMBER)
        assert whole or not found
        if whole and not found:
            clock.now += 30
            assert watch.is_ready(client, client, today=NOVEMBER)
        seen.add((whole, found))
    assert {(False, False)} <= seen


def test_who_left_is_requested_once_per_interval(sandbox: Sandbox, client: AllHoursClient) -> None:
    """They are in no list of users, but have absences in the period."""
    user: Any = sandbox.company.user_at(8)
    sandbox.control("POST", "users", {"user_id": user.id, "fields": {"IsArchived": True}})
    sandbox.control("POST", "absences", {"action": "add", "user_id": user.id, "date": "2026-10-14"})
    sandbox.set_switches(archived_listed=False)
    clock = Clock()
    clock.now = 1e9
    last = LastLook(clock.now, clock.now, 30)
    watch = PeriodWatch(OCTOBER, ("absences-decided", *DAYS), 100, clock, last=last)
    sandbox.reset_stats()
    for seconds, requested in [(0, 1), (50, 1), (49, 1), (1, 2)]:
        clock.now += seconds
        assert not watch.may_be_ready(client, client, today=NOVEMBER)
        assert sandbox.stats()["requests"]["GET user"] == requested


def test_what_is_kept_of_a_look_is_a_few_kilobytes(client: AllHoursClient, monkeypatch: pytest.MonkeyPatch) -> None:
    """Of five thousand who block every fiftieth is kept, so that a department that was corrected is not all of them."""
    people = [f"{number:08}-0000-0000-0000-000000000000" for number in range(5000)]
    blockers = tuple(
        Blocker(CALCULATIONS_VALID, user_id, "", date(2026, 10, day), "not valid")
        for user_id in people
        for day in (1, 2)
    )
    verdict = Verdict(OCTOBER, DAYS, blockers, len(people))
    monkeypatch.setattr(readiness_watch, "evaluate_period", lambda *_, **__: verdict)
    watch = PeriodWatch(OCTOBER, DAYS, 100)
    assert watch.look(client, today=NOVEMBER).verdict is verdict
    assert watch.last is not None
    assert watch.last.is_sample
    assert watch.last.user_ids == tuple(people[::50])
    assert len(json.dumps(watch.last.to_json())) < 5000


def test_names_are_in_the_report_only_where_somebody_asks(
    sandbox: Sandbox, client: AllHoursClient, tmp_path: Path
) -> None:
    user: Any = sandbox.company.user_at(5)
    set_valid(sandbox, 5, 12, valid=False)
    absence = sandbox.control("GET", "state?from=2026-10-01&to=2026-10-31")["absences"][0]
    sandbox.control("POST", "absences", {"action": "reopen", "id": absence["Id"]})
    verdict = evaluate_period(client, OCTOBER, (*DAYS, "absences-decided"), today=NOVEMBER)
    publish_report(tmp_path / "plain.csv", verdict)
    assert (tmp_path / "plain.csv").read_text().splitlines()[0] == "employee_id,check,day,reason,user_id"
    publish_report(tmp_path / "names.csv", verdict, has_names=True)
    assert (tmp_path / "names.csv").stat().st_mode & 0o777 == 0o600
    with (tmp_path / "names.csv").open(newline="", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    (row,) = [row for row in rows if (row["user_id"], row["day"]) == (user.id, "2026-10-12")]
    assert row["name"] == f"{user.first_name} {user.last_name}"
    assert row["page"] == f"https://pro.allhours.com/employee-day?Employee={user.id}&Date=2026-10-12"
    assert row["absence"] == ""
    kinds = {one["absence"] for one in rows if one["check"] == "absences-decided"}
    assert absence["AbsenceDefinitionName"] in kinds


@pytest.mark.usefixtures("ready")
def test_a_look_at_those_who_blocked_tells_who_still_does(
    sandbox: Sandbox, client: AllHoursClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where many people are employed, a later look of a sensor that tells its numbers reads the days of these only."""
    monkeypatch.setattr(readiness_watch, "MAX_KNOWN", 5)
    clock = Clock()
    watch = PeriodWatch(OCTOBER, DAYS, 100, clock)
    for index in (3, 11):
        set_valid(sandbox, index, 12, valid=False)
    first = watch.look(client, today=NOVEMBER)
    assert (first.is_whole, len(first.verdict.blockers) if first.verdict else None) == (True, 2)
    set_valid(sandbox, 3, 12, valid=True)
    clock.now = 100
    sandbox.reset_stats()
    second = watch.look(client, today=NOVEMBER)
    assert second.verdict is not None
    assert [blocker.user_id for blocker in second.verdict.blockers] == [sandbox.company.user_at(11).id]
    assert (second.is_whole, sandbox.stats()["requests"]["GET daily_calculations"]) == (False, 2)
    assert not watch.look(client, today=NOVEMBER).verdict, "told a moment ago"
