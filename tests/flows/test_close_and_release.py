# SPDX-License-Identifier: Apache-2.0
"""Close, correct, release, reconcile over real HTTP and real files; every step twice changes nothing."""

from __future__ import annotations

import configparser
import csv
import io
import json
from collections import defaultdict
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from airflow_provider_allhours.client import errors
from airflow_provider_allhours.flows.reconciliation import reconcile
from airflow_provider_allhours.operators.payroll import (
    AllHoursClosePeriodOperator,
    AllHoursExportPayrollOperator,
    AllHoursReconcilePayrollOperator,
)
from airflow_provider_allhours.payroll.profiles.generic import GenericCsv
from airflow_provider_allhours.periods import Period
from airflow_provider_allhours.sandbox.server import Sandbox
from airflow_provider_allhours.task_utils.compat import AirflowFailException

OCTOBER = Period(date(2026, 10, 1), date(2026, 10, 31))
SEPTEMBER = Period(date(2026, 9, 1), date(2026, 9, 30))

MAPPING: dict[str, Any] = {
    "lines": [
        {"source": "paid_presence_minutes", "pay_code": "1000", "unit": "hours"},
        {"source": "overtime_minutes", "pay_code": "1100", "unit": "hours"},
        {"absence": "Annual leave", "pay_code": "2000", "unit": "days"},
        {"absence": "Sick leave", "pay_code": "2100", "unit": "days"},
    ],
    "ignore": {"absences": "*", "counters": "*"},
}
HOURS: dict[str, Any] = {**MAPPING, "lines": MAPPING["lines"][:2]}


@pytest.fixture
def allhours_sandbox_options() -> dict[str, Any]:
    return {"employees": 12, "months": 3, "clean_ids": True}


def test_the_same_data_makes_one_version(payroll: Any, sandbox: Sandbox) -> None:
    first = payroll.close()
    assert (first["version"], first["changed"], first["delta_path"]) == (1, True, None)
    before = payroll.state()
    assert payroll.close() == {**first, "changed": False}
    assert payroll.state() == before
    manifest = json.loads(Path(first["manifest_path"]).read_text())
    sheet = [json.loads(line) for line in before["periods/2026-10-01_2026-10-31/v0001/timesheets.jsonl"].splitlines()]
    assert first["totals"]["paid_presence_minutes"] == sum(row["paid_presence_minutes"] for row in sheet) > 0
    assert manifest["coverage"]["expected"] == manifest["coverage"]["received"] == len(sheet)
    assert {"window", "source", "provider_version", "open_approvals"} <= set(manifest)
    assert "@" not in json.dumps(manifest)


def test_changed_data_makes_the_next_version_and_no_delta_before_a_release(payroll: Any, sandbox: Sandbox) -> None:
    payroll.close()
    frozen = payroll.state()
    payroll.correct(sandbox)
    second = payroll.close()
    assert (second["version"], second["changed"], second["delta_path"]) == (2, True, None)
    assert {name: content for name, content in payroll.state().items() if "/v0001/" in name} == frozen


def test_a_late_correction_is_a_line_in_the_next_run(payroll: Any, sandbox: Sandbox) -> None:
    user = sandbox.company.user_at(8)
    leave = sandbox.control("POST", "absences", {"action": "add", "user_id": user.id, "date": "2026-10-20"})  # type: ignore[union-attr]
    first = payroll.close()
    assert json.loads(Path(first["manifest_path"]).read_text())["open_approvals"] >= 1
    payroll.export(first)
    employee = payroll.correct(sandbox, index=9, day="2026-10-14", end="19:00")
    sandbox.control("POST", "absences", {"action": "approve", "id": leave["Id"]})
    second = payroll.close()
    with open(second["delta_path"], newline="", encoding="utf-8") as file:
        delta = list(csv.DictReader(file))
    assert {(line["date"], line["reason"]) for line in delta} == {
        ("2026-10-14", "corrected day"),
        ("2026-10-20", "absence approved later"),
    }
    result = payroll.export(second, "late.csv", delta=True)
    lines = payroll.lines("late.csv")
    assert {line["employee_id"] for line in lines} == {employee, user.custom_id}  # type: ignore[union-attr]
    assert ("2000", "1.00", "days") in {(line["pay_code"], line["quantity"], line["unit"]) for line in lines}
    assert {line["period_from"] for line in lines} == {"2026-10-01"}
    assert result["periods"] == [{"period": OCTOBER.to_json(), "version": 2, "baseline": 1}]


def test_everything_twice_changes_nothing(payroll: Any, sandbox: Sandbox) -> None:
    first = payroll.close()
    one = payroll.export(first)
    payroll.correct(sandbox)
    second = payroll.close()
    two = payroll.export(second, "late.csv", delta=True)
    before = payroll.state()
    assert payroll.close()["changed"] is False
    assert payroll.export(first) == one
    assert payroll.export(second, "late.csv", delta=True) == two
    assert payroll.state() == before


def test_a_release_that_was_cut_short_is_finished(payroll: Any) -> None:
    """The file was published and the record of it was not: the next try writes the record and nothing else."""
    first = payroll.close()
    payroll.export(first)
    release = Path(first["manifest_path"]).with_name("release.json")
    release.unlink()
    before = payroll.state()
    payroll.export(first)
    after = payroll.state()
    assert set(after) - set(before) == {str(release.relative_to(payroll.folder))}
    assert {name: after[name] for name in before} == before


def test_nothing_is_released_twice(payroll: Any, sandbox: Sandbox) -> None:
    first = payroll.close()
    with pytest.raises(errors.AllHoursConflictError, match="nothing of .* was released yet"):
        payroll.export(first, delta=True)
    payroll.export(first)
    with pytest.raises(errors.AllHoursConflictError, match="nothing is released twice"):
        payroll.export(first, "again.csv")
    with pytest.raises(errors.AllHoursConflictError, match="nothing is released twice"):
        payroll.export(first, mapping={**MAPPING, "lines": MAPPING["lines"][:3]})
    with pytest.raises(errors.AllHoursConflictError, match="already with other lines"):
        payroll.export(first, profile_options={"separator": ";"})
    payroll.correct(sandbox)
    second = payroll.close()
    with pytest.raises(errors.AllHoursConflictError, match="delta=True pays what changed"):
        payroll.export(second, "again.csv")
    assert not (payroll.folder / "again.csv").exists()


def test_the_same_lines_in_another_layout_are_a_copy(payroll: Any) -> None:
    """DATEV for the payroll office, generic for the reconciliation."""
    first = payroll.close()
    payroll.export(first, mapping=HOURS)
    payroll.export(first, "lug.txt", mapping=HOURS, profile="datev-lug")
    release = json.loads(Path(first["manifest_path"]).with_name("release.json").read_text())
    assert [file["profile"] for file in release["files"]] == ["generic-csv", "datev-lug"]
    before = payroll.state()
    payroll.export(first, "lug.txt", mapping=HOURS, profile="datev-lug")
    assert payroll.state() == before
    with pytest.raises(errors.AllHoursConflictError, match="nothing is released twice"):
        payroll.export(first, "lug2.txt", mapping=HOURS, profile="datev-lug")


def test_two_people_of_a_small_company_are_no_mass(payroll: Any, sandbox: Sandbox) -> None:
    payroll.close()
    payroll.correct(sandbox, 8)
    payroll.correct(sandbox, 9)
    assert payroll.close(max_changed_share=0.0)["version"] == 2


def test_full_and_deltas_are_the_truth_in_the_files(payroll: Any, sandbox: Sandbox) -> None:
    """Hours of the first file and of every delta add up to the hours of the last version, exactly in minutes."""
    minutes = {**HOURS, "lines": [{**line, "unit": "minutes"} for line in HOURS["lines"]]}
    payroll.export(payroll.close(), "0.csv", mapping=minutes)
    for number, (index, day, end) in enumerate(
        [(8, "2026-10-14", "18:00"), (9, "2026-10-15", "11:00"), (8, "2026-10-14", "16:00")], start=1
    ):
        payroll.correct(sandbox, index, day, end)
        payroll.export(payroll.close(), f"{number}.csv", mapping=minutes, delta=True)
    paid: dict[tuple[str, str], int] = defaultdict(int)
    for number in range(4):
        for line in payroll.lines(f"{number}.csv"):
            paid[line["employee_id"], line["pay_code"]] += int(line["quantity"])
    truth: dict[tuple[str, str], int] = defaultdict(int)
    newest = payroll.folder / "periods/2026-10-01_2026-10-31/v0004/timesheets.jsonl"
    for text in newest.read_text().splitlines():
        row = json.loads(text)
        truth[row["employee_id"], "1000"] += row["paid_presence_minutes"]
        truth[row["employee_id"], "1100"] += row["overtime_minutes"]
    assert {key: value for key, value in paid.items() if value} == {key: value for key, value in truth.items() if value}


def test_corrections_of_earlier_periods_join_the_file(payroll: Any, sandbox: Sandbox) -> None:
    september = payroll.close(SEPTEMBER)
    payroll.export(september, "september.csv")
    employee = payroll.correct(sandbox, 8, "2026-09-16", "20:00")
    earlier = payroll.close(SEPTEMBER)
    october = payroll.close(OCTOBER)
    never = payroll.close(Period(date(2026, 8, 1), date(2026, 8, 31)))
    result = payroll.export(october, "october.csv", corrections=[never, earlier])
    late = [line for line in payroll.lines("october.csv") if line["period_from"] == "2026-09-01"]
    assert {line["employee_id"] for line in late} == {employee}
    assert [part["period"]["from"] for part in result["periods"]] == ["2026-10-01", "2026-09-01"]
    before = payroll.state()
    assert payroll.export(october, "october.csv", corrections=[never, earlier]) == result
    assert payroll.state() == before
    with pytest.raises(errors.AllHoursConflictError, match="released already"):
        payroll.export(earlier, "twice.csv", delta=True)


def test_a_wrong_tenant_does_not_correct_everybody(payroll: Any, sandbox: Sandbox) -> None:
    payroll.close()
    for index in range(1, 5):
        payroll.correct(sandbox, index)
    before = payroll.state()
    with pytest.raises(errors.AllHoursConflictError, match=r"4 of 12 people differ .* max_changed_share=0.2"):
        payroll.close()
    assert payroll.state() == before
    assert payroll.close(max_changed_share=1.0)["version"] == 2


def test_an_incomplete_period_is_not_frozen(payroll: Any, sandbox: Sandbox) -> None:
    sandbox.fault("missing_day", route="daily_calculations", date="2026-10-14", times=1)
    with pytest.raises(errors.AllHoursIncompleteError):
        payroll.close()
    assert payroll.state() == {}


def test_a_version_that_was_tampered_with_is_not_paid(payroll: Any) -> None:
    first = payroll.close()
    sheet = Path(first["manifest_path"]).with_name("timesheets.jsonl")
    frozen = sheet.read_text()
    changed = frozen.replace('"planned_minutes": 480', '"planned_minutes": 481', 1)
    assert changed != frozen
    sheet.write_text(changed)
    with pytest.raises(errors.AllHoursConflictError, match="was changed after it was frozen"):
        payroll.export(first)


def test_preflight_tells_everything_at_once(payroll: Any, sandbox: Sandbox) -> None:
    for index, number in ((3, None), (4, "77"), (8, "77"), (9, "Č12")):
        user = sandbox.company.user_at(index).id  # type: ignore[union-attr]
        sandbox.control("POST", "users", {"user_id": user, "fields": {"CustomId": number}})
    close = payroll.close()
    mapping = {"lines": [{"source": "paid_presence_minutes", "pay_code": "100000", "unit": "hours"}]}
    options = {"consultant_number": 1234, "client_number": 5}
    with pytest.raises(errors.AllHoursPreflightError) as caught:
        payroll.export(close, "lodas.txt", profile="datev-lodas", mapping=mapping, profile_options=options)
    said = "\n".join(caught.value.problems)
    for part in (
        "1 users have no employee id",
        "employee id 77 belongs to 2 users",
        "employee id Č12: this layout takes up to 5 digits",
        "employee id Č12: a character that windows-1252 lacks",
        "pay code 100000: this layout takes up to 4 digits",
        "absence 'Annual leave'",
        "counter '4'",
    ):
        assert part in said
    assert "@" not in said
    assert not (payroll.folder / "lodas.txt").exists()


@pytest.mark.parametrize("unit", ["hours", "minutes", "hh:mm"])
def test_the_sums_are_those_of_the_days(payroll: Any, unit: str) -> None:
    mapping = {**HOURS, "lines": [{**HOURS["lines"][0], "unit": unit}]}
    close = payroll.close()
    result = payroll.export(close, mapping=mapping)
    minutes: dict[str, int] = defaultdict(int)
    for text in Path(close["manifest_path"]).with_name("timesheets.jsonl").read_text().splitlines():
        row = json.loads(text)
        minutes[row["employee_id"]] += row["paid_presence_minutes"]
    for line in payroll.lines():
        exact = minutes.pop(line["employee_id"])
        if unit == "hours":
            assert abs(float(line["quantity"]) - exact / 60) < 0.01
        elif unit == "minutes":
            assert int(line["quantity"]) == exact
        else:
            hours, rest = line["quantity"].split(":")
            assert int(hours) * 60 + int(rest) == exact
    assert set(minutes.values()) <= {0}
    total = close["totals"]["paid_presence_minutes"]
    if unit == "hours":
        assert result["totals"]["1000"] == pytest.approx(total / 60, abs=0.00501)
    else:
        assert result["totals"]["1000"] == total


def read_lodas(text: str) -> dict[tuple[str, str], str]:
    reader = configparser.ConfigParser(allow_no_value=True, delimiters=("=",), strict=False, interpolation=None)
    reader.optionxform = str  # type: ignore[assignment, method-assign]
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
    records = list(csv.reader(io.StringIO(text, newline=""), delimiter=";"))
    assert {len(record) for record in records} == {11}
    return {(record[0], record[3]): record[4].replace(",", ".") for record in records}


def read_adp(text: str) -> dict[tuple[str, str], str]:
    found = {}
    for record in csv.DictReader(io.StringIO(text, newline="")):
        assert (record["Co Code"], record["Batch ID"]) == ("ABC", "7")
        for code, value in (("1000", record["Reg Hours"]), (record["Hours 3 Code"], record["Hours 3 Amount"])):
            if value:
                found[record["File #"], code] = value
    return found


def read_gusto(text: str) -> dict[tuple[str, str], str]:
    return {
        (record["gusto_employee_id"], column): record[column]
        for record in csv.DictReader(io.StringIO(text, newline=""))
        for column in ("1000", "1100")
        if record[column]
    }


@pytest.mark.parametrize(
    ("profile", "encoding", "options", "read"),
    [
        ("datev-lodas", "windows-1252", {"consultant_number": "1234567", "client_number": "42"}, read_lodas),
        ("datev-lug", "windows-1252", {}, read_lug),
        ("adp-csv", "utf-8", {"company_code": "ABC", "batch_id": 7, "regular_code": "1000"}, read_adp),
        ("gusto-csv", "utf-8", {"columns": ["1000", "1100"]}, read_gusto),
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
    other.export(other.close(), mapping=HOURS)
    expected = {(line["employee_id"], line["pay_code"]): line["quantity"] for line in other.lines()}
    payroll.export(close, "out", profile=profile, mapping=HOURS, profile_options=options)
    content = (payroll.folder / "out").read_bytes()
    assert content.count(b"\r\n") == content.count(b"\n") > 0
    assert read(content.decode(encoding)) == expected


def test_generic_options(payroll: Any) -> None:
    options = {"separator": ";", "decimal_sign": ",", "encoding": "windows-1250"}
    payroll.export(payroll.close(), mapping=HOURS, profile={"base": "generic-csv", **options})
    head, first, *_ = (payroll.folder / "pay.csv").read_text("windows-1250").splitlines()
    assert head == "employee_id;pay_code;quantity;unit;period_from;period_to"
    assert "," in first.split(";")[2]


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
    module.Upper = Upper  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "our_payroll", module)
    payroll.export(payroll.close(), mapping=HOURS, profile="our_payroll.Upper")
    assert ",X1000," in (payroll.folder / "pay.csv").read_text()


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"profile": "sap"}, "parameter 'profile' is 'sap'; it takes one of generic-csv, datev-lodas"),
        ({"profile": "no.such.Class"}, "there is no class no.such.Class"),
        ({"profile": "json.JSONDecoder"}, "is no Profile"),
        ({"profile": "datev-lodas"}, "'profile_options' lacks consultant_number, client_number"),
        ({"profile_options": {"colour": 1}}, "unknown keys colour; this profile takes separator"),
        ({"profile_options": {"separator": ";;"}}, "'separator' takes one character"),
        ({"profile_options": {"encoding": "klingon"}}, "'encoding' 'klingon' is not known"),
        ({"mapping": {}}, "parameter 'mapping': it takes an object with a list 'lines'"),
        (
            {"mapping": {"lines": [{"source": "wages", "pay_code": "1"}]}},
            "has the source 'wages'; it takes one of planned",
        ),
        ({"mapping": {"lines": [{"absence": "x", "pay_code": "1", "unit": "weeks"}]}}, "has the unit 'weeks'"),
        (
            {"mapping": {"lines": [{"counter": 4, "pay_code": "1", "unit": "days"}]}},
            "only absences are counted in days",
        ),
        ({"mapping": {"lines": [{"counter": 4}]}}, "line 1 takes one of source, absence and counter, a pay_code"),
        ({"mapping": {**MAPPING, "skip": 1}}, "unknown key skip"),
        ({"close": "nowhere/manifest.json"}, "'close': .* is no manifest"),
        ({"close": None}, "parameter 'close' takes the return value"),
    ],
)
def test_input_that_cannot_work(payroll: Any, options: dict[str, Any], said: str) -> None:
    close = options.pop("close", payroll.close())
    with pytest.raises(errors.AllHoursParameterError, match=said):
        payroll.export(close, **options)
    assert not (payroll.folder / "pay.csv").exists()


def test_the_register_comes_back(payroll: Any, tmp_path: Path) -> None:
    payroll.export(payroll.close(), mapping=HOURS)
    lines = payroll.lines()
    register = tmp_path / "register.csv"

    def send(rows: list[tuple[str, str, str]]) -> None:
        text = "".join(f"{number};{code};{hours}\n" for number, code, hours in rows)
        register.write_text("Personalnummer;Lohnart;Stunden\n" + text, encoding="windows-1252")

    columns = {"Personalnummer": "employee_id", "Lohnart": "pay_code", "Stunden": "quantity"}
    ours = [(line["employee_id"], line["pay_code"], line["quantity"].replace(".", ",")) for line in lines]
    send(ours)
    options: dict[str, Any] = {"ours": payroll.folder / "pay.csv", "register": register, "columns": columns}
    same = reconcile(**options)
    assert same == {"matching": len(ours), "missing": 0, "ghost": 0, "differing": 0, "path": None}
    number, code, _ = ours[1]
    send([(number, code, "1.234,50"), *ours[2:], ("999", "1000", "160")])
    with pytest.raises(errors.AllHoursConflictError, match="1 missing, 1 ghost, 1 differing; the lines are in"):
        reconcile(**options, path=tmp_path / "result.csv")
    result = reconcile(**options, path=tmp_path / "result.csv", on_difference="warn")
    assert (result["missing"], result["ghost"], result["differing"]) == (1, 1, 1)
    with (tmp_path / "result.csv").open(newline="", encoding="utf-8") as file:
        verdicts = {(line["employee_id"], line["pay_code"]): line for line in csv.DictReader(file)}
    assert verdicts["999", "1000"]["verdict"] == "ghost"
    assert verdicts[number, code]["register"] == "1234.50"
    assert verdicts[ours[0][0], ours[0][1]]["verdict"] == "missing"
    assert reconcile(**options, tolerance="100000", on_difference="warn")["differing"] == 0


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"tolerance": "a lot"}, "parameter 'tolerance' is 'a lot'"),
        ({"on_difference": "cry"}, "parameter 'on_difference' is 'cry'"),
        ({"columns": {"a": "b"}}, "parameter 'columns' maps to b"),
        ({"columns": {"a": "quantity"}}, "parameter 'register' lacks the columns a"),
        ({"ours": "nowhere.csv"}, "parameter 'ours' leads to no file"),
    ],
)
def test_registers_that_cannot_be_read(tmp_path: Path, options: dict[str, Any], said: str) -> None:
    file = tmp_path / "x.csv"
    file.write_text("employee_id,pay_code,quantity\n1,2,3\n")
    with pytest.raises(errors.AllHoursParameterError, match=said):
        reconcile(**{"ours": file, "register": file, **options})
    file.write_text("employee_id,pay_code,quantity\n1,2,many\n")
    with pytest.raises(errors.AllHoursParameterError, match="the quantity in line 2 is not a number"):
        reconcile(ours=file, register=file)


def test_the_operators(allhours_connection: Sandbox, tmp_path: Path) -> None:
    close = AllHoursClosePeriodOperator(
        task_id="c", period="2026-10", path=tmp_path.as_uri(), max_changed_share="0.5"
    ).execute({})  # type: ignore[typeddict-item]
    assert set(close) == {"version", "changed", "delta_path", "manifest_path", "totals", "period"}
    mapping = tmp_path / "mapping.yaml"
    mapping.write_text(json.dumps(MAPPING))
    options = {"profile": "generic-csv", "mapping": str(mapping), "path": f"{tmp_path}/pay.csv"}
    with pytest.raises(errors.AllHoursPreflightError) as caught:
        AllHoursExportPayrollOperator(
            task_id="e",
            close=close,
            **{**options, "path": f"{tmp_path}/x.csv", "mapping": {"lines": MAPPING["lines"][:1]}},
        ).execute({})  # type: ignore[typeddict-item]
    assert isinstance(caught.value, AirflowFailException)
    for given in (close, close["manifest_path"]):
        result = AllHoursExportPayrollOperator(task_id="e", close=given, delta="False", **options).execute({})  # type: ignore[typeddict-item, arg-type]
    assert {"path", "manifest_path", "lines", "employees", "totals", "sha256"} <= set(result)
    assert len(json.dumps(result)) < 4000
    counts = AllHoursReconcilePayrollOperator(
        task_id="r", ours=result["path"], register=result["path"], path=f"{tmp_path}/r.csv"
    ).execute({})  # type: ignore[typeddict-item]
    assert counts["matching"] == result["lines"]
    with pytest.raises(errors.AllHoursParameterError, match="'max_changed_share' is 'most'"):
        AllHoursClosePeriodOperator(
            task_id="c", period="2026-10", path=str(tmp_path), max_changed_share="most"
        ).execute({})  # type: ignore[typeddict-item]


def test_the_running_balance_is_nothing_to_pay(payroll: Any, sandbox: Sandbox) -> None:
    """A counter that repeats it is recognised, and mapping it blocks."""
    close = payroll.close()
    rows = [
        json.loads(text) for text in Path(close["manifest_path"]).with_name("counters.jsonl").read_text().splitlines()
    ]
    (code,) = {row["counter_code"] for row in rows if "running" in (row["counter"] or "").lower()}
    mapping = {**MAPPING, "lines": [*MAPPING["lines"], {"counter": code, "pay_code": "9", "unit": "hours"}]}
    with pytest.raises(errors.AllHoursPreflightError, match=f"counter {code} is mapped, but it is the running balance"):
        payroll.export(close, mapping=mapping)
