# SPDX-License-Identifier: Apache-2.0
"""Exports and closes keep people and records on the disk: their memory does not grow with the company."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
import tracemalloc
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from airflow_provider_allhours.client import AllHoursClient, ClientConfig, body, list_parts, paired_windows
from airflow_provider_allhours.client import client as client_module
from airflow_provider_allhours.files.external_sort import sort_externally
from airflow_provider_allhours.flows.absence_apply import apply_plan
from airflow_provider_allhours.flows.absence_plan import plan_absences
from airflow_provider_allhours.flows.datasets import clockings, roster
from airflow_provider_allhours.flows.exports import ExportRequest, ExportResult, export_dataset
from airflow_provider_allhours.flows.payroll_export import export_payroll
from airflow_provider_allhours.flows.payroll_report import report_payroll
from airflow_provider_allhours.flows.period_close import close_period
from airflow_provider_allhours.flows.reconciliation import reconcile
from airflow_provider_allhours.flows.release_replay import replay_release
from airflow_provider_allhours.flows.version_freeze import CloseResult
from airflow_provider_allhours.payroll.mapping import MappingDocument
from airflow_provider_allhours.periods import Period

WEEK = Period.of_week(2026, 41)

BYTES_PER_PERSON = 60_000_000 / 49_500
"""50,000 people may need 60 MB more than 500."""

MAPPING: MappingDocument = {
    "lines": [
        {"source": "paid_presence_minutes", "minus": ["overtime_minutes"], "pay_code": "1000", "unit": "hours"},
        {"source": "overtime_minutes", "pay_code": "1100", "unit": "hours"},
        {"absence": "Annual leave", "pay_code": "2000", "unit": "days"},
        {"absence": "Sick leave", "pay_code": "2100", "unit": "days"},
    ],
    "ignore": {"absences": ["Business leave"], "counters": "*"},
}


@contextmanager
def account(employees: int) -> Iterator[AllHoursClient]:
    """A client of a sandbox in another process, whose memory is not counted here."""
    command = [sys.executable, "-m", "airflow_provider_allhours.sandbox", "--port", "0", "--clean-ids"]
    process = subprocess.Popen([*command, "--employees", str(employees)], stdout=subprocess.PIPE, text=True)
    try:
        assert process.stdout is not None
        process.stdout.readline()
        connection = json.loads(process.stdout.readline().partition("=")[2].strip().strip("'"))
        config = ClientConfig(
            f"{connection['host']}:{connection['port']}",
            connection["login"],
            connection["password"],
            auth_url=connection["extra"]["auth_url"],
            max_concurrency=2,
        )
        with AllHoursClient(config) as client:
            yield client
    finally:
        process.terminate()
        process.wait()


def peak_of(employees: int, read: Callable[[AllHoursClient], Any]) -> tuple[int, Any]:
    """Peak of Python's memory while something is read, and the result of it."""
    with account(employees) as client:
        return traced(lambda: read(client))


def traced(step: Callable[[], Any]) -> tuple[int, Any]:
    """Peak of Python's memory during a step, and its result."""
    tracemalloc.start()
    try:
        result = step()
        return tracemalloc.get_traced_memory()[1], result
    finally:
        tracemalloc.stop()


@pytest.fixture
def small_parts(monkeypatch: pytest.MonkeyPatch) -> None:
    """Parts as small as both companies need some of; the spools read 500 people at once."""
    monkeypatch.setattr(list_parts, "PART", 16_384)
    monkeypatch.setattr(client_module, "PART", 50)
    monkeypatch.setattr(paired_windows, "BATCH", 50)
    monkeypatch.setattr(body, "IN_MEMORY", 16_384)
    monkeypatch.setattr(roster, "EMPLOYEE_DAYS_AT_ONCE", 600)
    monkeypatch.setattr(clockings, "EMPLOYEE_DAYS_AT_ONCE", 200)
    assert sort_externally.__kwdefaults__ is not None
    monkeypatch.setitem(sort_externally.__kwdefaults__, "run_length", 100)


@pytest.mark.slow
@pytest.mark.usefixtures("small_parts")
def test_a_close_and_its_payroll_of_a_large_company_cost_a_few_bytes_per_person(tmp_path: Path) -> None:
    def close(name: str) -> Callable[[AllHoursClient], CloseResult]:
        return lambda client: close_period(
            client, period=WEEK, path=tmp_path / name, timezone="Europe/Ljubljana", on_invalid="warn"
        )

    peak_of(20, close("warm"))
    small, few = peak_of(600, close("small"))
    large, many = peak_of(2400, close("large"))
    assert many["employees"] > few["employees"] + 1600
    # What measures the lines that run takes a part of it.
    people = many["employees"] - few["employees"]
    assert large - small < BYTES_PER_PERSON * people

    def release(close: CloseResult, name: str) -> Callable[[], Any]:
        return lambda: export_payroll(close=close, profile="generic-csv", mapping=MAPPING, path=tmp_path / name)

    def replay(name: str) -> Callable[[], Any]:
        return lambda: replay_release(manifest=tmp_path / f"{name}.manifest.json")

    def compare(name: str) -> Callable[[], Any]:
        register = shutil.copy(tmp_path / name, tmp_path / f"register-{name}")
        return lambda: reconcile(ours=tmp_path / name, register=register, path=tmp_path / f"verdicts-{name}")

    def correct(close: CloseResult, name: str) -> Callable[[], Any]:
        path = tmp_path / f"corrections-{name}"
        return lambda: export_payroll(close=close, profile="generic-csv", mapping=MAPPING, path=path, delta=True)

    def report(close: CloseResult, name: str, suffix: str) -> Callable[[], Any]:
        manifest = f"{tmp_path / name}.manifest.json"
        return lambda: report_payroll(close=close, payroll=manifest, path=tmp_path / f"report-{name}{suffix}")

    for step_of_few, step_of_many in (
        (release(few, "few.csv"), release(many, "many.csv")),
        (replay("few.csv"), replay("many.csv")),
        (correct(few, "few.csv"), correct(many, "many.csv")),
        (report(few, "few.csv", ".html"), report(many, "many.csv", ".html")),
        (report(few, "few.csv", ".xlsx"), report(many, "many.csv", ".xlsx")),
    ):
        growth = traced(step_of_many)[0] - traced(step_of_few)[0]
        assert growth < BYTES_PER_PERSON * people, step_of_many
    growth = traced(compare("many.csv"))[0] - traced(compare("few.csv"))[0]
    assert growth < BYTES_PER_PERSON * people


@pytest.mark.slow
@pytest.mark.usefixtures("small_parts")
@pytest.mark.parametrize("dataset", ["timesheets", "absences", "clockings", "users"])
def test_an_export_of_a_large_company_costs_a_few_bytes_per_person(dataset: str, tmp_path: Path) -> None:
    period = None if dataset == "users" else WEEK

    def export(name: str) -> Callable[[AllHoursClient], ExportResult]:
        path = tmp_path / f"{name}.csv"
        return lambda client: export_dataset(client, ExportRequest(dataset, path, period, "Europe/Ljubljana"))

    peak_of(20, export("warm"))
    small, few = peak_of(600, export("small"))
    large, many = peak_of(2400, export("large"))
    assert many["rows"] > 3 * few["rows"] > 0
    assert large - small < 700 * 1800


@pytest.mark.slow
@pytest.mark.usefixtures("small_parts")
def test_a_plan_and_its_apply_cost_a_few_bytes_per_person_of_the_company(tmp_path: Path) -> None:
    """The source has the same few people in both; everybody's ids are kept while it is planned."""

    def plan(name: str) -> Callable[[AllHoursClient], Any]:
        source = tmp_path / f"{name}.csv"
        leave = "".join(f"{number},Annual leave,2026-10-08\n" for number in range(1001, 1010))
        source.write_text(f"employee_id,absence_definition,date_from\n{leave}")
        return lambda client: plan_absences(
            client,
            source=source,
            period=WEEK,
            plan_path=tmp_path / f"{name}.plan",
            ledger_path=tmp_path / f"{name}.ledger",
        )

    def plan_and_apply(name: str) -> Callable[[AllHoursClient], Any]:
        def steps(client: AllHoursClient) -> tuple[Any, int]:
            planned = plan(name)(client)
            before = tracemalloc.get_traced_memory()[1]
            tracemalloc.reset_peak()
            apply_plan(
                client, plan_path=tmp_path / f"{name}.plan", ledger_path=tmp_path / f"{name}.ledger", on_partial="warn"
            )
            return planned, before

        return steps

    peak_of(20, plan_and_apply("warm"))
    small_apply, (few, small_plan) = peak_of(600, plan_and_apply("small"))
    large_apply, (many, large_plan) = peak_of(2400, plan_and_apply("large"))
    assert few["create"] > 0
    assert many["create"] > 0
    assert large_plan - small_plan < BYTES_PER_PERSON * 1800
    assert large_apply - small_apply < BYTES_PER_PERSON * 1800
