# SPDX-License-Identifier: Apache-2.0
"""What a lineage server gets: the events that Airflow's own OpenLineage listener writes of a whole DAG run."""

from __future__ import annotations

import csv
import hashlib
import json
import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from airflow_provider_allhours.sandbox.server import Sandbox
from tests.helpers import PAYROLL_COMPANY, employee_at

OPERATORS = "airflow_provider_allhours.operators"
PAYROLL = f"{OPERATORS}.payroll.AllHours"
MAX_SECONDS = 240
PERSON = {"employee_id": "1009", "comment": "Appointment at the clinic"}
MAPPING = {
    "lines": [{"source": "paid_presence_minutes", "pay_code": "1000", "unit": "hours"}],
    "ignore": {"absences": "*", "counters": "*"},
}


@dataclass
class Events:
    """The events of a run, and what ran.

    Attributes:
        all: every event, as it was written.
        states: state by task and map index.
        folder: where the files of the run are.
        account: namespace of the sandbox's datasets.
        people: names and e-mail addresses of everybody in the sandbox.
    """

    all: list[dict[str, Any]]
    states: dict[str, str]
    folder: Path
    account: str
    people: set[str]

    def of(self, task: str, kind: str = "COMPLETE") -> list[dict[str, Any]]:
        """The events of this kind of a task."""
        return [event for event in self.all if event["job"]["name"] == f"lineage.{task}" and event["eventType"] == kind]

    def one(self, task: str, kind: str = "COMPLETE") -> dict[str, Any]:
        """The only event of this kind of a task."""
        (event,) = self.of(task, kind)
        return event


def task(name: str, task_id: str, expand: list[dict[str, Any]] | None = None, **kwargs: Any) -> dict[str, Any]:
    return {"class": name, "kwargs": {"task_id": task_id, **kwargs}, "expand": expand}


def tasks_below(folder: Path) -> list[dict[str, Any]]:
    """Tasks that read, freeze, pay, compare, plan and write, and some that fail or only look."""
    periods, pay = f"{folder}/periods", f"{folder}/pay-{{period}}.csv"
    leave = {"period": "2027-02", "plan_path": f"{folder}/plan.jsonl", "ledger_path": f"{folder}/ledger.jsonl"}
    shards = [{"shard": f"{part}/2", "path": f"{folder}/{{period}}-{part}.csv"} for part in (1, 2)]
    absence = {"absence_definition": "Annual leave", "date_from": "2027-03-01", **PERSON}
    closed = "{{ ti.xcom_pull('close')['manifest_path'] }}"
    paid = {"close": closed, "profile": "generic-csv", "mapping": MAPPING}
    return [
        task(f"{OPERATORS}.timesheets.AllHoursExportTimesheetsOperator", "shards", shards, period="2026-10"),
        task(
            f"{OPERATORS}.join.AllHoursJoinExportsOperator",
            "join",
            manifests=[f"{folder}/2026-10-{part}.csv.manifest.json" for part in (1, 2)],
            path=f"{folder}/joined.csv",
        ),
        task(
            f"{OPERATORS}.timesheets.AllHoursExportTimesheetsOperator",
            "refused",
            period="2026-10",
            path=f"{folder}/{{period}}-refused.csv",
            columns=["no_such_column"],
        ),
        task(f"{PAYROLL}ClosePeriodOperator", "close", period="2026-10", path=periods),
        task(f"{PAYROLL}ExportPayrollOperator", "pay", **paid, path=pay),
        task(
            f"{PAYROLL}ReconcilePayrollOperator",
            "reconcile",
            ours=f"{folder}/pay-2026-10.csv",
            register=f"{folder}/pay-2026-10.csv",
            path=f"{folder}/compared.csv",
            confirm=False,
        ),
        task(f"{PAYROLL}PurgePeriodsOperator", "purge", path=periods, before="2026-11-01"),
        task(f"{OPERATORS}.absences.AllHoursPlanAbsencesOperator", "plan", source=f"{folder}/leave.csv", **leave),
        task(
            f"{OPERATORS}.absences.AllHoursApplyAbsencePlanOperator",
            "apply",
            plan_path=leave["plan_path"],
            ledger_path=leave["ledger_path"],
            max_deletes=0,
        ),
        task(f"{OPERATORS}.absences.AllHoursCreateAbsenceOperator", "rehearse", **absence, dry_run=True),
        task(
            "airflow_provider_allhours.sensors.periods.AllHoursPeriodReadySensor",
            "ready",
            period="2026-10",
            checks=["absences-decided"],
            report_path=f"{folder}/blockers.csv",
            on_deadline="release",
            timeout=0,
        ),
    ]


@pytest.fixture(scope="module")
def events(airflow_db: None, tmp_path_factory: pytest.TempPathFactory) -> Events:
    folder = tmp_path_factory.mktemp("lineage")
    with (folder / "leave.csv").open("w", newline="") as file:
        columns = ("employee_id", "absence_definition", "date_from", "external_id")
        csv.writer(file).writerows([columns, ("1009", "Annual leave", "2027-02-04", "a")])
    transport = {"type": "file", "log_file_path": str(folder / "events.jsonl"), "append": True}
    with Sandbox(**PAYROLL_COMPANY) as sandbox:
        subprocess.run(
            [sys.executable, str(Path(__file__).with_name("lineage_run.py"))],
            env={
                **os.environ,
                "AIRFLOW__OPENLINEAGE__TRANSPORT": json.dumps(transport),
                # Adds the attributes of each task to its events.
                "AIRFLOW__OPENLINEAGE__INCLUDE_FULL_TASK_INFO": "True",
                "AIRFLOW_CONN_ALLHOURS_DEFAULT": sandbox.connection_json(),
            },
            input=json.dumps({"tasks": tasks_below(folder), "states": str(folder / "states.json")}),
            capture_output=True,
            text=True,
            timeout=MAX_SECONDS,
            check=True,
        )
        people = [employee_at(sandbox, index) for index in range(12)]
    return Events(
        [json.loads(line) for line in (folder / "events.jsonl").read_text().splitlines()],
        json.loads((folder / "states.json").read_text()),
        folder,
        f"allhours://{sandbox.url.removeprefix('http://')}",
        {text for person in people for text in (person.email, f"{person.first_name} {person.last_name}") if text},
    )


def keys(datasets: list[dict[str, Any]]) -> set[tuple[str, str]]:
    return {(dataset["namespace"], dataset["name"]) for dataset in datasets}


def test_the_run_is_the_one_that_is_meant(events: Events) -> None:
    failed = {name for name, state in events.states.items() if state != "success"}
    assert failed == {"refused/-1"}


def test_each_task_of_a_mapped_export_has_its_own_file(events: Events) -> None:
    shards = events.of("shards")
    assert [keys(shard["inputs"]) for shard in shards] == [{(events.account, "timesheets")}] * 2
    files = {("file", f"{events.folder}/2026-10-{part}.csv") for part in (1, 2)}
    assert set.union(*(keys(shard["outputs"]) for shard in shards)) == files
    assert keys(events.one("join")["inputs"]) == files


def test_the_file_of_an_export_is_described(events: Events) -> None:
    (output,) = events.one("join")["outputs"]
    content = Path(output["name"]).read_bytes()
    header, *rows = csv.reader(content.decode().splitlines())
    facets = output["facets"]
    assert facets["version"]["datasetVersion"] == hashlib.sha256(content).hexdigest()
    statistics = output["outputFacets"]["outputStatistics"]
    assert (statistics["rowCount"], statistics["size"]) == (len(rows), len(content))
    assert [field["name"] for field in facets["schema"]["fields"]] == header
    assert {field["name"]: field["type"] for field in facets["schema"]["fields"]}["overtime_minutes"] == "minutes"
    assert facets["allHours"]["complete"] is True
    assert facets["allHours"]["period"] == {"from": "2026-10-01", "to": "2026-10-31"}


def test_a_closed_period_leads_to_the_register(events: Events) -> None:
    close, pay, reconcile = events.one("close"), events.one("pay"), events.one("reconcile")
    assert keys(close["inputs"]) == {(events.account, name) for name in ("users", "timesheets", "absences", "counters")}
    version = ("file", f"{events.folder}/periods/2026-10-01_2026-10-31/v0001")
    assert keys(close["outputs"]) == {version} == keys(pay["inputs"])
    paid = ("file", f"{events.folder}/pay-2026-10.csv")
    assert keys(pay["outputs"]) == {paid} <= keys(reconcile["inputs"])
    assert pay["outputs"][0]["facets"]["allHours"]["released"] is True
    assert keys(reconcile["outputs"]) == {("file", f"{events.folder}/compared.csv")}
    (removed,) = events.one("purge")["outputs"]
    assert keys([removed]) == {version}
    assert removed["facets"]["lifecycleStateChange"]["lifecycleStateChange"] == "DROP"


def test_a_task_that_fails_names_what_it_was_about_and_describes_nothing(events: Events) -> None:
    event = events.one("refused", "FAIL")
    assert keys(event["inputs"]) == {(events.account, "timesheets")}
    (output,) = event["outputs"]
    assert keys([output]) == {("file", f"{events.folder}/2026-10-refused.csv")}
    assert output["facets"] == {}
    assert output["outputFacets"] == {}


def test_what_is_written_to_the_account_is_an_output(events: Events) -> None:
    outputs = {(one["namespace"], one["name"]): one["outputFacets"] for one in events.one("apply")["outputs"]}
    assert outputs[events.account, "absences"]["outputStatistics"]["rowCount"] == 1
    assert keys(events.one("apply")["inputs"]) >= keys(events.one("plan")["outputs"])


def test_a_dry_run_has_no_output(events: Events) -> None:
    event = events.one("rehearse")
    assert event["outputs"] == []
    assert (events.account, "absences") in keys(event["inputs"])


def test_the_report_of_a_sensor_is_an_output(events: Events) -> None:
    assert keys(events.one("ready")["outputs"]) == {("file", f"{events.folder}/blockers.csv")}


def test_no_event_has_a_person(events: Events) -> None:
    assert len(events.people) > 12
    text = json.dumps(events.all, ensure_ascii=False)
    assert not [name for name in (*events.people, PERSON["comment"]) if name in text]
