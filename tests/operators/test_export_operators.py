# SPDX-License-Identifier: Apache-2.0
"""The operators in real DAG runs."""

from __future__ import annotations

import csv
import json
import logging
import re
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from airflow.sdk import DAG, Asset, AssetAlias, BaseOperator

from airflow_provider_allhours.client import errors
from airflow_provider_allhours.operators.absences import (
    AllHoursExportAbsencesOperator,
    AllHoursExportAbsenceSpansOperator,
)
from airflow_provider_allhours.operators.clockings import AllHoursExportClockingsOperator
from airflow_provider_allhours.operators.counters import AllHoursExportCountersOperator
from airflow_provider_allhours.operators.timesheets import AllHoursExportTimesheetsOperator
from airflow_provider_allhours.operators.users import AllHoursExportUsersOperator
from airflow_provider_allhours.sandbox.server import Sandbox
from airflow_provider_allhours.task_utils.compat import AirflowFailException
from airflow_provider_allhours.task_utils.outlets import asset_uri
from airflow_provider_allhours.task_utils.progress import Progress

OF_A_PERIOD = [
    AllHoursExportTimesheetsOperator,
    AllHoursExportAbsencesOperator,
    AllHoursExportAbsenceSpansOperator,
    AllHoursExportClockingsOperator,
    AllHoursExportCountersOperator,
]
NOVEMBER_FIRST = datetime(2026, 10, 31, 23, 30, tzinfo=UTC)
"""Still October in UTC, November in Ljubljana."""


def context(moment: datetime | None = NOVEMBER_FIRST, **changes: Any) -> dict[str, Any]:
    run = SimpleNamespace(logical_date=None, run_after=moment)
    return {"dag_run": run, "dag": SimpleNamespace(timezone=SimpleNamespace(name="UTC")), **changes}


@pytest.mark.parametrize("operator", OF_A_PERIOD)
def test_each_noun_exports(operator: type[Any], allhours_connection: Sandbox, tmp_path: Path) -> None:
    task = operator(task_id="t", period="previous-month", path=str(tmp_path / "x.csv"))
    result = task.execute(context())
    assert result["rows"] > 0
    assert result["period"] == {"from": "2026-10-01", "to": "2026-10-31"}
    assert result["timezone"] == "Europe/Ljubljana"
    assert json.loads(json.dumps(result)) == result


@pytest.mark.parametrize("operator", OF_A_PERIOD)
def test_a_file_is_named_by_its_period(operator: type[Any], allhours_connection: Sandbox, tmp_path: Path) -> None:
    path = f"{tmp_path}/{{period}}/{{date_from}}_{{date_to}}.csv"
    result = operator(task_id="t", period="month-ending-25", path=path).execute(context())
    assert result["path"] == f"{tmp_path}/2026-09-26_2026-10-25/2026-09-26_2026-10-25.csv"
    assert Path(result["path"]).exists()


def user_ids_in(path: Path) -> list[str]:
    with path.open(newline="", encoding="utf-8") as lines:
        return [line["user_id"] for line in csv.DictReader(lines)]


def test_users_need_no_period(allhours_connection: Sandbox, tmp_path: Path) -> None:
    result = AllHoursExportUsersOperator(task_id="t", path=str(tmp_path / "x.jsonl")).execute(context())
    assert (result["rows"], result["period"]) == (21, None)
    with pytest.raises(TypeError, match="period"):
        AllHoursExportTimesheetsOperator(task_id="t", path="x.csv")


def test_the_period_is_the_companys(allhours_connection: Sandbox, tmp_path: Path) -> None:
    task = AllHoursExportTimesheetsOperator(
        task_id="t", period="previous-month", path=str(tmp_path / "x.csv"), timezone="UTC"
    )
    assert task.execute(context())["period"] == {"from": "2026-09-01", "to": "2026-09-30"}
    logical = context(datetime(2026, 11, 20, tzinfo=UTC), logical_date=datetime(2026, 10, 5, tzinfo=UTC))
    assert task.execute(logical)["period"] == {"from": "2026-09-01", "to": "2026-09-30"}


def test_a_run_without_any_date_takes_an_absolute_period_only(allhours_connection: Sandbox, tmp_path: Path) -> None:
    task = AllHoursExportTimesheetsOperator(task_id="t", period="2026-10-05", path=str(tmp_path / "x.csv"))
    result = task.execute({})
    assert result["period"] == {"from": "2026-10-05", "to": "2026-10-05"}
    assert result["rows"] == result["coverage"]["expected"] == len(set(user_ids_in(tmp_path / "x.csv"))) > 0
    task.period = "previous-week"
    with pytest.raises(errors.AllHoursParameterError, match="neither a logical date nor run_after"):
        task.execute({})


def test_the_dags_zone_is_the_last_resort(sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    described = json.loads(sandbox.connection_json())
    del described["extra"]["timezone"]
    monkeypatch.setenv("AIRFLOW_CONN_ALLHOURS_DEFAULT", json.dumps(described))
    dag = SimpleNamespace(timezone=SimpleNamespace(name="Asia/Tokyo"))
    task = AllHoursExportUsersOperator(task_id="t", path=str(tmp_path / "x.csv"))
    assert task.execute(context(dag=dag))["timezone"] == "Asia/Tokyo"


@pytest.mark.parametrize(
    ("offset", "period"),
    [(timedelta(hours=1), "2026-10"), (timedelta(hours=-9, minutes=-30), "2026-09")],
    ids=["+01:00", "-09:30"],
)
def test_a_start_date_with_an_offset_is_a_zone(
    sandbox: Sandbox,
    monkeypatch: pytest.MonkeyPatch,
    run_dag: Any,
    tmp_path: Path,
    offset: timedelta,
    period: str,
) -> None:
    """31 October 23:30 in UTC: the next month one hour further east."""
    described = json.loads(sandbox.connection_json())
    del described["extra"]["timezone"]
    monkeypatch.setenv("AIRFLOW_CONN_ALLHOURS_DEFAULT", json.dumps(described))
    started = datetime(2026, 1, 1, tzinfo=timezone(offset))
    with DAG("offset", schedule=None, start_date=started) as dag:
        AllHoursExportTimesheetsOperator(task_id="t", period="previous-month", path=f"{tmp_path}/x.csv")
    assert run_dag(dag, logical_date=NOVEMBER_FIRST).state == "success"
    manifest = json.loads((tmp_path / "x.csv.manifest.json").read_text())
    assert manifest["period"]["from"] == f"{period}-01"
    assert manifest["timezone"] == str(dag.timezone.name)


def test_an_offset_is_no_zone_of_a_company(allhours_connection: Sandbox, tmp_path: Path) -> None:
    """A parameter that somebody gave is held to the form that knows summer time."""
    task = AllHoursExportTimesheetsOperator(
        task_id="t", period="2026-10", path=str(tmp_path / "x.csv"), timezone="+01:00"
    )
    with pytest.raises(errors.AllHoursParameterError, match=r"'timezone' is '\+01:00'; it takes an IANA name"):
        task.execute(context())


@pytest.mark.slow
@pytest.mark.parametrize("most", [1, 3])
def test_no_more_requests_at_once_than_allowed(allhours_connection: Sandbox, tmp_path: Path, most: int) -> None:
    allhours_connection.fault("latency", ms=50, route="daily_calculations")
    AllHoursExportTimesheetsOperator(
        task_id="t", period="2026-10", path=str(tmp_path / "x.csv"), max_concurrency=most
    ).execute(context())
    assert allhours_connection.stats()["peak_in_flight"] == most


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"period": "october"}, "parameter 'period' is 'october'; it takes 2026-10"),
        ({"path": "x.pdf"}, "parameter 'path' is .*x.pdf"),
        ({"path": " "}, "parameter 'path' is empty"),
        ({"path": "nosuch://bucket/x.csv"}, "parameter 'path' is a URL of nosuch://, which nothing"),
        ({"timezone": "Nowhere"}, "parameter 'timezone' is 'Nowhere'"),
        ({"max_concurrency": "many"}, "parameter 'max_concurrency' is 'many'"),
        ({"max_concurrency": 0}, "'max_concurrency' is 0"),
        ({"columns": ["wage"]}, "unknown columns wage"),
        ({"on_incomplete": "hope"}, "'on_incomplete' is 'hope'"),
    ],
)
def test_input_that_cannot_work_fails_at_once(
    allhours_connection: Sandbox, tmp_path: Path, changes: dict[str, Any], said: str
) -> None:
    options = {"period": "2026-10", "path": str(tmp_path / "x.csv"), **changes}
    with pytest.raises(errors.AllHoursParameterError, match=said) as caught:
        AllHoursExportTimesheetsOperator(task_id="t", **options).execute(context())
    assert isinstance(caught.value, AirflowFailException)
    assert list(tmp_path.iterdir()) == []


def test_refused_credentials_fail_at_once_and_the_rest_is_left_to_retries(
    allhours_connection: Sandbox, tmp_path: Path
) -> None:
    task = AllHoursExportTimesheetsOperator(task_id="t", period="2026-10", path=str(tmp_path / "x.csv"))
    allhours_connection.fault("status", status=403, route="users")
    with pytest.raises(errors.AllHoursAuthError) as caught:
        task.execute(context())
    assert isinstance(caught.value, AirflowFailException)
    assert caught.value.status == 403
    allhours_connection.clear_faults()
    allhours_connection.fault("empty", route="daily_calculations")
    with pytest.raises(errors.AllHoursIncompleteError) as incomplete:
        task.execute(context())
    assert not isinstance(incomplete.value, AirflowFailException)


def test_nothing_is_checked_before_it_is_rendered() -> None:
    task = AllHoursExportTimesheetsOperator(
        task_id="t", period="{{ nonsense }}", path="{{ nonsense }}", columns="{{ nonsense }}", max_concurrency="{{ x }}"
    )
    assert isinstance(task, BaseOperator)


def test_a_whole_dag_run(run_dag: Any, allhours_connection: Sandbox, tmp_path: Path, caplog: Any) -> None:
    asset = Asset("timesheets_of_a_test")
    with DAG("whole_run", schedule=None, default_args={"allhours_conn_id": "allhours_default"}) as dag:
        AllHoursExportTimesheetsOperator(
            task_id="t",
            period="{{ params.month }}",
            path=f"{tmp_path.as_uri()}/{{{{ params.month }}}}.csv.gz",
            columns={"id": "employee_id", "day": "date", "paid": "paid_presence_minutes"},
            max_concurrency="{{ 4 }}",
            outlets=[asset],
        )
        dag.params["month"] = "2026-10"
    with caplog.at_level(logging.INFO):
        run = run_dag(dag)
    assert run.state == "success"
    assert (tmp_path / "2026-10.csv.gz").exists()
    manifest = json.loads((tmp_path / "2026-10.csv.gz.manifest.json").read_text())
    assert list(manifest["totals"]) == ["paid"]
    assert _asset_events("whole_run") == [{name: manifest[name] for name in ("rows", "sha256", "period")}]
    people = {user.last_name for user in allhours_connection.company.users()}
    logged = "\n".join(record.getMessage() for record in caplog.records if "allhours" in record.name.lower())
    assert not [name for name in people if re.search(rf"\b{re.escape(name)}\b", logged)]


def test_an_alias_gets_an_event_of_the_file(run_dag: Any, allhours_connection: Sandbox, tmp_path: Path) -> None:
    from airflow.models.asset import AssetEvent, AssetModel
    from airflow.utils.session import create_session

    with DAG("alias_run", schedule=None) as dag:
        AllHoursExportTimesheetsOperator(
            task_id="t",
            period="2026-10",
            path=f"{tmp_path}/{{period}}.csv",
            outlets=[AssetAlias("files_of_a_test"), Asset("asset_of_a_test")],
        )
    assert run_dag(dag).state == "success"
    assert len(_asset_events("alias_run")) == 2
    manifest = json.loads((tmp_path / "2026-10.csv.manifest.json").read_text())
    with create_session() as session:
        events = session.query(AssetEvent).filter(AssetEvent.source_dag_id == "alias_run").all()
        uris = {session.get(AssetModel, event.asset_id).uri for event in events}
    assert f"file://{tmp_path}/2026-10.csv" in uris
    assert [event.extra["sha256"] for event in events] == [manifest["sha256"]] * 2


@pytest.mark.parametrize(
    ("path", "uri"),
    [
        ("/data/x.csv", "file:///data/x.csv"),
        ("file:///data/x.csv", "file:///data/x.csv"),
        ("s3://aws_default@bucket/a@b/x.csv", "s3://bucket/a@b/x.csv"),
        ("s3://bucket/x.csv", "s3://bucket/x.csv"),
    ],
)
def test_the_address_of_a_file_names_no_connection(path: str, uri: str) -> None:
    assert asset_uri(path) == uri


def _asset_events(dag_id: str) -> list[Any]:
    from airflow.models.asset import AssetEvent
    from airflow.utils.session import create_session

    with create_session() as session:
        wanted = ("rows", "sha256", "period")
        # Other tests of this process run DAGs with outlets in the same database.
        events = session.query(AssetEvent).filter(AssetEvent.source_dag_id == dag_id).all()
        return [{name: event.extra[name] for name in wanted} for event in events]


def test_a_failed_dag_run_burns_no_retry(run_dag: Any, allhours_connection: Sandbox, tmp_path: Path) -> None:
    with DAG("failed_run", schedule=None) as dag:
        AllHoursExportTimesheetsOperator(task_id="t", period="2026-10", path=f"{tmp_path}/x.csv", retries=3)
    allhours_connection.fault("status", status=400, route="token")
    assert run_dag(dag).state == "failed"
    assert allhours_connection.stats()["requests"] == {"POST token": 1}


def test_conn_id_comes_from_default_args() -> None:
    with DAG("defaults", schedule=None, default_args={"allhours_conn_id": "other"}):
        task = AllHoursExportTimesheetsOperator(task_id="t", period="2026-10", path="x.csv")
    assert task.allhours_conn_id == "other"


def test_progress_is_a_line_now_and_then(caplog: Any) -> None:
    now = [0.0]
    with caplog.at_level(logging.INFO):
        progress = Progress(logging.getLogger("t"), "employees", every=10, clock=lambda: now[0])
        for done in range(1, 101):
            now[0] += 1
            progress(done, 100)
    assert len(caplog.records) == 10
    assert caplog.records[0].getMessage() == "10 of 100 employees (10%), 1.0 per second, about 1 min 30 s left"
