# SPDX-License-Identifier: Apache-2.0
"""The files of frozen versions: each is read once per use, and never trusted without its checksum."""

from __future__ import annotations

import json
import os
import shutil
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from fsspec.implementations.local import LocalFileSystem

from airflow_provider_allhours.client import errors
from airflow_provider_allhours.flows.versions import PeriodVersions
from airflow_provider_allhours.periods import Period
from airflow_provider_allhours.sandbox.server import Sandbox
from tests.helpers import PAYROLL_COMPANY

VERSION_FILES = ["absences.jsonl", "counters.jsonl", "manifest.json", "people.jsonl", "timesheets.jsonl"]


@pytest.fixture
def allhours_sandbox_options() -> dict[str, Any]:
    return PAYROLL_COMPANY


@pytest.fixture
def reads(monkeypatch: pytest.MonkeyPatch) -> Callable[[], Any]:
    """Counts how often each file of a version is opened for reading."""

    @contextmanager
    def counting() -> Iterator[Counter[str]]:
        opened: Counter[str] = Counter()
        open_file = LocalFileSystem._open

        def recording(fs: LocalFileSystem, path: str, mode: str = "rb", **options: Any) -> Any:
            if "r" in mode and "/periods/2026" in str(path):
                opened["/".join(Path(path).parts[-2:])] += 1
            return open_file(fs, path, mode, **options)

        with monkeypatch.context() as patch:
            patch.setattr(LocalFileSystem, "_open", recording)
            yield opened

    return counting


def once(*versions: str) -> dict[str, int]:
    return {f"{version}/{name}": 1 for version in versions for name in VERSION_FILES}


@pytest.mark.slow
def test_a_payroll_export_reads_each_file_of_its_versions_once(
    payroll: Any, sandbox: Sandbox, reads: Callable[[], Any]
) -> None:
    first = payroll.close()
    with reads() as opened:
        payroll.export(first)
    # The people alone first: who is paid is settled before any line is made.
    assert opened == {**once("v0001"), "v0001/people.jsonl": 2}
    payroll.correct(sandbox)
    second = payroll.close()
    with reads() as opened:
        payroll.export(second, "late.csv", delta=True)
    assert once("v0002").keys() <= opened.keys()
    assert {name for name, times in opened.items() if times > 1} <= {"v0001/people.jsonl", "v0002/people.jsonl"}


def test_a_second_export_reads_each_file_once(payroll: Any, reads: Callable[[], Any]) -> None:
    first = payroll.close()
    payroll.export(first)
    with reads() as opened:
        payroll.export(first)
    assert opened == {**once("v0001"), "v0001/people.jsonl": 2}


@pytest.mark.slow
def test_a_second_close_reads_each_file_of_the_version_before_once(
    payroll: Any, sandbox: Sandbox, reads: Callable[[], Any]
) -> None:
    payroll.export(payroll.close())
    with reads() as opened:
        assert payroll.close()["changed"] is False
    assert opened == once("v0001")
    payroll.correct(sandbox)
    with reads() as opened:
        assert payroll.close()["delta_path"] is not None
    assert opened == once("v0001")
    payroll.correct(sandbox, end="19:00")
    with reads() as opened:
        assert payroll.close()["version"] == 3
    assert opened == once("v0001", "v0002")


@pytest.mark.slow
def test_the_claim_comes_before_the_payroll_file(payroll: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    placed: list[str] = []

    def recording(put: Callable[[Any, Any], None]) -> Callable[[Any, Any], None]:
        def record(source: Any, target: Any) -> None:
            put(source, target)
            if str(target).startswith(str(payroll.folder)):
                placed.append(Path(target).name)

        return record

    close = payroll.close()
    monkeypatch.setattr(os, "replace", recording(os.replace))
    monkeypatch.setattr(os, "link", recording(os.link))
    payroll.export(close)
    assert placed == [
        "people-1.jsonl",
        "payroll",
        "manifest.json",
        "000001.json",
        "pay.csv",
        "pay.csv.manifest.json",
        "000002.json",
    ]


@pytest.mark.slow
@pytest.mark.parametrize("part", ["timesheets", "absences", "counters"])
def test_a_part_that_was_changed_after_it_was_frozen_is_refused(payroll: Any, part: str) -> None:
    close = payroll.close()
    file = Path(close["manifest_path"]).with_name(f"{part}.jsonl")
    content = file.read_bytes()
    assert b"2026-10-1" in content
    file.write_bytes(content.replace(b"2026-10-1", b"2026-10-2", 1))
    with pytest.raises(errors.AllHoursConflictError, match=f"{part}.jsonl was changed after it was frozen"):
        payroll.export(close)
    with pytest.raises(errors.AllHoursConflictError, match=f"{part}.jsonl was changed after it was frozen"):
        payroll.close()


def test_a_manifest_in_the_folder_of_another_version_is_refused(payroll: Any) -> None:
    close = payroll.close()
    moved = Path(close["manifest_path"]).parent.with_name("v0002")
    shutil.copytree(Path(close["manifest_path"]).parent, moved)
    with pytest.raises(errors.AllHoursParameterError, match="is not a manifest of AllHoursClosePeriodOperator"):
        payroll.export(str(moved / "manifest.json"))


@pytest.mark.parametrize(
    "document",
    [
        "[]",
        "{}",
        "hello",
        '{"version": 1}',
        '{"version": 1, "period": {"from": "2026-10-31", "to": "2026-10-01"}}',
        '{"version": 1, "period": {"from": "2026-10-01", "to": "2026-10-31"}}',
    ],
)
def test_what_is_no_manifest_is_refused(payroll: Any, document: str) -> None:
    close = payroll.close()
    Path(close["manifest_path"]).write_text(document)
    with pytest.raises(errors.AllHoursParameterError, match="is not a manifest of AllHoursClosePeriodOperator"):
        payroll.export(close)


def test_a_version_without_a_manifest_does_not_exist(payroll: Any, sandbox: Sandbox) -> None:
    """Nothing tells whose files are in its folder; they stay, and the next close takes another number."""
    close = payroll.close()
    Path(close["manifest_path"]).unlink()
    again = payroll.close()
    assert (again["version"], again["changed"]) == (2, True)
    assert json.loads(Path(again["manifest_path"]).read_text())["version"] == 2
    assert payroll.close() == {**again, "changed": False}


@pytest.mark.parametrize("close", [None, "", 5, [], {}, {"manifest_path": None}, {"manifest_path": 5}])
def test_what_is_neither_a_close_nor_a_path_is_refused(payroll: Any, close: Any) -> None:
    with pytest.raises(errors.AllHoursParameterError, match="'close' takes the return value of AllHoursClose"):
        payroll.export(close)


def test_only_folders_of_versions_with_a_manifest_are_versions(tmp_path: Path) -> None:
    period = Period.of_month(2026, 10)
    versions = PeriodVersions.of(tmp_path, period)
    assert versions.numbers() == []
    for name in ("v10000", "v9999", "v0002", "v0001", "v12", "v0003-old", "xv0004", "v0005"):
        folder = tmp_path / "2026-10-01_2026-10-31" / name
        folder.mkdir(parents=True)
        (folder / ("delta.csv" if name == "v0005" else "manifest.json")).write_text("{}")
    assert versions.numbers() == [1, 2, 9999, 10000]
