# SPDX-License-Identifier: Apache-2.0
"""The page of columns shows what the files have: each table is held against a file that was really written."""

from __future__ import annotations

import csv
import json
from collections.abc import Iterator
from datetime import date, datetime
from pathlib import Path
from typing import Any
from xml.etree.ElementTree import Element, parse

import pytest

from airflow_provider_allhours.attendance.readiness import CHECKS
from airflow_provider_allhours.client import AllHoursClient
from airflow_provider_allhours.client.errors import AllHoursPartialError
from airflow_provider_allhours.flows.datasets.catalogue import DATASETS
from airflow_provider_allhours.flows.exports import ExportRequest, export_dataset
from airflow_provider_allhours.flows.readiness import evaluate_period, publish_report
from airflow_provider_allhours.flows.reconciliation import reconcile
from airflow_provider_allhours.periods import Period
from airflow_provider_allhours.sandbox.server import Sandbox
from tests.helpers import PAYROLL_COMPANY

OCTOBER = Period.of_month(2026, 10)


@pytest.fixture
def allhours_sandbox_options() -> dict[str, Any]:
    return PAYROLL_COMPANY


HEADINGS = {
    "timesheets": "Timesheets",
    "counters": "Counters",
    "absences": "Absences",
    "absence_spans": "Absence spans",
    "clockings": "Clockings",
    "users": "Users",
}
Table = list[tuple[str, str, str, str]]
Row = dict[str, Any]


@pytest.fixture(scope="session")
def page(documentation: Path) -> dict[str, Table]:
    """Heading of each section of the page -> its table: column, form, may be empty, meaning."""
    sections = parse(documentation / "xml" / "columns.xml").iter("section")
    return {section.findtext("title", ""): list(_rows(section)) for section in sections}


def _rows(section: Element) -> Iterator[tuple[str, str, str, str]]:
    for row in section.findall("table/tgroup/tbody/row"):
        column, form, is_nullable, meaning = (" ".join("".join(entry.itertext()).split()) for entry in row)
        yield column, form, is_nullable, meaning


def has_form(value: Any, form: str) -> bool:
    """Whether a value of a JSON Lines file has the form that the page says."""
    if form.startswith("day"):
        return isinstance(value, str) and date.fromisoformat(value).isoformat() == value
    if form.startswith("local time"):
        return isinstance(value, str) and datetime.fromisoformat(value).isoformat() == value
    if form.startswith("true"):
        return isinstance(value, bool)
    if form == "text":
        return isinstance(value, str)
    assert form in ("whole number", "minutes, a whole number"), form
    return isinstance(value, int) and not isinstance(value, bool)


@pytest.mark.parametrize("dataset", DATASETS)
def test_the_table_of_an_export_is_its_file(
    dataset: str, page: dict[str, Table], client: AllHoursClient, tmp_path: Path
) -> None:
    table = page[HEADINGS[dataset]]
    period = None if dataset == "users" else OCTOBER
    path = tmp_path / "x.jsonl"
    export_dataset(client, ExportRequest(dataset, str(path), period, "Europe/Ljubljana"))
    rows: list[Row] = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
    assert rows
    for row in rows:
        assert list(row) == [column for column, *_ in table]
        for column, form, is_nullable, _ in table:
            if row[column] in (None, ""):
                assert is_nullable == "yes", (column, row)
            else:
                assert has_form(row[column], form), (column, row[column])


def held_against(table: Table, path: Path) -> list[Row]:
    """The rows of a CSV file, whose header and empty cells are as the table says."""
    with path.open(newline="", encoding="utf-8") as file:
        reader = csv.DictReader(file)
        rows = list(reader)
    assert reader.fieldnames == [column for column, *_ in table]
    never_empty = [column for column, _, is_nullable, _ in table if is_nullable == "no"]
    assert [(row, column) for row in rows for column in never_empty if row[column] == ""] == []
    return rows


def test_the_table_of_the_readiness_report(
    page: dict[str, Table], sandbox: Sandbox, client: AllHoursClient, tmp_path: Path
) -> None:
    pending = {"action": "add", "user_id": sandbox.company.user_at(8).id, "date": "2026-10-20"}
    sandbox.control("POST", "absences", pending)
    verdict = evaluate_period(client, OCTOBER, list(CHECKS), today=date(2026, 10, 20))
    publish_report(tmp_path / "report.csv", verdict, has_names=True)
    table = page["Readiness report"]
    rows = held_against(table, tmp_path / "report.csv")
    assert {"period-ended", "absences-decided", "period-locked"} <= {row["check"] for row in rows}
    publish_report(tmp_path / "report.csv", verdict)
    held_against([row for row in table if "report_names=True" not in row[3]], tmp_path / "report.csv")


def test_the_tables_of_a_closed_period(page: dict[str, Table], payroll: Any, sandbox: Sandbox, tmp_path: Path) -> None:
    first = payroll.close()
    payroll.export(first, mapping={**payroll.mapping, "cost_centre": "custom_field1"})
    lines = payroll.folder / "pay.csv"
    assert held_against(page["Payroll file"], lines)
    payroll.correct(sandbox)
    assert held_against(page["Changes of a closed period"], Path(payroll.close()["delta_path"]))
    register = tmp_path / "register.csv"
    register.write_text(lines.read_text(encoding="utf-8").replace("1000", "9000", 1), encoding="utf-8")
    reconcile(ours=lines, register=register, path=tmp_path / "verdicts.csv", on_difference="warn")
    rows = held_against(page["Comparison with the register"], tmp_path / "verdicts.csv")
    assert {row["verdict"] for row in rows} == {"matching", "missing", "ghost"}


def test_the_table_of_rejected_rows(page: dict[str, Table], desk: Any, tmp_path: Path) -> None:
    desk.plan(desk.row(employee_id="nobody"), desk.row(absence_definition="no such leave"))
    with pytest.raises(AllHoursPartialError):
        desk.apply(reject_path=tmp_path / "rejects.csv")
    rows = held_against(page["Rejected rows of a plan"], tmp_path / "rejects.csv")
    assert [row["action"] for row in rows] == ["unknown", "unknown"]
