# SPDX-License-Identifier: Apache-2.0
"""Rules of the company, read over HTTP."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import date
from typing import Any

import pytest
import requests

from airflow_provider_allhours.sandbox.server import Sandbox
from tests.helpers import employee_at


class Api:
    """The API of a sandbox with a token."""

    def __init__(self, sandbox: Sandbox) -> None:
        self.sandbox = sandbox
        form = {"grant_type": "client_credentials", "client_id": sandbox.client_id}
        form["client_secret"] = sandbox.client_secret
        token = requests.post(sandbox.token_url, data=form, timeout=30).json()["access_token"]
        self.headers = {"Authorization": f"Bearer {token}"}

    def send(self, method: str, path: str, **options: Any) -> requests.Response:
        url = f"{self.sandbox.url}/api/v1/{path}"
        return requests.request(method, url, headers=self.headers, timeout=30, **options)

    def get(self, path: str, first: str = "", last: str = "") -> Any:
        window = {"dateFrom": f"{first}T00:00:00", "dateTo": f"{last}T00:00:00"} if first else {}
        answer = self.send("GET", path, params=window)
        assert answer.status_code == 200, answer.text
        return answer.json()

    def day(self, user_id: str, day: str) -> dict[str, Any]:
        return dict(self.get(f"UserCalculations/{user_id}", day, day)["DailyCalculations"][0])

    def leave(self, user_id: str, day: str, definition: str) -> requests.Response:
        definitions = {kind["Name"]: kind["Id"] for kind in self.get("AbsenceDefinitions")}
        body = {"UserId": user_id, "AbsenceDefinitionId": definitions[definition], "Timestamp": f"{day}T00:00:00"}
        return self.send("POST", "Absences", json=body)


@pytest.fixture
def api(sandbox: Sandbox) -> Api:
    return Api(sandbox)


@pytest.fixture
def user_id(sandbox: Sandbox) -> str:
    return employee_at(sandbox, 1).id


def minutes(day: dict[str, Any], field: str) -> int:
    return int(day["CalculationResultSummary"][field])


@pytest.mark.parametrize(
    ("definition", "paid"), [("Annual leave", 480), ("Annual leave half day", 240), ("Unpaid leave", 0), ("Strike", 0)]
)
def test_leave_is_paid_as_its_definition_says_and_moves_the_balance(
    api: Api, user_id: str, definition: str, paid: int
) -> None:
    before, on_the_day = api.day(user_id, "2026-10-08"), api.day(user_id, "2026-10-07")
    assert not on_the_day["Absences"]
    assert api.leave(user_id, "2026-10-07", definition).status_code == 201
    day = api.day(user_id, "2026-10-07")
    assert (minutes(day, "PaidAbsenceValue"), minutes(day, "PaidPresenceValue")) == (paid, 0)
    assert minutes(day, "MissingPresenceValue") == 480 - paid
    moved = minutes(api.day(user_id, "2026-10-08"), "RunningBalanceValue") - minutes(before, "RunningBalanceValue")
    assert moved == paid - 480 - minutes(on_the_day, "DailyBalanceValue")


def test_two_absences_of_a_day_count_at_most_its_plan(api: Api, user_id: str) -> None:
    for _ in range(2):
        api.leave(user_id, "2026-10-07", "Sick leave")
    assert minutes(api.day(user_id, "2026-10-07"), "PaidAbsenceValue") == 480


def test_the_present_day_has_a_plan_and_moves_no_balance(api: Api, user_id: str) -> None:
    yesterday, today = (api.day(user_id, day) for day in ("2026-11-02", "2026-11-03"))
    assert today["Clockings"] == []
    assert minutes(today, "MissingPresenceValue") == 0
    assert minutes(today, "RunningBalanceValue") == minutes(yesterday, "RunningBalanceValue")
    api.sandbox.control("POST", "clock", {"days": 1})
    after = api.day(user_id, "2026-11-03")
    assert minutes(after, "RunningBalanceValue") - minutes(yesterday, "RunningBalanceValue") == minutes(
        after, "DailyBalanceValue"
    )


def test_days_outside_the_employment_are_not_calculated(api: Api) -> None:
    users = api.get("Users")
    joiner = next(user for user in users if (user["CalculationStartDate"] or "") > "2026-10")
    leaver = next(user for user in users if user["CalculationStopDate"])
    days = api.get(f"UserCalculations/{joiner['Id']}", "2026-08-01", "2026-11-02")["DailyCalculations"]
    assert days[0]["Date"] == joiner["CalculationStartDate"][:10]
    days = api.get(f"UserCalculations/{leaver['Id']}", "2026-08-01", "2026-11-02")["DailyCalculations"]
    assert days[-1]["Date"] == leaver["CalculationStopDate"][:10]
    stop = date.fromisoformat(leaver["CalculationStopDate"][:10])
    clockings = api.get("Clockings", "2026-08-01", "2026-11-02")
    assert max(clocking["Timestamp"][:10] for clocking in clockings if clocking["UserId"] == leaver["Id"]) <= str(stop)


def test_a_leaver_is_archived_once_the_stop_date_is_past() -> None:
    with Sandbox(employees=120, months=4) as sandbox:
        users = Api(sandbox).get("Users")
    assert [user["IsArchived"] for user in users] == [bool(user["CalculationStopDate"]) for user in users]
    with Sandbox(employees=40, months=4) as sandbox:
        leaver = next(user for user in sandbox.company.users() if user.stop)
        assert leaver.stop is not None
    with Sandbox(employees=40, months=4, today=leaver.stop) as sandbox:
        archived = sum(user["IsArchived"] for user in Api(sandbox).get("Users"))
        assert archived == sum(user.stop is not None and user.stop < leaver.stop for user in sandbox.company.users())


def test_the_administrator_has_no_days_and_no_clockings(api: Api) -> None:
    administrator = api.get("Users")[0]["Id"]
    assert api.get(f"UserCalculations/{administrator}", "2026-10-01", "2026-10-31") == {"DailyCalculations": []}
    assert administrator not in {clocking["UserId"] for clocking in api.get("Clockings")}
    assert administrator not in {absence["UserId"] for absence in api.get("Absences")}


def test_counters_of_a_night_shift_and_of_saturdays(sandbox: Sandbox, api: Api) -> None:
    counters = {}
    for user in (user for user in sandbox.company.users() if user.is_time_attendance_user):
        for day in api.get(f"UserCalculations/{user.id}", "2026-10-12", "2026-10-18")["DailyCalculations"]:
            values = {counter["CalculationResultTypeCode"]: int(counter["Value"]) for counter in day["Accruals"]}
            presence = minutes(day, "PaidPresenceValue")
            assert values[33] == presence
            assert values[101] == (presence if day["Date"] == "2026-10-17" else 0)
            assert values[102] == (presence if user.shift == "night" else 0)
            assert values[103] == (presence >= 240)
            assert day["IsWeekend"] is (day["Date"] >= "2026-10-17")
            assert day["IsAfterCalculationEndDate"] is day["IsPriorCalculationStartDate"] is False
            counters |= {code: value for code, value in values.items() if value}
    assert {1, 4, 24, 33, 101, 102, 103} <= set(counters)


def test_an_update_keeps_the_id_and_what_only_the_vendor_sets(api: Api, user_id: str) -> None:
    changed = api.send("PUT", f"Users/{user_id}", json={"Id": "other", "City": "Kranj", "Shoe": 43}).json()
    assert (changed["Id"], changed["City"]) == (user_id, "Kranj")
    assert "Shoe" not in changed
    absence = next(absence for absence in api.get("Absences") if absence["Status"] == 2)
    body = {**absence, "GroupId": "other", "Status": 3, "Comment": "new"}
    updated = api.send("PUT", f"Absences/{absence['Id']}", json=body).json()
    kept = ("Id", "GroupId", "Status", "InsertedOn")
    assert [updated[field] for field in kept] == [absence[field] for field in kept]


def test_a_pending_absence_carries_its_approval_request(api: Api, user_id: str) -> None:
    body = {"action": "add", "user_id": user_id, "date": "2026-10-07"}
    pending = api.sandbox.control("POST", "absences", body)
    assert pending["ApprovalRequest"] == {"Status": 1}
    approved = api.sandbox.control("POST", "absences", {"action": "approve", "id": pending["Id"]})
    assert approved["ApprovalRequest"] is None


def test_an_absence_does_not_leave_a_locked_day(api: Api, user_id: str) -> None:
    absence = api.leave(user_id, "2026-10-07", "Annual leave").json()
    api.sandbox.control("POST", "lock", {"date": "2026-10-08", "user_ids": [user_id]})
    moved = {**absence, "Timestamp": "2026-10-09T00:00:00"}
    assert api.send("PUT", f"Absences/{absence['Id']}", json=moved).status_code == 400
    assert [one["Timestamp"] for one in api.day(user_id, "2026-10-07")["Absences"]] == ["2026-10-07T00:00:00"]
    other = next(user["Id"] for user in api.get("Users")[2:])
    assert api.leave(other, "2026-10-07", "Annual leave").status_code == 201


def test_a_seeded_absence_that_moved_is_on_its_new_day_only(api: Api) -> None:
    absence = next(absence for absence in api.get("Absences") if absence["Timestamp"] > "2026-10")
    moved = api.send("PUT", f"Absences/{absence['Id']}", json={**absence, "Timestamp": "2026-11-20T00:00:00"}).json()
    assert api.get(f"Absences/{absence['Id']}") == moved
    days = [one["Timestamp"][:10] for one in api.get("Absences") if one["Id"] == absence["Id"]]
    assert days == ["2026-11-20"]


def test_a_correction_keeps_what_it_does_not_state(api: Api, user_id: str) -> None:
    key = {"user_id": user_id, "date": "2026-10-07"}
    api.sandbox.control("POST", "days", {**key, "valid": False, "comment": "first", "missing_event": True})
    api.sandbox.control("POST", "days", {**key, "clockings": [["08:00", "Arrival"], ["16:30", "Departure"]]})
    day = api.day(user_id, "2026-10-07")
    assert (day["IsCalculationValid"], day["DailyComment"], len(day["MissingEventExceptions"])) == (False, "first", 1)
    api.sandbox.control("POST", "days", {**key, "clockings": []})
    healed = api.sandbox.control("POST", "days", {**key, "heal": True})
    assert (healed["IsCalculationValid"], healed["Clockings"], healed["MissingEventExceptions"]) == (True, [], [])


def test_an_identifier_of_another_company_is_not_found(api: Api) -> None:
    with Sandbox(employees=20, months=3, seed=2) as other:
        foreign = employee_at(other, 1).id
        absence = Api(other).get("Absences")[0]["Id"]
    assert api.send("GET", f"Users/{foreign}").status_code == 404
    assert api.send("GET", f"Absences/{absence}").status_code == 404
    group = api.get("Absences")[0]["GroupId"]
    assert api.send("GET", f"Absences/{group}").status_code == 404


def test_the_peak_counts_requests_at_the_same_time() -> None:
    with Sandbox(employees=3, months=1) as sandbox, ThreadPoolExecutor(3) as pool:
        api = Api(sandbox)
        sandbox.fault("latency", ms=600_000)
        hanging = [pool.submit(api.get, "Users") for _ in range(3)]
        while sandbox.stats()["in_flight"] < 3:
            pass
        sandbox.reset_stats()
        stats = sandbox.stats()
        assert (stats["in_flight"], stats["peak_in_flight"], stats["total"]) == (3, 3, 0)
        sandbox.stop()
        assert all(isinstance(request.exception(timeout=60), requests.ConnectionError) for request in hanging)
    stats = sandbox.app.account.stats.to_json()
    assert (stats["in_flight"], stats["peak_in_flight"]) == (0, 3)


def test_two_companies_of_one_process_do_not_mix() -> None:
    def created_email(number: int) -> list[str]:
        with Sandbox(employees=3, months=1, seed=number) as sandbox:
            api = Api(sandbox)
            body = {"FirstName": "A", "LastName": "B", "Email": f"{number}@sandbox.example"}
            assert api.send("POST", "Users", json=body).status_code == 201
            return [user["Email"] for user in api.get("Users")][4:]

    with ThreadPoolExecutor(4) as pool:
        assert list(pool.map(created_email, range(1, 5))) == [[f"{number}@sandbox.example"] for number in range(1, 5)]


def test_somebody_who_arrives_and_leaves_within_a_minute_has_two_clockings(api: Api) -> None:
    employee = next(user for user in api.get("Users") if user["IsTimeAttendanceUser"])
    day = {"user_id": employee["Id"], "date": "2026-10-07"}
    api.sandbox.control("POST", "days", {**day, "clockings": [["08:00", "Arrival"], ["08:00", "Departure"]]})
    found = [one for one in api.get("Clockings", "2026-10-07", "2026-10-07") if one["UserId"] == employee["Id"]]
    assert len({one["Id"] for one in found}) == len(found) == 2
