# SPDX-License-Identifier: Apache-2.0
"""The budget of a machine: its file, its lock, and what happens where there can be neither."""

from __future__ import annotations

import errno
import fcntl
import json
import logging
import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from airflow_provider_allhours.client import AllHoursClient, rate_file
from airflow_provider_allhours.client.rate_file import RateFile
from airflow_provider_allhours.client.rate_limiter import LOCK_PAUSE, RateLimiter
from airflow_provider_allhours.client.rate_state import MIN_SHARE, SUCCESSES_PER_STEP, RateState, Turn
from airflow_provider_allhours.client.stop_signal import StopSignal
from airflow_provider_allhours.sandbox.server import Sandbox
from airflow_provider_allhours.sandbox.stats import Stats

ClientOf = Callable[..., AllHoursClient]
ACCOUNT = ("https://api.example", "Client-Id-7")
RATE = 4.0

pytestmark = pytest.mark.usefixtures("temporary_folder")


class Clock:
    def __init__(self) -> None:
        self.now = 1000.0
        self.slept: list[float] = []

    def __call__(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.now += seconds


@pytest.fixture
def clock() -> Clock:
    return Clock()


def limiter(clock: Clock) -> RateLimiter:
    """The limiter of another process would have the same file."""
    return RateLimiter(RateFile(*ACCOUNT), clock=clock)


def warnings(caplog: pytest.LogCaptureFixture) -> list[str]:
    return [record.getMessage() for record in caplog.records if record.levelno >= logging.WARNING]


def is_budget_of_the_process(clock: Clock, caplog: pytest.LogCaptureFixture, reason: str) -> None:
    """One warning, and requests are still spaced."""
    one = limiter(clock)
    for _ in range(3):
        one.paused_for(RATE)
        one.wait_turn(RATE, clock.sleep)
    assert clock.slept == [1 / RATE] * 2
    (said,) = warnings(caplog)
    assert said.startswith("requests_per_second holds for this process only")
    assert reason in said


def test_limiters_of_an_account_take_turns(clock: Clock) -> None:
    limiters = [limiter(clock) for _ in range(3)]
    for _ in range(2):
        for one in limiters:
            one.wait_turn(RATE, clock.sleep)
    assert clock.slept == [1 / RATE] * 5
    RateLimiter(RateFile("https://other.example", ACCOUNT[1]), clock=clock).wait_turn(RATE, clock.sleep)
    assert clock.slept == [1 / RATE] * 5


def test_a_pause_holds_every_process_that_has_a_budget(clock: Clock) -> None:
    told, other, without = limiter(clock), limiter(clock), limiter(clock)
    told.wait_turn(RATE, clock.sleep)
    told.pause(7)
    assert (told.paused_for(RATE), other.paused_for(RATE), other.paused_for()) == (7, 7, 0)
    without.wait_turn(None, clock.sleep)
    assert clock.slept == []
    other.wait_turn(RATE, clock.sleep)
    assert clock.slept == [7]


def test_without_a_budget_there_is_no_file(clock: Clock, temporary_folder: Path) -> None:
    one = limiter(clock)
    one.paused_for()
    turn = one.wait_turn(None, clock.sleep)
    one.slow_down(turn, clock.sleep)
    one.succeeded(turn, clock.sleep)
    one.pause(3)
    assert list(temporary_folder.iterdir()) == []


def test_folder_and_file_are_the_users_own_and_tell_nothing(clock: Clock, temporary_folder: Path) -> None:
    limiter(clock).wait_turn(RATE, clock.sleep)
    (folder,) = temporary_folder.iterdir()
    (file,) = folder.iterdir()
    assert file == RateFile(*ACCOUNT).path
    assert (folder.stat().st_mode & 0o777, file.stat().st_mode & 0o777) == (0o700, 0o600)
    for part in ACCOUNT:
        assert part not in file.name
        assert part.encode() not in file.read_bytes()
    assert file.stat().st_size < 100


@pytest.mark.parametrize("damage", ["empty", "cut", "longer", "other bytes", "zeros", "a bit", "another start"])
def test_a_damaged_file_neither_blocks_nor_lifts_the_budget(
    clock: Clock, damage: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    one = limiter(clock)
    one.wait_turn(RATE, clock.sleep)
    one.pause(3000)
    path = RateFile(*ACCOUNT).path
    content = path.read_bytes()
    if damage == "another start":
        monkeypatch.setattr(rate_file, "_boot", lambda: b"another start  .")
    path.write_bytes(
        {
            "empty": b"",
            "cut": content[:30],
            "longer": content + b"x",
            "other bytes": os.urandom(len(content)),
            "zeros": bytes(len(content)),
            "a bit": content[:40] + bytes([content[40] ^ 1]) + content[41:],
            "another start": content,
        }[damage]
    )
    other = limiter(clock)
    assert other.paused_for(RATE) == 0
    for _ in range(3):
        other.wait_turn(RATE, clock.sleep)
    assert clock.slept == [1 / RATE] * 2
    assert path.stat().st_size == len(content)


def test_a_machine_that_does_not_tell_its_starts_has_a_budget(
    clock: Clock, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rate_file, "_BOOT_ID", tmp_path / "not there")
    limiter(clock).wait_turn(RATE, clock.sleep)
    limiter(clock).wait_turn(RATE, clock.sleep)
    assert clock.slept == [1 / RATE]


def test_a_time_that_no_budget_makes_is_not_waited_for(clock: Clock) -> None:
    with RateFile(*ACCOUNT).changing() as state:
        state.next_slot = state.resume_at = state.slowed_at = 1e9
    one = limiter(clock)
    for _ in range(2):
        turn = one.wait_turn(RATE, clock.sleep)
    assert clock.slept == [1 / RATE]
    one.slow_down(turn, clock.sleep)
    with RateFile(*ACCOUNT).changing() as state:
        assert (state.share, state.slowed_at) == (0.5, clock.now)


@pytest.mark.parametrize("kind", ["folder of another user", "folder open to others", "link to a folder", "link"])
def test_what_somebody_else_prepared_is_refused(
    clock: Clock,
    caplog: pytest.LogCaptureFixture,
    temporary_folder: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    kind: str,
) -> None:
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir(mode=0o700)
    target = elsewhere / "target"
    target.write_bytes(b"precious")
    if kind == "folder of another user":
        user = os.geteuid() + 1
        monkeypatch.setattr(os, "geteuid", lambda: user)
        (temporary_folder / f"allhours-{user}").mkdir(mode=0o700)
        reason = "is not a folder that only this user can open"
    elif kind == "folder open to others":
        (temporary_folder / f"allhours-{os.geteuid()}").mkdir()
        (temporary_folder / f"allhours-{os.geteuid()}").chmod(0o777)
        reason = "is not a folder that only this user can open"
    elif kind == "link to a folder":
        (temporary_folder / f"allhours-{os.geteuid()}").symlink_to(elsewhere)
        reason = os.strerror(errno.ENOTDIR)
    else:
        (temporary_folder / f"allhours-{os.geteuid()}").mkdir(mode=0o700)
        RateFile(*ACCOUNT).path.symlink_to(target)
        reason = os.strerror(errno.ELOOP)
    is_budget_of_the_process(clock, caplog, reason)
    assert target.read_bytes() == b"precious"
    assert list(elsewhere.iterdir()) == [target]


@pytest.mark.parametrize("cause", ["refused", "missing"])
def test_without_locks_the_process_has_its_own_budget(
    clock: Clock, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch, cause: str
) -> None:
    def refuse(*_: Any) -> None:
        raise OSError(errno.ENOLCK, os.strerror(errno.ENOLCK))

    if cause == "refused":
        monkeypatch.setattr(fcntl, "flock", refuse)
        is_budget_of_the_process(clock, caplog, os.strerror(errno.ENOLCK))
    else:
        monkeypatch.setattr(rate_file, "fcntl", None)
        is_budget_of_the_process(clock, caplog, "has no flock")


HOLDER = """
import sys, time
from airflow_provider_allhours.client.rate_file import RateFile
with RateFile(*sys.argv[1:]).changing() as state:
    state.resume_at = 1e12
    print("locked", flush=True)
    time.sleep(600)
"""


@contextmanager
def held() -> Iterator[subprocess.Popen[bytes]]:
    """Another process that has the lock, in the middle of a change."""
    command = [sys.executable, "-c", HOLDER, *ACCOUNT]
    with subprocess.Popen(command, stdout=subprocess.PIPE) as process:
        try:
            assert process.stdout is not None
            assert process.stdout.readline() == b"locked\n"
            yield process
        finally:
            process.kill()


def test_a_killed_holder_does_not_block(clock: Clock) -> None:
    with held() as holder:

        def wait(seconds: float) -> None:
            clock.sleep(seconds)
            if len(clock.slept) == 3:
                holder.send_signal(signal.SIGKILL)
                holder.wait()

        one = limiter(clock)
        one.wait_turn(RATE, wait)
        assert clock.slept == [LOCK_PAUSE] * 3
        one.wait_turn(RATE, wait)
        assert len(clock.slept) == 4


def test_a_halted_holder_does_not_block_for_ever(clock: Clock, caplog: pytest.LogCaptureFixture) -> None:
    with held():
        one = limiter(clock)
        one.wait_turn(RATE, clock.sleep)
        assert set(clock.slept) == {LOCK_PAUSE}
        (said,) = warnings(caplog)
        assert said.endswith("has kept " + str(RateFile(*ACCOUNT).path) + " locked")
        clock.slept.clear()
        one.wait_turn(RATE, clock.sleep)
        assert clock.slept == [1 / RATE]


def test_a_stopped_task_does_not_wait_for_the_lock(clock: Clock) -> None:
    def stopped(_: float) -> None:
        raise InterruptedError

    with held(), pytest.raises(InterruptedError):
        limiter(clock).wait_turn(RATE, stopped)
    one = limiter(clock)
    one.wait_turn(RATE, clock.sleep)
    with pytest.raises(InterruptedError):
        one.wait_turn(RATE, stopped)
    limiter(clock).wait_turn(RATE, clock.sleep)
    assert clock.slept == [1 / RATE]


def test_a_fork_in_the_middle_of_a_change_does_not_keep_the_lock(clock: Clock) -> None:
    read, write = os.pipe()
    with RateFile(*ACCOUNT).changing():
        child = os.fork()
        if child == 0:
            os.close(write)
            os.read(read, 1)
            os._exit(0)
    os.close(read)
    limiter(clock).wait_turn(RATE, clock.sleep)
    assert clock.slept == []
    os.close(write)
    os.waitpid(child, 0)


def test_a_folder_that_was_cleaned_up_is_made_again(clock: Clock) -> None:
    one, path = limiter(clock), RateFile(*ACCOUNT).path
    one.wait_turn(RATE, clock.sleep)
    path.unlink()
    path.parent.rmdir()
    one.wait_turn(RATE, clock.sleep)
    limiter(clock).wait_turn(RATE, clock.sleep)
    assert clock.slept == [1 / RATE]


def test_refusals_halve_the_rate_of_everybody_and_successes_bring_it_back(clock: Clock) -> None:
    one, other = limiter(clock), limiter(clock)

    def spacing() -> float:
        other.wait_turn(RATE, clock.sleep)
        before = clock.now
        other.wait_turn(RATE, clock.sleep)
        return (clock.now - before) * RATE

    for expected in (2, 4, 8, 16, 16):
        turn = one.wait_turn(RATE, clock.sleep)
        one.slow_down(turn, clock.sleep)
        one.slow_down(turn, clock.sleep)  # sent before the rate was halved
        assert spacing() == pytest.approx(expected)
    steps = 0
    while (turn := one.wait_turn(RATE, clock.sleep)).share < 1:
        other.succeeded(turn, clock.sleep)
        steps += 1
    assert steps == SUCCESSES_PER_STEP * (1 - MIN_SHARE) * 16
    assert spacing() == pytest.approx(1)


def test_a_success_of_a_request_from_before_the_refusal_proves_nothing() -> None:
    state = RateState()
    state.slow_down(10, sent_at=9)
    state.slow_down(20, sent_at=15)
    assert state.share == 0.25
    for _ in range(100):
        state.succeeded(sent_at=15)
    assert state.share == 0.25


def test_a_429_that_names_no_pause_halves_the_rate_of_the_client(
    sandbox: Sandbox, client_of: ClientOf, monkeypatch: pytest.MonkeyPatch
) -> None:
    turns: list[Turn] = []
    wait_turn = RateLimiter.wait_turn

    def noted(*arguments: Any) -> Turn:
        turns.append(wait_turn(*arguments))
        return turns[-1]

    monkeypatch.setattr(RateLimiter, "wait_turn", noted)
    monkeypatch.setattr("airflow_provider_allhours.client.retry.FIRST_PAUSE", 0.01)
    client = client_of(sandbox, requests_per_second=5000)
    client.absence_definitions()
    sandbox.fault("rate_limit", seconds=0, route="absence_definitions", times=1)
    client.absence_definitions()
    assert {turn.share for turn in turns} == {1}
    sandbox.fault("status", status=429, route="absence_definitions", times=2)
    client.absence_definitions()
    assert [turn.share for turn in turns][-3:] == [1, 0.5, 0.25]
    for _ in range(SUCCESSES_PER_STEP):
        client.absence_definitions()
    assert turns[-1].share == 0.25 + 1 / 16


TASK = """
import json, sys
from airflow_provider_allhours.client import AllHoursClient, ClientConfig
url, token_url, client_id, secret, rate, count = json.loads(sys.argv[1])
config = ClientConfig(url, client_id, secret, auth_url=token_url, requests_per_second=rate)
with AllHoursClient(config) as client:
    for _ in range(count):
        client.absence_definitions()
"""


@pytest.mark.slow
def test_four_tasks_together_stay_within_the_budget(sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch) -> None:
    rate, tasks, count = 20, 4, 15
    arrived: list[float] = []
    begin = Stats.begin

    def noted(stats: Stats, method: str, route: str) -> None:
        arrived.append(time.monotonic())
        begin(stats, method, route)

    monkeypatch.setattr(Stats, "begin", noted)
    arguments = json.dumps([sandbox.url, sandbox.token_url, sandbox.client_id, sandbox.client_secret, rate, count])
    running = [subprocess.Popen([sys.executable, "-c", TASK, arguments]) for _ in range(tasks)]
    assert [task.wait() for task in running] == [0] * tasks
    assert len(arrived) == tasks * (count + 1)  # with a token for each
    # The slots of a second, both ends included, and what each task had sent before and the server saw late.
    in_any_second = max(sum(start <= moment <= start + 1 for moment in arrived) for start in arrived)
    assert in_any_second <= rate + 1 + tasks


def test_a_wait_for_a_turn_ends_when_the_client_is_stopped(sandbox: Sandbox, client_of: ClientOf) -> None:
    with RateFile(sandbox.url, sandbox.client_id).changing() as state:
        state.pause(time.monotonic(), 15)
    client = client_of(sandbox, requests_per_second=5)
    pause = StopSignal.pause

    def stopping(signal: StopSignal, seconds: float) -> None:
        client.stop()
        pause(signal, seconds)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(StopSignal, "pause", stopping)
        with pytest.raises(Exception, match="was not sent because the task was stopped"):
            client.absence_definitions()
    assert sandbox.stats()["total"] == 0
    assert Path(tempfile.gettempdir()) in RateFile(sandbox.url, sandbox.client_id).path.parents
