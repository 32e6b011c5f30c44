# SPDX-License-Identifier: Apache-2.0
"""Shards joined are the unsharded file, byte for byte; what is not all of it is refused by name."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from airflow_provider_allhours.attendance.roster import Shard
from airflow_provider_allhours.client import AllHoursClient
from airflow_provider_allhours.client.errors import AllHoursConflictError, AllHoursParameterError
from airflow_provider_allhours.flows.export_join import join_exports
from airflow_provider_allhours.flows.exports import ExportRequest, export_dataset
from airflow_provider_allhours.operators.join import AllHoursJoinExportsOperator
from airflow_provider_allhours.operators.timesheets import AllHoursExportTimesheetsOperator
from airflow_provider_allhours.periods import Period
from airflow_provider_allhours.sandbox.server import Sandbox

OCTOBER = Period.of_month(2026, 10)
COUNT = 4
HASHED = {"privacy": {"last_name": "hash"}}


@pytest.fixture
def allhours_sandbox_options() -> dict[str, Any]:
    return {"employees": 30, "months": 2}


def export(client: AllHoursClient, path: Path, dataset: str = "timesheets", **options: Any) -> Any:
    return export_dataset(client, ExportRequest(dataset, path, OCTOBER, "Europe/Ljubljana", **options))


def shards(client: AllHoursClient, folder: Path, suffix: str = "csv", count: int = COUNT, **options: Any) -> list[Any]:
    return [
        export(client, folder / f"{index}.{suffix}", shard=Shard(index, count), **options) for index in range(count)
    ]


@pytest.mark.parametrize("dataset", ["timesheets", "counters"])
@pytest.mark.parametrize("suffix", ["csv", "csv.gz", "jsonl", "jsonl.gz", "parquet"])
def test_joined_is_unsharded(client: AllHoursClient, tmp_path: Path, suffix: str, dataset: str) -> None:
    whole = export(client, tmp_path / f"whole.{suffix}", dataset)
    parts = shards(client, tmp_path, suffix, dataset=dataset)
    joined = join_exports(manifests=parts[::-1], path=tmp_path / f"joined.{suffix}")
    assert (tmp_path / f"joined.{suffix}").read_bytes() == (tmp_path / f"whole.{suffix}").read_bytes()
    same = ("rows", "employees", "bytes", "sha256", "totals", "coverage", "period", "dataset", "format", "source")
    assert {key: joined[key] for key in same} == {key: whole[key] for key in same}
    manifests = [json.loads((tmp_path / f"{name}.{suffix}.manifest.json").read_text()) for name in ("whole", "joined")]
    assert manifests[0]["schema"] == manifests[1]["schema"]
    assert "shard" not in manifests[1]


@pytest.mark.parametrize(
    "options",
    [
        {"csv_options": {"separator": ";", "decimal_sign": ",", "encoding": "utf-8-sig", "formula_safe": True}},
        {"csv_options": {"encoding": "utf-16", "separator": "tab"}},
        {"privacy": {"employee_id": "hash", "user_id": "hash", "first_name": "drop", "email": "hash"}},
        {"columns": ["user_id", "employee_id", "last_name", "comment"]},
        {"employees": {"custom_field3": ["hourly", "Hourly", "", "A", "B"]}},
    ],
)
def test_whatever_the_form_of_the_file(client: AllHoursClient, tmp_path: Path, options: dict[str, Any]) -> None:
    if "employees" in options:
        some = [user.employee_id for user in client.users() if user.is_time_attendance_user and user.employee_id]
        options = {"employees": sorted(set(some))[:9]}
    export(client, tmp_path / "whole.csv", **options)
    join_exports(manifests=shards(client, tmp_path, **options), path=tmp_path / "joined.csv")
    assert (tmp_path / "joined.csv").read_bytes() == (tmp_path / "whole.csv").read_bytes()


@pytest.mark.slow
def test_every_number_of_shards_and_empty_ones(client: AllHoursClient, tmp_path: Path) -> None:
    export(client, tmp_path / "whole.csv")
    for count in (1, 2, 3, 40):
        parts = shards(client, tmp_path, count=count)
        join_exports(manifests=parts, path=tmp_path / "joined.csv")
        assert (tmp_path / "joined.csv").read_bytes() == (tmp_path / "whole.csv").read_bytes()
    assert min(part["rows"] for part in parts) == 0


def test_a_lost_a_doubled_and_a_foreign_shard_are_named(client: AllHoursClient, tmp_path: Path) -> None:
    parts = shards(client, tmp_path)
    target = tmp_path / "joined.csv"

    def refused(manifests: list[Any], message: str, kind: type[Exception] = AllHoursConflictError) -> None:
        with pytest.raises(kind, match=message):
            join_exports(manifests=manifests, path=target)
        assert not target.exists()

    refused(parts[:1] + parts[2:], "shards are missing: 2/4")
    refused([*parts, parts[1]], "the shard 2/4 is there twice")
    (tmp_path / "other").mkdir()
    other = export(client, tmp_path / "other/x.csv", shard=Shard(1, 5))
    refused([parts[0], other, *parts[2:]], "the shards 1/4 and 2/5 are not of one export")
    fewer = export(client, tmp_path / "other/y.csv", shard=Shard(1, 4), columns=["employee_id", "user_id"])
    refused([parts[0], fewer, *parts[2:]], "the shards 1/4 and 2/4 differ in 'schema'")
    some = client.users()[3].employee_id
    few = export(client, tmp_path / "other/f.csv", shard=Shard(1, 4), employees=[some])
    refused([parts[0], few, *parts[2:]], "the shards 1/4 and 2/4 differ in 'selection'")
    september = ExportRequest(
        "timesheets", tmp_path / "other/z.csv", Period.of_month(2026, 9), "Europe/Ljubljana", shard=Shard(1, 4)
    )
    refused([parts[0], export_dataset(client, september), *parts[2:]], "differ in 'period'")
    whole = export(client, tmp_path / "other/whole.csv")
    refused([whole], "whose task had no parameter 'shard'", AllHoursParameterError)
    refused([], "'manifests' is empty", AllHoursParameterError)
    refused([{"rows": 1}], "'manifests' takes return values of export operators", AllHoursParameterError)
    refused([str(tmp_path / "none.json")], "which is not the manifest of export operators", AllHoursParameterError)
    with pytest.raises(AllHoursParameterError, match="a file in jsonl, and the shards are in csv"):
        join_exports(manifests=parts, path=tmp_path / "joined.jsonl")


def test_a_shard_that_was_changed_or_replaced_is_refused(client: AllHoursClient, tmp_path: Path) -> None:
    parts = shards(client, tmp_path)
    manifest = Path(parts[1]["manifest_path"])
    kept = manifest.read_text()
    document = json.loads(kept)
    manifest.write_text(json.dumps({**document, "sha256": "0" * 64}))
    with pytest.raises(AllHoursConflictError, match="the shard 2/4 at .* is not the one that its task returned"):
        join_exports(manifests=parts, path=tmp_path / "joined.csv")
    manifest.write_text(json.dumps({**document, "created_at": "2026-01-01T00:00:00+00:00"}))
    with pytest.raises(AllHoursConflictError, match="the shard 2/4 is older than the others by more than a day"):
        join_exports(manifests=parts, path=tmp_path / "joined.csv")
    manifest.write_text(kept)
    file = tmp_path / "1.csv"
    file.write_bytes(file.read_bytes() + b"x")
    with pytest.raises(AllHoursConflictError, match=r"1\.csv was changed after it was frozen"):
        join_exports(manifests=parts, path=tmp_path / "joined.csv")
    assert not (tmp_path / "joined.csv").exists()


def test_a_shard_of_another_roster_is_refused(sandbox: Sandbox, client: AllHoursClient, tmp_path: Path) -> None:
    parts = shards(client, tmp_path)
    user: Any = sandbox.company.user_at(8)
    sandbox.control("POST", "users", {"user_id": user.id, "fields": {"IsTimeAttendanceUser": False}})
    parts[2] = export(client, tmp_path / "2.csv", shard=Shard(2, COUNT))
    with pytest.raises(AllHoursConflictError, match="the shard 3/4 was read when other people were employed"):
        join_exports(manifests=parts, path=tmp_path / "joined.csv")


def test_files_without_their_order_are_refused(client: AllHoursClient, tmp_path: Path) -> None:
    parts = shards(client, tmp_path, columns=["employee_id", "date"])
    with pytest.raises(AllHoursParameterError, match="the files have no column user_id, by which rows are ordered"):
        join_exports(manifests=parts, path=tmp_path / "joined.csv")
    books = shards(client, tmp_path, "xlsx", count=1)
    with pytest.raises(AllHoursParameterError, match="a file in xlsx, whose rows cannot be read back"):
        join_exports(manifests=books, path=tmp_path / "joined.xlsx")


@pytest.mark.parametrize("text", ["0/4", "5/4", "2", "a/b", "2/4/8", "-1/4", "1/0"])
def test_a_shard_that_is_none(allhours_connection: Sandbox, tmp_path: Path, text: str) -> None:
    task = AllHoursExportTimesheetsOperator(task_id="t", period="2026-10", path=str(tmp_path / "x.csv"), shard=text)
    with pytest.raises(
        AllHoursParameterError, match="parameter 'shard' is .*; it takes a part and the number of parts"
    ):
        task.execute({})


def test_the_operators(allhours_connection: Sandbox, tmp_path: Path) -> None:
    def task(name: str, shard: str | None) -> Any:
        path = str(tmp_path / f"{name}.csv")
        return AllHoursExportTimesheetsOperator(task_id="t", period="2026-10", path=path, shard=shard).execute({})

    parts = [task(str(number), f"{number}/2") for number in (1, 2)]
    whole = task("whole", None)
    join = AllHoursJoinExportsOperator(task_id="j", manifests=parts, path=str(tmp_path / "joined.csv"))
    assert join.execute({})["sha256"] == whole["sha256"]


@pytest.mark.parametrize(
    ("one", "other", "key"),
    [
        ({"privacy": {"last_name": "hash"}}, {}, "pseudonyms"),
        (
            {"privacy": {"last_name": "hash"}},
            {"privacy": {"last_name": "hash"}, "pseudonym_key": b"other"},
            "pseudonyms",
        ),
        ({"csv_options": {"formula_safe": True}}, {}, "csv"),
        ({"csv_options": {"decimal_sign": ","}}, {}, "csv"),
    ],
)
def test_shards_of_another_form_are_refused(
    client: AllHoursClient, tmp_path: Path, one: dict[str, Any], other: dict[str, Any], key: str
) -> None:
    """As where one task was run again after its DAG was changed."""
    options = ({"pseudonym_key": b"k", **one}, {"pseudonym_key": b"k", **other})
    parts = [export(client, tmp_path / f"{index}.csv", shard=Shard(index, 2), **options[index]) for index in range(2)]
    with pytest.raises(AllHoursConflictError, match=f"differ in '{key}'"):
        join_exports(manifests=parts, path=tmp_path / "joined.csv")
