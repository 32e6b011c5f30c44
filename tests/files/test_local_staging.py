# SPDX-License-Identifier: Apache-2.0
"""Modes, links, names, killed processes and runs at the same time on a local disk."""

from __future__ import annotations

import errno
import fcntl
import hashlib
import json
import os
import signal
import stat
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from airflow_provider_allhours.client.errors import AllHoursParameterError, AllHoursPublicationError
from airflow_provider_allhours.columns import Column, Kind
from airflow_provider_allhours.files import local_staging, part_files
from airflow_provider_allhours.files.journal import Journal
from airflow_provider_allhours.files.publication import publish_bytes, publish_rows
from airflow_provider_allhours.files.staging import publish_together, stage

COLUMNS = [Column("name", Kind.TEXT)]


def export(path: Any, rows: Any = (("a",),)) -> None:
    publish_rows(path, rows, COLUMNS, manifest=lambda written: {"sha256": written.sha256})


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


@pytest.fixture
def umask() -> Iterator[Callable[[int], int]]:
    before = os.umask(0o022)
    yield os.umask
    os.umask(before)


@pytest.mark.parametrize(("mask", "expected"), [(0o022, 0o644), (0o027, 0o640), (0o077, 0o600), (0o002, 0o664)])
def test_a_new_export_follows_the_umask(tmp_path: Path, umask: Callable[[int], int], mask: int, expected: int) -> None:
    umask(mask)
    export(tmp_path / "x.csv")
    assert {path.name: mode(path) for path in tmp_path.iterdir()} == {
        "x.csv": expected,
        "x.csv.manifest.json": expected,
    }


def test_what_is_staged_is_the_users_alone(tmp_path: Path, umask: Callable[[int], int]) -> None:
    umask(0o000)
    seen: list[int] = []

    def rows() -> Iterator[tuple[str]]:
        seen.extend(mode(path) for path in tmp_path.iterdir())
        yield ("a",)

    export(tmp_path / "x.csv", rows())
    assert seen == [0o600, 0o600]


def test_payroll_files_reports_ledgers_and_locks_are_the_users_alone(
    tmp_path: Path, umask: Callable[[int], int]
) -> None:
    umask(0o000)
    publish_bytes(tmp_path / "pay.csv", b"data", {"lines": 1})
    with Journal(tmp_path / "ledger") as journal:
        journal.append(b"line\n")
    assert {path.name: mode(path) for path in tmp_path.iterdir()} == dict.fromkeys(
        ["pay.csv", "pay.csv.manifest.json", "ledger", "ledger.lock"], 0o600
    )


@pytest.mark.parametrize("earlier", [0o600, 0o640, 0o664, 0o444])
def test_an_earlier_file_keeps_its_mode(tmp_path: Path, earlier: int) -> None:
    for publish in (lambda path: export(path), lambda path: publish_bytes(path, b"data", {})):
        for name in ("x.csv", "x.csv.manifest.json"):
            (tmp_path / name).write_text("earlier")
            (tmp_path / name).chmod(earlier)
        publish(tmp_path / "x.csv")
        assert {mode(path) for path in tmp_path.iterdir()} == {earlier}
        for path in tmp_path.iterdir():
            assert path.read_text() != "earlier"
            path.unlink()


@pytest.mark.skipif(os.geteuid() != 0, reason="only root gives files away")
def test_an_earlier_file_keeps_its_owner_and_group(tmp_path: Path) -> None:
    (tmp_path / "x.csv").write_text("earlier")
    os.chown(tmp_path / "x.csv", 12345, 23456)
    (tmp_path / "x.csv").chmod(0o2750)
    export(tmp_path / "x.csv")
    status = (tmp_path / "x.csv").stat()
    assert (status.st_uid, status.st_gid, stat.S_IMODE(status.st_mode)) == (12345, 23456, 0o2750)
    assert (tmp_path / "x.csv.manifest.json").stat().st_uid == 0


def test_where_the_owner_cannot_be_kept_the_group_is(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[tuple[int, int]] = []

    def chown(path: Any, owner: int, group: int) -> None:
        asked.append((owner, group))
        if owner != -1:
            raise PermissionError(errno.EPERM, "not permitted")

    monkeypatch.setattr(os, "chown", chown)
    (tmp_path / "x.csv").write_text("earlier")
    export(tmp_path / "x.csv")
    status = (tmp_path / "x.csv").stat()
    assert asked == [(status.st_uid, status.st_gid), (-1, status.st_gid)]


@pytest.mark.parametrize("exists", [True, False])
def test_a_symbolic_link_stays_and_its_target_is_replaced(tmp_path: Path, exists: bool) -> None:
    (tmp_path / "share").mkdir()
    (tmp_path / "out").mkdir()
    target = tmp_path / "share" / "target.csv"
    if exists:
        target.write_text("earlier")
        target.chmod(0o640)
    (tmp_path / "out" / "x.csv").symlink_to("../share/target.csv")
    export(tmp_path / "out" / "x.csv")
    assert os.readlink(tmp_path / "out" / "x.csv") == "../share/target.csv"
    assert target.read_text() == "name\na\n"
    assert not exists or mode(target) == 0o640
    assert sorted(os.listdir(tmp_path / "out")) == ["x.csv", "x.csv.manifest.json"]
    assert os.listdir(tmp_path / "share") == ["target.csv"]


def test_a_failure_leaves_the_target_of_a_link_as_it_was(tmp_path: Path) -> None:
    (tmp_path / "target.csv").write_text("earlier")
    (tmp_path / "x.csv").symlink_to("target.csv")
    data, manifest = stage(tmp_path / "x.csv"), stage(tmp_path / "x.csv.manifest.json")
    data.stream.write(b"new")
    (tmp_path / "x.csv.manifest.json").mkdir()
    with pytest.raises(OSError, match=r"manifest\.json"):
        publish_together([data, manifest])
    data.clean_up()
    manifest.clean_up()
    assert (tmp_path / "x.csv").is_symlink()
    assert (tmp_path / "target.csv").read_text() == "earlier"
    assert len(list(tmp_path.iterdir())) == 3


def test_names_up_to_the_limit_of_the_system(tmp_path: Path) -> None:
    name = "ž" * 118 + "a" + ".csv"
    assert len(name.encode()) == 241
    for _ in range(2):
        export(tmp_path / name)
    assert sorted(os.listdir(tmp_path)) == sorted([name, f"{name}.manifest.json"])
    publish_bytes(tmp_path / ("b" * 255), b"data")


def test_a_name_that_is_too_long_is_refused_before_anything_is_read(tmp_path: Path) -> None:
    def rows() -> Iterator[tuple[str]]:
        raise AssertionError("something was read")
        yield

    with pytest.raises(
        AllHoursParameterError, match=r"whose name has 256 bytes, a+…; the file system takes 255, its man"
    ):
        export(tmp_path / ("a" * 238 + ".csv"), rows())
    assert os.listdir(tmp_path) == []


def test_what_is_no_file_is_refused(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "x.csv")
    with pytest.raises(AllHoursParameterError, match="is a device or a pipe and no file"):
        export(tmp_path / "x.csv")
    assert os.listdir(tmp_path) == ["x.csv"]


HOLD = """
import sys
from airflow_provider_allhours.files.staging import stage
files = [stage(path) for path in sys.argv[1:]]
for file in files:
    file.stream.write(b"x" * 1000)
    file.stream.flush()
print("staged", flush=True)
sys.stdin.read()
"""


@pytest.fixture
def staging_process() -> Iterator[Callable[..., subprocess.Popen[str]]]:
    """Starts processes that stage files and wait."""
    started: list[subprocess.Popen[str]] = []

    def start(*paths: str) -> subprocess.Popen[str]:
        process = subprocess.Popen(
            [sys.executable, "-c", HOLD, *paths], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        started.append(process)
        assert process.stdout is not None
        assert process.stdout.readline() == "staged\n"
        return process

    yield start
    for process in started:
        process.kill()
        process.communicate()


def test_what_a_killed_process_staged_is_removed_by_the_next_run_of_the_path(
    tmp_path: Path, staging_process: Callable[..., subprocess.Popen[str]]
) -> None:
    paths = [str(tmp_path / "x.csv"), str(tmp_path / "x.csv.manifest.json"), str(tmp_path / "other.csv")]
    process = staging_process(*paths)
    assert {mode(path) for path in tmp_path.iterdir()} == {0o600}
    export(tmp_path / "x.csv")
    assert len(list(tmp_path.iterdir())) == 5, "those of a running process stay"
    process.send_signal(signal.SIGKILL)
    process.wait()
    assert len(list(tmp_path.iterdir())) == 5
    export(tmp_path / "x.csv")
    (left,) = {path.name for path in tmp_path.iterdir()} - {"x.csv", "x.csv.manifest.json"}
    assert left.startswith(part_files.name_stem("other.csv")), "the path of somebody else stays"
    export(tmp_path / "other.csv")
    assert len(list(tmp_path.iterdir())) == 4


def test_what_a_killed_process_staged_for_a_store_is_removed_too(
    temporary_folder: Path, monkeypatch: pytest.MonkeyPatch, staging_process: Callable[..., subprocess.Popen[str]]
) -> None:
    monkeypatch.setenv("TMPDIR", str(temporary_folder))
    process = staging_process("memory://bucket/x.csv")
    (part,) = temporary_folder.iterdir()
    assert mode(part) == 0o600
    publish_bytes("memory://bucket/x.csv", b"data")
    assert list(temporary_folder.iterdir()) == [part]
    process.kill()
    process.wait()
    publish_bytes("memory://bucket/x.csv", b"data")
    assert list(temporary_folder.iterdir()) == []


DIE = """
import os, signal, sys
from airflow_provider_allhours.files.publication import publish_bytes
replace = os.replace
count = []
def replace_and_die(source, target):
    count.append(target)
    if len(count) == int(sys.argv[2]):
        os.kill(os.getpid(), signal.SIGKILL)
    replace(source, target)
os.replace = replace_and_die
publish_bytes(sys.argv[1], b"killed", {"sha256": "of the killed run"})
"""


@pytest.mark.parametrize("placed", [1, 2])
def test_a_process_that_is_killed_while_publishing_is_visible_by_the_checksum(tmp_path: Path, placed: int) -> None:
    path = tmp_path / "x.csv"
    publish_bytes(path, b"earlier", {"sha256": hashlib.sha256(b"earlier").hexdigest()})
    run = subprocess.run([sys.executable, "-c", DIE, str(path), str(placed)], timeout=60, check=False)
    assert run.returncode == -signal.SIGKILL
    assert path.read_bytes() == (b"earlier" if placed == 1 else b"killed")
    manifest = json.loads((tmp_path / "x.csv.manifest.json").read_text())
    assert (manifest["sha256"] == hashlib.sha256(path.read_bytes()).hexdigest()) is (placed == 1)
    assert len(list(tmp_path.iterdir())) > 2
    export(path)
    assert sorted(os.listdir(tmp_path)) == ["x.csv", "x.csv.manifest.json"]


PUBLISH = """
import hashlib, sys
from airflow_provider_allhours.files.publication import publish_bytes
content = sys.argv[2].encode()
print("ready", flush=True)
sys.stdin.readline()
for number in range(30):
    publish_bytes(sys.argv[1], content, {"sha256": hashlib.sha256(content).hexdigest()})
"""


@pytest.mark.slow
def test_runs_at_the_same_time_leave_file_and_manifest_of_one_run(tmp_path: Path) -> None:
    path = tmp_path / "x.csv"
    runs = [
        subprocess.Popen(
            [sys.executable, "-c", PUBLISH, str(path), f"run {number}"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        for number in range(3)
    ]
    for run in runs:
        assert run.stdout is not None
        run.stdout.readline()
    for run in runs:
        assert run.stdin is not None
        run.stdin.write("go\n")
        run.stdin.flush()
    pairs = 0
    while any(run.poll() is None for run in runs):
        # The folder is locked as a publication does it, so that nothing changes between the two reads.
        with part_files.locked_folders([tmp_path]):
            if path.exists():
                manifest = json.loads((tmp_path / "x.csv.manifest.json").read_text())
                assert manifest["sha256"] == hashlib.sha256(path.read_bytes()).hexdigest()
                pairs += 1
    assert [run.communicate() and run.returncode for run in runs] == [0, 0, 0]
    assert pairs > 0
    assert sorted(os.listdir(tmp_path)) == ["x.csv", "x.csv.manifest.json"]


@pytest.mark.parametrize("is_overtaken_each_time", [True, False])
def test_without_locks_a_run_that_was_overtaken_says_so_and_leaves_the_other_alone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, is_overtaken_each_time: bool
) -> None:
    def no_locks(descriptor: int, operation: int) -> None:
        raise OSError(errno.EOPNOTSUPP, "no locks")

    monkeypatch.setattr(fcntl, "flock", no_locks)
    monkeypatch.setattr("time.sleep", lambda seconds: None)
    files = [stage(tmp_path / name) for name in ("x.csv", "x.csv.manifest.json")]
    put = files[1].put_in_place

    overtaken: list[int] = []

    def be_overtaken() -> None:
        if is_overtaken_each_time or not overtaken:
            overtaken.append(1)
            publish_bytes(tmp_path / "x.csv", b"fast", {"sha256": "fast"})
        put()

    monkeypatch.setattr(files[1], "put_in_place", be_overtaken)
    with pytest.raises(AllHoursPublicationError, match="another run publishe[sd] .* at the same time"):
        publish_together(files)
    for file in files:
        file.clean_up()
    assert (tmp_path / "x.csv").read_bytes() == b"fast"
    assert json.loads((tmp_path / "x.csv.manifest.json").read_text()) == {"sha256": "fast"}
    monkeypatch.undo()
    publish_bytes(tmp_path / "x.csv", b"next", {})
    assert sorted(os.listdir(tmp_path)) == ["x.csv", "x.csv.manifest.json"]


def test_a_disk_that_is_full_while_the_earlier_file_is_copied_keeps_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Without hard links: half a copy must not take the place of the file."""

    def no_links(*_: Any) -> None:
        raise OSError("not supported")

    def half(source: Any, target: Any) -> None:
        target.write(source.read(3))
        raise OSError(errno.ENOSPC, "No space left on device")

    (tmp_path / "x.csv").write_text("earlier")
    monkeypatch.setattr(os, "link", no_links)
    monkeypatch.setattr(local_staging.shutil, "copyfileobj", half)
    with pytest.raises(OSError, match="No space left"):
        export(tmp_path / "x.csv")
    assert (tmp_path / "x.csv").read_text() == "earlier"
    assert os.listdir(tmp_path) == ["x.csv"]


WORK = """
import sys
from airflow_provider_allhours.files.part_files import private_folder
with private_folder("periods") as folder:
    (folder / "timesheets.jsonl").write_text("personal")
    print("staged", flush=True)
    sys.stdin.read()
"""


def test_a_private_folder_of_a_killed_process_is_removed_by_the_next_one(
    temporary_folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TMPDIR", str(temporary_folder))
    process = subprocess.Popen([sys.executable, "-c", WORK], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    try:
        assert process.stdout is not None
        process.stdout.readline()
        with part_files.private_folder("periods") as folder:
            assert mode(folder) == 0o700
            assert len(list(temporary_folder.iterdir())) == 2, "that of a running process stays"
    finally:
        process.kill()
        process.communicate()
    (left,) = temporary_folder.iterdir()
    with part_files.private_folder("other"):
        assert left.exists()

    def be_interrupted() -> None:
        with part_files.private_folder("periods") as folder:
            assert list(temporary_folder.iterdir()) == [folder]
            raise RuntimeError("interrupted")

    with pytest.raises(RuntimeError, match="interrupted"):
        be_interrupted()
    assert list(temporary_folder.iterdir()) == []


@pytest.mark.parametrize("root", ["local", "memory"])
def test_no_descriptor_stays_open(root: str, tmp_path: Path) -> None:
    path = tmp_path / "x.csv" if root == "local" else f"memory://bucket/{tmp_path.name}/x.csv"
    publish_bytes(path, b"data", {})
    before = len(os.listdir("/proc/self/fd"))
    for _ in range(3):
        publish_bytes(path, b"data", {})
        stage(path).clean_up()
    assert len(os.listdir("/proc/self/fd")) == before


def test_a_part_file_that_somebody_removed_before_it_was_locked_is_made_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    flock = fcntl.flock
    removed: list[Path] = []

    def be_late(descriptor: int, operation: int) -> None:
        if not removed:
            removed.extend(tmp_path.iterdir())
            removed[0].unlink()
        flock(descriptor, operation)

    before = len(os.listdir("/proc/self/fd"))
    monkeypatch.setattr(fcntl, "flock", be_late)
    part = part_files.PartFile(tmp_path, "x.csv")
    assert list(tmp_path.iterdir()) == [part.path] != removed
    part.remove()
    assert len(os.listdir("/proc/self/fd")) == before


def test_files_can_be_published_into_a_private_folder(temporary_folder: Path) -> None:
    with part_files.private_folder("periods") as folder:
        export(folder / "x.csv")
        assert {path.name for path in folder.iterdir()} == {".lock", "x.csv", "x.csv.manifest.json"}


def test_a_folder_that_stays_locked_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    waits: list[float] = []

    def sleep(seconds: float) -> None:
        waits.append(seconds)
        now[0] += 50

    now = [0.0]
    monkeypatch.setattr("time.sleep", sleep)
    monkeypatch.setattr("time.monotonic", lambda: now[0])
    message = f"another process has held the folder {tmp_path} for 120 seconds"
    with part_files.locked_folders([tmp_path]), pytest.raises(AllHoursPublicationError, match=message):
        export(tmp_path / "x.csv")
    assert len(waits) == 3
    monkeypatch.undo()
    assert os.listdir(tmp_path) == []
    export(tmp_path / "x.csv")
