# SPDX-License-Identifier: Apache-2.0
"""Every example DAG parses, and runs to its end against a sandbox."""

from __future__ import annotations

import csv
import json
from pathlib import Path
from typing import Any

import pytest
from airflow.dag_processing.dagbag import DagBag

from airflow_provider_allhours.sandbox.server import Sandbox

EXAMPLES = Path(__file__).parents[2] / "example_dags"


def bag() -> DagBag:
    return DagBag(dag_folder=str(EXAMPLES))


def test_every_example_parses(airflow_db: None) -> None:
    found = bag()
    assert found.import_errors == {}
    assert {path.stem for path in EXAMPLES.glob("*.py")} <= set(found.dags)


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
    manifest = json.loads(Path(f"{file}.manifest.json").read_text())
    assert manifest["period"] == {"from": "2026-10-01", "to": "2026-10-31"}
    with file.open(newline="", encoding="utf-8") as content:
        assert manifest["rows"] == sum(1 for _ in csv.DictReader(content)) > 0


def test_the_other_exports(airflow_db: None, allhours_connection: Sandbox, output: Path) -> None:
    assert run("allhours_other_exports", run_conf={"period": "2026-W41"}).state == "success"
    names = sorted(path.name for path in output.glob("week-of/*/*") if not path.name.endswith(".manifest.json"))
    assert names == ["absences.csv", "clockings.jsonl.gz", "counters.parquet", "users.csv"]
    (absences,) = output.glob("week-of/*/absences.csv")
    assert "leave" not in absences.read_text().lower().replace("absence", "")


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
    assert "means nobody" in rejects.read_text()
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

    task.render_template_fields({"ti": Pulled()})  # type: ignore[typeddict-item]
    assert "2 to create, 1 to change, 0 to delete,\n5 as they are, 3 parked." in task.body
    assert "+ 1009 on 2027-02-04" in task.body


def test_one_absence_from_a_form(airflow_db: None, allhours_connection: Sandbox) -> None:
    conf = {"employee_id": "1009", "date_from": "2027-02-04"}
    assert run("allhours_create_absence", run_conf=conf).state == "success"
    assert allhours_connection.stats()["writes_accepted"] == 0
    assert run("allhours_create_absence", run_conf={**conf, "dry_run": False}).state == "success"
    assert allhours_connection.stats()["writes_accepted"] == 1


def test_waiting_for_readiness(airflow_db: None, allhours_connection: Sandbox, output: Path) -> None:
    """An empty week before anybody joined is ready at once; a real wait is in the end-to-end test."""
    result = run("allhours_period_ready", run_conf={"period": "2026-10-04"})
    assert result.state == "success"
    assert {task.task_id: str(task.state) for task in result.get_task_instances()}["ask"] == "skipped"
    assert len(list(output.glob("ready/*/timesheets.csv"))) == 1


def test_watching_absences(airflow_db: None) -> None:
    assert run("allhours_absence_watch").state == "success"
