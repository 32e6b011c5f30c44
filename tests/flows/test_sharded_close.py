# SPDX-License-Identifier: Apache-2.0
"""Shards of a close make the version that one task would have made; what is not all of it is refused by name."""

from __future__ import annotations

import json
import stat
from pathlib import Path
from typing import Any

import pytest

from airflow_provider_allhours.attendance.roster import Shard, employments_in
from airflow_provider_allhours.client import AllHoursClient
from airflow_provider_allhours.client.errors import (
    AllHoursConflictError,
    AllHoursIncompleteError,
    AllHoursParameterError,
)
from airflow_provider_allhours.flows.period_close import close_period
from airflow_provider_allhours.flows.period_purge import purge_periods
from airflow_provider_allhours.flows.sharded_close import close_from_shards, close_shard
from airflow_provider_allhours.operators.payroll.close import AllHoursClosePeriodOperator
from airflow_provider_allhours.periods import Period
from airflow_provider_allhours.sandbox.server import Sandbox
from tests.helpers import PAYROLL_COMPANY

OCTOBER = Period.of_month(2026, 10)
ZONE = "Europe/Ljubljana"
COUNT = 3
PARTS = ("people.jsonl", "timesheets.jsonl", "absences.jsonl", "counters.jsonl")
READ = {"run", "window", "requests", "created_at"}
"""Keys of a manifest that tell when and by whom the account was read."""


@pytest.fixture
def allhours_sandbox_options() -> dict[str, Any]:
    return PAYROLL_COMPANY


def read_shards(client: AllHoursClient, path: Path, count: int = COUNT, **options: Any) -> list[Any]:
    terms = {"period": OCTOBER, "timezone": ZONE, **options}
    return [close_shard(client, shard=Shard(index, count), path=path, **terms) for index in range(count)]


def join(parts: list[Any], path: Path, **options: Any) -> Any:
    return close_from_shards(parts=parts, path=path, **{"period": OCTOBER, "timezone": ZONE, **options})


def close(client: AllHoursClient, path: Path, **options: Any) -> Any:
    return close_period(client, path=path, **{"period": OCTOBER, "timezone": ZONE, **options})


def files(path: Path) -> list[str]:
    return sorted(str(file.relative_to(path)) for file in path.rglob("*") if file.is_file() and file.name != ".lock")


@pytest.mark.parametrize("count", [1, 3, pytest.param(40, marks=pytest.mark.slow)])
def test_the_version_of_all_shards_is_that_of_one_task(client: AllHoursClient, tmp_path: Path, count: int) -> None:
    whole = close(client, tmp_path / "whole")
    parts = read_shards(client, tmp_path / "joined", count)
    assert parts[0].keys() == {"shard", "manifest_path", "sha256", "totals", "period", "employees"}
    assert sum(part["employees"] for part in parts) == whole["employees"]
    joined = join(parts[::-1], tmp_path / "joined")
    assert {**joined, "manifest_path": ""} == {**whole, "manifest_path": ""}
    one, other = (Path(result["manifest_path"]).parent for result in (whole, joined))
    for part in PARTS:
        assert (one / part).read_bytes() == (other / part).read_bytes()
    manifests = [json.loads((folder / "manifest.json").read_text()) for folder in (one, other)]
    assert manifests[0].keys() == manifests[1].keys()
    assert {key: value for key, value in manifests[0].items() if key not in READ} == {
        key: value for key, value in manifests[1].items() if key not in READ
    }
    assert files(tmp_path / "joined") == files(tmp_path / "whole")
    assert not list(tmp_path.rglob("shards"))


def test_shards_are_private_and_gone_with_the_purge(client: AllHoursClient, tmp_path: Path) -> None:
    read_shards(client, tmp_path)
    left = [file for file in tmp_path.rglob("*") if file.is_file()]
    assert len(left) == COUNT * (len(PARTS) + 1)
    assert {stat.S_IMODE(file.stat().st_mode) for file in left} == {0o600}
    purge_periods(path=tmp_path, before="2026-11-01")
    assert list(tmp_path.rglob("*.jsonl")) == []


def test_the_same_data_makes_no_version_and_changed_data_the_next(
    client: AllHoursClient, sandbox: Sandbox, tmp_path: Path
) -> None:
    first = close(client, tmp_path)
    assert join(read_shards(client, tmp_path), tmp_path) == {**first, "changed": False}
    user = employments_in(client.users(), OCTOBER)[0].user
    sandbox.control(
        "POST",
        "days",
        {"user_id": user.id, "date": "2026-10-06", "clockings": [["08:00", "Arrival"], ["12:00", "Departure"]]},
    )
    again = join(read_shards(client, tmp_path), tmp_path)
    assert (again["version"], again["changed"]) == (2, True)


def test_absences_of_nobody_are_counted_once(client: AllHoursClient, sandbox: Sandbox, tmp_path: Path) -> None:
    administrator = next(user for user in client.users() if not user.is_time_attendance_user)
    body = {"action": "add", "user_id": administrator.id, "date": "2026-10-07", "status": 2}
    sandbox.control("POST", "absences", body)
    left_out = [
        json.loads(Path(result["manifest_path"]).read_text())["left_out"]
        for result in (close(client, tmp_path / "x"), join(read_shards(client, tmp_path / "y"), tmp_path / "y"))
    ]
    assert left_out[0] == left_out[1] > 0


def test_what_is_not_all_of_it_is_refused(client: AllHoursClient, sandbox: Sandbox, tmp_path: Path) -> None:
    parts = read_shards(client, tmp_path)
    before = files(tmp_path)

    def refused(given: list[Any], message: str, kind: type[Exception] = AllHoursConflictError, **options: Any) -> None:
        with pytest.raises(kind, match=message):
            join(given, tmp_path, **options)
        assert not list(tmp_path.rglob("v0001"))

    refused(parts[:2], "shards are missing: 3/3")
    refused([*parts, parts[0]], "the shard 1/3 is there twice")
    refused([], "'parts' is empty", AllHoursParameterError)
    refused(["/nowhere/manifest.json"], "not the manifest of AllHoursClosePeriodOperator", AllHoursParameterError)
    refused([{**parts[0], "sha256": "0" * 64}, *parts[1:]], "shard 1/3 at .* is not the one that its task returned")
    refused(parts, "parameter 'period' is", AllHoursParameterError, period=Period.of_month(2026, 9))
    refused(parts, "parameter 'timezone' is Europe/Vienna", AllHoursParameterError, timezone="Europe/Vienna")
    refused(parts, "parameter 'on_invalid' is warn", AllHoursParameterError, on_invalid="warn")
    refused(parts, "parameter 'employees' is", AllHoursParameterError, employees=["1001"])
    refused(parts, "'max_changed_share' is 2", AllHoursParameterError, max_changed_share=2)
    assert files(tmp_path) == before
    days = Path(parts[1]["manifest_path"]).with_name("timesheets.jsonl")
    content = days.read_bytes()
    days.write_bytes(content.replace(b'"planned_minutes": 480', b'"planned_minutes": 470', 1))
    refused(parts, "was changed after it was frozen")
    days.write_bytes(content)
    assert join([part["manifest_path"] for part in parts], tmp_path)["version"] == 1


@pytest.mark.parametrize(
    ("key", "value", "message"),
    [
        ("created_at", "2026-10-01T00:00:00+00:00", "the shard 2/3 is older than the others by more than a day"),
        ("contract_sha256", "0", "differ in 'contract_sha256'"),
        ("source", {"host": "http://other", "routes": []}, "differ in 'source'"),
        ("absence_definitions", {}, "differ in 'absence_definitions'"),
        ("provider_version", "0.0.1", "differ in 'provider_version'"),
    ],
)
def test_a_shard_of_another_run(client: AllHoursClient, tmp_path: Path, key: str, value: Any, message: str) -> None:
    parts = [part["manifest_path"] for part in read_shards(client, tmp_path)]
    manifest = json.loads(Path(parts[1]).read_text())
    Path(parts[1]).write_text(json.dumps({**manifest, key: value}))
    with pytest.raises(AllHoursConflictError, match=message):
        join(parts, tmp_path)


def test_people_who_came_while_the_shards_were_read(client: AllHoursClient, sandbox: Sandbox, tmp_path: Path) -> None:
    parts = read_shards(client, tmp_path)
    user = employments_in(client.users(), OCTOBER)[0].user
    some = close_shard(
        client, shard=Shard(1, COUNT), path=tmp_path, period=OCTOBER, timezone=ZONE, employees=[user.employee_id]
    )
    with pytest.raises(AllHoursConflictError, match="differ in 'selection'"):
        join([parts[0], some, parts[2]], tmp_path)
    parts = read_shards(client, tmp_path)
    manifest = json.loads(Path(parts[2]["manifest_path"]).read_text())
    manifest["shard"]["roster_sha256"] = "0"
    Path(parts[2]["manifest_path"]).write_text(json.dumps(manifest))
    with pytest.raises(AllHoursConflictError, match="the shard 3/3 was read when other people were employed"):
        join([part["manifest_path"] for part in parts], tmp_path)


def test_a_shard_that_is_not_complete_is_no_shard(client: AllHoursClient, sandbox: Sandbox, tmp_path: Path) -> None:
    sandbox.fault("missing_day", route="daily_calculations", date="2026-10-14", times=1)
    with pytest.raises(AllHoursIncompleteError):
        close_shard(client, shard=Shard(0, 1), path=tmp_path, period=OCTOBER, timezone=ZONE)
    assert files(tmp_path) == []


def test_a_period_that_was_open_for_one_of_the_shards(
    client: AllHoursClient, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    parts = read_shards(client, tmp_path)
    manifest = json.loads(Path(parts[0]["manifest_path"]).read_text())
    manifest["past_until"] = "2026-10-30"
    Path(parts[0]["manifest_path"]).write_text(json.dumps(manifest))
    paths = [part["manifest_path"] for part in parts]
    with pytest.raises(AllHoursParameterError, match="is not over"):
        join(paths, tmp_path)
    assert join(paths, tmp_path, provisional=True)["provisional"] is True


def test_operators(allhours_connection: Any, tmp_path: Path) -> None:
    def run(**options: Any) -> Any:
        operator = AllHoursClosePeriodOperator(
            task_id="close", period="2026-10", path=str(tmp_path), timezone=ZONE, **options
        )
        return operator.execute({})  # type: ignore[arg-type]  # a period by name needs nothing of the run

    parts = [run(shard=f"{number}/2") for number in (1, 2)]
    result = run(parts=parts)
    assert (result["version"], result["changed"]) == (1, True)
    assert json.loads(json.dumps(parts)) == parts
    with pytest.raises(Exception, match="'shard' is '1/2' beside 'parts'"):
        run(shard="1/2", parts=parts)
