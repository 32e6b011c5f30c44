# SPDX-License-Identifier: Apache-2.0
"""Speed and memory of an export, as ratios measured side by side in one run. ``make bench``."""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
import time
from datetime import date
from pathlib import Path
from typing import Any

import requests

from airflow_provider_allhours.flows.exports import ExportRequest, export_dataset
from airflow_provider_allhours.periods import Period
from airflow_provider_allhours.sandbox.server import Sandbox
from benchmarks.payroll import month_ends
from benchmarks.sandboxes import CONCURRENCY, client_of, peak_memory, sandbox

OCTOBER = Period.of_month(2026, 10)
LATENCY = 0.050
IMPORTS = 7


BULK: dict[str, Any] = {
    "path": "/api/v1/Calculations",
    "params": {"from": "{date_from:%Y-%m-%d}", "to": "{date_to:%Y-%m-%d}"},
    "data_selector": "UserCalculations[*].DailyCalculations[*]",
    "carry": ["UserId"],
    "paginator": {
        "type": "page_number",
        "page_param": "page",
        "limit_param": "pageSize",
        "limit": 200,
        "total_path": "TotalCount",
    },
}
"""The sandbox's route for the employee-days of all users, as a contract."""


def export(
    connection: dict[str, Any], path: Path, contract: dict[str, Any] | None = None
) -> tuple[float, dict[str, Any]]:
    """Seconds and manifest of one export."""
    started = time.perf_counter()
    with client_of(connection, contract) as client:
        manifest = export_dataset(client, ExportRequest("timesheets", path, OCTOBER, "Europe/Ljubljana"))
    return time.perf_counter() - started, manifest


def loop(connection: dict[str, Any]) -> float:
    """Seconds of the script that people write today: one request after the other."""
    root = f"{connection['host']}:{connection['port']}"
    form = {
        "grant_type": "client_credentials",
        "client_id": connection["login"],
        "client_secret": connection["password"],
    }
    started = time.perf_counter()
    with requests.Session() as session:
        token = session.post(connection["extra"]["auth_url"], data=form, timeout=30).json()["access_token"]
        session.headers["Authorization"] = f"Bearer {token}"
        window = {"dateFrom": "2026-10-01T00:00:00", "dateTo": "2026-10-31T00:00:00"}
        for user in session.get(f"{root}/api/v1/Users", timeout=30).json():
            if user["IsTimeAttendanceUser"]:
                session.get(f"{root}/api/v1/UserCalculations/{user['Id']}", params=window, timeout=30).json()
    return time.perf_counter() - started


def speed(folder: Path) -> None:
    """An export against the ideal and against the loop."""
    with sandbox(400, latency_ms=round(1000 * LATENCY)) as connection:
        export(connection, folder / "warm.csv")  # the sandbox sums its balances once
        runs = [export(connection, folder / "x.csv") for _ in range(3)]
        seconds, manifest = sorted(runs, key=lambda run: run[0])[1]
        sequential = loop(connection)
    # Token and users come before the first employee: start-up, not throughput.
    start_up = 2 * LATENCY
    ideal = manifest["employees"] * LATENCY / CONCURRENCY
    print(
        f"speed    {manifest['employees']} employees x 1 month, {LATENCY * 1000:.0f} ms latency, {CONCURRENCY} at once"
    )
    print(f"         export            {seconds:6.2f} s  (median of {len(runs)})")
    print(
        f"         ideal             {ideal:6.2f} s  export / (ideal + start-up) = {seconds / (ideal + start_up):.2f}"
    )
    print(f"         sequential loop   {sequential:6.2f} s  loop / export = {sequential / seconds:.1f}")


def bulk(folder: Path) -> None:
    """A month of 5,000 employees, one request for each, and in pages of 200 employees."""
    with sandbox(5000) as connection:
        alone, single = export(connection, folder / "single.csv")
    with sandbox(5000, contract="bulk-paged") as connection:
        together, paged = export(connection, folder / "bulk.csv", {"routes": {"daily_calculations": BULK}})
    assert (folder / "single.csv").read_bytes() == (folder / "bulk.csv").read_bytes()
    print(
        f"bulk     5,000 employees x month: {single['requests']} requests, in pages {paged['requests']}, ratio "
        f"{single['requests'] / paged['requests']:.0f} ({alone:.1f} s and {together:.1f} s without latency: the "
        "sandbox makes its pages one after the other)"
    )


def memory() -> None:
    """Peak memory of exports of two sizes, each in a process of its own."""
    peaks = {}
    for employees in (200, 1600):
        with sandbox(employees) as connection:
            command = [sys.executable, "-m", "benchmarks.run", "--peak", json.dumps(connection)]
            peaks[employees] = int(subprocess.run(command, check=True, capture_output=True, text=True).stdout) / 1024
    growth = peaks[1600] - peaks[200]
    print(f"memory   200 employees {peaks[200]:.1f} MB, 1600 employees {peaks[1600]:.1f} MB, growth {growth:.1f} MB")


def peak(connection: dict[str, Any]) -> None:
    """Export and print this process's peak memory in KB."""
    with tempfile.TemporaryDirectory() as folder:
        export(connection, Path(folder) / "x.csv")
    print(peak_memory())


def imports() -> None:
    """What an operator's module adds to a DAG's parse time."""
    code = (
        "import time, airflow.sdk, requests; airflow.sdk.DAG, airflow.sdk.BaseOperator; "
        "started = time.perf_counter(); import airflow_provider_allhours.operators.timesheets; "
        "print(1000 * (time.perf_counter() - started))"
    )
    command = [sys.executable, "-W", "ignore", "-c", code]
    times = sorted(
        float(subprocess.run(command, check=True, capture_output=True, text=True).stdout) for _ in range(IMPORTS)
    )
    median = times[IMPORTS // 2]
    print(f"import   operators.timesheets after airflow.sdk and requests: {median:.0f} ms (median of {IMPORTS})")


def start_ups() -> None:
    """Until a sandbox serves, for companies of two sizes: employees are made when they are asked for."""
    seconds = {}
    for employees in (10, 50_000):
        started = time.perf_counter()
        with Sandbox(employees=employees):
            seconds[employees] = time.perf_counter() - started
    print(f"start    sandbox of 10 employees {seconds[10]:.3f} s, of 50,000 employees {seconds[50_000]:.3f} s")


def main() -> None:
    """All of them."""
    print(f"{date.today():%Y-%m-%d}, Python {sys.version.split()[0]}")
    with tempfile.TemporaryDirectory() as folder:
        speed(Path(folder))
        bulk(Path(folder))
    memory()
    month_ends(500, 5000)
    imports()
    start_ups()


if __name__ == "__main__":
    if sys.argv[1:2] == ["--peak"]:
        peak(json.loads(sys.argv[2]))
    else:
        main()
