# SPDX-License-Identifier: Apache-2.0
"""``make airflow``: what it says when it cannot start, and that Ctrl-C leaves nothing running."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from scripts.local_airflow import free_port, is_free

SCRIPT = Path(__file__).parents[2] / "scripts" / "local_airflow.py"


@pytest.fixture
def busy_port() -> Iterator[int]:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen()
        yield listener.getsockname()[1]


def command_of(process: psutil.Process) -> list[str]:
    """Its command line; empty once it has ended."""
    try:
        return process.cmdline() if process.is_running() else []
    except psutil.Error:
        return []


@pytest.mark.slow
@pytest.mark.parametrize(("option", "name"), [("--port", "PORT"), ("--sandbox-port", "SANDBOX_PORT")])
def test_a_busy_port_is_one_sentence(busy_port: int, tmp_path: Path, option: str, name: str) -> None:
    kept = tmp_path / "kept"
    kept.touch()
    ports = {"--port": str(free_port()), "--sandbox-port": str(free_port()), option: str(busy_port)}
    command = [sys.executable, str(SCRIPT), "--home", str(tmp_path), *(word for pair in ports.items() for word in pair)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert done.stdout == ""
    assert done.stderr.startswith(f"Port {busy_port} is in use. Choose another one: make airflow {name}=")
    assert len(done.stderr.splitlines()) == 1
    assert kept.exists()


@pytest.mark.e2e
@pytest.mark.timeout(600)
def test_ctrl_c_ends_everything(tmp_path: Path) -> None:
    """Twice in a row, as impatient people press it, and while the parts of Airflow are starting."""
    ports = free_port(), free_port()
    command = [sys.executable, str(SCRIPT), "--home", str(tmp_path / "home")]
    command += ["--port", str(ports[0]), "--sandbox-port", str(ports[1])]
    script = subprocess.Popen(command, stdout=subprocess.PIPE, text=True, start_new_session=True)
    started: set[psutil.Process] = set()
    while not any("scheduler" in command_of(process) for process in started):
        assert script.poll() is None
        time.sleep(0.5)
        started = set(psutil.Process(script.pid).children(recursive=True))
    os.killpg(script.pid, signal.SIGINT)
    os.killpg(script.pid, signal.SIGINT)
    said, _ = script.communicate()
    assert script.returncode == 0, said
    assert said.endswith("Everything that was started has ended.\n")
    assert [command_of(process) for process in started if command_of(process)] == []
    assert all(is_free(port) for port in ports)
