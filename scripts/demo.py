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
from datetime import date, timedelta
from itertools import islice
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
HERE = ROOT / ".demo"
BIN = Path(sys.executable).parent
SHOWN = (
    "employee_id",
    "first_name",
    "last_name",
    "date",
    "planned_minutes",
    "paid_presence_minutes",
    "overtime_minutes",
)


def main(month: str) -> None:
    """Serve, run, show."""
    if not re.fullmatch(r"\d{4}-(0[1-9]|1[0-2])", month):
        sys.exit(f"MONTH is {month!r}; it takes a month such as 2026-10")
    shutil.rmtree(HERE, ignore_errors=True)
    HERE.mkdir()
    run_day = (date.fromisoformat(f"{month}-01") + timedelta(days=32)).replace(day=2)
    serve = ["-m", "airflow_provider_allhours.sandbox", "--port", "0", "--today", (run_day + timedelta(1)).isoformat()]
    sandbox = subprocess.Popen([sys.executable, *serve], stdout=subprocess.PIPE, text=True, cwd=HERE)
    try:
        print(f"1. {_line(sandbox)}")
        connection = _line(sandbox).partition("=")[2].strip("'")
        print(f"2. Running the DAG allhours_timesheet_export for {month} ...")
        _run_dag(connection, month, run_day)
    finally:
        sandbox.terminate()
        sandbox.wait(timeout=20)
    _show(HERE / "output" / "timesheets" / f"{run_day}.csv")


def _line(process: subprocess.Popen[str]) -> str:
    assert process.stdout is not None
    line = process.stdout.readline().strip()
    if not line:
        sys.exit("The sandbox did not start; its own message stands above.")
    return line


def _run_dag(connection: str, month: str, run_day: date) -> None:
    environment = {
        **os.environ,
        "PATH": f"{BIN}{os.pathsep}{os.environ.get('PATH', '')}",
        "AIRFLOW_HOME": str(HERE / "airflow"),
        "AIRFLOW__CORE__DAGS_FOLDER": str(ROOT / "example_dags"),
        "AIRFLOW__CORE__LOAD_EXAMPLES": "False",
        "AIRFLOW__CORE__PARALLELISM": "4",
        "AIRFLOW_CONN_ALLHOURS_DEFAULT": connection,
        "ALLHOURS_OUTPUT": (HERE / "output").as_uri(),
    }
    log = HERE / "airflow.log"
    commands = (
        ["db", "migrate"],
        ["dags", "test", "allhours_timesheet_export", str(run_day), "--conf", json.dumps({"period": month})],
    )
    with log.open("w") as output:
        for command in commands:
            done = subprocess.run(
                [BIN / "airflow", *command], env=environment, stdout=output, stderr=subprocess.STDOUT, check=False
            )
            if done.returncode:
                sys.exit(f"airflow {command[0]} {command[1]} failed; its log is {log}")


def _show(path: Path) -> None:
    if not path.exists():
        sys.exit(f"The DAG ran and published nothing; its log is {HERE / 'airflow.log'}")
    manifest = json.loads(Path(f"{path}.manifest.json").read_text())
    print(f"3. Published\n   {path}\n   {path}.manifest.json\n")
    with path.open(newline="", encoding="utf-8") as file:
        rows = [dict(zip(SHOWN, SHOWN, strict=True)), *islice(csv.DictReader(file), 5)]
    for row in rows:
        print("   " + "  ".join(f"{row[name]:<{max(len(name), 11)}}" for name in SHOWN))
    coverage = manifest["coverage"]
    print(f"\n   {manifest['rows']} rows, {manifest['employees']} employees, ", end="")
    print(f"{coverage['received']} of {coverage['expected']} employee-days that are due")
    print("   control totals:")
    for name, minutes in manifest["totals"].items():
        print(f"     {name:<26}{minutes:>12} min  {minutes / 60:>12.2f} h")
    print(f"   sha256 {manifest['sha256']}")


if __name__ == "__main__":
    main(sys.argv[1] if len(sys.argv) > 1 else "2026-10")
