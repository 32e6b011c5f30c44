# SPDX-License-Identifier: Apache-2.0
"""Run a peer in a process and a Python environment of its own, and read the employee-days of whatever it wrote."""

from __future__ import annotations

import csv
import json
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import requests

from benchmarks.sandboxes import control, requests_since_reset, root_of

HERE = Path(__file__).parent
SECONDS = 900
"""A peer that takes longer is ended and counts as failed."""

Day = tuple[str, str, int]
"""Id of the user, date, minutes of paid presence."""


@dataclass(frozen=True)
class Peer:
    """One of those that are compared.

    Attributes:
        title: in the tables.
        module: below ``benchmarks/peers``.
        environment: ``.venv-bench-*`` that it needs; None for this provider's own.
    """

    title: str
    module: str
    environment: str | None = None

    @property
    def python(self) -> Path:
        """Its interpreter."""
        return HERE.parent / f".venv-bench-{self.environment}/bin/python" if self.environment else Path(sys.executable)

    @property
    def is_installed(self) -> bool:
        """Whether ``make bench`` has made its environment."""
        return self.python.exists()


PEERS = (
    Peer("this provider", "this_provider"),
    Peer("requests loop", "requests_loop"),
    Peer("HttpOperator", "http_operator", "airflow"),
    Peer("dlt rest_api", "dlt_rest_api", "dlt"),
    Peer("Airbyte low-code", "airbyte_low_code", "airbyte"),
)


@dataclass(frozen=True)
class Run:
    """What a run of a peer came to.

    Attributes:
        figures: ``seconds``, ``cpu``, ``peak_kb`` and ``requests``; None when it failed.
        days: what its file holds, sorted.
        error: end of what it printed when it failed.
    """

    figures: dict[str, float] | None
    days: list[Day]
    error: str = ""


def run_peer(peer: Peer, connection: dict[str, Any], route: str) -> Run:
    """Run it once.

    Args:
        peer: which.
        connection: of the sandbox.
        route: ``each`` (employee by employee) or ``bulk`` (pages of people).
    """
    command = [str(peer.python), str(HERE / "peers/measured.py"), peer.module, json.dumps(connection)]
    control(connection, "DELETE", "stats")
    with tempfile.TemporaryDirectory() as folder:
        try:
            process = subprocess.run(
                [*command, folder, route], capture_output=True, text=True, timeout=SECONDS, cwd=HERE.parent
            )
        except subprocess.TimeoutExpired:
            return Run(None, [], f"ended after {SECONDS} seconds")
        if process.returncode:
            return Run(None, [], (process.stdout + process.stderr)[-2000:])
        figures = json.loads(process.stdout.splitlines()[-1])
        return Run(figures | {"requests": requests_since_reset(connection)}, sorted(_days_in(Path(folder))))


def _days_in(folder: Path) -> Iterator[Day]:
    if (file := folder / "days.csv").exists():
        with file.open(newline="") as lines:
            yield from map(_day_of, csv.DictReader(lines))
    elif (file := folder / "messages.jsonl").exists():
        for line in file.read_text().splitlines():
            message = json.loads(line)
            if message["type"] == "RECORD":
                yield from _days_of_record(message["record"]["data"])
    else:
        files = [folder / "days.jsonl"] if (folder / "days.jsonl").exists() else folder.glob("allhours/days/*.jsonl")
        for file in files:
            yield from (_day_of(json.loads(line)) for line in file.read_text().splitlines())


def _days_of_record(data: dict[str, Any]) -> Iterator[Day]:
    """Of an Airbyte record: a day, or a person with days."""
    for day in data.get("DailyCalculations", [data]):
        yield data["UserId"], day["Date"][:10], int(day["CalculationResultSummary"]["PaidPresenceValue"])


def _day_of(row: dict[str, Any]) -> Day:
    """Of a flat row, whose columns the peers spell in their own ways."""
    cells = {name.replace("_", "").lower(): value for name, value in row.items()}
    minutes = cells.get("paidpresencevalue", cells.get("paidpresenceminutes"))
    return cells["userid"], str(cells["date"])[:10], int(minutes or 0)


def true_days(connection: dict[str, Any]) -> list[Day]:
    """The employee-days of October: which there are by the sandbox's own state, their minutes as it serves them.

    Asks in the plain contract and without faults; set those afterwards.
    """
    state = control(connection, "GET", "state", **{"from": "2026-10-01", "to": "2026-10-01"})
    employees = [user for user in state["users"] if user["IsTimeAttendanceUser"]]
    form = {
        "grant_type": "client_credentials",
        "client_id": connection["login"],
        "client_secret": connection["password"],
    }
    days = []
    with requests.Session() as session:
        token = session.post(connection["extra"]["auth_url"], data=form, timeout=60).json()["access_token"]
        session.headers["Authorization"] = f"Bearer {token}"
        window = {"dateFrom": "2026-10-01T00:00:00", "dateTo": "2026-10-31T00:00:00"}
        for user in employees:
            address = f"{root_of(connection)}/api/v1/UserCalculations/{user['Id']}"
            shown = session.get(address, params=window, timeout=60).json()["DailyCalculations"]
            assert [day["Date"][:10] for day in shown] == _dates_of(user), user["Id"]
            days += [
                (user["Id"], day["Date"][:10], day["CalculationResultSummary"]["PaidPresenceValue"]) for day in shown
            ]
    return sorted(days)


def _dates_of(user: dict[str, Any]) -> list[str]:
    first = max(str(user["CalculationStartDate"] or "")[:10], "2026-10-01")
    last = min(str(user["CalculationStopDate"] or "9999")[:10], "2026-10-31")
    return [date for date in (f"2026-10-{day:02}" for day in range(1, 32)) if first <= date <= last]
