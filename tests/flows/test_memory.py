# SPDX-License-Identifier: Apache-2.0
"""Exports and closes keep people and records on the disk: their memory does not grow with the company."""

from __future__ import annotations

import json
import subprocess
import sys
import tracemalloc
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from airflow_provider_allhours.client import AllHoursClient, ClientConfig, body, list_parts
from airflow_provider_allhours.files.external_sort import sort_externally
from airflow_provider_allhours.flows.datasets import clockings, roster
from airflow_provider_allhours.flows.exports import ExportRequest, ExportResult, export_dataset
from airflow_provider_allhours.flows.period_close import close_period
from airflow_provider_allhours.flows.version_freeze import CloseResult
from airflow_provider_allhours.periods import Period

WEEK = Period.of_week(2026, 41)


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
        tracemalloc.start()
        try:
            result = read(client)
            return tracemalloc.get_traced_memory()[1], result
        finally:
            tracemalloc.stop()


@pytest.fixture
def small_parts(monkeypatch: pytest.MonkeyPatch) -> None:
    """Parts as small as both companies need some of; the spools read 500 people at once."""
    monkeypatch.setattr(list_parts, "PART", 16_384)
    monkeypatch.setattr(body, "IN_MEMORY", 16_384)
    monkeypatch.setattr(roster, "EMPLOYEE_DAYS_AT_ONCE", 600)
    monkeypatch.setattr(clockings, "EMPLOYEE_DAYS_AT_ONCE", 200)
    assert sort_externally.__kwdefaults__ is not None
    monkeypatch.setitem(sort_externally.__kwdefaults__, "run_length", 100)


@pytest.mark.slow
@pytest.mark.usefixtures("small_parts")
def test_a_close_of_a_large_company_costs_a_few_bytes_per_person(tmp_path: Path) -> None:
    def close(name: str) -> Callable[[AllHoursClient], CloseResult]:
        return lambda client: close_period(
            client, period=WEEK, path=tmp_path / name, timezone="Europe/Ljubljana", on_invalid="warn"
        )

    peak_of(20, close("warm"))
    small, few = peak_of(600, close("small"))
    large, many = peak_of(2400, close("large"))
    assert many["employees"] > few["employees"] + 1600
    # 50,000 people may need 60 MB more than 500; what measures the lines that run takes a part of it.
    assert large - small < 60_000_000 / 49_500 * (many["employees"] - few["employees"])


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
