# SPDX-License-Identifier: Apache-2.0
"""A file that cannot be looked at is not taken for one that is missing."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import asyncssh
import pytest
from upath import UPath

from airflow_provider_allhours.files.presence import is_there
from airflow_provider_allhours.files.record_log import RecordLog
from airflow_provider_allhours.flows.versions import PeriodVersions
from airflow_provider_allhours.periods import Period
from tests.places import Place
from tests.stores import SftpFolder


@pytest.fixture
def records(sftp: SftpFolder) -> Any:
    options = {"host": "127.0.0.1", "port": sftp.port, "username": "payroll", "skip_instance_cache": True}
    return UPath("sftp:///records", **options)


@pytest.mark.slow
def test_what_is_there_and_what_is_not(place: Place) -> None:
    folder = place.path("folder")
    folder.mkdir(parents=True, exist_ok=True)
    file = folder / "file"
    assert not is_there(file)
    assert not is_there(place.path("other") / "deep" / "file")
    other = place.path("folder") / "file"
    other.fs.pipe_file(other.path, b"content")
    assert is_there(file)
    assert is_there(folder)


def test_records_that_cannot_be_looked_at_are_not_an_empty_log(sftp: SftpFolder, records: Any) -> None:
    log = RecordLog(records)
    assert log.read() == ()
    assert log.append((), {"kind": "released"}) is not None
    sftp.refuses = lambda operation, name: operation == "look" and name == "records"
    with pytest.raises(asyncssh.SFTPPermissionDenied):
        log.read()


def test_a_version_that_cannot_be_looked_at_is_not_a_free_number(sftp: SftpFolder, records: Any) -> None:
    versions = PeriodVersions.of(records, Period.of_month(2026, 10))
    manifest = versions.path(1, "manifest.json")
    manifest.fs.makedirs(str(manifest.path).rpartition("/")[0])
    manifest.fs.pipe_file(manifest.path, b"{}")
    assert versions.numbers() == [1]
    sftp.refuses = lambda operation, name: operation == "look" and name == "manifest.json"
    with pytest.raises(asyncssh.SFTPPermissionDenied):
        versions.numbers()


def test_a_disk_that_cannot_be_looked_at_is_not_an_empty_log(tmp_path: Path) -> None:
    """The disks of fsspec deny that anything exists where looking fails, as on a network disk that is away."""
    (tmp_path / "file").touch()
    folder = tmp_path / "file" / "records"
    with pytest.raises(NotADirectoryError):
        RecordLog(folder).read()
    with pytest.raises(NotADirectoryError):
        PeriodVersions.of(folder, Period.of_month(2026, 10)).numbers()
