# SPDX-License-Identifier: Apache-2.0
"""A close keeps people, days and absences on the disk: its memory does not grow with the company."""

from __future__ import annotations

import json
import subprocess
import sys
import tracemalloc
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from airflow_provider_allhours.client import AllHoursClient, ClientConfig, list_parts
from airflow_provider_allhours.flows.datasets import roster
from airflow_provider_allhours.flows.period_close import CloseResult, close_period
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


def peak_of_a_close(employees: int, path: Path) -> tuple[int, CloseResult]:
    with account(employees) as client:
        tracemalloc.start()
        try:
            result = close_period(client, period=WEEK, path=path, timezone="Europe/Ljubljana", on_invalid="warn")
            return tracemalloc.get_traced_memory()[1], result
        finally:
            tracemalloc.stop()


@pytest.mark.slow
def test_a_large_company_costs_a_few_bytes_per_person(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    # Parts as small as both companies need some of.
    monkeypatch.setattr(list_parts, "PART", 16_384)
    monkeypatch.setattr(roster, "EMPLOYEE_DAYS_AT_ONCE", 700)
    peak_of_a_close(20, tmp_path / "warm")
    small, few = peak_of_a_close(100, tmp_path / "small")
    large, many = peak_of_a_close(1600, tmp_path / "large")
    assert (many["employees"], few["employees"]) > (1400, 80)
    assert large - small < 1000 * (many["employees"] - few["employees"])
