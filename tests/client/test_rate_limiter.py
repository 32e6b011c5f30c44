# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

import pytest

from airflow_provider_allhours.client.rate_limiter import RateLimiter, shared_rate_limiter


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
    limiter = RateLimiter(clock=clock)
    limiter.wait_turn(None, clock.sleep)
    assert clock.slept == []
    limiter.pause(3)
    limiter.pause(1)
    limiter.wait_turn(None, clock.sleep)
    assert clock.slept == [3]


def test_a_budget_spaces_requests() -> None:
    clock = Clock()
    limiter = RateLimiter(clock=clock)
    for _ in range(4):
        limiter.wait_turn(2, clock.sleep)
    assert clock.now == pytest.approx(101.5)


def test_a_pause_ends_in_the_middle_of_a_budget() -> None:
    clock = Clock()
    limiter = RateLimiter(clock=clock)
    limiter.wait_turn(0.5, clock.sleep)
    limiter.pause(5)
    assert limiter.paused_for() == 5
    limiter.wait_turn(0.5, clock.sleep)
    assert clock.slept == [5]
    assert limiter.paused_for() == 0
    limiter.wait_turn(None, clock.sleep)
    assert clock.slept == [5]
    limiter.wait_turn(0.5, clock.sleep)
    assert clock.slept == [5, 2]


def test_a_pause_that_raises_ends_the_wait_without_a_turn() -> None:
    clock = Clock()
    limiter = RateLimiter(clock=clock)

    def stopped(seconds: float) -> None:
        raise InterruptedError

    limiter.wait_turn(1, clock.sleep)
    with pytest.raises(InterruptedError):
        limiter.wait_turn(1, stopped)
    limiter.wait_turn(1, clock.sleep)
    assert clock.slept == [1]


def test_a_rate_limiter_belongs_to_an_account() -> None:
    one = shared_rate_limiter("https://a", "id")
    assert shared_rate_limiter("https://a", "id") is one
    assert shared_rate_limiter("https://b", "id") is not one
    assert shared_rate_limiter("https://a", "other") is not one
