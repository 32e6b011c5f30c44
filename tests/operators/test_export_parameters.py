# SPDX-License-Identifier: Apache-2.0
"""Each parameter of an export reaches the file, the manifest or the API."""

from __future__ import annotations

import csv
import json
from pathlib import Path
from typing import Any

import pytest

from airflow_provider_allhours.client.errors import AllHoursIncompleteError, AllHoursParameterError
from airflow_provider_allhours.operators.absences import AllHoursExportAbsencesOperator
from airflow_provider_allhours.operators.clockings import AllHoursExportClockingsOperator
from airflow_provider_allhours.operators.timesheets import AllHoursExportTimesheetsOperator
from airflow_provider_allhours.operators.users import AllHoursExportUsersOperator
from airflow_provider_allhours.sandbox.server import Sandbox
from tests.helpers import execute


def export(path: Path, **options: Any) -> dict[str, Any]:
    task = AllHoursExportTimesheetsOperator(task_id="t", period="2026-10-05", path=str(path), **options)
    return dict(execute(task))


def rows_of(path: Path) -> list[dict[str, str]]:
    with path.open(newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


def test_the_format_wins_over_the_suffix(allhours_connection: Sandbox, tmp_path: Path) -> None:
    file = tmp_path / "export.dat"
    assert export(file, file_format="jsonl")["format"] == "jsonl"
    assert {json.loads(line)["date"] for line in file.read_text().splitlines()} == {"2026-10-05"}


@pytest.mark.parametrize("operator", [AllHoursExportTimesheetsOperator, AllHoursExportUsersOperator])
def test_columns_and_privacy_shape_the_file(allhours_connection: Sandbox, tmp_path: Path, operator: type[Any]) -> None:
    file = tmp_path / "export.csv"
    period = {"period": "2026-10-05"} if operator is AllHoursExportTimesheetsOperator else {}
    columns = {"given": "first_name", "mail": "email"}
    privacy = {"email": "hash"}
    operator(task_id="t", path=str(file), columns=columns, privacy=privacy, **period).execute({})
    with file.open(newline="", encoding="utf-8") as lines:
        rows = list(csv.DictReader(lines))
    assert set(rows[0]) == {"given", "mail"}
    assert not [row for row in rows if "@" in row["mail"]]


def test_the_time_zone_is_in_the_manifest(allhours_connection: Sandbox, tmp_path: Path) -> None:
    assert export(tmp_path / "x.csv")["timezone"] == "Europe/Ljubljana"
    assert export(tmp_path / "y.csv", timezone="Asia/Tokyo")["timezone"] == "Asia/Tokyo"


def test_connections_are_the_ones_named(
    allhours_connection: Sandbox, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with Sandbox(employees=3, months=3) as other:
        monkeypatch.setenv("AIRFLOW_CONN_OTHER", other.connection_json())
        assert export(tmp_path / "x.csv", allhours_conn_id="other")["source"]["host"] == other.url


def test_days_that_are_missing_are_warned_of(
    allhours_connection: Sandbox, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    allhours_connection.fault("missing_day", route="daily_calculations", date="2026-10-05")
    coverage = export(tmp_path / "x.csv", on_incomplete="warn")["coverage"]
    missing = coverage["expected"] - coverage["received"]
    assert missing > 0
    assert f"{missing} employee-days are missing" in capsys.readouterr().out


@pytest.mark.parametrize("concurrency", ["0", "1.5", "-1"])
def test_a_concurrency_that_cannot_work(allhours_connection: Sandbox, tmp_path: Path, concurrency: str) -> None:
    with pytest.raises(AllHoursParameterError, match=r"'max_concurrency' is .*; it takes a whole number from 1"):
        export(tmp_path / "x.csv", max_concurrency=concurrency)


def test_pseudonyms_survive_a_rotated_secret_with_a_key_of_their_own(
    allhours_connection: Sandbox, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def people(name: str, secret: str, **options: Any) -> set[str]:
        for module in ("server", "tokens"):
            monkeypatch.setattr(f"airflow_provider_allhours.sandbox.{module}.CLIENT_SECRET", secret)
        monkeypatch.setenv("AIRFLOW_CONN_COMPANY", allhours_connection.connection_json())
        export(tmp_path / name, allhours_conn_id="company", privacy={"user_id": "hash"}, **options)
        with (tmp_path / name).open(newline="", encoding="utf-8") as lines:
            return {row["user_id"] for row in csv.DictReader(lines)}

    monkeypatch.setenv("AIRFLOW_CONN_PSEUDONYMS", json.dumps({"conn_type": "generic", "password": "a key\n"}))
    keyed = [people(f"{secret}.csv", secret, pseudonym_conn_id="pseudonyms") for secret in ("secret-1", "secret-2")]
    assert keyed[0] == keyed[1]
    by_secret = [people(f"{secret}.csv", secret) for secret in ("secret-1", "secret-2")]
    assert len(keyed[0]) == len(by_secret[0]) == len(by_secret[1]) > 5
    assert not keyed[0] & by_secret[0]
    assert not by_secret[0] & by_secret[1]


@pytest.mark.parametrize("password", [None, "", " \n"])
def test_a_key_that_is_empty_is_refused(
    allhours_connection: Sandbox, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, password: str | None
) -> None:
    monkeypatch.setenv("AIRFLOW_CONN_PSEUDONYMS", json.dumps({"conn_type": "generic", "password": password}))
    with pytest.raises(
        AllHoursParameterError, match="'pseudonym_conn_id' is 'pseudonyms', and that connection has no pass"
    ):
        export(tmp_path / "x.csv", privacy={"user_id": "hash"}, pseudonym_conn_id="pseudonyms")
    assert allhours_connection.stats()["total"] == 0


def test_a_connection_that_is_missing_is_refused(
    allhours_connection: Sandbox, tmp_path: Path, airflow_db: None
) -> None:
    with pytest.raises(
        AllHoursParameterError, match="'pseudonym_conn_id' is 'nowhere', and there is no such connection"
    ):
        export(tmp_path / "x.csv", privacy={"user_id": "hash"}, pseudonym_conn_id="nowhere")
    assert allhours_connection.stats()["total"] == 0


def test_options_of_csv_reach_the_file(allhours_connection: Sandbox, tmp_path: Path) -> None:
    export(tmp_path / "x.csv", csv_options={"separator": ";"})
    assert (tmp_path / "x.csv").read_text().startswith("employee_id;user_id;")


@pytest.mark.parametrize(
    "employees",
    [["1001", "1002"], "1001, 1002", '["1001", "1002"]', ("1001", "1002")],
)
def test_only_the_employees_that_are_named(allhours_connection: Sandbox, tmp_path: Path, employees: Any) -> None:
    assert export(tmp_path / "x.csv", employees=employees)["employees"] == 2
    assert {row["employee_id"] for row in rows_of(tmp_path / "x.csv")} == {"1001", "1002"}


@pytest.mark.parametrize("employees", [None, "", " "])
def test_nothing_means_everybody(allhours_connection: Sandbox, tmp_path: Path, employees: Any) -> None:
    assert export(tmp_path / "x.csv", employees=employees)["employees"] > 2


def test_employees_that_cannot_be_read(allhours_connection: Sandbox, tmp_path: Path) -> None:
    for wrong in ("[1001", 17, ["4711"], "{}"):
        with pytest.raises(AllHoursParameterError, match="parameter 'employees'"):
            export(tmp_path / "x.csv", employees=wrong)
    assert list(tmp_path.iterdir()) == []


def test_days_that_are_not_valid_fail_on_request(allhours_connection: Sandbox, tmp_path: Path) -> None:
    allhours_connection.set_switches(invalid_days=["2026-10-05"])
    export(tmp_path / "x.csv")
    with pytest.raises(AllHoursIncompleteError, match="is not final"):
        export(tmp_path / "y.csv", on_invalid="fail")
    assert not (tmp_path / "y.csv").exists()


@pytest.mark.parametrize(
    ("operator", "route"),
    [(AllHoursExportAbsencesOperator, "absences"), (AllHoursExportClockingsOperator, "clockings")],
)
def test_a_list_is_proven_on_request(
    allhours_connection: Sandbox, tmp_path: Path, operator: type[Any], route: str
) -> None:
    task = operator(task_id="t", period="2026-10", path=str(tmp_path / "x.csv"), proof="days")
    allhours_connection.fault("empty", route=route, times=20)
    with pytest.raises(AllHoursIncompleteError, match="missing or contradictory"):
        task.execute({})
    assert list(tmp_path.iterdir()) == []
    allhours_connection.clear_faults()
    task.execute({})
    assert json.loads((tmp_path / "x.csv.manifest.json").read_text())["proof"] == "days"
