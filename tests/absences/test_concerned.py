# SPDX-License-Identifier: Apache-2.0
"""A plan and its check are the same with the absences that concern them as with all of a company."""

from __future__ import annotations

import json
from datetime import date
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from airflow_provider_allhours.absences.concerned import ConcernedAbsences
from airflow_provider_allhours.absences.drift import changed_days
from airflow_provider_allhours.absences.ledger import CREATE, DONE, INTENT, Claim, Entry, Ledger
from airflow_provider_allhours.absences.matching import People
from airflow_provider_allhours.absences.plan import Plan, make_plan, read_plan
from airflow_provider_allhours.absences.source import LeaveRow
from airflow_provider_allhours.client.decoding import decode
from airflow_provider_allhours.client.models import Absence, AbsenceDefinition, User
from airflow_provider_allhours.periods import Period

WEEK = Period(date(2027, 2, 1), date(2027, 2, 5))
USERS = "uvwx"
PEOPLE = People([decode(json.dumps({"Id": name}).encode(), User, request="") for name in USERS])
DAYS = dict.fromkeys(WEEK.days(), True)

days = st.integers(1, 5).map(lambda number: f"2027-02-{number:02}")
keys = st.builds(
    lambda row, user_id, day: f"{row}@{user_id}@{day}@", st.sampled_from("RQ"), st.sampled_from(USERS), days
)
ids = st.sampled_from("abcdef")


def record(absence_id: str, user_id: str, day: str, status: int) -> Absence:
    fields = {"Id": absence_id, "UserId": user_id, "AbsenceDefinitionId": "d", "Status": status, "IsPartial": False}
    return decode(json.dumps({**fields, "Timestamp": f"{day}T00:00:00"}).encode(), Absence, request="GET /x")


@st.composite
def ledgers(draw: Any) -> Ledger:
    owned = draw(st.dictionaries(keys, ids, max_size=3))
    ledger = Ledger(dict(owned))
    for key in draw(st.lists(keys, max_size=2)):
        ledger.claims[key, "d"] = Claim(frozenset(draw(st.sets(ids, max_size=2))))
    return ledger


def kept(absences: list[Absence], concerned: ConcernedAbsences) -> list[Absence]:
    """What is kept of a list, which is read again where an owned absence has another person."""
    found = [absence for absence in absences if concerned.has(absence)]
    return [absence for absence in absences if concerned.has(absence)] if concerned.follow(found) else found


@given(
    rows=st.lists(st.tuples(st.sampled_from("RQ"), st.sampled_from(USERS), days), max_size=4),
    found=st.lists(
        st.tuples(ids, st.sampled_from(USERS), days, st.sampled_from([1, 2, 3])), unique_by=lambda one: one[0]
    ),
    ledger=ledgers(),
    changed=st.lists(st.tuples(ids, st.sampled_from(USERS), days), unique_by=lambda one: one[0]),
)
def test_other_absences_change_nothing(
    rows: list[tuple[str, str, str]],
    found: list[tuple[str, str, str, int]],
    ledger: Ledger,
    changed: list[tuple[str, str, str]],
) -> None:
    leave = [
        LeaveRow(
            number=number, external_id=row, date_from=day, date_to=day, absence_definition="Leave", user_id=user_id
        )
        for number, (row, user_id, day) in enumerate(rows, start=1)
    ]

    def planned(absences: list[Absence]) -> Plan:
        return make_plan(
            leave,
            period=WEEK,
            host="https://x",
            people=PEOPLE,
            definitions=[AbsenceDefinition(id="d", name="Leave")],
            calendars=dict.fromkeys(USERS, DAYS),
            absences=absences,
            ledger=ledger,
        )

    everything = [record(*fields) for fields in found]
    plan = planned(everything)
    assert planned(kept(everything, ConcernedAbsences({user_id for _, user_id, _ in rows}, ledger))) == plan

    later = [record(absence_id, user_id, day, 2) for absence_id, user_id, day in changed]
    seen = (absence_id for step in plan.steps for absence_id, _ in step.seen)
    of_plan = ConcernedAbsences({step.user_id for step in plan.steps if step.is_write}, ledger, seen)
    assert changed_days(plan, "sha", kept(later, of_plan), ledger) == changed_days(plan, "sha", later, ledger)


def test_those_of_the_ledger_are_kept_whoever_has_them() -> None:
    ledger = Ledger({"R@u@2027-02-04@": "a"})
    for entry in (
        Entry(INTENT, CREATE, "Q@v@2027-02-04@", "sha", None, "d"),
        Entry(DONE, CREATE, "S@w@2027-02-04@", "sha", "b", "d"),
    ):
        ledger.note(entry)
    concerned = ConcernedAbsences(["x"], ledger, ["c"])
    of_users = [concerned.has(record("z", user_id, "2027-02-04", 2)) for user_id in ("u", "v", "w", "x", "y")]
    assert of_users == [True, True, True, True, False]
    assert [concerned.has(record(absence_id, "y", "2027-02-04", 2)) for absence_id in "abcd"] == [
        True,
        True,
        True,
        False,
    ]


def test_a_plan_says_the_size_of_a_large_company_and_stays_the_same_with_a_new_user() -> None:
    def plan_of(company: int) -> bytes:
        people = People(decode(f'{{"Id": "{number}"}}'.encode(), User, request="") for number in range(company))
        plan = make_plan(
            [], period=WEEK, host="", people=people, definitions=[], calendars={}, absences=[], ledger=Ledger()
        )
        return plan.to_bytes()

    assert "people" not in json.loads(plan_of(1024))
    assert json.loads(plan_of(1025))["people"] == json.loads(plan_of(2048))["people"] == 2048
    assert plan_of(1500) == plan_of(1501)
    assert read_plan(plan_of(1500))[0].people == 2048
    assert read_plan(plan_of(3))[0].people == 1024
