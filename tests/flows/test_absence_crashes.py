# SPDX-License-Identifier: Apache-2.0
"""An apply that was killed anywhere and is run again ends like one that was not."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import date
from typing import Any

import pytest

from airflow_provider_allhours.client import AllHoursClient
from airflow_provider_allhours.files import segments
from airflow_provider_allhours.files.journal import Journal
from airflow_provider_allhours.files.segments import Segments
from airflow_provider_allhours.sandbox.server import Sandbox


class Crash(BaseException):
    """Stands for the end of the process."""


BEFORE = (
    {"employee_id": "1009", "absence_definition": "Annual leave", "date_from": "2027-02-04", "external_id": "gone"},
    {"employee_id": "1012", "absence_definition": "Annual leave", "date_from": "2027-02-04", "external_id": "changed"},
)
AFTER = (
    {**BEFORE[1], "comment": "new"},
    {"employee_id": "1019", "absence_definition": "Sick leave", "date_from": "2027-02-04", "external_id": "new"},
    {
        "employee_id": "1009",
        "absence_definition": "Sick leave",
        "date_from": "2027-02-04",
        "partial_from": "08:00",
        "partial_to": "10:00",
        "external_id": "in the place of another",
    },
)


@contextmanager
def crashing(
    monkeypatch: pytest.MonkeyPatch, at: int, *, is_local: bool = True, parts_are_seen: bool = False
) -> Iterator[list[str]]:
    """End the apply at a moment: before, within or after a line or a segment of the ledger, before or after a write.

    Args:
        monkeypatch: restores what is replaced.
        at: number of the moment, from 1; 0 for none.
        is_local: whether the ledger is a file to which lines are appended.
        parts_are_seen: whether a segment that is being uploaded can be seen.
    """
    moments: list[str] = []

    def moment(name: str) -> bool:
        # A process that ended does nothing more, whatever `with` blocks it was in.
        if 0 < at <= len(moments):
            raise Crash
        moments.append(name)
        return len(moments) == at

    append, append_segment, end = Journal.append, Segments.append, Segments.close

    def dying_append(journal: Journal, line: bytes, **options: Any) -> None:
        if moment("before a line"):
            raise Crash
        if moment("within a line"):
            journal._file.write(line[: len(line) // 2])
            journal._file.flush()
            raise Crash
        append(journal, line, **options)
        if moment("after a line"):
            raise Crash

    def dying_segment(ledger: Segments, lines: bytes) -> None:
        if moment("before a segment"):
            raise Crash
        if parts_are_seen and moment("within a segment"):
            append_segment(ledger, lines)
            key = f"{ledger._folder}/{ledger._last:08}.segment"
            ledger._fs.pipe_file(key, ledger._fs.cat_file(key)[: -len(lines) // 2])
            raise Crash
        append_segment(ledger, lines)
        if moment("after a segment"):
            raise Crash

    def dying_end(ledger: Segments, content: bytes) -> None:
        if moment("before the end"):
            raise Crash
        end(ledger, content)

    def dying(name: str) -> Callable[..., Any]:
        real = getattr(AllHoursClient, name)

        def write(*args: Any, **kwargs: Any) -> Any:
            if moment(f"before {name}"):
                raise Crash
            answer = real(*args, **kwargs)
            if moment(f"after {name}"):
                raise Crash
            return answer

        return write

    with monkeypatch.context() as patch:
        if is_local:
            patch.setattr(Journal, "append", dying_append)
        patch.setattr(Segments, "append", dying_segment)
        patch.setattr(Segments, "close", dying_end)
        for name in ("create_absence", "update_absence", "delete_absence"):
            patch.setattr(AllHoursClient, name, dying(name))
        yield moments


def truth(sandbox: Sandbox) -> Counter[tuple[Any, ...]]:
    """The absences of February, without ids."""
    return Counter(
        (leave.user_index, leave.day, leave.definition_id, leave.partial_from, leave.partial_to, leave.comment)
        for leave in sandbox.company.leave_between(date(2027, 2, 1), date(2027, 2, 28))
    )


def prepared(
    sandbox: Sandbox, client_of: Callable[..., AllHoursClient], desk_of: Any, name: str, store: Any = None
) -> Any:
    desk = desk_of(client_of(sandbox), name, store)
    desk.sync(*BEFORE)
    desk.plan(*AFTER)
    return desk


@pytest.mark.slow
def test_every_moment_of_an_apply(
    client_of: Callable[..., AllHoursClient], desk_of: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    with Sandbox(employees=20, months=1) as sandbox:
        desk = prepared(sandbox, client_of, desk_of, "undisturbed")
        with crashing(monkeypatch, at=0) as moments:
            desk.apply()
        expected, owned = truth(sandbox), set(desk.ledger.owned)
        assert set(expected.values()) == {1}
    assert len(moments) == 4 * (3 + 2 + 3)
    for at, name in enumerate(moments, start=1):
        with Sandbox(employees=20, months=1) as sandbox:
            desk = prepared(sandbox, client_of, desk_of, f"crash-{at}")
            with crashing(monkeypatch, at=at) as so_far, pytest.raises(Crash):
                desk.apply()
            assert so_far[-1] == name
            desk.apply()
            assert truth(sandbox) == expected, f"{name} ({at})"
            assert set(desk.ledger.owned) == owned, f"{name} ({at})"
            sandbox.reset_stats()
            assert desk.apply()["already_applied"] == 4
            assert sandbox.stats()["writes_accepted"] == 0
            assert desk.plan(*AFTER)["unchanged"] == 3


@pytest.mark.slow
@pytest.mark.parametrize("kind", ["s3", "sftp", "sftp without links"])
def test_every_moment_of_an_apply_with_a_ledger_in_a_store(
    kind: str,
    request: pytest.FixtureRequest,
    client_of: Callable[..., AllHoursClient],
    desk_of: Any,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(segments, "MAX_UPLOAD", 0.0)
    served = request.getfixturevalue("bucket" if kind == "s3" else "sftp")
    served.has_links = kind != "sftp without links"
    options = {"is_local": False, "parts_are_seen": kind == "sftp without links"}
    with Sandbox(employees=20, months=1) as sandbox:
        desk = prepared(sandbox, client_of, desk_of, "undisturbed", served.path("undisturbed"))
        with crashing(monkeypatch, at=0, **options) as moments:
            desk.apply()
        expected, owned = truth(sandbox), set(desk.ledger.owned)
    # A segment per intent, one for the last result, and the end.
    assert len(moments) == 5 * (3 if options["parts_are_seen"] else 2) + 4 * 2 + 1
    for at, name in enumerate(moments, start=1):
        with Sandbox(employees=20, months=1) as sandbox:
            desk = prepared(sandbox, client_of, desk_of, f"crash-{at}", served.path(f"crash-{at}"))
            with crashing(monkeypatch, at=at, **options) as so_far, pytest.raises(Crash):
                desk.apply()
            assert so_far[-1] == name
            desk.apply()
            assert truth(sandbox) == expected, f"{name} ({at})"
            assert set(desk.ledger.owned) == owned, f"{name} ({at})"
            sandbox.reset_stats()
            assert desk.apply()["already_applied"] == 4
            assert sandbox.stats()["writes_accepted"] == 0


APPLY = """
import sys
from airflow_provider_allhours.client import AllHoursClient, ClientConfig
from airflow_provider_allhours.flows.absence_apply import apply_plan
url, token_url, client_id, secret, plan, ledger = sys.argv[1:]
with AllHoursClient(ClientConfig(url, client_id, secret, auth_url=token_url)) as client:
    print(apply_plan(client, plan_path=plan, ledger_path=ledger)["created"])
"""


@pytest.mark.slow
def test_killed_again_and_again(client_of: Callable[..., AllHoursClient], desk_of: Any) -> None:
    """A worker is ended by SIGKILL five times, at different numbers of writes."""
    with Sandbox(employees=60, months=1) as sandbox:
        desk = desk_of(client_of(sandbox), "killed")
        rows = [
            {
                "user_id": sandbox.company.user_at(index).id,
                "absence_definition": "Annual leave",
                "date_from": "2027-02-04",
                "external_id": str(index),
            }
            for index in range(1, 61)
        ]
        desk.plan(*rows)
        before = truth(sandbox)
        sandbox.fault("latency", ms=30)
        arguments = [sandbox.url, sandbox.token_url, sandbox.client_id, sandbox.client_secret]
        arguments += [str(path) for path in desk.files.values()]

        def start() -> subprocess.Popen[str]:
            return subprocess.Popen([sys.executable, "-c", APPLY, *arguments], stdout=subprocess.PIPE, text=True)

        for target in (1, 9, 17, 30, 47):
            worker = start()
            while sandbox.stats()["writes_accepted"] < target and worker.poll() is None:
                time.sleep(0.02)
            os.kill(worker.pid, signal.SIGKILL)
            assert worker.wait() == -signal.SIGKILL
            assert worker.stdout is not None
            worker.stdout.close()
        sandbox.clear_faults()
        last = start()
        created, _ = last.communicate()
        assert last.returncode == 0
        assert int(created) < 60
        added = truth(sandbox) - before
        assert sorted(key[0] for key in added) == list(range(1, 61))
        assert set(added.values()) == {1}
        assert desk.apply()["already_applied"] == 60
