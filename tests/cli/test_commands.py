# SPDX-License-Identifier: Apache-2.0
"""The commands of ``airflow allhours``: their options, and Ctrl-C."""

from __future__ import annotations

import contextlib
import inspect
import json
import os
import signal
import subprocess
import sys
import time
from argparse import ArgumentParser, Namespace
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from airflow_provider_allhours.cli import commands
from airflow_provider_allhours.cli.definition import get_allhours_cli_commands
from airflow_provider_allhours.flows.clock import company_today
from airflow_provider_allhours.sandbox import server
from airflow_provider_allhours.sandbox.server import Sandbox
from tests.project.test_package import AIRFLOW_HAS_PROVIDER_COMMANDS

MAX_SECONDS = 100
HANGING = 600_000


def parser_of(name: str) -> ArgumentParser:
    """The arguments of a command as Airflow adds them."""
    (group,) = get_allhours_cli_commands()
    (command,) = (command for command in group.subcommands if command.name == name)
    parser = ArgumentParser()
    for argument in command.args:
        argument.add_to_parser(parser)
    return parser


def served_with(monkeypatch: pytest.MonkeyPatch, *options: str) -> dict[str, Any]:
    served: list[dict[str, Any]] = []
    monkeypatch.setattr(server, "serve", lambda **settings: served.append(settings))
    commands.sandbox(parser_of("sandbox").parse_args(options))
    (settings,) = served
    return settings


def test_the_sandbox_has_every_option_of_its_module(monkeypatch: pytest.MonkeyPatch) -> None:
    every = dict(inspect.signature(server.serve).parameters)
    # For the demo, which runs in one process with the sandbox.
    del every["print_lines"]
    defaults = {name: parameter.default for name, parameter in every.items()}
    assert served_with(monkeypatch) == defaults
    chosen = served_with(
        monkeypatch, "--port=1", "--employees=2", "--seed=3", "--months=4", "--timezone=UTC", "--latency-ms=5",
        "--today=2026-12-24", "--clean-ids", "--contract=camel",
    )  # fmt: skip
    assert chosen == {
        "port": 1,
        "employees": 2,
        "seed": 3,
        "months": 4,
        "timezone": "UTC",
        "latency_ms": 5,
        "today": date(2026, 12, 24),
        "clean_ids": True,
        "contract": "camel",
    }


@pytest.mark.parametrize("command", [["-m", "airflow_provider_allhours.sandbox"]])
def test_the_module_takes_the_same_options(command: list[str]) -> None:
    shown = subprocess.run(
        [sys.executable, *command, "--help"], capture_output=True, text=True, check=True, timeout=MAX_SECONDS
    ).stdout
    options = [string for action in parser_of("sandbox")._actions for string in action.option_strings]
    assert [option for option in options if option not in shown] == []


MODULE = (sys.executable, "-m", "airflow_provider_allhours.sandbox")


@pytest.mark.slow
@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        (["--port=x"], "argument --port: it takes a whole number from 0 to 65535, not 'x'"),
        (["--port=70000"], "argument --port: it takes a whole number from 0 to 65535, not '70000'"),
        (["--employees=0"], "argument --employees: it takes a whole number from 1 to 1000000, not '0'"),
        (["--months=12000"], "argument --months: it takes a whole number from 1 to 120, not '12000'"),
        (["--latency-ms=-1"], "argument --latency-ms: it takes a whole number from 0 to 3600000, not '-1'"),
        (["--timezone=Mars"], "argument --timezone: it takes a time zone such as Europe/Ljubljana, not 'Mars'"),
        (["--today=soon"], "argument --today: it takes a date such as 2026-11-03, not 'soon'"),
        (["--contract=bulk"], "there is no contract profile 'bulk'; known are "),
    ],
)
def test_an_option_that_cannot_work_is_one_sentence(
    options: list[str], sentence: str, capsys: pytest.CaptureFixture[str]
) -> None:
    module = subprocess.run([*MODULE, *options], capture_output=True, text=True, check=False, timeout=MAX_SECONDS)
    assert module.returncode == 2
    assert sentence in module.stderr.splitlines()[-1]
    assert "Traceback" not in module.stderr
    with pytest.raises(SystemExit) as stopped:
        commands.sandbox(parser_of("sandbox").parse_args(options))
    assert sentence in f"{stopped.value} {capsys.readouterr().err}"


@pytest.mark.slow
def test_a_busy_port_is_one_sentence(sandbox: Sandbox) -> None:
    options = [f"--port={sandbox.port}"]
    sentence = f"port {sandbox.port} on 127.0.0.1 is in use; choose another one, or 0 for a free one"
    module = subprocess.run([*MODULE, *options], capture_output=True, text=True, check=False, timeout=MAX_SECONDS)
    assert module.stderr.splitlines()[-1].endswith(sentence)
    assert "Traceback" not in module.stderr
    with pytest.raises(SystemExit, match=sentence):
        commands.sandbox(parser_of("sandbox").parse_args(options))


def test_the_company_lives_today_unless_it_is_told_otherwise() -> None:
    """Runs by a schedule ask for the month before today, which must be over in the company."""
    with subprocess.Popen([*MODULE, "--port=0", "--employees=2"], stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        before = company_today("Europe/Ljubljana")
        line = process.stdout.readline()
        after = company_today("Europe/Ljubljana")
        process.terminate()
    assert any(f"today is {day}" in line for day in (before, after))


# A shell starts what runs in the background with SIGINT ignored, and processes inherit that.
CHECK = """
import signal
signal.signal(signal.SIGINT, signal.default_int_handler)
from argparse import Namespace
from airflow_provider_allhours.cli.commands import check
print("checking", flush=True)
check(Namespace(conn_id="allhours_default", json=False, propose=False, openapi=None))
"""


@pytest.mark.slow
def test_ctrl_c_ends_a_check_whose_requests_hang(sandbox: Sandbox) -> None:
    sandbox.fault("latency", ms=HANGING)
    connection = sandbox.connection_json(timeout=HANGING / 1000)
    with subprocess.Popen(
        [sys.executable, "-c", CHECK],
        env={**os.environ, "AIRFLOW_CONN_ALLHOURS_DEFAULT": connection},
        stdout=subprocess.DEVNULL,
    ) as process:
        until = time.monotonic() + MAX_SECONDS
        # A token is not held up; the request after it is.
        while sandbox.stats()["total"] < 2:
            assert time.monotonic() < until, "timed out"
            time.sleep(0.02)
        try:
            # Python misses a signal that comes in the moment before a thread blocks; a person presses the keys again.
            while process.poll() is None:
                assert time.monotonic() < until, "timed out"
                process.send_signal(signal.SIGINT)
                with contextlib.suppress(subprocess.TimeoutExpired):
                    process.wait(5)
            assert process.returncode == 130
        finally:
            process.kill()


STORED = """
import json, sys
from airflow.models.connection import Connection
from airflow.utils.session import create_session
fields = json.loads(sys.argv[1])
with create_session() as session:
    session.add(Connection(conn_id="stored", **{**fields, "extra": json.dumps(fields["extra"])}))
"""


@pytest.mark.slow
@pytest.mark.skipif(not AIRFLOW_HAS_PROVIDER_COMMANDS, reason="Airflow 3.1 has no commands of providers")
def test_a_connection_that_was_entered_on_the_web_page_is_found(sandbox: Sandbox, tmp_path: Path) -> None:
    """In processes of their own, as an owner runs them: no task, no variable, only the database."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith("AIRFLOW_CONN_")}
    environment |= {"AIRFLOW_HOME": str(tmp_path), "AIRFLOW__CORE__LOAD_EXAMPLES": "False"}
    airflow = str(Path(sys.executable).parent / "airflow")

    def run(*command: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(command, env=environment, capture_output=True, text=True, check=False, timeout=240)

    assert run(airflow, "db", "migrate").returncode == 0
    stored = run(sys.executable, "-c", STORED, sandbox.connection_json())
    assert stored.returncode == 0, stored.stderr
    done = run(airflow, "allhours", "check", "--conn-id", "stored", "--json")
    assert done.returncode == 0, done.stderr
    assert {one["verdict"] for one in json.loads(done.stdout[done.stdout.index("{") :])["verdicts"]} == {"proven"}


@pytest.mark.slow
def test_a_connection_without_a_time_zone_is_checked(
    airflow_db: None, sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    connection = json.loads(sandbox.connection_json())
    del connection["extra"]["timezone"]
    monkeypatch.setenv("AIRFLOW_CONN_NO_ZONE", json.dumps(connection))
    with pytest.raises(SystemExit) as done:
        commands.check(Namespace(conn_id="no_zone", json=True, propose=False, openapi=None))
    assert done.value.code == 0
    assert {one["verdict"] for one in json.loads(capsys.readouterr().out)["verdicts"]} == {"proven"}


def test_a_connection_that_does_not_exist_is_said_in_one_line(airflow_db: None) -> None:
    with pytest.raises(SystemExit, match="airflow allhours check: .*nowhere"):
        commands.check(Namespace(conn_id="nowhere", json=False, propose=False, openapi=None))
