# SPDX-License-Identifier: Apache-2.0
"""What operators tell OpenLineage, in the classes of its provider."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from airflow.sdk import ObjectStoragePath
from airflow.sdk.io import fs as airflow_filesystems
from airflow.sdk.io import store as airflow_stores

from airflow_provider_allhours.client import errors
from airflow_provider_allhours.operators.absences import (
    AllHoursCreateAbsenceOperator,
    AllHoursDeleteAbsenceOperator,
    AllHoursUpdateAbsenceOperator,
)
from airflow_provider_allhours.operators.api import AllHoursApiOperator
from airflow_provider_allhours.operators.payroll import (
    AllHoursAdoptPeriodOperator,
    AllHoursClosePeriodOperator,
    AllHoursExportPayrollOperator,
    AllHoursPurgePeriodsOperator,
    AllHoursVoidReleaseOperator,
)
from airflow_provider_allhours.operators.timesheets import AllHoursExportTimesheetsOperator
from airflow_provider_allhours.operators.users import AllHoursUpdateUserOperator
from airflow_provider_allhours.sandbox.server import Sandbox
from airflow_provider_allhours.sensors.periods import AllHoursPeriodReadySensor
from airflow_provider_allhours.task_utils.compat import AirflowSkipException
from airflow_provider_allhours.task_utils.lineage import account_dataset, endpoint_dataset, file_dataset
from tests.helpers import PAYROLL_COMPANY, employee_at, execute
from tests.stores import Bucket, SftpFolder


@pytest.fixture
def allhours_sandbox_options() -> dict[str, Any]:
    return PAYROLL_COMPANY


def keys(datasets: Any) -> set[tuple[str, str]]:
    return {(dataset.namespace, dataset.name) for dataset in datasets}


def completed(task: Any) -> Any:
    return task.get_openlineage_facets_on_complete(None)


def account(sandbox: Sandbox, name: str) -> tuple[str, str]:
    return f"allhours://{sandbox.url.removeprefix('http://')}", name


def timesheets(path: str, **options: Any) -> AllHoursExportTimesheetsOperator:
    return AllHoursExportTimesheetsOperator(task_id="t", period="2026-10", path=path, **options)


def test_lineage_sends_no_request(allhours_connection: Sandbox, tmp_path: Path) -> None:
    task = timesheets(f"{tmp_path}/x.csv")
    execute(task)
    before = allhours_connection.stats()["requests"]
    assert completed(task).outputs
    assert task.get_openlineage_facets_on_failure(None).inputs
    assert allhours_connection.stats()["requests"] == before


def test_a_file_that_is_not_complete_says_so(allhours_connection: Sandbox, tmp_path: Path) -> None:
    allhours_connection.fault("missing_day", route="daily_calculations", date="2026-10-14")
    task = timesheets(f"{tmp_path}/x.csv", on_incomplete="warn")
    result = execute(task)
    (output,) = completed(task).outputs
    facet = output.facets["allHours"]
    assert facet.complete is False
    assert facet.received == result["coverage"]["received"] < facet.expected


def test_a_run_that_is_interrupted_names_the_file_without_facets(allhours_connection: Sandbox, tmp_path: Path) -> None:
    allhours_connection.fault("empty", route="daily_calculations")
    task = timesheets(f"{tmp_path}/{{period}}.csv")
    with pytest.raises(errors.AllHoursIncompleteError):
        execute(task)
    failed = task.get_openlineage_facets_on_failure(None)
    assert keys(failed.inputs) == {account(allhours_connection, "timesheets")}
    assert keys(failed.outputs) == {("file", f"{tmp_path}/2026-10.csv")}
    assert failed.outputs[0].facets == {}
    # As of a task that is skipped.
    assert completed(task).outputs == []


def test_a_path_that_was_not_rendered_is_no_output(allhours_connection: Sandbox) -> None:
    task = timesheets("{{ nonsense }}")
    with pytest.raises(errors.AllHoursParameterError):
        execute(task)
    failed = task.get_openlineage_facets_on_failure(None)
    assert (failed.inputs, failed.outputs) == ([], [])


def test_another_run_of_a_task_knows_nothing_of_this_one(allhours_connection: Sandbox, tmp_path: Path) -> None:
    task = timesheets(f"{tmp_path}/x.csv")
    first, second = task.prepare_for_execution(), task.prepare_for_execution()
    execute(first)
    assert completed(first).outputs
    assert completed(second).outputs == []


def test_a_sensor_that_skips_has_read_and_written_nothing(allhours_connection: Sandbox) -> None:
    sensor = AllHoursPeriodReadySensor(task_id="s", period="2027-02", timeout=0, soft_fail=True)
    with pytest.raises(AirflowSkipException):
        execute(sensor)
    assert account(allhours_connection, "timesheets") in keys(completed(sensor).inputs)
    assert completed(sensor).outputs == []


def test_writes_that_changed_nothing_are_no_outputs(allhours_connection: Sandbox) -> None:
    person = employee_at(allhours_connection, 2)
    leave = {"absence_definition": "Annual leave", "date_from": "2027-03-01", "employee_id": person.custom_id}
    rehearsed, created, again = (
        AllHoursCreateAbsenceOperator(task_id="c", **leave, dry_run=dry_run) for dry_run in (True, False, False)
    )
    made = [execute(task) for task in (rehearsed, created, again)]
    assert completed(rehearsed).outputs == []
    (output,) = completed(created).outputs
    assert keys([output]) == {account(allhours_connection, "absences")}
    assert output.outputFacets["outputStatistics"].rowCount == 1
    assert completed(again).outputs == []
    absence_id = made[1]["created"][0]["id"]
    deletions = [AllHoursDeleteAbsenceOperator(task_id="d", absence_id=absence_id) for _ in range(2)]
    for deletion in deletions:
        execute(deletion)
    assert [len(completed(deletion).outputs) for deletion in deletions] == [1, 0]
    second = execute(AllHoursCreateAbsenceOperator(task_id="c", **leave))["created"][0]["id"]
    changes = [AllHoursUpdateAbsenceOperator(task_id="u", absence_id=second, comment="x") for _ in range(2)]
    for change in changes:
        execute(change)
    assert [[one.outputFacets["outputStatistics"].rowCount for one in completed(task).outputs] for task in changes] == [
        [1],
        [],
    ]
    update = {"employee_id": person.custom_id, "fields": {"CustomField1": "x"}}
    updates = [AllHoursUpdateUserOperator(task_id="u", **update) for _ in range(2)]
    for one in updates:
        execute(one)
    assert [keys(completed(one).outputs) for one in updates] == [{account(allhours_connection, "users")}, set()]
    assert completed(updates[0]).outputs[0].outputFacets["outputStatistics"].rowCount == 1


def test_a_request_reads_or_writes_by_its_method(allhours_connection: Sandbox) -> None:
    read = AllHoursApiOperator(task_id="a", endpoint="/api/v1/Users", response_filter=len)
    execute(read)
    assert keys(completed(read).inputs) == {account(allhours_connection, "Users")}
    assert completed(read).outputs == []


def test_the_life_of_a_release(allhours_connection: Sandbox, payroll_mapping: Any, tmp_path: Path) -> None:
    periods = f"{tmp_path}/periods"
    close = AllHoursClosePeriodOperator(task_id="c", period="2026-10", path=periods)
    closed = execute(close)
    version = ("file", f"{periods}/2026-10-01_2026-10-31/v0001")
    assert keys(completed(close).outputs) == {version}
    paid = {"close": closed, "profile": "generic-csv", "mapping": payroll_mapping, "path": f"{tmp_path}/pay.csv"}
    preview, pay = (AllHoursExportPayrollOperator(task_id="p", **paid, release=release) for release in (False, True))
    released = [execute(task) for task in (preview, pay)][1]
    assert [completed(task).outputs[0].facets["allHours"].released for task in (preview, pay)] == [False, True]
    assert completed(pay).outputs[0].facets["version"].datasetVersion == released["sha256"]
    void = AllHoursVoidReleaseOperator(task_id="v", release=released["manifest_path"], reason="x", on_file="remove")
    execute(void)
    assert keys(completed(void).inputs) == {("file", f"{tmp_path}/pay.csv")} <= keys(completed(void).outputs)
    assert {output.facets["lifecycleStateChange"].lifecycleStateChange.name for output in completed(void).outputs} == {
        "DROP"
    }
    adopt = AllHoursAdoptPeriodOperator(task_id="a", close=closed["manifest_path"], reason="x")
    execute(adopt)
    assert keys(completed(adopt).inputs) == {version}
    look, purge = (
        AllHoursPurgePeriodsOperator(task_id="g", path=periods, before="2026-11-01", dry_run=dry_run)
        for dry_run in (True, False)
    )
    for task in (look, purge):
        execute(task)
    assert completed(look).outputs == []
    assert keys(completed(look).inputs) == {("file", periods)}
    assert keys(completed(purge).outputs) == {version}


def test_a_correction_depends_on_the_version_that_was_paid(
    allhours_connection: Sandbox, payroll_mapping: Any, tmp_path: Path
) -> None:
    options = {"period": "2026-10", "path": f"{tmp_path}/periods", "max_changed_share": 1}
    close = [execute(AllHoursClosePeriodOperator(task_id="c", **options))]
    paid = {"profile": "generic-csv", "mapping": payroll_mapping}
    execute(AllHoursExportPayrollOperator(task_id="p", close=close[0], **paid, path=f"{tmp_path}/pay.csv"))
    clockings = [["08:00", "Arrival"], ["19:00", "Departure"]]
    person = employee_at(allhours_connection, 2)
    allhours_connection.control("POST", "days", {"user_id": person.id, "date": "2026-10-14", "clockings": clockings})
    close.append(execute(AllHoursClosePeriodOperator(task_id="c", **options)))
    assert close[1]["version"] == 2
    task = AllHoursExportPayrollOperator(task_id="p", close=close[1], **paid, path=f"{tmp_path}/d.csv", delta=True)
    execute(task)
    folder = f"{tmp_path}/periods/2026-10-01_2026-10-31"
    assert keys(completed(task).inputs) == {("file", f"{folder}/v0001"), ("file", f"{folder}/v0002")}


@pytest.mark.parametrize(
    ("root", "namespace"),
    [
        ("https://api4.allhours.com", "allhours://api4.allhours.com"),
        ("https://API4.allhours.com:443/prefix", "allhours://api4.allhours.com"),
        ("https://api4.allhours.com:8443", "allhours://api4.allhours.com:8443"),
        ("http://[::1]:8080", "allhours://[::1]:8080"),
    ],
)
def test_an_account_has_one_namespace(root: str, namespace: str) -> None:
    assert account_dataset(root, "users").key == (namespace, "users")


@pytest.mark.parametrize(
    ("endpoint", "name"),
    [
        ("Users", "Users"),
        ("/api/v1/Users/17", "Users"),
        ("/api/v1/Users/by-email/ana.novak@example.org?email=ana.novak@example.org", "Users"),
        ("ana.novak@example.org", "api"),
    ],
)
def test_an_endpoint_is_its_resource_without_ids(endpoint: str, name: str) -> None:
    assert endpoint_dataset("https://host", endpoint).name == name


@pytest.fixture
def filesystems(monkeypatch: pytest.MonkeyPatch) -> Any:
    """What makes the file system of a scheme, as providers of object storage register it."""
    monkeypatch.setattr(airflow_stores, "_STORE_CACHE", {})
    known = airflow_filesystems._register_filesystems()
    return lambda scheme, fs: monkeypatch.setitem(known, scheme, lambda conn_id, options: fs)


@pytest.mark.parametrize(
    ("url", "conn_id"), [("s3://b/a/x y.csv", None), ("s3://aws_default@b/a/x y.csv", None), ("s3://b/a/x y.csv", "c")]
)
def test_a_key_has_one_address_whatever_leads_there(
    filesystems: Any, bucket: Bucket, url: str, conn_id: str | None
) -> None:
    filesystems("s3", bucket.file_system)
    path = ObjectStoragePath(url, conn_id=conn_id)
    assert file_dataset(path).key == ("s3://b", "a/x y.csv")
    assert file_dataset(path.parent).key == ("s3://b", "a")


@pytest.mark.parametrize("url", ["sftp://elsewhere/out/x.csv", "sftp://the_server@/out/x.csv"])
def test_the_server_of_a_file_is_the_one_that_the_connection_leads_to(
    filesystems: Any, sftp: SftpFolder, url: str
) -> None:
    filesystems("sftp", sftp.path("x").fs)
    assert file_dataset(ObjectStoragePath(url)).key == (f"file://127.0.0.1:{sftp.port}", "/out/x.csv")


@pytest.mark.parametrize("url", ["/data/x.csv", "file:///data/x.csv"])
def test_a_local_file_has_one_address(url: str) -> None:
    assert file_dataset(ObjectStoragePath(url)).key == ("file", "/data/x.csv")


WITHOUT_OPENLINEAGE = """
import sys
from importlib import import_module

class Blocker:
    def find_spec(self, name, path=None, target=None):
        # Airflow reads the rest of its provider, which is installed, when it looks for all of them.
        if name.startswith(("openlineage", "airflow.providers.openlineage.extractors")):
            raise ModuleNotFoundError(name)

sys.meta_path.insert(0, Blocker())
from airflow_provider_allhours.get_provider_info import get_provider_info
info = get_provider_info()
for part in ("operators", "sensors"):
    for module in info[part][0]["python-modules"]:
        import_module(module)
from airflow_provider_allhours.operators.timesheets import AllHoursExportTimesheetsOperator
task = AllHoursExportTimesheetsOperator(task_id="t", period="2026-10", path=sys.argv[1])
assert task.execute({})["rows"]
assert task.get_openlineage_facets_on_complete(None) is None
assert task.get_openlineage_facets_on_failure(None) is None
"""


@pytest.mark.slow
def test_everything_works_without_openlineage(allhours_connection: Sandbox, tmp_path: Path) -> None:
    command = [sys.executable, "-c", WITHOUT_OPENLINEAGE, f"{tmp_path}/x.csv"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert (tmp_path / "x.csv").exists()
