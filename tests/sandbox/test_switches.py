# SPDX-License-Identifier: Apache-2.0
"""Every switch, on the wire: what it changes, and that it changes nothing at its default."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
import requests

from airflow_provider_allhours.sandbox.server import Sandbox
from airflow_provider_allhours.sandbox.switches import PAGE_HINTS, Switches, switch_docs
from tests.helpers import employee_at

WINDOW = {"dateFrom": "2026-10-05T00:00:00", "dateTo": "2026-10-09T00:00:00"}
Get = Callable[..., requests.Response]


@pytest.fixture
def get(sandbox: Sandbox) -> Get:
    form = {"grant_type": "client_credentials", "client_id": sandbox.client_id, "client_secret": sandbox.client_secret}
    token = requests.post(sandbox.token_url, data=form, timeout=30).json()["access_token"]

    def send(path: str, **query: Any) -> requests.Response:
        headers = {"Authorization": f"Bearer {token}"}
        return requests.get(f"{sandbox.url}/api/v1/{path}", params=query, headers=headers, timeout=30)

    return send


@pytest.fixture
def user_id(sandbox: Sandbox) -> str:
    return employee_at(sandbox, 1).id


@pytest.fixture
def days(get: Get, user_id: str) -> Callable[[], list[dict[str, Any]]]:
    return lambda: list(get(f"UserCalculations/{user_id}", **WINDOW).json()["DailyCalculations"])


# Users


def test_users_without_the_flag_or_with_another_name_for_it(sandbox: Sandbox, get: Get, user_id: str) -> None:
    flag = "User.IsTimeAttendanceUser"
    sandbox.set_switches(null_fields=[flag])
    assert {user["IsTimeAttendanceUser"] for user in get("Users").json()} == {None}
    assert get(f"Users/{user_id}").json()["IsTimeAttendanceUser"] is None
    sandbox.set_switches(null_fields=[], absent_fields=[flag])
    assert all("IsTimeAttendanceUser" not in user for user in get("Users").json())
    sandbox.set_switches(absent_fields=[], renamed_fields={flag: "HasTimesheets"})
    assert {user["HasTimesheets"] for user in get("Users").json()} == {True, False}


@pytest.mark.parametrize("copy", ["identical", "differing"])
def test_one_person_is_listed_twice(sandbox: Sandbox, get: Get, copy: str) -> None:
    before = get("Users").json()
    sandbox.set_switches(doubled_user=copy)
    *users, last = get("Users").json()
    assert users == before
    original = next(user for user in users if user["Id"] == last["Id"])
    assert (original == last) is (copy == "identical")
    assert original["IsTimeAttendanceUser"]


@pytest.mark.parametrize(("year", "date"), [("0001", "0001-01-01T00:00:00"), ("9999", "9999-12-31T00:00:00")])
def test_a_year_stands_for_no_stop_date(sandbox: Sandbox, get: Get, year: str, date: str) -> None:
    stops = [user["CalculationStopDate"] for user in get("Users").json()]
    assert set(stops) > {None}
    sandbox.set_switches(no_stop_date=year)
    assert [user["CalculationStopDate"] for user in get("Users").json()] == [stop or date for stop in stops]


def test_one_user_stops_before_the_start(sandbox: Sandbox, get: Get) -> None:
    before = get("Users").json()
    sandbox.set_switches(stop_before_start=True)
    changed = [user for user, old in zip(get("Users").json(), before, strict=True) if user != old]
    assert len(changed) == 1
    assert changed[0]["CalculationStopDate"] < changed[0]["CalculationStartDate"]


def test_first_names_end_with_a_lone_surrogate(sandbox: Sandbox, get: Get) -> None:
    sandbox.set_switches(lone_surrogates=True)
    body = get("Users").content
    assert b"\\ud800" in body
    assert all(user["FirstName"].endswith("\ud800") for user in json.loads(body))


@pytest.mark.parametrize(
    ("route", "path", "field"),
    [
        ("users", "Users", "Id"),
        ("absences", "Absences", "UserId"),
        ("clockings", "Clockings", "UserId"),
        ("daily_calculations", "UserCalculations/{user_id}", "UserId"),
    ],
)
def test_ids_of_one_route_are_in_upper_case(
    sandbox: Sandbox, get: Get, user_id: str, route: str, path: str, field: str
) -> None:
    def ids(content: Any) -> list[str]:
        return [record[field] for record in (content if isinstance(content, list) else content["DailyCalculations"])]

    path = path.format(user_id=user_id)
    before = ids(get(path, **WINDOW).json())
    sandbox.set_switches(upper_case_ids=[route])
    assert ids(get(path, **WINDOW).json()) == [identifier.upper() for identifier in before] != before
    other = "Absences" if route == "users" else "Users"
    assert all(record["Id"] == record["Id"].lower() for record in get(other).json())


# Employee-days


@pytest.mark.parametrize(
    ("style", "expected"), [("hours", 8.0), ("seconds", 28_800), ("hh:mm", "08:00"), ("minutes", 480)]
)
def test_durations_in_every_format(sandbox: Sandbox, get: Get, user_id: str, style: str, expected: Any) -> None:
    key = {"user_id": user_id, "date": "2026-10-05"}
    sandbox.control("POST", "days", {**key, "clockings": [["08:00", "Arrival"], ["16:30", "Departure"]]})
    sandbox.set_switches(minutes_format=style)
    day = get(f"UserCalculations/{user_id}", **WINDOW).json()["DailyCalculations"][0]
    summary = day["CalculationResultSummary"]
    assert summary["PaidPresenceValue"] == expected
    assert type(summary["PaidPresenceValue"]) is type(expected)
    assert summary["LunchBreakCountValue"] == 1
    counters = {counter["CalculationResultTypeCode"]: counter["Value"] for counter in day["Accruals"]}
    assert (counters[33], counters[103]) == (str(expected), "1")


def test_a_negative_duration_keeps_its_sign(sandbox: Sandbox, get: Get, user_id: str) -> None:
    key = {"user_id": user_id, "date": "2026-10-05"}
    sandbox.control("POST", "days", {**key, "clockings": [["08:00", "Arrival"], ["16:25", "Departure"]]})
    sandbox.set_switches(minutes_format="hh:mm")
    day = get(f"UserCalculations/{user_id}", **WINDOW).json()["DailyCalculations"][0]
    assert day["CalculationResultSummary"]["DailyBalanceValue"] == "-00:05"


def test_a_summary_field_exceeds_a_day(sandbox: Sandbox, days: Callable[[], list[dict[str, Any]]]) -> None:
    sandbox.set_switches(oversized_field="PaidAbsenceValue")
    values = [day["CalculationResultSummary"]["PaidAbsenceValue"] for day in days()]
    assert values[0] == 1441
    assert max(values[1:]) <= 480


def test_nobodys_day_is_valid_on_some_dates(sandbox: Sandbox, days: Callable[[], list[dict[str, Any]]]) -> None:
    sandbox.set_switches(invalid_days=["2026-10-06", "2026-10-08"])
    assert [day["Date"] for day in days() if not day["IsCalculationValid"]] == ["2026-10-06", "2026-10-08"]


def test_a_field_is_absent_inside_nested_records(sandbox: Sandbox, get: Get, user_id: str) -> None:
    sandbox.set_switches(absent_fields=["DailySummary.PaidPresenceValue", "Absence.Status", "CalculationResult.Value"])
    window = {"dateFrom": "2026-08-01T00:00:00", "dateTo": "2026-10-31T00:00:00"}
    records = get(f"UserCalculations/{user_id}", **window).json()["DailyCalculations"]
    absences = [absence for day in records for absence in day["Absences"]]
    assert absences
    assert not [absence for absence in absences + get("Absences").json() if "Status" in absence]
    assert not [day for day in records if "PaidPresenceValue" in day["CalculationResultSummary"]]
    assert not [counter for day in records for counter in day["Accruals"] if "Value" in counter]
    document = requests.get(f"{sandbox.url}/swagger/v1/swagger.json", timeout=30).json()
    assert "Status" not in document["components"]["schemas"]["Absence"]["properties"]


def test_whole_days_in_utc(sandbox: Sandbox, get: Get, days: Callable[[], list[dict[str, Any]]]) -> None:
    clockings = get("Clockings", **WINDOW).json()
    sandbox.set_switches(whole_days_in_utc=True)
    assert [day["Date"] for day in days()][:2] == ["2026-10-04T22:00:00Z", "2026-10-05T22:00:00Z"]
    stamps = {absence["Timestamp"][10:] for absence in get("Absences").json()}
    assert stamps <= {"T22:00:00Z", "T23:00:00Z"}
    assert get("Clockings", **WINDOW).json() == clockings
    sandbox.set_switches(whole_days_in_utc=False, timestamp_style="utc")
    shifted = get("Clockings", **WINDOW).json()[0]["Timestamp"]
    assert shifted.endswith("Z")
    assert int(shifted[11:13]) == (int(clockings[0]["Timestamp"][11:13]) - 2) % 24


# Windows


@pytest.mark.parametrize("inclusive", [True, False])
def test_windows_are_limited(sandbox: Sandbox, get: Get, user_id: str, inclusive: bool) -> None:
    sandbox.set_switches(
        max_window_days=5, calculations_end_inclusive=inclusive, date_to_inclusive=inclusive
    )  # fmt: skip
    last = "2026-10-09" if inclusive else "2026-10-10"
    late = "2026-10-10" if inclusive else "2026-10-11"
    for path in (f"UserCalculations/{user_id}", "Absences", "Clockings"):
        assert get(path, dateFrom="2026-10-05T00:00:00", dateTo=f"{last}T00:00:00").status_code == 200
        refused = get(path, dateFrom="2026-10-05T00:00:00", dateTo=f"{late}T00:00:00")
        assert (refused.status_code, refused.json()) == (400, {"error": "The period is too long."})
    records = get(f"UserCalculations/{user_id}", dateFrom="2026-10-05T00:00:00", dateTo=f"{last}T00:00:00").json()
    assert [day["Date"] for day in records["DailyCalculations"]] == [f"2026-10-{day:02d}" for day in range(5, 10)]


# Lists


@pytest.mark.parametrize("hint", PAGE_HINTS)
def test_a_bare_array_is_cut_at_a_page(sandbox: Sandbox, get: Get, hint: str) -> None:
    everyone, absences = get("Users").json(), get("Absences").json()
    sandbox.set_switches(paging={"size": 8, "routes": ["users"], "hint": hint})
    pages = [get("Users", page=page, x="y") for page in (1, 2, 3)]
    contents = [page.json() for page in pages]
    lists = [
        content if isinstance(content, list) else content.get("Items", content.get("value")) for content in contents
    ]
    assert [len(users) for users in lists] == [8, 8, 5]
    assert [user for users in lists for user in users] == everyone
    assert get("Absences").json() == absences
    if hint == "none":
        assert isinstance(contents[0], list)
        assert not {"link", "x-total-count", "x-pagination"} & set(map(str.lower, pages[0].headers))
    elif hint == "link":
        assert pages[0].links["next"]["url"] == "/api/v1/Users?page=2&x=y"
        assert "next" not in pages[2].links
    elif hint == "x-total-count":
        assert pages[0].headers[hint] == "21"
    elif hint == "x-pagination":
        expected = {"CurrentPage": 1, "PageSize": 8, "TotalCount": 21, "TotalPages": 3}
        assert json.loads(pages[0].headers[hint]) == expected
    elif hint in ("TotalCount", "@odata.count"):
        assert [content[hint] for content in contents] == [21, 21, 21]
    else:
        assert contents[0][hint] == "/api/v1/Users?page=2&x=y"
        assert hint not in contents[2]


@pytest.mark.parametrize(
    ("form", "status", "body"),
    [("array", 200, b"[]"), ("null", 200, b"null"), ("204", 204, b""), ("empty-body", 200, b"")],
)
def test_an_empty_list_in_every_form(sandbox: Sandbox, get: Get, form: str, status: int, body: bytes) -> None:
    sandbox.set_switches(empty_lists=form)
    empty = get("Absences", dateFrom="2030-01-01T00:00:00", dateTo="2030-01-01T00:00:00")
    assert (empty.status_code, empty.content) == (status, body)
    administrator = get("Users").json()[0]
    no_days = get(f"UserCalculations/{administrator['Id']}", **WINDOW)
    assert (no_days.status_code, no_days.content) == (status, body if form != "array" else b'{"DailyCalculations":[]}')
    assert len(get("Users").json()) == 21


def test_absences_are_hidden_at_first(sandbox: Sandbox, get: Get, user_id: str) -> None:
    sandbox.set_switches(absences_hidden_times=2)
    assert [bool(get("Absences").json()) for _ in range(3)] == [False, False, True]
    sandbox.reset_stats()
    assert get("Absences").json()


# Tokens


@pytest.mark.parametrize("literal", ["0", "-5", "NaN", "1e999", '"3600"', "null"])
def test_expires_in_is_sent_as_stated(sandbox: Sandbox, literal: str) -> None:
    sandbox.set_switches(expires_in=literal)
    form = {"grant_type": "client_credentials", "client_id": sandbox.client_id, "client_secret": sandbox.client_secret}
    answer = requests.post(sandbox.token_url, data=form, timeout=30)
    assert f'"expires_in":{literal},' in answer.text
    headers = {"Authorization": f"Bearer {json.loads(answer.text)['access_token']}"}
    assert requests.get(f"{sandbox.url}/api/v1/AbsenceDefinitions", headers=headers, timeout=30).status_code == 200


@pytest.mark.parametrize("suffix", ["\r\nX-Injected: 1", "ž€"])
def test_a_token_that_no_header_can_carry(sandbox: Sandbox, suffix: str) -> None:
    sandbox.set_switches(token_suffix=suffix)
    form = {"grant_type": "client_credentials", "client_id": sandbox.client_id, "client_secret": sandbox.client_secret}
    assert requests.post(sandbox.token_url, data=form, timeout=30).json()["access_token"].endswith(suffix)


# The declarations


@pytest.mark.parametrize(
    "changes",
    [
        {"paging": {"size": 0}},
        {"paging": {"size": None}},
        {"paging": {"hint": "link"}},
        {"paging": {"size": 5, "hint": "smoke"}},
        {"paging": {"size": 5, "colour": "red"}},
        {"archived_listed": "no"},
        {"max_window_days": 0},
        {"latency_ms": -1},
        {"token_lifetime": True},
        {"absent_fields": "User.Email"},
        {"absent_fields": [1]},
        {"renamed_fields": {"User.Email": 1}},
        {"empty_lists": "nothing"},
        {"expires_in": 5},
        {"token_suffix": None},
    ],
)
def test_a_value_that_a_switch_does_not_take_changes_nothing(sandbox: Sandbox, changes: dict[str, Any]) -> None:
    body = {"api_absences_pending": True, **changes}
    answer = requests.post(f"{sandbox.url}/_sandbox/switches", json=body, timeout=30)
    assert answer.status_code == 400
    assert answer.json()["error"].startswith(f"{next(iter(changes))} does not take ")
    assert sandbox.control("GET", "switches") == Switches().to_json()


def test_every_switch_is_documented_and_takes_its_default() -> None:
    docs = switch_docs()
    assert set(docs) == set(Switches().to_json())
    Switches().change({name: default for name, (default, _) in docs.items()})
    assert all(doc.endswith(".") for _, doc in docs.values())
    first, second = Switches(), Switches()
    first.missing_routes.append("users")
    assert second.missing_routes == []


def test_answers_are_compressed_for_those_that_accept_it(sandbox: Sandbox, get: Get) -> None:
    sandbox.reset_stats()
    plain = get("Users")
    assert plain.headers.get("Content-Encoding") is None
    assert sandbox.stats()["body_bytes"] == len(plain.content)
    sandbox.set_switches(gzip=True)
    sandbox.reset_stats()
    answer = get("Users")
    assert (answer.headers["Content-Encoding"], answer.content) == ("gzip", plain.content)
    assert sandbox.stats()["body_bytes"] == int(answer.headers["Content-Length"]) < len(plain.content) / 2
    authorization = {"Authorization": str(answer.request.headers["Authorization"])}
    url = f"{sandbox.url}/api/v1/Users"
    other = requests.get(url, headers={**authorization, "Accept-Encoding": "identity"}, timeout=30)
    assert (other.headers.get("Content-Encoding"), other.content) == (None, plain.content)
