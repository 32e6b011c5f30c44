# SPDX-License-Identifier: Apache-2.0
"""Pay whole periods, deltas and corrections; nothing is released twice."""

from __future__ import annotations

import csv
import json
from collections import defaultdict
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from airflow_provider_allhours.client import errors
from airflow_provider_allhours.periods import Period
from airflow_provider_allhours.sandbox.server import Sandbox
from tests.helpers import PAYROLL_COMPANY

OCTOBER = Period.of_month(2026, 10)
SEPTEMBER = Period.of_month(2026, 9)
LUG = {"consultant_number": 1234567, "client_number": 42}


@pytest.fixture
def allhours_sandbox_options() -> dict[str, Any]:
    return PAYROLL_COMPANY


def said(caplog: pytest.LogCaptureFixture) -> list[str]:
    """What was logged, but for the warning that the mapping of the tests pays presence and overtime."""
    return [message for message in caplog.messages if not message.startswith("the mapping pays")]


@pytest.mark.slow
def test_a_late_correction_is_a_line_in_the_next_run(payroll: Any, sandbox: Sandbox) -> None:
    user = sandbox.company.user_at(8)
    leave = sandbox.control("POST", "absences", {"action": "add", "user_id": user.id, "date": "2026-10-20"})
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
    assert {line["employee_id"] for line in lines} == {employee, user.custom_id}
    assert ("2000", "1.00", "days") in {(line["pay_code"], line["quantity"], line["unit"]) for line in lines}
    assert {line["period_from"] for line in lines} == {"2026-10-01"}
    assert result["periods"] == [{"period": OCTOBER.to_json(), "version": 2, "baseline": 1}]


@pytest.mark.slow
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
    """The file was published and the record of that was not: the next try writes the record and nothing else."""
    first = payroll.close()
    payroll.export(first)
    published = payroll.folder / "periods/registry/000002.json"
    published.unlink()
    before = payroll.state()
    payroll.export(first)
    after = payroll.state()
    assert set(after) - set(before) == {str(published.relative_to(payroll.folder))}
    assert {name: after[name] for name in before} == before


@pytest.mark.slow
def test_nothing_is_released_twice(payroll: Any, sandbox: Sandbox) -> None:
    first = payroll.close()
    with pytest.raises(errors.AllHoursConflictError, match="no version of .* was released;"):
        payroll.export(first, delta=True)
    payroll.export(first)
    with pytest.raises(errors.AllHoursConflictError, match="nothing is released twice"):
        payroll.export(first, "again.csv")
    with pytest.raises(errors.AllHoursConflictError, match="another mapping"):
        payroll.export(first, mapping={**payroll.mapping, "lines": payroll.mapping["lines"][:3]})
    with pytest.raises(errors.AllHoursConflictError, match="with other lines"):
        payroll.export(first, profile_options={"separator": ";"})
    payroll.correct(sandbox)
    second = payroll.close()
    with pytest.raises(errors.AllHoursConflictError, match="delta=True pays what changed"):
        payroll.export(second, "again.csv")
    assert not (payroll.folder / "again.csv").exists()


def test_the_same_lines_in_another_layout_are_a_copy(payroll: Any) -> None:
    """DATEV for the payroll office, generic for the reconciliation."""
    first = payroll.close()
    payroll.export(first, mapping=payroll.hours)
    payroll.export(first, "lug.txt", mapping=payroll.hours, profile="datev-lug", profile_options=LUG)
    records = payroll.records()
    assert [record["kind"] for record in records] == ["release", "published", "copy", "published"]
    assert [record["file"]["profile"] for record in records[::2]] == ["generic-csv", "datev-lug"]
    before = payroll.state()
    payroll.export(first, "lug.txt", mapping=payroll.hours, profile="datev-lug", profile_options=LUG)
    assert payroll.state() == before
    with pytest.raises(errors.AllHoursConflictError, match="nothing is released twice"):
        payroll.export(first, "lug2.txt", mapping=payroll.hours, profile="datev-lug", profile_options=LUG)


@pytest.mark.slow
def test_the_first_file_and_all_deltas_add_up_to_the_last_version(payroll: Any, sandbox: Sandbox) -> None:
    """Hours of the first file and of every delta add up to the hours of the last version, exactly in minutes."""
    minutes = {**payroll.hours, "lines": [{**line, "unit": "minutes"} for line in payroll.hours["lines"]]}
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


@pytest.mark.slow
def test_corrections_of_earlier_periods_join_the_file(payroll: Any, sandbox: Sandbox) -> None:
    september = payroll.close(SEPTEMBER)
    payroll.export(september, "september.csv")
    employee = payroll.correct(sandbox, 8, "2026-09-16", "20:00")
    earlier = payroll.close(SEPTEMBER)
    october = payroll.close(OCTOBER)
    never = payroll.close(Period.of_month(2026, 8))
    result = payroll.export(october, "october.csv", corrections=[never, earlier])
    late = [line for line in payroll.lines("october.csv") if line["period_from"] == "2026-09-01"]
    assert {line["employee_id"] for line in late} == {employee}
    assert [part["period"]["from"] for part in result["periods"]] == ["2026-10-01", "2026-09-01"]
    before = payroll.state()
    assert payroll.export(october, "october.csv", corrections=[never, earlier]) == result
    assert payroll.state() == before
    again = payroll.export(earlier, "again.csv", delta=True)
    assert (again["lines"], payroll.lines("again.csv")) == (0, [])


@pytest.mark.slow
def test_corrections_are_by_period_and_one_that_was_never_released_is_warned_of(
    payroll: Any, sandbox: Sandbox, caplog: pytest.LogCaptureFixture
) -> None:
    earlier = []
    for month in (9, 8):
        period = Period.of_month(2026, month)
        payroll.export(payroll.close(period), f"{month}.csv")
        payroll.correct(sandbox, 8, f"2026-{month:02}-16", "20:00")
        earlier.append(payroll.close(period))
    result = payroll.export(payroll.close(), "october.csv", corrections=earlier)
    assert [(part["period"]["from"], part["version"], part["baseline"]) for part in result["periods"]] == [
        ("2026-10-01", 1, None),
        ("2026-08-01", 2, 1),
        ("2026-09-01", 2, 1),
    ]
    assert said(caplog) == []
    parts = payroll.releases()[-1]["parts"]
    assert [(part["period"]["from"], part["version"], part["baseline"]) for part in parts] == [
        ("2026-10-01", 1, None),
        ("2026-08-01", 2, 1),
        ("2026-09-01", 2, 1),
    ]
    november = payroll.close(Period(date(2026, 10, 1), date(2026, 10, 15)))
    other = payroll.beside("other")
    with pytest.raises(errors.AllHoursParameterError, match="'corrections' has a close below .*other/periods, and"):
        payroll.export(november, "x.csv", corrections=[other.close(SEPTEMBER)])
    half = other.close(Period(date(2026, 10, 1), date(2026, 10, 15)))
    first = other.export(half, "x.csv", corrections=[other.close(SEPTEMBER)])
    warning = "2026-09-01/2026-09-30: no version was released, so it adds no lines to this file"
    assert said(caplog) == [warning]
    assert json.loads(Path(first["manifest_path"]).read_text())["warnings"][-1:] == [warning]
    # The same preview before and behind the release is the same file, byte for byte.
    preview = {"release": False, "corrections": [other.close(SEPTEMBER)]}
    month = other.close(Period(date(2026, 10, 16), date(2026, 10, 31)))
    manifest = Path(other.export(month, "preview.csv", **preview)["manifest_path"])
    before = manifest.read_bytes()
    other.export(month, "y.csv", corrections=preview["corrections"])
    other.export(month, "preview.csv", **preview)
    assert manifest.read_bytes() == before


@pytest.mark.slow
def test_a_correction_that_comes_after_the_release_is_not_called_never_released(
    payroll: Any, sandbox: Sandbox, caplog: pytest.LogCaptureFixture
) -> None:
    payroll.export(payroll.close(SEPTEMBER), "september.csv")
    payroll.correct(sandbox, 8, "2026-09-16", "20:00")
    october = payroll.close()
    released = payroll.export(october)
    september = payroll.close(SEPTEMBER)
    assert payroll.export(october, corrections=[september]) == released
    waiting = (
        f"{released['path']} was released without version 2 of 2026-09-01/2026-09-30 and stays as it is; the "
        "correction goes into the next file"
    )
    assert said(caplog) == [waiting]
    payroll.export(october, "copy.txt", profile="lexware-csv", corrections=[september])
    payroll.export(october, "preview.csv", release=False, corrections=[september])
    assert said(caplog) == [waiting] * 3
