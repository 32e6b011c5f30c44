# SPDX-License-Identifier: Apache-2.0
"""Plan and apply over real HTTP: what was planned is written once, and nothing else."""

from __future__ import annotations

import csv
import io
import json
import tracemalloc
import uuid
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from airflow_provider_allhours.client import AllHoursClient, errors
from airflow_provider_allhours.files.journal import Journal
from airflow_provider_allhours.flows.absence_apply import apply_plan
from airflow_provider_allhours.flows.absence_plan import plan_absences
from airflow_provider_allhours.sandbox.server import Sandbox

ZERO = {"create": 0, "update": 0, "delete": 0, "unchanged": 0, "conflict": 0, "unknown": 0}


def row(**fields: str) -> dict[str, str]:
    return {"employee_id": "1009", "absence_definition": "Annual leave", "date_from": "2027-02-04", **fields}


WEEK = row(external_id="A", date_to="2027-02-09")
MORNING = {
    "email": "USER11@sandbox.example",
    "absence_definition": "Sick leave",
    "date_from": "2027-02-10",
    "partial_from": "08:00",
    "partial_to": "12:00",
    "comment": "Zdravnik; =1+1",
    "external_id": "B",
}


def counts(planned: dict[str, Any]) -> dict[str, int]:
    return {name: planned[name] for name in ZERO}


def absences(sandbox: Sandbox) -> dict[str, Any]:
    query = "state?from=2026-01-01&to=2027-12-31"
    return {record["Id"]: record for record in sandbox.control("GET", query)["absences"]}


def test_planning_writes_nothing_and_says_the_same_twice(sandbox: Sandbox, desk: Any) -> None:
    first = desk.plan(WEEK, MORNING)
    # 6 and 7 are a weekend, the 8th is a holiday.
    assert counts(first) == {**ZERO, "create": 4}
    assert first["diff"].splitlines() == [
        "+ 1009 on 2027-02-04",
        "+ 1009 on 2027-02-05",
        "+ 1009 on 2027-02-09",
        "+ 1012 on 2027-02-10 (part of the day)",
    ]
    assert desk.plan(WEEK, MORNING)["plan_sha256"] == first["plan_sha256"]
    assert sandbox.stats()["writes_accepted"] == 0
    assert "Zdravnik" not in json.dumps(first)
    assert len(json.dumps(first)) < 4000


def test_what_was_planned_is_entered_and_nothing_else_is_touched(sandbox: Sandbox, desk: Any) -> None:
    before, users = absences(sandbox), sandbox.state()["users"]
    result = desk.sync(WEEK, MORNING)
    assert (result["created"], result["rejected"]) == (4, 0)
    after = absences(sandbox)
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
    desk.sync(WEEK, MORNING)
    sandbox.reset_stats()
    again = desk.apply()
    assert (again["created"], again["already_applied"]) == (0, 4)
    assert counts(desk.plan(WEEK, MORNING)) == {**ZERO, "unchanged": 4}
    assert desk.apply()["unchanged"] == 4
    assert sandbox.stats()["writes_accepted"] == 0


def test_changed_and_cancelled_leave(sandbox: Sandbox, desk: Any) -> None:
    desk.sync(WEEK, MORNING)
    owned = dict(desk.ledger.owned)
    shorter = {**WEEK, "date_to": "2027-02-05"}
    afternoon = {**MORNING, "partial_from": "13:00", "partial_to": "15:30"}
    planned = desk.plan(shorter, afternoon)
    assert counts(planned) == {**ZERO, "unchanged": 2, "update": 1, "delete": 1}
    assert planned["diff"].splitlines() == ["- 1009 on 2027-02-09", "~ 1012 on 2027-02-10 (part of the day)"]
    result = desk.apply()
    assert (result["updated"], result["deleted"], result["unchanged"]) == (1, 1, 2)
    after = absences(sandbox)
    assert owned["A@2027-02-09"] not in after
    assert after[owned["B@2027-02-10"]]["PartialTimeFrom"].startswith("2027-02-10T13:00")
    assert counts(desk.plan(shorter)) == {**ZERO, "unchanged": 2, "delete": 1}


def test_leave_that_others_entered_is_never_owned(sandbox: Sandbox, desk: Any) -> None:
    user = sandbox.company.user_at(8).id  # type: ignore[union-attr]
    theirs = sandbox.control(
        "POST", "absences", {"action": "add", "user_id": user, "date": "2027-02-04", "definition": "Annual leave"}
    )
    assert counts(desk.plan(row(external_id="A"))) == {**ZERO, "unchanged": 1}
    assert desk.apply()["unchanged"] == 1
    assert desk.ledger.owned == {}
    assert counts(desk.plan()) == ZERO
    desk.apply()
    assert theirs["Id"] in absences(sandbox)


def test_rows_that_cannot_be_written_are_rejected_with_their_reason(sandbox: Sandbox, desk: Any) -> None:
    user = sandbox.company.user_at(17).id  # type: ignore[union-attr]
    sandbox.control("POST", "absences", {"action": "add", "user_id": user, "date": "2027-02-11"})
    planned = desk.plan(
        row(external_id="ok"),
        row(external_id="nobody", employee_id="9"),
        row(external_id="two", employee_id="1004"),
        row(external_id="type", absence_definition="Siesta"),
        row(external_id="day", date_from="11.2.2027"),
        row(external_id="half", partial_from="08:00"),
        row(external_id="taken", employee_id="1019", date_from="2027-02-11", absence_definition="Sick leave"),
        row(external_id="twice", employee_id="1022", date_from="2027-02-12"),
        row(external_id="thrice", employee_id="1022", date_from="2027-02-11", date_to="2027-02-12"),
    )
    assert counts(planned) == {**ZERO, "create": 2, "conflict": 3, "unknown": 5}
    assert "! row 2: unknown" in planned["diff"]
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
    assert "another row" in reasons["twice"]


def test_a_row_that_became_unknown_deletes_nothing(desk: Any) -> None:
    desk.sync(WEEK)
    assert counts(desk.plan({**WEEK, "absence_definition": "Siesta"})) == {**ZERO, "unknown": 1}


def test_a_plan_is_refused_when_the_account_changed(sandbox: Sandbox, desk: Any) -> None:
    desk.plan(WEEK, MORNING)
    user = sandbox.company.user_at(8).id  # type: ignore[union-attr]
    sandbox.control("POST", "absences", {"action": "add", "user_id": user, "date": "2027-02-05"})
    sandbox.reset_stats()
    with pytest.raises(errors.AllHoursConflictError, match="no longer fits: 1 employee-days changed .* plan again"):
        desk.apply()
    assert sandbox.stats()["writes_accepted"] == 0
    assert desk.ledger.owned == {}


def test_an_absence_that_somebody_removed_is_not_entered_again(sandbox: Sandbox, desk: Any) -> None:
    desk.sync(WEEK)
    sandbox.control("POST", "absences", {"action": "remove", "id": desk.ledger.owned["A@2027-02-05"]})
    assert counts(desk.plan(WEEK)) == {**ZERO, "unchanged": 2, "conflict": 1}


def test_an_empty_source_deletes_nothing_unasked(sandbox: Sandbox, desk: Any) -> None:
    desk.sync(WEEK, MORNING)
    assert counts(desk.plan()) == {**ZERO, "delete": 4}
    sandbox.reset_stats()
    with pytest.raises(errors.AllHoursConflictError, match="deletes 4 absences, more than max_deletes=3"):
        desk.apply(max_deletes=3)
    assert sandbox.stats()["writes_accepted"] == 0
    assert desk.apply(max_deletes=4)["deleted"] == 4
    assert desk.ledger.owned == {}


def test_a_locked_period_is_one_readable_line_each(sandbox: Sandbox, desk: Any) -> None:
    desk.plan(WEEK, MORNING)
    sandbox.control("POST", "lock", {"date": "2027-02-06"})
    rejects = desk.folder / "rejects.csv"
    result = desk.apply(reject_path=rejects, on_partial="warn")
    assert (result["created"], result["rejected"]) == (2, 2)
    lines = list(csv.DictReader(io.StringIO(rejects.read_text())))
    assert [(line["employee_id"], line["date"]) for line in lines] == [("1009", "2027-02-04"), ("1009", "2027-02-05")]
    assert all("locked" in line["reason"] for line in lines)


def test_two_runs_at_once_do_not_share_a_ledger(sandbox: Sandbox, desk: Any) -> None:
    desk.plan(WEEK)
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
    plan_absences(client, source=desk.source(WEEK, MORNING), period=desk.period, **files)
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
    desk.plan(WEEK)
    spoil(desk.files)
    with pytest.raises(errors.AllHoursParameterError, match=message):
        desk.apply()


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"employee_id,date_from\n1,2027-02-01\n", "lacks the columns absence_definition"),
        (b"absence_definition,date_from,name\nx,2027-02-01,y\n", "unknown columns name in row 1"),
        (b"absence_definition,date_from\n\xff,x\n", "is not UTF-8"),
        (b'absence_definition,date_from\n"x"y,"\n', "not readable as CSV near line"),
    ],
)
def test_a_source_that_cannot_be_read(desk: Any, content: bytes, message: str) -> None:
    path = desk.source()
    path.write_bytes(content)
    with pytest.raises(errors.AllHoursParameterError, match=message):
        plan_absences(desk.client, source=path, period=desk.period, **desk.files)


def test_json_lines_and_semicolons_are_read_too(desk: Any) -> None:
    lines = desk.folder / "leave.jsonl"
    lines.write_text(json.dumps({**WEEK, "employee_id": 1009, "comment": None}) + "\n\n")
    assert plan_absences(desk.client, source=lines, period=desk.period, **desk.files)["create"] == 3
    cells = desk.folder / "leave2.csv"
    cells.write_text("employee_id;absence_definition;date_from\n1009;101;2027-02-04\n", encoding="utf-8-sig")
    assert plan_absences(desk.client, source=cells, period=desk.period, **desk.files)["create"] == 1


def test_days_outside_the_period_are_left_alone(desk: Any) -> None:
    assert counts(desk.plan(row(date_from="2027-01-28", date_to="2027-02-02"))) == {**ZERO, "create": 2}


@pytest.mark.slow
def test_ten_thousand_rows_cost_a_handful_of_reads(desk_of: Any, client_of: Callable[..., AllHoursClient]) -> None:
    with Sandbox(employees=1000, months=1, switches={}) as sandbox:
        desk = desk_of(client_of(sandbox), "many")
        days = [day for day in range(1, 16) if date(2027, 2, day).weekday() < 5 and day != 8]
        rows = [
            {
                "user_id": sandbox.company.user_at(1 + number // 10).id,  # type: ignore[union-attr]
                "absence_definition": "Annual leave",
                "date_from": f"2027-02-{days[number % 10]:02}",
                "external_id": str(number),
            }
            for number in range(10_000)
        ]
        tracemalloc.start()
        planned = desk.plan(*rows)
        _, peak = tracemalloc.get_traced_memory()
        tracemalloc.stop()
        assert planned["create"] == 10_000
        # Token, users, definitions, one employee's days, absences.
        assert desk.client.requests <= 6
        assert peak < 120_000_000
        assert len(json.dumps(planned)) < 4000


def test_a_plan_of_another_account_is_refused(sandbox: Sandbox, desk: Any) -> None:
    desk.plan(WEEK)
    plan = desk.files["plan_path"]
    plan.write_text(plan.read_text().replace(sandbox.url, "https://other.example"))
    with pytest.raises(errors.AllHoursConflictError, match=r"the plan is for https://other\.example, the connection"):
        desk.apply()
    assert sandbox.stats()["writes_accepted"] == 0


@pytest.mark.parametrize("action", ["delete", "update"])
def test_an_absence_that_the_ledger_does_not_own_is_never_touched(sandbox: Sandbox, desk: Any, action: str) -> None:
    """Whatever the plan says: somebody may have edited it."""
    user = sandbox.company.user_at(8).id  # type: ignore[union-attr]
    theirs = {"user_id": user, "date": "2027-02-04", "definition": "Annual leave"}
    sandbox.control("POST", "absences", {"action": "add", **theirs})
    desk.plan(row(external_id="A"))
    plan = desk.files["plan_path"]
    header, step = map(json.loads, plan.read_text().splitlines())
    assert step["action"] == "unchanged"
    edited = (header, {**step, "action": action, "comment": "mine"})
    plan.write_text("".join(json.dumps(line) + "\n" for line in edited))
    before = absences(sandbox)
    rejects = desk.folder / "rejects.csv"
    assert desk.apply(on_partial="warn", reject_path=rejects)["rejected"] == 1
    assert "the ledger does not own this absence" in rejects.read_text()
    assert absences(sandbox) == before
    assert sandbox.stats()["writes_accepted"] == 0


def test_a_row_that_was_refused_is_tried_again_by_the_next_run(sandbox: Sandbox, desk: Any) -> None:
    desk.plan(row(external_id="A"))
    sandbox.control("POST", "lock", {"date": "2027-02-06"})
    assert desk.apply(on_partial="warn")["rejected"] == 1
    sandbox.control("POST", "lock", {"date": "2026-01-01"})
    assert desk.apply()["created"] == 1
    assert [json.loads(line)["step"] for line in desk.files["ledger_path"].read_text().splitlines()] == [
        *("intent", "refused"),
        *("intent", "done"),
    ]


def test_progress_is_told_after_each_write(desk: Any) -> None:
    desk.plan(WEEK, MORNING)
    told: list[tuple[int, int]] = []
    desk.apply(on_progress=lambda done, total: told.append((done, total)))
    assert told == [(1, 4), (2, 4), (3, 4), (4, 4)]


def test_rejects_are_in_the_order_of_the_source(desk: Any) -> None:
    desk.plan(*(row(external_id=name, employee_id="9") for name in "CAB"))
    rejects = desk.folder / "rejects.csv"
    assert desk.apply(on_partial="warn", reject_path=rejects)["rejected"] == 3
    lines = list(csv.DictReader(io.StringIO(rejects.read_text())))
    assert [(line["row"], line["external_id"], line["action"]) for line in lines] == [
        ("1", "C", "unknown"),
        ("2", "A", "unknown"),
        ("3", "B", "unknown"),
    ]


def test_the_weekends_and_holidays_are_those_of_somebody_employed_all_the_time(sandbox: Sandbox, desk: Any) -> None:
    """The first employee of the list came in the middle of the month; before that there are no days to read."""
    late = sandbox.company.user_at(1).id  # type: ignore[union-attr]
    sandbox.control("POST", "users", {"user_id": late, "fields": {"CalculationStartDate": "2027-02-20T00:00:00"}})
    # The 8th is a holiday.
    assert desk.plan(row(external_id="A", date_from="2027-02-05", date_to="2027-02-09"))["create"] == 2
