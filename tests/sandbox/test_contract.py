# SPDX-License-Identifier: Apache-2.0
"""The sandbox on the wire, read with nothing but requests."""

from __future__ import annotations

import asyncio
import re
import time
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest
import requests

from airflow_provider_allhours.sandbox.server import Sandbox
from tests.helpers import employee_at

GUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")


class Caller:
    """A session with a token."""

    def __init__(self, sandbox: Sandbox) -> None:
        self.sandbox = sandbox
        self.session = requests.Session()
        self.session.headers["Authorization"] = f"Bearer {grant(sandbox).json()['access_token']}"

    def __call__(self, method: str, path: str, **options: Any) -> requests.Response:
        return self.session.request(method, f"{self.sandbox.url}{path}", timeout=60, **options)

    def get(self, path: str, **params: str) -> Any:
        answer = self("GET", f"/api/v1/{path}", params=params)
        assert answer.status_code == 200, answer.text
        return answer.json()

    def someone(self, index: int = 1) -> dict[str, Any]:
        return dict(self.get("Users")[index])

    def days(self, user_id: str, first: str, last: str) -> list[dict[str, Any]]:
        found = self.get(f"UserCalculations/{user_id}", dateFrom=f"{first}T00:00:00", dateTo=f"{last}T00:00:00")
        return list(found["DailyCalculations"])


def grant(sandbox: Sandbox, **changes: Any) -> requests.Response:
    form = {
        "grant_type": "client_credentials",
        "client_id": sandbox.client_id,
        "client_secret": sandbox.client_secret,
        "scope": "api",
        **changes,
    }
    return requests.post(sandbox.token_url, data={k: v for k, v in form.items() if v is not None}, timeout=60)


@pytest.fixture
def call(sandbox: Sandbox) -> Caller:
    return Caller(sandbox)


def draft(call: Caller, day: str = "2026-11-20", **changes: Any) -> dict[str, Any]:
    return {
        "UserId": call.someone()["Id"],
        "AbsenceDefinitionId": call.get("AbsenceDefinitions")[0]["Id"],
        "Timestamp": f"{day}T00:00:00",
        **changes,
    }


# OAuth2


def test_a_token_by_body_and_by_basic(sandbox: Sandbox) -> None:
    answer = grant(sandbox).json()
    assert (answer["token_type"], answer["scope"], answer["expires_in"]) == ("Bearer", "api", 3600)
    basic = requests.post(
        sandbox.token_url,
        data={"grant_type": "client_credentials"},
        auth=(sandbox.client_id, sandbox.client_secret),
        timeout=60,
    )
    assert basic.status_code == 200


@pytest.mark.parametrize(
    ("changes", "error"),
    [
        ({"client_secret": "wrong"}, "invalid_client"),
        ({"client_id": None, "client_secret": None}, "invalid_client"),
        ({"grant_type": "password"}, "unsupported_grant_type"),
        ({"scope": "admin"}, "invalid_scope"),
    ],
)
def test_a_refused_token_request(sandbox: Sandbox, changes: dict[str, Any], error: str) -> None:
    answer = grant(sandbox, **changes)
    assert (answer.status_code, answer.json()) == (400, {"error": error})


def test_tokens_expire_and_are_revoked_on_the_server(
    sandbox: Sandbox, call: Caller, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert call("GET", "/api/v1/Users").status_code == 200
    sandbox.control("POST", "tokens", {})
    assert call("GET", "/api/v1/Users").status_code == 401
    sandbox.set_switches(token_lifetime=1)
    now = time.monotonic()
    monkeypatch.setattr(sandbox.app.account.tokens, "_clock", lambda: now)
    short = Caller(sandbox)
    assert short("GET", "/api/v1/Users").status_code == 200
    monkeypatch.setattr(sandbox.app.account.tokens, "_clock", lambda: now + 1)
    assert short("GET", "/api/v1/Users").status_code == 401
    assert requests.get(f"{sandbox.url}/api/v1/Users", timeout=60).status_code == 401


# Conventions


def test_the_conventions_of_the_vendor(call: Caller) -> None:
    for path in ("Users", "users", "USERS/", "Users?foo=bar&date=2026"):
        users = call.get(path)
        assert isinstance(users, list)
        assert len(users) == 21
    assert all(GUID.fullmatch(user["Id"]) for user in users)
    assert all(name[0].isupper() for name in users[0])
    assert {"CalculationLockDate", "EventLockDate", "CustomField10"} <= set(users[0])
    absences = call.get("Absences")
    assert all(re.fullmatch(r"\d{4}-\d\d-\d\dT00:00:00", absence["Timestamp"]) for absence in absences)
    assert {absence["Status"] for absence in absences} <= {0, 1, 2, 3, 4}
    created = call("POST", "/api/v1/absences", json=draft(call)).json()
    assert re.fullmatch(r"[-\dT:]+\.\d{7}", created["InsertedOn"])


def test_one_record_per_day_and_a_group_per_request(call: Caller) -> None:
    groups: dict[str, set[str]] = {}
    for absence in call.get("Absences"):
        groups.setdefault(absence["GroupId"], set()).add((absence["UserId"], absence["Timestamp"]))
    assert any(len(days) > 1 for days in groups.values())
    assert all(len({user for user, _ in days}) == 1 for days in groups.values())


def test_lists_searches_and_single_records(call: Caller) -> None:
    user = call.someone()
    assert call.get(f"Users/{user['Id']}") == user
    assert user in call.get("users/query", searchTerm=user["LastName"].lower())
    definition = call.get("AbsenceDefinitions")[0]
    assert call.get(f"absencedefinitions/{definition['Id']}") == definition
    absence = call.get("Absences")[0]
    assert call.get(f"Absences/{absence['Id']}") == absence
    assert [kind["Name"] for kind in call.get("ClockingDefinitions")][:2] == ["Arrival", "Departure"]
    assert {kind["Code"] for kind in call.get("CalculationResultTypes")} >= {1, 4, 24, 33}
    root, *units = call.get("OrganizationUnits")
    assert {unit["ParentOrganizationUnitId"] for unit in units} == {root["Id"]}


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/api/v1/Users/nobody", 404),
        ("GET", "/api/v1/UserCalculations/nobody", 404),
        ("GET", "/api/v1/AbsenceDefinitions/none", 404),
        ("DELETE", "/api/v1/Absences/00000000-0000-0000-0000-000000000000", 404),
        ("PUT", "/api/v1/Absences/none", 404),
        ("PUT", "/api/v1/Users/none", 404),
        ("GET", "/api/v1/AbsencesDefinitions", 404),
        ("GET", "/api/v2/Users", 404),
        ("PATCH", "/api/v1/Users", 405),
        ("DELETE", "/api/v1/Users", 405),
        ("GET", "/connect/token", 405),
        ("GET", "/api/v1/Absences?dateFrom=yesterday", 400),
        ("GET", "/api/v1/Absences?dateFrom=0001-01-01T00:00:00", 400),
        ("GET", "/api/v1/Clockings?dateFrom=1900-01-01T00:00:00&dateTo=2100-01-01T00:00:00", 400),
    ],
)
def test_what_is_not_there_or_not_right(call: Caller, method: str, path: str, status: int) -> None:
    answer = call(method, path, json={} if method == "PUT" else None)
    assert answer.status_code == status
    assert answer.json()["error"]


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"UserId": "x"}, "UserId"),
        ({"AbsenceDefinitionId": None}, "AbsenceDefinitionId"),
        ({"Timestamp": None}, "Timestamp is required"),
        ({"Timestamp": "soon"}, "date-time"),
        ({"Timestamp": "0001-01-01T00:00:00"}, "out of range"),
        ({"Timestamp": "9999-12-31T00:00:00"}, "out of range"),
        (
            {"IsPartial": True, "PartialTimeFrom": "2026-11-20T08:00:00", "PartialTimeTo": "2026-11-20T08:00:00"},
            "partial absence needs",
        ),
        ({"IsPartial": True}, "partial absence needs"),
        ({"Origin": "web"}, "Origin is a number"),
    ],
)
def test_a_write_that_is_refused_says_why(call: Caller, changes: dict[str, Any], reason: str) -> None:
    answer = call("POST", "/api/v1/Absences", json={**draft(call), **changes})
    assert answer.status_code == 400
    assert reason in answer.json()["error"]
    assert call("POST", "/api/v1/Absences", data=b"{").status_code == 400


def test_an_absence_lives_and_dies(call: Caller) -> None:
    wanted = draft(call, Comment="x", IsPartial=True)
    wanted |= {"PartialTimeFrom": "2026-11-20T08:00:00.000Z", "PartialTimeTo": "2026-11-20T12:30:00"}
    answer = call("POST", "/api/v1/Absences", json={name[0].lower() + name[1:]: v for name, v in wanted.items()})
    assert answer.status_code == 201
    created = answer.json()
    assert (created["Status"], created["PartialTimeDuration"], created["Comment"]) == (0, 270, "x")
    changed = call("PUT", f"/api/v1/Absences/{created['Id']}", json={**wanted, "Timestamp": "2026-11-23T00:00:00"})
    assert changed.json()["Timestamp"].startswith("2026-11-23")
    window = {"dateFrom": "2026-11-20T00:00:00", "dateTo": "2026-11-23T23:59:59"}
    found = [a for a in call.get("Absences", **window) if a["Id"] == created["Id"]]
    assert [a["Timestamp"][:10] for a in found] == ["2026-11-23"]
    assert call("DELETE", f"/api/v1/Absences/{created['Id']}").status_code == 204
    assert call("DELETE", f"/api/v1/Absences/{created['Id']}").status_code == 404
    assert created["Id"] not in {a["Id"] for a in call.get("Absences", **window)}


def test_the_same_post_twice_is_two_absences(call: Caller) -> None:
    first, second = (call("POST", "/api/v1/Absences", json=draft(call)).json() for _ in range(2))
    assert first["Id"] != second["Id"]


def test_seeded_absences_can_be_changed_and_removed(call: Caller) -> None:
    seeded = next(a for a in call.get("Absences") if a["Timestamp"] > "2026-10")
    changed = call("PUT", f"/api/v1/Absences/{seeded['Id']}", json={**seeded, "Comment": "other"}).json()
    assert (changed["Comment"], changed["Status"], changed["IsModified"]) == ("other", seeded["Status"], True)
    assert call("DELETE", f"/api/v1/Absences/{seeded['Id']}").status_code == 204
    assert seeded["Id"] not in {a["Id"] for a in call.get("Absences")}


def test_locked_days_refuse_writes(sandbox: Sandbox, call: Caller) -> None:
    user = call.someone()
    mine = next(a for a in call.get("Absences") if a["UserId"] == user["Id"])
    sandbox.control("POST", "lock", {"date": "2026-11-20", "user_ids": [user["Id"]]})
    assert call("POST", "/api/v1/Absences", json=draft(call, "2026-11-19")).status_code == 400
    assert "locked" in call("DELETE", f"/api/v1/Absences/{mine['Id']}").json()["error"]
    assert call("PUT", f"/api/v1/Absences/{mine['Id']}", json=mine).status_code == 400
    assert call("POST", "/api/v1/Absences", json=draft(call, "2026-11-20")).status_code == 201
    sandbox.control("POST", "lock", {"date": None})
    assert call("DELETE", f"/api/v1/Absences/{mine['Id']}").status_code == 204


def test_users_are_created_and_changed(call: Caller) -> None:
    new = {"firstName": "Iva", "LastName": "Nova", "Email": "iva@sandbox.example", "CustomId": "77"}
    created = call("POST", "/api/v1/Users", json=new)
    assert created.status_code == 201
    user = created.json()
    assert call.get(f"Users/{user['Id']}")["CustomId"] == "77"
    assert call("POST", "/api/v1/Users", json=new).json()["error"] == "A user with this e-mail exists."
    assert call("POST", "/api/v1/Users", json={"FirstName": "x"}).status_code == 400
    changed = call("PUT", f"/api/v1/Users/{user['Id']}", json={**user, "LastName": "Stara"}).json()
    assert changed["LastName"] == "Stara"
    assert call.days(user["Id"], "2026-11-02", "2026-11-06")


# Rules


def minutes_between(start: str, end: str) -> int:
    zone = ZoneInfo("Europe/Ljubljana")
    first, last = (datetime.fromisoformat(text[:19]).replace(tzinfo=zone) for text in (start, end))
    return int((last.timestamp() - first.timestamp()) // 60)


@pytest.mark.slow
def test_minutes_follow_from_clockings_by_the_stated_rules() -> None:
    with Sandbox(employees=60, months=12) as sandbox:
        call, nights, long_nights = Caller(sandbox), 0, set()
        for user in call.get("Users")[1:]:
            for first, last in (("2026-03-20", "2026-04-05"), ("2026-10-01", "2026-10-31")):
                balance = None
                for day in call.days(user["Id"], first, last):
                    summary = day["CalculationResultSummary"]
                    accruals = {a["CalculationResultTypeCode"]: int(a["Value"]) for a in day["Accruals"]}
                    punches = [(c["Timestamp"], c["ClockingDefinitionName"]) for c in day["Clockings"]]
                    if len(punches) == 2:
                        (arrival, _), (departure, _) = sorted(punches)
                        start = next(
                            f"{day['Date']}T{at}" for at in ("22:00:00", "08:00:00", "06:00:00")
                            if abs(minutes_between(f"{day['Date']}T{at}", arrival)) < 60
                        )  # fmt: skip
                        nights += start.endswith("22:00:00")
                        unpaid = max(0, minutes_between(arrival, start))
                        gross = minutes_between(max(arrival, start), departure)
                        lunch = 30 if gross >= 360 else 0
                        assert summary["PaidPresenceValue"] == gross - lunch
                        assert summary["UnpaidPresenceValue"] == unpaid
                        assert summary["LunchBreakValue"] == lunch
                        wall = datetime.fromisoformat(departure[:19]) - datetime.fromisoformat(arrival[:19])
                        if int(wall.total_seconds() // 60) != minutes_between(arrival, departure):
                            long_nights.add(day["Date"])
                    else:
                        assert summary["PaidPresenceValue"] == 0
                    assert bool(day["MissingEventExceptions"]) == (len(punches) == 1)
                    difference = summary["PaidPresenceValue"] + summary["PaidAbsenceValue"] - accruals[1]
                    assert summary["DailyBalanceValue"] == accruals[4] == difference
                    assert summary["DailyOvertimeValue"] == max(0, difference)
                    assert summary["MissingPresenceValue"] == max(0, -difference)
                    if day["IsHoliday"]:
                        assert summary["PaidAbsenceValue"] == accruals[1]
                        assert not punches
                    if balance is not None:
                        assert summary["RunningBalanceValue"] == accruals[24] == balance + difference
                    balance = summary["RunningBalanceValue"]
        assert nights > 20
        assert long_nights == {"2026-03-28", "2026-10-24"}


def test_the_same_seed_makes_the_same_company() -> None:
    def picture(seed: int, employees: int = 30) -> Any:
        with Sandbox(employees=employees, seed=seed, months=2) as sandbox:
            call = Caller(sandbox)
            users = call.get("Users")
            return users, call.get("Absences"), call.days(users[3]["Id"], "2026-10-01", "2026-10-31")

    assert picture(1) == picture(1)
    assert picture(1) != picture(2)


def test_numbers_have_gaps_and_one_is_shared() -> None:
    with Sandbox(employees=40) as sandbox:
        numbers = [user["CustomId"] for user in Caller(sandbox).get("Users")[1:]]
    assert len(numbers) - len(set(numbers)) == 1
    assert set(map(str, range(1001, 1040))) - set(numbers)
    with Sandbox(employees=40, clean_ids=True, missing_employee_ids=3) as sandbox:
        numbers = [user["CustomId"] for user in Caller(sandbox).get("Users")[1:]]
    assert numbers.count(None) == 3
    assert len(set(numbers)) == 38


def test_fifty_thousand_employees_are_made_one_by_one_as_they_are_asked_for() -> None:
    with Sandbox(employees=50_000) as sandbox:
        made = sandbox.company._employee.cache_info
        assert made().currsize == 0
        token = grant(sandbox).json()["access_token"]
        user_id = employee_at(sandbox, 49_999).id
        answer = requests.get(
            f"{sandbox.url}/api/v1/UserCalculations/{user_id}",
            params={"dateFrom": "2026-10-01T00:00:00", "dateTo": "2026-10-31T00:00:00"},
            headers={"Authorization": f"Bearer {token}"},
            timeout=60,
        )
        assert len(answer.json()["DailyCalculations"]) == 31
        assert made().currsize == 1


# Moving it


def test_time_passes(sandbox: Sandbox, call: Caller) -> None:
    user = call.someone()
    before = call.days(user["Id"], "2026-11-02", "2026-11-06")
    assert [bool(day["Clockings"]) for day in before] == [True, False, False, False, False]
    assert before[-1]["CalculationResultSummary"]["MissingPresenceValue"] == 0
    sandbox.control("POST", "clock", {"days": 2})
    after = call.days(user["Id"], "2026-11-02", "2026-11-06")
    assert after[0] == before[0]
    assert [bool(day["Clockings"] or day["Absences"]) for day in after[:4]] == [True, True, True, False]
    assert sandbox.control("POST", "clock", {"today": "2026-12-01"})["today"] == "2026-12-01"


def test_approvals_are_given_and_absences_removed(sandbox: Sandbox, call: Caller) -> None:
    user = call.someone()
    added = sandbox.control("POST", "absences", {"action": "add", "user_id": user["Id"], "date": "2026-10-07"})
    assert added["Status"] == 1
    day = call.days(user["Id"], "2026-10-07", "2026-10-07")[0]
    assert day["CalculationResultSummary"]["PaidAbsenceValue"] == 0
    for action, status in (("approve", 2), ("reject", 3), ("reopen", 1), ("approve", 2)):
        assert sandbox.control("POST", "absences", {"action": action, "id": added["Id"]})["Status"] == status
    day = call.days(user["Id"], "2026-10-07", "2026-10-07")[0]
    assert day["CalculationResultSummary"]["PaidAbsenceValue"] == 480
    sandbox.control("POST", "absences", {"action": "remove", "id": added["Id"]})
    assert call("GET", f"/api/v1/Absences/{added['Id']}").status_code == 404


def test_a_day_is_corrected_and_healed(sandbox: Sandbox, call: Caller) -> None:
    user = call.someone()
    key = {"user_id": user["Id"], "date": "2026-10-05"}
    later = call.days(user["Id"], "2026-10-06", "2026-10-06")[0]["CalculationResultSummary"]["RunningBalanceValue"]
    forgot = sandbox.control("POST", "days", {**key, "clockings": [["08:00", "Arrival"]], "valid": False})
    assert forgot["MissingEventExceptions"]
    assert forgot["IsCalculationValid"] is False
    healed = sandbox.control("POST", "days", {**key, "heal": True, "comment": "fixed"})
    assert healed["IsCalculationValid"] is True
    assert healed["MissingEventExceptions"] == []
    assert healed["DailyComment"] == "fixed"
    exact = sandbox.control(
        "POST", "days", {**key, "clockings": [["08:00", "Arrival"], ["2026-10-05T17:30:00", "Departure"]]}
    )
    assert exact["CalculationResultSummary"]["PaidPresenceValue"] == 540
    moved = call.days(user["Id"], "2026-10-06", "2026-10-06")[0]["CalculationResultSummary"]["RunningBalanceValue"]
    assert moved != later
    flagged = sandbox.control("POST", "days", {**key, "missing_event": True})
    assert flagged["MissingEventExceptions"]


def test_the_state_tells_before_from_after(sandbox: Sandbox, call: Caller) -> None:
    before = sandbox.state()
    assert sandbox.state() == before
    call("POST", "/api/v1/Absences", json=draft(call))
    after = sandbox.state()
    assert len(after["absences"]) == len(before["absences"]) + 1
    assert after["users"] == before["users"]


@pytest.mark.parametrize(
    ("method", "name", "body"),
    [
        ("POST", "faults", {"kind": "gremlins"}),
        ("POST", "faults", {"route": "users"}),
        ("POST", "faults", {"kind": "html", "color": "red"}),
        ("POST", "switches", {"gravity": False}),
        ("POST", "switches", {"timestamp_style": "roman"}),
        ("POST", "absences", {"action": "approve", "id": "x"}),
        ("POST", "absences", {"action": "add", "date": "2026-10-01"}),
        ("POST", "absences", {"action": "add", "user_id": "x", "date": "2026-10-01"}),
        ("POST", "days", {"user_id": "x", "date": "2026-10-01"}),
        ("POST", "clock", {"today": "soon"}),
        ("POST", "clock", []),
        ("GET", "nothing", None),
        ("POST", "nothing", {}),
        ("PUT", "faults", {}),
    ],
)
def test_a_control_that_cannot_work_says_so(sandbox: Sandbox, method: str, name: str, body: Any) -> None:
    answer = requests.request(method, f"{sandbox.url}/_sandbox/{name}", json=body, timeout=60)
    assert answer.status_code in (400, 404)
    assert answer.json()["error"]
    headers = {"Content-Type": "application/json"}
    assert requests.post(f"{sandbox.url}/_sandbox/faults", data=b"{", headers=headers, timeout=60).status_code == 400


# Switches


def test_switches_change_the_tenant(sandbox: Sandbox, call: Caller) -> None:
    window = {"dateFrom": "2026-10-01T00:00:00", "dateTo": "2026-10-16T00:00:00"}
    sandbox.control(
        "POST", "absences", {"action": "add", "user_id": call.someone()["Id"], "date": "2026-10-16", "status": 2}
    )

    def last_day() -> str:
        return max(absence["Timestamp"][:10] for absence in call.get("Absences", **window))

    assert last_day() == "2026-10-16"
    sandbox.set_switches(date_to_inclusive=False)
    assert last_day() < "2026-10-16"
    sandbox.set_switches(api_absences_pending=True)
    assert call("POST", "/api/v1/Absences", json=draft(call)).json()["Status"] == 1
    archived = [user for user in call.get("Users") if user["IsArchived"]]
    sandbox.set_switches(archived_listed=False)
    assert not [user for user in call.get("Users") if user["IsArchived"]]
    assert all(call.get(f"Users/{user['Id']}") == user for user in archived)
    sandbox.set_switches(calculations_page=5)
    path = f"UserCalculations/{call.someone()['Id']}"
    page = call.get(path, dateFrom="2026-10-01T00:00:00", dateTo="2026-10-31T00:00:00")
    assert (len(page["UserCalculations"]), page["TotalCount"]) == (5, 31)
    sandbox.set_switches(calculations_page=None, numbers_as_text=True)
    day = call.days(call.someone()["Id"], "2026-10-01", "2026-10-01")[0]
    assert isinstance(day["CalculationResultSummary"]["PaidPresenceValue"], str)


@pytest.mark.parametrize(
    ("style", "ending"), [("plain", ":00"), ("zulu", "Z"), ("offset", "+02:00"), ("fraction", ":00")]
)
def test_time_stamps_in_every_style(sandbox: Sandbox, call: Caller, style: str, ending: str) -> None:
    sandbox.set_switches(timestamp_style=style)
    window = {"dateFrom": "2026-10-01T00:00:00", "dateTo": "2026-10-09T23:59:59"}
    assert all(clocking["Timestamp"].endswith(ending) for clocking in call.get("Clockings", **window))


def test_another_tenant_spells_differently_and_lacks_a_route(sandbox: Sandbox, call: Caller) -> None:
    sandbox.set_switches(
        renamed_fields={"DailySummary.PaidPresenceValue": "PaidPresence"}, missing_routes=["clockings"]
    )
    summary = call.days(call.someone()["Id"], "2026-10-01", "2026-10-01")[0]["CalculationResultSummary"]
    assert "PaidPresence" in summary
    assert "PaidPresenceValue" not in summary
    assert call("GET", "/api/v1/Clockings").status_code == 404
    document = call("GET", "/swagger/v1/swagger.json").json()
    assert "PaidPresence" in document["components"]["schemas"]["DailySummary"]["properties"]
    assert "/api/v1/Clockings" not in document["paths"]


def test_a_window_has_the_clockings_of_its_days_whatever_shift_they_belong_to(sandbox: Sandbox, call: Caller) -> None:
    every_clocking = call.get("Clockings", dateFrom="2026-09-01T00:00:00", dateTo="2026-11-02T23:59:59")
    first, last = "2026-10-07", "2026-10-08"
    expected = [clocking for clocking in every_clocking if first <= clocking["Timestamp"][:10] <= last]
    in_window = call.get("Clockings", dateFrom=f"{first}T00:00:00", dateTo=f"{last}T00:00:00")
    assert {clocking["Id"] for clocking in in_window} == {clocking["Id"] for clocking in expected}
    assert len(in_window) == len(expected)
    assert any(clocking["Timestamp"][11:13] in ("05", "06", "07") for clocking in expected)
    sandbox.set_switches(date_to_inclusive=False)
    until_evening = call.get("Clockings", dateFrom=f"{first}T00:00:00", dateTo=f"{last}T23:59:59")
    assert len(until_evening) == len(expected)
    until_midnight = call.get("Clockings", dateFrom=f"{first}T00:00:00", dateTo=f"{last}T00:00:00")
    assert {clocking["Timestamp"][:10] for clocking in until_midnight} == {first}


# Faults and counters


@pytest.fixture
def users_url(sandbox: Sandbox) -> tuple[str, dict[str, str]]:
    token = grant(sandbox).json()["access_token"]
    sandbox.reset_stats()
    return f"{sandbox.url}/api/v1/Users", {"Authorization": f"Bearer {token}"}


def test_faults_of_the_connection(sandbox: Sandbox, users_url: Any) -> None:
    url, headers = users_url
    for kind in ("reset", "cut_before", "cut_after"):
        sandbox.fault(kind, times=1)
        with pytest.raises(requests.ConnectionError):
            requests.get(url, headers=headers, timeout=60)
    sandbox.fault("truncated", times=1)
    with pytest.raises(requests.exceptions.ChunkedEncodingError):
        requests.get(url, headers=headers, timeout=60)
    assert sandbox.stats()["statuses"]["cut"] == 3
    assert requests.get(url, headers=headers, timeout=60).status_code == 200


def test_faults_of_the_answer(sandbox: Sandbox, users_url: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    url, headers = users_url
    pauses: list[float] = []
    sleep = asyncio.sleep

    async def recorded_sleep(seconds: float) -> None:
        pauses.append(seconds)
        await sleep(0)

    monkeypatch.setattr(asyncio, "sleep", recorded_sleep)

    def get(**fault: Any) -> requests.Response:
        sandbox.clear_faults()
        sandbox.fault(**fault)
        return requests.get(url, headers=headers, timeout=60, allow_redirects=False)

    for status in (401, 403, 404, 409, 500, 503):
        assert get(kind="status", status=status).status_code == status
    assert get(kind="rate_limit", seconds=7).headers["Retry-After"] == "7"
    assert get(kind="rate_limit", as_date=True).headers["Retry-After"].endswith("GMT")
    assert get(kind="html").headers["Content-Type"].startswith("text/html")
    assert isinstance(get(kind="wrong_shape").json(), dict)
    assert get(kind="empty").json() == []
    assert get(kind="empty_body").content == b""
    with pytest.raises(requests.JSONDecodeError):
        get(kind="truncated_json").json()
    assert get(kind="redirect", location="http://127.0.0.3/x").headers["Location"] == "http://127.0.0.3/x"
    for kind in ("latency", "slow_body", "slow_headers"):
        pauses.clear()
        get(kind=kind, ms=30_000)
        assert sum(pauses) == pytest.approx(30, rel=0.1), kind
    assert get(kind="revoke").status_code == 401


def test_faults_of_the_days(sandbox: Sandbox, call: Caller) -> None:
    user_id = call.someone()["Id"]
    path = f"UserCalculations/{user_id}"
    window = {"dateFrom": "2026-10-05T00:00:00", "dateTo": "2026-10-07T00:00:00"}
    sandbox.fault("missing_day", times=1)
    assert len(call.get(path, **window)["DailyCalculations"]) == 2
    sandbox.fault("missing_day", times=1, date="2026-10-05")
    assert call.get(path, **window)["DailyCalculations"][0]["Date"] == "2026-10-06"
    sandbox.fault("doubled_day", times=1, contradict=False, date="2026-10-06")
    days = call.get(path, **window)["DailyCalculations"]
    assert days[-1] == days[1]
    sandbox.fault("doubled_day", times=1)
    days = call.get(path, **window)["DailyCalculations"]
    assert days[-1] != days[0]
    assert days[-1]["Date"] == days[0]["Date"]
    sandbox.fault("empty", times=1)
    assert call.get(path, **window) == {"DailyCalculations": []}


def test_a_fault_is_aimed(sandbox: Sandbox, call: Caller) -> None:
    sandbox.faults(
        {"kind": "status", "route": "absence*", "method": "GET", "after": 1, "times": 1, "status": 503},
        {"kind": "status", "route": "users", "match": "searching", "status": 500},
    )
    assert call("GET", "/api/v1/Users").status_code == 200
    assert call("GET", "/api/v1/Users?x=Searching").status_code == 500
    statuses = [call("GET", "/api/v1/Absences?dateFrom=2026-10-30T00:00:00").status_code for _ in range(3)]
    assert statuses == [200, 503, 200]
    assert grant(sandbox).status_code == 200
    assert [fault["struck"] for fault in sandbox.control("GET", "faults")] == [1, 1]


def test_chance_has_a_seed(sandbox: Sandbox, call: Caller) -> None:
    def pattern() -> list[int]:
        sandbox.clear_faults()
        sandbox.fault("status", probability=0.5, seed=3)
        return [call("GET", "/api/v1/Users").status_code for _ in range(20)]

    first = pattern()
    assert pattern() == first
    assert set(first) == {200, 503}


def test_writes_are_counted_where_they_happen(sandbox: Sandbox, call: Caller) -> None:
    sandbox.fault("cut_before", method="POST", route="absences", times=1)
    with pytest.raises(requests.ConnectionError):
        call("POST", "/api/v1/Absences", json=draft(call))
    assert sandbox.stats()["writes_accepted"] == 0
    sandbox.fault("cut_after", method="POST", route="absences", times=1)
    with pytest.raises(requests.ConnectionError):
        call("POST", "/api/v1/Absences", json=draft(call))
    call("POST", "/api/v1/Absences", json=draft(call))
    stats = sandbox.stats()
    assert (stats["writes_accepted"], stats["writes_answered"]) == (2, 1)
    sandbox.reset_stats()
    assert sandbox.stats()["total"] == 0
