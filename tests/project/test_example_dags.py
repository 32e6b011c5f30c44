# SPDX-License-Identifier: Apache-2.0
"""Every example DAG parses, and runs to its end against a sandbox."""

from __future__ import annotations

import csv
import json
import re
import shutil
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from airflow.models.xcom import XComModel
from airflow.utils.session import create_session
from sqlalchemy import select

from airflow_provider_allhours.sandbox.server import Sandbox

try:
    from airflow.dag_processing.dagbag import DagBag
except ImportError:  # Airflow 3.1
    from airflow.models.dagbag import DagBag

EXAMPLES = Path(__file__).parents[2] / "example_dags"


def bag() -> DagBag:
    return DagBag(dag_folder=str(EXAMPLES))


def test_every_example_parses(airflow_db: None) -> None:
    found = bag()
    assert found.import_errors == {}
    for path in EXAMPLES.glob("*.py"):
        assert any(dag_id.startswith(path.stem) for dag_id in found.dags), path.name


def test_every_example_describes_itself_and_its_parameters(airflow_db: None) -> None:
    for dag in bag().dags.values():
        assert dag.doc_md, dag.dag_id
        assert dag.description, dag.dag_id
        for name in dag.params:
            param = dag.params.get_param(name)
            assert param.schema.get("title"), (dag.dag_id, name)
            assert param.description or param.schema.get("format"), (dag.dag_id, name)


def test_the_month_end_names_who_may_approve_and_has_a_deadline(
    airflow_db: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ALLHOURS_APPROVERS", "7,8")
    monkeypatch.setenv("ALLHOURS_LATE_CALLBACK", "airflow.sdk.BaseNotifier")
    dag: Any = bag().dags["allhours_month_end"]
    assert dag.deadline
    assert [user["id"] for user in dag.get_task("approve").assigned_users] == ["7", "8"]


@pytest.fixture
def output(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("ALLHOURS_OUTPUT", tmp_path.as_uri())
    return tmp_path


def run(dag_id: str, **options: Any) -> Any:
    return bag().dags[dag_id].test(**options)


def test_the_timesheet_export(airflow_db: None, allhours_connection: Sandbox, output: Path) -> None:
    result = run("allhours_timesheet_export", run_conf={"period": "2026-10"})
    assert result.state == "success"
    (file,) = output.glob("timesheets/*.csv")
    assert file.name == "2026-10.csv"
    manifest = json.loads(Path(f"{file}.manifest.json").read_text())
    assert manifest["period"] == {"from": "2026-10-01", "to": "2026-10-31"}
    with file.open(newline="", encoding="utf-8") as content:
        assert manifest["rows"] == sum(1 for _ in csv.DictReader(content)) > 0


def test_the_export_of_partitions_in_a_run_without_one(
    airflow_db: None, allhours_connection: Sandbox, output: Path
) -> None:
    result = run("allhours_partitioned_export", logical_date=datetime(2026, 11, 2, 6, tzinfo=UTC))
    assert result.state == "success"
    assert [path.name for path in output.glob("partitions/*.csv")] == ["2026-10.csv"]


def test_the_other_exports(airflow_db: None, allhours_connection: Sandbox, output: Path) -> None:
    assert run("allhours_other_exports", run_conf={"period": "2026-W41"}).state == "success"
    names = sorted(path.name for path in output.glob("weeks/2026-W41/*") if path.suffix != ".json")
    assert names == ["absence-spans.csv", "absences.csv", "clockings.jsonl.gz", "counters.parquet"]
    assert len(list(output.glob("users/????-??-??.csv"))) == 1
    absences = output / "weeks" / "2026-W41" / "absences.csv"
    assert "leave" not in absences.read_text().lower().replace("absence", "")
    with absences.open(newline="", encoding="utf-8") as rows:
        columns = set(csv.DictReader(rows).fieldnames or ())
    assert not columns & {"absence_definition", "absence_definition_id", "integration_id", "comment"}


def test_the_absence_sync(airflow_db: None, allhours_connection: Sandbox, output: Path) -> None:
    """A person's approval cannot be given within ``dag.test``; it is marked as given."""
    source = output / "leave.csv"
    source.write_text(
        "employee_id,absence_definition,date_from\n1009,Annual leave,2027-02-04\n9,Annual leave,2027-02-04\n"
    )
    conf = {"period": "2027-02", "source": source.as_uri()}
    done = run("allhours_absence_sync", run_conf=conf, mark_success_pattern="approve")
    assert done.state == "success"
    assert allhours_connection.stats()["writes_accepted"] == 1
    (rejects,) = output.glob("leave/*.rejects.csv")
    assert "belongs to no user" in rejects.read_text()
    again = run("allhours_absence_sync", run_conf=conf, mark_success_pattern="approve")
    assert again.state == "success"
    assert allhours_connection.stats()["writes_accepted"] == 1


def test_what_a_person_is_asked(airflow_db: None) -> None:
    """The request holds the counts and the changes, and Airflow renders it."""
    task = bag().dags["allhours_absence_sync"].get_task("approve")

    class Pulled:
        def xcom_pull(self, task_ids: str) -> dict[str, Any]:
            counts = {"create": 2, "update": 1, "delete": 0, "unchanged": 5, "conflict": 1, "unknown": 2}
            return {**counts, "diff": "+ 1009 on 2027-02-04", "plan_path": "p", "plan_sha256": "abc"}

    task.render_template_fields({"ti": Pulled()})
    assert "2 to create, 1 to change, 0 to delete,\n5 unchanged, 3 parked." in task.body
    assert "+ 1009 on 2027-02-04" in task.body


def test_one_absence_from_a_form(airflow_db: None, allhours_connection: Sandbox) -> None:
    conf = {"employee_id": "1009", "date_from": "2027-02-04"}
    assert run("allhours_create_absence", run_conf=conf).state == "success"
    assert allhours_connection.stats()["writes_accepted"] == 0
    assert run("allhours_create_absence", run_conf={**conf, "dry_run": False}).state == "success"
    assert allhours_connection.stats()["writes_accepted"] == 1


def test_waiting_for_readiness(airflow_db: None, clean_company: Sandbox, output: Path) -> None:
    """A Sunday is ready at once; a real wait is in the end-to-end test."""
    result = run("allhours_period_ready", run_conf={"period": "2026-10-04"})
    assert result.state == "success"
    assert {task.task_id: str(task.state) for task in result.get_task_instances()}["ask"] == "skipped"
    assert (output / "ready" / "2026-10-04" / "timesheets.csv").is_file()


def test_watching_absences(airflow_db: None) -> None:
    assert run("allhours_absence_watch").state == "success"


@pytest.fixture
def clean_company(monkeypatch: pytest.MonkeyPatch) -> Iterator[Sandbox]:
    """A company that can be paid: every employee has a number of their own."""
    with Sandbox(employees=10, months=3, clean_ids=True) as sandbox:
        monkeypatch.setenv("AIRFLOW_CONN_ALLHOURS_DEFAULT", sandbox.connection_json())
        yield sandbox


def test_two_month_ends_and_a_late_correction(
    airflow_db: None, clean_company: Sandbox, output: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """September is paid; a day of it is corrected in October and arrives as ± lines in October's file."""
    monkeypatch.setenv("ALLHOURS_READY_TIMEOUT", "0.5")
    monkeypatch.setenv("ALLHOURS_POKE_INTERVAL", "0.2")
    registers = output / "registers"
    registers.mkdir()

    def month_end(period: str) -> tuple[Any, list[dict[str, str]]]:
        # Payroll answers with what it was sent.
        file = output / "payroll" / f"{period}.csv"
        (registers / file.name).write_text("employee_id,pay_code,quantity\n")
        done = run("allhours_month_end", run_conf={"period": period}, mark_success_pattern="approve|reconcile")
        with file.open(newline="", encoding="utf-8") as lines:
            return done, list(csv.DictReader(lines))

    done, september = month_end("2026-09")
    assert done.state == "success"
    assert {line["period_from"] for line in september} == {"2026-09-01"}
    user = clean_company.company.user_at(8)
    assert user is not None
    clockings = [["08:00", "Arrival"], ["20:00", "Departure"]]
    clean_company.control("POST", "days", {"user_id": user.id, "date": "2026-09-16", "clockings": clockings})
    done, october = month_end("2026-10")
    assert done.state == "success"
    late = [line for line in october if line["period_from"] == "2026-09-01"]
    assert {line["employee_id"] for line in late} == {user.custom_id}
    assert len(late) < len(october)
    preview = output / "payroll" / "2026-10.preview.csv"
    assert preview.read_bytes() == (output / "payroll" / "2026-10.csv").read_bytes()
    assert json.loads(preview.with_name("2026-10.preview.csv.manifest.json").read_text())["preview"] is True
    assert (output / "delivered" / "2026-10.csv").read_bytes() == (output / "payroll" / "2026-10.csv").read_bytes()
    shutil.copy(output / "payroll" / "2026-10.csv", registers)
    before = {path: path.read_bytes() for path in output.rglob("*.json*")}
    assert run("allhours_month_end", run_conf={"period": "2026-10"}, mark_success_pattern="approve").state == "success"
    after = {path: path.read_bytes() for path in output.rglob("*.json*")}
    (confirmed,) = after.keys() - before.keys()
    assert json.loads(after.pop(confirmed))["kind"] == "confirmed"
    assert after == before
    reconciled = (output / "payroll" / "2026-10.reconciled.csv").read_text()
    assert "differing" not in reconciled
    assert "matching" in reconciled


@pytest.mark.parametrize(
    ("paid", "watched", "told"),
    [(0, 0, []), (0, 1, ["2026-09"]), (1, 1, []), (1, 2, ["2026-08"]), (2, 0, [])],
)
def test_a_month_end_that_looks_back(
    airflow_db: None,
    clean_company: Sandbox,
    output: Path,
    monkeypatch: pytest.MonkeyPatch,
    paid: int,
    watched: int,
    told: list[str],
) -> None:
    """August and September are paid, and a day of each is corrected: October's file pays as many months back as set."""
    monkeypatch.setenv("ALLHOURS_READY_TIMEOUT", "0.5")
    monkeypatch.setenv("ALLHOURS_POKE_INTERVAL", "0.2")
    waits = "approve|deliver|wait_for_register|reconcile"

    def month_end(period: str, paid: int, watched: int) -> Any:
        conf = {"period": period, "look_back_months": paid, "watch_months": watched}
        return run("allhours_month_end", run_conf=conf, mark_success_pattern=waits)

    for month in ("2026-08", "2026-09"):
        assert month_end(month, 0, 0).state == "success"
    user = clean_company.company.user_at(8)
    assert user is not None
    clockings = [["08:00", "Arrival"], ["20:00", "Departure"]]
    for day in ("2026-08-19", "2026-09-16"):
        clean_company.control("POST", "days", {"user_id": user.id, "date": day, "clockings": clockings})
    done = month_end("2026-10", paid, watched)
    assert done.state == "success"
    with (output / "payroll" / "2026-10.csv").open(newline="", encoding="utf-8") as file:
        months = {line["period_from"][:7] for line in csv.DictReader(file)}
    assert months == {"2026-10", *["2026-09", "2026-08"][:paid]}
    asked = _rendered("approve", done)
    assert re.findall(r"Not in this file: (\S+) changed", asked.body) == told
    assert asked.subject == "Your company: pay 2026-10-01 to 2026-10-31?"
    assert "None" not in asked.body
    assert "| 1000 | Paid presence without overtime (hours) | " in asked.body
    manifest = json.loads((output / "payroll" / "2026-10.preview.csv.manifest.json").read_text())
    assert f"- SHA-256: `{manifest['sha256']}`" in asked.body
    assert f"- Report, per person: `{output}/payroll/2026-10.report.html`" in asked.body
    assert re.search(r"^- Exceptions: (none|\d+ [a-z ]+(, \d+ [a-z ]+)*)$", asked.body, re.M), asked.body


def _rendered(task_id: str, done: Any) -> Any:
    """A task of the month end, rendered from what the tasks of a run returned, as Airflow's task process reads it."""
    found: dict[tuple[str, str], list[Any]] = {}
    with create_session() as session:
        for row in session.scalars(select(XComModel).where(XComModel.run_id == done.run_id)):
            found.setdefault((row.task_id, row.key), []).append(XComModel.deserialize_value(row))

    class Pulled:
        def xcom_pull(self, task_ids: str, key: str = "return_value") -> Any:
            values = found.get((task_ids, key))
            return values[0] if values and len(values) == 1 else values

    task = bag().dags["allhours_month_end"].get_task(task_id)
    task.render_template_fields({"ti": Pulled(), "params": done.conf})
    return task


def test_each_company_fails_for_itself(
    airflow_db: None, clean_company: Sandbox, output: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with Sandbox(employees=5, months=3) as broken:
        broken.fault("missing_day", route="daily_calculations", date="2026-10-14")
        monkeypatch.setenv("AIRFLOW_CONN_OTHER", broken.connection_json())
        monkeypatch.setenv("ALLHOURS_COMPANIES", "allhours_default,other")
        done = run("allhours_several_companies", run_conf={"period": "2026-10"})
    states = {task.map_index: str(task.state) for task in done.get_task_instances()}
    assert states == {0: "success", 1: "failed"}
    assert len(list(output.glob("allhours_default/periods/*/v0001/manifest.json"))) == 1
    assert list(output.glob("other/**/manifest.json")) == []


def test_people_who_cannot_be_paid_block_before_the_approval(
    airflow_db: None, output: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The default company has two people with one number: they are left out with a reason, and the rest is paid."""
    monkeypatch.setenv("ALLHOURS_READY_TIMEOUT", "0.5")
    monkeypatch.setenv("ALLHOURS_POKE_INTERVAL", "0.2")
    (output / "registers").mkdir()
    with Sandbox(employees=40, months=3) as sandbox:
        monkeypatch.setenv("AIRFLOW_CONN_ALLHOURS_DEFAULT", sandbox.connection_json())
        conf = {"period": "2026-10", "look_back_months": 0, "watch_months": 1}
        blocked = run("allhours_month_end", run_conf=conf)
        assert blocked.state == "failed"
        states = {task.task_id: str(task.state) for task in blocked.get_task_instances()}
        assert (states["preview"], states["approve"], states["pay"]) == ("failed", "upstream_failed", "upstream_failed")
        assert not list(output.glob("periods/registry/*.json"))
        with (output / "payroll" / "2026-10.blockers.csv").open(newline="", encoding="utf-8") as file:
            blockers = [row["user_id"] for row in csv.DictReader(file) if row["check"] == "employee-ids"]
        assert len(blockers) == 2
        conf["exclude"] = dict.fromkeys(blockers, "no number of their own")
        (output / "registers" / "2026-10.csv").write_text("employee_id,pay_code,quantity\n")
        done = run("allhours_month_end", run_conf=conf, mark_success_pattern="approve|reconcile")
        assert done.state == "success"
    manifest = json.loads((output / "payroll" / "2026-10.csv.manifest.json").read_text())
    assert manifest["options"]["exclude"] == conf["exclude"]
    assert manifest["employees"] > 30


def test_weekly_and_monthly_paid_people(airflow_db: None, clean_company: Sandbox, output: Path) -> None:
    """Somebody who was paid by the week and is in the monthly group now is refused: their first weeks are paid."""
    for index in range(1, 11):
        user = clean_company.company.user_at(index)
        if user is not None:
            fields = {"CustomField3": "weekly" if index in (8, 9) else "monthly"}
            clean_company.control("POST", "users", {"user_id": user.id, "fields": fields})
    for group, period in (("weekly", "2026-W41"), ("monthly", "2026-10")):
        conf = {"period": period}
        done = run(f"allhours_pay_groups_{group}", run_conf=conf, mark_success_pattern="approve")
        assert done.state == "success"
    with (output / "pay-groups" / "weekly-2026-W41.csv").open(newline="", encoding="utf-8") as file:
        weekly = {line["employee_id"] for line in csv.DictReader(file)}
    with (output / "pay-groups" / "monthly-2026-10.csv").open(newline="", encoding="utf-8") as file:
        monthly = {line["employee_id"] for line in csv.DictReader(file)}
    assert len(weekly) == 2
    assert len(monthly) > 5
    assert not weekly & monthly
    moved = clean_company.company.user_at(8)
    assert moved is not None
    clean_company.control("POST", "users", {"user_id": moved.id, "fields": {"CustomField3": "monthly"}})
    again = run("allhours_pay_groups_monthly", run_conf={"period": "2026-10-01/2026-10-15"})
    assert again.state == "failed"
