# SPDX-License-Identifier: Apache-2.0
"""Run ``run(connection, output, route)`` of a peer in this process and print what it took, as JSON on the last line.

Imports are not part of the time: a worker of Airflow has most of them already. They are part of the memory. Imports
nothing but the standard library, since each peer has a Python environment of its own.
"""

from __future__ import annotations

import importlib
import json
import logging
import sys
import time
from pathlib import Path


def peak_memory() -> int:
    """Peak memory of this process in KB; ``ru_maxrss`` would begin with that of the process that started it."""
    lines = Path("/proc/self/status").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("VmHWM"))


def main(peer: str, connection: str, output: str, route: str) -> None:
    """Run one peer.

    Args:
        peer: module beside this one.
        connection: Airflow connection of the sandbox, as JSON.
        output: folder for the file.
        route: ``each`` or ``bulk``.
    """
    module = importlib.import_module(peer)
    logging.disable(logging.INFO)
    began, cpu = time.perf_counter(), time.process_time()
    module.run(json.loads(connection), Path(output), route)
    figures = {"seconds": time.perf_counter() - began, "cpu": time.process_time() - cpu, "peak_kb": peak_memory()}
    print(f"\n{json.dumps(figures)}", flush=True)


if __name__ == "__main__":
    main(*sys.argv[1:])
