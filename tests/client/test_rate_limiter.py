# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

import pytest

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
