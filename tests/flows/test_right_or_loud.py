# SPDX-License-Identifier: Apache-2.0
"""Other readings of the API and odd data: the export is right, or nothing is published and the cause is named."""

from __future__ import annotations

import csv
import json
from collections.abc import Callable
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import msgspec
import pytest

from airflow_provider_allhours.attendance.proof import days_whose_absences_differ
from airflow_provider_allhours.attendance.roster import Employment, employments_in
from airflow_provider_allhours.attendance.selection import EmployeeSelection
from airflow_provider_allhours.client import AllHoursClient
from airflow_provider_allhours.client.errors import AllHoursError, AllHoursIncompleteError, AllHoursParameterError
from airflow_provider_allhours.client.models import User
from airflow_provider_allhours.flows.exports import ExportRequest, export_dataset
from airflow_provider_allhours.flows.period_close import close_period
from airflow_provider_allhours.flows.readiness import evaluate_period
from airflow_provider_allhours.periods import Period
from airflow_provider_allhours.sandbox.server import Sandbox
from tests.flows.readings import DATASETS, LOUD, RIGHT

# Each case starts a sandbox and exports; together they take longer than the other fast tests.
pytestmark = pytest.mark.slow

WEEK = Period(date(2026, 10, 5), date(2026, 10, 11))
MONTH = Period.of_month(2026, 10)
ZONE = "Europe/Ljubljana"
LEAVERS = 75
"""Employees of a company in which somebody leaves in October."""


ClientOf = Callable[..., AllHoursClient]


def export(client: AllHoursClient, path: Path, dataset: str, period: Period = MONTH, **changes: Any) -> Any:
    return export_dataset(client, replace(ExportRequest(dataset, str(path), period, ZONE), **changes))


def rows_of(path: Path) -> list[dict[str, str]]:
    with path.open(newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


@pytest.mark.parametrize("case", RIGHT)
def test_another_reading_of_the_api_gives_the_same_bytes(case: str, client_of: ClientOf, tmp_path: Path) -> None:
    for dataset in DATASETS:
        files = []
        for name, switches in (("plain", {}), ("other", RIGHT[case])):
            employees = LEAVERS if "archived" in case else 28
            with Sandbox(employees=employees, months=2, switches=switches) as sandbox:
                path = tmp_path / f"{dataset}-{name}.csv"
                export(client_of(sandbox), path, dataset, WEEK)
                files.append(path.read_bytes())
        if dataset != "users" or case.startswith(("ids", "no stop", "windows", "exclusive")):
            assert files[0] == files[1], dataset


@pytest.mark.parametrize("case", LOUD)
def test_nothing_is_published_and_the_cause_is_named(case: str, client_of: ClientOf, tmp_path: Path) -> None:
    datasets, switches, cause = LOUD[case]
    with Sandbox(employees=28, months=2, switches=switches) as sandbox:
        for dataset in datasets:
            path = tmp_path / f"{dataset}.csv"
            path.write_bytes(b"of last month")
            with pytest.raises(AllHoursError) as caught:
                export(client_of(sandbox), path, dataset)
            assert cause in str(caught.value), dataset
            assert path.read_bytes() == b"of last month"
            assert [file.name for file in tmp_path.iterdir() if file.name.startswith(dataset)] == [path.name]
            assert_nobody_is_named(sandbox, str(caught.value))


def assert_nobody_is_named(sandbox: Sandbox, message: str) -> None:
    users = [sandbox.company.user_at(index) for index in range(28)]
    names = {name for user in users if user for name in (user.first_name, user.last_name, user.email)}
    assert not (names | {"`int`", "`str`", "Struct", "NoneType"}) & set(message.split()), message


@pytest.mark.parametrize(
    "case", ["hours", "seconds", "a stop before the start", "no validity", "no status of absences"]
)
def test_a_close_and_the_readiness_are_as_loud(case: str, client_of: ClientOf, tmp_path: Path) -> None:
    _, switches, _ = LOUD[case]
    with Sandbox(employees=28, months=2, switches=switches) as sandbox:
        client = client_of(sandbox)
        with pytest.raises(AllHoursError):
            close_period(client, period=MONTH, path=tmp_path / "periods", timezone=ZONE, on_invalid="warn")
        assert list(tmp_path.rglob("*.json*")) == []
        with pytest.raises(AllHoursError):
            evaluate_period(client, MONTH, ["absences-decided", "calculations-valid"], today=date(2026, 11, 1))


@pytest.mark.parametrize("dataset", ["absences", "clockings"])
def test_a_list_is_held_against_the_days(dataset: str, client_of: ClientOf, tmp_path: Path) -> None:
    path = tmp_path / "x.csv"
    with Sandbox(employees=28, months=2) as sandbox:
        client = client_of(sandbox)
        unproven = export(client, path, dataset)
        proven = export(client, path, dataset, proof="days")
        assert (proven["rows"], proven["sha256"]) == (unproven["rows"], unproven["sha256"])
        assert json.loads((tmp_path / "x.csv.manifest.json").read_text())["proof"] == "days"
        before = path.read_bytes()
        sandbox.fault("empty", route=dataset, times=20)
        with pytest.raises(AllHoursIncompleteError, match="missing or contradictory") as caught:
            export(client, path, dataset, proof="days")
        assert len(caught.value.missing) > 20
        assert path.read_bytes() == before
        sandbox.clear_faults()
        published = export(client, path, dataset, proof="days", on_incomplete="warn")
        assert published["coverage"]["missing"] == []


@pytest.mark.parametrize("dataset", ["timesheets", "counters", "users"])
def test_what_has_no_second_account_takes_no_proof(dataset: str, client: AllHoursClient, tmp_path: Path) -> None:
    with pytest.raises(AllHoursParameterError, match="parameter 'proof' is 'days'"):
        export(client, tmp_path / "x.csv", dataset, proof="days")


def test_a_decision_that_only_one_of_the_two_shows_is_a_difference(client_of: ClientOf, tmp_path: Path) -> None:
    """The list says approved, the employee-day still pending: which one is paid?"""
    with Sandbox(employees=28, months=2) as sandbox:
        client = client_of(sandbox)
        user = employments_in(client.users(), MONTH)[0].user
        added = sandbox.control(
            "POST", "absences", {"action": "add", "user_id": user.id, "date": "2026-10-07", "status": 1}
        )
        assert added
        export(client, tmp_path / "x.csv", "absences", proof="days")
        days = client.daily_calculations(user.id, date(2026, 10, 7), date(2026, 10, 7))
        (listed,) = [a for a in client.absences(date(2026, 10, 7), date(2026, 10, 7)) if a.user_id == user.id]
        approved = msgspec.structs.replace(listed, status=2)
        employment = Employment(user, MONTH)
        assert days_whose_absences_differ(employment, [listed], days) == []
        assert days_whose_absences_differ(employment, [approved], days) == [date(2026, 10, 7)]
        assert days_whose_absences_differ(employment, [], days) == [date(2026, 10, 7)]


def test_a_close_and_the_readiness_hold_absences_against_the_days(client_of: ClientOf, tmp_path: Path) -> None:
    with Sandbox(employees=28, months=2) as sandbox:
        client = client_of(sandbox)
        sandbox.set_switches(absences_hidden_times=40)
        sandbox.reset_stats()
        with pytest.raises(AllHoursIncompleteError, match="held against the employee-days"):
            close_period(client, period=MONTH, path=tmp_path / "periods", timezone=ZONE)
        read = sandbox.stats()["requests"]["GET daily_calculations"]
        assert not (tmp_path / "periods").exists() or not list((tmp_path / "periods").rglob("*.json*"))
        sandbox.set_switches(absences_hidden_times=6)
        with pytest.raises(AllHoursIncompleteError, match="held against the employee-days"):
            evaluate_period(client, MONTH, ["absences-decided", "calculations-valid"], today=date(2026, 11, 1))
        close = close_period(client, period=MONTH, path=tmp_path / "periods", timezone=ZONE)
        # Nothing had changed while it was read, so that reading anybody again would have shown the same.
        assert (close["version"], close["employees"]) == (1, read)


def test_days_that_are_not_valid(client_of: ClientOf, tmp_path: Path) -> None:
    path = tmp_path / "x.csv"
    with Sandbox(employees=28, months=2, switches={"invalid_days": ["2026-10-07", "2026-10-08"]}) as sandbox:
        client = client_of(sandbox)
        export(client, path, "timesheets")
        invalid = json.loads((tmp_path / "x.csv.manifest.json").read_text())["invalid_days"]
        assert invalid == sum(row["is_valid"] == "false" for row in rows_of(path)) > 40
        before = path.read_bytes()
        with pytest.raises(AllHoursIncompleteError, match=f"calculation of {invalid} employee-days is not valid"):
            export(client, path, "timesheets", on_invalid="fail")
        assert path.read_bytes() == before
        with pytest.raises(AllHoursIncompleteError, match="is not final"):
            close_period(client, period=MONTH, path=tmp_path / "periods", timezone=ZONE)
        closed = close_period(client, period=MONTH, path=tmp_path / "periods", timezone=ZONE, on_invalid="warn")
        assert closed["version"] == 1


def test_only_some_employees(client_of: ClientOf, tmp_path: Path) -> None:
    path = tmp_path / "x.csv"
    with Sandbox(employees=28, months=2) as sandbox:
        client = client_of(sandbox)
        some = sorted({user.employee_id for user in client.users() if user.employee_id})[3:6]
        for dataset, column in (("timesheets", "employee_id"), ("absences", "employee_id"), ("users", "custom_id")):
            export(client, path, dataset, employees=some)
            rows = rows_of(path)
            assert rows
            assert {row[column] for row in rows} <= set(some)
        timesheets = export(client, path, "timesheets", employees=some)
        assert timesheets["coverage"]["expected"] == timesheets["rows"] > 60
        before = path.read_bytes()
        for wrong, said in (
            (["4711"], "4711"),
            ([], "names nobody"),
            ("1001", "names nobody"),
            ({}, "names nobody"),
            ({"custom_field11": ["x"]}, "custom_field1 to custom_field10"),
            ({"custom_field3": ["hourly"]}, "'hourly' of custom_field3, which no user of the account has"),
            ({"custom_field3": ["", "hourly"]}, "'hourly' of custom_field3, which no user of the account has"),
            ({"custom_field3": []}, "list of texts"),
            ([True], "list of texts"),
        ):
            with pytest.raises(AllHoursParameterError, match=said):
                export(client, path, "timesheets", employees=wrong)
            assert path.read_bytes() == before


def test_employees_by_a_custom_field() -> None:
    user = User(id="u", custom_id="0042", custom_field3="hourly", custom_field4=" A ")
    assert EmployeeSelection.of({"custom_field3": ["hourly", "daily"]}).selects(user)
    assert EmployeeSelection.of({"custom_field3": "hourly", "custom_field4": ["A"]}).selects(user)
    assert not EmployeeSelection.of({"custom_field3": ["hourly"], "custom_field4": ["B"]}).selects(user)
    assert not EmployeeSelection.of([42]).selects(user)
    assert EmployeeSelection.of(["0042"]).selects(user)


def test_people_of_the_records_who_are_in_no_list(client_of: ClientOf, tmp_path: Path) -> None:
    """Not deleted: nobody knows whether their days are due."""
    with Sandbox(employees=LEAVERS, months=2, switches={"archived_listed": False}) as sandbox:
        client = client_of(sandbox)
        export(client, tmp_path / "x.csv", "timesheets")
        before = (tmp_path / "x.csv").read_bytes()
        sandbox.set_switches(missing_routes=["user"])
        with pytest.raises(
            AllHoursIncompleteError, match="has records in the period, is in no list and cannot be read"
        ):
            export(client, tmp_path / "x.csv", "timesheets")
        assert (tmp_path / "x.csv").read_bytes() == before


def test_routes_that_are_declared_as_not_served(client_of: ClientOf, tmp_path: Path) -> None:
    """The deliberate word of the account's owner settles that leavers are not looked for."""
    with Sandbox(employees=LEAVERS, months=2, switches={"archived_listed": False}) as sandbox:
        seen = export(client_of(sandbox), tmp_path / "x.csv", "timesheets")
        sandbox.set_switches(missing_routes=["clockings"])
        declared = client_of(sandbox, contract={"routes": {"clockings": None, "absences": None}})
        sandbox.reset_stats()
        unseen = export(declared, tmp_path / "x.csv", "timesheets")
        assert unseen["employees"] < seen["employees"]
        assert "clockings" not in sandbox.stats()["requests"]
        with pytest.raises(AllHoursParameterError, match="does not serve the route 'clockings'"):
            export(declared, tmp_path / "y.csv", "clockings")


def test_a_route_may_carry_a_query(client_of: ClientOf, tmp_path: Path) -> None:
    with Sandbox(employees=28, months=2) as sandbox:
        plain = export(client_of(sandbox), tmp_path / "x.csv", "absences")
        other = export(
            client_of(sandbox, contract={"routes": {"absences": "/api/v1/Absences?includeArchived=true"}}),
            tmp_path / "y.csv",
            "absences",
        )
        assert other["sha256"] == plain["sha256"]
        assert other["source"]["routes"][1] == "/api/v1/Absences?includeArchived=true"


@pytest.mark.parametrize("dataset", ["timesheets", "counters", "absences", "clockings"])
def test_nobody_in_the_period(dataset: str, client_of: ClientOf, tmp_path: Path) -> None:
    with Sandbox(employees=2, months=2) as sandbox, pytest.raises(AllHoursIncompleteError, match="none of the 3 users"):
        export(client_of(sandbox), tmp_path / "x.csv", dataset, Period.of_month(1999, 1))
    assert list(tmp_path.iterdir()) == []


def test_half_a_character_costs_one_character(client_of: ClientOf, tmp_path: Path) -> None:
    files = []
    for on in (False, True):
        with Sandbox(employees=8, months=2, switches={"lone_surrogates": on}) as sandbox:
            export(client_of(sandbox), tmp_path / "x.csv", "timesheets", WEEK)
            files.append(rows_of(tmp_path / "x.csv"))
    plain, odd = files
    assert [{**row, "first_name": f"{row['first_name']}\ufffd"} for row in plain] == odd


def test_records_that_are_in_no_row_are_counted(client_of: ClientOf, tmp_path: Path) -> None:
    with Sandbox(employees=28, months=2) as sandbox:
        client = client_of(sandbox)
        export(client, tmp_path / "x.csv", "absences")
        administrator = next(user for user in client.users() if not user.is_time_attendance_user)
        body = {"action": "add", "user_id": administrator.id, "date": "2026-10-07", "status": 2}
        sandbox.control("POST", "absences", body)
        before = json.loads((tmp_path / "x.csv.manifest.json").read_text())
        export(client, tmp_path / "x.csv", "absences")
        after = json.loads((tmp_path / "x.csv.manifest.json").read_text())
        assert after["left_out"] == before["left_out"] + 1
        assert after["rows"] == before["rows"]
        listed = client.absences(MONTH.date_from, MONTH.date_to)
        assert after["rows"] + after["left_out"] == len(listed)


def test_an_absence_in_an_unknown_state_is_not_frozen(client_of: ClientOf, tmp_path: Path) -> None:
    """Readiness takes it for undecided; a close would count it as taken."""
    with Sandbox(employees=28, months=2) as sandbox:
        client = client_of(sandbox)
        user = employments_in(client.users(), MONTH)[0].user
        sandbox.control("POST", "absences", {"action": "add", "user_id": user.id, "date": "2026-10-07", "status": 9})
        with pytest.raises(
            AllHoursIncompleteError, match=f"absence of user {user.id} on 2026-10-07 has the state status-9"
        ):
            close_period(client, period=MONTH, path=tmp_path / "periods", timezone=ZONE)
        assert list(tmp_path.rglob("manifest.json")) == []


def test_days_around_the_employment_that_the_account_refuses(client_of: ClientOf, tmp_path: Path) -> None:
    """Only the margin of a proof asks for them."""
    with Sandbox(employees=8, months=2) as sandbox:
        client = client_of(sandbox, retry_attempts=1)
        sandbox.fault("status", status=404, route="daily_calculations", match="dateFrom=2026-10-04")
        proven = export(client, tmp_path / "x.csv", "clockings", WEEK, proof="days")
        assert proven["rows"] > 0
        assert sandbox.stats()["faults"]["status"] > 0


def test_definitions_of_another_list(client_of: ClientOf, tmp_path: Path) -> None:
    with Sandbox(employees=28, months=2) as sandbox:
        client = client_of(sandbox)
        export(client, tmp_path / "x.csv", "absences")
        before = (tmp_path / "x.csv").read_bytes()
        sandbox.fault("empty", route="absence_definitions")
        with pytest.raises(AllHoursIncompleteError, match="list of absence definitions has 0 records and lacks"):
            export(client, tmp_path / "x.csv", "absences")
        assert (tmp_path / "x.csv").read_bytes() == before
