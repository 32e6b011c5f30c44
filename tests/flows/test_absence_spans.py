# SPDX-License-Identifier: Apache-2.0
"""The export of absence spans, held against the exports of absences and timesheets."""

from __future__ import annotations

import csv
import json
from collections import defaultdict
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest

from airflow_provider_allhours.client import AllHoursClient
from airflow_provider_allhours.client.errors import AllHoursIncompleteError, AllHoursServerError
from airflow_provider_allhours.flows.exports import ExportRequest, export_dataset
from airflow_provider_allhours.periods import Period
from airflow_provider_allhours.sandbox.server import Sandbox
from tests.helpers import employee_at

OCTOBER = Period.of_month(2026, 10)
HEADER = (
    "employee_id,user_id,first_name,last_name,absence_definition_id,absence_definition,integration_id,date_from,date_to,"
    "days,workdays,minutes,status,continues_before,continues_after"
)


@pytest.fixture
def allhours_sandbox_options() -> dict[str, Any]:
    return {"employees": 60, "months": 3}


def rows_of(client: AllHoursClient, folder: Path, dataset: str, period: Period = OCTOBER, **options: Any) -> list[Any]:
    path = folder / f"{dataset}.csv"
    export_dataset(client, ExportRequest(dataset, path, period, "Europe/Ljubljana", **options))
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def test_spans_are_the_days_of_absence_joined(client: AllHoursClient, tmp_path: Path) -> None:
    spans = rows_of(client, tmp_path, "absence_spans")
    assert (tmp_path / "absence_spans.csv").read_text().splitlines()[0] == HEADER
    days = {(row["user_id"], row["date"]): row for row in rows_of(client, tmp_path, "timesheets")}
    wide = Period(OCTOBER.date_from - timedelta(days=20), OCTOBER.date_to + timedelta(days=20))
    absences: dict[Any, list[Any]] = defaultdict(list)
    for row in rows_of(client, tmp_path, "absences", wide):
        absences[row["user_id"], row["absence_definition_id"], row["status"]].append(row)
    covered = 0
    for span in spans:
        own = [
            row
            for row in absences[span["user_id"], span["absence_definition_id"], span["status"]]
            if span["date_from"] <= row["date"] <= span["date_to"]
        ]
        covered += len(own)
        first, last = date.fromisoformat(span["date_from"]), date.fromisoformat(span["date_to"])
        assert int(span["days"]) == (last - first).days + 1
        assert {row["date"] for row in own} >= {span["date_from"], span["date_to"]}
        planned = {row["date"]: int(days[span["user_id"], row["date"]]["planned_minutes"]) for row in own}
        assert int(span["workdays"]) == sum(minutes > 0 for minutes in planned.values())
        parts = [int(row["partial_minutes"]) if row["is_partial"] == "true" else planned[row["date"]] for row in own]
        assert int(span["minutes"]) in (sum(parts), sum(parts) // 2)  # a definition may be half a day
    in_october = sum(row["date"][:7] == "2026-10" for rows in absences.values() for row in rows)
    assert covered == in_october
    assert any(int(span["days"]) > int(span["workdays"]) for span in spans)


def test_leave_over_the_end_of_the_month_goes_on(sandbox: Sandbox, client: AllHoursClient, tmp_path: Path) -> None:
    user = next(one for one in client.users() if one.is_time_attendance_user and not one.is_archived)
    (definition,) = [one for one in client.absence_definitions() if one.name == "Annual leave"]
    for record in sandbox.control("GET", "state?from=2026-10-01&to=2026-11-15")["absences"]:
        if record["UserId"] == user.id:
            sandbox.control("POST", "absences", {"action": "remove", "id": record["Id"]})
    for day in ("2026-10-29", "2026-10-30", "2026-11-02"):
        sandbox.control(
            "POST",
            "absences",
            {"action": "add", "user_id": user.id, "date": day, "definition": definition.name, "status": 2},
        )
    (span,) = [row for row in rows_of(client, tmp_path, "absence_spans") if row["user_id"] == user.id]
    assert (span["date_from"], span["date_to"], span["days"]) == ("2026-10-29", "2026-10-30", "2")
    assert (span["continues_before"], span["continues_after"]) == ("false", "true")


def test_only_people_with_leave_cost_a_request(sandbox: Sandbox, client: AllHoursClient, tmp_path: Path) -> None:
    spans = rows_of(client, tmp_path, "absence_spans")
    people = {span["user_id"] for span in spans}
    assert 0 < len(people) < 40
    assert sandbox.stats()["requests"]["GET daily_calculations"] == len(people)


def test_a_missing_day_is_incomplete(sandbox: Sandbox, client: AllHoursClient, tmp_path: Path) -> None:
    user_id = rows_of(client, tmp_path, "absence_spans")[0]["user_id"]
    sandbox.fault("empty", route="daily_calculations", match=user_id)
    with pytest.raises(AllHoursIncompleteError, match=user_id):
        rows_of(client, tmp_path, "absence_spans")


def test_a_list_that_lacks_leave_is_found_by_the_proof(
    sandbox: Sandbox, client: AllHoursClient, tmp_path: Path
) -> None:
    sandbox.fault("empty", route="absences")
    assert rows_of(client, tmp_path, "absence_spans") == []
    with pytest.raises(AllHoursIncompleteError):
        rows_of(client, tmp_path, "absence_spans", proof="days")


def test_a_missing_day_between_two_days_of_leave_is_incomplete(
    sandbox: Sandbox, client: AllHoursClient, tmp_path: Path
) -> None:
    """Nothing says any more whether the two belong together."""
    span = next(row for row in rows_of(client, tmp_path, "absence_spans") if int(row["days"]) > int(row["workdays"]))
    taken = {row["date"] for row in rows_of(client, tmp_path, "absences") if row["user_id"] == span["user_id"]}
    inside = Period(date.fromisoformat(span["date_from"]), date.fromisoformat(span["date_to"])).days()
    between = next(str(day) for day in inside if str(day) not in taken)
    sandbox.fault("missing_day", route="daily_calculations", match=span["user_id"], date=between)
    with pytest.raises(AllHoursIncompleteError, match=span["user_id"]):
        rows_of(client, tmp_path, "absence_spans")


@pytest.mark.slow
def test_a_server_that_fails_is_no_account_that_refuses(
    sandbox: Sandbox, client: AllHoursClient, tmp_path: Path
) -> None:
    told = rows_of(client, tmp_path, "absence_spans")
    day_before = str(OCTOBER.date_from - timedelta(days=14))
    sandbox.fault("status", status=400, route="daily_calculations", match=day_before)
    inside = [row for row in told if (row["continues_before"], row["continues_after"]) == ("false", "false")]
    assert [row for row in rows_of(client, tmp_path, "absence_spans") if row in inside] == inside
    sandbox.clear_faults()
    sandbox.fault("status", status=500, route="daily_calculations", match=day_before)
    with pytest.raises(AllHoursServerError):
        rows_of(client, tmp_path, "absence_spans")


def test_days_that_are_not_valid_are_counted_and_one_leave_twice_is_incomplete(
    client: AllHoursClient, sandbox: Sandbox, tmp_path: Path
) -> None:
    user = employee_at(sandbox, 8).id
    for day in ("2026-10-06", "2026-10-09"):
        sandbox.control("POST", "absences", {"action": "add", "user_id": user, "date": day, "status": 2})
    sandbox.set_switches(invalid_days=["2026-10-07", "2026-10-08"])
    rows_of(client, tmp_path, "absence_spans")
    manifest = json.loads((tmp_path / "absence_spans.csv.manifest.json").read_text())
    assert manifest["invalid_days"] > 0
    sandbox.set_switches(invalid_days=[])
    sandbox.control("POST", "absences", {"action": "add", "user_id": user, "date": "2026-10-06", "status": 2})
    with pytest.raises(AllHoursIncompleteError, match=f"{user} on 2026-10-06"):
        rows_of(client, tmp_path, "absence_spans")
