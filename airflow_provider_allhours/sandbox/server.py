# SPDX-License-Identifier: Apache-2.0
"""The sandbox as a server: on a thread for tests, in the foreground for people."""

from __future__ import annotations

import json
import socket
from collections.abc import Iterable
from datetime import date, datetime
from errno import EADDRINUSE
from typing import Any
from urllib.request import Request, urlopen
from zoneinfo import ZoneInfo

import uvicorn

from airflow_provider_allhours.sandbox.app import SandboxApp
from airflow_provider_allhours.sandbox.company import Company
from airflow_provider_allhours.sandbox.paths import CONTROL_PREFIX, TOKEN_PATH
from airflow_provider_allhours.sandbox.profiles import switches_of
from airflow_provider_allhours.sandbox.switches import Switches
from airflow_provider_allhours.sandbox.threaded_server import ThreadedServer, uvicorn_config
from airflow_provider_allhours.sandbox.tokens import CLIENT_ID, CLIENT_SECRET

HOST = "127.0.0.1"
DEFAULT_TODAY = date(2026, 11, 3)
"""The previous month is October 2026, in which the clocks change."""


class Sandbox:
    """A local All Hours on a thread of this process.

    Example:
        >>> with Sandbox(employees=50) as sandbox:
        ...     os.environ["AIRFLOW_CONN_ALLHOURS_DEFAULT"] = sandbox.connection_json()

    Args:
        employees: time and attendance users.
        seed: the same seed makes the same company.
        months: months of history.
        today: the company's present day.
        timezone: IANA name.
        clean_ids: every employee number unique; otherwise one pair shares one.
        missing_employee_ids: so many employees have no number.
        port: 0 picks a free one.
        contract: name of a profile of :mod:`.profiles`, or several joined by ``+``.
        switches: changes to :class:`Switches`, and to those of the profile.
    """

    client_id = CLIENT_ID
    client_secret = CLIENT_SECRET

    def __init__(
        self,
        *,
        employees: int = 50,
        seed: int = 1,
        months: int = 12,
        today: date | None = None,
        timezone: str = "Europe/Ljubljana",
        clean_ids: bool = False,
        missing_employee_ids: int = 0,
        port: int = 0,
        contract: str | None = None,
        switches: dict[str, Any] | None = None,
    ) -> None:
        self.company = Company(
            employees=employees,
            seed=seed,
            months=months,
            today=today or DEFAULT_TODAY,
            timezone=timezone,
            clean_ids=clean_ids,
            missing_employee_ids=missing_employee_ids,
        )
        self.switches = Switches()
        self.switches.change(switches_of(contract) | (switches or {}))
        self.app = SandboxApp(self.company, self.switches)
        self._port = port
        self._bound_port: int | None = None
        self._server: ThreadedServer | None = None

    def __enter__(self) -> Sandbox:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def start(self) -> None:
        """Serve; returns when the port accepts connections."""
        listening = _listening_socket(self._port)
        self._bound_port = int(listening.getsockname()[1])
        self._server = ThreadedServer(self.app, listening)
        self._server.start()

    def stop(self) -> None:
        """Stop serving, drop open connections and close the port."""
        if self._server is not None:
            self._server.stop()
            self._server = None

    @property
    def port(self) -> int:
        """The port on loopback, after a stop the last one."""
        if self._bound_port is None:
            raise RuntimeError("the sandbox is not started")
        return self._bound_port

    @property
    def url(self) -> str:
        """The API root."""
        return f"http://{HOST}:{self.port}"

    @property
    def token_url(self) -> str:
        """The token endpoint."""
        return f"{self.url}{TOKEN_PATH}"

    def connection_json(self, **extra: Any) -> str:
        """What ``AIRFLOW_CONN_<ID>`` holds to reach this sandbox, with further connection fields."""
        return connection_json(self.port, self.company.timezone, **extra)

    def control(self, method: str, name: str, body: Any = None) -> Any:
        """One ``/_sandbox/<name>`` request; the decoded answer."""
        request = Request(  # noqa: S310 -- loopback, our own
            f"{self.url}{CONTROL_PREFIX}{name}",
            data=None if body is None else json.dumps(body).encode(),
            method=method,
            headers={"Content-Type": "application/json"},
        )
        with urlopen(request, timeout=30) as answer:  # noqa: S310 -- the sandbox's own address
            return json.load(answer)

    def fault(self, kind: str, **rule: Any) -> None:
        """Put one fault in force."""
        self.control("POST", "faults", {"kind": kind, **rule})

    def faults(self, *rules: dict[str, Any]) -> None:
        """Put several faults in force."""
        self.control("POST", "faults", list(rules))

    def clear_faults(self) -> None:
        """No faults."""
        self.control("DELETE", "faults")

    def stats(self) -> dict[str, Any]:
        """The counters."""
        answer: dict[str, Any] = self.control("GET", "stats")
        return answer

    def reset_stats(self) -> None:
        """Count from zero."""
        self.control("DELETE", "stats")

    def set_switches(self, **switches: Any) -> None:
        """Change how the tenant behaves."""
        self.control("POST", "switches", switches)

    def state(self) -> dict[str, Any]:
        """All users and absences."""
        answer: dict[str, Any] = self.control("GET", "state")
        return answer


def connection_json(port: int, timezone: str, **extra: Any) -> str:
    """The Airflow connection, as JSON, that reaches a sandbox on this port."""
    return json.dumps(
        {
            "conn_type": "allhours",
            "host": f"http://{HOST}",
            "port": port,
            "login": CLIENT_ID,
            "password": CLIENT_SECRET,
            "extra": {"auth_url": f"http://{HOST}:{port}{TOKEN_PATH}", "timezone": timezone, **extra},
        }
    )


def serve(
    *,
    port: int = 8780,
    employees: int = 500,
    seed: int = 1,
    months: int = 12,
    timezone: str = "Europe/Ljubljana",
    latency_ms: int = 0,
    today: date | None = None,
    clean_ids: bool = False,
    contract: str | None = None,
    print_lines: Iterable[str] = (),
) -> None:
    """Serve in the foreground until SIGINT or SIGTERM, after printing how to reach it.

    Without ``today`` it is today in the company, so that DAGs that run by their schedule find a month that is over.

    Raises:
        ValueError: no such contract profile.
        OSError: the port is in use.
    """
    switches = Switches(latency_ms=latency_ms)
    switches.change(switches_of(contract))
    company = Company(
        employees=employees,
        seed=seed,
        months=months,
        timezone=timezone,
        today=today or datetime.now(ZoneInfo(timezone)).date(),
        clean_ids=clean_ids,
    )
    listening = _listening_socket(port)
    port = int(listening.getsockname()[1])
    lines = [
        f"All Hours sandbox at http://{HOST}:{port}  ({employees} employees, today is {company.today})",
        f"AIRFLOW_CONN_ALLHOURS_DEFAULT='{connection_json(port, timezone)}'",
        *print_lines,
    ]
    print("\n".join(lines), flush=True)  # noqa: T201 -- this is the command's output
    with listening:
        uvicorn.Server(uvicorn_config(SandboxApp(company, switches))).run([listening])


def _listening_socket(port: int) -> socket.socket:
    listening = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listening.bind((HOST, port))
    except OSError as error:
        listening.close()
        reason = "is in use" if error.errno == EADDRINUSE else f"cannot be used ({error.strerror})"
        raise OSError(f"port {port} on {HOST} {reason}; choose another one, or 0 for a free one") from error
    listening.listen(256)
    return listening
