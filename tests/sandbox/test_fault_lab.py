# SPDX-License-Identifier: Apache-2.0
"""The fault lab: what every kind does, and that it counts what it did and nothing else."""

from __future__ import annotations

import json
import socket
from concurrent.futures import ThreadPoolExecutor
from http.client import HTTPConnection
from typing import Any

import pytest
import requests

from airflow_provider_allhours.sandbox.fault_kinds import FAULT_KINDS
from airflow_provider_allhours.sandbox.faults import KINDS
from airflow_provider_allhours.sandbox.server import Sandbox
from tests.helpers import employee_at

WINDOW = {"dateFrom": "2026-10-05T00:00:00", "dateTo": "2026-10-09T00:00:00"}
NEEDS_DAYS = {"missing_day", "doubled_day"}
NEEDS_CONTENT = NEEDS_DAYS | {
    "html",
    "empty_body",
    "deep_json",
    "wrong_shape",
    "empty",
    "truncated",
    "truncated_json",
    "slow_body",
}
SHORT = {"latency": {"ms": 1}, "slow_body": {"ms": 1}, "slow_headers": {"ms": 1}, "gzip_bomb": {"megabytes": 1}}


class Caller:
    """Sends requests with a token; a dropped connection is None."""

    def __init__(self, sandbox: Sandbox) -> None:
        self.url = f"{sandbox.url}/api/v1"
        self.someone = employee_at(sandbox, 1).id
        form = {"grant_type": "client_credentials", "client_id": sandbox.client_id}
        form["client_secret"] = sandbox.client_secret
        token = requests.post(sandbox.token_url, data=form, timeout=30).json()["access_token"]
        self.headers = {"Authorization": f"Bearer {token}"}
        sandbox.reset_stats()

    def __call__(self, path: str, method: str = "GET", **options: Any) -> requests.Response | None:
        options = {"headers": self.headers, "timeout": 30, "allow_redirects": False, **options}
        try:
            return requests.request(method, f"{self.url}/{path}", **options)
        except (requests.ConnectionError, requests.exceptions.ChunkedEncodingError):
            return None

    def answered(self, path: str, method: str = "GET", **options: Any) -> requests.Response:
        """The response of a request whose connection is not dropped."""
        answer = self(path, method, **options)
        assert answer is not None, f"{method} {path} had no response"
        return answer

    def days(self) -> Any:
        answer = self(f"UserCalculations/{self.someone}", params=WINDOW)
        return None if answer is None else answer.json()

    def hang_up_early(self, path: str) -> bytes:
        with requests.get(f"{self.url}/{path}", headers=self.headers, timeout=30, stream=True) as answer:
            return next(answer.iter_content(1_000_000))


@pytest.fixture
def call(sandbox: Sandbox) -> Caller:
    return Caller(sandbox)


def struck(sandbox: Sandbox) -> tuple[dict[str, int], list[int]]:
    return sandbox.stats()["faults"], [fault["struck"] for fault in sandbox.control("GET", "faults")]


# Counting


@pytest.mark.parametrize("kind", KINDS)
def test_a_kind_counts_each_request_that_it_changed(sandbox: Sandbox, call: Caller, kind: str) -> None:
    undisturbed = call(f"UserCalculations/{call.someone}", params=WINDOW)
    sandbox.fault(kind, route="daily_calculations", times=2, **SHORT.get(kind, {}))
    for _ in range(2):
        if kind == "endless_body":
            call.hang_up_early(f"UserCalculations/{call.someone}")
            continue
        answer = call(f"UserCalculations/{call.someone}", params=WINDOW)
        if kind not in ("latency", "slow_body", "slow_headers"):
            assert undisturbed is not None
            assert answer is None or (answer.status_code, answer.content) != (200, undisturbed.content)
    assert struck(sandbox) == ({kind: 2}, [2])
    if kind != "revoke":
        after = call(f"UserCalculations/{call.someone}", params=WINDOW)
        assert after is not None
        assert undisturbed is not None
        assert after.content == undisturbed.content
        assert struck(sandbox) == ({kind: 2}, [2])


@pytest.mark.parametrize("kind", sorted(NEEDS_CONTENT))
def test_a_fault_without_anything_to_act_on_does_not_count(sandbox: Sandbox, call: Caller, kind: str) -> None:
    absence = call.answered("Absences").json()[0]["Id"]
    sandbox.fault(kind, times=1, **SHORT.get(kind, {}))
    deleted = call(f"Absences/{absence}", "DELETE")
    assert deleted is not None
    assert deleted.status_code == 204
    assert struck(sandbox) == ({}, [0])
    if kind in NEEDS_DAYS:
        call("Users")
        assert struck(sandbox) == ({}, [0])
    call.days() if kind in NEEDS_DAYS else call("Users")
    assert struck(sandbox) == ({kind: 1}, [1])


@pytest.mark.parametrize("kind", sorted(name for name, kind in FAULT_KINDS.items() if kind.stage.name in
                                        ("CONTENT", "BODY", "SENDING")))  # fmt: skip
def test_a_fault_of_the_body_does_not_count_behind_an_error_answer(sandbox: Sandbox, call: Caller, kind: str) -> None:
    sandbox.faults({"kind": "status", "times": 1}, {"kind": kind, "times": 1})
    answer = call("Users")
    assert answer is not None
    assert answer.status_code == 503
    assert struck(sandbox) == ({"status": 1}, [1, 0])
    assert call.answered("Users/nobody").status_code == 404
    assert struck(sandbox) == ({"status": 1}, [1, 0])


def test_a_day_that_is_not_in_the_answer_is_not_left_out_or_doubled(sandbox: Sandbox, call: Caller) -> None:
    days = call.days()
    sandbox.faults({"kind": "missing_day", "date": "2026-11-01"}, {"kind": "doubled_day", "date": "2026-11-01"})
    assert call.days() == days
    assert struck(sandbox) == ({}, [0, 0])


def test_two_faults_of_one_kind_both_act(sandbox: Sandbox, call: Caller) -> None:
    sandbox.faults({"kind": "missing_day", "date": "2026-10-05"}, {"kind": "missing_day", "date": "2026-10-07"})
    assert [day["Date"][-2:] for day in call.days()["DailyCalculations"]] == ["06", "08", "09"]
    assert struck(sandbox) == ({"missing_day": 2}, [1, 1])


def test_of_two_early_answers_the_first_rule_wins_and_the_other_waits(sandbox: Sandbox, call: Caller) -> None:
    sandbox.faults({"kind": "status", "status": 500, "times": 1}, {"kind": "rate_limit", "times": 1})
    assert [call.answered("Users").status_code for _ in range(3)] == [500, 429, 200]
    assert struck(sandbox) == ({"status": 1, "rate_limit": 1}, [1, 1])


def test_a_fault_behind_a_dropped_connection_waits(sandbox: Sandbox, call: Caller) -> None:
    sandbox.faults({"kind": "html", "times": 1}, {"kind": "reset", "times": 1})
    assert call("Users") is None
    assert struck(sandbox) == ({"reset": 1}, [0, 1])
    assert call.answered("Users").text.startswith("<!DOCTYPE")
    assert struck(sandbox) == ({"html": 1, "reset": 1}, [1, 1])


def test_a_replaced_body_leaves_other_faults_of_the_answer_waiting(sandbox: Sandbox, call: Caller) -> None:
    sandbox.faults(
        {"kind": "missing_day", "times": 1}, {"kind": "empty_body", "times": 1}, {"kind": "html", "times": 1}
    )
    bodies = [call.answered(f"UserCalculations/{call.someone}", params=WINDOW).content for _ in range(3)]
    assert bodies[0] == b""
    assert bodies[1].startswith(b"<!DOCTYPE")
    assert len(json.loads(bodies[2])["DailyCalculations"]) == 4
    assert struck(sandbox) == ({"empty_body": 1, "html": 1, "missing_day": 1}, [1, 1, 1])


def test_times_holds_for_requests_at_the_same_time(sandbox: Sandbox, call: Caller) -> None:
    sandbox.faults({"kind": "latency", "ms": 200}, {"kind": "status", "times": 3})
    with ThreadPoolExecutor(8) as pool:
        statuses = list(pool.map(lambda _: call.answered("AbsenceDefinitions").status_code, range(8)))
    assert sorted(statuses) == [200] * 5 + [503] * 3
    assert struck(sandbox) == ({"latency": 8, "status": 3}, [8, 3])


def test_probability_counts_what_it_struck(sandbox: Sandbox, call: Caller) -> None:
    sandbox.fault("status", probability=0.4, seed=11)
    statuses = [call.answered("AbsenceDefinitions").status_code for _ in range(40)]
    assert 5 < statuses.count(503) < 35
    assert struck(sandbox) == ({"status": statuses.count(503)}, [statuses.count(503)])
    sandbox.clear_faults()
    sandbox.faults({"kind": "status", "probability": 0}, {"kind": "rate_limit", "probability": 1, "times": 1})
    assert [call.answered("AbsenceDefinitions").status_code for _ in range(2)] == [429, 200]


def test_match_method_and_after_count_only_what_they_concern(sandbox: Sandbox, call: Caller) -> None:
    sandbox.fault("status", match=call.someone.upper(), method="get", after=1)
    other = employee_at(sandbox, 2).id
    paths = [f"Users/{call.someone}", f"Users/{other}", f"UserCalculations/{call.someone}", f"Users/{call.someone}"]
    assert [call.answered(path).status_code for path in paths] == [200, 200, 503, 503]
    assert call.answered(f"Users/{call.someone}", "PUT", json={}).status_code == 200
    fault = sandbox.control("GET", "faults")[0]
    assert (fault["seen"], fault["struck"]) == (3, 2)
    assert sandbox.stats()["faults"] == {"status": 2}


def test_no_pattern_matches_the_token_endpoint(sandbox: Sandbox, call: Caller) -> None:
    sandbox.fault("status", route="*")
    assert requests.post(sandbox.token_url, timeout=30).status_code == 400
    sandbox.fault("status", route="token", status=502)
    assert requests.post(sandbox.token_url, timeout=30).status_code == 502
    assert struck(sandbox) == ({"status": 1}, [0, 1])


@pytest.mark.parametrize(
    "rule",
    [
        {"status": "503"},
        {"times": -1},
        {"times": 1.5},
        {"after": None},
        {"probability": "half"},
        {"route": 5},
        {"as_date": 1},
        {"date": 20261005},
        {"ms": True},
        {"struck": 3},
        {"parameters": {}},
    ],
)
def test_a_rule_with_a_wrong_value_is_refused(sandbox: Sandbox, rule: dict[str, Any]) -> None:
    body = {"kind": "status", **rule}
    answer = requests.post(f"{sandbox.url}/_sandbox/faults", json=body, timeout=30)
    assert answer.status_code == 400
    assert next(iter(rule)) in answer.json()["error"]
    assert sandbox.control("GET", "faults") == []


# Kinds that test_contract does not look at


def test_a_gzip_bomb_is_small_on_the_wire(sandbox: Sandbox, call: Caller) -> None:
    sandbox.fault("gzip_bomb", megabytes=3)
    with requests.get(f"{call.url}/Users", headers=call.headers, timeout=30, stream=True) as answer:
        assert int(answer.headers["Content-Length"]) < 10_000
        assert sum(len(part) for part in answer.iter_content(65_536)) == 3_000_000


def test_an_endless_body_ends_when_the_client_hangs_up(sandbox: Sandbox, call: Caller) -> None:
    sandbox.fault("endless_body", times=1)
    assert call.hang_up_early("Users").isspace()
    while sandbox.stats()["in_flight"]:
        pass
    assert call.answered("Users").status_code == 200


def test_deep_json_is_as_deep_as_stated(sandbox: Sandbox, call: Caller) -> None:
    sandbox.faults({"kind": "deep_json", "depth": 3, "times": 1}, {"kind": "deep_json"})
    assert call.answered("Users").text == "[[[]]]"
    assert len(call.answered("Users").content) == 200_000


def test_slow_headers_come_in_pieces(sandbox: Sandbox, call: Caller) -> None:
    expected = call.answered("Users").content
    sandbox.fault("slow_headers", ms=500)
    head = f"GET /api/v1/Users HTTP/1.1\r\nHost: x\r\nAuthorization: {call.headers['Authorization']}\r\n\r\n"
    with socket.create_connection(("127.0.0.1", sandbox.port), timeout=30) as connection:
        connection.sendall(head.encode())
        parts = list(iter(lambda: connection.recv(65_536), b""))
    assert b"\r\n\r\n" not in parts[0]
    assert b"".join(parts).partition(b"\r\n\r\n")[2] == expected
    assert call.answered("Users").content == expected


@pytest.mark.parametrize("location", ["", "http://[::1", "ftp://x/", "/\u017e", "//"])
def test_a_location_may_be_broken(sandbox: Sandbox, call: Caller, location: str) -> None:
    sandbox.fault("redirect", location=location)
    connection = HTTPConnection("127.0.0.1", sandbox.port, timeout=30)
    connection.request("GET", "/api/v1/Users", headers=call.headers)
    answer = connection.getresponse()
    assert (answer.status, answer.read()) == (302, b"")
    assert answer.headers["Location"].encode("latin-1").decode() == location
    connection.close()


def test_304_has_no_body(sandbox: Sandbox, call: Caller) -> None:
    sandbox.fault("status", status=304)
    answer = call("Users")
    assert answer is not None
    assert (answer.status_code, answer.content, answer.headers.get("Content-Length")) == (304, b"", None)


@pytest.mark.parametrize(
    ("rule", "expected"),
    [
        ({"seconds": 1_000_000_000}, "1000000000"),
        ({"seconds": 0.25}, "0.25"),
        ({"seconds": 0}, "0"),
        ({"seconds": 10**15, "as_date": True}, " 51"),
    ],
)
def test_retry_after_may_be_years_away(sandbox: Sandbox, call: Caller, rule: dict[str, Any], expected: str) -> None:
    sandbox.fault("rate_limit", **rule)
    pause = call.answered("Users").headers["Retry-After"]
    assert pause == expected if "as_date" not in rule else expected in pause


def test_a_cut_after_a_write_has_written(sandbox: Sandbox, call: Caller) -> None:
    absence = call.answered("Absences").json()[0]["Id"]
    sandbox.fault("cut_after", method="DELETE", times=1)
    assert call(f"Absences/{absence}", "DELETE") is None
    assert call.answered(f"Absences/{absence}").status_code == 404
    assert struck(sandbox) == ({"cut_after": 1}, [1])
