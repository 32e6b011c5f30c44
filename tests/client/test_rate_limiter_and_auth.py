# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

import threading
import time
from concurrent.futures import ThreadPoolExecutor

import pytest

from airflow_provider_allhours.client.auth import TokenSource, shared_token_source
from airflow_provider_allhours.client.concurrency import map_ordered
from airflow_provider_allhours.client.rate_limiter import RateLimiter


class Clock:
    def __init__(self) -> None:
        self.now = 100.0
        self.slept: list[float] = []

    def __call__(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.now += seconds


def test_a_pause_holds_everybody() -> None:
    clock = Clock()
    limiter = RateLimiter(clock=clock, sleep=clock.sleep)
    limiter.wait_turn(None)
    assert clock.slept == []
    limiter.pause(3)
    limiter.pause(1)
    limiter.wait_turn(None)
    assert clock.slept == [3]


def test_a_budget_spaces_requests() -> None:
    clock = Clock()
    limiter = RateLimiter(clock=clock, sleep=clock.sleep)
    for _ in range(4):
        limiter.wait_turn(2)
    assert clock.now == pytest.approx(101.5)


def test_a_token_is_renewed_a_minute_early_and_at_most_at_half_its_life() -> None:
    clock = Clock()
    for lifetime, renewed_after in ((3600.0, 3540.0), (60.0, 30.0)):
        source, fetched = TokenSource(clock=clock), []
        source.get(lambda lifetime=lifetime, fetched=fetched: (fetched.append(1) or "t", lifetime))  # type: ignore[misc]
        clock.now += renewed_after - 1
        source.get(lambda: pytest.fail("still good"))
        clock.now += 1
        assert source.get(lambda: ("t2", 10.0)) == "t2"


def test_a_refused_token_is_forgotten_once() -> None:
    source = TokenSource()
    old = source.get(lambda: ("old", 100.0))
    source.refuse(old)
    assert source.get(lambda: ("new", 100.0)) == "new"
    source.refuse(old)
    assert source.get(lambda: pytest.fail("the new one was not refused")) == "new"


def test_twenty_threads_at_expiry_fetch_one_token() -> None:
    source, fetched = TokenSource(), []
    barrier = threading.Barrier(20)

    def fetch() -> tuple[str, float]:
        fetched.append(1)
        time.sleep(0.05)
        return "t", 100.0

    def ask(_: int) -> str:
        barrier.wait()
        return source.get(fetch)

    with ThreadPoolExecutor(20) as pool:
        assert set(pool.map(ask, range(20))) == {"t"}
    assert len(fetched) == 1


def test_a_wrong_secret_does_not_borrow_the_right_ones_token() -> None:
    right = shared_token_source("https://t", "id", "right", "api")
    assert shared_token_source("https://t", "id", "right", "api") is right
    assert shared_token_source("https://t", "id", "wrong", "api") is not right


def test_results_come_in_order_and_are_read_ahead_only_so_far() -> None:
    started: list[int] = []

    def work(item: int) -> int:
        started.append(item)
        time.sleep(0.001 * (5 - item % 5))
        return item

    results = map_ordered(work, range(100), workers=3)
    assert next(results) == 0
    time.sleep(0.1)
    assert len(started) <= 8
    assert list(results) == list(range(1, 100))


def test_the_first_error_ends_it() -> None:
    started: list[int] = []

    def work(item: int) -> int:
        started.append(item)
        if item == 2:
            raise ValueError(item)
        time.sleep(0.01)
        return item

    with pytest.raises(ValueError, match="2"):
        list(map_ordered(work, range(1000), workers=2))
    assert len(started) < 20
