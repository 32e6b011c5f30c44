# SPDX-License-Identifier: Apache-2.0
"""Planning over real HTTP: it writes nothing, and costs the same for any number of rows."""

from __future__ import annotations

import json
import tracemalloc
from collections.abc import Callable
from datetime import date, time
from typing import Any

import openpyxl
import pytest

from airflow_provider_allhours.client import AllHoursClient, errors
from airflow_provider_allhours.flows.absence_plan import plan_absences
from airflow_provider_allhours.periods import Period
from airflow_provider_allhours.sandbox.server import Sandbox

ZERO = {"create": 0, "update": 0, "delete": 0, "unchanged": 0, "conflict": 0, "unknown": 0}


def test_planning_writes_nothing_and_says_the_same_twice(sandbox: Sandbox, desk: Any) -> None:
    first = desk.plan(desk.week, desk.morning)
    # 6 and 7 are a weekend, the 8th is a holiday.
    assert desk.counts(first) == {**ZERO, "create": 4}
    assert first["diff"].splitlines() == [
        "+ 1009 on 2027-02-04",
        "+ 1009 on 2027-02-05",
        "+ 1009 on 2027-02-09",
        "+ 1012 on 2027-02-10 (part of the day)",
    ]
    assert desk.plan(desk.week, desk.morning)["plan_sha256"] == first["plan_sha256"]
    assert sandbox.stats()["writes_accepted"] == 0
    assert "Zdravnik" not in json.dumps(first)
    assert len(json.dumps(first)) < 4000


def test_a_row_that_became_unknown_deletes_nothing(desk: Any) -> None:
    desk.sync(desk.week)
    assert desk.counts(desk.plan({**desk.week, "absence_definition": "Siesta"})) == {**ZERO, "unknown": 1}


def test_an_absence_that_somebody_removed_is_not_entered_again(sandbox: Sandbox, desk: Any) -> None:
    desk.sync(desk.week)
    sandbox.control(
        "POST",
        "absences",
        {"action": "remove", "id": desk.ledger.owned[f"A@{sandbox.company.user_at(8).id}@2027-02-05@"]},
    )
    assert desk.counts(desk.plan(desk.week)) == {**ZERO, "unchanged": 2, "conflict": 1}


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
    lines.write_text(json.dumps({**desk.week, "employee_id": 1009, "comment": None}) + "\n\n")
    assert plan_absences(desk.client, source=lines, period=desk.period, **desk.files)["create"] == 3
    cells = desk.folder / "leave2.csv"
    cells.write_text("employee_id;absence_definition;date_from\n1009;101;2027-02-04\n", encoding="utf-8-sig")
    assert plan_absences(desk.client, source=cells, period=desk.period, **desk.files)["create"] == 1


def test_a_workbook_is_planned_like_the_same_csv(desk: Any) -> None:
    rows = [desk.week, desk.morning]
    names = list(dict.fromkeys(name for row in rows for name in row))
    book = openpyxl.Workbook()
    book.active.append(names)
    for row in rows:
        cells: list[Any] = [row.get(name) for name in names]
        for index, name in enumerate(names):
            if name.startswith("date") and cells[index]:
                cells[index] = date.fromisoformat(cells[index])
            elif name.startswith("partial") and cells[index]:
                cells[index] = time.fromisoformat(cells[index])
            elif name == "employee_id" and cells[index]:
                cells[index] = int(cells[index])
        book.active.append(cells)
    book.save(desk.folder / "leave.xlsx")
    options = {"period": desk.period, **desk.files}
    planned = plan_absences(desk.client, source=desk.folder / "leave.xlsx", **options)
    assert planned == desk.plan(*rows)


def test_days_outside_the_period_are_left_alone(desk: Any) -> None:
    assert desk.counts(desk.plan(desk.row(date_from="2027-01-28", date_to="2027-02-02"))) == {**ZERO, "create": 2}


@pytest.mark.slow
def test_twenty_thousand_rows_cost_a_handful_of_reads(desk_of: Any, client_of: Callable[..., AllHoursClient]) -> None:
    with Sandbox(employees=1000, months=1, switches={}) as sandbox:
        desk = desk_of(client_of(sandbox), "many")
        days = [day for day in range(1, 16) if date(2027, 2, day).weekday() < 5 and day != 8]
        morning = {"partial_from": "08:00", "partial_to": "12:00"}
        rows = [
            {
                "user_id": sandbox.company.user_at(1 + number // 20).id,
                "absence_definition": "Annual leave",
                "date_from": f"2027-02-{days[number // 2 % 10]:02}",
                **({"partial_from": "12:00", "partial_to": "16:00"} if number % 2 else morning),
                "external_id": str(number),
            }
            for number in range(20_000)
        ]
        sandbox.control("POST", "absences", {"action": "add", "user_id": rows[0]["user_id"], "date": "2027-02-28"})
        tracemalloc.start()
        planned = desk.plan(*rows)
        _, peak = tracemalloc.get_traced_memory()
        tracemalloc.stop()
        assert planned["create"] == 20_000
        # Token, users, definitions, absences: one of them is there, so that no day has to prove an empty list.
        assert desk.client.requests <= 6
        assert peak < 150_000_000
        assert len(json.dumps(planned)) < 4000


def test_leave_on_days_that_all_hours_does_not_have_is_parked(sandbox: Sandbox, desk: Any) -> None:
    late = sandbox.company.user_at(8).id
    sandbox.control("POST", "users", {"user_id": late, "fields": {"CalculationStartDate": "2027-02-08T00:00:00"}})
    planned = desk.plan(desk.row(external_id="A", date_from="2027-02-05", date_to="2027-02-09"))
    assert desk.counts(planned) == {**ZERO, "unknown": 1}
    assert f"no employee-day of user {late} on 2027-02-05" in desk.files["plan_path"].read_text()


def test_an_account_without_employee_days_is_an_error_and_no_guess(sandbox: Sandbox, desk: Any) -> None:
    sandbox.set_switches(missing_routes=["daily_calculations"])
    with pytest.raises(errors.AllHoursNotFoundError):
        desk.plan(desk.week)


def test_an_empty_list_of_absences_is_not_believed_while_days_carry_some(sandbox: Sandbox, desk: Any) -> None:
    """It made a second standing absence."""
    user = sandbox.company.user_at(8).id
    sandbox.control("POST", "absences", {"action": "add", "user_id": user, "date": "2027-02-04"})
    sandbox.fault("empty", route="absences", method="GET")
    with pytest.raises(errors.AllHoursIncompleteError, match=f"employee-day of user {user} on 2027-02-04 shows"):
        desk.plan(desk.row(external_id="A"))
    assert not desk.files["plan_path"].exists()
    # An absence that was entered between the list and the days is in the list that is read again.
    sandbox.clear_faults()
    sandbox.fault("empty", route="absences", method="GET", times=1)
    assert desk.plan(desk.row(external_id="A"))["unchanged"] == 1


def test_leave_entered_between_the_list_and_the_days_is_read_again(sandbox: Sandbox, desk: Any) -> None:
    user = sandbox.company.user_at(8).id
    for day in ("2027-02-02", "2027-02-04"):
        sandbox.control("POST", "absences", {"action": "add", "user_id": user, "date": day})
    sandbox.fault("empty", route="absences", method="GET", times=1)
    planned = desk.plan(desk.row(external_id="A", date_to="2027-02-05"))
    assert desk.counts(planned) == {**ZERO, "unchanged": 1, "create": 1}


def test_an_empty_list_at_the_apply_is_not_believed_either(sandbox: Sandbox, desk: Any) -> None:
    desk.plan(desk.row(external_id="A"))
    user = sandbox.company.user_at(8).id
    sandbox.control("POST", "absences", {"action": "add", "user_id": user, "date": "2027-02-04"})
    sandbox.fault("empty", route="absences", method="GET")
    with pytest.raises(errors.AllHoursIncompleteError, match="the list of absences lacks one"):
        desk.apply()
    sandbox.clear_faults()
    sandbox.fault("empty", route="absences", method="GET", times=1)
    with pytest.raises(errors.AllHoursConflictError, match="the plan no longer fits"):
        desk.apply()
    assert sandbox.stats()["writes_accepted"] == 0


def test_leave_across_the_end_of_the_year_and_the_change_of_clocks(sandbox: Sandbox, desk: Any) -> None:
    for first, last, days in (
        ("2026-12-30", "2027-01-05", ["2026-12-30", "2026-12-31", "2027-01-04", "2027-01-05"]),
        ("2027-03-26", "2027-03-30", ["2027-03-26", "2027-03-30"]),
    ):
        desk.period = Period(date.fromisoformat(first), date.fromisoformat(last))
        row = desk.row(external_id=first, date_from=first, date_to=last)
        planned = desk.plan(row)
        assert [line.rpartition(" ")[2] for line in planned["diff"].splitlines()] == days
        assert desk.apply()["created"] == len(days)
        assert desk.counts(desk.plan(desk.row(external_id=first, date_from=first, date_to=last)))["unchanged"] == len(
            days
        )


def test_days_that_show_an_absence_that_is_not_listed_are_no_basis_of_a_plan(
    sandbox: Sandbox, desk: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Of leave of several days, the calendar of the employee shows what the list lacks."""
    user: Any = sandbox.company.user_at(8)
    for index in (8, 10):
        body = {"action": "add", "user_id": sandbox.company.user_at(index).id, "date": "2027-02-05"}
        sandbox.control("POST", "absences", body)
    whole = desk.client.absences_in_parts

    def without_one(*days: date, **options: Any) -> Any:
        return ([one for one in part if one.user_id != user.id] for part in whole(*days, **options))

    monkeypatch.setattr(desk.client, "absences_in_parts", without_one)
    with pytest.raises(errors.AllHoursIncompleteError, match=f"user {user.id} on 2027-02-05 shows"):
        desk.plan(desk.week)


def test_rows_without_a_day_to_enter_are_named(desk: Any) -> None:
    """A typing error in a year, or leave of a weekend only, would else be in no count and no text."""
    rows = [
        desk.row(external_id="A", date_from="2072-02-04"),
        desk.row(external_id="B", date_from="2027-02-06", date_to="2027-02-07"),
        desk.row(external_id="C"),
    ]
    planned = desk.plan(*rows)
    assert planned["create"] == 1
    last = planned["diff"].splitlines()[-1]
    assert last == "rows of the source without a day to enter in 2027-02-01/2027-02-28: 2 (row 1, 2)"
