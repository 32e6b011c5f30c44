# SPDX-License-Identifier: Apache-2.0
"""The sandbox as a server: start, stop, several at once."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime

import pytest
import requests

from airflow_provider_allhours.sandbox.server import Sandbox


def answers(url: str) -> bool:
    try:
        return requests.get(f"{url}/_sandbox/company", timeout=30).status_code == 200
    except requests.ConnectionError:
        return False


def test_a_stopped_sandbox_answers_nobody_and_keeps_its_address() -> None:
    sandbox = Sandbox(employees=2, months=1)
    with pytest.raises(RuntimeError, match="not started"):
        _ = sandbox.port
    sandbox.start()
    url = sandbox.url
    assert answers(url)
    sandbox.stop()
    sandbox.stop()
    assert sandbox.url == url
    assert not answers(url)
    assert not [thread for thread in threading.enumerate() if thread.name == "allhours-sandbox"]


def test_a_stop_does_not_wait_for_requests_in_flight_or_open_connections() -> None:
    with ThreadPoolExecutor(1) as pool, requests.Session() as session:
        sandbox = Sandbox(employees=2, months=1, switches={"latency_ms": 600_000})
        sandbox.start()
        session.get(f"{sandbox.url}/_sandbox/company", timeout=30)
        hanging = pool.submit(requests.post, sandbox.token_url, timeout=300)
        while not sandbox.stats()["in_flight"]:
            pass
        sandbox.stop()
        with pytest.raises(requests.RequestException):
            hanging.result(timeout=60).raise_for_status()


def test_a_sandbox_starts_again_after_a_stop() -> None:
    sandbox = Sandbox(employees=2, months=1)
    for _ in range(2):
        with sandbox:
            assert answers(sandbox.url)


def test_what_keeps_a_sandbox_from_starting_is_raised() -> None:
    with Sandbox(employees=2, months=1) as sandbox, pytest.raises(OSError, match="in use"):
        Sandbox(employees=2, months=1, port=sandbox.port).start()


def test_several_sandboxes_serve_at_once() -> None:
    sandboxes = [Sandbox(employees=number, months=1) for number in range(1, 9)]
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(Sandbox.start, sandboxes))
        counts = list(pool.map(lambda sandbox: sandbox.control("GET", "company")["employees"], sandboxes))
        list(pool.map(Sandbox.stop, sandboxes))
    assert counts == list(range(1, 9))


def test_answers_are_dated(sandbox: Sandbox) -> None:
    sent = parsedate_to_datetime(requests.get(sandbox.url, timeout=30).headers["Date"])
    assert abs(datetime.now(UTC) - sent) < timedelta(minutes=5)
