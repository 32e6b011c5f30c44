# SPDX-License-Identifier: Apache-2.0
"""A close of an account that changes: one moment or none, the right version to compare with, one version per race."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from airflow_provider_allhours.client import AllHoursClient, ClientConfig, errors
from airflow_provider_allhours.flows import period_snapshot
from airflow_provider_allhours.flows.period_close import close_period
from airflow_provider_allhours.flows.versions import open_close
from airflow_provider_allhours.periods import Period
from airflow_provider_allhours.sandbox.server import Sandbox
from tests.helpers import PAYROLL_COMPANY
from tests.racing import fresh_processes

OCTOBER = Period.of_month(2026, 10)
FOREVER = Period.of_month(2199, 1)


@pytest.fixture
def allhours_sandbox_options() -> dict[str, Any]:
    return PAYROLL_COMPANY


def test_leave_that_is_approved_while_the_days_are_read_stands_in_both(payroll: Any, sandbox: Sandbox) -> None:
    user = sandbox.company.user_at(8).id
    leave = sandbox.control("POST", "absences", {"action": "add", "user_id": user, "date": "2026-10-20"})

    def approve(done: int, total: int) -> None:
        if done == total:
            sandbox.control("POST", "absences", {"action": "approve", "id": leave["Id"]})

    version = open_close(payroll.close(on_progress=approve)["manifest_path"])
    (records,) = [records for records in version.people() if records.person.user_id == user]
    (day,) = [day for day in records.days if day.date.isoformat() == "2026-10-20"]
    assert [absence.is_booked for absence in records.absences if absence.absence_id == leave["Id"]] == [True]
    assert (day.paid_presence_minutes, bool(day.paid_absence_minutes)) == (0, True)


def test_another_employee_id_makes_a_new_version(payroll: Any, sandbox: Sandbox) -> None:
    payroll.close()
    sandbox.control("POST", "users", {"user_id": sandbox.company.user_at(8).id, "fields": {"CustomId": "9001"}})
    assert payroll.close()["version"] == 2


def test_a_period_that_is_not_over_is_refused(payroll: Any, sandbox: Sandbox) -> None:
    with pytest.raises(errors.AllHoursParameterError, match="is not over in Europe/Ljubljana"):
        payroll.close(FOREVER)
    assert payroll.state() == {}


def test_only_some_employees_are_frozen(payroll: Any) -> None:
    close = payroll.close(employees=["1008", "1009"])
    people = [records.person.employee_id for records in open_close(close["manifest_path"]).people()]
    assert (sorted(people), close["employees"], close["provisional"]) == (["1008", "1009"], 2, False)
    assert payroll.close()["version"] == 2
    assert payroll.close(employees=["1009", "1008"]) == {**close, "changed": False}


def test_neither_mail_nor_comment_is_frozen(payroll: Any, sandbox: Sandbox) -> None:
    user = sandbox.company.user_at(8).id
    body = {"action": "add", "user_id": user, "date": "2026-10-06", "comment": "flu at home"}
    sandbox.control("POST", "absences", body)
    payroll.close()
    for content in payroll.state().values():
        assert b"flu at home" not in content
        assert b"sandbox.example" not in content


def close_once(config: ClientConfig, path: str, results: Any) -> None:
    with AllHoursClient(config) as client:
        results.put(close_period(client, period=OCTOBER, path=path, timezone="Europe/Ljubljana"))


@pytest.mark.slow
def test_closes_at_once_make_one_version(sandbox: Sandbox, tmp_path: Path) -> None:
    config = ClientConfig(sandbox.url, sandbox.client_id, sandbox.client_secret, auth_url=sandbox.token_url)
    context = fresh_processes()
    results = context.Queue()
    runs = [context.Process(target=close_once, args=(config, str(tmp_path), results)) for _ in range(3)]
    for run in runs:
        run.start()
    closes = [results.get(timeout=120) for _ in runs]
    for run in runs:
        run.join()
    assert sorted(close["changed"] for close in closes) == [False, False, True]
    assert {close["version"] for close in closes} == {1}
    version = open_close(closes[0]["manifest_path"])
    assert len(list(version.people())) == json.loads(Path(closes[0]["manifest_path"]).read_text())["employees"]


def test_an_account_that_never_comes_to_rest_is_given_up_after_some_readings(
    payroll: Any, sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    looks = 0
    take = period_snapshot.PeriodReader._take_look

    def take_and_change(reader: Any) -> Any:
        nonlocal looks
        looks += 1
        body = {"user_id": sandbox.company.user_at(8).id, "fields": {"CustomId": f"9{looks}"}}
        sandbox.control("POST", "users", body)
        return take(reader)

    monkeypatch.setattr(period_snapshot.PeriodReader, "_take_look", take_and_change)
    with pytest.raises(errors.AllHoursIncompleteError, match="changed during each of 5 readings"):
        payroll.close()
    assert looks == 6
    assert payroll.state() == {}


@pytest.mark.parametrize("change", [{"IsTimeAttendanceUser": False}, {"CustomId": "9001"}], ids=["gone", "changed"])
def test_days_that_were_missing_of_somebody_who_changed_meanwhile_are_no_error(
    payroll: Any, sandbox: Sandbox, change: dict[str, Any]
) -> None:
    user: Any = sandbox.company.user_at(8)
    sandbox.fault("missing_day", route="daily_calculations", match=user.id, date="2026-10-14")

    def mend(done: int, total: int) -> None:
        if done == total:
            sandbox.clear_faults()
            sandbox.control("POST", "users", {"user_id": user.id, "fields": change})

    close = payroll.close(on_progress=mend)
    people = {one.person.user_id: one for one in open_close(close["manifest_path"]).people()}
    assert (user.id in people) is ("CustomId" in change)
    assert all(len(one.days) == 31 for one in people.values() if one.person.date_from.day == 1)
