# SPDX-License-Identifier: Apache-2.0
"""Exports over real HTTP: complete and correct, or loud with nothing published. Nothing in between."""

from __future__ import annotations

import csv
import hashlib
import hmac
import json
import os
from collections.abc import Callable
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest

from airflow_provider_allhours.attendance.roster import Shard, employments_in
from airflow_provider_allhours.client import AllHoursClient, errors
from airflow_provider_allhours.flows.clock import company_today
from airflow_provider_allhours.flows.datasets import clockings
from airflow_provider_allhours.flows.exports import ExportRequest, export_dataset
from airflow_provider_allhours.periods import Period
from airflow_provider_allhours.sandbox.server import Sandbox

OCTOBER = Period.of_month(2026, 10)
DATASETS = ["timesheets", "counters", "absences", "clockings", "users"]
ClientOf = Callable[..., AllHoursClient]


def request(path: Path, dataset: str = "timesheets", **changes: Any) -> ExportRequest:
    return replace(ExportRequest(dataset, str(path), OCTOBER, "Europe/Ljubljana"), **changes)


def rows_of(path: Path) -> list[dict[str, str]]:
    with path.open(newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


def api(sandbox: Sandbox, path: str) -> Any:
    """What the sandbox says itself, read without the client."""
    import requests

    token = requests.post(
        sandbox.token_url,
        data={
            "grant_type": "client_credentials",
            "client_id": sandbox.client_id,
            "client_secret": sandbox.client_secret,
        },
        timeout=60,
    ).json()["access_token"]
    headers = {"Authorization": f"Bearer {token}"}
    return requests.get(f"{sandbox.url}/api/v1/{path}", headers=headers, timeout=60).json()


def here_all_month(client: AllHoursClient) -> str:
    return next(
        employment.user.id for employment in employments_in(client.users(), OCTOBER) if employment.days == OCTOBER
    )


def is_due(user: dict[str, Any], day: str) -> bool:
    start, stop = user["CalculationStartDate"], user["CalculationStopDate"]
    return (not start or start[:10] <= day) and (not stop or day <= stop[:10])


def test_a_timesheet_says_what_the_account_says(sandbox: Sandbox, client: AllHoursClient, tmp_path: Path) -> None:
    manifest = export_dataset(client, request(tmp_path / "x.csv"))
    expected: dict[tuple[str, str], dict[str, Any]] = {}
    users = {user["Id"]: user for user in api(sandbox, "Users")}
    for user in users.values():
        if not user["IsTimeAttendanceUser"]:
            continue
        window = "dateFrom=2026-10-01T00:00:00&dateTo=2026-10-31T00:00:00"
        for day in api(sandbox, f"UserCalculations/{user['Id']}?{window}")["DailyCalculations"]:
            if is_due(user, day["Date"]):
                expected[user["Id"], day["Date"]] = day
    rows = rows_of(tmp_path / "x.csv")
    assert {(row["user_id"], row["date"]) for row in rows} == set(expected)
    assert manifest["rows"] == len(rows) == manifest["coverage"]["expected"] == manifest["coverage"]["received"]
    for row in rows:
        day, user = expected[row["user_id"], row["date"]], users[row["user_id"]]
        summary = day["CalculationResultSummary"]
        accruals = {accrual["CalculationResultTypeCode"]: accrual["Value"] for accrual in day["Accruals"]}
        stamps = sorted(clocking["Timestamp"][:19] for clocking in day["Clockings"])
        booked = sorted(a["AbsenceDefinitionName"] for a in day["Absences"] if a["Status"] not in (1, 3))
        assert row == {
            "employee_id": user["CustomId"],
            "user_id": user["Id"],
            "first_name": user["FirstName"],
            "last_name": user["LastName"],
            "email": user["Email"],
            "date": day["Date"],
            "planned_minutes": accruals[1],
            "paid_presence_minutes": str(summary["PaidPresenceValue"]),
            "paid_absence_minutes": str(summary["PaidAbsenceValue"]),
            "unpaid_presence_minutes": str(summary["UnpaidPresenceValue"]),
            "missing_presence_minutes": str(summary["MissingPresenceValue"]),
            "overtime_minutes": str(summary["DailyOvertimeValue"]),
            "lunch_break_minutes": str(summary["LunchBreakValue"]),
            "balance_minutes": str(summary["DailyBalanceValue"]),
            "running_balance_minutes": str(summary["RunningBalanceValue"]),
            "first_clocking": stamps[0] if stamps else "",
            "last_clocking": stamps[-1] if stamps else "",
            "absences": "; ".join(booked),
            "missing_events": str(len(day["MissingEventExceptions"])),
            "is_weekend": str(day["IsWeekend"]).lower(),
            "is_holiday": str(day["IsHoliday"]).lower(),
            "holiday_name": day["HolidayName"] or "",
            "is_valid": "true",
            "comment": day["DailyComment"] or "",
        }
    keys = [(row["employee_id"], row["user_id"], row["date"]) for row in rows]
    assert keys == sorted(keys)
    assert manifest["totals"]["paid_presence_minutes"] == sum(int(row["paid_presence_minutes"]) for row in rows)
    # Formulas and line breaks reach the file as they were sent.
    assert any(row["comment"].startswith("=") for row in rows)
    assert any("\n" in row["comment"] for row in rows)


def test_the_manifest_holds_what_is_promised(sandbox: Sandbox, client: AllHoursClient, tmp_path: Path) -> None:
    returned = export_dataset(client, request(tmp_path / "x.csv"))
    written = json.loads((tmp_path / "x.csv.manifest.json").read_text())
    assert set(returned) == {
        "dataset", "period", "timezone", "path", "manifest_path", "format", "rows", "employees", "bytes", "sha256",
        "coverage", "totals", "source", "provider_version", "requests", "created_at",
    }  # fmt: skip
    assert {name: written[name] for name in returned} == returned
    assert written["schema"][6] == {"name": "planned_minutes", "type": "minutes"}
    assert returned["period"] == {"from": "2026-10-01", "to": "2026-10-31"}
    assert returned["manifest_path"] == str(tmp_path / "x.csv.manifest.json")
    assert returned["requests"] == sandbox.stats()["total"]
    assert returned["source"]["host"] == sandbox.url
    assert len(json.dumps(returned)) < 3000
    names = {row[column] for row in rows_of(tmp_path / "x.csv") for column in ("first_name", "last_name", "email")}
    assert names
    assert not [name for name in names if name in json.dumps(written)]


@pytest.mark.parametrize("dataset", DATASETS)
@pytest.mark.parametrize("suffix", ["csv", "jsonl.gz", "parquet"])
def test_the_same_data_gives_the_same_bytes(client: AllHoursClient, tmp_path: Path, dataset: str, suffix: str) -> None:
    first = export_dataset(client, request(tmp_path / f"a.{suffix}", dataset))
    second = export_dataset(client, request(tmp_path / f"b.{suffix}", dataset))
    assert first["sha256"] == second["sha256"]
    assert first["rows"] > 0
    assert first["format"] == suffix.removesuffix(".gz")


@pytest.mark.parametrize("dataset", DATASETS)
def test_an_empty_month_has_the_types_of_a_full_one(client: AllHoursClient, tmp_path: Path, dataset: str) -> None:
    export_dataset(client, request(tmp_path / "full.parquet", dataset))
    long_ago = Period.of_month(1999, 1)
    if dataset in ("timesheets", "counters"):
        return_value = export_dataset(
            client, request(tmp_path / "empty.parquet", dataset, period=long_ago, shard=Shard(999, 1000))
        )
    else:
        return_value = export_dataset(client, request(tmp_path / "empty.parquet", dataset, period=long_ago))
    assert pq.read_schema(tmp_path / "full.parquet") == pq.read_schema(tmp_path / "empty.parquet")
    assert dataset == "users" or return_value["rows"] == 0


def test_absences_of_every_state_are_exported_day_by_day(
    sandbox: Sandbox, client: AllHoursClient, tmp_path: Path
) -> None:
    user = next(user for user in client.users() if user.is_time_attendance_user)
    for status, day in enumerate((5, 6, 7, 8, 9, 12)):
        sandbox.control(
            "POST",
            "absences",
            {"action": "add", "user_id": user.id, "date": f"2026-10-{day:02}", "status": status if status < 5 else 9},
        )
    manifest = export_dataset(client, request(tmp_path / "x.csv", "absences"))
    rows = rows_of(tmp_path / "x.csv")
    added = [row["status"] for row in rows if row["user_id"] == user.id and row["date"] in
             {f"2026-10-{day:02}" for day in (5, 6, 7, 8, 9, 12)}]  # fmt: skip
    for status in ("auto-approved", "pending", "approved", "rejected", "auto-approved-notified", "status-9"):
        assert status in added
    expected = api(sandbox, "Absences?dateFrom=2026-10-01T00:00:00&dateTo=2026-10-31T23:59:59")
    assert {row["absence_id"] for row in rows} == {absence["Id"] for absence in expected}
    assert manifest["coverage"] == {"expected": None, "received": len(rows), "missing": []}
    partial = [row for row in rows if row["is_partial"] == "true"]
    assert partial
    assert all(row["partial_minutes"] and row["partial_from"][:10] == row["date"] for row in partial)
    assert all(row["partial_minutes"] == "" for row in rows if row["is_partial"] == "false")


@pytest.mark.parametrize("at_once", [1, 40, 100])
def test_clockings_that_memory_cannot_hold_make_the_same_file(
    at_once: int, sandbox: Sandbox, client: AllHoursClient, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = export_dataset(client, request(tmp_path / "whole.csv", "clockings"))
    monkeypatch.setattr(clockings, "EMPLOYEE_DAYS_AT_ONCE", at_once)
    in_windows = export_dataset(client, request(tmp_path / "windows.csv", "clockings"))
    assert (tmp_path / "windows.csv").read_bytes() == (tmp_path / "whole.csv").read_bytes()
    assert in_windows["requests"] > whole["requests"]


def test_clockings_and_counters_and_users(sandbox: Sandbox, client: AllHoursClient, tmp_path: Path) -> None:
    export_dataset(client, request(tmp_path / "clockings.csv", "clockings"))
    clocked = rows_of(tmp_path / "clockings.csv")
    expected = api(sandbox, "Clockings?dateFrom=2026-10-01T00:00:00&dateTo=2026-10-31T23:59:59")
    assert len(clocked) == len(expected)
    assert {row["clocking_definition"] for row in clocked} == {"Arrival", "Departure"}
    export_dataset(client, request(tmp_path / "counters.csv", "counters"))
    counters = rows_of(tmp_path / "counters.csv")
    meals = [row for row in counters if row["counter_code"] == "103"]
    assert meals
    assert all(row["minutes"] == "" and row["value"] in "01" for row in meals)
    assert all(row["minutes"] == row["value"] for row in counters if row["counter_code"] == "1")
    manifest = export_dataset(client, request(tmp_path / "users.csv", "users", period=None))
    users = rows_of(tmp_path / "users.csv")
    assert len(users) == len(api(sandbox, "Users")) == manifest["employees"]
    assert {"custom_id", "is_time_attendance_user", "custom_field10", "calculation_stop_date"} <= set(users[0])


@pytest.mark.slow
def test_joiners_and_leavers_have_just_their_days(client_of: ClientOf, tmp_path: Path) -> None:
    with Sandbox(employees=60) as sandbox:
        client = client_of(sandbox)
        users = [user for user in client.users() if user.is_time_attendance_user]
        joiner, leaver, gone = users[10].id, users[11].id, users[12].id
        for user_id, fields in (
            (joiner, {"CalculationStartDate": "2026-10-15T00:00:00"}),
            (leaver, {"CalculationStopDate": "2026-10-09T00:00:00", "IsArchived": True}),
            (gone, {"CalculationStopDate": "2026-09-30T00:00:00", "IsArchived": True}),
        ):
            sandbox.control("POST", "users", {"user_id": user_id, "fields": fields})
        for listed in (True, False):
            sandbox.set_switches(archived_listed=listed)
            export_dataset(client, request(tmp_path / "x.csv"))
            days: dict[str, list[str]] = {}
            for row in rows_of(tmp_path / "x.csv"):
                days.setdefault(row["user_id"], []).append(row["date"])
            assert (days[joiner][0], len(days[joiner])) == ("2026-10-15", 17)
            assert (days[leaver][-1], len(days[leaver])) == ("2026-10-09", 9)
            assert gone not in days


@pytest.mark.parametrize("month", [(2026, 3), (2026, 10)])
def test_months_in_which_the_clocks_change(client: AllHoursClient, tmp_path: Path, month: tuple[int, int]) -> None:
    manifest = export_dataset(client, request(tmp_path / "x.csv", period=Period.of_month(*month)))
    days = {row["date"] for row in rows_of(tmp_path / "x.csv")}
    assert len(days) == 31
    assert manifest["coverage"]["expected"] == manifest["rows"]


FAULTS_THAT_HIDE_DAYS: list[dict[str, Any]] = [
    {"kind": "html"},
    {"kind": "truncated_json"},
    {"kind": "wrong_shape"},
    {"kind": "empty"},
    {"kind": "empty_body"},
    {"kind": "missing_day"},
    {"kind": "missing_day", "date": "2026-10-01"},
    {"kind": "doubled_day", "contradict": True, "date": "2026-10-07"},
]


@pytest.mark.parametrize("dataset", ["timesheets", "counters"])
@pytest.mark.parametrize("fault", FAULTS_THAT_HIDE_DAYS, ids=lambda fault: "-".join(map(str, fault.values())))
def test_a_hidden_day_fails_loudly_and_publishes_nothing(
    sandbox: Sandbox, client: AllHoursClient, tmp_path: Path, fault: dict[str, Any], dataset: str
) -> None:
    path = tmp_path / "x.csv"
    path.write_text("earlier")
    if fault == {"kind": "missing_day"}:
        fault = {**fault, "date": "2026-10-31"}
    sandbox.fault(**fault, route="daily_calculations", match=here_all_month(client))
    with pytest.raises(errors.AllHoursIncompleteError, match=r"of \d+ employee-days are missing") as caught:
        export_dataset(client, request(path, dataset))
    assert caught.value.missing
    assert path.read_text() == "earlier"
    assert [entry.name for entry in tmp_path.iterdir()] == ["x.csv"]
    names = {user.last_name for user in client.users()} | {user.email for user in client.users()}
    assert not [name for name in names if name and name in str(caught.value)]


@pytest.mark.parametrize("fault", FAULTS_THAT_HIDE_DAYS, ids=lambda fault: "-".join(map(str, fault.values())))
def test_with_warn_the_hidden_days_are_listed(
    sandbox: Sandbox, client: AllHoursClient, tmp_path: Path, fault: dict[str, Any]
) -> None:
    if fault == {"kind": "missing_day"}:
        fault = {**fault, "date": "2026-10-31"}
    sandbox.fault(**fault, route="daily_calculations", match=here_all_month(client))
    coverage = export_dataset(client, request(tmp_path / "x.csv", on_incomplete="warn"))["coverage"]
    rows = rows_of(tmp_path / "x.csv")
    assert coverage["received"] == len(rows) < coverage["expected"]
    assert 1 <= len(coverage["missing"]) <= 20
    exported = {(row["user_id"], row["date"]) for row in rows}
    assert all((lost["user_id"], lost["date"]) not in exported for lost in coverage["missing"])


@pytest.mark.parametrize(("dataset", "warns"), [("timesheets", True), ("counters", True), ("absences", False)])
def test_a_period_that_is_not_over_is_exported_with_a_warning(
    client: AllHoursClient, tmp_path: Path, dataset: str, warns: bool, caplog: pytest.LogCaptureFixture
) -> None:
    today = company_today("Europe/Ljubljana")
    export_dataset(client, request(tmp_path / "over.csv", dataset, period=Period(*[today - timedelta(days=2)] * 2)))
    assert "is not over" not in caplog.text
    still_open = Period(today - timedelta(days=2), today + timedelta(days=3))
    export_dataset(client, request(tmp_path / "x.csv", dataset, period=still_open))
    assert ("its last 4 days have plans" in caplog.text) == warns
    manifests = [json.loads((tmp_path / f"{name}.csv.manifest.json").read_text()) for name in ("over", "x")]
    assert [manifest["open_days"] for manifest in manifests] == [0, 4]


@pytest.mark.parametrize("dataset", DATASETS)
@pytest.mark.parametrize("on_incomplete", ["fail", "warn"])
def test_no_user_at_all_is_not_an_empty_company(
    sandbox: Sandbox,
    client: AllHoursClient,
    tmp_path: Path,
    dataset: str,
    on_incomplete: str,
    caplog: pytest.LogCaptureFixture,
) -> None:
    sandbox.fault("empty", route="users")
    empty = request(tmp_path / "x.csv", dataset, on_incomplete=on_incomplete)
    if on_incomplete == "fail":
        with pytest.raises(errors.AllHoursIncompleteError, match="no user at all"):
            export_dataset(client, empty)
        assert list(tmp_path.iterdir()) == []
    else:
        manifest = export_dataset(client, empty)
        assert "no user at all" in caplog.text
        # People of the period's records are requested by id; the list of users itself has nobody.
        assert (manifest["rows"] == 0) is (dataset == "users")
        assert len(rows_of(tmp_path / "x.csv")) == manifest["rows"]


@pytest.mark.parametrize(
    ("fault", "error"),
    [
        ({"kind": "html", "route": "users"}, errors.AllHoursContractError),
        ({"kind": "truncated_json", "route": "users"}, errors.AllHoursContractError),
        ({"kind": "status", "status": 404, "route": "daily_calculations"}, errors.AllHoursNotFoundError),
        ({"kind": "status", "status": 403, "route": "daily_calculations"}, errors.AllHoursAuthError),
        ({"kind": "status", "status": 401, "route": "daily_calculations"}, errors.AllHoursAuthError),
        ({"kind": "status", "status": 503, "route": "daily_calculations"}, errors.AllHoursServerError),
        ({"kind": "rate_limit", "seconds": 99, "route": "daily_calculations"}, errors.AllHoursRateLimitError),
        ({"kind": "redirect", "route": "daily_calculations"}, errors.AllHoursResponseError),
        ({"kind": "reset", "route": "daily_calculations"}, errors.AllHoursTransportError),
        ({"kind": "status", "status": 400, "route": "token"}, errors.AllHoursAuthError),
        ({"kind": "html", "route": "token"}, errors.AllHoursContractError),
    ],
    ids=lambda value: "-".join(str(v) for v in value.values()) if isinstance(value, dict) else value.__name__,
)
@pytest.mark.parametrize("on_incomplete", ["fail", "warn"])
def test_what_does_not_pass_is_raised_as_it_is(
    sandbox: Sandbox,
    client_of: ClientOf,
    tmp_path: Path,
    fault: dict[str, Any],
    error: type[Exception],
    on_incomplete: str,
) -> None:
    sandbox.fault(**fault)
    client = client_of(sandbox, retry_attempts=2)
    with pytest.raises(error):
        export_dataset(client, request(tmp_path / "x.csv", on_incomplete=on_incomplete))
    assert list(tmp_path.iterdir()) == []


@pytest.mark.slow
@pytest.mark.parametrize(
    "fault",
    [
        # Once: a request that is refused again with its new token is refused, by design.
        {"kind": "status", "status": 401, "times": 1},
        {"kind": "revoke", "times": 1},
        {"kind": "status", "status": 503},
        {"kind": "rate_limit", "seconds": 0.2},
        {"kind": "rate_limit", "seconds": 1, "as_date": True},
        {"kind": "reset"},
        {"kind": "cut_after"},
        {"kind": "truncated"},
        {"kind": "doubled_day", "contradict": False},
        {"kind": "slow_body", "ms": 200},
    ],
    ids=lambda fault: "-".join(map(str, fault.values())),
)
def test_what_passes_leaves_no_trace(
    sandbox: Sandbox, client: AllHoursClient, tmp_path: Path, fault: dict[str, Any]
) -> None:
    undisturbed = export_dataset(client, request(tmp_path / "a.csv"))["sha256"]
    sandbox.fault(**{"times": 2, **fault}, route="daily_calculations", after=5)
    assert export_dataset(client, request(tmp_path / "b.csv"))["sha256"] == undisturbed
    assert sandbox.stats()["faults"] == {fault["kind"]: fault.get("times", 2)}


def test_the_shards_together_are_everyone_exactly_once(client: AllHoursClient, tmp_path: Path) -> None:
    export_dataset(client, request(tmp_path / "all.csv"))
    parts: list[dict[str, str]] = []
    for index in range(3):
        export_dataset(client, request(tmp_path / f"{index}.csv", shard=Shard(index, 3)))
        parts += rows_of(tmp_path / f"{index}.csv")
    whole = rows_of(tmp_path / "all.csv")
    assert sorted(map(str, parts)) == sorted(map(str, whole))


def test_privacy_reaches_the_file(client: AllHoursClient, tmp_path: Path) -> None:
    hidden = request(
        tmp_path / "x.csv",
        columns=["user_id", "email", "comment", "date", "paid_presence_minutes"],
        privacy={"email": "hash", "comment": "drop"},
    )
    manifest = export_dataset(client, hidden)
    row = rows_of(tmp_path / "x.csv")[0]
    assert list(row) == ["user_id", "email", "date", "paid_presence_minutes"]
    assert len(row["email"]) == 64
    first = min((user for user in client.users() if user.id == row["user_id"]), key=lambda user: user.id)
    digest = hmac.new(client.pseudonym_key, str(first.email).encode(), hashlib.sha256).hexdigest()
    assert row["email"] == digest != hmac.new(b"", str(first.email).encode(), hashlib.sha256).hexdigest()
    assert list(manifest["totals"]) == ["paid_presence_minutes"]


def test_parameters_that_cannot_work(client: AllHoursClient, tmp_path: Path) -> None:
    with pytest.raises(errors.AllHoursParameterError, match="'on_incomplete' is 'ignore'; it takes fail or warn"):
        export_dataset(client, request(tmp_path / "x.csv", on_incomplete="ignore"))
    with pytest.raises(errors.AllHoursParameterError, match="'period' is missing"):
        export_dataset(client, request(tmp_path / "x.csv", period=None))
    assert client.requests == 0


def test_an_unknown_dataset_lists_the_known_ones(client: AllHoursClient, tmp_path: Path) -> None:
    with pytest.raises(
        errors.AllHoursParameterError,
        match="'dataset' is 'time_sheets_typo'; it takes one of timesheets, counters, absences, absence_spans, clock",
    ):
        export_dataset(client, request(tmp_path / "x.csv", "time_sheets_typo"))
    assert client.requests == 0
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("dataset", ["absences", "clockings", "users"])
def test_a_shard_of_a_dataset_that_has_none_is_refused(client: AllHoursClient, tmp_path: Path, dataset: str) -> None:
    with pytest.raises(errors.AllHoursParameterError, match=f"'shard' is given; {dataset} are not read employee by"):
        export_dataset(client, request(tmp_path / "x.csv", dataset, shard=Shard(0, 2)))
    assert list(tmp_path.iterdir()) == []


def test_the_manifest_is_put_in_place_after_the_file(
    client: AllHoursClient, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    placed: list[str] = []
    replace_file = os.replace

    def recording(source: Any, target: Any) -> None:
        placed.append(Path(target).name)
        replace_file(source, target)

    monkeypatch.setattr(os, "replace", recording)
    export_dataset(client, request(tmp_path / "x.csv", "users", period=None))
    assert placed == ["x.csv", "x.csv.manifest.json"]


def test_progress_is_told_employee_by_employee(client: AllHoursClient, tmp_path: Path) -> None:
    told: list[tuple[int, int]] = []
    manifest = export_dataset(client, request(tmp_path / "x.csv"), on_progress=lambda *step: told.append(step))
    assert [done for done, _ in told] == list(range(1, manifest["employees"] + 1))


def test_a_day_of_the_period_only(client: AllHoursClient, tmp_path: Path) -> None:
    one_day = Period(date(2026, 10, 5), date(2026, 10, 5))
    export_dataset(client, request(tmp_path / "x.csv", period=one_day))
    assert {row["date"] for row in rows_of(tmp_path / "x.csv")} == {"2026-10-05"}


@pytest.mark.parametrize("dataset", DATASETS)
def test_texts_come_out_composed_and_ids_without_invisible_characters(
    sandbox: Sandbox, client: AllHoursClient, tmp_path: Path, dataset: str
) -> None:
    user_id = here_all_month(client)
    number = str(next(user.custom_id for user in client.users() if user.id == user_id))
    fields = {
        "FirstName": "Z\u030can",
        "LastName": "Cu\u0308r",
        "CustomId": f"\ufeff{number[:2]}\u200b{number[2:]}\u00a0",
    }
    sandbox.control("POST", "users", {"user_id": user_id, "fields": fields})
    sandbox.control("POST", "absences", {"action": "add", "user_id": user_id, "date": "2026-10-06"})
    export_dataset(client, request(tmp_path / "x.csv", dataset))
    id_column, number_column = ("id", "custom_id") if dataset == "users" else ("user_id", "employee_id")
    own = [row for row in rows_of(tmp_path / "x.csv") if row[id_column] == user_id]
    assert {row[number_column] for row in own} == {number}
    if "first_name" in own[0]:
        assert {(row["first_name"], row["last_name"]) for row in own} == {("Žan", "Cür")}


def test_totals_hold_what_can_be_summed(client: AllHoursClient, tmp_path: Path) -> None:
    """A running balance goes on from day to day, and minutes of different counters are not of one kind."""
    timesheets = export_dataset(client, request(tmp_path / "x.csv"))
    assert list(timesheets["totals"]) == [
        "planned_minutes",
        "paid_presence_minutes",
        "paid_absence_minutes",
        "unpaid_presence_minutes",
        "missing_presence_minutes",
        "overtime_minutes",
        "lunch_break_minutes",
        "balance_minutes",
    ]
    renamed = request(
        tmp_path / "y.csv", columns={"paid": "paid_presence_minutes", "account": "running_balance_minutes"}
    )
    assert list(export_dataset(client, renamed)["totals"]) == ["paid"]
    assert export_dataset(client, request(tmp_path / "z.csv", "counters"))["totals"] == {}
