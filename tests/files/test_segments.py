# SPDX-License-Identifier: Apache-2.0
"""A journal in a store: an object store, a server of files, and the memory of this process."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any

import pytest

from airflow_provider_allhours.client.errors import AllHoursConflictError, AllHoursParameterError
from airflow_provider_allhours.files import segments
from airflow_provider_allhours.files.journal import Journal, read_journal

PathOf = Callable[[str], Any]


@pytest.fixture(params=["s3", "sftp", "memory"])
def path_of(request: pytest.FixtureRequest, tmp_path: Any) -> PathOf:
    """Makes a path of a store, each with a connection of its own where the store has connections."""
    if request.param == "s3":
        return request.getfixturevalue("bucket").path
    if request.param == "sftp":
        return request.getfixturevalue("sftp").path
    return lambda name: f"memory://bucket/{tmp_path.name}/{name}"


def test_what_was_appended_is_read_by_the_next_run(path_of: PathOf) -> None:
    with Journal(path_of("ledger")) as journal:
        assert journal.content == b""
        journal.append(b"one\n")
        journal.append(b"two\n", can_wait=True)
        assert read_journal(path_of("ledger")) == b"one\n"
        journal.append(b"three\n")
    with Journal(path_of("ledger")) as journal:
        assert journal.content == b"one\ntwo\nthree\n"
        journal.append(b"four\n", can_wait=True)
    assert read_journal(path_of("ledger")) == b"one\ntwo\nthree\nfour\n"


def test_results_that_wait_are_in_the_store_when_the_task_fails(path_of: PathOf) -> None:
    def fail(journal: Journal) -> None:
        with journal:
            journal.append(b"intent\n")
            journal.append(b"done\n", can_wait=True)
            raise RuntimeError

    with pytest.raises(RuntimeError):
        fail(Journal(path_of("ledger")))
    assert read_journal(path_of("ledger")) == b"intent\ndone\n"


def test_of_two_runs_the_late_one_is_refused_at_its_first_line(path_of: PathOf) -> None:
    with Journal(path_of("ledger")) as first, Journal(path_of("ledger")) as second:
        first.append(b"same\n")
        with pytest.raises(AllHoursConflictError, match="another run writes to the ledger .*ledger; one writer"):
            second.append(b"same\n")
        second._waiting = b""
        first.append(b"more\n")
    assert read_journal(path_of("ledger")) == b"same\nmore\n"


@pytest.mark.slow
def test_of_several_runs_at_one_moment_one_appends(path_of: PathOf) -> None:
    """Forty races of four: no line is lost, and none stands twice."""
    for race in range(40):
        path, outcomes = f"ledger{race}", []
        start = threading.Barrier(4)

        def append(path: str = path, outcomes: list[bool] = outcomes, start: threading.Barrier = start) -> None:
            journal = Journal(path_of(path)).__enter__()
            start.wait()
            try:
                journal.append(b"line\n")
            except AllHoursConflictError:
                outcomes.append(False)
            else:
                outcomes.append(True)

        threads = [threading.Thread(target=append) for _ in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert sorted(outcomes) == [False, False, False, True]
        assert read_journal(path_of(path)) == b"line\n"


def test_many_segments_are_copied_into_one(path_of: PathOf, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(segments, "SEGMENTS_UNTIL_COPY", 3)
    expected = b""
    for run in range(4):
        with Journal(path_of("ledger")) as journal:
            assert journal.content == expected
            for number in range(2):
                journal.append(b"%d %d\n" % (run, number))
                expected += b"%d %d\n" % (run, number)
    assert read_journal(path_of("ledger")) == expected


def test_one_request_per_append(bucket: Any) -> None:
    with Journal(bucket.path("ledger")) as journal:
        journal.append(b"intent\n")
        before = len(bucket.requests)
        for _ in range(5):
            journal.append(b"done\n", can_wait=True)
            journal.append(b"intent\n")
        assert [method for method, _ in bucket.requests[before:]] == ["PUT"] * 5


def test_a_store_without_conditional_writes_is_refused(bucket: Any) -> None:
    bucket.refuses = lambda method, key: "NotImplemented" if method == "PUT" else None
    with Journal(bucket.path("ledger")) as journal:
        with pytest.raises(AllHoursParameterError, match="cannot create a file only if there is none"):
            journal.append(b"line\n")
        journal._waiting = b""


def test_a_segment_that_was_cut_off_counts_without_its_last_line(sftp: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(segments, "MAX_UPLOAD", 0.0)
    with Journal(sftp.path("ledger")) as journal:
        journal.append(b"one\n")
    cut = b'{"run": "x", "bytes": 10}\ntwo\ncut sh'
    (sftp.folder / "ledger.segments" / "00000002.segment").write_bytes(cut)
    (sftp.folder / "ledger.segments" / "00000003.segment").write_bytes(b'{"run')
    with Journal(sftp.path("ledger")) as journal:
        assert journal.content == b"one\ntwo\n"
        journal.append(b"three\n")
    assert read_journal(sftp.path("ledger")) == b"one\ntwo\nthree\n"


def test_a_segment_that_is_still_being_uploaded_is_waited_for(sftp: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where a server has no links, a reader sees a part; it was taken for a crash, and the rest was not known of."""
    sftp.has_links = False
    whole = b'{"run": "x", "bytes": 8}\none\ntwo\n'
    target = sftp.folder / "ledger.segments" / "00000001.segment"
    target.parent.mkdir()
    target.write_bytes(whole[:-4])
    looks: list[float] = []

    def finish(seconds: float) -> None:
        looks.append(seconds)
        target.write_bytes(whole)

    monkeypatch.setattr(segments.time, "sleep", finish)
    with Journal(sftp.path("ledger")) as journal:
        assert journal.content == b"one\ntwo\n"
        journal.append(b"three\n")
    assert len(looks) == 1
    assert read_journal(sftp.path("ledger")) == b"one\ntwo\nthree\n"
