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
