# SPDX-License-Identifier: Apache-2.0
"""Fixtures for people who test their own DAGs: ``pytest_plugins = "airflow_provider_allhours.sandbox.pytest_plugin"``.

``allhours_sandbox`` is a fresh company per test; ``allhours_connection`` also sets ``AIRFLOW_CONN_ALLHOURS_DEFAULT``
to reach it. Override ``allhours_sandbox_options`` to choose size, seed, today or switches.

``allhours_run_dag`` runs a DAG to its end as ``dag.test()`` does. It needs a metadata database: without
``AIRFLOW_HOME`` the test run gets a folder of its own, which is removed at its end. With it, a SQLite database there is
made where none is, and used where one is, which is faster for many short test runs. Another kind of database may be one
whose scheduler would start the DAGs of tests, and is refused.
"""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from airflow_provider_allhours.sandbox.server import Sandbox

if TYPE_CHECKING:
    from airflow.sdk import DAG

OWN_HOME = "allhours-pytest-"
_home = pytest.StashKey[str]()


def pytest_configure(config: pytest.Config) -> None:
    """Give Airflow a home of this process, before a test module imports it, where the environment names none."""
    given = os.environ.get("AIRFLOW_HOME")
    # A worker of pytest-xdist inherits the home of the process that started it.
    if given is None or Path(given).name.startswith(OWN_HOME):
        config.stash[_home] = tempfile.mkdtemp(prefix=OWN_HOME)
        os.environ["AIRFLOW_HOME"] = config.stash[_home]
        os.environ.setdefault("AIRFLOW__CORE__LOAD_EXAMPLES", "False")


def pytest_unconfigure(config: pytest.Config) -> None:
    """Remove the home that was made."""
    if (home := config.stash.get(_home, None)) is not None:
        shutil.rmtree(home, ignore_errors=True)


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


@pytest.fixture(scope="session")
def allhours_airflow_database() -> None:
    """Airflow's metadata database, made where the SQLite file has no tables. Override it to use another database."""
    from airflow import settings
    from airflow.dag_processing.bundles.manager import DagBundlesManager
    from airflow.utils.db import initdb
    from sqlalchemy import inspect

    if settings.engine is None or settings.engine.dialect.name != "sqlite":
        pytest.fail(
            "Airflow's metadata database is not SQLite, and its scheduler might start the DAGs of tests; unset "
            "AIRFLOW__DATABASE__SQL_ALCHEMY_CONN, set AIRFLOW_HOME to a folder for tests, or override the fixture "
            "allhours_airflow_database",
            pytrace=False,
        )
    if not inspect(settings.engine).get_table_names():
        initdb()
    # Without types in Airflow.
    DagBundlesManager().sync_bundles_to_db()  # type: ignore[no-untyped-call]


@pytest.fixture
def allhours_run_dag(allhours_airflow_database: None, tmp_path: Path) -> Callable[..., Any]:
    """Call it with a DAG, and with the options of ``dag.test()``; it returns the DAG run."""
    try:
        from airflow.dag_processing.dagbag import DagBag, sync_bag_to_db
    except ImportError:  # Airflow 3.1
        from airflow.models.dagbag import DagBag, sync_bag_to_db  # type: ignore[no-redef]  # the same names

    def run(dag: DAG, **options: Any) -> Any:
        bag = DagBag(dag_folder=str(tmp_path / "no-dags-here"), collect_dags=False)
        dag.relative_fileloc = dag.relative_fileloc or f"{dag.dag_id}.py"
        bag.bag_dag(dag)
        sync_bag_to_db(bag, "dags-folder", None)
        return dag.test(**options)

    return run
