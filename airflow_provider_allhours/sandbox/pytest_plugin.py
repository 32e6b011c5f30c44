# SPDX-License-Identifier: Apache-2.0
"""Fixtures for people who test their own DAGs: ``pytest_plugins = "airflow_provider_allhours.sandbox.pytest_plugin"``.

``allhours_sandbox`` is a fresh company per test; ``allhours_connection`` also sets ``AIRFLOW_CONN_ALLHOURS_DEFAULT``
to reach it. Override ``allhours_sandbox_options`` to choose size, seed, today or switches.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from airflow_provider_allhours.sandbox.server import Sandbox


@pytest.fixture
def allhours_sandbox_options() -> dict[str, Any]:
    """Keyword arguments of :class:`Sandbox`."""
    return {"employees": 20, "months": 3}


@pytest.fixture
def allhours_sandbox(allhours_sandbox_options: dict[str, Any]) -> Iterator[Sandbox]:
    """A running sandbox with a fresh company."""
    with Sandbox(**allhours_sandbox_options) as sandbox:
        yield sandbox


@pytest.fixture
def allhours_connection(allhours_sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch) -> Sandbox:
    """The sandbox, reachable as the Airflow connection ``allhours_default``."""
    monkeypatch.setenv("AIRFLOW_CONN_ALLHOURS_DEFAULT", allhours_sandbox.connection_json())
    return allhours_sandbox
