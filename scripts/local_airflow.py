# SPDX-License-Identifier: Apache-2.0
"""Run a whole Airflow on this machine: the sandbox, ``airflow standalone``, the connection and the example DAGs.

``make airflow`` calls it; tests that need a running Airflow use :class:`LocalAirflow`.
"""

from __future__ import annotations

import argparse
import json
import os
import secrets
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import date, timedelta
from pathlib import Path
from types import FrameType
from typing import Any

import psutil
import requests

from airflow_provider_allhours.sandbox.server import Sandbox

ROOT = Path(__file__).resolve().parent.parent
HOME = ROOT / ".demo" / "local-airflow"
HOST = "127.0.0.1"
CONNECTION_ID = "allhours_default"
STOP_SECONDS = 30
STOP_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


class LocalAirflowError(RuntimeError):
    """Airflow did not start, ended by itself or refused a request; the message says which, with the end of its log."""


def free_port() -> int:
    """A port on loopback that nobody uses now."""
    with socket.socket() as listener:
        listener.bind((HOST, 0))
        return int(listener.getsockname()[1])


def is_free(port: int) -> bool:
    """Whether a server can take this port on loopback."""
    with socket.socket() as listener:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            listener.bind((HOST, port))
        except OSError:
            return False
    return True


@dataclass
class LocalAirflow:
    """``airflow standalone`` in a home of its own, with one user, spoken to over its REST API.

    Example:
        >>> with Sandbox(employees=50) as sandbox, LocalAirflow(tmp_path / "airflow", sandbox) as airflow:
        ...     airflow.connect()
        ...     page.goto(airflow.url)

    Attributes:
        home: the AIRFLOW_HOME; made if it does not exist. Exports are written below its ``output``.
        sandbox: a running sandbox.
        port: of the web page and the API, on loopback.
        dags: folder of the DAGs.
        settings: environment variables besides and in place of those of :attr:`environment`.
        user: who may sign in, as an administrator.
        password: of the user.
        processes: what was started, ``standalone`` first.
    """

    home: Path
    sandbox: Sandbox
    port: int = field(default_factory=free_port)
    dags: Path = ROOT / "example_dags"
    settings: dict[str, str] = field(default_factory=dict)
    user: str = "admin"
    password: str = field(default_factory=lambda: secrets.token_urlsafe(9))
    processes: list[subprocess.Popen[bytes]] = field(default_factory=list, init=False)
    _token: str = field(default="", init=False)

    def __enter__(self) -> LocalAirflow:
        try:
            self.start()
            self.wait_until_up()
        except BaseException:
            self.stop()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    @property
    def url(self) -> str:
        """Address of the web page."""
        return f"http://{HOST}:{self.port}"

    @property
    def output(self) -> Path:
        """Folder that the example DAGs write into."""
        return self.home / "output"

    @property
    def log(self) -> Path:
        """What ``standalone`` and the processes that it started said."""
        return self.home / "standalone-0.log"

    @property
    def environment(self) -> dict[str, str]:
        """The variables of every process; none of the caller's Airflow settings."""
        bare = {name: value for name, value in os.environ.items() if not name.startswith("AIRFLOW")}
        return bare | {
            "PATH": f"{Path(sys.executable).parent}{os.pathsep}{bare.get('PATH', '')}",
            "AIRFLOW_HOME": str(self.home),
            "AIRFLOW__CORE__DAGS_FOLDER": str(self.dags),
            "AIRFLOW__CORE__LOAD_EXAMPLES": "False",
            "AIRFLOW__CORE__PARALLELISM": "4",
            "AIRFLOW__CORE__SIMPLE_AUTH_MANAGER_USERS": f"{self.user}:admin",
            "AIRFLOW__CORE__SIMPLE_AUTH_MANAGER_PASSWORDS_FILE": str(self.home / "passwords.json"),
            "AIRFLOW__CORE__EXECUTION_API_SERVER_URL": f"{self.url}/execution/",
            "AIRFLOW__CORE__TEST_CONNECTION": "Enabled",
            "AIRFLOW__API__HOST": HOST,
            "AIRFLOW__API__PORT": str(self.port),
            "AIRFLOW__API__BASE_URL": self.url,
            "AIRFLOW__API__WORKERS": "1",
            "AIRFLOW__LOGGING__TRIGGER_LOG_SERVER_PORT": str(free_port()),
            "AIRFLOW__LOGGING__WORKER_LOG_SERVER_PORT": str(free_port()),
            "ALLHOURS_OUTPUT": self.output.as_uri(),
            "AIRFLOW__ALLHOURS__PERIODS_PATHS": f"{self.output.as_uri()}/periods",
            **self.settings,
        }

    def start(self) -> None:
        """Start ``standalone``; :meth:`wait_until_up` waits for it."""
        self.home.mkdir(parents=True, exist_ok=True)
        passwords = self.home / "passwords.json"
        passwords.touch(mode=0o600)
        passwords.write_text(json.dumps({self.user: self.password}))
        self.run("standalone")

    def run(self, *command: str) -> subprocess.Popen[bytes]:
        """Start one more command of Airflow; it ends with the others.

        It gets a session of its own: Ctrl-C in the terminal reaches the caller alone, who ends it in order.
        """
        with (self.home / f"{command[0]}-{len(self.processes)}.log").open("wb") as log:
            process = subprocess.Popen(
                [sys.executable, "-m", "airflow", *command],
                env=self.environment,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        self.processes.append(process)
        return process

    def wait_until_up(self, told: Callable[[], None] = lambda: None, tries: int = 1200) -> None:
        """Wait for heartbeats of the scheduler, the triggerer and the DAG processor, and for the first DAGs.

        Args:
            told: called about twice a second.
            tries: how often it looks; tries are counted and not seconds, since on a busy machine each takes longer.

        Raises:
            LocalAirflowError: ``standalone`` ended, or the last try came to nothing.
        """
        for _ in range(tries):
            if self.is_up() and self.call("GET", "/dags")["total_entries"]:
                return
            if self.processes[0].poll() is not None:
                break
            told()
            time.sleep(0.5)
        raise LocalAirflowError(f"Airflow did not start. The end of {self.log}:\n{self.logs()}")

    def is_up(self) -> bool:
        """Whether each part has sent a heartbeat.

        Not whether it is "healthy": on a busy machine a heartbeat is often older than that allows.
        """
        try:
            health = requests.get(f"{self.url}/api/v2/monitor/health", timeout=30).json()
            return all(health[part][f"latest_{part}_heartbeat"] for part in ("scheduler", "triggerer", "dag_processor"))
        except (requests.RequestException, ValueError, KeyError):
            return False

    def connect(self, connection_id: str = CONNECTION_ID) -> None:
        """Enter the connection to the sandbox, as a person would on the page."""
        fields = json.loads(self.sandbox.connection_json())
        fields["extra"] = json.dumps(fields["extra"])
        self.call("POST", "/connections", {"connection_id": connection_id, **fields})

    def call(self, method: str, path: str, body: Any = None) -> Any:
        """One request to the REST API, such as ``call("GET", "/dags")``; the decoded answer.

        Raises:
            LocalAirflowError: an error answer.
        """
        headers = {"Authorization": f"Bearer {self._token or self.sign_in()}"}
        for _ in range(20):
            answer = requests.request(method, f"{self.url}/api/v2{path}", json=body, headers=headers, timeout=120)
            if answer.status_code < 500:
                break
            # SQLite is locked now and then when several processes of Airflow write to it.
            time.sleep(0.5)
        if not answer.ok:
            raise LocalAirflowError(f"{method} {path}: {answer.status_code} {answer.text[:500]}")
        return answer.json() if answer.content else None

    def sign_in(self) -> str:
        """A token of the API server, which has one worker and may be busy with something else."""
        body = {"username": self.user, "password": self.password}
        for _ in range(20):
            with suppress(requests.RequestException):
                answer = requests.post(f"{self.url}/auth/token", json=body, timeout=30)
                if answer.ok:
                    self._token = str(answer.json()["access_token"])
                    return self._token
            time.sleep(0.5)
        raise LocalAirflowError(f"POST /auth/token brought no token\n{self.logs()}")

    def logs(self) -> str:
        """The ends of what the processes and the tasks said."""
        files = [*self.home.glob("*.log"), *self.home.glob("logs/dag_id=*/**/*.log")]
        return "\n".join(f"{path.name}: {path.read_text(errors='replace')[-2500:]}" for path in files)

    def stop(self) -> None:
        """End every process that was started, and those that they started; nothing is left running."""
        running = self.running()
        for process in running:
            with suppress(psutil.NoSuchProcess):
                process.terminate()
        psutil.wait_procs(running, STOP_SECONDS)
        # What is told to end may start another process first, and what is killed takes a moment to be gone.
        ends_at = time.monotonic() + STOP_SECONDS
        while (left := self.running()) and time.monotonic() < ends_at:
            for process in left:
                with suppress(psutil.NoSuchProcess):
                    process.kill()
            psutil.wait_procs(left, 0.5)
        for started in self.processes:
            started.wait()

    def running(self) -> set[psutil.Process]:
        """The processes of the sessions that were started, and what descends from them; none that has ended."""
        sessions = {process.pid for process in self.processes}
        running = set()
        for process in psutil.process_iter():
            with suppress(psutil.Error, ProcessLookupError, PermissionError):
                if os.getsid(process.pid) in sessions and _has_not_ended(process):
                    running |= {process, *filter(_has_not_ended, process.children(recursive=True))}
        return running


def _has_not_ended(process: psutil.Process) -> bool:
    """Whether a process runs; one that has ended and waits for its parent to notice does not."""
    with suppress(psutil.Error):
        return bool(process.status() != psutil.STATUS_ZOMBIE)
    return False


def main() -> None:
    """Start all, say how to reach it, and wait for Ctrl-C."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--port", type=int, default=8080, help="of Airflow's web page (default 8080)")
    parser.add_argument("--sandbox-port", type=int, default=8780, help="of the sandbox (default 8780)")
    parser.add_argument("--home", type=Path, default=HOME, help="folder for everything; what is in it is removed")
    options = parser.parse_args()
    for name, port in (("PORT", options.port), ("SANDBOX_PORT", options.sandbox_port)):
        if not 0 < port < 65536:
            sys.exit(f"{name} is {port}; it takes a number from 1 to 65535, such as 8080")
        if not is_free(port):
            sys.exit(f"Port {port} is in use. Choose another one: make airflow {name}={free_port()}")
    for number in STOP_SIGNALS:
        # SIGINT as well: a shell that starts this in the background has it ignored.
        signal.signal(number, _interrupt)
    try:
        _serve(options.home.resolve(), options.port, options.sandbox_port)
    except LocalAirflowError as error:
        sys.exit(str(error))
    except KeyboardInterrupt:
        print("Everything that was started has ended.")


def _serve(home: Path, port: int, sandbox_port: int) -> None:
    shutil.rmtree(home, ignore_errors=True)
    # Runs that people start have today's date, so the company lives today as well.
    today = date.today()  # noqa: DTZ011
    with Sandbox(employees=500, port=sandbox_port, today=today, clean_ids=True) as sandbox:
        print(f"1. The sandbox, an All Hours with 500 made-up employees: {sandbox.url}")
        print("2. Airflow is starting, which takes about a minute ", end="", flush=True)
        airflow = LocalAirflow(home, sandbox, port=port, settings=_impatient())
        prepare_company(sandbox, airflow.output, today)
        try:
            airflow.start()
            airflow.wait_until_up(told=_Dots())
            airflow.connect()
            print(f"\n{_directions(airflow)}", flush=True)
            airflow.processes[0].wait()
            raise LocalAirflowError(f"Airflow ended by itself. The end of {airflow.log}:\n{airflow.logs()}")
        finally:
            # A second Ctrl-C must not leave half of it running.
            for number in STOP_SIGNALS:
                signal.signal(number, signal.SIG_IGN)
            print("\nStopping ...", flush=True)
            airflow.stop()


def prepare_company(sandbox: Sandbox, output: Path, today: date) -> None:
    """Give the company what the example DAGs need to run to their end.

    Every sixth employee is paid by the week (custom field 3), and an HR system has left a file of leave.

    Args:
        sandbox: a running sandbox.
        output: folder that the example DAGs write into.
        today: a day of the month whose leave the file has.
    """
    employees = [sandbox.company.user_at(number) for number in range(sandbox.company.user_count)]
    for number, employee in enumerate(employees):
        group = "monthly" if number % 6 else "weekly"
        sandbox.control("POST", "users", {"user_id": employee.id, "fields": {"CustomField3": group}})
    middle = today.replace(day=15)
    wednesday = middle + timedelta(days=(2 - middle.weekday()) % 7)
    source = output / "hr" / "leave.csv"
    source.parent.mkdir(parents=True, exist_ok=True)
    rows = [f"{employee.id},Annual leave,{wednesday},hr-{number}" for number, employee in enumerate(employees[5:8])]
    source.write_text("\n".join(["user_id,absence_definition,date_from,external_id", *rows, ""]), encoding="utf-8")


def _impatient() -> dict[str, str]:
    """Waits of the example DAGs that a person can sit through; the caller's own settings win."""
    waits = {"ALLHOURS_POKE_INTERVAL": "15", "ALLHOURS_READY_TIMEOUT": "60", "ALLHOURS_REGISTER_INTERVAL": "15"}
    return {name: os.environ.get(name, value) for name, value in waits.items()}


class _Dots:
    """Prints a dot every few calls, so that people see that something happens."""

    def __init__(self) -> None:
        self._calls = 0

    def __call__(self) -> None:
        self._calls += 1
        if self._calls % 4 == 0:
            print(".", end="", flush=True)


def _directions(airflow: LocalAirflow) -> str:
    return f"""
   Airflow   {airflow.url}
   user      {airflow.user}
   password  {airflow.password}

   sandbox   {airflow.sandbox.url}   its page shows the company and sets faults
   files     {airflow.output}
   log       {airflow.log}

The connection {CONNECTION_ID} is entered: Admin > Connections shows it, and its Test button works.
Where to start: open Dags > allhours_timesheet_export and press Trigger; then look at the file.
Nothing is kept: the next start begins anew. Ctrl-C ends everything."""


def _interrupt(number: int, frame: FrameType | None) -> None:
    raise KeyboardInterrupt


if __name__ == "__main__":
    main()
