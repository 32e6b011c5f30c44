# SPDX-License-Identifier: Apache-2.0
"""Close a period: the same data makes one version, changed data the next one, wrong data none."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from airflow_provider_allhours.client import errors
from airflow_provider_allhours.sandbox.server import Sandbox


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


def test_two_people_of_a_small_company_are_no_mass(payroll: Any, sandbox: Sandbox) -> None:
    payroll.close()
    payroll.correct(sandbox, 8)
    payroll.correct(sandbox, 9)
    assert payroll.close(max_changed_share=0.0)["version"] == 2


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
