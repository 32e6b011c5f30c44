# SPDX-License-Identifier: Apache-2.0
"""The life of a release: preview, approval, release, confirmation, void, adoption, purge, replay."""

from __future__ import annotations

import json
import re
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from airflow_provider_allhours.client import errors
from airflow_provider_allhours.flows.period_adoption import adopt_period
from airflow_provider_allhours.flows.period_listing import list_periods
from airflow_provider_allhours.flows.period_purge import purge_periods
from airflow_provider_allhours.flows.reconciliation import reconcile
from airflow_provider_allhours.flows.release_approval import Approval
from airflow_provider_allhours.flows.release_replay import replay_release
from airflow_provider_allhours.flows.release_void import void_release
from airflow_provider_allhours.periods import Period
from airflow_provider_allhours.sandbox.server import Sandbox
from tests.helpers import PAYROLL_COMPANY, employee_at

OCTOBER = Period.of_month(2026, 10)
SEPTEMBER = Period.of_month(2026, 9)


@pytest.fixture
def allhours_sandbox_options() -> dict[str, Any]:
    return PAYROLL_COMPANY


def sums(payroll: Any, *names: str) -> dict[tuple[str, str, str], int]:
    """Hundredths printed by employee id, pay code and unit."""
    total: dict[tuple[str, str, str], int] = {}
    for name in names:
        for line in payroll.lines(name):
            key = line["employee_id"], line["pay_code"], line["unit"]
            total[key] = total.get(key, 0) + round(float(line["quantity"]) * 100)
    return {key: value for key, value in total.items() if value}


def test_a_preview_is_the_file_and_records_nothing(payroll: Any) -> None:
    close = payroll.close()
    preview = payroll.export(close, "preview.csv", release=False)
    manifest = json.loads(Path(preview["manifest_path"]).read_text())
    assert (preview["released"], manifest["preview"], manifest["folder"]) == (False, True, None)
    assert payroll.records() == []
    assert payroll.export(close, "preview.csv", release=False) == preview
    approval = Approval(preview["sha256"], "Approver", "2026-11-03T09:00:00Z")
    paid = payroll.export(close, approval=approval)
    assert (payroll.folder / "pay.csv").read_bytes() == (payroll.folder / "preview.csv").read_bytes()
    assert (paid["released"], paid["sha256"]) == (True, preview["sha256"])
    assert json.loads(Path(paid["manifest_path"]).read_text())["preview"] is False
    (release,) = payroll.releases()
    assert (release["approved_by"], release["approved_at"]) == ("Approver", "2026-11-03T09:00:00Z")


def test_a_preview_may_become_the_release_at_the_same_path(payroll: Any) -> None:
    close = payroll.close()
    preview = payroll.export(close, release=False)
    paid = payroll.export(close, approval=Approval(preview["sha256"]))
    before = payroll.state()
    assert payroll.export(close, release=False) == paid, "the released file stays what it is"
    assert payroll.export(close, "preview.csv", release=False)["released"] is False
    assert {name: payroll.state()[name] for name in before} == before


def test_another_file_than_the_approved_one_is_refused(payroll: Any, sandbox: Sandbox) -> None:
    preview = payroll.export(payroll.close(), "preview.csv", release=False)
    payroll.correct(sandbox)
    close = payroll.close()
    before = payroll.state()
    with pytest.raises(
        errors.AllHoursConflictError, match=f"approved payroll file has the SHA-256 {preview['sha256']}"
    ):
        payroll.export(close, approval=Approval(preview["sha256"]))
    assert payroll.state() == before
    with pytest.raises(errors.AllHoursParameterError, match="'approved_sha256' is 'yes'; it takes the sha256"):
        Approval("yes")


@pytest.mark.parametrize(
    ("approval", "message"),
    [
        (Approval(four_eyes=True), "'approved_by' is empty"),
        (Approval(by=" ", four_eyes=True), "'approved_by' is empty"),
        (Approval(by="Ada", four_eyes=True, triggered_by="ada "), "'approved_by' is who triggered this run"),
    ],
)
def test_four_eyes_are_two_people(payroll: Any, approval: Approval, message: str) -> None:
    close = payroll.close()
    with pytest.raises(errors.AllHoursConflictError, match=message):
        payroll.export(close, approval=approval)
    assert payroll.records() == []
    payroll.export(close, approval=Approval(by="Ada", four_eyes=True, triggered_by="Eva"))


def test_a_void_release_is_paid_again(payroll: Any) -> None:
    close = payroll.close()
    first = payroll.export(close)
    voided = void_release(release=first["manifest_path"], reason="wrong mapping", approved_by="Ada")
    assert voided == {"release": 1, "periods": [OCTOBER.to_json()], "changed": True, "removed": []}
    assert Path(first["path"]).exists()
    assert void_release(release=first["manifest_path"], reason="again")["changed"] is False
    (record,) = [record for record in payroll.records() if record["kind"] == "void"]
    assert (record["reason"], record["sha256"], record["approved_by"]) == ("wrong mapping", first["sha256"], "Ada")
    again = payroll.export(close, "again.csv", mapping=payroll.hours)
    assert again["lines"] > 0
    with pytest.raises(errors.AllHoursConflictError, match=r"by .*again.csv, release 4"):
        payroll.export(close, "third.csv", mapping=payroll.hours)
    assert [version["state"] for version in list_periods(payroll.folder / "periods")[0]["releases"]] == [
        "void",
        "released",
    ]


def test_a_void_file_is_removed_and_its_path_is_free(payroll: Any) -> None:
    close = payroll.close()
    first = payroll.export(close)
    removed = void_release(release=first["manifest_path"], reason="x", on_file="remove")["removed"]
    assert removed == [first["path"]]
    assert not Path(first["path"]).exists()
    assert not Path(first["manifest_path"]).exists()
    assert payroll.export(close)["sha256"] == first["sha256"]
    assert [release["file"]["path"] for release in payroll.releases()] == [first["path"]] * 2


def test_a_file_that_was_published_since_is_not_removed(payroll: Any) -> None:
    close = payroll.close()
    first = payroll.export(close)
    old = Path(first["manifest_path"]).read_bytes()
    void_release(release=first["manifest_path"], reason="x")
    second = payroll.export(close)
    kept = payroll.folder / "old.manifest.json"
    kept.write_bytes(old)
    assert void_release(release=kept, reason="x", on_file="remove") == {
        "release": 1,
        "periods": [OCTOBER.to_json()],
        "changed": False,
        "removed": [],
    }
    assert json.loads(Path(second["manifest_path"]).read_text())["sha256"] == second["sha256"]


@pytest.mark.slow
def test_the_next_release_counts_from_the_last_valid_one(payroll: Any, sandbox: Sandbox) -> None:
    """A correction is void, and the next one pays its difference, too; then the base is void, and is paid again."""
    minutes = {**payroll.hours, "lines": [{**line, "unit": "minutes"} for line in payroll.hours["lines"]]}
    first = payroll.export(payroll.close(), "0.csv", mapping=minutes)
    payroll.correct(sandbox, 8, "2026-10-14", "18:00")
    late = payroll.export(payroll.close(), "1.csv", mapping=minutes, delta=True)
    void_release(release=late["manifest_path"], reason="never imported")
    payroll.correct(sandbox, 9, "2026-10-15", "19:00")
    third = payroll.close()
    assert third["changed"]
    payroll.export(third, "2.csv", mapping=minutes, delta=True)
    other = payroll.beside("fresh")
    other.export(other.close(), "truth.csv", mapping=minutes)
    assert sums(payroll, "0.csv", "2.csv") == sums(other, "truth.csv")
    void_release(release=first["manifest_path"], reason="never imported")
    payroll.export(third, "3.csv", mapping=minutes, delta=True)
    assert sums(payroll, "2.csv", "3.csv") == sums(other, "truth.csv")


@pytest.mark.parametrize(
    ("release", "options", "message"),
    [
        ("preview.csv.manifest.json", {}, "which is a preview"),
        ("nowhere.json", {}, "is not the manifest of a payroll file"),
        ("pay.csv", {}, "is not the manifest of a payroll file"),
        ("pay.csv.manifest.json", {"reason": " "}, "'reason' is empty"),
        ("pay.csv.manifest.json", {"on_file": "move"}, "'on_file' is 'move'; it takes keep or remove"),
    ],
)
def test_what_cannot_be_void(payroll: Any, release: str, options: dict[str, Any], message: str) -> None:
    close = payroll.close()
    payroll.export(close, "preview.csv", release=False)
    payroll.export(close)
    before = payroll.state()
    with pytest.raises(errors.AllHoursParameterError, match=message):
        void_release(release=payroll.folder / release, **{"reason": "x", **options})
    assert payroll.state() == before


def test_a_register_that_agrees_confirms_the_release(payroll: Any) -> None:
    close = payroll.close()
    paid = payroll.export(close)
    register = payroll.folder / "register.csv"
    register.write_bytes(Path(paid["path"]).read_bytes().replace(b"0.", b"1.", 1))
    with pytest.raises(errors.AllHoursConflictError, match="the register differs"):
        reconcile(ours=paid["path"], register=register)
    register.write_bytes(Path(paid["path"]).read_bytes())
    reconcile(ours=paid["path"], register=register, confirm=False)
    assert [record["kind"] for record in payroll.records()] == ["release", "published"]
    for _ in range(2):
        reconcile(ours=paid["path"], register=register)
    assert [record["kind"] for record in payroll.records()] == ["release", "published", "confirmed"]
    assert list_periods(payroll.folder / "periods")[0]["releases"][0]["state"] == "confirmed"
    with pytest.raises(errors.AllHoursConflictError, match="was confirmed by a register"):
        void_release(release=paid["manifest_path"], reason="x")


def test_a_register_that_agrees_with_a_void_release_is_loud(payroll: Any) -> None:
    paid = payroll.export(payroll.close())
    void_release(release=paid["manifest_path"], reason="never imported")
    with pytest.raises(errors.AllHoursConflictError, match="release 1 is void, and the register agrees"):
        reconcile(ours=paid["path"], register=paid["path"])


def test_a_file_that_is_no_release_is_compared_and_not_confirmed(
    payroll: Any, caplog: pytest.LogCaptureFixture
) -> None:
    close = payroll.close()
    preview = payroll.export(close, "preview.csv", release=False)
    copied = payroll.folder / "copied.csv"
    copied.write_bytes(Path(preview["path"]).read_bytes())
    for path in (preview["path"], copied):
        assert reconcile(ours=path, register=path)["matching"] > 0
    assert payroll.records() == []
    assert len([message for message in caplog.messages if message.startswith("No release is confirmed")]) == 2


@pytest.mark.slow
def test_an_adopted_period_is_corrected_by_differences(payroll: Any, sandbox: Sandbox) -> None:
    minutes = {**payroll.hours, "lines": [{**line, "unit": "minutes"} for line in payroll.hours["lines"]]}
    elsewhere, fresh = payroll.beside("elsewhere"), payroll.beside("fresh")
    elsewhere.export(elsewhere.close(), "paid.csv", mapping=minutes)
    close = payroll.close()
    adopted = adopt_period(close=close, reason="paid by the system before")
    assert (adopted["release"], adopted["version"], adopted["changed"]) == (1, 1, True)
    assert adopt_period(close=close, reason="again")["changed"] is False
    with pytest.raises(errors.AllHoursConflictError, match="by what was paid elsewhere, release 1"):
        payroll.export(close)
    employee = payroll.correct(sandbox)
    payroll.export(payroll.close(), "late.csv", mapping=minutes, delta=True)
    assert {line["employee_id"] for line in payroll.lines("late.csv")} == {employee}
    payroll.correct(sandbox, end="19:00")
    payroll.export(payroll.close(), "later.csv", mapping=minutes, delta=True)
    truth = fresh.close()
    fresh.export(truth, "truth.csv", mapping=minutes)
    paid = sums(elsewhere, "paid.csv")
    for key, quantity in sums(payroll, "late.csv", "later.csv").items():
        paid[key] = paid.get(key, 0) + quantity
    assert {key: value for key, value in paid.items() if value} == sums(fresh, "truth.csv")
    assert adopted["employees"] == truth["employees"]


@pytest.mark.parametrize(
    "given", [{"employees": {"custom_field4": ["A"]}}, {"employees": ["5000"]}, {"exclude": {"1": "x"}}]
)
def test_an_adopted_period_is_not_paid_again_to_somebody_who_was_called_otherwise_then(
    payroll: Any, sandbox: Sandbox, given: dict[str, Any]
) -> None:
    """Whom the file pays is decided by the version that is paid, and not by the adopted one."""
    person = employee_at(sandbox, 8)
    sandbox.control("POST", "users", {"user_id": person.id, "fields": {"CustomField4": "B"}})
    adopt_period(close=payroll.close(), reason="paid by the system before")
    fields = {"CustomField4": "A"} if "custom_field4" in str(given) else {"CustomId": "5000"}
    if "exclude" in given:
        given = {"exclude": {person.custom_id: "paid by hand"}}
    sandbox.control("POST", "users", {"user_id": person.id, "fields": fields})
    close = payroll.close()
    if "CustomId" in fields:
        with pytest.raises(
            errors.AllHoursPreflightError, match=r"1 people were paid under another employee id \(.* is now 5000"
        ):
            payroll.export(close, delta=True, **given)
        given["on_renumbered"] = "keep"
    assert payroll.export(close, delta=True, **given)["lines"] == 0


def test_a_number_of_before_in_a_list_of_employees_is_refused(payroll: Any, sandbox: Sandbox) -> None:
    """The person is there under another number, and nobody would be asked about it."""
    number, other = (str(employee_at(sandbox, index).custom_id) for index in (8, 9))
    payroll.export(payroll.close(), employees=[number, other])
    sandbox.control("POST", "users", {"user_id": employee_at(sandbox, 8).id, "fields": {"CustomId": "5000"}})
    with pytest.raises(
        errors.AllHoursPreflightError, match=f"'employees' names 1 employee ids that nobody has: {number}"
    ):
        payroll.export(payroll.close(), "late.csv", delta=True, employees=[number, other])


def test_people_of_another_group_are_not_gone_from_a_close_of_a_group(payroll: Any, sandbox: Sandbox) -> None:
    for index in range(20):
        fields = {"CustomField4": "A" if index < 10 else "B"}
        if (person := sandbox.company.user_at(index)) is not None:
            sandbox.control("POST", "users", {"user_id": person.id, "fields": fields})
    for group in ("A", "B"):
        payroll.export(payroll.close(employees={"custom_field4": [group]}), f"{group}.csv")
    payroll.correct(sandbox, 8)
    close = payroll.close(employees={"custom_field4": ["A"]})
    assert payroll.export(close, "late.csv", delta=True, on_removed="pay")["lines"] > 0
    assert {line["employee_id"] for line in payroll.lines("late.csv")} == {employee_at(sandbox, 8).custom_id}


def test_a_payroll_file_that_was_edited_is_not_confirmed(payroll: Any) -> None:
    paid = payroll.export(payroll.close())
    file = Path(paid["path"])
    file.write_text(file.read_text().replace("1", "9", 1))
    register = payroll.folder / "register.csv"
    register.write_bytes(file.read_bytes())
    with pytest.raises(errors.AllHoursConflictError, match="was changed after it was written, so the register"):
        reconcile(ours=paid["path"], register=register)
    assert [record["kind"] for record in payroll.records()] == ["release", "published"]


def test_a_period_that_was_paid_here_is_not_adopted(payroll: Any) -> None:
    close = payroll.close()
    payroll.export(close)
    with pytest.raises(errors.AllHoursConflictError, match="nothing is released twice"):
        adopt_period(close=close, reason="x")
    with pytest.raises(errors.AllHoursParameterError, match="'reason' is empty"):
        adopt_period(close=close, reason="")


@pytest.mark.slow
def test_purged_periods_cannot_be_paid_again(payroll: Any) -> None:
    september, october = payroll.close(SEPTEMBER), payroll.close()
    payroll.export(september, "september.csv", exclude={"1009": "paid by hand"})
    payroll.export(october, "october.csv")
    periods = payroll.folder / "periods"
    planned = purge_periods(path=periods, before="2026-10-01", dry_run=True)
    before = payroll.state()
    assert (planned["periods"], planned["versions"], planned["dry_run"]) == ([SEPTEMBER.to_json()], 1, True)
    assert payroll.state() == before
    purged = purge_periods(path=periods, before=date(2026, 10, 1))
    assert {**purged, "dry_run": True} == planned
    gone = set(before) - set(payroll.state())
    assert len(gone) == purged["files"]
    assert not (periods / "2026-09-01_2026-09-30").exists()
    kept = b"".join(path.read_bytes() for path in (periods / "registry").glob("*.json"))
    frozen = before["periods/2026-09-01_2026-09-30/v0001/people.jsonl"]
    people = {json.loads(line)["user_id"] for line in frozen.splitlines()}
    assert not any(person.encode() in kept for person in people)
    assert not re.search(rb"\b1009\b", kept), "the number alone, as four digits of a digest are anything"
    (tombstone,) = [record for record in payroll.records() if record["kind"] == "purged"]
    assert tombstone["periods"][0]["period"] == SEPTEMBER.to_json()
    assert tombstone["periods"][0]["releases"] == [1]
    assert set(tombstone["periods"][0]["versions"][0]["files"]) == {"people", "timesheets", "absences", "counters"}
    assert purge_periods(path=periods, before="2026-10-01")["files"] == 0
    again = payroll.close(SEPTEMBER)
    assert again["version"] == 2
    week = payroll.close(Period(date(2026, 9, 28), date(2026, 10, 4)))
    for close in (again, week):
        with pytest.raises(errors.AllHoursConflictError, match=r"which was paid with 2026-09-01/2026-09-30; .* purged"):
            payroll.export(close, "again.csv")
    with pytest.raises(errors.AllHoursConflictError, match="purged"):
        adopt_period(close=again, reason="x")
    assert replay_release(manifest=payroll.folder / "october.csv.manifest.json")["problems"] == []
    assert replay_release(manifest=payroll.folder / "september.csv.manifest.json")["problems"]


@pytest.mark.parametrize("before", ["yesterday", "", None, "2026-13-01"])
def test_a_purge_takes_a_day(payroll: Any, before: Any) -> None:
    with pytest.raises(errors.AllHoursParameterError, match="'before' is .*; it takes a day, YYYY-MM-DD"):
        purge_periods(path=payroll.folder, before=before)


@pytest.mark.slow
def test_a_released_file_can_be_made_again(payroll: Any, sandbox: Sandbox) -> None:
    first = payroll.close()
    paid = payroll.export(first, exclude={"1009": "paid by hand"}, rounding="down")
    payroll.correct(sandbox)
    second = payroll.close()
    late = payroll.export(second, "late.csv", delta=True, exclude={"1009": "paid by hand"}, rounding="down")
    copy = payroll.export(
        second,
        "late.txt",
        delta=True,
        exclude={"1009": "paid by hand"},
        rounding="down",
        profile={"base": "generic-csv", "separator": ";"},
    )
    for result in (paid, late, copy):
        assert replay_release(manifest=result["manifest_path"])["problems"] == []
    void_release(release=paid["manifest_path"], reason="x")
    assert replay_release(manifest=late["manifest_path"])["problems"] == [], "what counted then"
    sheet = Path(first["manifest_path"]).with_name("timesheets.jsonl")
    content = sheet.read_bytes()
    sheet.write_bytes(re.sub(rb'("paid_presence_minutes": ?)4', rb"\g<1>5", content, count=1))
    (problem,) = replay_release(manifest=paid["manifest_path"])["problems"]
    assert "was changed after it was frozen" in problem
    sheet.write_bytes(content)
    file = Path(paid["path"])
    file.write_bytes(file.read_bytes() + b"\n")
    (problem,) = replay_release(manifest=paid["manifest_path"])["problems"]
    assert problem == f"{file} was changed after the release"
    file.unlink()
    assert replay_release(manifest=paid["manifest_path"])["problems"] == [f"{file} is gone"]


@pytest.mark.slow
def test_the_list_of_periods_shows_what_waits(payroll: Any, sandbox: Sandbox) -> None:
    periods = payroll.folder / "periods"
    assert list_periods(periods) == []
    payroll.export(payroll.close(), approval=Approval(by="Ada"))
    payroll.correct(sandbox)
    payroll.close()
    (listed,) = list_periods(periods)
    assert [version["version"] for version in listed["versions"]] == [1, 2]
    assert listed["waiting"] == [2]
    (release,) = listed["releases"]
    assert (release["state"], release["approved_by"], release["file"]) == (
        "released",
        "Ada",
        str(payroll.folder / "pay.csv"),
    )
