# SPDX-License-Identifier: Apache-2.0
"""A file that several runs create at one moment: one of them did, and the file holds what that one wrote."""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import asyncssh
import pytest
from fsspec.implementations.dirfs import DirFileSystem
from fsspec.implementations.local import LocalFileSystem

from airflow_provider_allhours.files.exclusive import create_exclusively
from airflow_provider_allhours.files.journal import read_or_empty
from airflow_provider_allhours.files.sftp import create_by_sftp
from tests.stores import StorePath

PathOf = Callable[[str], Any]
RUNS = 4


@pytest.fixture(params=["disk", "s3", "sftp", "sftp without links", "sftp whose links fail"])
def path_of(request: pytest.FixtureRequest, tmp_path: Path) -> PathOf:
    """Makes a path of a file system, each with a connection of its own where it has connections."""
    if request.param == "disk":
        return lambda name: tmp_path / name
    if request.param == "s3":
        return request.getfixturevalue("bucket").path
    served = request.getfixturevalue("sftp")
    served.has_links = request.param == "sftp"
    if request.param == "sftp whose links fail":
        served.link_error = asyncssh.SFTPFailure
    return served.path


@pytest.mark.slow
def test_of_several_runs_at_one_moment_one_creates_the_file(path_of: PathOf) -> None:
    for race in range(25):
        paths = [path_of(f"record{race}") for _ in range(RUNS)]
        contents = [b"run %d" % number for number in range(RUNS)]
        with ThreadPoolExecutor(RUNS) as pool:
            outcomes = list(pool.map(create_at_once, [threading.Barrier(RUNS)] * RUNS, paths, contents))
        (winner,) = (content for content, is_ours in zip(contents, outcomes, strict=True) if is_ours)
        assert read_or_empty(paths[0]) == winner


def create_at_once(start: threading.Barrier, path: Any, content: bytes) -> bool:
    start.wait()
    return create_exclusively(path, content)


def test_what_is_there_stays(path_of: PathOf) -> None:
    assert create_exclusively(path_of("record"), b"first")
    assert not create_exclusively(path_of("record"), b"second")
    assert create_exclusively(path_of("folder/below/record"), b"third")
    assert read_or_empty(path_of("record")) == b"first"
    assert read_or_empty(path_of("folder/below/record")) == b"third"


def test_a_file_system_that_renames_and_has_no_links(tmp_path: Path) -> None:
    """As FTP: what is there stays, though two runs at one moment may both succeed."""
    path = StorePath(DirFileSystem(tmp_path, LocalFileSystem()), "record")
    assert create_exclusively(path, b"first")
    assert not create_exclusively(path, b"second")
    assert [file.read_bytes() for file in tmp_path.iterdir()] == [b"first"]


@pytest.mark.parametrize("has_links", [True, False])
def test_a_file_on_an_sftp_server_says_whether_it_is_new(sftp: Any, has_links: bool) -> None:
    sftp.has_links = has_links
    path = sftp.path("folder/record")
    assert create_by_sftp(path.fs, path.path, b"first", mode=0o600) is True
    assert create_by_sftp(path.fs, path.path, b"second", mode=0o600) is False
    assert read_or_empty(path) == b"first"
