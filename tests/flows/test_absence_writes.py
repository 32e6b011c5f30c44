# SPDX-License-Identifier: Apache-2.0
"""Creating and deleting absences over real HTTP: nothing twice, nothing lost."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable
from datetime import date
from typing import Any

import pytest

from airflow_provider_allhours.client import AllHoursClient, errors
from airflow_provider_allhours.client.models import AbsenceDraft
from airflow_provider_allhours.flows import lost_answers
from airflow_provider_allhours.flows.absence_creation import Leave, create_absence
from airflow_provider_allhours.flows.absence_write import AbsenceWriter
from airflow_provider_allhours.operators.absences import AllHoursCreateAbsenceOperator, AllHoursDeleteAbsenceOperator
from airflow_provider_allhours.sandbox.server import Sandbox
from airflow_provider_allhours.task_utils.compat import AirflowFailException
from tests.flows.late_commits import LateCommit

ClientOf = Callable[..., AllHoursClient]
LOST = ["cut_before", "cut_after", "truncated", "status", "html", "empty_body"]


def employee(sandbox: Sandbox, index: int = 8) -> Any:
    return sandbox.company.user_at(index)


def create(sandbox: Sandbox, **changes: Any) -> dict[str, Any]:
    options: dict[str, Any] = {
        "absence_definition": "annual leave",
        "date_from": "2026-12-18",
        "user_id": employee(sandbox).id,
        **changes,
    }
    return AllHoursCreateAbsenceOperator(task_id="t", **options).execute({})


def standing(sandbox: Sandbox, first: date = date(2026, 12, 1), last: date = date(2027, 1, 31)) -> list[Any]:
    return [leave for leave in sandbox.company.leave_between(first, last) if leave.id in sandbox.company.changed_leave]


def test_one_record_per_workday_and_none_twice(allhours_connection: Sandbox) -> None:
    sandbox = allhours_connection
    first = create(sandbox, date_from="2026-12-18", date_to="2026-12-28", comment="=Božič")
    days = [entry["date"] for entry in first["created"]]
    # The 25th is a Friday and a holiday, the 26th a Saturday.
    assert days == ["2026-12-18", "2026-12-21", "2026-12-22", "2026-12-23", "2026-12-24", "2026-12-28"]
    assert (first["existing"], first["skipped"], first["dry_run"]) == ([], [], False)
    again = create(sandbox, date_from="2026-12-18", date_to="2026-12-28", comment="=Božič")
    assert again["created"] == []
    assert again["existing"] == first["created"]
    assert len(standing(sandbox)) == 6
    assert {leave.comment for leave in standing(sandbox)} == {"=Božič"}
    assert "Božič" not in json.dumps(first)


def test_every_day_when_asked(allhours_connection: Sandbox) -> None:
    result = create(allhours_connection, date_from="2026-12-24", date_to="2026-12-27", days="all")
    assert len(result["created"]) == 4


def test_without_employee_days_nothing_is_guessed(allhours_connection: Sandbox) -> None:
    allhours_connection.set_switches(missing_routes=["daily_calculations"])
    with pytest.raises(errors.AllHoursNotFoundError):
        create(allhours_connection, date_from="2026-12-18", date_to="2026-12-21")
    assert standing(allhours_connection) == []


@pytest.mark.parametrize("days", ["workdays", "all"])
def test_an_empty_list_of_absences_is_not_believed_while_days_carry_some(
    allhours_connection: Sandbox, days: str
) -> None:
    create(allhours_connection)
    allhours_connection.fault("empty", route="absences", method="GET")
    with pytest.raises(errors.AllHoursIncompleteError, match="on 2026-12-18 shows; nothing is written"):
        create(allhours_connection, days=days)
    allhours_connection.clear_faults()
    allhours_connection.fault("empty", route="absences", method="GET", times=1)
    assert len(create(allhours_connection, days=days)["existing"]) == 1
    assert len(standing(allhours_connection)) == 1


def test_an_empty_list_after_a_lost_answer_sends_nothing_twice(allhours_connection: Sandbox) -> None:
    allhours_connection.fault("cut_after", route="absences", method="POST", times=1)
    allhours_connection.fault("empty", route="absences", method="GET", after=1)
    with pytest.raises(errors.AllHoursIncompleteError):
        create(allhours_connection)
    assert len(standing(allhours_connection)) == 1


@pytest.mark.parametrize(
    "who",
    [
        {"employee_id": "1009"},
        {"user_email": "USER8@sandbox.example"},
        {"user_id": "010017e8-0000-0008-4a00-000000000000"},
    ],
)
@pytest.mark.parametrize("definition", ["Annual leave", 101, "101", "0400f28d-0000-0001-4a00-000000000000"])
def test_users_and_definitions_by_every_identifier(
    allhours_connection: Sandbox, who: dict[str, Any], definition: Any
) -> None:
    create(allhours_connection, absence_definition=definition, **{"user_id": None, **who})
    (leave,) = standing(allhours_connection)
    assert leave.user_index == 8
    assert leave.definition_id.endswith("0001-4a00-000000000000")


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"user_id": None}, "exactly one is needed to name the user, 0 are given"),
        ({"employee_id": "1001"}, "2 are given"),
        ({"user_id": None, "employee_id": "9"}, "parameter 'employee_id' is '9', which belongs to no user"),
        ({"user_id": None, "employee_id": "1004"}, "belongs to 2 users of All Hours; it"),
        (
            {"user_id": None, "user_email": "ana@nowhere.example"},
            "'user_email' is an address, which belongs to no user",
        ),
        (
            {"absence_definition": "Holidays"},
            "'Holidays', which is no definition of .*Annual leave",
        ),
        ({"absence_definition": "Strike"}, "no longer active"),
        ({"date_from": "18.12.2026"}, "parameter 'date_from' is '18.12.2026'; it takes a day such as"),
        ({"date_to": "2026-12-17"}, "parameter 'date_to' is 2026-12-17, before"),
        ({"date_to": "2028-12-17"}, "at most 400"),
        ({"partial_from": "08:00"}, "come together"),
        ({"partial_from": "8", "partial_to": "12:00"}, "parameter 'partial_from' is '8'"),
        ({"days": "some"}, "parameter 'days' is 'some'"),
        ({"on_conflict": "shrug"}, "parameter 'on_conflict' is 'shrug'"),
        ({"dry_run": "perhaps"}, "parameter 'dry_run' is 'perhaps'"),
    ],
)
def test_wrong_parameters_write_nothing_and_name_no_person(
    allhours_connection: Sandbox, changes: dict[str, Any], message: str
) -> None:
    with pytest.raises(errors.AllHoursParameterError, match=message) as caught:
        create(allhours_connection, **changes)
    assert isinstance(caught.value, AirflowFailException)
    assert "@" not in str(caught.value)
    assert allhours_connection.stats()["writes_accepted"] == 0


def test_partial_spans_and_nights(allhours_connection: Sandbox) -> None:
    create(allhours_connection, partial_from="08:00", partial_to="12:30")
    create(allhours_connection, partial_from="22:00", partial_to="02:00")
    assert sorted((leave.minutes, leave.partial_to.day) for leave in standing(allhours_connection)) == [
        (240, 19),
        (270, 18),
    ]
    assert create(allhours_connection, partial_from="08:00", partial_to="12:30")["created"] == []


def test_another_absence_is_a_conflict_before_anything_is_written(allhours_connection: Sandbox) -> None:
    create(allhours_connection, date_from="2026-12-22", absence_definition="Sick leave")
    with pytest.raises(errors.AllHoursConflictError, match="another absence on 2026-12-22; nothing was written"):
        create(allhours_connection, date_from="2026-12-21", date_to="2026-12-23")
    assert len(standing(allhours_connection)) == 1
    result = create(allhours_connection, date_from="2026-12-21", date_to="2026-12-23", on_conflict="skip")
    assert [entry["date"] for entry in result["created"]] == ["2026-12-21", "2026-12-23"]
    assert [entry["date"] for entry in result["skipped"]] == ["2026-12-22"]


def test_a_rejected_absence_blocks_nobody_and_is_not_entered_again(allhours_connection: Sandbox) -> None:
    (entry,) = create(allhours_connection)["created"]
    allhours_connection.control("POST", "absences", {"action": "reject", "id": entry["id"]})
    assert create(allhours_connection)["existing"] == [entry]
    assert len(create(allhours_connection, absence_definition="Sick leave")["created"]) == 1


def test_a_dry_run_writes_nothing(allhours_connection: Sandbox) -> None:
    result = create(allhours_connection, dry_run="true")
    assert result == {
        "created": [{"date": "2026-12-18", "id": None}],
        "existing": [],
        "skipped": [],
        "twins": [],
        "dry_run": True,
    }
    assert standing(allhours_connection) == []


def test_a_locked_day_is_refused_in_the_vendors_words(allhours_connection: Sandbox) -> None:
    allhours_connection.control("POST", "lock", {"date": "2027-01-01"})
    with pytest.raises(errors.AllHoursValidationError, match="locked") as caught:
        create(allhours_connection)
    assert isinstance(caught.value, AirflowFailException)


@pytest.mark.parametrize("kind", LOST)
def test_after_a_lost_answer_it_looks_before_it_sends_again(allhours_connection: Sandbox, kind: str) -> None:
    allhours_connection.fault(kind, route="absences", method="POST", times=2)
    result = create(allhours_connection, date_from="2026-12-18", date_to="2026-12-22")
    assert len(result["created"]) == 3
    assert {entry["id"] for entry in result["created"]} == {leave.id for leave in standing(allhours_connection)}
    assert len(standing(allhours_connection)) == 3


def test_a_task_that_failed_half_way_is_resumed(allhours_connection: Sandbox) -> None:
    allhours_connection.fault("status", status=500, route="absences", method="POST", after=2)
    with pytest.raises(errors.AllHoursServerError):
        create(allhours_connection, date_from="2026-12-14", date_to="2026-12-18")
    allhours_connection.clear_faults()
    result = create(allhours_connection, date_from="2026-12-14", date_to="2026-12-18")
    assert (len(result["existing"]), len(result["created"])) == (2, 3)
    assert len(standing(allhours_connection)) == 5


@pytest.mark.slow
def test_a_thousand_creates_under_faults(client_of: ClientOf) -> None:
    """0 duplicates, 0 missing under lost answers, cuts before and after commit, 401, 429 and 503."""
    with Sandbox(employees=1000, months=1) as sandbox:
        storm = [
            {"kind": "cut_before", "probability": 0.05},
            {"kind": "cut_after", "probability": 0.08},
            {"kind": "truncated", "probability": 0.03},
            {"kind": "html", "probability": 0.02},
            {"kind": "status", "status": 503, "probability": 0.04},
            {"kind": "status", "status": 401, "probability": 0.02},
            {"kind": "rate_limit", "seconds": 0, "probability": 0.04},
        ]
        sandbox.faults(*({**fault, "route": "absences", "method": "POST", "seed": n} for n, fault in enumerate(storm)))
        client = client_of(sandbox, max_concurrency=4)
        definition = client.absence_definitions()[0].id
        ids = {}
        writer = AbsenceWriter(client, pause=lambda _: None)
        for index in range(1, 1001):
            draft = AbsenceDraft(
                user_id=sandbox.company.user_at(index).id,
                absence_definition_id=definition,
                day=date(2027, 2, 1),
                comment="storm",
            )
            ids[index] = writer.create(draft, known_ids=set())
        written = list(sandbox.company.leave_between(date(2027, 2, 1), date(2027, 2, 1)))
        found = Counter(leave.user_index for leave in written)
        assert len(found) == 1000
        assert set(found.values()) == {1}
        assert {leave.user_index: leave.id for leave in written} == ids
        struck = sandbox.stats()
        assert struck["writes_accepted"] == 1000
        assert struck["writes_answered"] < 1000
        assert sum(struck["faults"].values()) > 150


def test_deleting_an_absence(allhours_connection: Sandbox) -> None:
    (entry,) = create(allhours_connection)["created"]
    task = AllHoursDeleteAbsenceOperator(task_id="t", absence_id=entry["id"])
    assert task.execute({}) == {"absence_id": entry["id"], "deleted": True}
    assert standing(allhours_connection) == []


def test_an_id_with_blanks_around_it_is_deleted_and_no_id_is_no_success(allhours_connection: Sandbox) -> None:
    (entry,) = create(allhours_connection)["created"]
    for nothing in ("None", " null "):
        with pytest.raises(errors.AllHoursParameterError, match=f"'absence_id' is {nothing.strip()}; it takes the id"):
            AllHoursDeleteAbsenceOperator(task_id="t", absence_id=nothing).execute({})
    result = AllHoursDeleteAbsenceOperator(task_id="t", absence_id=f" {entry['id']}\n").execute({})
    assert result == {"absence_id": entry["id"], "deleted": True}
    assert standing(allhours_connection) == []


def test_deleting_what_is_gone_is_success(allhours_connection: Sandbox) -> None:
    (entry,) = create(allhours_connection)["created"]
    task = AllHoursDeleteAbsenceOperator(task_id="t", absence_id=entry["id"])
    allhours_connection.fault("cut_after", route="absence", method="DELETE", times=1)
    first, second = task.execute({}), task.execute({})
    assert first["absence_id"] == entry["id"]
    assert second == {"absence_id": entry["id"], "deleted": False}
    assert standing(allhours_connection) == []
    with pytest.raises(errors.AllHoursParameterError, match="'absence_id' is empty"):
        AllHoursDeleteAbsenceOperator(task_id="t", absence_id=" ").execute({})


def lost_write(client: AllHoursClient, sandbox: Sandbox, known_ids: set[str]) -> tuple[str | None, list[float]]:
    """The id that a write returns, None when it gives up; and its pauses."""
    draft = AbsenceDraft(
        user_id=employee(sandbox).id,
        absence_definition_id=client.absence_definitions()[0].id,
        day=date(2026, 12, 18),
    )
    pauses: list[float] = []
    try:
        return AbsenceWriter(client, pause=pauses.append).create(draft, known_ids=known_ids), pauses
    except errors.AllHoursServerError:
        return None, pauses


def test_pauses_grow_and_are_bounded_and_the_last_error_is_raised(
    client: AllHoursClient, sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(lost_answers, "MAX_WAIT", 60.0)
    sandbox.fault("status", status=500, route="absences", method="POST")
    assert lost_write(client, sandbox, set()) == (None, [0.4, 0.8, 1.6, 3.2, 6.4, 10.0])
    requests = sandbox.stats()["requests"]
    assert (requests["POST absences"], requests["GET absences"]) == (lost_answers.MAX_TRIES, lost_answers.MAX_TRIES)


@pytest.mark.parametrize(("timeout", "max_wait", "total"), [(3.0, 60.0, 6.0), (30.0, 60.0, 60.0), (30.0, 7.0, 7.0)])
def test_without_an_answer_the_wait_is_in_proportion_to_the_time_limit(
    sandbox: Sandbox,
    client_of: ClientOf,
    monkeypatch: pytest.MonkeyPatch,
    timeout: float,
    max_wait: float,
    total: float,
) -> None:
    monkeypatch.setattr(lost_answers, "MAX_WAIT", max_wait)
    sandbox.fault("cut_before", route="absences", method="POST", times=1)
    _, pauses = lost_write(client_of(sandbox, timeout=timeout), sandbox, set())
    assert pauses == pytest.approx([0.1 * total, 0.3 * total, 0.6 * total])


@pytest.mark.slow
def test_a_commit_after_the_time_limit_is_waited_for(
    allhours_connection: Sandbox, client_of: ClientOf, late_commit: Callable[..., Any]
) -> None:
    """It was sent again at once, and both records stood."""
    late = late_commit(allhours_connection, LateCommit.time_limit)
    client = client_of(allhours_connection, timeout=late.time_limit)
    result = create_absence(client, leave_of(allhours_connection))
    assert [entry["id"] for entry in result["created"]] == [leave.id for leave in standing(allhours_connection)]
    assert result["twins"] == []


def leave_of(sandbox: Sandbox, **changes: Any) -> Leave:
    return Leave("Annual leave", "2026-12-18", user_id=employee(sandbox).id, **changes)


@pytest.mark.slow
def test_a_twin_of_a_late_commit_is_reported_by_the_task_and_by_the_next(
    allhours_connection: Sandbox, client_of: ClientOf, late_commit: Callable[..., Any]
) -> None:
    max_wait = 2.0
    late = late_commit(allhours_connection, max_wait + 1)
    client = client_of(allhours_connection, timeout=late.time_limit)
    result = create_absence(client, leave_of(allhours_connection, max_wait=max_wait))
    ids = {leave.id for leave in standing(allhours_connection)}
    assert len(ids) == 2
    (created,), (twin,) = result["created"], result["twins"]
    assert {created["id"], twin["id"]} == ids
    again = create_absence(client, leave_of(allhours_connection))
    assert {again["existing"][0]["id"], again["twins"][0]["id"]} == ids


def test_a_record_that_was_there_before_is_not_taken_for_the_new_one(client: AllHoursClient, sandbox: Sandbox) -> None:
    first, _ = lost_write(client, sandbox, set())
    sandbox.fault("cut_after", route="absences", method="POST", times=1)
    second, _ = lost_write(client, sandbox, {str(first)})
    assert second not in (None, first)
    assert {leave.id for leave in standing(sandbox)} == {first, second}


@pytest.mark.parametrize(("last", "days"), [("2028-01-21", 400), ("2028-01-22", 401)])
def test_leave_spans_at_most_400_days(allhours_connection: Sandbox, last: str, days: int) -> None:
    options = {"date_to": last, "dry_run": True, "days": "all"}
    if days == 400:
        assert len(create(allhours_connection, **options)["created"]) == 400
    else:
        with pytest.raises(errors.AllHoursParameterError, match="span 401 days; they take at most 400"):
            create(allhours_connection, **options)


def test_an_empty_last_day_is_the_first(allhours_connection: Sandbox) -> None:
    result = create(allhours_connection, date_to="", dry_run=True)
    assert [entry["date"] for entry in result["created"]] == ["2026-12-18"]


def test_workdays_are_read_of_the_employee_and_absences_of_others_do_not_matter(allhours_connection: Sandbox) -> None:
    other = employee(allhours_connection, 9).id
    create(allhours_connection, user_id=other, absence_definition="Sick leave")
    assert len(create(allhours_connection)["created"]) == 1


@pytest.mark.parametrize(
    "changes",
    [
        {"date_from": "18.12.2026"},
        {"date_to": "2026-12-17"},
        {"date_to": "2028-12-17"},
        {"partial_from": "08:00"},
        {"days": "some"},
        {"on_conflict": "shrug"},
    ],
)
def test_parameters_are_checked_before_anything_is_read(allhours_connection: Sandbox, changes: dict[str, Any]) -> None:
    with pytest.raises(errors.AllHoursParameterError):
        create(allhours_connection, **changes)
    assert allhours_connection.stats()["total"] == 0
