# SPDX-License-Identifier: Apache-2.0
"""Every layout of a payroll file, read back by an independent reader."""

from __future__ import annotations

import configparser
import csv
import io
from collections.abc import Callable
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
import yaml

from airflow_provider_allhours.client.errors import AllHoursParameterError
from airflow_provider_allhours.flows.release_replay import replay_release
from airflow_provider_allhours.flows.versions import open_close
from airflow_provider_allhours.operators.payroll import AllHoursExportPayrollOperator
from airflow_provider_allhours.payroll.profiles.generic import GenericCsv
from tests.helpers import PAYROLL_COMPANY


@pytest.fixture
def allhours_sandbox_options() -> dict[str, Any]:
    return PAYROLL_COMPANY


def read_lodas(text: str) -> dict[tuple[str, str], str]:
    reader = configparser.ConfigParser(allow_no_value=True, delimiters=("=",), strict=False, interpolation=None)
    reader.optionxform = str
    reader.read_string(text)
    assert reader["Allgemein"]["Ziel"] == "LODAS"
    assert (reader["Allgemein"]["BeraterNr"], reader["Allgemein"]["MandantenNr"]) == ("1234567", "42")
    (described,) = reader["Satzbeschreibung"]
    names = described.rstrip(";").split(";")[2:]
    records = [dict(zip(names, line.split(";")[1:], strict=False)) for line in reader["Bewegungsdaten"]]
    assert {record["abrechnung_zeitraum#bwd"] for record in records} == {"01/10/2026"}
    assert {record["bs_nr#bwd"] for record in records} == {"1"}
    return {
        (record["pnr#bwd"], record["la_eigene#bwd"]): record["bs_wert_butab#bwd"].replace(",", ".")
        for record in records
    }


def read_lug(text: str) -> dict[tuple[str, str], str]:
    head, *records = csv.reader(io.StringIO(text, newline=""), delimiter=";")
    assert head == ["1234567", "42", "10/2026"]
    assert {len(record) for record in records} == {11}
    assert {(record[4], record[5]) for record in records} == {("", "")}
    return {(record[0], record[3]): record[6].replace(",", ".") for record in records}


def read_adp(text: str) -> dict[tuple[str, str], str]:
    found = {}
    for record in csv.DictReader(io.StringIO(text, newline="")):
        assert (record["Co Code"], record["Batch ID"]) == ("ABC", "7")
        for code, value in (("1000", record["Reg Hours"]), ("1100", record["O/T Hours"])):
            if value:
                assert len(record["File #"]) == 6
                found[record["File #"].lstrip("0"), code] = value
    return found


def read_lug_days(text: str) -> dict[tuple[str, str], str]:
    """The sums of the days."""
    sums: dict[tuple[str, str], int] = {}
    head, *lines = text.splitlines()
    assert head == "1234567;42;10/2026"
    for fields in csv.reader(lines, delimiter=";"):
        number, day, key, code, hours, days, *rest = fields
        assert len(fields) == 11
        assert 1 <= int(day) <= 31
        assert (key, days, rest) == ("", "", ["", "", "", "", ""])
        sums[number, code] = sums.get((number, code), 0) + int(hours.replace(",", ""))
    return {key: f"{quantity // 100}.{quantity % 100:02}" for key, quantity in sums.items()}


ADP = {"company_code": "ABC", "batch_id": 7, "regular_code": "1000", "overtime_code": "1100"}
SAME_IDS = {str(number): str(number) for number in range(1000, 1100)}
"""Gusto's ids for the test: those of the company."""


def read_gusto(text: str) -> dict[tuple[str, str], str]:
    return {
        (record["gusto_employee_id"], column): record[column]
        for record in csv.DictReader(io.StringIO(text, newline=""))
        for column in ("1000", "1100")
        if record[column]
    }


@pytest.mark.slow
@pytest.mark.parametrize(
    ("profile", "encoding", "options", "read"),
    [
        ("datev-lodas", "windows-1252", {"consultant_number": "1234567", "client_number": "42"}, read_lodas),
        ("datev-lug", "windows-1252", {"consultant_number": "1234567", "client_number": "42"}, read_lug),
        (
            "datev-lug",
            "windows-1252",
            {"consultant_number": "1234567", "client_number": "42", "form": "calendar"},
            read_lug_days,
        ),
        (
            "adp-csv",
            "utf-8",
            ADP,
            read_adp,
        ),
        ("gusto-csv", "utf-8", {"columns": ["1000", "1100"], "employee_map": SAME_IDS}, read_gusto),
    ],
)
def test_every_layout_reads_back_to_the_same_numbers(
    payroll: Any,
    tmp_path: Path,
    profile: str,
    encoding: str,
    options: dict[str, Any],
    read: Callable[[str], dict[tuple[str, str], str]],
) -> None:
    close = payroll.close()
    other = payroll.beside("other")
    other.export(other.close(), mapping=payroll.hours)
    expected = {(line["employee_id"], line["pay_code"]): line["quantity"] for line in other.lines()}
    payroll.export(close, "out", profile=profile, mapping=payroll.hours, profile_options=options)
    content = (payroll.folder / "out").read_bytes()
    assert content.count(b"\r\n") == content.count(b"\n") > 0
    assert read(content.decode(encoding)) == expected


def test_lodas_spans_are_the_days_of_leave(payroll: Any) -> None:
    """The whole days of sick leave and annual leave that the version has, joined over days without work."""
    close = payroll.close()
    options = {"consultant_number": "1234567", "client_number": "42", "absence_reasons": {"Annual leave": "4"}}
    result = payroll.export(close, "lodas.txt", profile="datev-lodas", mapping=payroll.hours, profile_options=options)
    text = (payroll.folder / "lodas.txt").read_bytes().decode("windows-1252")
    section = text.split("[Stammdaten]\r\n")[1].split("\r\n\r\n")[0]
    spans = [line.split(";")[1:4] for line in section.split("\r\n")]
    people = {one.person.employee_id: one for one in open_close(close["manifest_path"]).people()}
    taken = {
        (number, absence.date)
        for number, one in people.items()
        for absence in one.absences
        if absence.is_booked and not absence.is_partial and absence.absence_definition == "Annual leave"
    }
    covered = set()
    for number, first, last in spans:
        start, end = (date.fromisoformat("-".join(day.split("/")[::-1])) for day in (first, last))
        planned = {day.date: day.planned_minutes for day in people[number].days}
        for offset in range((end - start).days + 1):
            day = start + timedelta(days=offset)
            assert (number, day) in taken or not planned[day]
            covered.add((number, day))
    assert taken
    assert taken <= covered
    assert replay_release(manifest=result["manifest_path"])["problems"] == []


def test_generic_options(payroll: Any) -> None:
    options = {"separator": ";", "decimal_sign": ",", "encoding": "windows-1250"}
    payroll.export(payroll.close(), mapping=payroll.hours, profile={"base": "generic-csv", **options})
    head, first, *_ = (payroll.folder / "pay.csv").read_text("windows-1250").splitlines()
    assert head == "employee_id;pay_code;quantity;unit;period_from;period_to"
    assert "," in first.split(";")[2]


DECLARED = {
    "style": "fixed",
    "newline": "LF",
    "columns": [
        {"name": "number", "value": "employee_id", "width": 6},
        {"name": "code", "value": "pay_code", "width": 5},
        {"name": "quantity", "value": "quantity", "width": 9},
    ],
}


def test_a_declared_layout_is_released_and_made_again(payroll: Any, tmp_path: Path) -> None:
    close = payroll.close()
    (tmp_path / "layout.yaml").write_text(yaml.safe_dump(DECLARED))
    result = AllHoursExportPayrollOperator(
        task_id="pay",
        close=close,
        profile=str(tmp_path / "layout.yaml"),
        mapping=payroll.hours,
        path=str(payroll.folder / "pay.txt"),
    ).execute({})
    lines = (payroll.folder / "pay.txt").read_text().splitlines()
    assert len(lines) == result["lines"] > 0
    other = payroll.beside("other")
    other.export(other.close(), mapping=payroll.hours)
    expected = [(line["employee_id"], line["pay_code"], line["quantity"]) for line in other.lines()]
    assert [(line[:6].strip(), line[6:11].strip(), line[11:].strip()) for line in lines] == expected
    (tmp_path / "layout.yaml").unlink()  # the release keeps the layout itself
    assert replay_release(manifest=result["manifest_path"])["problems"] == []


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("- a list", "is not an object with 'columns'"),
        ("columns: [", "is neither YAML nor JSON"),
        ("columns: [{value: salary}]", r"'profile.columns\[0\].value' is 'salary'"),
        ("style: fixed\nstyle: fixed", "the key 'style' twice"),
    ],
)
def test_a_layout_file_that_cannot_work(payroll: Any, tmp_path: Path, content: str, message: str) -> None:
    (tmp_path / "layout.yml").write_text(content)
    task = AllHoursExportPayrollOperator(
        task_id="pay",
        close=payroll.close(),
        profile=str(tmp_path / "layout.yml"),
        mapping=payroll.hours,
        path=str(payroll.folder / "pay.txt"),
    )
    with pytest.raises(AllHoursParameterError, match=message):
        task.execute({})
    assert not (payroll.folder / "pay.txt").exists()


class Upper(GenericCsv):
    """A profile of one's own."""

    def records(self, lines: Any) -> Any:
        """Pay codes only."""
        for line in lines:
            yield (line.person.employee_id, f"X{line.pay_code}", line.text())


def test_a_profile_of_ones_own(payroll: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    import sys
    import types

    module = types.ModuleType("our_payroll")
    module.Upper = Upper
    monkeypatch.setitem(sys.modules, "our_payroll", module)
    payroll.export(payroll.close(), mapping=payroll.hours, profile="our_payroll.Upper")
    assert ",X1000," in (payroll.folder / "pay.csv").read_text()


@pytest.mark.parametrize(
    ("profile", "options", "start"),
    [
        ("datev-lodas", {"consultant_number": "1234567", "client_number": "42"}, "1;01/11/2026;"),
        ("datev-lug", {"consultant_number": "1234567", "client_number": "42"}, "1234567;42;11/2026"),
        ("bmd-csv", {"client_number": 12}, "202611;12;"),
        ("lexware-csv", {}, "2026;11;"),
    ],
)
def test_the_accounting_month_is_that_of_the_file(
    payroll: Any, profile: str, options: dict[str, Any], start: str
) -> None:
    """October's hours, settled in November."""
    result = payroll.export(
        payroll.close(),
        "pay.txt",
        profile=profile,
        profile_options=options,
        mapping=payroll.hours,
        accounting_month="2026-11",
    )
    lines = Path(result["path"]).read_text("windows-1252").splitlines()
    assert any(line.startswith(start) for line in lines)
