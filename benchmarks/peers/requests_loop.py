# SPDX-License-Identifier: Apache-2.0
"""The script that people write first: ``requests`` in a loop, one request after the other."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import requests
from day_rows import day_row

PAGE = 200


def run(connection: dict[str, Any], output: Path, route: str) -> None:
    """Write October to a CSV file."""
    root = f"{connection['host']}:{connection['port']}/api/v1"
    form = {
        "grant_type": "client_credentials",
        "client_id": connection["login"],
        "client_secret": connection["password"],
    }
    with requests.Session() as session:
        answer = session.post(connection["extra"]["auth_url"], data=form, timeout=30)
        answer.raise_for_status()
        session.headers["Authorization"] = f"Bearer {answer.json()['access_token']}"
        rows = list(_bulk(session, root) if route == "bulk" else _each(session, root))
    with (output / "days.csv").open("w", newline="") as file:
        writer = csv.DictWriter(file, fieldnames=list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)


def _get(session: requests.Session, address: str, params: dict[str, Any] | None = None) -> Any:
    answer = session.get(address, params=params, timeout=30)
    answer.raise_for_status()
    return answer.json()


def _each(session: requests.Session, root: str) -> Iterator[dict[str, Any]]:
    window = {"dateFrom": "2026-10-01T00:00:00", "dateTo": "2026-10-31T00:00:00"}
    for user in _get(session, f"{root}/Users"):
        if user["IsTimeAttendanceUser"]:
            for day in _get(session, f"{root}/UserCalculations/{user['Id']}", window)["DailyCalculations"]:
                yield day_row(day, user["Id"])


def _bulk(session: requests.Session, root: str) -> Iterator[dict[str, Any]]:
    page = 1
    while True:
        params = {"from": "2026-10-01", "to": "2026-10-31", "page": page, "pageSize": PAGE}
        people = _get(session, f"{root}/Calculations", params)["UserCalculations"]
        for person in people:
            for day in person["DailyCalculations"]:
                yield day_row(day, person["UserId"])
        if len(people) < PAGE:
            return
        page += 1
