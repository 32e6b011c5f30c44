# SPDX-License-Identifier: Apache-2.0
"""A close that was killed anywhere: the next one makes the version, or finds it."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from airflow_provider_allhours.client import AllHoursClient
from airflow_provider_allhours.flows.period_close import close_period
from airflow_provider_allhours.flows.versions import open_close
from airflow_provider_allhours.periods import Period
from airflow_provider_allhours.sandbox.server import Sandbox
from tests.flows.crashes import die_at, moments_of

OCTOBER = Period.of_month(2026, 10)


@pytest.fixture
def allhours_sandbox_options() -> dict[str, Any]:
    return {"employees": 20, "months": 1, "clean_ids": True}


@pytest.mark.slow
def test_every_moment_of_a_close(
    sandbox: Sandbox, client_of: Callable[..., AllHoursClient], payroll: Any, tmp_path: Path
) -> None:
    periods = payroll.folder / "periods"

    def close() -> Any:
        with client_of(sandbox) as client:
            return close_period(client, period=OCTOBER, path=periods, timezone="Europe/Ljubljana")

    payroll.export(close())
    payroll.correct(sandbox)
    kept = tmp_path.with_name(f"{tmp_path.name}-kept")
    shutil.copytree(payroll.folder, kept)

    def reset() -> None:
        shutil.rmtree(payroll.folder)
        shutil.copytree(kept, payroll.folder)

    moments = moments_of(close, payroll.folder)
    reset()
    assert len(moments) > 10
    for at, moment in enumerate(moments, start=1):
        reset()
        die_at(at, close, payroll.folder)
        result = close()
        assert result["version"] == 2, moment
        assert close() == {**result, "changed": False}, moment
        version = open_close(result["manifest_path"])
        manifest = json.loads(Path(result["manifest_path"]).read_text())
        assert len(list(version.people())) == manifest["employees"], moment
        assert manifest["delta"]["lines"] > 0, moment
        # A folder of a killed run goes with the next version; it has nothing but its lock.
        left = [path for path in periods.rglob("*") if path.is_file() and ".allhours" in str(path)]
        assert {path.name for path in left} <= {".lock"}, moment
