# SPDX-License-Identifier: Apache-2.0
"""Publishing to a local S3 server: conditional writes, refused requests, two runs at once."""

from __future__ import annotations

import hashlib
import json
import logging
import threading
from pathlib import Path
from typing import Any

import pytest

from airflow_provider_allhours.client.errors import AllHoursPublicationError
from airflow_provider_allhours.files.publication import publish_bytes
from airflow_provider_allhours.files.staging import MAX_ROUNDS, publish_together, stage

NAMES = ["x.csv", "x.csv.manifest.json"]


def publish(bucket: Any, content: bytes, name: str = "x.csv") -> None:
    publish_bytes(bucket.path(name), content, {"sha256": hashlib.sha256(content).hexdigest()})


def staged(bucket: Any, content: bytes) -> list[Any]:
    """The file and the manifest of a run, staged."""
    manifest = json.dumps({"sha256": hashlib.sha256(content).hexdigest()}).encode()
    files = [stage(bucket.path(name)) for name in NAMES]
    for file, part in zip(files, (content, manifest), strict=True):
        file.stream.write(part)
    return files


def assert_pair(bucket: Any, *contents: bytes) -> None:
    """The file is one of these, and its manifest is of the same run; nothing else is there."""
    files = bucket.content()
    assert sorted(files) == NAMES
    assert files["x.csv"] in contents
    assert json.loads(files["x.csv.manifest.json"])["sha256"] == hashlib.sha256(files["x.csv"]).hexdigest()


def test_a_store_without_delete_object_gets_the_file_and_its_manifest(bucket: Any, temporary_folder: Path) -> None:
    bucket.refuses = lambda method, key: "AccessDenied" if method == "DELETE" else None
    for content in (b"one", b"two", b"two"):
        publish(bucket, content)
        assert_pair(bucket, content)
    assert [key for method, key in bucket.requests if method == "PUT"] == NAMES * 3
    assert not [key for method, key in bucket.requests if method in ("DELETE", "POST")]
    assert list(temporary_folder.iterdir()) == []


def test_only_what_stood_there_before_is_downloaded(bucket: Any) -> None:
    publish(bucket, b"one")
    assert {method for method, _ in bucket.requests} == {"HEAD", "PUT"}
    publish(bucket, b"two")
    assert [key for method, key in bucket.requests if method == "GET"] == NAMES


def test_of_a_file_without_a_manifest_nothing_is_downloaded(bucket: Any) -> None:
    """It is whole, be it the earlier one or this one, and never put back."""
    for content in (b"one", b"two"):
        publish_bytes(bucket.path("x.json"), content)
    assert bucket.content() == {"x.json": b"two"}
    assert "GET" not in {method for method, _ in bucket.requests}


def test_a_key_may_have_others_below_it(bucket: Any) -> None:
    publish(bucket, b"below", "x.csv/y.csv")
    for content in (b"one", b"two"):
        publish(bucket, content)
        assert bucket.content()["x.csv"] == content


@pytest.mark.slow
def test_a_large_file_goes_up_in_parts(bucket: Any) -> None:
    """From 100 MB on, where there is no condition for a file that exists."""
    content = bytes(range(256)) * (101 * 4096)
    publish(bucket, b"small")
    publish(bucket, content)
    assert_pair(bucket, content)


@pytest.mark.slow
@pytest.mark.parametrize("code", ["AccessDenied", "SlowDown"])
def test_a_refused_manifest_restores_the_earlier_file(bucket: Any, code: str, temporary_folder: Path) -> None:
    publish(bucket, b"earlier")
    before = bucket.content()

    def refuse(method: str, key: str) -> str | None:
        return code if method == "DELETE" or (method == "PUT" and key.endswith("manifest.json")) else None

    bucket.refuses = refuse
    with pytest.raises(OSError, match="refused"):
        publish(bucket, b"new")
    assert bucket.content() == before
    assert list(temporary_folder.iterdir()) == []


def test_a_refused_first_manifest_removes_the_file(bucket: Any) -> None:
    bucket.refuses = lambda method, key: "AccessDenied" if method == "PUT" and key.endswith("json") else None
    with pytest.raises(PermissionError):
        publish(bucket, b"new")
    assert bucket.content() == {}


def test_a_file_that_cannot_be_removed_without_its_manifest_is_named(bucket: Any) -> None:
    bucket.refuses = lambda method, key: (
        "AccessDenied" if method == "DELETE" or (method == "PUT" and key.endswith("json")) else None
    )
    message = (
        r"could not be undone: store://\S+/x\.csv may be of this run, store://\S+\.json as before; a file belongs to"
    )
    with pytest.raises(AllHoursPublicationError, match=message):
        publish(bucket, b"new")
    assert bucket.content() == {"x.csv": b"new"}
    bucket.refuses = lambda method, key: "AccessDenied" if method == "DELETE" else None
    publish(bucket, b"next")
    assert_pair(bucket, b"next")


def test_when_the_store_goes_away_in_between_the_message_says_what_lies_where(
    bucket: Any, temporary_folder: Path
) -> None:
    publish(bucket, b"earlier")
    gone: list[str] = []

    def refuse(method: str, key: str) -> str | None:
        if method == "PUT" and key.endswith("json"):
            gone.append(key)
        return "AccessDenied" if gone else None

    bucket.refuses = refuse
    with pytest.raises(AllHoursPublicationError, match=r"could not be undone: .*/x\.csv may be of this run") as raised:
        publish(bucket, b"new")
    (kept,) = [path for path in temporary_folder.iterdir() if path.read_bytes() == b"earlier"]
    assert f"/x.csv is in {kept};" in str(raised.value)
    assert kept.stat().st_mode & 0o777 == 0o600
    assert "its SHA-256 is the manifest's" in str(raised.value)
    files = bucket.content()
    assert hashlib.sha256(files["x.csv"]).hexdigest() not in files["x.csv.manifest.json"].decode()
    bucket.refuses = lambda method, key: None
    publish(bucket, b"next")
    assert_pair(bucket, b"next")
    assert list(temporary_folder.iterdir()) == []


@pytest.mark.parametrize("is_first", [True, False])
def test_who_comes_second_is_refused_and_leaves_the_other_run_alone(bucket: Any, is_first: bool) -> None:
    if not is_first:
        publish(bucket, b"earlier")
    slow = staged(bucket, b"slow")
    prepare = slow[1].prepare

    def prepare_and_be_overtaken(**options: Any) -> None:
        prepare(**options)
        publish(bucket, b"fast")

    slow[1].prepare = prepare_and_be_overtaken
    with pytest.raises(
        AllHoursPublicationError, match=r"^another run published store://\S+/x\.csv at the same time; what"
    ):
        publish_together(slow)
    assert_pair(bucket, b"fast")


@pytest.mark.parametrize("is_first", [True, False])
def test_who_is_overtaken_between_file_and_manifest_leaves_the_other_run_alone(bucket: Any, is_first: bool) -> None:
    if not is_first:
        publish(bucket, b"earlier")
    slow = staged(bucket, b"slow")
    put = slow[0].put_in_place

    def put_and_be_overtaken() -> None:
        put()
        publish(bucket, b"fast")

    slow[0].put_in_place = put_and_be_overtaken
    with pytest.raises(
        AllHoursPublicationError, match=r"^another run published store://\S+\.manifest\.json at the same"
    ):
        publish_together(slow)
    assert_pair(bucket, b"fast")


def test_a_put_whose_answer_was_lost_is_no_other_run(bucket: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    publish(bucket, b"earlier")
    files = staged(bucket, b"new")
    store = files[0]._store
    put_file = store.fs.put_file

    def put_twice(*args: Any, **options: Any) -> None:
        put_file(*args, **options)
        put_file(*args, **options)

    monkeypatch.setattr(store.fs, "put_file", put_twice)
    publish_together(files)
    assert_pair(bucket, b"new")


def test_a_store_that_has_no_conditions_is_written_without(bucket: Any) -> None:
    publish(bucket, b"earlier")
    requests: list[int] = []

    def refuse(method: str, key: str) -> str | None:
        requests.append(1)
        return "NotImplemented" if method == "PUT" and len([m for m, k in bucket.requests if m == "PUT"]) == 3 else None

    bucket.refuses = refuse
    publish(bucket, b"new")
    assert_pair(bucket, b"new")


def test_without_conditions_the_other_run_is_noticed_and_published_over(bucket: Any) -> None:
    bucket.ignores_conditions = True
    publish(bucket, b"earlier")
    slow = staged(bucket, b"slow")
    put = slow[0].put_in_place
    overtaken: list[int] = []

    def put_and_be_overtaken() -> None:
        put()
        if not overtaken:
            overtaken.append(1)
            publish(bucket, b"fast")

    slow[0].put_in_place = put_and_be_overtaken
    publish_together(slow)
    assert_pair(bucket, b"slow")


def test_a_run_that_is_overtaken_each_time_says_so(bucket: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("time.sleep", lambda seconds: None)
    bucket.ignores_conditions = True
    publish(bucket, b"earlier")
    slow = staged(bucket, b"slow")
    put = slow[0].put_in_place
    count: list[int] = []

    def put_and_be_overtaken() -> None:
        put()
        count.append(1)
        bucket.path("x.csv").fs.pipe_file(bucket.path("x.csv").path, b"fast %d" % len(count))

    slow[0].put_in_place = put_and_be_overtaken
    message = rf"^another run publishes .*; it was published {MAX_ROUNDS} times, and each time"
    with pytest.raises(AllHoursPublicationError, match=message):
        publish_together(slow)
    assert len(count) == MAX_ROUNDS
    # What the other run put there is its own to keep or to replace.
    assert bucket.content()["x.csv"] == b"fast %d" % MAX_ROUNDS
    assert not [key for method, key in bucket.requests if method == "DELETE"]


@pytest.mark.parametrize("is_first", [True, False])
def test_without_conditions_who_finds_the_files_of_another_run_leaves_them(bucket: Any, is_first: bool) -> None:
    bucket.ignores_conditions = True
    if not is_first:
        publish(bucket, b"earlier")
    slow = staged(bucket, b"slow")
    put = slow[1].put_in_place

    def put_and_be_overtaken() -> None:
        put()
        publish(bucket, b"fast")

    slow[1].put_in_place = put_and_be_overtaken
    message = r"^another run published store://\S+/x\.csv at the same time; what it wrote stays"
    with pytest.raises(AllHoursPublicationError, match=message):
        publish_together(slow)
    assert_pair(bucket, b"fast")


def test_a_file_that_another_run_replaces_while_it_is_taken_back_stays(bucket: Any) -> None:
    """The other run comes between the look at the file and its removal."""
    slow = staged(bucket, b"slow")
    overtaken: list[int] = []

    def overtake_before_the_removal(method: str, key: str) -> str | None:
        if overtaken:
            return None
        if method == "DELETE":
            overtaken.append(1)
            publish(bucket, b"fast")
        return "AccessDenied" if method == "PUT" and key.endswith("json") and not overtaken else None

    bucket.refuses = overtake_before_the_removal
    with pytest.raises(PermissionError):
        publish_together(slow)
    assert overtaken
    assert_pair(bucket, b"fast")


def test_a_run_whose_upload_fails_leaves_what_another_run_put_there(bucket: Any) -> None:
    """The store is overloaded when the slow run writes its manifest, and the other one comes before it takes back."""
    publish(bucket, b"earlier")
    slow = staged(bucket, b"slow")
    put = slow[1].put_in_place

    def fail_and_be_overtaken() -> None:
        bucket.refuses = lambda method, key: "AccessDenied" if method == "PUT" else None
        try:
            put()
        finally:
            bucket.refuses = lambda method, key: None
            publish(bucket, b"fast")

    slow[1].put_in_place = fail_and_be_overtaken
    with pytest.raises(PermissionError):
        publish_together(slow)
    assert_pair(bucket, b"fast")


def test_a_store_that_removes_without_conditions_only(bucket: Any) -> None:
    refused: list[str] = []

    def refuse(method: str, key: str) -> str | None:
        if method == "DELETE" and not refused:
            refused.append(key)
            return "NotImplemented"
        return "AccessDenied" if method == "PUT" and key.endswith("json") else None

    bucket.refuses = refuse
    with pytest.raises(PermissionError):
        publish(bucket, b"new")
    assert refused
    assert bucket.content() == {}


@pytest.mark.parametrize("ignores_conditions", [True, False])
def test_many_runs_at_once_leave_one_pair(bucket: Any, ignores_conditions: bool) -> None:
    bucket.ignores_conditions = ignores_conditions
    contents = [f"run {number}".encode() for number in range(6)]
    outcomes: list[str] = []
    together = threading.Barrier(len(contents))

    def run(content: bytes) -> None:
        together.wait()
        try:
            publish(bucket, content)
            outcomes.append("published")
        except AllHoursPublicationError:
            outcomes.append("refused")

    threads = [threading.Thread(target=run, args=(content,)) for content in contents]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(outcomes) == len(contents)
    assert "published" in outcomes
    assert_pair(bucket, *contents)


def test_a_store_that_may_only_be_written_to(bucket: Any, caplog: pytest.LogCaptureFixture) -> None:
    publish(bucket, b"earlier")
    bucket.refuses = lambda method, key: "AccessDenied" if method != "PUT" else None
    with caplog.at_level(logging.WARNING):
        publish(bucket, b"new")
    assert_pair(bucket, b"new")
    assert "may not be read; it is published without a look at what stands there" in caplog.text
    assert "cannot be read back; whether another run published it too is not known" in caplog.text
