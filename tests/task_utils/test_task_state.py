# SPDX-License-Identifier: Apache-2.0
"""What a task keeps between its processes; without it more requests are sent, and nothing fails."""

from __future__ import annotations

import logging
from typing import Any

import pytest

from airflow_provider_allhours.task_utils.task_state import load_state, save_state


class Store(dict[str, Any]):
    def set(self, key: str, value: Any) -> None:
        self[key] = value


class BrokenStore:
    def get(self, key: str) -> Any:
        raise RuntimeError("no server")

    def set(self, key: str, value: Any) -> None:
        raise RuntimeError("no server")


def context(store: Any) -> Any:
    return {"task_state_store": store}


def test_what_was_saved_is_loaded() -> None:
    store = Store()
    assert load_state(context(store), "k") is None
    save_state(context(store), "k", {"a": 1})
    assert load_state(context(store), "k") == {"a": 1}


def test_an_airflow_without_a_store_keeps_nothing() -> None:
    save_state(context(None), "k", {"a": 1})
    assert load_state(context(None), "k") is None


def test_a_store_that_fails_is_told_and_fails_nobody(caplog: pytest.LogCaptureFixture) -> None:
    save_state(context(BrokenStore()), "k", 1)
    assert load_state(context(BrokenStore()), "k") is None
    assert [record.levelno for record in caplog.records] == [logging.WARNING] * 2
