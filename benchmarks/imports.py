# SPDX-License-Identifier: Apache-2.0
"""Milliseconds that each module of operators and sensors takes to import when ``airflow.sdk`` is there already.

One process imports ``airflow.sdk`` and forks for each measurement, so that every module starts from the same state.
"""

from __future__ import annotations

import importlib
import json
import os
import pkgutil
import subprocess
import sys
import time
from statistics import median

from benchmarks.tables import Table

REPEATS = 5
PACKAGES = ("airflow_provider_allhours.operators", "airflow_provider_allhours.sensors")


def operator_modules() -> list[str]:
    """Every module below operators and sensors."""
    return [
        module.name
        for package in PACKAGES
        for module in pkgutil.walk_packages(importlib.import_module(package).__path__, f"{package}.")
        if not module.ispkg
    ]


def measure() -> dict[str, list[float]]:
    """Module -> milliseconds of each import; to be called in a process that has not imported the package."""
    import airflow.sdk

    # Airflow imports these at first use, as every DAG does.
    _ = airflow.sdk.DAG, airflow.sdk.BaseOperator, airflow.sdk.BaseSensorOperator
    modules = subprocess.run(
        [sys.executable, "-W", "ignore", "-m", "benchmarks.imports", "names"],
        check=True,
        stdout=subprocess.PIPE,
        text=True,
    ).stdout.splitlines()
    return {module: [_import_in_fork(module) for _ in range(REPEATS)] for module in modules}


def _import_in_fork(module: str) -> float:
    reading, writing = os.pipe()
    process = os.fork()
    if process == 0:
        began = time.perf_counter()
        importlib.import_module(module)
        os.write(writing, str(1000 * (time.perf_counter() - began)).encode())
        os._exit(0)
    os.close(writing)
    with os.fdopen(reading) as answer:
        milliseconds = float(answer.read())
    os.waitpid(process, 0)
    return milliseconds


def import_table() -> Table:
    """A row per module."""
    command = [sys.executable, "-W", "ignore", "-m", "benchmarks.imports", "measure"]
    output = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True).stdout
    measured = json.loads(output.splitlines()[-1])
    rows = [[module.partition(".")[2], f"{median(times):.0f}"] for module, times in measured.items()]
    return Table("Import time of each module on top of airflow.sdk", ["", "ms"], rows, f"Median of {REPEATS}.")


if __name__ == "__main__":
    print("\n".join(operator_modules()) if sys.argv[1] == "names" else json.dumps(measure()))
