# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

import time

import pytest

from airflow_provider_allhours.client.concurrency import map_ordered


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
