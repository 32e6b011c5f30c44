# SPDX-License-Identifier: Apache-2.0
"""Waiting in a worker, rescheduled and deferred: the same verdict on the same data."""

from __future__ import annotations

import asyncio
import copy
import csv
import inspect
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from airflow.sdk import DAG, PokeReturnValue
from airflow.sdk.bases.sensor import BaseSensorOperator

from airflow_provider_allhours.attendance.readiness import CHECKS
from airflow_provider_allhours.client import AllHoursClient, errors
from airflow_provider_allhours.flows.readiness import evaluate_period
from airflow_provider_allhours.flows.readiness_watch import PeriodWatch
from airflow_provider_allhours.periods import Period
from airflow_provider_allhours.sandbox.server import Sandbox
from airflow_provider_allhours.sensors.absences import AllHoursAbsenceDecidedSensor
from airflow_provider_allhours.sensors.periods import AllHoursPeriodReadySensor
from airflow_provider_allhours.task_utils.compat import (
    AirflowFailException,
    AirflowSensorTimeout,
    AirflowSkipException,
)
from tests.helpers import NO_CONTEXT, employee_at, execute

try:
    from airflow.sdk.exceptions import TaskDeferred
except ImportError:  # Airflow 3.1
    from airflow.exceptions import TaskDeferred

OCTOBER = Period(date(2026, 10, 1), date(2026, 10, 31))
NOVEMBER = date(2026, 11, 1)
MODES = [{"mode": "poke"}, {"mode": "reschedule"}, {"deferrable": True}]


def october(sandbox: Sandbox) -> dict[str, Any]:
    return sandbox.control("GET", "state?from=2026-10-01&to=2026-10-31")


def pending(sandbox: Sandbox) -> list[dict[str, Any]]:
    return [absence for absence in october(sandbox)["absences"] if absence["Status"] == 1]


def decide_all(sandbox: Sandbox) -> None:
    for absence in pending(sandbox):
        sandbox.control("POST", "absences", {"action": "approve", "id": absence["Id"]})


def block(sandbox: Sandbox, index: int = 8, day: str = "2026-10-14") -> str:
    """One pending absence more."""
    user = employee_at(sandbox, index).id
    return str(sandbox.control("POST", "absences", {"action": "add", "user_id": user, "date": day})["Id"])


def heal_all(sandbox: Sandbox, client: AllHoursClient) -> None:
    """Approve, correct and clear everything that stands in the way of October."""
    decide_all(sandbox)
    for blocker in evaluate_period(client, OCTOBER, ["employee-ids"], today=NOVEMBER).blockers:
        sandbox.control("POST", "users", {"user_id": blocker.user_id, "fields": {"CustomId": f"X-{blocker.user_id}"}})
    for _ in range(3):
        verdict = evaluate_period(client, OCTOBER, ["calculations-valid", "no-missing-events"], today=NOVEMBER)
        for blocker in verdict.blockers:
            day = blocker.day.isoformat()
            sandbox.control("POST", "days", {"user_id": blocker.user_id, "date": day, "heal": True})
            sandbox.control("POST", "days", {"user_id": blocker.user_id, "date": day, "missing_event": False})


def test_the_counts_are_what_the_company_shows(sandbox: Sandbox, client: AllHoursClient) -> None:
    block(sandbox)
    user = employee_at(sandbox, 3).id
    sandbox.control("POST", "days", {"user_id": user, "date": "2026-10-15", "valid": False})
    sandbox.control("POST", "days", {"user_id": user, "date": "2026-10-16", "missing_event": True})
    sandbox.control("POST", "users", {"user_id": user, "fields": {"CustomId": None}})
    verdict = evaluate_period(client, OCTOBER, CHECKS, today=NOVEMBER)
    by_check: dict[str, set[tuple[str, str]]] = {}
    for blocker in verdict.blockers:
        by_check.setdefault(blocker.check, set()).add((blocker.user_id, str(blocker.day)))
    assert len(pending(sandbox)) == verdict.counts["absences-decided"] > 0
    assert (user, "2026-10-15") in by_check["calculations-valid"]
    assert (user, "2026-10-16") in by_check["no-missing-events"]
    shared = Counter(user.employee_id for user in client.users() if user.is_time_attendance_user)
    twins = {(user.id, "None") for user in client.users() if shared[user.employee_id] == 2}
    assert len(twins) == 2
    assert by_check["employee-ids"] == {(user, "None")} | twins
    # Nobody is locked, the leaver of September is not in.
    assert verdict.counts["period-locked"] == 19
    assert verdict.summary.startswith("19 people block October 2026: ")
    assert not PeriodWatch(OCTOBER, CHECKS, 0).is_ready(client, client, today=NOVEMBER)


def test_a_period_that_is_not_over_is_asked_nothing_about(sandbox: Sandbox, client: AllHoursClient) -> None:
    today = OCTOBER.date_to
    watch = PeriodWatch(OCTOBER, ["period-ended", "calculations-valid"], 0)
    assert not watch.is_ready(client, client, today=today)
    assert client.requests == 0
    verdict = evaluate_period(client, OCTOBER, ["period-ended", "employee-ids"], today=today)
    assert verdict.counts == {"period-ended": 1, "employee-ids": 2}


@pytest.mark.slow
@pytest.mark.parametrize(
    ("fault", "reason"),
    [
        ("missing_day", "All Hours has no calculation of the day"),
        ("doubled_day", "All Hours has two different calculations of the day"),
    ],
)
def test_missing_and_doubled_days_are_not_valid(
    sandbox: Sandbox, client: AllHoursClient, fault: str, reason: str
) -> None:
    heal_all(sandbox, client)
    assert evaluate_period(client, OCTOBER, ["calculations-valid"], today=NOVEMBER).is_ready
    sandbox.fault(fault, route="daily_calculations", date="2026-10-15", times=1)
    (blocker,) = evaluate_period(client, OCTOBER, ["calculations-valid"], today=NOVEMBER).blockers
    assert (blocker.check, blocker.day, blocker.reason) == ("calculations-valid", date(2026, 10, 15), reason)


def test_a_day_that_is_doubled_and_the_same_is_valid(sandbox: Sandbox, client: AllHoursClient) -> None:
    heal_all(sandbox, client)
    sandbox.fault("doubled_day", route="daily_calculations", date="2026-10-15", contradict=False)
    assert evaluate_period(client, OCTOBER, ["calculations-valid"], today=NOVEMBER).is_ready


def test_a_lock_is_on_from_the_day_after_the_period(sandbox: Sandbox, client: AllHoursClient) -> None:
    sandbox.control("POST", "lock", {"date": "2026-10-31"})
    assert not evaluate_period(client, OCTOBER, ["period-locked"], today=NOVEMBER).is_ready
    sandbox.control("POST", "lock", {"date": "2026-11-01"})
    assert evaluate_period(client, OCTOBER, ["period-locked"], today=NOVEMBER).is_ready


def test_the_cheap_lists_are_asked_first(sandbox: Sandbox, client: AllHoursClient) -> None:
    block(sandbox)
    watch = PeriodWatch(OCTOBER, ["absences-decided", "calculations-valid"], 0)
    assert not watch.is_ready(client, client, today=NOVEMBER)
    assert "GET daily_calculations" not in sandbox.stats()["requests"]


@contextmanager
def deciding_while_it_waits(sandbox: Sandbox, request: str, action: str, absence: str) -> Iterator[None]:
    """Decide on an absence when a request was sent five times, which is after the first poll.

    During the first poll a decision may contradict what was read before it, which fails the task. A wait that ends
    without the decision is none.
    """
    before = sandbox.stats()["requests"].get(request, 0)
    is_over, decided = threading.Event(), threading.Event()

    def decide() -> None:
        while not is_over.wait(0.05):
            if sandbox.stats()["requests"].get(request, 0) >= before + 5:
                sandbox.control("POST", "absences", {"action": action, "id": absence})
                decided.set()
                return

    deciding = threading.Thread(target=decide)
    deciding.start()
    try:
        yield
    finally:
        is_over.set()
        deciding.join()
    assert decided.is_set(), "the wait ended before anybody decided"


@pytest.mark.parametrize("mode", MODES, ids=str)
def test_it_waits_for_the_last_blocker(
    allhours_connection: Sandbox, run_dag: Callable[..., Any], client: AllHoursClient, tmp_path: Path, mode: Any
) -> None:
    sandbox = allhours_connection
    heal_all(sandbox, client)
    absence = block(sandbox)
    report = tmp_path / "blockers.csv"
    with DAG("waits_" + "_".join(map(str, mode.values())).lower(), schedule=None) as dag:
        AllHoursPeriodReadySensor(
            task_id="wait", period="2026-10", report_path=str(report), poke_interval=0.3, timeout=600, **mode
        )
    with deciding_while_it_waits(sandbox, "GET absences", "approve", absence):
        run = run_dag(dag)
    assert run.state == "success"
    value = run.get_task_instance("wait").xcom_pull(task_ids="wait")
    checks = ("period-ended", "absences-decided", "calculations-valid", "no-missing-events", "employee-ids")
    assert value == {"ready": True, "blockers": dict.fromkeys(checks, 0), "report_path": str(report)}
    assert report.read_text().splitlines() == ["employee_id,check,day,reason,user_id"]


@pytest.mark.parametrize("mode", MODES, ids=str)
def test_a_decision_is_waited_for(allhours_connection: Sandbox, run_dag: Callable[..., Any], mode: Any) -> None:
    sandbox = allhours_connection
    absence = block(sandbox)
    with DAG("decides_" + "_".join(map(str, mode.values())).lower(), schedule=None) as dag:
        AllHoursAbsenceDecidedSensor(task_id="wait", absence_id=absence, poke_interval=0.3, timeout=600, **mode)
    with deciding_while_it_waits(sandbox, "GET absence", "reject", absence):
        run = run_dag(dag)
    assert run.state == "success"
    value = run.get_task_instance("wait").xcom_pull(task_ids="wait")
    assert value == {"absence_id": absence, "status": "rejected"}


def wait(**options: Any) -> Any:
    sensor = AllHoursPeriodReadySensor(
        task_id="t", **{"period": "2026-10", "poke_interval": 0.1, "timeout": 0.3, **options}
    )
    return execute(sensor)


@pytest.mark.parametrize("mode", [{"mode": "poke"}, {"deferrable": True}], ids=str)
def test_what_happens_at_the_deadline(allhours_connection: Sandbox, mode: Any, tmp_path: Path) -> None:
    block(allhours_connection)
    options = {"checks": ["absences-decided"], "report_path": str(tmp_path / "r.csv"), **mode}
    count = len(pending(allhours_connection))

    def finish(**more: Any) -> Any:
        if not mode.get("deferrable"):
            return wait(**options, **more)
        with pytest.raises(TaskDeferred) as deferred:
            wait(**options, **more, timeout=600)
        sensor = AllHoursPeriodReadySensor(task_id="t", period="2026-10", **options, **more)
        assert deferred.value.method_name == "execute_complete"
        return sensor.execute_complete(NO_CONTEXT, {"status": "deadline", "deadline": time.time() - 1})

    with pytest.raises(AirflowSensorTimeout, match=f"not ready at the deadline: .*'absences-decided': {count}"):
        finish()
    with pytest.raises(AirflowSkipException):
        finish(on_deadline="skip")
    released = finish(on_deadline="release")
    assert released == {"ready": False, "blockers": {"absences-decided": count}, "report_path": str(tmp_path / "r.csv")}
    with (tmp_path / "r.csv").open(newline="", encoding="utf-8") as file:
        lines = list(csv.DictReader(file))
    assert len(lines) == count
    assert {"1009", "2026-10-14"} <= {value for line in lines for value in (line["employee_id"], line["day"])}


@pytest.mark.parametrize("report_names", [False, True])
def test_the_report_follows_while_the_task_is_deferred(
    allhours_connection: Sandbox, tmp_path: Path, report_names: bool
) -> None:
    """Each look at everybody writes it; between them the trigger reads no days, and its events hold no person."""
    report = tmp_path / "blockers.csv"
    days = {"user_id": employee_at(allhours_connection, 8).id, "date": "2026-10-14"}
    sensor = AllHoursPeriodReadySensor(
        task_id="t",
        period="2026-10",
        report_path=str(report),
        report_names=report_names,
        deferrable=True,
        poke_interval=0.1,
        full_look_interval=0.3,
        timeout=600,
    )

    def is_reported(check: str) -> bool:
        with report.open(newline="", encoding="utf-8") as file:
            return any(
                row["user_id"] == days["user_id"] and row["day"] == days["date"] and row["check"] == check
                for row in csv.DictReader(file)
            )

    def events(trigger: Any) -> list[Any]:
        async def collected() -> list[Any]:
            return [event.payload async for event in trigger.run()]

        return asyncio.run(collected())

    with pytest.raises(TaskDeferred) as deferred:
        sensor.execute(NO_CONTEXT)
    assert not is_reported("no-missing-events")
    allhours_connection.control("POST", "days", {**days, "missing_event": True})
    for change, expected in [({}, True), ({"missing_event": False}, False)]:
        if change:
            allhours_connection.control("POST", "days", {**days, **change})
        before = allhours_connection.stats()["requests"]["GET daily_calculations"]
        (event,) = events(deferred.value.trigger)
        assert event == {"status": "answered", "deadline": deferred.value.trigger.deadline}
        assert allhours_connection.stats()["requests"]["GET daily_calculations"] == before
        with pytest.raises(TaskDeferred) as deferred:
            sensor.execute_complete(NO_CONTEXT, event)
        assert is_reported("no-missing-events") is expected


def test_the_last_look_travels_with_the_deferral(allhours_connection: Sandbox) -> None:
    """The trigger and the task that resumes know who blocked, and do not read everybody again."""
    user = employee_at(allhours_connection, 8).id
    allhours_connection.control("POST", "days", {"user_id": user, "date": "2026-10-14", "missing_event": True})
    options = {"task_id": "t", "period": "2026-10", "deferrable": True, "checks": ["no-missing-events"]}
    with pytest.raises(TaskDeferred) as deferred:
        AllHoursPeriodReadySensor(**options, poke_interval=600, timeout=6000).execute(NO_CONTEXT)
    known = (deferred.value.kwargs or {})["last_look"]
    assert user in known["user_ids"]
    assert deferred.value.trigger.serialize()[1]["last_look"] == known
    allhours_connection.reset_stats()
    event = {"status": "answered", "deadline": deferred.value.trigger.deadline}
    sensor = AllHoursPeriodReadySensor(**options, poke_interval=600, timeout=6000)
    with pytest.raises(TaskDeferred) as again:
        sensor.execute_complete(NO_CONTEXT, event, last_look=known)
    assert (again.value.kwargs or {})["last_look"] == known
    assert allhours_connection.stats()["requests"]["GET daily_calculations"] == 1


def test_counts_of_a_part_of_the_employees_are_not_released(allhours_connection: Sandbox) -> None:
    """The deadline passed while only those who blocked were looked at: everybody is looked at once more."""
    block(allhours_connection)
    sensor = AllHoursPeriodReadySensor(
        task_id="t", period="2026-10", checks=["absences-decided", "calculations-valid"], on_deadline="release"
    )
    sensor._deadline = time.time()
    released = sensor.at_deadline(NO_CONTEXT, PokeReturnValue(is_done=False))
    assert released["ready"] is False
    assert released["blockers"]["absences-decided"] == len(pending(allhours_connection))
    decide_all(allhours_connection)
    assert sensor.at_deadline(NO_CONTEXT, PokeReturnValue(is_done=False))["ready"] is True


def test_a_look_that_failed_is_repeated_without_a_pause(allhours_connection: Sandbox, tmp_path: Path) -> None:
    sensor = AllHoursPeriodReadySensor(
        task_id="t",
        period="2026-10",
        report_path=str(tmp_path / "blockers.csv"),
        deferrable=True,
        poke_interval=600,
        timeout=6000,
    )
    with pytest.raises(TaskDeferred) as deferred:
        sensor.execute(NO_CONTEXT)
    assert deferred.value.trigger.look_again_at > time.time() + 2000
    event = {"status": "answered", "deadline": deferred.value.trigger.deadline}
    sensor = copy.copy(sensor)
    sensor._last = None
    allhours_connection.fault("status", status=404, route="users", times=1)
    with pytest.raises(TaskDeferred) as deferred:
        sensor.execute_complete(NO_CONTEXT, event)
    assert deferred.value.trigger.look_again_at <= time.time()
    assert deferred.value.trigger.deadline == event["deadline"]


@pytest.mark.parametrize("mode", [{"mode": "poke"}, {"deferrable": True}], ids=str)
def test_soft_fail_skips_at_the_deadline(allhours_connection: Sandbox, mode: Any) -> None:
    block(allhours_connection)
    options = {"checks": ["absences-decided"], "soft_fail": True, "on_deadline": "release", **mode}
    sensor = AllHoursPeriodReadySensor(task_id="t", period="2026-10", poke_interval=0.1, timeout=0.1, **options)
    event = {"status": "deadline", "deadline": time.time() - 1}
    with pytest.raises(AirflowSkipException):
        _ = sensor.execute_complete(NO_CONTEXT, event) if sensor.deferrable else sensor.execute(NO_CONTEXT)


@pytest.mark.slow
def test_nothing_is_released_that_nobody_could_look_at(allhours_connection: Sandbox) -> None:
    """``silent_fail`` is Airflow's way to poke on after errors, here until the deadline."""
    allhours_connection.fault("html", route="users")
    with pytest.raises(AirflowSensorTimeout, match="no poll succeeded"):
        wait(on_deadline="release", silent_fail=True, timeout=4)
    assert allhours_connection.stats()["requests"]["GET users"] > 1


def test_the_last_poll_that_succeeded_is_released(allhours_connection: Sandbox) -> None:
    block(allhours_connection)
    count = len(pending(allhours_connection))
    sensor = AllHoursPeriodReadySensor(
        task_id="t",
        period="2026-10",
        checks=["absences-decided"],
        on_deadline="release",
        silent_fail=True,
        poke_interval=0.1,
        timeout=0.1,
    )
    sensor.poke(NO_CONTEXT)
    allhours_connection.fault("html", route="users")
    released = sensor.execute(NO_CONTEXT)
    assert released == {"ready": False, "blockers": {"absences-decided": count}, "report_path": None}


@pytest.mark.parametrize(
    ("event", "kind"),
    [
        (None, errors.AllHoursContractError),
        ({}, errors.AllHoursContractError),
        ({"status": "success"}, errors.AllHoursContractError),
        ({"status": "answered"}, errors.AllHoursContractError),
        (
            {"status": "failed", "error": "AllHoursAuthError", "message": "no", "http_status": 401},
            errors.AllHoursAuthError,
        ),
        ({"status": "failed", "error": "AllHoursParameterError", "message": "no"}, errors.AllHoursParameterError),
        ({"status": "failed", "error": "os.system", "message": "no"}, errors.AllHoursError),
    ],
)
def test_an_event_that_is_not_understood_is_no_success(
    allhours_connection: Sandbox, event: Any, kind: type[Exception]
) -> None:
    sensor = AllHoursAbsenceDecidedSensor(task_id="t", absence_id="x")
    with pytest.raises(kind):
        sensor.execute_complete(NO_CONTEXT, event)
    assert allhours_connection.stats()["requests"] == {}


def test_an_answer_that_no_longer_holds_is_waited_for_again(allhours_connection: Sandbox) -> None:
    absence = block(allhours_connection)
    sensor = AllHoursAbsenceDecidedSensor(task_id="t", absence_id=absence, poke_interval=1)
    deadline = time.time() + 600
    with pytest.raises(TaskDeferred) as deferred:
        sensor.execute_complete(NO_CONTEXT, {"status": "answered", "deadline": deadline})
    assert deferred.value.trigger.deadline == deadline


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"checks": ["vibes"]}, "parameter 'checks' is .*vibes.*; it takes a list of period-ended, absences-decided"),
        ({"checks": []}, "at least one"),
        ({"on_deadline": "panic"}, "parameter 'on_deadline' is 'panic'; it takes one of fail, skip, release"),
        ({"period": "last month"}, "parameter 'period' is 'last month'"),
    ],
)
@pytest.mark.parametrize("deferrable", [False, True])
def test_bad_input_fails_at_once(
    allhours_connection: Sandbox, options: dict[str, Any], said: str, deferrable: bool
) -> None:
    with pytest.raises(errors.AllHoursParameterError, match=said) as caught:
        wait(**options, deferrable=deferrable)
    assert isinstance(caught.value, AirflowFailException)


def test_rejected_and_gone_absences(allhours_connection: Sandbox) -> None:
    absence = block(allhours_connection)
    allhours_connection.control("POST", "absences", {"action": "reject", "id": absence})
    with pytest.raises(AirflowFailException, match="was rejected"):
        execute(AllHoursAbsenceDecidedSensor(task_id="t", absence_id=absence, fail_on_rejected=True))
    with pytest.raises(errors.AllHoursNotFoundError):
        execute(AllHoursAbsenceDecidedSensor(task_id="t", absence_id="gone"))


def test_the_default_comes_from_the_configuration(monkeypatch: pytest.MonkeyPatch) -> None:
    assert AllHoursPeriodReadySensor(task_id="t", period="2026-10").deferrable is False
    monkeypatch.setenv("AIRFLOW__OPERATORS__DEFAULT_DEFERRABLE", "True")
    assert AllHoursPeriodReadySensor(task_id="t", period="2026-10").deferrable is True


SENSORS = {
    AllHoursAbsenceDecidedSensor: {"absence_id", "fail_on_rejected"},
    AllHoursPeriodReadySensor: {
        "period",
        "checks",
        "report_path",
        "report_names",
        "full_look_interval",
        "on_deadline",
        "object_storage_conn_id",
        "timezone",
    },
}
SHARED = {"allhours_conn_id", "deferrable", "poke_interval", "timeout", "mode", "soft_fail"}


@pytest.mark.parametrize("sensor_class", SENSORS, ids=lambda sensor_class: sensor_class.__name__)
def test_the_signature_is_whole(sensor_class: type[BaseSensorOperator]) -> None:
    parameters = dict(inspect.signature(sensor_class).parameters)
    assert parameters.pop("kwargs").kind is inspect.Parameter.VAR_KEYWORD
    assert set(parameters) == SENSORS[sensor_class] | SHARED
    assert {parameter.kind for parameter in parameters.values()} == {inspect.Parameter.KEYWORD_ONLY}
    described = inspect.cleandoc(sensor_class.__doc__ or "")
    assert [name for name in parameters if f"\n    {name}: " not in described] == []
    assert set(sensor_class.template_fields) >= SENSORS[sensor_class] - {"fail_on_rejected"} | {"allhours_conn_id"}


@pytest.mark.parametrize("sensor_class", SENSORS, ids=lambda sensor_class: sensor_class.__name__)
def test_waiting_parameters_arrive(sensor_class: type[Any]) -> None:
    """Given directly or by ``default_args``, as seconds or as a timedelta, and Airflow's own defaults else."""
    required = {"absence_id": "a"} if sensor_class is AllHoursAbsenceDecidedSensor else {"period": "2026-10"}
    given = {
        "allhours_conn_id": "other",
        "deferrable": True,
        "poke_interval": timedelta(minutes=2),
        "timeout": timedelta(hours=1),
        "mode": "reschedule",
        "soft_fail": True,
    }
    expected = {**given, "poke_interval": 120.0, "timeout": 3600.0}
    direct = sensor_class(task_id="t", **required, **given)
    assert {name: getattr(direct, name) for name in given} == expected
    with DAG("sensor_default_args", schedule=None, default_args=given):
        inherited = sensor_class(task_id="t", **required)
    assert {name: getattr(inherited, name) for name in given} == expected
    plain, of_airflow = sensor_class(task_id="t", **required), BaseSensorOperator(task_id="b")
    for name in ("poke_interval", "timeout", "mode", "soft_fail"):
        assert getattr(plain, name) == getattr(of_airflow, name)
