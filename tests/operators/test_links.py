# SPDX-License-Identifier: Apache-2.0
"""Links of a task, as the API server gives them to the user interface after a run."""

from __future__ import annotations

import csv
import inspect
import json
from pathlib import Path
from typing import Any

import pytest
from airflow.sdk import DAG, ObjectStoragePath
from airflow.sdk.io import fs as airflow_filesystems
from airflow.sdk.io import store as airflow_stores
from fsspec.implementations.memory import MemoryFileSystem
from s3fs import S3FileSystem

from airflow_provider_allhours.get_provider_info import get_provider_info
from airflow_provider_allhours.operators.payroll import (
    AllHoursClosePeriodOperator,
    AllHoursExportPayrollOperator,
    AllHoursPayrollReportOperator,
    AllHoursReconcilePayrollOperator,
)
from airflow_provider_allhours.operators.timesheets import AllHoursExportTimesheetsOperator
from airflow_provider_allhours.sandbox.server import Sandbox
from airflow_provider_allhours.sensors.periods import AllHoursPeriodReadySensor
from airflow_provider_allhours.task_utils.file_address import browser_address
from tests.helpers import PAYROLL_COMPANY
from tests.stores import Bucket, SftpFolder


@pytest.fixture
def allhours_sandbox_options() -> dict[str, Any]:
    return PAYROLL_COMPANY


def links(run: Any, task_id: str, map_index: int = -1) -> dict[str, str | None]:
    """What the route of the API answers of the DAG as it is stored."""
    from airflow.api_fastapi.core_api.routes.public.extra_links import get_extra_links
    from airflow.models.dagbag import DBDagBag
    from airflow.utils.session import create_session

    with create_session() as session:
        asked = {"dag_id": run.dag_id, "dag_run_id": run.run_id, "task_id": task_id, "map_index": map_index}
        answer = get_extra_links(**asked, session=session, dag_bag=DBDagBag())
    return dict(answer.extra_links)


def test_the_links_of_a_run(
    run_dag: Any, allhours_connection: Sandbox, payroll_mapping: dict[str, Any], tmp_path: Path
) -> None:
    october = {"period": "2026-10"}
    register = tmp_path / "register.csv"
    with register.open("w", newline="") as file:
        csv.writer(file).writerows([("employee_id", "pay_code", "quantity", "unit"), ("1001", "1000", "1", "hours")])
    with DAG("links", schedule=None, default_args={"trigger_rule": "all_done"}) as dag:
        shards = AllHoursExportTimesheetsOperator.partial(task_id="shards", **october).expand_kwargs(
            [{"shard": f"{part}/2", "path": f"{tmp_path}/{{period}}-{part}.csv"} for part in (1, 2)]
        )
        failing = AllHoursExportTimesheetsOperator(
            task_id="failing", **october, path=f"{tmp_path}/x.csv", columns=["no_such_column"]
        )
        close = AllHoursClosePeriodOperator(task_id="close", **october, path=f"{tmp_path}/periods")
        closed = "{{ ti.xcom_pull('close')['manifest_path'] }}"
        pay = AllHoursExportPayrollOperator(
            task_id="pay", close=closed, profile="generic-csv", mapping=payroll_mapping, path=f"{tmp_path}/pay.csv"
        )
        report = AllHoursPayrollReportOperator(
            task_id="report", close=closed, mapping=payroll_mapping, path=f"{tmp_path}/{{period}}.html"
        )
        compare = AllHoursReconcilePayrollOperator(
            task_id="compare", ours=f"{tmp_path}/pay.csv", register=str(register), path=f"{tmp_path}/compared.csv"
        )
        ready = AllHoursPeriodReadySensor(
            task_id="ready", period="2027-02", timeout=0, report_path=f"{tmp_path}/blockers-{{period}}.csv"
        )
        shards >> failing >> close >> pay >> report >> compare >> ready
    run = run_dag(dag)
    states = {one.task_id: str(one.state) for one in run.get_task_instances()}
    assert {name for name, state in states.items() if state != "success"} == {"failing", "compare", "ready"}
    for index in (0, 1):
        path = f"{tmp_path}/2026-10-{index + 1}.csv"
        assert links(run, "shards", index) == {"File": path, "Manifest": f"{path}.manifest.json"}
    assert links(run, "failing") == {"File": None, "Manifest": None}
    version = f"{tmp_path}/periods/2026-10-01_2026-10-31/v0001"
    assert links(run, "close") == {"Manifest": f"{version}/manifest.json"}
    paid = f"{tmp_path}/pay.csv"
    assert links(run, "pay") == {"File": paid, "Manifest": f"{paid}.manifest.json", "Report": None}
    assert links(run, "report") == {"Report": f"{tmp_path}/2026-10.html"}
    # Both failed after they had written what a person wants to look at.
    assert links(run, "compare") == {"Report": f"{tmp_path}/compared.csv"}
    assert links(run, "ready") == {"Report": f"{tmp_path}/blockers-2027-02.csv"}
    shown = [path for name in states for path in links(run, name, 0 if name == "shards" else -1).values() if path]
    assert [path for path in shown if not Path(path).is_file()] == []


def test_links_survive_serialisation() -> None:
    try:
        from airflow.serialization.serialized_objects import DagSerialization as Serialization
    except ImportError:  # Airflow 3.1
        from airflow.serialization.serialized_objects import SerializedDAG as Serialization
    with DAG("d", schedule=None) as dag:
        AllHoursExportTimesheetsOperator(task_id="one", period="2026-10", path="/x.csv")
        AllHoursExportTimesheetsOperator.partial(task_id="mapped", period="2026-10").expand(path=["/x.csv"])
    # Through JSON, as the database has it.
    restored = Serialization.from_dict(json.loads(json.dumps(Serialization.to_dict(dag))))
    for task_id in ("one", "mapped"):
        task = restored.get_task(task_id)
        assert sorted(task.extra_links) == ["File", "Manifest"]
        keys = {link.name: link.xcom_key for link in task.operator_extra_links}
        assert keys == {"File": "_link_AllHoursFileLink", "Manifest": "_link_AllHoursManifestLink"}


def test_every_link_is_registered() -> None:
    from airflow_provider_allhours import links as module

    made = {
        f"{module.__name__}.{name}"
        for name, one in inspect.getmembers(module, inspect.isclass)
        if one.__module__ == module.__name__ and not name.startswith("_")
    }
    assert set(get_provider_info()["extra-links"]) == made


@pytest.fixture
def path_in(monkeypatch: pytest.MonkeyPatch) -> Any:
    """Makes a path with a file system of its own, as a provider of object storage registers one for a scheme."""
    monkeypatch.setattr(airflow_stores, "_STORE_CACHE", {})
    known = airflow_filesystems._register_filesystems()

    def make(url: str, fs: Any) -> ObjectStoragePath:
        monkeypatch.setitem(known, url.partition("://")[0], lambda conn_id, options: fs)
        return ObjectStoragePath(url)

    return make


@pytest.mark.parametrize(
    ("region", "console"),
    [
        ("eu-central-1", "console.aws.amazon.com"),
        ("cn-north-1", "console.amazonaws.cn"),
        ("us-gov-west-1", "console.amazonaws-us-gov.com"),
    ],
)
def test_a_key_in_amazon_s3_has_a_page_in_the_console(path_in: Any, region: str, console: str) -> None:
    fs = S3FileSystem(key="key", secret="secret", client_kwargs={"region_name": region}, skip_instance_cache=True)
    fs.connect()
    address = browser_address(path_in("s3://aws_default@bucket/a/x y&z.csv", fs))
    assert address == f"https://{console}/s3/object/bucket?prefix=a%2Fx%20y%26z.csv"


def test_a_key_in_another_store_has_its_address(path_in: Any, bucket: Bucket) -> None:
    bucket.content()
    assert browser_address(path_in("s3://minio@bucket/a/x.csv", bucket.file_system)) == "s3://bucket/a/x.csv"


def test_a_key_in_google_storage_has_a_page_in_the_console(path_in: Any) -> None:
    fs = MemoryFileSystem(skip_instance_cache=True)
    fs._location = "https://storage.googleapis.com"
    page = "https://console.cloud.google.com/storage/browser/_details/bucket/a/x%20y.csv"
    assert browser_address(path_in("gs://google@bucket/a/x y.csv", fs)) == page
    fs._location = "http://localhost:4443"
    assert browser_address(path_in("gs://google@bucket/a/x y.csv", fs)) == "gs://bucket/a/x y.csv"


def test_a_file_on_a_server_has_an_address_without_a_user(path_in: Any, sftp: SftpFolder) -> None:
    path = path_in("sftp://payroll:secret@elsewhere/out/x.csv", sftp.path("x").fs)
    assert browser_address(path) == f"sftp://127.0.0.1:{sftp.port}/out/x.csv"


@pytest.mark.parametrize("url", ["/data/x.csv", "file:///data/x.csv"])
def test_a_local_file_has_its_path(url: str) -> None:
    assert browser_address(ObjectStoragePath(url)) == "/data/x.csv"
