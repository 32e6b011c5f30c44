# SPDX-License-Identifier: Apache-2.0
"""Memory and time of a month end: close, release, close again with corrections, delta, replay. Part of ``make bench``.

Every step runs in a process of its own, whose peak memory is compared between companies of two sizes.
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import requests

from airflow_provider_allhours.flows.payroll_export import export_payroll
from airflow_provider_allhours.flows.period_close import close_period
from airflow_provider_allhours.flows.release_replay import replay_release
from airflow_provider_allhours.periods import Period
from benchmarks.sandboxes import client_of, peak_memory, sandbox

OCTOBER = Period.of_month(2026, 10)
MAPPING: dict[str, Any] = {
    "lines": [
        {"source": "paid_presence_minutes", "minus": ["overtime_minutes"], "pay_code": "1000", "unit": "hours"},
        {"source": "overtime_minutes", "pay_code": "1100", "unit": "hours"},
        {"absence": "Annual leave", "pay_code": "2000", "unit": "days"},
        {"absence": "Sick leave", "pay_code": "2100", "unit": "days"},
    ],
    "ignore": {"absences": ["Business leave"], "counters": "*"},
}
STEPS = ("close", "close again", "release", "close corrected", "delta", "replay")
SHORT_DAY = [["08:00", "Arrival"], ["12:00", "Departure"]]
CORRECTED = 100
"""One employee in so many has a day that is corrected behind the release."""


def run(step: str, folder: Path, connection: dict[str, Any]) -> None:
    """One step, in this process; prints seconds and peak memory in KB."""
    began = time.perf_counter()
    kept = folder / "results.json"
    results: dict[str, Any] = json.loads(kept.read_text()) if kept.exists() else {}
    if step.startswith("close"):
        with client_of(connection) as client:
            results[step] = close_period(
                client, period=OCTOBER, path=folder / "periods", timezone="Europe/Ljubljana", on_invalid="warn"
            )
    elif step in ("release", "delta"):
        results[step] = export_payroll(
            close=results["close" if step == "release" else "close corrected"],
            profile="generic-csv",
            mapping=MAPPING,
            path=folder / f"{step}.csv",
            delta=step == "delta",
        )
    else:
        assert not replay_release(manifest=results["release"]["manifest_path"])["problems"]
    kept.write_text(json.dumps(results))
    print(time.perf_counter() - began, peak_memory())


def correct(connection: dict[str, Any], employees: int) -> None:
    """Change a day of one employee in :data:`CORRECTED`."""
    root = f"{connection['host']}:{connection['port']}/_sandbox"
    state = requests.get(f"{root}/state", params={"from": "2026-10-01", "to": "2026-10-01"}, timeout=300).json()
    changed = [user for user in state["users"] if user["IsTimeAttendanceUser"]][::CORRECTED]
    for user in changed:
        requests.post(
            f"{root}/days", json={"user_id": user["Id"], "date": "2026-10-06", "clockings": SHORT_DAY}, timeout=30
        )


def month_end(employees: int) -> dict[str, tuple[float, float]]:
    """Step -> seconds and peak MB, of a company of so many."""
    measured = {}
    with tempfile.TemporaryDirectory() as folder, sandbox(employees, options=["--clean-ids"]) as connection:
        for step in STEPS:
            if step == "close corrected":
                correct(connection, employees)
            command = [sys.executable, "-m", "benchmarks.payroll", step, folder, json.dumps(connection)]
            seconds, peak = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True).stdout.split()
            measured[step] = (float(seconds), int(peak) / 1024)
    return measured


def month_ends(small: int, large: int) -> None:
    """Print growth and ratio of two sizes."""
    few, many = month_end(small), month_end(large)
    print(f"payroll  month of {small} and {large} employees: peak memory of each, growth, time ratio")
    for step in STEPS:
        (seconds, peak), (more_seconds, more_peak) = few[step], many[step]
        print(
            f"         {step:<16}{peak:6.1f} MB {more_peak:6.1f} MB  growth {more_peak - peak:5.1f} MB  "
            f"time x {more_seconds / seconds:.1f} ({more_seconds:.1f} s)"
        )


if __name__ == "__main__":
    if sys.argv[1:2] == ["--sizes"]:
        month_ends(int(sys.argv[2]), int(sys.argv[3]))
    else:
        run(sys.argv[1], Path(sys.argv[2]), json.loads(sys.argv[3]))
