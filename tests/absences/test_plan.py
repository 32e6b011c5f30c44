# SPDX-License-Identifier: Apache-2.0
"""Steps of a plan, from rows, records and a ledger made by hand."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import date
from typing import Any

import pytest

from airflow_provider_allhours.absences.ledger import CREATE, DELETE, UPDATE, Ledger
from airflow_provider_allhours.absences.matching import People
from airflow_provider_allhours.absences.plan import Plan, make_plan, read_plan
from airflow_provider_allhours.absences.present import checksum
from airflow_provider_allhours.absences.source import LeaveRow
from airflow_provider_allhours.absences.step import CONFLICT, UNCHANGED, UNKNOWN, Step
from airflow_provider_allhours.client.decoding import decode
from airflow_provider_allhours.client.errors import AllHoursParameterError
from airflow_provider_allhours.client.models import AbsenceDefinition, User
from airflow_provider_allhours.periods import Period

WEEK = Period(date(2027, 2, 1), date(2027, 2, 7))
USERS = [decode(b'{"Id": "u", "CustomId": "7"}', User, request=""), decode(b'{"Id": "v"}', User, request="")]
DEFINITIONS = [AbsenceDefinition(id="d", name="Leave"), AbsenceDefinition(id="e", name="Sick")]


def row(external_id: str = "R", first: str = "2027-02-04", last: str = "", number: int = 1, **fields: str) -> LeaveRow:
    leave = {"absence_definition": "Leave", "user_id": "u", **fields}
    return LeaveRow(number=number, external_id=external_id, date_from=first, date_to=last or first, **leave)


def owning(**owned: str) -> Ledger:
    """A ledger of row and day (``R_04``) -> absence id."""
    return Ledger({f"{key[0]}@u@2027-02-{key[2:]}@": absence_id for key, absence_id in owned.items()})


def plan(*rows: LeaveRow, absences: Any = (), ledger: Ledger | None = None) -> Plan:
    return make_plan(
        rows,
        period=WEEK,
        host="https://x",
        people=People(USERS),
        definitions=DEFINITIONS,
        calendars={user.id: {day: day.weekday() < 5 for day in WEEK.days()} for user in USERS},
        absences=list(absences),
        ledger=ledger or Ledger(),
    )


def steps(*rows: LeaveRow, **account: Any) -> list[tuple[str, str]]:
    return [(step.action, step.key) for step in plan(*rows, **account).steps]


def only(made: Plan) -> Step:
    (step,) = made.steps
    return step


def test_leave_of_several_days_is_written_on_workdays_of_the_period() -> None:
    assert steps(row(first="2027-01-29", last="2027-02-02")) == [
        (CREATE, "R@u@2027-02-01@"),
        (CREATE, "R@u@2027-02-02@"),
    ]
    assert steps(row(first="2027-02-05", last="2027-02-09")) == [(CREATE, "R@u@2027-02-05@")]
    assert steps(row(first="2027-02-08")) == []


def test_each_persons_own_days_count() -> None:
    """A holiday or a shift of one person takes no day from the leave of another."""
    friday, saturday = date(2027, 2, 5), date(2027, 2, 6)
    made = make_plan(
        [row(first="2027-02-05", last="2027-02-06"), row(first="2027-02-05", last="2027-02-06", user_id="v")],
        period=WEEK,
        host="https://x",
        people=People(USERS),
        definitions=DEFINITIONS,
        calendars={"u": {friday: False, saturday: True}, "v": {friday: True, saturday: False}},
        absences=[],
        ledger=Ledger(),
    )
    assert [step.key for step in made.steps] == ["R@u@2027-02-06@", "R@v@2027-02-05@"]


def test_leave_of_one_day_is_written_on_that_day() -> None:
    assert steps(row(first="2027-02-06")) == [(CREATE, "R@u@2027-02-06@")]


def test_a_create_step_holds_what_is_written() -> None:
    step = only(plan(row(number=3, comment="c", partial_from="22:00", partial_to="02:00")))
    assert step == Step(
        CREATE,
        "R@u@2027-02-04@22:00-02:00",
        3,
        external_id="R",
        user_id="u",
        employee_id="7",
        day="2027-02-04",
        definition_id="d",
        definition="Leave",
        partial_from="2027-02-04T22:00:00",
        partial_to="2027-02-05T02:00:00",
        comment="c",
    )
    whole = only(plan(row()))
    assert (whole.comment, whole.partial_from, whole.partial_to) == (None, None, None)


@pytest.mark.parametrize(
    ("fields", "reason"),
    [
        ({"user_id": "w"}, "belongs to no user"),
        ({"absence_definition": "Siesta"}, "which is no definition"),
        ({"first": "04.02.2027"}, "parameter 'date_from' is '04.02.2027'"),
        ({"last": "05.02.2027"}, "parameter 'date_to' is '05.02.2027'"),
        ({"last": "2027-02-03"}, "parameter 'date_to' is before date_from"),
        ({"partial_from": "08:00"}, "come together"),
    ],
)
def test_a_row_that_cannot_be_written_is_unknown_with_its_reason(fields: dict[str, str], reason: str) -> None:
    step = only(plan(row(number=9, **fields)))
    assert (step.action, step.key, step.row, step.external_id) == (UNKNOWN, "R@@@", 9, "R")
    assert reason in step.reason


def test_leading_zeros_that_excel_dropped_are_named() -> None:
    users = [decode(b'{"Id": "u", "CustomId": "0042"}', User, request="")]
    with pytest.raises(AllHoursParameterError, match="'42', which belongs to no user.*'0042' differs in leading zeros"):
        People(users).find(employee_id="42")


def test_rows_that_cover_the_same_time_of_a_person_are_conflicts() -> None:
    morning, noon, late = (
        {"partial_from": start, "partial_to": end}
        for start, end in (("08:00", "12:00"), ("11:00", "13:00"), ("13:00", "15:00"))
    )
    rows = [
        row("A", **morning),
        row("B", number=2, **noon),
        row("C", **late),
        row("D", user_id="v"),
        row("E", "2027-02-05"),
    ]
    assert [action for action, _ in steps(*rows)] == [CONFLICT, CONFLICT, CREATE, CREATE, CREATE]
    assert [step.reason for step in plan(*rows).steps if step.action == CONFLICT] == [
        "row 2 of the source covers the same time",
        "row 1 of the source covers the same time",
    ]


def test_an_equal_absence_of_others_is_left_alone_and_another_is_a_conflict(absence: Callable[..., Any]) -> None:
    equal = only(plan(row(), absences=[absence("theirs")]))
    assert (equal.action, equal.absence_id) == (UNCHANGED, "theirs")
    rejected = only(plan(row(), absences=[absence("theirs", Status=3)]))
    assert (rejected.action, rejected.absence_id) == (UNCHANGED, "theirs")
    other = only(plan(row(), absences=[absence("theirs", AbsenceDefinitionId="e")]))
    assert (other.action, other.reason) == (CONFLICT, "there is another absence on this day in All Hours")
    assert steps(row(), absences=[absence("theirs", AbsenceDefinitionId="e", Status=3)]) == [
        (CREATE, "R@u@2027-02-04@")
    ]
    assert steps(row(), absences=[absence("theirs", AbsenceDefinitionId="e", UserId="v")]) == [
        (CREATE, "R@u@2027-02-04@")
    ]


def test_an_owned_absence_is_updated_only_when_it_differs(absence: Callable[..., Any]) -> None:
    ledger = owning(R_04="own")
    for comment in (None, ""):
        assert only(plan(row(), absences=[absence("own", Comment=comment)], ledger=ledger)).action == UNCHANGED
    for present in (
        absence("own", Comment="x"),
        absence("own", AbsenceDefinitionId="e"),
        absence("own", hours=(8, 12)),
    ):
        step = only(plan(row(), absences=[present], ledger=ledger))
        assert (step.action, step.absence_id) == (UPDATE, "own")


def test_an_owned_absence_that_somebody_rejected_or_removed_is_a_conflict(absence: Callable[..., Any]) -> None:
    ledger = owning(R_04="own")
    rejected = only(plan(row(comment="new"), absences=[absence("own", Status=3)], ledger=ledger))
    assert (rejected.action, rejected.absence_id, rejected.reason) == (
        CONFLICT,
        "own",
        "the absence was rejected in All Hours",
    )
    removed = only(plan(row(), ledger=ledger))
    assert (removed.action, removed.reason) == (
        CONFLICT,
        "the absence was removed or moved in All Hours by somebody else",
    )


def test_absences_that_the_ledger_owns_are_no_conflict_because_they_are_planned_too(
    absence: Callable[..., Any],
) -> None:
    """A row takes the time of an absence that is deleted in the same plan."""
    made = plan(row("N", absence_definition="Sick"), absences=[absence("own")], ledger=owning(R_04="own"))
    assert [(step.action, step.key) for step in made.steps] == [
        (DELETE, "R@u@2027-02-04@"),
        (CREATE, "N@u@2027-02-04@"),
    ]


def test_owned_absences_without_a_row_are_deleted_first(absence: Callable[..., Any]) -> None:
    present = [absence("b", 5), absence("a", 4), absence("theirs", 2), absence("kept", 3)]
    ledger = owning(R_05="b", R_04="a", K_03="kept", G_01="gone")
    made = plan(row("K", "2027-02-03"), row("X", "2027-02-01"), absences=present, ledger=ledger)
    assert [(step.action, step.key) for step in made.steps] == [
        (DELETE, "R@u@2027-02-04@"),
        (DELETE, "R@u@2027-02-05@"),
        (UNCHANGED, "K@u@2027-02-03@"),
        (CREATE, "X@u@2027-02-01@"),
    ]
    first = made.steps[0]
    assert (first.row, first.user_id, first.employee_id, first.day, first.absence_id) == (
        0,
        "u",
        "7",
        "2027-02-04",
        "a",
    )
    assert (first.definition_id, first.seen) == ("d", (("a", checksum(present[1])),))


def test_one_id_may_cover_several_people_and_parts_of_a_day() -> None:
    halves = [row(partial_from="08:00", partial_to="12:00"), row(partial_from="12:00", partial_to="16:00")]
    assert steps(*halves, row(user_id="v")) == [
        (CREATE, "R@u@2027-02-04@08:00-12:00"),
        (CREATE, "R@u@2027-02-04@12:00-16:00"),
        (CREATE, "R@v@2027-02-04@"),
    ]


@pytest.mark.parametrize("external_id", ["R", ""])
def test_a_row_that_appears_twice_is_a_conflict_that_names_both(external_id: str) -> None:
    made = plan(row(external_id, number=3), row(external_id, number=7))
    assert [(step.action, step.reason) for step in made.steps] == [
        (CONFLICT, "rows 3 and 7 of the source are the same leave of one person, day and time")
    ] * 2


def test_the_absence_of_a_row_that_appears_twice_is_kept(absence: Callable[..., Any]) -> None:
    later = {"partial_from": "13:00", "partial_to": "15:00"}
    for rows in ([row(), row()], [row(**later), row(**later)]):
        assert {action for action, _ in steps(*rows, absences=[absence("own")], ledger=owning(R_04="own"))} == {
            CONFLICT
        }


def test_a_row_that_moved_to_another_person_or_time_is_one_update(absence: Callable[..., Any]) -> None:
    own = absence("own", Comment="x")
    for moved in (row(user_id="v", comment="x"), row(partial_from="13:00", partial_to="15:00", comment="x")):
        step = only(plan(moved, absences=[own], ledger=owning(R_04="own")))
        assert (step.action, step.absence_id, step.seen) == (UPDATE, "own", (("own", checksum(own)),))


def test_the_absence_of_one_person_of_a_collective_leave_is_given_to_nobody_else(
    absence: Callable[..., Any],
) -> None:
    ledger = Ledger({"R@u@2027-02-04@": "of u", "R@w@2027-02-04@": "of w"})
    present = [absence("of u"), absence("of w", UserId="w")]
    assert steps(row(), row(user_id="v"), absences=present, ledger=ledger) == [
        (DELETE, "R@w@2027-02-04@"),
        (UNCHANGED, "R@u@2027-02-04@"),
        (CREATE, "R@v@2027-02-04@"),
    ]


def test_an_owned_absence_that_stays_is_in_the_way_of_other_rows(absence: Callable[..., Any]) -> None:
    rows = [row(absence_definition="Siesta"), row("N", absence_definition="Sick")]
    assert [action for action, _ in steps(*rows, absences=[absence("own")], ledger=owning(R_04="own"))] == [
        UNKNOWN,
        CONFLICT,
    ]


def test_a_deletion_of_an_absence_without_a_definition_reads_back(absence: Callable[..., Any]) -> None:
    made = plan(absences=[absence("a", AbsenceDefinitionId=None)], ledger=owning(R_04="a"))
    assert (only(made).definition_id, only(made).definition) == ("", "")
    assert read_plan(made.to_bytes())[0] == made


def test_the_absences_of_a_row_that_is_unknown_this_time_are_kept(absence: Callable[..., Any]) -> None:
    present = [absence("a", 4), absence("b", 5)]
    ledger = owning(R_04="a", Q_05="b")
    assert steps(row(absence_definition="Siesta"), absences=present, ledger=ledger) == [
        (DELETE, "Q@u@2027-02-05@"),
        (UNKNOWN, "R@@@"),
    ]


def test_a_plan_reads_back_and_counts_its_steps(absence: Callable[..., Any]) -> None:
    made = plan(
        row("A", comment="é\u2028\u2029\u0085"),
        row("U", user_id="w"),
        row("S", absence_definition="Sick", partial_from="08:00", partial_to="12:00", user_id="v"),
        absences=[absence("gone", 5), absence("other", Status=3)],
        ledger=owning(R_05="gone"),
    )
    assert made.counts == {"create": 1, "update": 0, "delete": 1, "unchanged": 1, "conflict": 0, "unknown": 1}
    again, sha256 = read_plan(made.to_bytes())
    assert again == made
    assert sha256 == read_plan(made.to_bytes())[1] != read_plan(plan().to_bytes())[1]


@pytest.mark.parametrize(
    "change",
    [{"plan": 2}, {"plan": None}, {"host": ...}, {"period": {"from": "2027-02-02", "to": "2027-02-01"}}, {"period": 1}],
)
def test_what_is_no_plan_is_refused(change: dict[str, Any]) -> None:
    header = {**json.loads(plan().to_bytes()), **change}
    text = json.dumps({name: value for name, value in header.items() if value is not ...})
    with pytest.raises(AllHoursParameterError, match="'plan_path' is a file that is not a plan"):
        read_plan(text.encode())
    for content in (b"", b"[]\n", plan().to_bytes() + b"{}\n", plan().to_bytes() + b'{"seen": [1]}\n'):
        with pytest.raises(AllHoursParameterError, match="'plan_path' is a file that is not a plan"):
            read_plan(content)
