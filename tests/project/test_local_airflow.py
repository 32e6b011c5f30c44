# SPDX-License-Identifier: Apache-2.0
"""``make airflow``: its company has what the example DAGs need, and it ends what it started."""

from __future__ import annotations

import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from types import SimpleNamespace
from typing import cast

import pytest

from airflow_provider_allhours.client import AllHoursClient, ClientConfig
from airflow_provider_allhours.flows.absence_plan import plan_absences
from airflow_provider_allhours.periods import Period
from airflow_provider_allhours.sandbox.server import Sandbox
from scripts.local_airflow import LocalAirflow, prepare_company


def test_pay_groups_and_leave_to_enter(tmp_path: Path) -> None:
    today = date(2026, 11, 27)
    with Sandbox(employees=20, months=2, today=today, clean_ids=True) as sandbox:
        prepare_company(sandbox, tmp_path, today)
        config = ClientConfig(sandbox.url, sandbox.client_id, sandbox.client_secret, auth_url=sandbox.token_url)
        with AllHoursClient(config) as client:
            groups = Counter(user.custom_field3 for user in client.users())
            plan = plan_absences(
                client,
                source=tmp_path / "hr" / "leave.csv",
                period=Period.of_month(2026, 11),
                plan_path=tmp_path / "plan.jsonl",
                ledger_path=tmp_path / "ledger.jsonl",
            )
    assert set(groups) == {"weekly", "monthly"}
    assert plan["create"] == 3
    assert plan["unknown"] == plan["conflict"] == 0


WITH_A_CHILD_THAT_HAS_ENDED = """
import os, subprocess, time
child = subprocess.Popen(["true"])
os.waitid(os.P_PID, child.pid, os.WEXITED | os.WNOWAIT)
print("ready", flush=True)
time.sleep(60)
"""
STARTS_ANOTHER_ONE_WHEN_IT_IS_TOLD_TO_END = """
import signal, subprocess, sys, time
STUBBORN = "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); time.sleep(60)"
def end(*_):
    subprocess.Popen([sys.executable, "-c", STUBBORN])
    sys.exit()
signal.signal(signal.SIGTERM, end)
print("ready", flush=True)
time.sleep(60)
"""


@pytest.fixture
def airflow(tmp_path: Path) -> Iterator[LocalAirflow]:
    local = LocalAirflow(tmp_path, cast(Sandbox, SimpleNamespace()))
    yield local
    local.stop()


def begin(airflow: LocalAirflow, script: str) -> subprocess.Popen[bytes]:
    command = [sys.executable, "-c", script]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, start_new_session=True)
    airflow.processes.append(process)
    assert process.stdout is not None
    assert process.stdout.readline() == b"ready\n"
    return process


def test_a_process_that_has_ended_does_not_run(airflow: LocalAirflow) -> None:
    process = begin(airflow, WITH_A_CHILD_THAT_HAS_ENDED)
    assert {one.pid for one in airflow.running()} == {process.pid}


def test_nothing_is_left_running(airflow: LocalAirflow) -> None:
    begin(airflow, STARTS_ANOTHER_ONE_WHEN_IT_IS_TOLD_TO_END)
    airflow.stop()
    assert airflow.running() == set()
