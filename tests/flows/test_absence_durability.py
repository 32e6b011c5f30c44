# SPDX-License-Identifier: Apache-2.0
"""What the ledger holds on the disk, or in the store, when All Hours gets a write."""

from __future__ import annotations

import json
import os
import uuid
from typing import Any

import fsspec
import pytest

from airflow_provider_allhours.client import errors
from airflow_provider_allhours.files.journal import read_journal
from airflow_provider_allhours.flows.absence_apply import apply_plan
from airflow_provider_allhours.flows.absence_plan import plan_absences
from airflow_provider_allhours.sandbox.server import Sandbox

OWNED = (
    {"employee_id": "1009", "absence_definition": "Annual leave", "date_from": "2027-02-04", "external_id": "deleted"},
    {"employee_id": "1012", "absence_definition": "Annual leave", "date_from": "2027-02-04", "external_id": "updated"},
)
CHANGED = (
    {"employee_id": "1019", "absence_definition": "Sick leave", "date_from": "2027-02-04", "external_id": "created"},
    {**OWNED[1], "comment": "new"},
)
EXPECTED = [
    ("intent", "delete", 0),
    ("done", "delete", 1),
    ("intent", "update", 1),
    ("done", "update", 2),
    ("intent", "create", 2),
    ("done", "create", 3),
]


def last_entry(content: bytes, sandbox: Sandbox) -> tuple[str, str, int]:
    """Step and action of the last line, and how many writes All Hours has accepted."""
    entry = json.loads(content.splitlines()[-1])
    return entry["step"], entry["action"], sandbox.stats()["writes_accepted"]


def test_an_intent_is_on_the_disk_before_its_write_and_the_result_before_the_next(
    sandbox: Sandbox, desk: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    desk.sync(*OWNED)
    desk.plan(*CHANGED)
    sandbox.reset_stats()
    synced: list[tuple[str, str, int]] = []
    fsync = os.fsync

    def recorded(descriptor: int) -> None:
        fsync(descriptor)
        ledger = desk.files["ledger_path"]
        if os.path.samestat(os.fstat(descriptor), ledger.stat()):
            synced.append(last_entry(ledger.read_bytes(), sandbox))

    monkeypatch.setattr(os, "fsync", recorded)
    desk.apply()
    assert synced == EXPECTED


def test_an_intent_is_in_the_object_store_before_its_write_and_the_result_with_the_next_intent(
    sandbox: Sandbox, desk: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = f"memory://{uuid.uuid4()}"
    files: dict[str, str] = {"plan_path": f"{folder}/plan.jsonl", "ledger_path": f"{folder}/ledger.jsonl"}
    for rows in (OWNED, CHANGED):
        plan_absences(desk.client, source=desk.source(*rows), period=desk.period, **files)
        if rows is OWNED:
            apply_plan(desk.client, **files)
    sandbox.reset_stats()
    stored: list[tuple[str, str, int]] = []
    store = type(fsspec.filesystem("memory"))
    pipe_file = store.pipe_file

    def recorded(fs: Any, target: str, content: bytes, **options: Any) -> None:
        pipe_file(fs, target, content, **options)
        accepted = sandbox.stats()["writes_accepted"]
        entries = [json.loads(line) for line in content.splitlines()[1:]]
        stored.extend((entry["step"], entry["action"], accepted) for entry in entries)

    monkeypatch.setattr(store, "pipe_file", recorded)
    apply_plan(desk.client, **files)
    assert stored == EXPECTED
    assert read_journal(files["ledger_path"]).count(b"\n") == 10


def test_the_refusal_of_a_write_is_on_the_disk_before_the_next(sandbox: Sandbox, desk: Any, disk: Any) -> None:
    desk.plan(*OWNED)
    sandbox.control("POST", "lock", {"date": "2027-02-05"})
    disk.events.clear()
    with pytest.raises(errors.AllHoursPartialError):
        desk.apply(reject_path=desk.folder / "rejects.csv")
    ledgers = [event[2].splitlines() for event in disk.events if event[:2] == ("fsync", "ledger.jsonl")]
    assert [(len(lines), json.loads(lines[-1])["step"]) for lines in ledgers] == [
        (1, "intent"),
        (2, "refused"),
        (3, "intent"),
        (4, "refused"),
    ]
    assert [event[0] for event in disk.events[-3:]] == ["fsync", "replace", "fsync folder"]
    assert disk.events[-2] == ("replace", "rejects.csv part", "rejects.csv")
