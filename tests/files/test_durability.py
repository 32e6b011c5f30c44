# SPDX-License-Identifier: Apache-2.0
"""Order of fsync, rename, link and removal, and of calls to an object store."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import fsspec
import pytest

from airflow_provider_allhours.client.errors import AllHoursConflictError, AllHoursPublicationError
from airflow_provider_allhours.columns import Column, Kind
from airflow_provider_allhours.files.exclusive import create_exclusively
from airflow_provider_allhours.files.journal import Journal, read_or_empty
from airflow_provider_allhours.files.publication import publish_bytes, publish_rows
from airflow_provider_allhours.files.staging import publish_together, stage

MANIFEST = '{\n  "rows": 1\n}\n'


def placed(data: str, manifest: str) -> list[tuple[str, ...]]:
    return [
        ("fsync", "x.csv part", data),
        ("fsync", "x.csv.manifest.json part", manifest),
        ("replace", "x.csv part", "x.csv"),
        ("fsync folder", "."),
        ("replace", "x.csv.manifest.json part", "x.csv.manifest.json"),
        ("fsync folder", "."),
    ]


def test_data_is_on_the_disk_before_it_is_visible_and_before_its_manifest(tmp_path: Path, disk: Any) -> None:
    publish_bytes(tmp_path / "x.csv", b"data", {"rows": 1})
    assert disk.events == placed("data", MANIFEST)


def test_rows_are_on_the_disk_before_their_manifest(tmp_path: Path, disk: Any) -> None:
    columns = [Column("name", Kind.TEXT)]
    publish_rows(tmp_path / "x.csv", [("data",)], columns, manifest=lambda written: {"rows": written.rows})
    assert disk.events == placed("name\ndata\n", MANIFEST)


def test_new_folders_are_on_the_disk_before_the_file(tmp_path: Path, disk: Any) -> None:
    publish_bytes(tmp_path / "a" / "b" / "x.csv", b"data")
    assert disk.events[:2] == [("fsync folder", "."), ("fsync folder", "a")]
    assert disk.events[-1] == ("fsync folder", "a/b")


def test_the_earlier_file_keeps_a_second_name_until_all_are_in_place(tmp_path: Path, disk: Any) -> None:
    publish_bytes(tmp_path / "x.csv", b"earlier", {"rows": 0})
    disk.events.clear()
    publish_bytes(tmp_path / "x.csv", b"data", {"rows": 1})
    events = placed("data", MANIFEST)
    events.insert(2, ("link", "x.csv", "x.csv before"))
    events.insert(5, ("link", "x.csv.manifest.json", "x.csv.manifest.json before"))
    assert disk.events == [*events, ("unlink", "x.csv before"), ("unlink", "x.csv.manifest.json before")]


def test_what_is_created_once_is_on_the_disk_before_anybody_sees_it(tmp_path: Path, disk: Any) -> None:
    assert create_exclusively(tmp_path / "000001.json", b"claim")
    assert disk.events[:2] == [("fsync", "? part", "claim"), ("link", "? part", "000001.json")]
    assert ("fsync folder", ".") in disk.events[2:]


def staged_files(folder: Any, *names: str) -> list[Any]:
    files = [stage(folder / name) for name in names]
    for file in files:
        file.stream.write(b"new")
    return files


def test_files_are_taken_back_last_first_and_the_disk_knows(
    tmp_path: Path, disk: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "a").write_text("earlier")
    files = staged_files(tmp_path, "a", "b", "c")

    def full() -> None:
        raise OSError("No space left on device")

    monkeypatch.setattr(files[2], "put_in_place", full)
    with pytest.raises(OSError, match="No space"):
        publish_together(files)
    assert disk.events[-4:] == [  # nothing of c to take back
        ("unlink", "b"),
        ("fsync folder", "."),
        ("replace", "a before", "a"),
        ("fsync folder", "."),
    ]
    assert (tmp_path / "a").read_text() == "earlier"


@pytest.mark.parametrize("root", ["local", "memory"])
def test_one_file_that_cannot_be_taken_back_stops_no_other_and_loses_nothing(
    root: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    fs = fsspec.filesystem("file" if root == "local" else "memory")
    folder = str(tmp_path) if root == "local" else f"memory://bucket/{tmp_path.name}"
    for name in ("a", "b"):
        publish_bytes(f"{folder}/{name}", b"earlier")
    files = staged_files(_Folder(folder), "a", "b", "c")
    offline = {"is": False}

    def fail_last() -> None:
        offline["is"] = True
        raise OSError("connection lost")

    monkeypatch.setattr(files[2], "put_in_place", fail_last)
    replace, put_file = os.replace, type(fs).put_file

    def refuse(path: str) -> None:
        if offline["is"] and Path(path).name == "b":
            raise OSError("still lost")

    def replace_or_fail(source: Any, target: Any) -> None:
        refuse(str(target))
        replace(source, target)

    def put_or_fail(self: Any, source: str, target: str, **options: Any) -> None:
        refuse(target)
        put_file(self, source, target, **options)

    monkeypatch.setattr(os, "replace", replace_or_fail)
    monkeypatch.setattr(type(fs), "put_file", put_or_fail)
    with pytest.raises(AllHoursPublicationError) as raised:
        publish_together(files)
    for file in files:
        file.clean_up()
    remaining = {Path(key).name: fs.cat_file(key) for key in fs.find(folder.removeprefix("memory://"))}
    assert remaining.pop("a") == b"earlier"
    assert remaining.pop("b") == b"new"
    kept = Path(str(files[1].kept_before))
    assert kept.read_bytes() == b"earlier"
    assert set(remaining) <= {kept.name}
    kept.unlink()
    message = str(raised.value).replace(folder, "/f")
    assert message == (
        "publishing failed and could not be undone: /f/b may be of this run, /f/a and /f/c as before; the earlier "
        f"content of /f/b is in {str(kept).replace(folder, '/f')}; a file belongs to a manifest only if its SHA-256 is "
        "the manifest's. Run the task again, it publishes both"
    )
    assert str(raised.value.__cause__) == "connection lost"
    if root == "memory":
        fs.rm("/bucket", recursive=True)


class _Folder:
    def __init__(self, root: str) -> None:
        self._root = root

    def __truediv__(self, name: str) -> str:
        return f"{self._root}/{name}"


@pytest.fixture
def store(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[tuple[str, ...]]]:
    """Calls that change fsspec's in-memory object store."""
    fs = fsspec.filesystem("memory")
    calls: list[tuple[str, ...]] = []

    def record(name: str) -> None:
        call = getattr(type(fs), name)

        def recorded(self: Any, *paths: str, **options: Any) -> None:
            call(self, *paths, **options)
            calls.append((name, *(Path(path).name for path in paths if not path.endswith((".part", ".before")))))

        monkeypatch.setattr(type(fs), name, recorded)

    for name in ("put_file", "cp_file", "rm_file"):
        record(name)
    yield calls
    fs.rm("/bucket", recursive=True)


def test_an_object_store_gets_the_data_first_and_the_manifest_last(store: list[tuple[str, ...]]) -> None:
    publish_bytes("memory://bucket/x", b"one", {"rows": 1})
    assert store == [("put_file", "x"), ("put_file", "x.manifest.json")]
    store.clear()
    publish_bytes("memory://bucket/x", b"two", {"rows": 2})
    # Nothing is copied or removed: a store may forbid both.
    assert store == [("put_file", "x"), ("put_file", "x.manifest.json")]


def test_every_journal_line_is_on_the_disk_before_the_caller_continues(tmp_path: Path, disk: Any) -> None:
    with Journal(tmp_path / "new" / "ledger") as journal:
        assert disk.events == [("fsync folder", "."), ("fsync folder", "new")]
        journal.append(b"intent\n")
        assert disk.events[2:] == [("fsync", "new/ledger", "intent\n")]
        journal.append(b"done\n")
        assert disk.events[3:] == [("fsync", "new/ledger", "intent\ndone\n")]
        assert journal.content == b"intent\ndone\n"


def test_a_line_behind_one_that_was_cut_short_stands_by_itself(tmp_path: Path) -> None:
    path = str(tmp_path / "ledger")
    publish_bytes(path, b"one\ntwo\ncut sho")
    with Journal(path) as journal:
        assert journal.content == b"one\ntwo\n"
        journal.append(b"three\n")
        journal.append(b"four\n")
    assert read_or_empty(path) == b"one\ntwo\nthree\nfour\n"


def test_a_local_journal_has_one_writer_and_is_free_after_it(tmp_path: Path) -> None:
    with Journal(tmp_path / "ledger") as journal:
        journal.append(b"one\n")
        with pytest.raises(AllHoursConflictError, match="another run holds ledger"), Journal(tmp_path / "ledger"):
            pass
    with Journal(tmp_path / "ledger") as journal:
        assert journal.content == b"one\n"


FULL_DISK = """
import resource, signal, sys
from airflow_provider_allhours.columns import Column, Kind
from airflow_provider_allhours.files.publication import publish_rows
import pyarrow.parquet
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
resource.setrlimit(resource.RLIMIT_FSIZE, (20_000, 20_000))
rows = ((str(hash((number, "x"))),) for number in range(40_000))
try:
    publish_rows(sys.argv[1], rows, [Column("text", Kind.TEXT)], manifest=lambda written: {})
except OSError as error:
    print(error.strerror or error)
"""


@pytest.mark.slow
@pytest.mark.parametrize("suffix", ["csv", "csv.gz", "jsonl", "jsonl.gz", "parquet", "xlsx"])
def test_a_disk_that_is_full_is_said_once_and_leaves_nothing(suffix: str, tmp_path: Path) -> None:
    """In a process of its own: what an object writes when it is collected shows on standard error."""
    command = [sys.executable, "-X", "dev", "-W", "ignore", "-c", FULL_DISK, str(tmp_path / f"x.{suffix}")]
    run = subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)
    assert (run.returncode, run.stderr) == (0, "")
    assert "File too large" in run.stdout
    assert list(tmp_path.iterdir()) == []


def test_an_upload_that_never_began_reports_why(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    fs = fsspec.filesystem("memory")

    def refused(*_: Any, **__: Any) -> None:
        raise ConnectionError("connection refused")

    monkeypatch.setattr(type(fs), "put_file", refused)
    with pytest.raises(ConnectionError, match="connection refused"):
        publish_bytes(f"memory://bucket/{tmp_path.name}/x", b"data")
    assert not fs.exists(f"/bucket/{tmp_path.name}/x")


def test_a_closed_journal_takes_no_line(tmp_path: Path) -> None:
    with Journal(tmp_path / "ledger") as journal:
        journal.append(b"one\n")
    with pytest.raises(ValueError, match="closed file"):
        journal.append(b"two\n")


def test_a_file_system_that_is_neither_local_nor_an_object_store_gets_its_folders(tmp_path: Path) -> None:
    """Like SFTP, which has folders."""
    from fsspec.implementations.dirfs import DirFileSystem

    class RemotePath:
        fs = DirFileSystem(str(tmp_path), fsspec.filesystem("file"))
        path = "new/folder/x"

    publish_bytes(RemotePath(), b"data")
    assert (tmp_path / "new/folder/x").read_bytes() == b"data"


def test_a_file_system_that_renames_only_to_a_free_name(tmp_path: Path) -> None:
    """Like SMB and some FTP servers."""
    from fsspec.implementations.dirfs import DirFileSystem

    class Strict(DirFileSystem):
        def mv(self, source: str, target: str, **options: Any) -> None:
            if self.exists(target):
                raise FileExistsError(target)
            super().mv(source, target, **options)

    class RemotePath:
        fs = Strict(str(tmp_path), fsspec.filesystem("file"))
        path = "x"

    for content in (b"one", b"two"):
        publish_bytes(RemotePath(), content)
        assert {path.name: path.read_bytes() for path in tmp_path.iterdir()} == {"x": content}
