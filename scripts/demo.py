# SPDX-License-Identifier: Apache-2.0
"""Run the example DAG against a local All Hours and show what came out; stops what it started."""

from __future__ import annotations

import csv
import json
import os
import re
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, timedelta
from itertools import islice
from pathlib import Path
from typing import Any

from airflow_provider_allhours.sandbox.server import Sandbox

ROOT = Path(__file__).resolve().parent.parent
HERE = ROOT / ".demo" / "export"
BIN = Path(sys.executable).parent
DAG = ROOT / "example_dags" / "allhours_timesheet_export.py"
SHOWN = (
    "employee_id",
    "first_name",
    "last_name",
    "date",
    "planned_minutes",
    "paid_presence_minutes",
    "overtime_minutes",
)
DESCRIBED = """\
   Each row is one employee on one day: who (employee number, name, e-mail), the date, minutes as whole numbers
   (planned, present, absent, overtime, lunch, balance), first and last clocking, booked absences, and what is wrong
   with the day (missing events, a calculation that is not finished)."""
NEXT = """\
   make airflow                a whole Airflow in the browser, with this company and all example DAGs
   example_dags/               the DAG that ran is {dag}
   docs/                       `make docs` builds the documentation; the columns are in docs/columns.rst
   docs/getting-started.rst    how to connect to your own All Hours, and a first DAG of your own"""


def main(month: str) -> None:
    """Serve, run, show."""
    first, last = _days_of(month)
    shutil.rmtree(HERE, ignore_errors=True)
    HERE.mkdir(parents=True)
    run_day = last + timedelta(days=2)
    with Sandbox(employees=500, today=run_day + timedelta(days=1)) as sandbox:
        print(f"1. The sandbox, an All Hours with 500 made-up employees: {sandbox.url}")
        with _progress("2. Airflow makes its database"):
            _airflow(sandbox, "db", "migrate")
        with _progress(f"3. Airflow runs the DAG allhours_timesheet_export for {month}"):
            conf = json.dumps({"period": month})
            _airflow(sandbox, "dags", "test", "allhours_timesheet_export", str(run_day), "--conf", conf)
        users = sandbox.control("GET", f"state?from={first}&to={first}")["users"]
    path = HERE / "output" / "timesheets" / f"{month}.csv"
    if not path.exists():
        sys.exit(f"The DAG ran and published no {path}; its log is {_log()}")
    _show(path, users, first, last)


def _days_of(month: str) -> tuple[date, date]:
    """First and last day of the month, which must be one that the DAG has a run for."""
    if not re.fullmatch(r"\d{4}-(0[1-9]|1[0-2])", month):
        sys.exit(f"MONTH is {month!r}; it takes a month such as 2026-10")
    start = re.search(r"start_date=datetime\((\d+), (\d+), (\d+)\)", DAG.read_text(encoding="utf-8"))
    earliest = date(*map(int, start.groups())) if start else date.min
    before = (earliest.replace(day=1) - timedelta(days=1)).replace(day=1)
    if month < f"{before:%Y-%m}":
        sys.exit(
            f"MONTH is {month}, but the DAG starts on {earliest} and exports the month before each run; "
            f"the first month it has is {before:%Y-%m}"
        )
    first = date.fromisoformat(f"{month}-01")
    return first, (first + timedelta(days=31)).replace(day=1) - timedelta(days=1)


@contextmanager
def _progress(step: str) -> Iterator[None]:
    print(f"{step} ...", end=" ", flush=True)
    began = time.monotonic()
    yield
    print(f"{time.monotonic() - began:.0f} s")


def _airflow(sandbox: Sandbox, *command: str) -> None:
    environment = {name: value for name, value in os.environ.items() if not name.startswith("AIRFLOW")} | {
        "PATH": f"{BIN}{os.pathsep}{os.environ.get('PATH', '')}",
        "AIRFLOW_HOME": str(HERE / "airflow"),
        "AIRFLOW__CORE__DAGS_FOLDER": str(DAG.parent),
        "AIRFLOW__CORE__LOAD_EXAMPLES": "False",
        "AIRFLOW__CORE__PARALLELISM": "4",
        "AIRFLOW_CONN_ALLHOURS_DEFAULT": sandbox.connection_json(),
        "ALLHOURS_OUTPUT": (HERE / "output").as_uri(),
    }
    with _log().open("a") as output:
        done = subprocess.run(
            [BIN / "airflow", *command], env=environment, stdout=output, stderr=subprocess.STDOUT, check=False
        )
    if done.returncode:
        sys.exit(f"\nairflow {command[0]} {command[1]} failed; its log is {_log()}")


def _log() -> Path:
    return HERE / "airflow.log"


def _show(path: Path, users: list[dict[str, Any]], first: date, last: date) -> None:
    manifest = json.loads(Path(f"{path}.manifest.json").read_text(encoding="utf-8"))
    print(f"\nThe file\n   {path.relative_to(ROOT)}\n   {path.relative_to(ROOT)}.manifest.json\n")
    with path.open(newline="", encoding="utf-8") as file:
        rows = [dict(zip(SHOWN, SHOWN, strict=True)), *islice(csv.DictReader(file), 5)]
    for row in rows:
        print("   " + "  ".join(f"{row[name]:<{max(len(name), 11)}}" for name in SHOWN))
    coverage = manifest["coverage"]
    print(
        f"   ... {manifest['rows']:,} rows, {len(manifest['schema'])} columns: {manifest['employees']} employees on "
        f"the {(last - first).days + 1} days from {first} to {last}\n\n{DESCRIBED}"
    )
    print(
        f"\nIs it complete? {coverage['received']:,} of {coverage['expected']:,} employee-days that are due are there."
    )
    for line in _left_out(users, first, last):
        print(f"   {line}")
    print("\nTotals to compare with another report, in hours")
    for name, minutes in manifest["totals"].items():
        print(f"   {name.removesuffix('_minutes').replace('_', ' '):<24}{minutes / 60:>14,.2f}")
    print(f"   checksum of the file     sha256 {manifest['sha256']}")
    print(f"\nWhere to go next\n{NEXT.format(dag=DAG.relative_to(ROOT))}")


def _left_out(users: list[dict[str, Any]], first: date, last: date) -> Iterator[str]:
    """Who has no rows or not all days, by the users' start and stop dates."""
    working = [user for user in users if user["IsTimeAttendanceUser"]]
    starts = [user["CalculationStartDate"] or "" for user in working]
    stops = [user["CalculationStopDate"] or "9999" for user in working]
    later, earlier = sum(start[:10] > f"{last}" for start in starts), sum(stop[:10] < f"{first}" for stop in stops)
    partly = sum(f"{first}" < start[:10] <= f"{last}" for start in starts)
    partly += sum(f"{first}" <= stop[:10] < f"{last}" for stop in stops)
    yield (
        f"Of the company's {len(working)} employees, {later} joined after {last} and {earlier} left before {first}: "
        "no rows are due for them."
    )
    yield f"{partly} joined or left within the month and have rows for the days of their employment."
    yield f"{len(users) - len(working)} user, the administrator, keeps no time and has no rows."


if __name__ == "__main__":
    main(sys.argv[1] if len(sys.argv) > 1 else "2026-10")
