# SPDX-License-Identifier: Apache-2.0
"""The absence watcher in Airflow's own triggerer, with the database's state store where this Airflow has one."""

from __future__ import annotations

import importlib.util
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from airflow.sdk import DAG, Asset, AssetWatcher

from airflow_provider_allhours.sandbox.server import Sandbox
from airflow_provider_allhours.triggers.absences import AllHoursAbsenceChangesTrigger
from tests.helpers import employee_at

# A triggerer needs a minute to start on a busy machine, and some seconds to count as dead.
pytestmark = [pytest.mark.e2e, pytest.mark.timeout(1200)]

HAS_STATE_STORE = importlib.util.find_spec("airflow.models.asset_state_store") is not None
MAX_TRIES = 1800


def watch(asset: str, tmp_path: Path) -> None:
    """Tell the database about a DAG whose asset the watcher feeds, as the DAG processor does."""
    try:
        from airflow.dag_processing.dagbag import DagBag, sync_bag_to_db
    except ImportError:  # Airflow 3.1
        from airflow.models.dagbag import DagBag, sync_bag_to_db

    trigger = AllHoursAbsenceChangesTrigger(poll_interval=0.3, lookback_days=3, lookahead_days=3)
    watched = Asset(asset, watchers=[AssetWatcher(name=f"{asset}_changes", trigger=trigger)])
    with DAG(f"dag_of_{asset}", schedule=[watched], is_paused_upon_creation=False) as dag:
        pass
    bag = DagBag(dag_folder=str(tmp_path / "no-dags-here"), collect_dags=False)
    dag.relative_fileloc = f"{dag.dag_id}.py"
    bag.bag_dag(dag)
    sync_bag_to_db(bag, "dags-folder", None)


@contextmanager
def triggerer(log: Path) -> Iterator[None]:
    with log.open("a") as file:
        process = subprocess.Popen(
            [sys.executable, "-m", "airflow", "triggerer", "--skip-serve-logs"],
            stdout=file,
            stderr=subprocess.STDOUT,
            # The second triggerer takes over when the first one counts as dead, after 30 seconds by default.
            env={
                **os.environ,
                "AIRFLOW__TRIGGERER__JOB_HEARTBEAT_SEC": "1",
                "AIRFLOW__TRIGGERER__TRIGGERER_HEALTH_CHECK_THRESHOLD": "5",
            },
        )
        try:
            yield
        finally:
            process.send_signal(signal.SIGTERM)
            try:
                process.wait(60)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()


def eventually(condition: Callable[[], Any], log: Path) -> Any:
    for _ in range(MAX_TRIES):
        if result := condition():
            return result
        time.sleep(0.2)
    raise AssertionError(
        f"the condition did not hold in {MAX_TRIES} tries; the triggerer wrote {log.read_text()[-6000:]}"
    )


def payloads(asset: str) -> list[dict[str, Any]]:
    from airflow.models.asset import AssetEvent, AssetModel
    from airflow.utils.session import create_session
    from sqlalchemy import select

    query = select(AssetEvent).join(AssetModel, AssetModel.id == AssetEvent.asset_id).where(AssetModel.name == asset)
    with create_session() as session:
        return [event.extra["payload"] for event in session.scalars(query.order_by(AssetEvent.id))]


def saved_polls() -> list[str]:
    from airflow.models.asset_state_store import AssetStateStoreModel
    from airflow.utils.session import create_session
    from sqlalchemy import select

    with create_session() as session:
        rows = session.scalars(select(AssetStateStoreModel)).all()
        return [str(row.value) for row in rows if row.key == "allhours_absences"]


def add(sandbox: Sandbox) -> str:
    user = employee_at(sandbox, 8).id
    body = {"action": "add", "user_id": user, "date": datetime.now(UTC).date().isoformat()}
    return str(sandbox.control("POST", "absences", body)["Id"])


def test_the_triggerer_runs_it(airflow_db: None, allhours_connection: Sandbox, tmp_path: Path) -> None:
    sandbox, log = allhours_connection, tmp_path / "triggerer.log"
    watch("watched_absences", tmp_path)

    def polls() -> int:
        return int(sandbox.stats()["requests"].get("GET absences", 0))

    with triggerer(log):
        eventually(lambda: polls() > 2, log)
        first = add(sandbox)
        eventually(lambda: payloads("watched_absences"), log)
        if HAS_STATE_STORE:
            eventually(lambda: any(first in poll for poll in saved_polls()), log)
    (event,) = payloads("watched_absences")
    assert (event["change"], event["absence_id"]) == ("created", first)

    second = add(sandbox)
    before = polls()
    with triggerer(log):
        if HAS_STATE_STORE:
            eventually(lambda: len(payloads("watched_absences")) > 1, log)
        else:
            eventually(lambda: polls() > before + 2, log)
    told = [event["absence_id"] for event in payloads("watched_absences")]
    # Without a store, what was created while no triggerer ran is not told.
    assert told == ([first, second] if HAS_STATE_STORE else [first])
