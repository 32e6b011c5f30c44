# SPDX-License-Identifier: Apache-2.0
"""``object_storage_conn_id`` decides where every file of a task is: a store that only its connection leads to."""

from __future__ import annotations

import csv
from collections import defaultdict
from pathlib import Path
from typing import Any

import pytest
from airflow.sdk.io import fs as airflow_filesystems
from airflow.sdk.io import store as airflow_stores
from fsspec.implementations.memory import MemoryFileSystem

from airflow_provider_allhours.operators.absences import (
    AllHoursApplyAbsencePlanOperator,
    AllHoursPlanAbsencesOperator,
)
from airflow_provider_allhours.operators.payroll import AllHoursClosePeriodOperator
from airflow_provider_allhours.operators.timesheets import AllHoursExportTimesheetsOperator
from airflow_provider_allhours.sandbox.server import Sandbox
from airflow_provider_allhours.sensors.periods import AllHoursPeriodReadySensor

IN_STORE = {"object_storage_conn_id": "the_store"}


@pytest.fixture
def stores(monkeypatch: pytest.MonkeyPatch) -> dict[str | None, MemoryFileSystem]:
    """A file system per connection, as a provider of object storage registers one for its scheme."""
    made: dict[str | None, MemoryFileSystem] = defaultdict(new_store)
    known = airflow_filesystems._register_filesystems()
    monkeypatch.setitem(known, "memory", lambda conn_id, options: made[conn_id])
    monkeypatch.setattr(airflow_stores, "_STORE_CACHE", {})
    return made


def new_store() -> MemoryFileSystem:
    store = MemoryFileSystem(skip_instance_cache=True)
    # Of the class by default, shared by all.
    store.store, store.pseudo_dirs = {}, [""]
    return store


def names_in(store: MemoryFileSystem) -> set[str]:
    return {name.rpartition("/")[2] for name in store.store}


def test_an_export(allhours_connection: Sandbox, stores: Any) -> None:
    task = AllHoursExportTimesheetsOperator(task_id="t", period="2026-10", path="memory://bucket/x.csv", **IN_STORE)
    task.execute({})
    assert names_in(stores["the_store"]) == {"x.csv", "x.csv.manifest.json"}
    assert set(stores) == {"the_store"}


def test_an_export_with_the_connection_in_the_url(allhours_connection: Sandbox, stores: Any) -> None:
    """A store that nobody named would have the file with other rights, or in another account."""
    task = AllHoursExportTimesheetsOperator(task_id="t", period="2026-10", path="memory://the_store@bucket/x.csv")
    task.execute({})
    assert names_in(stores["the_store"]) == {"x.csv", "x.csv.manifest.json"}
    assert set(stores) == {"the_store"}


def test_a_close(allhours_connection: Sandbox, stores: Any) -> None:
    task = AllHoursClosePeriodOperator(task_id="t", period="2026-10", path="memory://bucket/periods", **IN_STORE)
    task.on_invalid = "warn"
    task.execute({})
    assert any(name.startswith("timesheets") for name in names_in(stores["the_store"]))
    assert set(stores) == {"the_store"}


def test_the_report_of_a_sensor(allhours_connection: Sandbox, stores: Any) -> None:
    sensor = AllHoursPeriodReadySensor(
        task_id="t",
        period="2026-10",
        checks=["absences-decided"],
        report_path="memory://bucket/blockers.csv",
        on_deadline="release",
        timeout=0,
        **IN_STORE,
    )
    sensor.execute({})
    assert names_in(stores["the_store"]) == {"blockers.csv"}
    assert set(stores) == {"the_store"}


def test_a_plan_and_its_application(allhours_connection: Sandbox, stores: Any, tmp_path: Path) -> None:
    columns = ("employee_id", "absence_definition", "date_from", "external_id")
    with (tmp_path / "leave.csv").open("w", newline="") as file:
        csv.writer(file).writerows([columns, ("1009", "Annual leave", "2027-02-04", "a")])
    stores["the_store"].pipe_file("/bucket/leave.csv", (tmp_path / "leave.csv").read_bytes())
    paths = {"plan_path": "memory://bucket/plan.jsonl", "ledger_path": "memory://bucket/ledger.jsonl"}
    planned = AllHoursPlanAbsencesOperator(
        task_id="p", source="memory://bucket/leave.csv", period="2027-02", **paths, **IN_STORE
    ).execute({})
    assert planned["create"] == 1
    rejects = "memory://bucket/rejects.csv"
    AllHoursApplyAbsencePlanOperator(task_id="a", reject_path=rejects, **paths, **IN_STORE).execute({})
    assert names_in(stores["the_store"]) >= {"leave.csv", "plan.jsonl", "00000001.segment", "rejects.csv"}
    assert set(stores) == {"the_store"}
