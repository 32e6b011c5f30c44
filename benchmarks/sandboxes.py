# SPDX-License-Identifier: Apache-2.0
"""Sandboxes in processes of their own, and clients of them."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from airflow_provider_allhours.client import AllHoursClient, ClientConfig
from airflow_provider_allhours.client.contract import parse_contract

CONCURRENCY = 8


@contextmanager
def sandbox(
    employees: int, latency_ms: int = 0, contract: str | None = None, options: Sequence[str] = ()
) -> Iterator[dict[str, Any]]:
    """A sandbox in a process of its own; its Airflow connection as a dict."""
    command = [sys.executable, "-m", "airflow_provider_allhours.sandbox", "--port", "0"]
    command += ["--employees", str(employees), "--latency-ms", str(latency_ms)]
    command += ["--contract", contract] if contract else []
    command += options
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    try:
        assert process.stdout is not None
        process.stdout.readline()
        yield json.loads(process.stdout.readline().partition("=")[2].strip().strip("'"))
    finally:
        process.terminate()
        process.wait()


def client_of(connection: dict[str, Any], contract: dict[str, Any] | None = None) -> AllHoursClient:
    """A client with the concurrency of the benchmark."""
    config = ClientConfig(
        f"{connection['host']}:{connection['port']}",
        connection["login"],
        connection["password"],
        auth_url=connection["extra"]["auth_url"],
        max_concurrency=CONCURRENCY,
        contract=parse_contract(contract or {}),
    )
    return AllHoursClient(config)


def peak_memory() -> int:
    """Peak memory of this process in KB; ``ru_maxrss`` would begin with that of the process that started it."""
    lines = Path("/proc/self/status").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("VmHWM"))
