# SPDX-License-Identifier: Apache-2.0
"""Refuse what would make a payroll file wrong; its sums are those of the frozen days."""

from __future__ import annotations

import hashlib
import json
import re
from collections import defaultdict
from pathlib import Path
from typing import Any

import pytest

from airflow_provider_allhours.client import errors
from airflow_provider_allhours.sandbox.server import Sandbox
from tests.helpers import PAYROLL_COMPANY

LUG = {"consultant_number": 1234567, "client_number": 42}


@pytest.fixture
def allhours_sandbox_options() -> dict[str, Any]:
    return PAYROLL_COMPANY


def test_a_version_that_was_tampered_with_is_not_paid(payroll: Any) -> None:
    first = payroll.close()
    sheet = Path(first["manifest_path"]).with_name("timesheets.jsonl")
    frozen = sheet.read_text()
    changed = re.sub(r'("planned_minutes": ?)480', r"\g<1>481", frozen, count=1)
    assert changed != frozen
    sheet.write_text(changed)
    with pytest.raises(errors.AllHoursConflictError, match="was changed after it was frozen"):
        payroll.export(first)


def test_preflight_tells_everything_at_once(payroll: Any, sandbox: Sandbox) -> None:
    for index, number in ((3, None), (4, "77"), (8, "77"), (9, "Č12")):
        user = sandbox.company.user_at(index).id
        sandbox.control("POST", "users", {"user_id": user, "fields": {"CustomId": number}})
    close = payroll.close()
    mapping = {"lines": [{"source": "paid_presence_minutes", "pay_code": "100000", "unit": "hours"}]}
    options = {"consultant_number": 1234, "client_number": 5}
    with pytest.raises(errors.AllHoursPreflightError) as caught:
        payroll.export(close, "lodas.txt", profile="datev-lodas", mapping=mapping, profile_options=options)
    message = "\n".join(caught.value.problems)
    for part in (
        "1 users have no employee id",
        "employee id 77 belongs to 2 users",
        "employee id Č12: this layout takes up to 5 digits",
        "employee id Č12: a character that windows-1252 lacks",
        "pay code 100000: this layout takes up to 4 digits",
        "absence 'Annual leave'",
        "counter '4'",
    ):
        assert part in message
    assert "@" not in message
    assert not (payroll.folder / "lodas.txt").exists()


@pytest.mark.slow
@pytest.mark.parametrize("unit", ["hours", "minutes", "hh:mm"])
def test_the_sums_are_those_of_the_days(payroll: Any, unit: str) -> None:
    mapping = {**payroll.hours, "lines": [{**payroll.hours["lines"][0], "unit": unit}]}
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


def test_a_mapped_running_balance_is_refused(payroll: Any, sandbox: Sandbox) -> None:
    """A counter that repeats it is recognised, and mapping it blocks."""
    close = payroll.close()
    rows = [
        json.loads(text) for text in Path(close["manifest_path"]).with_name("counters.jsonl").read_text().splitlines()
    ]
    (code,) = {row["counter_code"] for row in rows if "running" in (row["counter"] or "").lower()}
    mapping = {
        **payroll.mapping,
        "lines": [*payroll.mapping["lines"], {"counter": code, "pay_code": "9", "unit": "hours"}],
    }
    with pytest.raises(errors.AllHoursPreflightError, match=f"counter {code} is mapped, but it repeats"):
        payroll.export(close, mapping=mapping)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"profile": "sap"}, "parameter 'profile' is 'sap'; it takes one of generic-csv, datev-lodas"),
        ({"profile": "no.such.Class"}, "there is no class no.such.Class"),
        ({"profile": "json.JSONDecoder"}, "is not a subclass of Profile"),
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
        ({"mapping": {"lines": [{"counter": 4, "pay_code": "1"}], "skip": 1}}, "unknown key skip"),
        ({"close": "/nowhere/manifest.json"}, "'close': .* is not a manifest"),
        ({"close": None}, "parameter 'close' takes the return value"),
    ],
)
def test_wrong_parameters_are_refused(payroll: Any, options: dict[str, Any], message: str) -> None:
    close = options.pop("close", payroll.close())
    with pytest.raises(errors.AllHoursParameterError, match=message):
        payroll.export(close, **options)
    assert not (payroll.folder / "pay.csv").exists()


def test_the_manifest_is_what_the_file_can_be_made_from_again(payroll: Any, sandbox: Sandbox) -> None:
    user = sandbox.company.user_at(8).id
    sandbox.control("POST", "absences", {"action": "add", "user_id": user, "date": "2026-10-20"})
    close = payroll.close()
    declared = {"base": "generic-csv", "separator": ";"}
    result = payroll.export(close, mapping=payroll.hours, profile=declared)
    content = (payroll.folder / "pay.csv").read_bytes()
    manifest = json.loads(Path(result["manifest_path"]).read_text())
    closed = json.loads(Path(close["manifest_path"]).read_text())
    assert {name: manifest[name] for name in ("path", "manifest_path", "lines", "employees", "totals", "sha256")} == {
        name: result[name] for name in ("path", "manifest_path", "lines", "employees", "totals", "sha256")
    }
    assert result["sha256"] == hashlib.sha256(content).hexdigest()
    rows = [line.split(";") for line in content.decode().splitlines()[1:]]
    assert (result["lines"], result["employees"]) == (len(rows), len({row[0] for row in rows}))
    assert result["lines"] > result["employees"] > 1
    assert manifest["periods"] == [
        {
            **result["periods"][0],
            "manifest_sha256": hashlib.sha256(Path(close["manifest_path"]).read_bytes()).hexdigest(),
            "contract_sha256": closed["contract_sha256"],
            "files": {part: file["sha256"] for part, file in closed["files"].items()},
            "open_approvals": closed["open_approvals"],
            "window": closed["window"],
            "lines": result["lines"],
            "employees": result["employees"],
        }
    ]
    assert manifest["open_approvals"] == closed["open_approvals"] >= 1
    assert manifest["options"]["profile"] == declared
    assert manifest["options"]["mapping"] == payroll.hours
    assert manifest["encoding"] == "utf-8"
    (release,) = payroll.releases()
    (part,) = release["parts"]
    assert (part["version"], part["baseline"], release["is_delta"]) == (1, None, False)
    assert {name: release["file"][name] for name in ("path", "mapping_sha256", "sha256", "folder")} == {
        name: manifest[name] for name in ("path", "mapping_sha256", "sha256", "folder")
    }


@pytest.mark.parametrize("spoil", ["file", "manifest", "content", "checksum"])
def test_a_released_file_that_is_gone_or_changed_is_written_again(payroll: Any, spoil: str) -> None:
    close = payroll.close()
    result = payroll.export(close)
    file, manifest = Path(result["path"]), Path(result["manifest_path"])
    content = file.read_bytes()
    if spoil == "file":
        file.unlink()
    elif spoil == "manifest":
        manifest.unlink()
    elif spoil == "content":
        file.write_bytes(content[:-1])
    else:
        manifest.write_text(manifest.read_text().replace(result["sha256"], "0" * 64))
    assert payroll.export(close) == result
    assert file.read_bytes() == content
    assert json.loads(manifest.read_text())["sha256"] == result["sha256"]


def test_many_problems_are_all_in_the_error_and_fifty_in_its_message(payroll: Any) -> None:
    close = payroll.close()
    lines: list[dict[str, Any]] = [
        {"absence": f"no-{number:02}", "pay_code": str(100000 + number)} for number in range(60)
    ]
    source = {"source": "paid_presence_minutes", "unit": "hours", "also": True}
    mapping = {"lines": [*lines, *({**source, "pay_code": str(100000 + number)} for number in range(60))]}
    mapping["ignore"] = {"absences": "*", "counters": "*"}
    with pytest.raises(errors.AllHoursPreflightError, match="no payroll file: 60 problems: .* and 10 more$") as caught:
        payroll.export(close, mapping=mapping, profile="datev-lug", profile_options=LUG)
    assert len(caught.value.problems) == 60
    assert str(caught.value).count("this layout takes up to 4 digits") == 50


def test_the_period_itself_is_no_correction(payroll: Any) -> None:
    close = payroll.close()
    with pytest.raises(
        errors.AllHoursParameterError, match="'corrections' has 2026-10-01/2026-10-31, which is the period"
    ):
        payroll.export(close, corrections=[close])


def test_two_people_whose_ids_look_the_same_are_duplicates(payroll: Any, sandbox: Sandbox) -> None:
    number = str(sandbox.company.user_at(8).custom_id)
    other = sandbox.company.user_at(9)
    fields = {"CustomId": f"{number[0]}\u200b{number[1:]}\u00a0"}
    sandbox.control("POST", "users", {"user_id": other.id, "fields": fields})
    close = payroll.close()
    with pytest.raises(errors.AllHoursPreflightError, match=f"employee id {number} belongs to 2 users"):
        payroll.export(close)
