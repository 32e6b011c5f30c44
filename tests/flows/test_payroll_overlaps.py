# SPDX-License-Identifier: Apache-2.0
"""Other periods, groups, paths and folders: no person-day is paid twice, and the refusal names it."""

from __future__ import annotations

import json
import shutil
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from airflow_provider_allhours.client import errors
from airflow_provider_allhours.flows.release_void import void_release
from airflow_provider_allhours.periods import Period
from airflow_provider_allhours.sandbox.server import Sandbox
from tests.helpers import PAYROLL_COMPANY

pytestmark = pytest.mark.slow

OCTOBER = Period.of_month(2026, 10)
SEPTEMBER = Period.of_month(2026, 9)
WEEK = Period(date(2026, 10, 5), date(2026, 10, 11))
ENDING_25 = Period(date(2026, 9, 26), date(2026, 10, 25))


@pytest.fixture
def allhours_sandbox_options() -> dict[str, Any]:
    return PAYROLL_COMPANY


def ids(sandbox: Sandbox, *indexes: int) -> list[str]:
    return [str(sandbox.company.user_at(index).custom_id) for index in indexes]  # type: ignore[union-attr]  # they exist


def refused(payroll: Any, match: str, *arguments: Any, **options: Any) -> None:
    before = payroll.state()
    for release in (True, False):
        with pytest.raises(errors.AllHoursConflictError, match=match):
            payroll.export(*arguments, release=release, **options)
    assert payroll.state() == before


@pytest.mark.parametrize(
    ("first", "second", "day"),
    [
        (OCTOBER, WEEK, "2026-10-05"),
        (WEEK, OCTOBER, "2026-10-05"),
        (OCTOBER, ENDING_25, "2026-10-01"),
        (ENDING_25, OCTOBER, "2026-10-01"),
    ],
)
def test_periods_that_share_days(payroll: Any, first: Period, second: Period, day: str) -> None:
    paid = payroll.export(payroll.close(first), "first.csv")
    match = rf"1002\b.* for {day} with {first} by {paid['path']}, release 1"
    refused(payroll, match, payroll.close(second), "second.csv")


def test_periods_that_share_no_day(payroll: Any) -> None:
    for number, period in enumerate((WEEK, Period(date(2026, 10, 12), date(2026, 10, 18)), SEPTEMBER)):
        payroll.export(payroll.close(period), f"{number}.csv")
    assert len(payroll.releases()) == 3


def test_groups_of_one_version(payroll: Any, sandbox: Sandbox) -> None:
    one, both, other = ids(sandbox, 8, 9, 10)
    close = payroll.close()
    payroll.export(close, "one.csv", employees=[one, both])
    refused(payroll, rf"employee id {both}\b", close, "other.csv", employees=[both, other])
    payroll.export(close, "other.csv", employees=[other])
    refused(payroll, rf"employee id {other}\b", close, "all.csv", exclude={one: "paid", both: "paid"})
    excluded = {one: "paid", both: "paid", other: "paid"}
    rest = payroll.export(close, "rest.csv", exclude=excluded)
    assert not {line["employee_id"] for line in payroll.lines("rest.csv")} & {one, both, other}
    everybody = payroll.beside("everybody")
    whole = everybody.export(everybody.close())
    paid = [line for name in ("one.csv", "other.csv", "rest.csv") for line in payroll.lines(name)]
    assert sorted(map(str, paid)) == sorted(map(str, everybody.lines()))
    assert rest["lines"] < whole["lines"]


def test_a_correction_of_everybody_pays_each_group_its_difference(payroll: Any, sandbox: Sandbox) -> None:
    one, other = ids(sandbox, 8, 9)
    close = payroll.close()
    payroll.export(close, "one.csv", employees=[one])
    payroll.export(close, "other.csv", employees=[other])
    payroll.correct(sandbox, 8, "2026-10-14", "20:00")
    second = payroll.close()
    late = payroll.export(second, "late.csv", delta=True, employees=[one, other])
    assert {line["employee_id"] for line in payroll.lines("late.csv")} == {one}
    assert late["periods"][0]["baseline"] == 1
    third = payroll.export(second, "rest.csv", delta=True)
    assert one not in {line["employee_id"] for line in payroll.lines("rest.csv")}
    assert third["employees"] > 5


def test_somebody_who_changed_the_group_within_a_month(payroll: Any, sandbox: Sandbox) -> None:
    """Paid by the week until the 11th, then by the month: the whole month is refused, and the exclusion is kept."""
    user, number = sandbox.company.user_at(8), ids(sandbox, 8)[0]
    assert user is not None
    fields = {"CustomField3": "weekly"}
    sandbox.control("POST", "users", {"user_id": user.id, "fields": fields})
    payroll.export(payroll.close(WEEK), "week.csv", employees={"custom_field3": ["weekly"]})
    sandbox.control("POST", "users", {"user_id": user.id, "fields": {"CustomField3": "monthly"}})
    close = payroll.close()
    refused(payroll, rf"employee id {number}\): {number} for 2026-10-05 with {WEEK}", close, "month.csv")
    payroll.export(close, "month.csv", exclude={number: "paid by the week until the 11th"})


def test_another_period_at_the_path_of_a_released_file(payroll: Any) -> None:
    paid = payroll.export(payroll.close(SEPTEMBER))
    october = payroll.close()
    refused(payroll, rf"pay.csv was released for version 1 of {SEPTEMBER}; another file takes another path", october)
    for name in ("sub/../pay.csv", "link.csv"):
        (payroll.folder / "sub").mkdir(exist_ok=True)
        if name == "link.csv":
            (payroll.folder / name).symlink_to(payroll.folder / "pay.csv")
        refused(payroll, "another file takes another path", october, name)
    void_release(release=paid["manifest_path"], reason="never imported")
    assert payroll.export(october)["periods"][0]["period"] == OCTOBER.to_json()


def test_a_released_file_of_another_folder_is_not_overwritten(payroll: Any) -> None:
    payroll.export(payroll.close())
    other = payroll.beside("other")
    close = other.close()
    with pytest.raises(errors.AllHoursConflictError, match=r"is a payroll file that was released from .*/periods"):
        other.export(close, "../pay.csv")
    other.export(close, "pay.csv", release=False)
    other.export(close, "pay.csv")


def test_an_older_version_after_a_newer_one(payroll: Any, sandbox: Sandbox) -> None:
    first = payroll.close()
    number = payroll.correct(sandbox)
    second = payroll.close()
    payroll.export(second, "second.csv", employees=[number])
    refused(payroll, "version 2 of .* was released, and 1 is older", first, "first.csv", employees=[number])
    refused(payroll, "version 2 of .* was released, and 1 is older", first, "first.csv", employees=[number], delta=True)
    other = payroll.export(first, "first.csv", exclude={number: "paid"})
    assert number not in {line["employee_id"] for line in payroll.lines("first.csv")}
    assert other["released"] is True


def test_an_older_version_as_a_correction(payroll: Any, sandbox: Sandbox) -> None:
    first = payroll.close(SEPTEMBER)
    payroll.export(first, "september.csv")
    payroll.correct(sandbox, 8, "2026-09-16", "20:00")
    second = payroll.close(SEPTEMBER)
    payroll.export(second, "late.csv", delta=True)
    refused(
        payroll, "version 2 of .* was released, and 1 is older", payroll.close(), "october.csv", corrections=[first]
    )


def test_a_second_correction_counts_from_the_first(payroll: Any, sandbox: Sandbox) -> None:
    minutes = {**payroll.hours, "lines": [{**payroll.hours["lines"][0], "unit": "minutes"}]}
    september = payroll.export(payroll.close(SEPTEMBER), "september.csv", mapping=minutes)
    printed = []
    for name, end, period in (("october.csv", "20:00", OCTOBER), ("late.csv", "21:00", None)):
        employee = payroll.correct(sandbox, 8, "2026-09-16", end)
        again = payroll.close(SEPTEMBER)
        if period is None:
            payroll.export(again, name, mapping=minutes, delta=True)
        else:
            payroll.export(payroll.close(period), name, mapping=minutes, corrections=[again])
        printed += [
            int(line["quantity"])
            for line in payroll.lines(name)
            if (line["employee_id"], line["period_from"]) == (employee, "2026-09-01")
        ]
    assert len(printed) == 2
    assert printed[1] == 60, "one hour more, not the difference to the first release"
    truth = payroll.beside("truth")
    truth.export(truth.close(SEPTEMBER), mapping=minutes)
    first = {line["employee_id"]: int(line["quantity"]) for line in payroll.lines("september.csv")}
    last = {line["employee_id"]: int(line["quantity"]) for line in truth.lines()}
    assert last[employee] == first[employee] + sum(printed)
    assert september["released"]


def test_a_user_who_was_made_anew(payroll: Any, sandbox: Sandbox) -> None:
    """The old account is gone, the new one has its number: with keep, that number would be paid twice."""
    payroll.export(payroll.close())
    number = ids(sandbox, 8)[0]
    old, new = sandbox.company.user_at(8), sandbox.company.user_at(3)
    assert old is not None
    assert new is not None
    sandbox.control("POST", "users", {"user_id": old.id, "fields": {"IsTimeAttendanceUser": False, "CustomId": "x"}})
    sandbox.control("POST", "users", {"user_id": new.id, "fields": {"CustomId": number}})
    close = payroll.close(max_changed_share=1)
    options = {"delta": True, "on_renumbered": "move"}
    refused(payroll, rf"employee id {number}\b", close, "late.csv", on_removed="keep", **options)
    payroll.export(close, "late.csv", on_removed="pay", **options)


def test_the_registry_is_found_by_any_form_of_the_path(payroll: Any) -> None:
    close = payroll.close()
    payroll.export(close)
    forms = [
        payroll.folder.as_uri() + "/periods/2026-10-01_2026-10-31/v0001/manifest.json",
        str(payroll.folder / "periods/../periods/2026-10-01_2026-10-31/v0001/manifest.json"),
    ]
    (payroll.folder / "also").symlink_to(payroll.folder / "periods")
    forms.append(str(payroll.folder / "also/2026-10-01_2026-10-31/v0001/manifest.json"))
    for form in forms:
        with pytest.raises(errors.AllHoursConflictError, match="nothing is released twice"):
            payroll.export(form, "again.csv")
    assert len(payroll.releases()) == 1


def test_a_folder_that_was_moved_knows_what_was_paid(payroll: Any) -> None:
    payroll.export(payroll.close())
    moved = payroll.folder / "moved"
    shutil.move(payroll.folder / "periods", moved)
    manifest = moved / "2026-10-01_2026-10-31/v0001/manifest.json"
    with pytest.raises(errors.AllHoursConflictError, match="nothing is released twice"):
        payroll.export(str(manifest), "again.csv")
    assert json.loads(Path(payroll.folder / "pay.csv.manifest.json").read_text())["preview"] is False
