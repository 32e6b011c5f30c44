# SPDX-License-Identifier: Apache-2.0
"""A desk where leave is planned and applied: source, plan, ledger, rejects."""

from __future__ import annotations

import csv
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from airflow_provider_allhours.absences.ledger import Ledger, replay
from airflow_provider_allhours.absences.source import FIELDS
from airflow_provider_allhours.client import AllHoursClient
from airflow_provider_allhours.flows import absence_write
from airflow_provider_allhours.flows.absence_apply import apply_plan
from airflow_provider_allhours.flows.absence_plan import plan_absences
from airflow_provider_allhours.periods import Period

FEBRUARY = Period(date(2027, 2, 1), date(2027, 2, 28))


@dataclass
class Desk:
    """The files of one sync, and the account it goes to."""

    client: AllHoursClient
    folder: Path
    period: Period = FEBRUARY

    @property
    def files(self) -> dict[str, Path]:
        return {"plan_path": self.folder / "plan.jsonl", "ledger_path": self.folder / "ledger.jsonl"}

    @property
    def ledger(self) -> Ledger:
        path = self.files["ledger_path"]
        return replay(path.read_bytes() if path.exists() else b"")

    def source(self, *rows: dict[str, str]) -> Path:
        path = self.folder / "leave.csv"
        with path.open("w", newline="", encoding="utf-8") as file:
            writer = csv.DictWriter(file, FIELDS)
            writer.writeheader()
            writer.writerows(rows)
        return path

    def plan(self, *rows: dict[str, str]) -> dict[str, Any]:
        return plan_absences(self.client, source=self.source(*rows), period=self.period, **self.files)

    def apply(self, **options: Any) -> dict[str, Any]:
        return apply_plan(self.client, **{**self.files, **options})

    def sync(self, *rows: dict[str, str], **options: Any) -> dict[str, Any]:
        self.plan(*rows)
        return self.apply(**options)


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(absence_write, "MAX_PAUSE", 0.01)


@pytest.fixture
def desk(client: AllHoursClient, tmp_path: Path) -> Desk:
    return Desk(client, tmp_path)


@pytest.fixture
def desk_of(tmp_path: Path) -> Callable[[AllHoursClient, str], Desk]:
    def make(client: AllHoursClient, name: str) -> Desk:
        folder = tmp_path / name
        folder.mkdir()
        return Desk(client, folder)

    return make
