# SPDX-License-Identifier: Apache-2.0
"""A rescheduled task in Airflow's own processes knows its last look, where Airflow has a store for it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from airflow.sdk import DAG

from airflow_provider_allhours.flows import readiness_watch
from airflow_provider_allhours.sandbox.server import Sandbox
from airflow_provider_allhours.sensors.periods import AllHoursPeriodReadySensor
from tests.helpers import employee_at, finish_october

sdk = pytest.importorskip("airflow.sdk.execution_time.context")


@pytest.mark.slow
@pytest.mark.skipif(not hasattr(sdk, "TaskStateStoreAccessor"), reason="this Airflow has no store for tasks")
def test_a_rescheduled_task_does_not_read_everybody_again(
    allhours_connection: Sandbox, run_dag: Callable[..., Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    finish_october(allhours_connection)
    day = {"user_id": employee_at(allhours_connection, 8).id, "date": "2026-10-14"}
    allhours_connection.control("POST", "days", {**day, "missing_event": True})
    whole, partial = [], []
    evaluate, somebody_blocks = readiness_watch.evaluate_period, readiness_watch.PeriodWatch._somebody_still_blocks

    def noted(*arguments: Any, **options: Any) -> Any:
        whole.append(1)
        return evaluate(*arguments, **options)

    def asked(watch: Any, client: Any, lists: Any) -> bool:
        partial.append(1)
        if len(partial) == 3:
            allhours_connection.control("POST", "days", {**day, "missing_event": False})
        return somebody_blocks(watch, client, lists)

    monkeypatch.setattr(readiness_watch, "evaluate_period", noted)
    monkeypatch.setattr(readiness_watch.PeriodWatch, "_somebody_still_blocks", asked)
    # Everybody may be read after an hour, which passes once the last one was corrected.
    monkeypatch.setattr(readiness_watch.PeriodWatch, "_is_whole_look_due", lambda _: True)
    with DAG("keeps_its_last_look", schedule=None) as dag:
        AllHoursPeriodReadySensor(
            task_id="wait", period="2026-10", full_look_interval=3600, poke_interval=0.3, timeout=600, mode="reschedule"
        )
    run = run_dag(dag)
    assert run.state == "success"
    assert (len(whole), len(partial)) == (2, 3)
    assert run.get_task_instance("wait").xcom_pull(task_ids="wait", key="summary") == "October 2026 is ready"
