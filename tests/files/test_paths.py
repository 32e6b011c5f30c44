# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

from pathlib import Path

import pytest

from airflow_provider_allhours.client.errors import AllHoursParameterError
from airflow_provider_allhours.files.journal import Journal
from airflow_provider_allhours.files.paths import absolute_path
from airflow_provider_allhours.files.publication import publish_bytes


@pytest.fixture(autouse=True)
def elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A home folder, and another working folder."""
    for name in ("home", "work"):
        (tmp_path / name).mkdir()
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    monkeypatch.chdir(tmp_path / "work")


@pytest.mark.parametrize(
    ("given", "meant"),
    [
        ("/data/x.csv", "/data/x.csv"),
        ("file:///data/x.csv", "/data/x.csv"),
        ("local:///data/x.csv", "/data/x.csv"),
        ("FILE:///data/x.csv", "/data/x.csv"),
        ("file:/data/x.csv", "/data/x.csv"),
        ("/data/~/x.csv", "/data/~/x.csv"),
        ("s3://bucket/~/x.csv", "s3://bucket/~/x.csv"),
        ("simplecache::s3://bucket/x.csv", "simplecache::s3://bucket/x.csv"),
    ],
)
def test_an_absolute_path_and_a_url_are_what_they_say(given: str, meant: str) -> None:
    assert absolute_path(given) == meant


@pytest.mark.parametrize("given", ["~/x.csv", "file:~/x.csv", "file://~/x.csv"])
def test_a_tilde_is_the_home_folder_for_readers_and_writers(given: str, tmp_path: Path) -> None:
    publish_bytes(given, b"data\n")
    assert (tmp_path / "home/x.csv").read_bytes() == b"data\n"
    with Journal(given) as journal:
        assert journal.content == b"data\n"
    assert list((tmp_path / "work").iterdir()) == []


@pytest.mark.parametrize(
    "given", ["x.csv", "./x.csv", "../x.csv", "file:x.csv", "file://x.csv", "~nobody-at-all/x.csv"]
)
def test_a_relative_path_is_refused(given: str, tmp_path: Path) -> None:
    message = r"^parameter 'report_path' is the relative path '.+'; it takes an absolute local path, ~/… for the home"
    with pytest.raises(AllHoursParameterError, match=message):
        absolute_path(given, parameter="report_path")
    with pytest.raises(AllHoursParameterError, match="parameter 'path' is the relative path"):
        publish_bytes(given, b"data")
    assert list((tmp_path / "work").iterdir()) == []


@pytest.mark.parametrize("given", ["", " ", "\n"])
def test_an_empty_path_is_refused(given: str) -> None:
    with pytest.raises(AllHoursParameterError, match="parameter 'path' is empty; it takes an absolute local path or"):
        absolute_path(given)
