# SPDX-License-Identifier: Apache-2.0
"""What an error does to a wait, in real DAG runs of all modes: only the deadline skips, a hiccup is waited out."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from airflow.sdk import DAG

from airflow_provider_allhours.client import errors
from airflow_provider_allhours.sandbox.server import Sandbox
from airflow_provider_allhours.sensors.absences import AllHoursAbsenceDecidedSensor
from airflow_provider_allhours.sensors.periods import AllHoursPeriodReadySensor
from airflow_provider_allhours.task_utils.compat import AirflowSkipException
from tests.helpers import employee_at

MODES = [
    pytest.param({"mode": "poke"}, id="poke"),
    pytest.param({"mode": "reschedule"}, id="reschedule", marks=pytest.mark.slow),
    pytest.param({"deferrable": True}, id="deferrable", marks=pytest.mark.slow),
]
in_every_mode = pytest.mark.parametrize("mode", MODES)
SENSORS = ["absence", "period"]
MAX_SECONDS = 90.0


def block(sandbox: Sandbox) -> str:
    """One pending absence; it blocks the period, too."""
    user = employee_at(sandbox, 8).id
    body = {"action": "add", "user_id": user, "date": "2026-10-14"}
    return str(sandbox.control("POST", "absences", body)["Id"])


def sensor(kind: str, absence: str, **options: Any) -> Any:
    settings = {"task_id": "wait", "poke_interval": 0.2, "timeout": 600, **options}
    if kind == "absence":
        return AllHoursAbsenceDecidedSensor(absence_id=absence, **settings)
    return AllHoursPeriodReadySensor(period="2026-10", checks=["absences-decided"], **settings)


def state_after(run_dag: Callable[..., Any], kind: str, absence: str, **options: Any) -> str:
    """The state of the sensor's task after a real run."""
    with DAG("waiting_errors", schedule=None) as dag:
        sensor(kind, absence, **options)
    return str(run_dag(dag).get_task_instance("wait").state)


@contextmanager
def deciding_when(sandbox: Sandbox, absence: str, condition: Callable[[dict[str, Any]], bool]) -> Iterator[None]:
    """Approve the absence as soon as the sandbox's counters say so."""

    def decide() -> None:
        until = time.monotonic() + MAX_SECONDS
        while not condition(sandbox.stats()) and time.monotonic() < until:
            time.sleep(0.05)
        sandbox.control("POST", "absences", {"action": "approve", "id": absence})

    deciding = threading.Thread(target=decide)
    deciding.start()
    try:
        yield
    finally:
        deciding.join()


@pytest.mark.parametrize("kind", SENSORS)
@in_every_mode
def test_a_refused_secret_fails_in_spite_of_soft_fail(
    allhours_connection: Sandbox, run_dag: Callable[..., Any], kind: str, mode: dict[str, Any]
) -> None:
    """A payroll that is skipped every month looks like success."""
    absence = block(allhours_connection)
    allhours_connection.fault("status", status=400, route="token")
    on_deadline = {"on_deadline": "skip"} if kind == "period" else {}
    assert state_after(run_dag, kind, absence, soft_fail=True, **on_deadline, **mode) == "failed"
    assert allhours_connection.stats()["requests"] == {"POST token": 1}


@pytest.mark.parametrize("kind", SENSORS)
@in_every_mode
def test_the_deadline_skips_with_soft_fail(
    allhours_connection: Sandbox, run_dag: Callable[..., Any], kind: str, mode: dict[str, Any]
) -> None:
    """The interval is longer than the time that is left: the last poll is at the deadline."""
    absence = block(allhours_connection)
    options = {"soft_fail": True, "poke_interval": 600, "timeout": 1, **mode}
    assert state_after(run_dag, kind, absence, **options) == "skipped"


@in_every_mode
def test_the_deadline_fails_without_soft_fail(
    allhours_connection: Sandbox, run_dag: Callable[..., Any], mode: dict[str, Any]
) -> None:
    assert state_after(run_dag, "absence", block(allhours_connection), timeout=0.5, **mode) == "failed"


@pytest.mark.parametrize(
    ("status", "requests"), [(404, 1), (403, 1), (400, 1), (401, 2)], ids=["404", "403", "400", "doubled 401"]
)
@in_every_mode
def test_two_refusals_after_a_good_poll_are_waited_out(
    allhours_connection: Sandbox, run_dag: Callable[..., Any], mode: dict[str, Any], status: int, requests: int
) -> None:
    absence, struck = block(allhours_connection), 2 * requests
    allhours_connection.fault("status", status=status, route="absence", after=1, times=struck)
    with deciding_when(allhours_connection, absence, lambda stats: stats["faults"].get("status") == struck):
        assert state_after(run_dag, "absence", absence, soft_fail=True, **mode) == "success"


@in_every_mode
def test_a_good_poll_in_between_starts_the_count_again(
    allhours_connection: Sandbox, run_dag: Callable[..., Any], mode: dict[str, Any]
) -> None:
    absence = block(allhours_connection)
    refused = {"kind": "status", "status": 403, "route": "absence", "times": 2}
    allhours_connection.faults({**refused, "after": 1}, {**refused, "after": 4})
    with deciding_when(allhours_connection, absence, lambda stats: stats["faults"].get("status") == 4):
        assert state_after(run_dag, "absence", absence, **mode) == "success"


@pytest.mark.parametrize("kind", SENSORS)
@in_every_mode
def test_three_refusals_in_a_row_are_an_answer(
    allhours_connection: Sandbox, run_dag: Callable[..., Any], kind: str, mode: dict[str, Any]
) -> None:
    absence = block(allhours_connection)
    route = "absence" if kind == "absence" else "users"
    allhours_connection.fault("status", status=403, route=route, after=1)
    assert state_after(run_dag, kind, absence, soft_fail=True, **mode) == "failed"
    assert allhours_connection.stats()["faults"] == {"status": 3}


@in_every_mode
def test_refusals_at_the_deadline_are_an_answer_too(
    allhours_connection: Sandbox, run_dag: Callable[..., Any], mode: dict[str, Any]
) -> None:
    """The wait ends between the good poll and the third refused one: not by a skip."""
    absence = block(allhours_connection)
    allhours_connection.fault("status", status=404, route="absence", after=1)
    options = {"soft_fail": True, "poke_interval": 4.5, "timeout": 5, **mode}
    assert state_after(run_dag, "absence", absence, **options) == "failed"
    assert allhours_connection.stats()["faults"] == {"status": 3}


@pytest.mark.parametrize("fault", [{"kind": "status", "status": 503}, {"kind": "html"}], ids=["503", "html"])
@pytest.mark.parametrize("good_polls", [0, pytest.param(1, marks=pytest.mark.slow)])
@in_every_mode
def test_nothing_is_released_on_an_error(
    allhours_connection: Sandbox, run_dag: Callable[..., Any], mode: dict[str, Any], good_polls: int, fault: Any
) -> None:
    absence = block(allhours_connection)
    allhours_connection.faults({**fault, "route": "users", "after": good_polls})
    options = {"on_deadline": "release", "soft_fail": True, "timeout": 5, **mode}
    assert state_after(run_dag, "period", absence, **options) == "failed"
    assert allhours_connection.stats()["requests"]["GET users"] > good_polls


@in_every_mode
def test_errors_that_pass_are_waited_out_after_a_good_poll(
    allhours_connection: Sandbox, run_dag: Callable[..., Any], mode: dict[str, Any]
) -> None:
    """More of them than a client sends by itself."""
    absence = block(allhours_connection)
    allhours_connection.fault("html", route="absence", after=1, times=6)
    with deciding_when(allhours_connection, absence, lambda stats: stats["faults"].get("html") == 6):
        assert state_after(run_dag, "absence", absence, **mode) == "success"


@in_every_mode
def test_a_pause_that_the_server_asks_for_ends_at_the_deadline(
    allhours_connection: Sandbox, run_dag: Callable[..., Any], mode: dict[str, Any]
) -> None:
    """A minute: less than a client's own patience, more than is left."""
    absence = block(allhours_connection)
    allhours_connection.fault("rate_limit", seconds=60, route="absence", after=1)
    before = time.time()
    assert state_after(run_dag, "absence", absence, timeout=5, **mode) == "failed"
    assert time.time() < before + 60
    # The good poll, the one that was told to wait, and the one at the deadline.
    assert allhours_connection.stats()["requests"]["GET absence"] <= 3


@pytest.mark.parametrize("soft_fail", [True, False])
def test_a_trigger_that_crashed_fails_the_task(allhours_connection: Sandbox, soft_fail: bool) -> None:
    waiting = sensor("absence", "a", soft_fail=soft_fail)
    with pytest.raises(Exception, match="Trigger failure") as caught:
        waiting.resume_execution("__fail__", {"error": "Trigger failure"}, {})
    assert not isinstance(caught.value, AirflowSkipException)


def test_a_deferral_that_timed_out_is_the_deadline(allhours_connection: Sandbox) -> None:
    """No triggerer ran: the task polls by itself, and skips only when that poll succeeds."""
    absence = block(allhours_connection)
    waiting = sensor("absence", absence, soft_fail=True)
    timed_out = ("__fail__", {"error": "Trigger timeout"}, {})
    with pytest.raises(AirflowSkipException):
        waiting.resume_execution(*timed_out)
    allhours_connection.fault("status", status=503, route="absence")
    with pytest.raises(errors.AllHoursServerError):
        waiting.resume_execution(*timed_out)
    allhours_connection.clear_faults()
    allhours_connection.control("POST", "absences", {"action": "approve", "id": absence})
    assert waiting.resume_execution(*timed_out) == {"absence_id": absence, "status": "approved"}


def test_a_killed_sensor_polls_no_more(allhours_connection: Sandbox) -> None:
    waiting = sensor("absence", block(allhours_connection), poke_interval=600, timeout=6000, soft_fail=True)

    def kill() -> None:
        until = time.monotonic() + MAX_SECONDS
        while "GET absence" not in allhours_connection.stats()["requests"] and time.monotonic() < until:
            time.sleep(0.02)
        waiting.on_kill()

    killing = threading.Thread(target=kill)
    killing.start()
    with pytest.raises(errors.AllHoursTransportError, match="the task was stopped"):
        waiting.execute({})
    killing.join()
    assert allhours_connection.stats()["requests"]["GET absence"] == 1
