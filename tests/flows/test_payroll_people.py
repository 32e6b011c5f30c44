# SPDX-License-Identifier: Apache-2.0
"""Files for some of the people, people who are gone or renumbered, and what the manifest says of rounding."""

from __future__ import annotations

import json
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


def rename(sandbox: Sandbox, index: int, number: str | None) -> tuple[str, str]:
    """Give somebody another number; returns the user id and the number of before."""
    user: Any = sandbox.company.user_at(index)
    sandbox.control("POST", "users", {"user_id": user.id, "fields": {"CustomId": number}})
    return str(user.id), str(user.custom_id)


def manifest_of(result: Any) -> Any:
    return json.loads(Path(result["manifest_path"]).read_text())


def test_people_who_cannot_be_paid_are_left_out_with_a_reason_or_merged(payroll: Any, sandbox: Sandbox) -> None:
    external, number = rename(sandbox, 3, None)
    rename(sandbox, 4, "77")
    rename(sandbox, 8, "77")
    close = payroll.close()
    with pytest.raises(errors.AllHoursPreflightError) as caught:
        payroll.export(close)
    assert len(caught.value.problems) == 2
    exclude = {external: "external", "77": "paid by hand"}
    left_out = payroll.beside("left_out")
    result = left_out.export(close, exclude=exclude)
    ids = {line["employee_id"] for line in left_out.lines()}
    assert ids.isdisjoint({"", "77", number})
    assert result["employees"] == len(ids) > 5
    assert manifest_of(result)["options"]["exclude"] == exclude


def test_users_with_one_number_are_one_person(payroll: Any, sandbox: Sandbox) -> None:
    before = dict.fromkeys(("1000", "1100"), 0.0)
    payroll.export(payroll.close(), "before.csv", mapping=payroll.hours)
    numbers = [rename(sandbox, index, "77")[1] for index in (4, 8)]
    for line in payroll.lines("before.csv"):
        if line["employee_id"] in numbers:
            before[line["pay_code"]] += float(line["quantity"])
    again = payroll.beside("again")
    result = again.export(again.close(), mapping=payroll.hours, merge_employee_ids=True)
    own = [line for line in again.lines() if line["employee_id"] == "77"]
    assert sorted(line["pay_code"] for line in own) == ["1000", "1100"]
    for line in own:
        assert float(line["quantity"]) == pytest.approx(before[line["pay_code"]], abs=0.011)
    assert result["released"] is True


def test_a_file_for_some_employees(payroll: Any, sandbox: Sandbox) -> None:
    numbers = sorted(str(sandbox.company.user_at(index).custom_id) for index in (8, 9))
    close = payroll.close()
    with pytest.raises(errors.AllHoursPreflightError, match="'employees' names 1 employee ids that nobody has: 99999"):
        payroll.export(close, employees=[*numbers, "99999"])
    with pytest.raises(errors.AllHoursPreflightError, match="'employees' selects nobody"):
        payroll.export(close, employees={"custom_field3": ["hourlyy"]})
    payroll.export(close, employees=numbers)
    assert sorted({line["employee_id"] for line in payroll.lines()}) == numbers


def test_a_copy_in_another_layout_for_other_people_is_no_copy(payroll: Any, sandbox: Sandbox) -> None:
    """It is a release of its own, and known at the next correction."""
    one, other = (str(sandbox.company.user_at(index).custom_id) for index in (8, 9))
    close = payroll.close()
    payroll.export(close, mapping=payroll.hours, employees=[one])
    payroll.export(
        close, "other.txt", mapping=payroll.hours, profile="datev-lug", profile_options=LUG, employees=[other]
    )
    payroll.export(close, "lug.txt", mapping=payroll.hours, profile="datev-lug", profile_options=LUG, employees=[one])
    assert (payroll.folder / "lug.txt").read_text().count(f"{one};") == len(payroll.lines())
    assert [record["kind"] for record in payroll.records()][::2] == ["release", "release", "copy"]
    with pytest.raises(errors.AllHoursConflictError, match=f"employee id {other}.* by .*other.txt, release 3"):
        payroll.export(
            close, "again.csv", mapping=payroll.hours, profile="datev-lug", profile_options=LUG, employees=[other]
        )


def test_another_number_is_asked_about_once(payroll: Any, sandbox: Sandbox) -> None:
    payroll.export(payroll.close())
    _, old = rename(sandbox, 8, "888")
    second = payroll.close()
    with pytest.raises(errors.AllHoursPreflightError, match=f"paid under another employee id .{old} is now 888"):
        payroll.export(second, "late.csv", delta=True)
    payroll.export(second, "late.csv", delta=True, on_renumbered="keep")
    assert payroll.lines("late.csv") == []
    payroll.correct(sandbox, 8, "2026-10-14", "20:00")
    payroll.export(payroll.close(), "later.csv", delta=True)
    assert {line["employee_id"] for line in payroll.lines("later.csv")} == {"888"}


def test_somebody_who_is_gone_is_asked_about(payroll: Any, sandbox: Sandbox) -> None:
    payroll.export(payroll.close())
    user: Any = sandbox.company.user_at(8)
    sandbox.control("POST", "users", {"user_id": user.id, "fields": {"IsTimeAttendanceUser": False}})
    second = payroll.close()
    gone = f"1 people were paid and are no longer in the roster .employee id {user.custom_id}"
    with pytest.raises(errors.AllHoursPreflightError, match=gone):
        payroll.export(second, "late.csv", delta=True)
    payroll.export(second, "late.csv", delta=True, on_removed="pay")
    assert {line["employee_id"] for line in payroll.lines("late.csv")} == {user.custom_id}
    assert all(line["quantity"].startswith("-") for line in payroll.lines("late.csv"))


def test_the_manifest_shows_exact_minutes_and_what_rounding_added(payroll: Any) -> None:
    close = payroll.close()
    result = payroll.export(close, mapping=payroll.hours)
    assert result["exact_minutes"] == {
        "1000": close["totals"]["paid_presence_minutes"],
        "1100": close["totals"]["overtime_minutes"],
    }
    manifest = manifest_of(result)
    for code, exact in result["exact_minutes"].items():
        printed = sum(round(float(line["quantity"]) * 100) for line in payroll.lines() if line["pay_code"] == code)
        assert result["totals"][code] == printed / 100
        assert manifest["rounding_differences"][code] == pytest.approx(printed * 0.6 - exact, abs=0.006)
    assert [warning.partition(",")[0] for warning in manifest["warnings"]] == [
        "the mapping pays paid_presence_minutes and overtime_minutes"
    ]


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"rounding": "up"}, "'rounding' is 'up'; it takes line, person or down"),
        ({"on_removed": "move"}, "'on_removed' is 'move'; it takes fail, pay or keep"),
        ({"on_renumbered": "pay"}, "'on_renumbered' is 'pay'; it takes fail, move or keep"),
        ({"accounting_month": "10/2026"}, "'accounting_month' is '10/2026'; it takes a month"),
        ({"accounting_month": "2026-10"}, "'accounting_month' is '2026-10', and this layout has no such month"),
        ({"employees": []}, "'employees' names nobody"),
        ({"exclude": {"1": ""}}, "'exclude' gives no reason for 1"),
    ],
)
def test_wrong_parameters_are_refused(payroll: Any, options: dict[str, Any], message: str) -> None:
    with pytest.raises(errors.AllHoursParameterError, match=message):
        payroll.export("/nowhere/manifest.json", **options)
