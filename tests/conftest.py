# SPDX-License-Identifier: Apache-2.0
"""One Airflow home per test process, and a sandbox for whoever asks."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

# Airflow reads its home when it is first imported, so this stands before anything else.
_HOME = tempfile.mkdtemp(prefix="allhours-airflow-")
os.environ["AIRFLOW_HOME"] = _HOME
os.environ["AIRFLOW__CORE__LOAD_EXAMPLES"] = "False"
os.environ["AIRFLOW__CORE__PARALLELISM"] = "4"
os.environ["AIRFLOW__CORE__DAGS_FOLDER"] = str(Path(__file__).parent.parent / "example_dags")
os.environ["AIRFLOW__DATABASE__SQL_ALCHEMY_CONN"] = f"sqlite:///{_HOME}/airflow.db"

import pytest

from airflow_provider_allhours.client import AllHoursClient, ClientConfig, auth
from airflow_provider_allhours.sandbox.server import Sandbox

pytest_plugins = ["airflow_provider_allhours.sandbox.pytest_plugin"]


@pytest.fixture(scope="session")
def airflow_db() -> None:
    """A migrated metadata database for tests that run whole DAGs."""
    from airflow.dag_processing.bundles.manager import DagBundlesManager
    from airflow.utils.db import initdb

    initdb()
    DagBundlesManager().sync_bundles_to_db()


@pytest.fixture
def run_dag(airflow_db: None, tmp_path: Path) -> Callable[..., Any]:
    """Runs a DAG that a test made, as ``dag.test()`` does, after telling the database about it."""
    try:
        from airflow.dag_processing.dagbag import DagBag, sync_bag_to_db
    except ImportError:  # Airflow 3.1
        from airflow.models.dagbag import DagBag, sync_bag_to_db

    def run(dag: Any, **options: Any) -> Any:
        bag = DagBag(dag_folder=str(tmp_path / "no-dags-here"), collect_dags=False)
        dag.relative_fileloc = f"{dag.dag_id}.py"
        bag.bag_dag(dag)
        sync_bag_to_db(bag, "dags-folder", None)
        return dag.test(**options)

    return run


@pytest.fixture(autouse=True)
def no_token_of_another_sandbox() -> None:
    """Tokens are kept for the whole process by address, and a port may be used again."""
    auth._sources.clear()


@pytest.fixture
def sandbox(allhours_sandbox: Sandbox) -> Sandbox:
    """A fresh small company."""
    return allhours_sandbox


@pytest.fixture
def client_of() -> Iterator[Callable[..., AllHoursClient]]:
    """Makes clients of a sandbox; closes them."""
    made: list[AllHoursClient] = []

    def make(sandbox: Sandbox, **config: Any) -> AllHoursClient:
        settings = {"auth_url": sandbox.token_url, "timeout": 5.0, "retry_seconds": 20.0, **config}
        client = AllHoursClient(ClientConfig(sandbox.url, sandbox.client_id, sandbox.client_secret, **settings))
        made.append(client)
        return client

    yield make
    for client in made:
        client.close()


@pytest.fixture
def client(sandbox: Sandbox, client_of: Callable[..., AllHoursClient]) -> AllHoursClient:
    """A client of the fresh small company."""
    return client_of(sandbox)


@pytest.fixture
def payroll_mapping() -> dict[str, Any]:
    """A mapping of two kinds of hours and two kinds of leave."""
    return {
        "lines": [
            {"source": "paid_presence_minutes", "pay_code": "1000", "unit": "hours"},
            {"source": "overtime_minutes", "pay_code": "1100", "unit": "hours"},
            {"absence": "Annual leave", "pay_code": "2000", "unit": "days"},
            {"absence": "Sick leave", "pay_code": "2100", "unit": "days"},
        ],
        "ignore": {"absences": "*", "counters": "*"},
    }
