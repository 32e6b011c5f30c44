# SPDX-License-Identifier: Apache-2.0
"""The text for the person who approves a payroll file."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from airflow_provider_allhours.client import errors
from airflow_provider_allhours.flows.payroll_summary import summarize_payroll
from airflow_provider_allhours.periods import Period
from airflow_provider_allhours.sandbox.server import Sandbox
from tests.helpers import PAYROLL_COMPANY

SEPTEMBER = Period.of_month(2026, 9)


@pytest.fixture
def allhours_sandbox_options() -> dict[str, Any]:
    return PAYROLL_COMPANY


def test_a_first_month_has_nothing_beside_it(payroll: Any) -> None:
    preview = payroll.export(payroll.close(), release=False, exclude={"1009": "paid by hand"})
    lines = summarize_payroll(manifest=preview["manifest_path"]).splitlines()
    assert lines[0] == (
        f"Preview: 2026-10-01 to 2026-10-31, version 1: {preview['employees']} employees, {preview['lines']} lines"
    )
    assert lines[2:4] == ["| pay code | what | total | per employee |", "| --- | --- | ---: | ---: |"]
    hours = preview["totals"]["1000"]
    assert f"| 1000 | Paid presence (hours) | {hours:,.2f} | {hours / preview['employees']:,.2f} |" in lines
    assert hours > 1000
    assert [line for line in lines if line.startswith("| 2000 | Annual leave (days) | ")]
    assert "- Not paid: 1009 (paid by hand)" in lines
    assert lines[-2:] == [f"- File: `{preview['path']}`", f"- SHA-256: `{preview['sha256']}`"]


@pytest.mark.slow
def test_a_month_stands_beside_the_month_before(payroll: Any, sandbox: Sandbox) -> None:
    september = payroll.export(payroll.close(SEPTEMBER), "september.csv")
    group = payroll.beside("group")
    group.export(group.close(SEPTEMBER), "september.csv", employees=["1009"])
    payroll.correct(sandbox, 8, "2026-09-16", "20:00")
    october = payroll.close()
    paid = payroll.export(october, "october.csv", corrections=[payroll.close(SEPTEMBER)])
    lines = summarize_payroll(manifest=paid["manifest_path"]).splitlines()
    assert lines[0].startswith("Released: 2026-10-01 to 2026-10-31, version 1: ")
    assert lines[2] == "| pay code | what | total | per employee | 2026-09-01 to 2026-09-30 | difference |"
    now, then = paid["totals"]["1000"], september["totals"]["1000"]
    beside = f"| {then:,.2f} | {round(now - then, 2):+,.2f} |"
    assert [
        line for line in lines if line.startswith(f"| 1000 | Paid presence (hours) | {now:,.2f} | ") and beside in line
    ]
    parts = json.loads(Path(paid["manifest_path"]).read_text())["periods"]
    assert parts[1]["employees"] == 1
    correction = f"- Correction of 2026-09-01 to 2026-09-30: {parts[1]['lines']} lines of 1 employee, "
    assert f"{correction}version 2 against version 1" in lines
    text = "\n".join(lines)
    assert "@" not in text
    user: Any = sandbox.company.user_at(8)
    assert user.last_name not in text


@pytest.mark.slow
def test_a_pay_code_of_the_month_before_is_not_left_out(payroll: Any) -> None:
    lines = [{**line, "pay_code": line["pay_code"].replace("2000", "2999")} for line in payroll.mapping["lines"]]
    september = payroll.export(payroll.close(SEPTEMBER), "september.csv", mapping={**payroll.mapping, "lines": lines})
    october = payroll.export(payroll.close(), "october.csv")
    days = september["totals"]["2999"]
    assert days > 0
    assert "2999" not in october["totals"]
    text = summarize_payroll(manifest=october["manifest_path"])
    assert f"| 2999 | Annual leave (days) | 0.00 | 0.00 | {days:,.2f} | -{days:,.2f} |" in text
    assert text.count("| 2999 |") == text.count("| 2000 |") == 1


def test_a_group_is_not_compared_with_everybody(payroll: Any) -> None:
    payroll.export(payroll.close(SEPTEMBER), "september.csv", employees=["1009"])
    preview = payroll.export(payroll.close(), release=False)
    assert "difference" not in summarize_payroll(manifest=preview["manifest_path"])
    with pytest.raises(errors.AllHoursParameterError, match="not the manifest of a payroll file"):
        summarize_payroll(manifest=preview["path"])
