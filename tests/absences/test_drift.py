# SPDX-License-Identifier: Apache-2.0
"""What changed in the account since a plan was made, apart from what the plan wrote."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from airflow_provider_allhours.absences.drift import changed_days
from airflow_provider_allhours.absences.ledger import CREATE, DELETE, DONE, INTENT, UPDATE, Entry, Ledger
from airflow_provider_allhours.absences.plan import Plan
from airflow_provider_allhours.absences.present import PresentAbsences, checksum
from airflow_provider_allhours.absences.step import UNCHANGED, Step
from airflow_provider_allhours.client.models import Absence
from airflow_provider_allhours.periods import Period

KEY = "R@2027-02-04"
DAY = ["u on 2027-02-04"]


def step(action: str, seen: Iterable[Absence] = (), absence_id: str | None = None, day: int = 4) -> Step:
    date_text = f"2027-02-{day:02}"
    return Step(
        action,
        f"R@{date_text}",
        1,
        user_id="u",
        day=date_text,
        definition_id="d",
        absence_id=absence_id,
        seen=PresentAbsences(seen).checksums_on("u", date_text),
    )


def drift(steps: Step | list[Step], absences: Iterable[Absence], *entries: Entry) -> list[str]:
    ledger = Ledger()
    for entry in entries:
        ledger.note(entry)
    plan = Plan(Period.of_month(2027, 2), "", tuple(steps) if isinstance(steps, list) else (steps,))
    return changed_days(plan, "sha", absences, ledger)


def test_every_field_that_a_plan_depends_on_is_in_the_checksum(absence: Callable[..., Any]) -> None:
    base = checksum(absence())
    assert base == checksum(absence("other id", CreatedOn="2027-01-01T00:00:00"))
    changes: list[dict[str, Any]] = [
        {"day": 5},
        {"hours": (8, 12)},
        {"UserId": "v"},
        {"AbsenceDefinitionId": "e"},
        {"Status": 1},
        {"Comment": "x"},
    ]
    assert len({base, *(checksum(absence(**change)) for change in changes)}) == 1 + len(changes)
    assert checksum(absence(hours=(8, 12))) != checksum(absence(hours=(8, 13)))


def test_an_account_that_is_as_it_was_has_no_changed_days(absence: Callable[..., Any]) -> None:
    present = [absence("own", Comment="old"), absence("rejected", AbsenceDefinitionId="e", Status=3)]
    assert drift(step(UPDATE, present, "own"), reversed(present)) == []


def test_a_record_that_came_went_or_changed_is_a_changed_day(absence: Callable[..., Any]) -> None:
    rejected = absence("rejected", AbsenceDefinitionId="e", Status=3)
    steps = [step(CREATE, [rejected]), step(CREATE, day=3), step(CREATE, day=2)]
    changed = absence("rejected", AbsenceDefinitionId="e", Status=1)
    elsewhere = [absence("unplanned", 1), absence("somebody", UserId="v")]
    for present in ([], [changed], [rejected, absence("new")]):
        assert drift(steps, [*present, *elsewhere]) == DAY
    assert drift(steps, [absence("x", 2), rejected, absence("y", 3)]) == ["u on 2027-02-02", "u on 2027-02-03"]


def test_days_on_which_nothing_is_written_may_change(absence: Callable[..., Any]) -> None:
    assert drift(step(UNCHANGED, [absence("theirs")], "theirs"), []) == []


def test_what_the_plan_wrote_itself_is_no_change(absence: Callable[..., Any]) -> None:
    create, new = step(CREATE), absence("new", Comment="c")
    intent, done = Entry(INTENT, CREATE, KEY, "sha"), Entry(DONE, CREATE, KEY, "sha", "new")
    assert drift(create, [new]) == DAY
    assert drift(create, [new], intent) == []
    assert drift(create, [new], intent, done) == []
    assert drift(create, [new], Entry(INTENT, CREATE, KEY, "other plan")) == DAY
    assert drift(create, [new, absence("other", AbsenceDefinitionId="e", hours=(8, 9))], intent) == DAY
    assert drift(create, [new, absence("twin")], intent, done) == DAY


def test_a_create_without_a_result_does_not_excuse_a_change_of_an_earlier_record(absence: Callable[..., Any]) -> None:
    rejected = absence("theirs", Status=3)
    intent = Entry(INTENT, CREATE, KEY, "sha")
    assert drift(step(CREATE, [rejected]), [rejected], intent) == []
    assert drift(step(CREATE, [rejected]), [absence("theirs", Status=2)], intent) == DAY


def test_an_update_or_delete_that_may_have_arrived_is_no_change(absence: Callable[..., Any]) -> None:
    before = absence("own", Comment="old")
    update, delete = step(UPDATE, [before], "own"), step(DELETE, [before], "own")
    assert drift(update, [absence("own", Comment="new")]) == DAY
    assert drift(update, [absence("own", Comment="new")], Entry(INTENT, UPDATE, KEY, "sha", "own")) == []
    assert drift(delete, []) == DAY
    assert drift(delete, [], Entry(INTENT, DELETE, KEY, "sha", "own")) == []
