# SPDX-License-Identifier: Apache-2.0
"""Publishing to a local SFTP server that has no shell."""

from __future__ import annotations

import hashlib
import json
import logging
from pathlib import Path
from typing import Any

import asyncssh
import pytest

from airflow_provider_allhours.client.errors import AllHoursPublicationError
from airflow_provider_allhours.columns import Column, Kind
from airflow_provider_allhours.files.publication import publish_bytes, publish_rows
from airflow_provider_allhours.files.staging import publish_together, stage

NAMES = ["x.csv", "x.csv.manifest.json"]


def publish(sftp: Any, content: bytes, name: str = "x.csv") -> None:
    publish_bytes(sftp.path(name), content, {"sha256": hashlib.sha256(content).hexdigest()})


def assert_pair(sftp: Any, content: bytes) -> None:
    files = sftp.content()
    assert sorted(files) == NAMES
    assert files["x.csv"] == content
    assert json.loads(files["x.csv.manifest.json"])["sha256"] == hashlib.sha256(content).hexdigest()


def test_files_are_uploaded_aside_and_renamed(sftp: Any, temporary_folder: Path) -> None:
    for content in (b"one", b"two" * 200_000, b""):
        sftp.events.clear()
        publish(sftp, content)
        assert_pair(sftp, content)
        assert sftp.events == [
            ("write", "part"),
            ("rename", "part", "x.csv"),
            ("write", "part"),
            ("rename", "part", "x.csv.manifest.json"),
        ]
    assert list(temporary_folder.iterdir()) == []


def test_a_server_that_cannot_rename_over_a_file(sftp: Any) -> None:
    sftp.has_posix_rename = False
    publish(sftp, b"one")
    publish(sftp, b"two")
    assert_pair(sftp, b"two")
    assert ("remove", "x.csv") in sftp.events


def test_new_folders_and_long_names(sftp: Any) -> None:
    name = "ž" * 119 + ".csv"
    assert len(name.encode()) + len(".manifest.json") == 256
    publish(sftp, b"data", f"a/b/{name[1:]}x")
    assert len(list((sftp.folder / "a/b").iterdir())) == 2


def test_a_private_file_is_the_users_and_an_earlier_one_keeps_its_mode(sftp: Any) -> None:
    publish(sftp, b"one")
    assert {path.stat().st_mode & 0o777 for path in sftp.folder.iterdir()} == {0o600}
    (sftp.folder / "x.csv").chmod(0o640)
    publish(sftp, b"two")
    assert (sftp.folder / "x.csv").stat().st_mode & 0o777 == 0o640
    columns = [Column("name", Kind.TEXT)]
    publish_rows(sftp.path("y.csv"), [("a",)], columns, manifest=lambda written: {"rows": written.rows})
    assert (sftp.folder / "y.csv").stat().st_mode & 0o777 != 0o600


def test_a_symbolic_link_stays(sftp: Any) -> None:
    (sftp.folder / "target.csv").write_bytes(b"earlier")
    (sftp.folder / "x.csv").symlink_to("target.csv")
    publish(sftp, b"new")
    assert (sftp.folder / "x.csv").is_symlink()
    assert (sftp.folder / "target.csv").read_bytes() == b"new"


@pytest.mark.parametrize("is_first", [True, False])
@pytest.mark.parametrize("operation", ["write", "rename"])
def test_a_refused_manifest_leaves_everything_as_it_was(sftp: Any, is_first: bool, operation: str) -> None:
    if not is_first:
        publish(sftp, b"earlier")
    before = sftp.content()
    count: list[str] = []

    def refuse(done: str, name: str) -> bool:
        count.extend([done] if done == operation else [])
        return done == operation and len(count) == 2

    sftp.refuses = refuse
    with pytest.raises((OSError, asyncssh.SFTPError), match="refused"):
        publish(sftp, b"new")
    assert sftp.content() == before
    assert len(count) >= 2


def test_when_the_earlier_file_cannot_be_restored_the_message_says_so(sftp: Any, temporary_folder: Path) -> None:
    publish(sftp, b"earlier")
    count: list[str] = []

    def refuse(done: str, name: str) -> bool:
        count.extend([done] if done == "write" else [])
        return len(count) >= 2 and done != "look"

    sftp.refuses = refuse
    with pytest.raises(
        AllHoursPublicationError, match=r"could not be undone: store:///x\.csv may be of this run, "
    ) as raised:
        publish(sftp, b"new")
    (kept,) = [path for path in temporary_folder.iterdir() if path.read_bytes() == b"earlier"]
    assert str(kept) in str(raised.value)
    sftp.refuses = lambda done, name: False
    publish(sftp, b"next")
    assert sftp.content()["x.csv"] == b"next"
    assert list(temporary_folder.iterdir()) == []


def test_another_run_is_noticed_and_published_over(sftp: Any) -> None:
    publish(sftp, b"earlier")
    manifest = json.dumps({"sha256": hashlib.sha256(b"slow").hexdigest()}).encode()
    slow: list[Any] = [stage(sftp.path(name)) for name in NAMES]
    for file, content in zip(slow, (b"slow", manifest), strict=True):
        file.stream.write(content)
    put = slow[0].put_in_place
    overtaken: list[int] = []

    def put_and_be_overtaken() -> None:
        put()
        if not overtaken:
            overtaken.append(1)
            publish(sftp, b"fast")

    slow[0].put_in_place = put_and_be_overtaken
    publish_together(slow)
    assert_pair(sftp, b"slow")


def test_a_server_that_shows_nothing_is_written_to(sftp: Any, caplog: pytest.LogCaptureFixture) -> None:
    publish(sftp, b"earlier")
    sftp.refuses = lambda done, name: done == "look" and name.startswith("x.csv")
    with caplog.at_level(logging.WARNING):
        publish(sftp, b"new")
    assert_pair(sftp, b"new")
    assert "may not be read; it is published without a look at what stands there" in caplog.text
    assert "cannot be read back" in caplog.text
