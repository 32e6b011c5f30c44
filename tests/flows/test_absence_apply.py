# SPDX-License-Identifier: Apache-2.0
"""Applying a plan over real HTTP: what was planned is written once, and nothing else."""

from __future__ import annotations

import csv
import io
import json
import uuid
from collections.abc import Callable
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import msgspec
import pytest

from airflow_provider_allhours.client import AllHoursClient, errors
from airflow_provider_allhours.client.models import AbsenceDraft
from airflow_provider_allhours.files.journal import Journal
from airflow_provider_allhours.flows.absence_apply import apply_plan
from airflow_provider_allhours.flows.absence_plan import plan_absences
from airflow_provider_allhours.sandbox.server import Sandbox

ZERO = {"create": 0, "update": 0, "delete": 0, "unchanged": 0, "conflict": 0, "unknown": 0}


def test_what_was_planned_is_entered_and_nothing_else_is_touched(sandbox: Sandbox, desk: Any) -> None:
    before, users = desk.absences(sandbox), sandbox.state()["users"]
    result = desk.sync(desk.week, desk.morning)
    assert (result["created"], result["rejected"]) == (4, 0)
    after = desk.absences(sandbox)
    assert {identifier: after.get(identifier) for identifier in before} == before
    assert sandbox.state()["users"] == users
    new = [after[identifier] for identifier in after.keys() - before.keys()]
    assert sorted(record["Timestamp"][:10] for record in new) == [
        "2027-02-04",
        "2027-02-05",
        "2027-02-09",
        "2027-02-10",
    ]
    (partial,) = [record for record in new if record["IsPartial"]]
    assert partial["PartialTimeFrom"].startswith("2027-02-10T08:00")
    assert partial["Comment"] == "Zdravnik; =1+1"
    assert set(desk.ledger.owned.values()) == {record["Id"] for record in new}


def test_applied_twice_or_planned_again_writes_nothing(sandbox: Sandbox, desk: Any) -> None:
    desk.sync(desk.week, desk.morning)
    sandbox.reset_stats()
    again = desk.apply()
    assert (again["created"], again["already_applied"]) == (0, 4)
    assert desk.counts(desk.plan(desk.week, desk.morning)) == {**ZERO, "unchanged": 4}
    assert desk.apply()["unchanged"] == 4
    assert sandbox.stats()["writes_accepted"] == 0


def test_leave_that_was_given_to_somebody_else_is_planned_with_what_that_person_has(
    sandbox: Sandbox, desk: Any
) -> None:
    """The person is in no row of the source; their other absence of the day is a part of what the plan has seen."""
    desk.sync(desk.week, desk.morning)
    (key,) = (key for key in desk.ledger.owned if key.startswith("B@"))
    other = sandbox.company.user_at(10).id
    draft = AbsenceDraft(
        user_id=other,
        absence_definition_id=desk.absences(sandbox)[desk.ledger.owned[key]]["AbsenceDefinitionId"],
        day=date(2027, 2, 10),
        partial_from=datetime(2027, 2, 10, 8),
        partial_to=datetime(2027, 2, 10, 12),
    )
    desk.client.update_absence(desk.ledger.owned[key], draft)
    afternoon = {"partial_from": datetime(2027, 2, 10, 13), "partial_to": datetime(2027, 2, 10, 15)}
    theirs = desk.client.create_absence(msgspec.structs.replace(draft, **afternoon))
    assert desk.counts(desk.plan(desk.week)) == {**ZERO, "unchanged": 3, "delete": 1}
    _, *steps = map(json.loads, desk.files["plan_path"].read_text().splitlines())
    (removed,) = (step for step in steps if step["action"] == "delete")
    assert removed["user_id"] == other
    assert sorted(absence_id for absence_id, _ in removed["seen"]) == sorted([desk.ledger.owned[key], theirs.id])
    assert desk.apply()["deleted"] == 1
    assert desk.ledger.owned.get(key) is None
    assert theirs.id in desk.absences(sandbox)


def test_changed_and_cancelled_leave(sandbox: Sandbox, desk: Any) -> None:
    desk.sync(desk.week, desk.morning)
    owned = dict(desk.ledger.owned)
    shorter = {**desk.week, "date_to": "2027-02-05"}
    afternoon = {**desk.morning, "partial_from": "13:00", "partial_to": "15:30"}
    planned = desk.plan(shorter, afternoon)
    assert desk.counts(planned) == {**ZERO, "unchanged": 2, "update": 1, "delete": 1}
    assert planned["diff"].splitlines() == ["- 1009 on 2027-02-09", "~ 1012 on 2027-02-10 (part of the day)"]
    result = desk.apply()
    assert (result["updated"], result["deleted"], result["unchanged"]) == (1, 1, 2)
    after = desk.absences(sandbox)
    assert owned[f"A@{sandbox.company.user_at(8).id}@2027-02-09@"] not in after
    assert after[owned[f"B@{sandbox.company.user_at(11).id}@2027-02-10@08:00-12:00"]]["PartialTimeFrom"].startswith(
        "2027-02-10T13:00"
    )
    assert desk.counts(desk.plan(shorter)) == {**ZERO, "unchanged": 2, "delete": 1}


def test_a_company_shutdown_under_one_id_is_created_for_everybody(sandbox: Sandbox, desk: Any) -> None:
    people = [desk.row(external_id="X", employee_id=number) for number in ("1009", "1012", "1019")]
    halves = [
        desk.row(external_id="X", employee_id="1022", partial_from=start, partial_to=end)
        for start, end in (("08:00", "12:00"), ("12:00", "16:00"))
    ]
    assert desk.plan(*people, *halves)["create"] == 5
    assert desk.apply()["created"] == 5
    assert len(set(desk.ledger.owned.values())) == 5
    assert desk.counts(desk.plan(*people, *halves)) == {**ZERO, "unchanged": 5}
    others = desk.ledger.owned.copy()
    del others[f"X@{sandbox.company.user_at(11).id}@2027-02-04@"]
    assert desk.counts(desk.plan(people[0], people[2], *halves)) == {**ZERO, "unchanged": 4, "delete": 1}
    desk.apply()
    assert desk.ledger.owned == others


def test_leave_reassigned_to_another_person_is_one_update(sandbox: Sandbox, desk: Any) -> None:
    desk.sync(desk.row(external_id="A"))
    (absence_id,) = desk.ledger.owned.values()
    moved = desk.row(external_id="A", employee_id="1012")
    assert desk.counts(desk.plan(moved)) == {**ZERO, "update": 1}
    assert desk.apply()["updated"] == 1
    user_id = sandbox.company.user_at(11).id
    assert desk.ledger.owned == {f"A@{user_id}@2027-02-04@": absence_id}
    assert desk.absences(sandbox)[absence_id]["UserId"] == user_id
    assert desk.counts(desk.plan(moved)) == {**ZERO, "unchanged": 1}


def test_a_comment_that_a_person_changed_on_leave_that_is_reassigned_stops_the_apply(
    sandbox: Sandbox, desk: Any
) -> None:
    desk.sync(desk.row(external_id="A"))
    (absence_id,) = desk.ledger.owned.values()
    desk.plan(desk.row(external_id="A", employee_id="1012"))
    record = desk.absences(sandbox)[absence_id]
    desk.client.request("PUT", f"/api/v1/Absences/{absence_id}", json={**record, "Comment": "by hand"})
    with pytest.raises(errors.AllHoursConflictError, match="no longer fits"):
        desk.apply()


def test_leave_that_others_entered_is_never_owned(sandbox: Sandbox, desk: Any) -> None:
    user = sandbox.company.user_at(8).id
    theirs = sandbox.control(
        "POST", "absences", {"action": "add", "user_id": user, "date": "2027-02-04", "definition": "Annual leave"}
    )
    assert desk.counts(desk.plan(desk.row(external_id="A"))) == {**ZERO, "unchanged": 1}
    assert desk.apply()["unchanged"] == 1
    assert desk.ledger.owned == {}
    assert desk.counts(desk.plan()) == ZERO
    desk.apply()
    assert theirs["Id"] in desk.absences(sandbox)


def test_rows_that_cannot_be_written_are_rejected_with_their_reason(sandbox: Sandbox, desk: Any) -> None:
    user = sandbox.company.user_at(17).id
    sandbox.control("POST", "absences", {"action": "add", "user_id": user, "date": "2027-02-11"})
    planned = desk.plan(
        desk.row(external_id="ok"),
        desk.row(external_id="nobody", employee_id="9"),
        desk.row(external_id="two", employee_id="1004"),
        desk.row(external_id="type", absence_definition="Siesta"),
        desk.row(external_id="day", date_from="11.2.2027"),
        desk.row(external_id="half", partial_from="08:00"),
        desk.row(external_id="taken", employee_id="1019", date_from="2027-02-11", absence_definition="Sick leave"),
        desk.row(external_id="twice", employee_id="1022", date_from="2027-02-12"),
        desk.row(external_id="thrice", employee_id="1022", date_from="2027-02-11", date_to="2027-02-12"),
    )
    assert desk.counts(planned) == {**ZERO, "create": 2, "conflict": 3, "unknown": 5}
    assert "! row 2: parameter 'employee_id' is '9', which belongs to no user" in planned["diff"]
    rejects = desk.folder / "rejects.csv"
    with pytest.raises(errors.AllHoursPartialError, match="8 of 10 rows were not applied; each has its reason"):
        desk.apply(reject_path=rejects)
    result = desk.apply(reject_path=rejects, on_partial="warn")
    assert (result["already_applied"], result["rejected"]) == (2, 8)
    with rejects.open(newline="", encoding="utf-8") as file:
        reasons = {line["external_id"]: line["reason"] for line in csv.DictReader(file)}
    assert set(reasons) == {"nobody", "two", "type", "day", "half", "taken", "twice", "thrice"}
    assert "no user" in reasons["nobody"]
    assert "2 users" in reasons["two"]
    assert "no definition" in reasons["type"]
    assert "date_from" in reasons["day"]
    assert "another absence on this day" in reasons["taken"]
    assert "covers the same time" in reasons["twice"]


def test_a_plan_is_refused_when_the_account_changed(sandbox: Sandbox, desk: Any) -> None:
    desk.plan(desk.week, desk.morning)
    user = sandbox.company.user_at(8).id
    sandbox.control("POST", "absences", {"action": "add", "user_id": user, "date": "2027-02-05"})
    sandbox.reset_stats()
    with pytest.raises(errors.AllHoursConflictError, match="no longer fits: 1 employee-days changed .* plan again"):
        desk.apply()
    assert sandbox.stats()["writes_accepted"] == 0
    assert desk.ledger.owned == {}


def test_an_empty_source_deletes_nothing_unasked(sandbox: Sandbox, desk: Any) -> None:
    desk.sync(desk.week, desk.morning)
    assert desk.counts(desk.plan()) == {**ZERO, "delete": 4}
    sandbox.reset_stats()
    with pytest.raises(errors.AllHoursConflictError, match="deletes 4 absences, more than max_deletes=3"):
        desk.apply(max_deletes=3)
    assert sandbox.stats()["writes_accepted"] == 0
    assert desk.apply(max_deletes=4)["deleted"] == 4
    assert desk.ledger.owned == {}


def test_a_locked_period_is_one_readable_line_each(sandbox: Sandbox, desk: Any) -> None:
    desk.plan(desk.week, desk.morning)
    sandbox.control("POST", "lock", {"date": "2027-02-06"})
    rejects = desk.folder / "rejects.csv"
    result = desk.apply(reject_path=rejects, on_partial="warn")
    assert (result["created"], result["rejected"]) == (2, 2)
    lines = list(csv.DictReader(io.StringIO(rejects.read_text())))
    assert [(line["employee_id"], line["date"]) for line in lines] == [("1009", "2027-02-04"), ("1009", "2027-02-05")]
    assert all("locked" in line["reason"] for line in lines)


def test_two_runs_at_once_do_not_share_a_ledger(sandbox: Sandbox, desk: Any) -> None:
    desk.plan(desk.week)
    sandbox.reset_stats()
    with (
        Journal(desk.files["ledger_path"]),
        pytest.raises(errors.AllHoursConflictError, match=r"another run holds ledger\.jsonl\.lock"),
    ):
        desk.apply()
    assert sandbox.stats()["writes_accepted"] == 0
    assert desk.apply()["created"] == 3


def test_files_in_an_object_store(sandbox: Sandbox, client: AllHoursClient, desk: Any) -> None:
    folder = f"memory://{uuid.uuid4()}"
    files = {"plan_path": f"{folder}/plan.jsonl", "ledger_path": f"{folder}/ledger.jsonl"}
    plan_absences(client, source=desk.source(desk.week, desk.morning), period=desk.period, **files)
    assert apply_plan(client, **files)["created"] == 4
    assert apply_plan(client, **files)["already_applied"] == 4
    assert sandbox.stats()["writes_accepted"] == 4


@pytest.mark.parametrize(
    ("spoil", "message"),
    [
        (lambda files: files["plan_path"].unlink(), "'plan_path' is .*, where there is no plan"),
        (
            lambda files: files["plan_path"].write_text("hello\n"),
            "'plan_path' is a file that is not a plan",
        ),
        (lambda files: files["ledger_path"].write_text('{"a": 1}\n{}\n'), "'ledger_path': line 1 is not an entry"),
    ],
)
def test_spoilt_files_are_refused(desk: Any, spoil: Callable[[dict[str, Path]], Any], message: str) -> None:
    desk.plan(desk.week)
    spoil(desk.files)
    with pytest.raises(errors.AllHoursParameterError, match=message):
        desk.apply()


def test_only_the_plan_that_was_approved_is_applied(sandbox: Sandbox, desk: Any) -> None:
    approved = desk.plan(desk.week)["plan_sha256"]
    desk.plan(desk.morning)
    with pytest.raises(errors.AllHoursConflictError, match="is not the one that was approved: its checksum begins"):
        desk.apply(plan_sha256=approved)
    assert sandbox.stats()["writes_accepted"] == 0
    desk.plan(desk.week)
    assert desk.apply(plan_sha256=f" {approved.upper()} ")["created"] == 3


def test_a_plan_of_another_account_is_refused(sandbox: Sandbox, desk: Any) -> None:
    desk.plan(desk.week)
    plan = desk.files["plan_path"]
    plan.write_text(plan.read_text().replace(sandbox.url, "https://other.example"))
    with pytest.raises(errors.AllHoursConflictError, match=r"the plan is for https://other\.example, the connection"):
        desk.apply()
    assert sandbox.stats()["writes_accepted"] == 0


@pytest.mark.parametrize("action", ["delete", "update"])
def test_an_absence_that_the_ledger_does_not_own_is_never_touched(sandbox: Sandbox, desk: Any, action: str) -> None:
    """Whatever the plan says: somebody may have edited it."""
    user = sandbox.company.user_at(8).id
    theirs = {"user_id": user, "date": "2027-02-04", "definition": "Annual leave"}
    sandbox.control("POST", "absences", {"action": "add", **theirs})
    desk.plan(desk.row(external_id="A"))
    plan = desk.files["plan_path"]
    header, step = map(json.loads, plan.read_text().splitlines())
    assert step["action"] == "unchanged"
    edited = (header, {**step, "action": action, "comment": "mine"})
    plan.write_text("".join(json.dumps(line) + "\n" for line in edited))
    before = desk.absences(sandbox)
    rejects = desk.folder / "rejects.csv"
    assert desk.apply(on_partial="warn", reject_path=rejects)["rejected"] == 1
    assert "the ledger does not own this absence" in rejects.read_text()
    assert desk.absences(sandbox) == before
    assert sandbox.stats()["writes_accepted"] == 0


def test_a_row_that_was_refused_is_tried_again_by_the_next_run(sandbox: Sandbox, desk: Any) -> None:
    desk.plan(desk.row(external_id="A"))
    sandbox.control("POST", "lock", {"date": "2027-02-06"})
    assert desk.apply(on_partial="warn")["rejected"] == 1
    sandbox.control("POST", "lock", {"date": "2026-01-01"})
    assert desk.apply()["created"] == 1
    assert [json.loads(line)["step"] for line in desk.files["ledger_path"].read_text().splitlines()] == [
        *("intent", "refused"),
        *("intent", "done"),
    ]


def test_progress_is_told_after_each_write(desk: Any) -> None:
    desk.plan(desk.week, desk.morning)
    told: list[tuple[int, int]] = []
    desk.apply(on_progress=lambda done, total: told.append((done, total)))
    assert told == [(1, 4), (2, 4), (3, 4), (4, 4)]


def test_rejects_are_in_the_order_of_the_source(desk: Any) -> None:
    desk.plan(*(desk.row(external_id=name, employee_id="9") for name in "CAB"))
    rejects = desk.folder / "rejects.csv"
    assert desk.apply(on_partial="warn", reject_path=rejects)["rejected"] == 3
    lines = list(csv.DictReader(io.StringIO(rejects.read_text())))
    assert [(line["row"], line["external_id"], line["action"]) for line in lines] == [
        ("1", "C", "unknown"),
        ("2", "A", "unknown"),
        ("3", "B", "unknown"),
    ]


def test_leave_that_was_cancelled_is_entered_again(sandbox: Sandbox, desk: Any) -> None:
    """The third plan has the steps of the first, and is another one."""
    outcomes = []
    for rows in ([desk.week], [], [desk.week], [], [desk.week]):
        result = desk.sync(*rows)
        outcomes.append((result["created"], result["deleted"], result["already_applied"]))
    days = outcomes[0][0]
    assert outcomes == [(days, 0, 0), (0, days, 0), (days, 0, 0), (0, days, 0), (days, 0, 0)]
    assert days > 0
    assert desk.apply()["already_applied"] == days


def test_a_comment_that_changes_back_is_written_each_time(sandbox: Sandbox, desk: Any) -> None:
    day = date(2027, 2, 4)
    for comment in ("x", "y", "x", "y", "x"):
        desk.sync(desk.row(external_id="A", comment=comment))
        assert [absence.comment for absence in desk.client.absences(day, day)] == [comment]


def test_a_plan_that_was_cut_off_is_not_applied(desk: Any) -> None:
    desk.plan(desk.week)
    path = desk.files["plan_path"]
    path.write_bytes(b"".join(path.read_bytes().splitlines(keepends=True)[:-1]))
    with pytest.raises(errors.AllHoursParameterError, match=r"is a plan of \d steps of which \d are there"):
        desk.apply()
    assert desk.ledger.writes == 0


def before(draft: AbsenceDraft, **changes: Any) -> AbsenceDraft:
    """What a server stores that takes the day of a date for UTC, unless other changes are given."""
    fields = ("day", "partial_from", "partial_to")
    return msgspec.structs.replace(
        draft, **(changes or {name: getattr(draft, name) - timedelta(days=1) for name in fields})
    )


@pytest.mark.parametrize(
    ("changes", "stored"),
    [
        ({}, "on 2027-02-03"),
        ({"partial_from": None, "partial_to": None}, "as a whole day"),
        ({"partial_from": datetime(2027, 2, 4, 9)}, "with other times"),
    ],
)
def test_an_absence_that_was_stored_otherwise_is_no_success(
    desk: Any, monkeypatch: pytest.MonkeyPatch, changes: dict[str, Any], stored: str
) -> None:
    create = AllHoursClient.create_absence
    monkeypatch.setattr(
        AllHoursClient, "create_absence", lambda client, draft: create(client, before(draft, **changes))
    )
    desk.plan(desk.row(external_id="A", partial_from="08:00", partial_to="12:00"))
    rejects = desk.folder / "rejects.csv"
    result = desk.apply(on_partial="warn", reject_path=rejects)
    assert (result["created"], result["rejected"]) == (0, 1)
    assert f"All Hours accepted it and stored it {stored}" in rejects.read_text()
    # It is owned, so that the next plan corrects it and enters no second one.
    assert len(desk.ledger.owned) == 1
    monkeypatch.undo()
    assert desk.sync(desk.row(external_id="A", partial_from="08:00", partial_to="12:00"))["updated"] == 1


def test_a_change_that_all_hours_accepts_and_does_not_make_is_no_success(
    desk: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    desk.sync(desk.row(external_id="A", comment="x"))
    monkeypatch.setattr(AllHoursClient, "update_absence", lambda client, absence_id, draft: client.absence(absence_id))
    for row in (desk.row(external_id="A", comment="y"), desk.row(external_id="A", absence_definition="Sick leave")):
        desk.plan(row)
        with pytest.raises(errors.AllHoursPartialError, match="1 of 1 rows were not applied"):
            desk.apply()


def test_a_deletion_that_all_hours_accepts_and_does_not_make_is_tried_until_it_is_made(
    desk: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    desk.sync(desk.row(external_id="A"))
    with monkeypatch.context() as patch:
        patch.setattr(AllHoursClient, "delete_absence", lambda client, absence_id: None)
        for _ in range(2):
            desk.plan()
            rejects = desk.folder / "rejects.csv"
            result = desk.apply(on_partial="warn", reject_path=rejects)
            assert (result["deleted"], result["rejected"]) == (0, 1)
            assert "All Hours answered that it is deleted and still has it" in rejects.read_text()
    assert desk.sync()["deleted"] == 1
    assert desk.ledger.owned == {}
