# SPDX-License-Identifier: Apache-2.0
"""A value that cannot work is refused when it is set: later requests and the page answer as before."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest
import requests

from airflow_provider_allhours.sandbox.server import Sandbox
from tests.helpers import employee_at

DIGITS_401 = 10**400
"""More than a float or the event loop can hold."""
ONE = "the first employee"


def post(sandbox: Sandbox, name: str, body: Any) -> requests.Response:
    headers = {"Content-Type": "application/json"}
    return requests.post(f"{sandbox.url}/_sandbox/{name}", data=json.dumps(body), headers=headers, timeout=30)


def statuses(sandbox: Sandbox) -> dict[str, int]:
    """What everything that people and clients read is answered with."""
    form = {"grant_type": "client_credentials", "client_id": sandbox.client_id, "client_secret": sandbox.client_secret}
    token = requests.post(sandbox.token_url, data=form, timeout=30)
    headers = {"Authorization": f"Bearer {token.json()['access_token']}"} if token.ok else {}
    window = "?dateFrom=2026-10-01T00:00:00&dateTo=2026-10-09T00:00:00"
    user = employee_at(sandbox, 1).id
    paths = ["/", "/swagger/v1/swagger.json", "/_sandbox/state?from=2026-10-01&to=2026-10-31", "/_sandbox/faults"]
    paths += [f"/api/v1/{name}" for name in ("Users", f"Absences{window}", f"Clockings{window}", f"Users/{user}")]
    paths += [
        f"/api/v1/UserCalculations/{user}{window}",
        f"/api/v1/Calculations?from=2026-10-01&to=2026-10-09&userId={user}",
    ]
    answers = {path: requests.get(f"{sandbox.url}{path}", headers=headers, timeout=30) for path in paths}
    return {"token": token.status_code} | {path: answer.status_code for path, answer in answers.items()}


@pytest.fixture(scope="module")
def shared() -> Iterator[Sandbox]:
    """One for all values, since none of them changes anything."""
    with Sandbox(employees=4, months=3) as sandbox:
        yield sandbox


@pytest.fixture(scope="module")
def expected(shared: Sandbox) -> dict[str, int]:
    return statuses(shared)


REFUSED: list[tuple[str, dict[str, Any] | list[Any] | str, str]] = [
    ("faults", {"kind": "status", "status": 0}, "status takes a whole number from 200 to 599, not 0"),
    ("faults", {"kind": "status", "status": 100}, "status takes"),
    ("faults", {"kind": "status", "status": 600}, "status takes"),
    ("faults", {"kind": "status", "status": DIGITS_401}, "status takes"),
    ("faults", {"kind": "status", "probability": 1.5}, "probability takes a number from 0 to 1, not 1.5"),
    ("faults", {"kind": "status", "probability": DIGITS_401}, "probability takes"),
    ("faults", {"kind": "status", "times": DIGITS_401}, "times takes"),
    ("faults", {"kind": "status", "route": "user_s"}, "route takes the name of a route"),
    ("faults", {"kind": "status", "method": "FETCH"}, "method takes one of GET, POST, PUT, DELETE"),
    ("faults", {"kind": "latency", "ms": DIGITS_401}, "ms takes a number from 0 to 3600000"),
    ("faults", {"kind": "slow_body", "ms": DIGITS_401}, "ms takes"),
    ("faults", {"kind": "slow_headers", "ms": DIGITS_401}, "ms takes"),
    ("faults", {"kind": "rate_limit", "seconds": DIGITS_401}, "seconds takes"),
    ("faults", {"kind": "gzip_bomb", "megabytes": DIGITS_401}, "megabytes takes"),
    ("faults", {"kind": "deep_json", "depth": DIGITS_401}, "depth takes"),
    ("faults", {"kind": "redirect", "location": "/x\r\nX-Injected: 1"}, "location takes a text without line ends"),
    ("faults", {"kind": "missing_day", "date": "soon"}, "date takes a date such as 2026-10-05, not 'soon'"),
    ("faults", {"kind": "html", "status": 500}, "the fault html has no status"),
    ("faults", {"kind": ["status"]}, "kind is ['status']; it takes one of"),
    ("faults", ["status"], "a fault is a JSON object with a kind, not 'status'"),
    ("faults", [{"kind": "status"}, {"kind": "gremlins"}], "kind is 'gremlins'"),
    ("switches", {"latency_ms": DIGITS_401}, "latency_ms does not take 1000"),
    ("switches", {"token_lifetime": DIGITS_401}, "token_lifetime does not take 1000"),
    ("switches", {"list_pages": {"style": ["offset"], "size": 5}}, "list_pages does not take"),
    ("switches", {"missing_routes": ["user_s"]}, "missing_routes does not take ['user_s']"),
    ("switches", {"invalid_days": ["October"]}, "invalid_days does not take ['October']"),
    ("switches", {"paging": {"size": 5, "routes": ["user_s"]}}, "paging does not take"),
    ("switches", "html", "the body is a JSON object, not 'html'"),
    ("contract", {"contract": "bulk-pages"}, "there is no contract profile 'bulk-pages'"),
    ("contract", {"contract": 5}, "contract takes the name of a contract profile, several joined by +, or null, not 5"),
    ("contract", {"name": "camel"}, "unknown name; known are contract"),
    ("clock", {"days": DIGITS_401}, "days takes a whole number of days"),
    ("clock", {"days": "1"}, "days takes a whole number of days, not '1'"),
    ("clock", {"days": True}, "days takes"),
    ("clock", {"today": "9999-12-31"}, "today can be set from 2026-08-01 to"),
    ("clock", {"today": "2020-01-01"}, "today can be set from"),
    ("clock", {"today": 20261103}, "today takes a date such as 2026-10-05, not 20261103"),
    ("clock", {}, "days is missing"),
    ("absences", {"action": "forget", "id": "x"}, "action takes one of add, remove, approve"),
    ("absences", {"action": "add", "user_id": ONE, "date": "2026-10-05", "status": "open"}, "status takes"),
    ("absences", {"action": "add", "user_id": ONE, "date": "2026-10-05", "comment": 5}, "comment takes a text, not 5"),
    ("absences", {"action": "add", "user_id": ONE, "date": "2026-10-05", "definition": ["x"]}, "no absence definition"),
    ("days", {"user_id": ONE, "date": "2026-10-05", "clockings": [["08:00Z", "Arrival", 1]]}, "clockings takes a list"),
    ("days", {"user_id": ONE, "date": "2026-10-05", "clockings": [["2020-01-01T08:00", "Arrival"]]}, "more than a day"),
    ("days", {"user_id": ONE, "date": "2026-10-05", "valid": "no"}, "valid takes true or false, not 'no'"),
    ("days", {"user_id": ONE, "date": "2026-10-05", "missing_event": "no"}, "missing_event takes true, false or null"),
    ("days", {"user_id": ONE, "date": "2026-10-05", "comment": {"a": 1}}, "comment takes a text"),
    ("users", {"user_id": ONE, "fields": {"CalculationStartDate": "soon"}}, "CalculationStartDate takes a date"),
    ("users", {"user_id": ONE, "fields": {"CalculationStopDate": 20261005}}, "CalculationStopDate takes a date"),
    ("users", {"user_id": ONE, "fields": {"IsArchived": "no"}}, "IsArchived takes true or false, not 'no'"),
    ("users", {"user_id": ONE, "fields": {"FirstName": ["Ana"]}}, "FirstName takes a text"),
    ("users", {"user_id": ONE, "fields": {"Salary": "1"}}, "unknown Salary; known are FirstName"),
    ("users", {"user_id": ONE, "fields": []}, "fields takes a JSON object, not []"),
    ("lock", {"date": "2026-10-05", "user_ids": ["nobody"]}, "no user has this user_id"),
    ("lock", {"date": "2026-10-05", "user_ids": ONE}, "user_ids takes a list of texts"),
    ("lock", {}, "date is missing; it takes a date such as 2026-11-01, or null"),
]


@pytest.mark.parametrize(("name", "body", "reason"), REFUSED, ids=lambda value: str(value)[:60])
def test_a_value_that_cannot_work_is_refused_in_one_sentence(
    shared: Sandbox, expected: dict[str, int], name: str, body: Any, reason: str
) -> None:
    sandbox = shared
    if isinstance(body, dict) and body.get("user_id") == ONE:
        body = {**body, "user_id": employee_at(sandbox, 1).id}
    answer = post(sandbox, name, body)
    assert answer.status_code == 400
    assert answer.json()["error"].startswith(reason) or reason in answer.json()["error"]
    assert "\n" not in answer.json()["error"]
    assert len(answer.json()["error"]) < 1000
    assert statuses(sandbox) == expected
    assert sandbox.control("GET", "faults") == []


def test_of_several_faults_with_a_wrong_one_none_is_in_force(sandbox: Sandbox) -> None:
    assert post(sandbox, "faults", [{"kind": "html"}, {"kind": "status", "status": 7}]).status_code == 400
    assert sandbox.control("GET", "faults") == []


@pytest.fixture
def allhours_sandbox_options() -> dict[str, Any]:
    return {"employees": 4, "months": 2}


@pytest.mark.parametrize("kind", ["missing_day", "doubled_day"])
@pytest.mark.parametrize(
    "switches",
    [
        {"absent_fields": ["UserDailyCalculation.Date"]},
        {"renamed_fields": {"UserDailyCalculation.Date": "Day"}},
        {"null_fields": ["UserDailyCalculation.CalculationResultSummary"]},
        {"absent_fields": ["DailySummary.PaidPresenceValue"]},
        {"absent_fields": ["UserCalculations.DailyCalculations"]},
        {},
    ],
    ids=str,
)
@pytest.mark.parametrize("route", ["by-path", "by-query", "bulk"])
def test_a_fault_of_days_strikes_or_waits_whatever_the_tenant_sends(
    sandbox: Sandbox, kind: str, switches: dict[str, Any], route: str
) -> None:
    sandbox.set_switches(**switches, calculations_route=route)
    before = statuses(sandbox)
    sandbox.fault(kind, route="daily_calculations")
    assert statuses(sandbox) == before
    if not switches:
        assert sandbox.stats()["faults"] == {kind: 1}


def test_a_fault_of_days_strikes_a_person_of_a_bulk_answer(sandbox: Sandbox) -> None:
    sandbox.set_switches(calculations_route="bulk")
    form = {"grant_type": "client_credentials", "client_id": sandbox.client_id, "client_secret": sandbox.client_secret}
    token = requests.post(sandbox.token_url, data=form, timeout=30).json()["access_token"]

    def days() -> list[int]:
        answer = requests.get(
            f"{sandbox.url}/api/v1/Calculations?from=2026-10-05&to=2026-10-09",
            headers={"Authorization": f"Bearer {token}"},
            timeout=30,
        )
        return [len(person["DailyCalculations"]) for person in answer.json()["UserCalculations"]]

    before = days()
    sandbox.fault("missing_day", times=1)
    assert days() == [before[0] - 1, *before[1:]]
    assert days() == before


def test_one_fault_is_ended_by_its_number(sandbox: Sandbox) -> None:
    sandbox.faults({"kind": "html"}, {"kind": "status"})
    numbers = [fault["number"] for fault in sandbox.control("GET", "faults")]
    assert [fault["kind"] for fault in sandbox.control("DELETE", f"faults/{numbers[0]}")] == ["status"]
    for name in (f"faults/{numbers[0]}", "faults/x"):
        answer = requests.delete(f"{sandbox.url}/_sandbox/{name}", timeout=30)
        assert answer.status_code == 400
    assert [fault["number"] for fault in sandbox.control("GET", "faults")] == numbers[1:]


def test_a_contract_profile_is_put_in_force_and_taken_back(sandbox: Sandbox) -> None:
    sandbox.set_switches(api_absences_pending=True)
    assert sandbox.control("GET", "contract")["active"] == []
    assert sandbox.control("POST", "contract", {"contract": "camel+bulk-paged"})["active"] == ["bulk-paged", "camel"]
    assert sandbox.control("GET", "switches")["calculations_route"] == "bulk"
    document = requests.get(f"{sandbox.url}/swagger/v1/swagger.json", timeout=30).json()
    assert "firstName" in document["components"]["schemas"]["User"]["properties"]
    assert sandbox.control("POST", "contract", {"contract": "hours"})["active"] == ["hours"]
    assert sandbox.control("POST", "contract", {"contract": None})["active"] == []
    switches = sandbox.control("GET", "switches")
    assert (switches["calculations_route"], switches["api_absences_pending"]) == ("by-path", True)


def test_pending_absences_are_listed_until_they_are_decided(sandbox: Sandbox) -> None:
    user = employee_at(sandbox, 1).id
    added = sandbox.control("POST", "absences", {"action": "add", "user_id": user, "date": "2026-10-07"})
    assert added in sandbox.control("GET", "pending")
    sandbox.control("POST", "absences", {"action": "approve", "id": added["Id"]})
    assert added["Id"] not in [absence["Id"] for absence in sandbox.control("GET", "pending")]
