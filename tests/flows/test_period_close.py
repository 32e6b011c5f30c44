# SPDX-License-Identifier: Apache-2.0
"""Close a period: the same data makes one version, changed data the next one, wrong data none."""

from __future__ import annotations

import csv
import hashlib
import io
import json
import os
import tempfile
from collections.abc import Callable
from datetime import date, datetime
from pathlib import Path
from typing import Any

import pytest

from airflow_provider_allhours.client import AllHoursClient, errors
from airflow_provider_allhours.client.models import AbsenceDraft
from airflow_provider_allhours.flows.period_close import close_period
from airflow_provider_allhours.periods import Period
from airflow_provider_allhours.sandbox.server import Sandbox
from tests.helpers import PAYROLL_COMPANY


@pytest.fixture
def allhours_sandbox_options() -> dict[str, Any]:
    return PAYROLL_COMPANY


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


@pytest.mark.slow
def test_two_changed_people_of_a_small_company_are_allowed(payroll: Any, sandbox: Sandbox) -> None:
    payroll.close()
    payroll.correct(sandbox, 8)
    payroll.correct(sandbox, 9)
    assert payroll.close(max_changed_share=0.0)["version"] == 2


@pytest.mark.slow
def test_too_many_changed_people_are_refused(payroll: Any, sandbox: Sandbox) -> None:
    payroll.close()
    for index in range(1, 5):
        payroll.correct(sandbox, index)
    before = payroll.state()
    with pytest.raises(errors.AllHoursConflictError, match=r"4 of 19 people differ .* max_changed_share=0.2"):
        payroll.close()
    assert payroll.state() == before
    assert payroll.close(max_changed_share=1.0)["version"] == 2


def test_an_incomplete_period_is_not_frozen(payroll: Any, sandbox: Sandbox) -> None:
    sandbox.fault("missing_day", route="daily_calculations", date="2026-10-14", times=1)
    with pytest.raises(errors.AllHoursIncompleteError):
        payroll.close()
    assert payroll.state() == {}


@pytest.mark.parametrize("share", [-0.01, 1.01, float("nan")])
def test_a_share_that_is_none_is_refused_before_anything_is_read(payroll: Any, sandbox: Sandbox, share: float) -> None:
    with pytest.raises(errors.AllHoursParameterError, match="'max_changed_share' is .*; it takes 0 to 1"):
        payroll.close(max_changed_share=share)
    assert sandbox.stats()["total"] == 0


@pytest.mark.slow
def test_three_changed_people_are_allowed_up_to_the_share(payroll: Any, sandbox: Sandbox) -> None:
    payroll.close()
    for index in (8, 9, 10):
        payroll.correct(sandbox, index)
    with pytest.raises(errors.AllHoursConflictError, match=r"3 of 19 people differ .* max_changed_share=0\.15"):
        payroll.close(max_changed_share=0.15)
    assert payroll.close(max_changed_share=3 / 19)["version"] == 2


def test_the_manifest_tells_what_was_read(payroll: Any, sandbox: Sandbox) -> None:
    told: list[tuple[int, int]] = []
    close = payroll.close(on_progress=lambda done, total: told.append((done, total)))
    manifest = json.loads(Path(close["manifest_path"]).read_text())
    folder = Path(close["manifest_path"]).parent
    people = {json.loads(line)["user_id"] for line in (folder / "timesheets.jsonl").read_text().splitlines()}
    assert told == [(number, len(people)) for number in range(1, len(people) + 1)]
    assert (manifest["employees"], manifest["version"], manifest["timezone"]) == (len(people), 1, "Europe/Ljubljana")
    assert (manifest["baseline"], manifest["delta"]) == (None, None)
    assert (manifest["period"], close["period"]) == ({"from": "2026-10-01", "to": "2026-10-31"},) * 2
    assert manifest["window"]["from"] <= manifest["window"]["to"] <= manifest["created_at"]
    assert manifest["requests"] == sandbox.stats()["total"]
    assert manifest["source"]["host"] == sandbox.url
    assert len(manifest["source"]["routes"]) == 3
    definitions = payroll.client.absence_definitions()
    assert {definition.fraction for definition in definitions} == {0.5, 1.0}
    assert manifest["absence_definitions"] == {
        definition.id: {
            "name": definition.name,
            "integration_id": None if definition.integration_id is None else str(definition.integration_id),
            "fraction": definition.fraction,
        }
        for definition in definitions
    }
    assert (manifest["selection"], manifest["provisional"], manifest["left_out"]) == (None, False, 0)
    for part, file in manifest["files"].items():
        content = (folder / f"{part}.jsonl").read_bytes()
        assert file == {
            "name": f"{part}.jsonl",
            "rows": content.count(b"\n"),
            "bytes": len(content),
            "sha256": hashlib.sha256(content).hexdigest(),
        }


@pytest.mark.slow
def test_a_delta_is_against_the_last_released_version(payroll: Any, sandbox: Sandbox) -> None:
    payroll.export(payroll.close())
    employee = payroll.correct(sandbox, 8, "2026-10-14", "18:00")
    payroll.close()
    payroll.correct(sandbox, 8, "2026-10-15", "18:00")
    third = payroll.close()
    assert (third["version"], Path(third["delta_path"]).parent.name) == (3, "v0003")
    manifest = json.loads(Path(third["manifest_path"]).read_text())
    content = Path(third["delta_path"]).read_bytes()
    lines = list(csv.DictReader(io.StringIO(content.decode(), newline="")))
    assert {line["date"] for line in lines} == {"2026-10-14", "2026-10-15"}
    assert manifest["baseline"] == 1
    assert manifest["delta"] == {
        "name": "delta.csv",
        "lines": len(lines),
        "sha256": hashlib.sha256(content).hexdigest(),
        "reasons": {"corrected day": len(lines)},
    }
    assert {line["employee_id"] for line in lines} == {employee}
    for line in lines:
        before, after = int(line["minutes_before"]), int(line["minutes_after"])
        assert int(line["minutes"]) == after - before != 0
    paid = [line for line in lines if line["item"] == "paid_presence_minutes" and line["date"] == "2026-10-14"]
    assert [(line["kind"], line["days"], line["reason"]) for line in paid] == [("timesheet", "0.0", "corrected day")]


@pytest.mark.slow
def test_the_days_of_an_absence_are_in_the_delta(payroll: Any, sandbox: Sandbox) -> None:
    payroll.export(payroll.close())
    user = sandbox.company.user_at(8).id
    leave = sandbox.control("POST", "absences", {"action": "add", "user_id": user, "date": "2026-10-20"})
    sandbox.control("POST", "absences", {"action": "approve", "id": leave["Id"]})
    delta = payroll.close()["delta_path"]
    with open(delta, newline="", encoding="utf-8") as file:
        lines = {line["kind"]: line for line in csv.DictReader(file)}
    assert (lines["absence"]["days"], lines["absence"]["reason"]) == ("1.0", "absence approved later")


def test_parts_of_days_have_four_decimals_in_the_delta(payroll: Any, sandbox: Sandbox) -> None:
    payroll.export(payroll.close())
    leave = payroll.client.create_absence(
        AbsenceDraft(
            user_id=sandbox.company.user_at(8).id,
            absence_definition_id=payroll.client.absence_definitions()[0].id,
            day=date(2026, 10, 20),
            partial_from=datetime(2026, 10, 20, 8),
            partial_to=datetime(2026, 10, 20, 8, 50),
        )
    )
    sandbox.control("POST", "absences", {"action": "approve", "id": leave.id})
    with open(payroll.close()["delta_path"], newline="", encoding="utf-8") as file:
        (line,) = [line for line in csv.DictReader(file) if line["kind"] == "absence"]
    # 50 of 480 planned minutes are 0.1041666… days.
    assert (line["minutes"], line["days"]) == ("50", "0.1042")


def test_a_close_that_fails_leaves_the_temporary_folder_and_the_versions_as_they_were(
    payroll: Any, sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "temporary"))
    (tmp_path / "temporary").mkdir()
    payroll.close()
    before = payroll.state()
    payroll.correct(sandbox)
    sandbox.fault("missing_day", route="daily_calculations", date="2026-10-14", times=1)
    with pytest.raises(errors.AllHoursIncompleteError):
        payroll.close()
    assert payroll.state() == before
    assert list((tmp_path / "temporary").iterdir()) == []


@pytest.mark.slow
@pytest.mark.parametrize("name", ["timesheets.jsonl", "counters.jsonl", "delta.csv", "manifest.json"])
def test_a_version_whose_files_cannot_all_be_written_leaves_none(
    payroll: Any, sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    payroll.export(payroll.close())
    payroll.correct(sandbox)
    before = payroll.state()
    open_file = os.open

    def full(path: Any, flags: int, *mode: Any, **options: Any) -> int:
        if flags & os.O_CREAT and Path(path).name == name and str(path).startswith(str(payroll.folder)):
            raise OSError("No space left on device")
        return open_file(path, flags, *mode, **options)

    with monkeypatch.context() as patch:
        patch.setattr(os, "open", full)
        with pytest.raises(OSError, match="No space left"):
            payroll.close()
    assert payroll.state() == before
    assert payroll.close()["version"] == 2


@pytest.mark.slow
def test_texts_with_other_separators_of_lines_are_frozen_and_read_back(payroll: Any, sandbox: Sandbox) -> None:
    user: Any = sandbox.company.user_at(8)
    text = "a\u2028b\u2029c\u0085d\x0b"
    sandbox.control("POST", "users", {"user_id": user.id, "fields": {"LastName": text}})
    sandbox.control("POST", "absences", {"action": "add", "user_id": user.id, "date": "2026-10-06", "comment": text})
    first = payroll.close()
    assert payroll.close() == {**first, "changed": False}
    content = (Path(first["manifest_path"]).with_name("people.jsonl")).read_bytes()
    rows = [json.loads(line) for line in content.decode().removesuffix("\n").split("\n")]
    assert {row["last_name"] for row in rows if row["user_id"] == user.id} == {text}
    assert payroll.export(first)["lines"] > 0


def test_a_version_can_be_read_by_its_user_only(payroll: Any) -> None:
    close = payroll.close()
    payroll.export(close)
    modes = {path.name: path.stat().st_mode & 0o777 for path in payroll.folder.rglob("*") if path.is_file()}
    assert {"timesheets.jsonl", "manifest.json", "000001.json", "people-1.jsonl", "pay.csv"} <= set(modes)
    assert "pay.csv.manifest.json" in modes
    assert set(modes.values()) == {0o600}


@pytest.mark.parametrize("status", [403, 404])
def test_a_list_of_absences_that_is_refused_is_no_month_without_leave(
    status: int, client_of: Callable[[Sandbox], AllHoursClient], tmp_path: Path
) -> None:
    """Archived users are listed and no employee-day shows leave, so that nothing else tells."""
    september = Period.of_month(2026, 9)
    with Sandbox(employees=75, months=3, clean_ids=True) as sandbox:
        client = client_of(sandbox)
        assert any(user.is_archived for user in client.users())
        for absence in client.absences(september.date_from, september.date_to):
            sandbox.control("POST", "absences", {"action": "remove", "id": absence.id})
        sandbox.fault("status", route="absences", status=status, times=50)
        with pytest.raises(errors.AllHoursResponseError, match=str(status)):
            close_period(client, period=september, path=tmp_path, timezone="Europe/Ljubljana", on_invalid="warn")
        assert not list(tmp_path.rglob("*.jsonl"))
