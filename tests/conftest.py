# SPDX-License-Identifier: Apache-2.0
"""A folder and an Airflow home per test run, fresh process-wide state per test, and a sandbox for whoever asks.

Nothing here imports Airflow until a test asks for one of the fixtures that need it: the tests of the client, the
domain and the files must run without it.
"""

from __future__ import annotations

import fcntl
import os
import re
import shutil
import sqlite3
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, settings

from airflow_provider_allhours.client import AllHoursClient, ClientConfig, rate_limiter, reachability, token_source
from airflow_provider_allhours.client.contract import parse_contract
from airflow_provider_allhours.files.part_files import name_stem
from airflow_provider_allhours.sandbox.server import Sandbox

pytest_plugins = ["airflow_provider_allhours.sandbox.pytest_plugin", "tests.stores"]

# A busy machine is no defect: neither a slow example nor slow generation fails a property test.
settings.register_profile("daily", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.register_profile("ci", settings.get_profile("daily"), derandomize=True, database=None)
settings.load_profile("ci" if os.environ.get("CI") else "daily")

SLOW_FIXTURES = {"documentation", "migrated_database", "wheel"}
RUN_FOLDER = pytest.StashKey[Path]()


def pytest_configure(config: pytest.Config) -> None:
    """Point Airflow at a home of this process, before a test module imports it: it reads its home only then."""
    worker = getattr(config, "workerinput", None)
    run_folder = Path(worker["allhours_run_folder"] if worker else tempfile.mkdtemp(prefix="allhours-tests-"))
    config.stash[RUN_FOLDER] = run_folder
    home = run_folder / (worker["workerid"] if worker else "main")
    home.mkdir()
    os.environ["AIRFLOW_HOME"] = str(home)
    os.environ["AIRFLOW__CORE__LOAD_EXAMPLES"] = "False"
    os.environ["AIRFLOW__CORE__PARALLELISM"] = "4"
    os.environ["AIRFLOW__CORE__DAGS_FOLDER"] = str(Path(__file__).parent.parent / "example_dags")
    os.environ["AIRFLOW__DATABASE__SQL_ALCHEMY_CONN"] = f"sqlite:///{home}/airflow.db"


@pytest.hookimpl(optionalhook=True)
def pytest_configure_node(node: Any) -> None:
    """Tell a worker of pytest-xdist which folder the run has."""
    node.workerinput["allhours_run_folder"] = str(node.config.stash[RUN_FOLDER])


def pytest_unconfigure(config: pytest.Config) -> None:
    """Remove the folder of the run; the process that started the workers ends last."""
    if not hasattr(config, "workerinput"):
        shutil.rmtree(config.stash[RUN_FOLDER], ignore_errors=True)


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark as slow what needs a fixture that takes seconds to make."""
    for item in items:
        if SLOW_FIXTURES & set(getattr(item, "fixturenames", ())):
            item.add_marker(pytest.mark.slow)


@pytest.fixture(scope="session")
def documentation(pytestconfig: pytest.Config) -> Path:
    """A folder with the documentation as ``html`` and as ``xml``, built once per test run; warnings are errors."""
    folder = pytestconfig.stash[RUN_FOLDER] / "documentation"
    with (pytestconfig.stash[RUN_FOLDER] / "documentation.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not folder.exists():
            part = folder.with_suffix(".part")
            source = Path(__file__).parent.parent / "docs"
            for builder in ("html", "xml"):
                options = ["-W", "--keep-going", "-q", "-d", str(part / "read"), "-b", builder]
                command = [sys.executable, "-m", "sphinx", *options, str(source), str(part / builder)]
                build = subprocess.run(command, capture_output=True, text=True, check=False)
                assert build.returncode == 0, build.stderr
            part.rename(folder)
    return folder


@pytest.fixture(scope="session")
def migrated_database(pytestconfig: pytest.Config) -> Path:
    """An Airflow metadata database in SQLite, migrated once per test run by the first process that needs it."""
    run_folder = pytestconfig.stash[RUN_FOLDER]
    migrated = run_folder / "migrated.db"
    with (run_folder / "migrated.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not migrated.exists():
            from airflow.dag_processing.bundles.manager import DagBundlesManager
            from airflow.utils.db import initdb

            initdb()
            DagBundlesManager().sync_bundles_to_db()
            part = run_folder / "migrated.part"
            copy_database(own_database(), part)
            part.rename(migrated)
    return migrated


@pytest.fixture(scope="session")
def airflow_db(migrated_database: Path) -> None:
    """The metadata database of this process, for tests that run whole DAGs."""
    if not has_tables(own_database()):
        copy_database(migrated_database, own_database())


def own_database() -> Path:
    return Path(os.environ["AIRFLOW_HOME"]) / "airflow.db"


def has_tables(database: Path) -> bool:
    with closing(sqlite3.connect(database)) as connection:
        return bool(connection.execute("select count(*) from sqlite_master").fetchone()[0])


def copy_database(source: Path, target: Path) -> None:
    """Copy through SQLite, which minds its own locks and logs, whoever has the files open already."""
    with closing(sqlite3.connect(source)) as read, closing(sqlite3.connect(target)) as written:
        read.backup(written)


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
def no_state_of_another_test() -> None:
    """Tokens, pauses and failures are kept for the whole process by address, and a port may be used again."""
    token_source._sources.clear()
    rate_limiter._rate_limiters.clear()
    reachability._servers.clear()


@pytest.fixture
def sandbox(allhours_sandbox: Sandbox) -> Sandbox:
    """A fresh small company."""
    return allhours_sandbox


@pytest.fixture
def client_of() -> Iterator[Callable[..., AllHoursClient]]:
    """Makes clients of a sandbox; closes them."""
    made: list[AllHoursClient] = []

    def make(sandbox: Sandbox, **config: Any) -> AllHoursClient:
        options = {"auth_url": sandbox.token_url, "timeout": 60.0, "retry_seconds": 60.0, **config}
        options["contract"] = parse_contract(options.get("contract", {}))
        client = AllHoursClient(ClientConfig(sandbox.url, sandbox.client_id, sandbox.client_secret, **options))
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


PUBLISHED_NAMES = ("x.csv", "x.csv.manifest.json", "a", "b", "c", "rejects.csv")
"""Names of the files that tests with a recorder publish: those of staged files do not show them."""


class DiskRecorder:
    """Wraps ``os.fsync``, ``replace``, ``link`` and ``unlink``; each still does its work.

    Files that only tell the mode of new files are left out. ``fsync`` is recorded with the bytes that the file had
    then, so a write after it shows. Random tokens in names are
    left out.

    Args:
        folder: only files below it are recorded.
    """

    def __init__(self, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        self._folder = folder
        self.events: list[tuple[str, ...]] = []
        for name in ("replace", "link", "unlink"):
            self._record_paths(name, monkeypatch)
        fsync = os.fsync

        def recorded_fsync(descriptor: int) -> None:
            fsync(descriptor)
            path = self._path_of(descriptor)
            if path.is_dir():
                self.events.append(("fsync folder", self.name_of(path)))
            else:
                self.events.append(("fsync", self.name_of(path), path.read_text()))

        monkeypatch.setattr(os, "fsync", recorded_fsync)

    def name_of(self, path: Any) -> str:
        """The path below the folder, without its token."""
        name = os.path.relpath(path, self._folder)
        staged = re.fullmatch(r"((?:.*/)?)(\.allhours-[0-9a-f]{16})-[0-9a-f]{32}\.(part|before|mode)", name)
        if staged is None:
            return name
        known = next((known for known in PUBLISHED_NAMES if name_stem(known) == staged[2]), "?")
        return f"{staged[1]}{known} {staged[3]}"

    def _record_paths(self, name: str, monkeypatch: pytest.MonkeyPatch) -> None:
        call = getattr(os, name)

        def recorded(*paths: Any, **options: Any) -> None:
            call(*paths, **options)
            if not str(paths[0]).endswith(".mode"):
                self.events.append((name, *map(self.name_of, paths)))

        monkeypatch.setattr(os, name, recorded)

    def _path_of(self, descriptor: int) -> Path:
        status = os.fstat(descriptor)
        return next(
            path
            for path in (self._folder, *self._folder.rglob("*"))
            if path.exists() and os.path.samestat(path.stat(), status)
        )


@pytest.fixture
def disk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> DiskRecorder:
    """Records what reaches the disk below ``tmp_path``."""
    return DiskRecorder(tmp_path, monkeypatch)
