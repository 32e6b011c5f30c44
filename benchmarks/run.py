# SPDX-License-Identifier: Apache-2.0
"""Print every table of the benchmark. ``make bench``."""

from __future__ import annotations

import argparse
import os
import sys
import time
from collections.abc import Callable
from datetime import date
from functools import partial

from benchmarks.compression import compression_table
from benchmarks.fault_table import fault_table
from benchmarks.imports import import_table
from benchmarks.memory import memory_table
from benchmarks.peer_runs import PEERS
from benchmarks.shards import shard_table
from benchmarks.speed import speed_table
from benchmarks.steps import STEPS
from benchmarks.tables import Table
from benchmarks.waits import wait_table


def blocks(employees: int, sizes: list[int], steps: list[str], waiting: int) -> dict[str, list[Callable[[], Table]]]:
    """Name -> the tables of a question."""
    return {
        "speed": [partial(speed_table, employees, ms, route) for route in ("each", "bulk") for ms in (0, 50)],
        "gzip": [partial(compression_table, employees)],
        "faults": [fault_table],
        "sensors": [partial(wait_table, waiting)],
        "imports": [import_table],
        "shards": [shard_table],
        "memory": [partial(memory_table, sizes, steps)],
    }


def main() -> None:
    """Read the options, print the tables one by one."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--employees", type=int, default=150, help="of the tables of speed (default 150)")
    parser.add_argument("--sizes", default="500,5000", help="of the table of memory (default 500,5000)")
    parser.add_argument("--steps", default=",".join(STEPS), help="of the table of memory (default all)")
    parser.add_argument("--waiting", type=int, default=5000, help="employees of the table of sensors (default 5000)")
    parser.add_argument("--only", default="speed,gzip,faults,sensors,imports,shards,memory", help="which tables")
    options = parser.parse_args()
    sizes = [int(size) for size in options.sizes.split(",")]
    began = time.perf_counter()
    print(
        f"{date.today():%Y-%m-%d}, Python {sys.version.split()[0]}, {os.cpu_count()} cores, "
        f"load {os.getloadavg()[0]:.1f} at the start"
    )
    for peer in PEERS:
        if not peer.is_installed:
            print(f"not installed: {peer.title} ({peer.python} does not exist; `make bench` makes it)")
    for name in options.only.split(","):
        for table in blocks(options.employees, sizes, options.steps.split(","), options.waiting)[name]:
            print(f"\n{table()}", end="", flush=True)
    print(f"\n{time.perf_counter() - began:.0f} s, load {os.getloadavg()[0]:.1f} at the end")


if __name__ == "__main__":
    main()
