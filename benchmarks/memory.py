# SPDX-License-Identifier: Apache-2.0
"""Peak memory of this provider's steps, each in a process of its own, in companies of several sizes."""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from benchmarks.sandboxes import control, requests_since_reset, sandbox
from benchmarks.steps import STEPS, correct_days
from benchmarks.tables import Table

Figures = dict[str, Any]


def measure_steps(employees: int, folder: Path, steps: Sequence[str] = tuple(STEPS)) -> dict[str, Figures]:
    """Step -> seconds, seconds of CPU, peak memory in KB, requests; results of the steps stay in ``results.json``."""
    measured = {}
    with sandbox(employees) as connection:
        for step in steps:
            if step == "close corrected":
                correct_days(connection)
            control(connection, "DELETE", "stats")
            command = [sys.executable, "-m", "benchmarks.steps", step, str(folder), json.dumps(connection)]
            output = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True).stdout
            figures = json.loads(output.splitlines()[-1])
            measured[step] = figures | {"requests": requests_since_reset(connection)}
            # The table comes after an hour, if nothing fails until then.
            told = f"{figures['peak_kb'] / 1024:.1f} MB, {figures['cpu']:.2f} s of CPU, {figures['seconds']:.1f} s"
            print(f"{employees:,} people, {step}: {told}", file=sys.stderr, flush=True)
    return measured


def memory_table(sizes: Sequence[int], steps: Sequence[str] = tuple(STEPS)) -> Table:
    """A row per step: peak and CPU seconds of each size, and how they grow from the smallest to the largest.

    The seconds that pass contain those in which the sandbox makes its company and looks through it.

    Args:
        sizes: numbers of people.
        steps: in the order in which they run; some need the results of others.
    """
    measured = {}
    for size in sizes:
        with tempfile.TemporaryDirectory() as folder:
            measured[size] = measure_steps(size, Path(folder), steps)
    smallest, largest = measured[sizes[0]], measured[sizes[-1]]
    head = [
        "step",
        *(f"MB at {size:,}" for size in sizes),
        f"peak / peak at {sizes[0]:,}",
        *(f"CPU s at {size:,}" for size in sizes),
        f"CPU / CPU at {sizes[0]:,}",
        f"seconds at {sizes[-1]:,}",
    ]
    rows = [
        [
            step,
            *(f"{measured[size][step]['peak_kb'] / 1024:.0f}" for size in sizes),
            f"{largest[step]['peak_kb'] / smallest[step]['peak_kb']:.2f}",
            *(f"{measured[size][step]['cpu']:.1f}" for size in sizes),
            f"{largest[step]['cpu'] / smallest[step]['cpu']:.1f}",
            f"{largest[step]['seconds']:.1f}",
        ]
        for step in steps
    ]
    return Table("Memory: peak of the process of a step, by number of people", head, rows)
