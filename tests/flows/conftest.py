# SPDX-License-Identifier: Apache-2.0
"""Files of an absence sync and of a payroll, each with the account they belong to."""

from __future__ import annotations

import csv
import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from airflow_provider_allhours.absences.ledger import Ledger, replay
from airflow_provider_allhours.absences.source import FIELDS
from airflow_provider_allhours.absences.step import OUTCOMES
from airflow_provider_allhours.client import AllHoursClient
from airflow_provider_allhours.files.journal import read_journal
from airflow_provider_allhours.flows import lost_answers
from airflow_provider_allhours.flows.absence_apply import apply_plan
from airflow_provider_allhours.flows.absence_plan import plan_absences
from airflow_provider_allhours.flows.payroll_export import export_payroll
from airflow_provider_allhours.flows.period_close import close_period
from airflow_provider_allhours.periods import Period
from airflow_provider_allhours.sandbox import fault_kinds
from airflow_provider_allhours.sandbox.server import Sandbox
from tests.flows.late_commits import LateCommit

OCTOBER = Period.of_month(2026, 10)
FEBRUARY = Period(date(2027, 2, 1), date(2027, 2, 28))


@dataclass
class Desk:
    """The files of one sync, and the account it goes to; plan and ledger may be in a store."""

    client: AllHoursClient
    folder: Path
    period: Period = FEBRUARY
    store: Any = None

    @property
    def files(self) -> dict[str, Any]:
        place = self.folder if self.store is None else self.store
        return {"plan_path": place / "plan.jsonl", "ledger_path": place / "ledger.jsonl"}

    @property
    def ledger(self) -> Ledger:
        return replay(read_journal(self.files["ledger_path"]))

    def source(self, *rows: dict[str, str]) -> Path:
        path = self.folder / "leave.csv"
        with path.open("w", newline="", encoding="utf-8") as file:
            writer = csv.DictWriter(file, FIELDS)
            writer.writeheader()
            writer.writerows(rows)
        return path

    @staticmethod
    def row(**fields: str) -> dict[str, str]:
        """A row of leave."""
        return {"employee_id": "1009", "absence_definition": "Annual leave", "date_from": "2027-02-04", **fields}

    @property
    def week(self) -> dict[str, str]:
        """Leave of three workdays: the 6th and 7th are a weekend, the 8th is a holiday."""
        return self.row(external_id="A", date_to="2027-02-09")

    @property
    def morning(self) -> dict[str, str]:
        """Leave for a part of a day, with a comment."""
        return {
            "email": "USER11@sandbox.example",
            "absence_definition": "Sick leave",
            "date_from": "2027-02-10",
            "partial_from": "08:00",
            "partial_to": "12:00",
            "comment": "Zdravnik; =1+1",
            "external_id": "B",
        }

    @staticmethod
    def counts(planned: dict[str, Any]) -> dict[str, int]:
        """Steps by action."""
        return {name: planned[name] for name in OUTCOMES}

    @staticmethod
    def absences(sandbox: Sandbox) -> dict[str, Any]:
        """Every absence of the account by id."""
        query = "state?from=2026-01-01&to=2027-12-31"
        return {record["Id"]: record for record in sandbox.control("GET", query)["absences"]}

    def plan(self, *rows: dict[str, str]) -> dict[str, Any]:
        return plan_absences(self.client, source=self.source(*rows), period=self.period, **self.files)

    def apply(self, **options: Any) -> dict[str, Any]:
        return apply_plan(self.client, **{**self.files, **options})

    def sync(self, *rows: dict[str, str], **options: Any) -> dict[str, Any]:
        self.plan(*rows)
        return self.apply(**options)


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lost_answers, "MAX_WAIT", 0.01)


@pytest.fixture
def desk(client: AllHoursClient, tmp_path: Path) -> Desk:
    return Desk(client, tmp_path)


@pytest.fixture
def desk_of(tmp_path: Path) -> Callable[..., Desk]:
    def make(client: AllHoursClient, name: str, store: Any = None) -> Desk:
        folder = tmp_path / name
        folder.mkdir()
        return Desk(client, folder, store=store)

    return make


@pytest.fixture
def late_commit(monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[Sandbox, float], LateCommit]]:
    """Makes the next write of an absence a late one, and has its wait for late commits last as long as needed."""
    made: list[LateCommit] = []

    def make(sandbox: Sandbox, seconds: float) -> LateCommit:
        late = LateCommit(sandbox, seconds)
        made.append(late)
        monkeypatch.setattr(fault_kinds, "asyncio", SimpleNamespace(sleep=late.hold))
        monkeypatch.setattr(AllHoursClient, "pause", lambda client, seconds: late.pause(seconds))
        monkeypatch.setattr(lost_answers, "LATE_COMMIT", 600.0)
        monkeypatch.setattr(lost_answers, "MAX_WAIT", 600.0)
        return late

    yield make
    for late in made:
        late.end()


class Payroll:
    """A folder of periods and payroll files."""

    def __init__(self, client: AllHoursClient, folder: Path, mapping: dict[str, Any]) -> None:
        self.client = client
        self.folder = folder
        self.mapping = mapping

    @property
    def hours(self) -> dict[str, Any]:
        """The mapping without its absences, for layouts that take hours only."""
        return {**self.mapping, "lines": self.mapping["lines"][:2]}

    def beside(self, name: str) -> Payroll:
        """Another folder of the same account."""
        return Payroll(self.client, self.folder / name, self.mapping)

    def close(self, period: Period = OCTOBER, **options: Any) -> Any:
        return close_period(
            self.client, period=period, path=self.folder / "periods", timezone="Europe/Ljubljana", **options
        )

    def export(self, close: Any, name: str = "pay.csv", **options: Any) -> Any:
        parameters: dict[str, Any] = {"profile": "generic-csv", "mapping": self.mapping, **options}
        return export_payroll(close=close, path=self.folder / name, **parameters)

    def correct(self, sandbox: Sandbox, index: int = 8, day: str = "2026-10-14", end: str = "18:00") -> str:
        """Change one person's clockings of a day; returns the employee id."""
        user: Any = sandbox.company.user_at(index)
        body = {"user_id": user.id, "date": day, "clockings": [["08:00", "Arrival"], [end, "Departure"]]}
        sandbox.control("POST", "days", body)
        return str(user.custom_id)

    def lines(self, name: str = "pay.csv") -> list[dict[str, str]]:
        with (self.folder / name).open(newline="", encoding="utf-8") as file:
            return list(csv.DictReader(file))

    def records(self) -> list[dict[str, Any]]:
        """What the registry holds."""
        return [json.loads(path.read_bytes()) for path in sorted((self.folder / "periods/registry").glob("*.json"))]

    def releases(self) -> list[dict[str, Any]]:
        """The releases of the registry."""
        return [record for record in self.records() if record["kind"] == "release"]

    def state(self) -> dict[str, bytes]:
        """Every file and its bytes."""
        return {
            str(path.relative_to(self.folder)): path.read_bytes() for path in self.folder.rglob("*") if path.is_file()
        }


@pytest.fixture
def payroll(client: AllHoursClient, tmp_path: Path, payroll_mapping: dict[str, Any]) -> Payroll:
    return Payroll(client, tmp_path, payroll_mapping)
