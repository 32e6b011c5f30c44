# SPDX-License-Identifier: Apache-2.0
"""Sandboxes in processes of their own, what is asked of them beside the API, and clients of them."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import requests

from airflow_provider_allhours.client import AllHoursClient, ClientConfig

CONCURRENCY = 8
TODAY = "2026-11-03"
"""The company's day: October is over, whenever the benchmark runs."""


@contextmanager
def sandbox(
    employees: int, latency_ms: int = 0, contract: str | None = None, options: Sequence[str] = ()
) -> Iterator[dict[str, Any]]:
    """A sandbox in a process of its own; its Airflow connection as a dict."""
    command = [sys.executable, "-m", "airflow_provider_allhours.sandbox", "--port", "0", "--today", TODAY]
    command += ["--employees", str(employees), "--latency-ms", str(latency_ms), "--clean-ids"]
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


def root_of(connection: dict[str, Any]) -> str:
    """The address of the account."""
    return f"{connection['host']}:{connection['port']}"


def control(connection: dict[str, Any], method: str, name: str, body: Any = None, **query: str) -> Any:
    """A request to the sandbox itself."""
    address = f"{root_of(connection)}/_sandbox/{name}"
    answer = requests.request(method, address, json=body, params=query, timeout=600)
    answer.raise_for_status()
    return answer.json()


def requests_since_reset(connection: dict[str, Any]) -> int:
    """How many requests the account was sent since ``DELETE stats``, those for tokens too."""
    return sum(control(connection, "GET", "stats")["requests"].values())


def client_of(connection: dict[str, Any]) -> AllHoursClient:
    """A client with the concurrency of the benchmark."""
    config = ClientConfig(
        root_of(connection),
        connection["login"],
        connection["password"],
        auth_url=connection["extra"]["auth_url"],
        max_concurrency=CONCURRENCY,
    )
    return AllHoursClient(config)
