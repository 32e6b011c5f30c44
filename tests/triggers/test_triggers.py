# SPDX-License-Identifier: Apache-2.0
"""Triggers: one request per interval under every failure, nothing on the event loop, nothing after the end."""

from __future__ import annotations

import asyncio
import importlib
import inspect
import json
import pkgutil
import threading
import time
from typing import Any

import pytest
from airflow.triggers.base import BaseTrigger

import airflow_provider_allhours.triggers as room
from airflow_provider_allhours.absences.changes import Snapshot
from airflow_provider_allhours.client import AllHoursClient
from airflow_provider_allhours.sandbox.server import Sandbox
from airflow_provider_allhours.triggers.absences import AllHoursAbsenceChangesTrigger, AllHoursAbsenceDecidedTrigger
from airflow_provider_allhours.triggers.periods import AllHoursPeriodReadyTrigger
from tests.helpers import employee_at

WAITING = {
    "allhours_conn_id": "allhours_default",
    "poke_interval": 0.25,
    "deadline": 1_800_000_000.5,
    "state": {"has_polled": True, "refusals": 1, "not_before": 1_700_000_000.5},
}
EXAMPLES: dict[str, dict[str, Any]] = {
    "AllHoursAbsenceDecidedTrigger": {"absence_id": "7d1f", **WAITING},
    "AllHoursAbsenceChangesTrigger": {
        "conn_id": "c",
        "poll_interval": 30.0,
        "lookback_days": 7,
        "lookahead_days": 14,
    },
    "AllHoursPeriodReadyTrigger": {
        "date_from": "2026-10-01",
        "date_to": "2026-10-31",
        "checks": ["absences-decided", "period-locked"],
        "timezone": "Europe/Ljubljana",
        "full_look_interval": 40.0,
        "look_again_at": 1_700_000_040.5,
        "last_look": {
            "at": 1_700_000_000.5,
            "told_at": 1_700_000_000.5,
            "people": 500,
            "user_ids": ["u1"],
            "is_sample": False,
            "summary": "1 person blocks October 2026: 1 day not valid",
        },
        **WAITING,
    },
}


def trigger_classes() -> dict[str, type[BaseTrigger]]:
    modules = [
        importlib.import_module(f"{room.__name__}.{found.name}") for found in pkgutil.iter_modules(room.__path__)
    ]
    return {
        name: found
        for module in modules
        for name, found in inspect.getmembers(module, inspect.isclass)
        if issubclass(found, BaseTrigger) and found.__module__ == module.__name__ and not inspect.isabstract(found)
    }


def test_every_trigger_has_an_example() -> None:
    assert set(trigger_classes()) == set(EXAMPLES)


@pytest.mark.parametrize("name", sorted(EXAMPLES))
def test_arguments_survive_the_database(name: str) -> None:
    from airflow.models.trigger import Trigger

    path, kwargs = trigger_classes()[name](**EXAMPLES[name]).serialize()
    assert json.loads(json.dumps(kwargs)) == kwargs == EXAMPLES[name]
    stored = Trigger(classpath=path, kwargs=kwargs)
    assert stored.kwargs == kwargs
    module, _, qualname = path.rpartition(".")
    again = getattr(importlib.import_module(module), qualname)(**stored.kwargs)
    assert again.serialize() == (path, kwargs)


def pending(sandbox: Sandbox, day: str = "2026-10-14", index: int = 8) -> str:
    user = employee_at(sandbox, index).id
    return str(sandbox.control("POST", "absences", {"action": "add", "user_id": user, "date": day})["Id"])


def waiting_for(absence: str, seconds: float, poke: float = 0.2) -> AllHoursAbsenceDecidedTrigger:
    return AllHoursAbsenceDecidedTrigger(
        absence_id=absence,
        allhours_conn_id="allhours_default",
        poke_interval=poke,
        deadline=time.time() + seconds,
    )


async def polled(sandbox: Sandbox, times: int) -> None:
    """Wait until an absence was asked for so many times since the counters were reset."""
    while (await asyncio.to_thread(sandbox.stats))["requests"].get("GET absence", 0) < times:
        await asyncio.sleep(0.02)


async def only_event(trigger: BaseTrigger) -> Any:
    events = [event.payload async for event in trigger.run()]
    (event,) = events
    if "deadline" in event:
        assert event.pop("deadline") == trigger.deadline
    return event


def test_it_wakes_up_when_somebody_decides(allhours_connection: Sandbox) -> None:
    absence = pending(allhours_connection)

    async def scene() -> Any:
        waking = asyncio.create_task(only_event(waiting_for(absence, 600)))
        await polled(allhours_connection, 2)
        assert not waking.done()
        body = {"action": "approve", "id": absence}
        await asyncio.to_thread(allhours_connection.control, "POST", "absences", body)
        return await waking

    assert asyncio.run(scene()) == {"status": "answered"}


@pytest.mark.parametrize(
    "fault",
    [
        {"kind": "rate_limit", "seconds": 0},
        {"kind": "status", "status": 503},
        {"kind": "status", "status": 401},
        {"kind": "cut_before"},
        {"kind": "html"},
    ],
    ids=str,
)
@pytest.mark.parametrize("kind", ["absence", "period"])
def test_a_broken_api_gets_no_more_than_a_request_per_interval(
    allhours_connection: Sandbox, clock: Any, fault: dict[str, Any], kind: str
) -> None:
    absence = pending(allhours_connection)
    allhours_connection.reset_stats()
    for route in ("absence", "absences", "users", "daily_calculations"):
        allhours_connection.faults({**fault, "route": route})
    trigger: BaseTrigger = waiting_for(absence, 300, poke=30)
    if kind == "period":
        trigger = AllHoursPeriodReadyTrigger(
            date_from="2026-10-01",
            date_to="2026-10-31",
            checks=["absences-decided", "calculations-valid"],
            timezone="Europe/Ljubljana",
            allhours_conn_id="allhours_default",
            poke_interval=30,
            deadline=time.time() + 300,
        )
    event = asyncio.run(only_event(trigger))
    sent = sum(allhours_connection.stats()["requests"].values())
    if fault.get("status") == 401:
        assert event["error"] == "AllHoursAuthError"
        assert sent == 4  # two tokens, and the first request of the poll with each of them
    else:
        assert event == {"status": "deadline"}
        assert clock.pauses == [30] * 10
        assert 9 <= sent - 1 <= 11  # besides the token; polls at both ends are allowed


@pytest.mark.parametrize("fault", ["rate_limit", "rate_limit at first"])
def test_a_pause_that_the_server_asks_for_is_kept(allhours_connection: Sandbox, clock: Any, fault: str) -> None:
    """Ten minutes, more than the client itself would wait and more than is left: it ends at the deadline."""
    absence = pending(allhours_connection)
    allhours_connection.reset_stats()
    times = {"times": 1} if fault == "rate_limit at first" else {}
    allhours_connection.fault("rate_limit", seconds=600, route="absence", **times)
    trigger = waiting_for(absence, 500, poke=30)
    assert asyncio.run(only_event(trigger)) == {"status": "deadline"}
    assert clock.now == trigger.deadline
    assert allhours_connection.stats()["requests"]["GET absence"] == 1


def test_a_pause_that_fits_is_waited_for(allhours_connection: Sandbox, clock: Any) -> None:
    absence = pending(allhours_connection)
    allhours_connection.reset_stats()
    allhours_connection.fault("rate_limit", seconds=1, route="absence", times=1)
    body = {"action": "approve", "id": absence}
    allhours_connection.control("POST", "absences", body)
    assert asyncio.run(only_event(waiting_for(absence, 300))) == {"status": "answered"}
    assert allhours_connection.stats()["requests"]["GET absence"] == 2
    assert clock.pauses[-1] == 1


def test_an_absence_that_is_gone_ends_the_waiting(allhours_connection: Sandbox) -> None:
    event = asyncio.run(only_event(waiting_for("gone", 600)))
    assert (event["status"], event["error"], event["http_status"]) == ("failed", "AllHoursNotFoundError", 404)


def test_a_connection_that_cannot_work_ends_the_waiting(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AIRFLOW_CONN_ALLHOURS_DEFAULT", json.dumps({"conn_type": "allhours", "extra": {"speed": 9}}))
    event = asyncio.run(only_event(waiting_for("x", 600)))
    assert (event["status"], event["error"]) == ("failed", "AllHoursParameterError")


@pytest.mark.slow
def test_two_hundred_triggers_share_a_token(allhours_connection: Sandbox) -> None:
    absence = pending(allhours_connection)
    allhours_connection.reset_stats()

    async def scene() -> list[Any]:
        waiting = [asyncio.create_task(only_event(waiting_for(absence, 600, poke=1.0))) for _ in range(200)]
        await polled(allhours_connection, 200)
        body = {"action": "approve", "id": absence}
        await asyncio.to_thread(allhours_connection.control, "POST", "absences", body)
        return await asyncio.gather(*waiting)

    assert asyncio.run(scene()) == [{"status": "answered"}] * 200
    assert allhours_connection.stats()["tokens"] == 1


class SlowDecision(AllHoursAbsenceDecidedTrigger):
    """A poll that ends only when the event loop lets it."""

    began, go = threading.Event(), threading.Event()

    def poll(self, client: AllHoursClient, probe: AllHoursClient) -> bool:
        self.began.set()
        return self.go.wait(60)


class SlowChanges(AllHoursAbsenceChangesTrigger):
    """A poll that ends only when the event loop lets it."""

    began, go = threading.Event(), threading.Event()

    def _poll(self, client: AllHoursClient, timezone: str) -> Snapshot:
        self.began.set()
        assert self.go.wait(60), "the event loop stood still"
        return super()._poll(client, timezone)


def test_a_slow_poll_does_not_block_the_event_loop(allhours_connection: Sandbox) -> None:
    """A poll on the loop would wait for what only the loop can do."""
    decision = SlowDecision(
        absence_id="a", allhours_conn_id="allhours_default", poke_interval=1, deadline=time.time() + 600
    )

    async def scene() -> tuple[Any, Snapshot]:
        event = asyncio.create_task(only_event(decision))
        snapshot = asyncio.create_task(anext(SlowChanges()._snapshots()))
        for poll in (SlowDecision, SlowChanges):
            assert await asyncio.to_thread(poll.began.wait, 60)
        assert not event.done()
        assert not snapshot.done()
        SlowDecision.go.set()
        SlowChanges.go.set()
        return await event, await snapshot

    event, snapshot = asyncio.run(scene())
    assert event == {"status": "answered"}
    assert snapshot.seen


@pytest.mark.parametrize("trigger_class", [AllHoursAbsenceDecidedTrigger, AllHoursPeriodReadyTrigger])
def test_the_signature_is_whole(trigger_class: type[BaseTrigger]) -> None:
    parameters = inspect.signature(trigger_class).parameters
    assert set(parameters) == set(EXAMPLES[trigger_class.__name__])
    assert {parameter.kind for parameter in parameters.values()} == {inspect.Parameter.KEYWORD_ONLY}


def test_the_task_has_just_polled_so_that_the_trigger_pauses_first(allhours_connection: Sandbox, clock: Any) -> None:
    absence = pending(allhours_connection)
    allhours_connection.reset_stats()
    assert asyncio.run(only_event(waiting_for(absence, 500, poke=600))) == {"status": "deadline"}
    assert clock.pauses == [500]
    assert allhours_connection.stats()["requests"] == {}


@pytest.mark.parametrize("has_polled", [True, False])
def test_the_state_of_the_task_travels_with_the_trigger(allhours_connection: Sandbox, has_polled: bool) -> None:
    """Two refused polls of the task are not forgotten; without a good one the first refusal is final."""
    allhours_connection.fault("status", status=403, route="absence")
    state = {"has_polled": has_polled, "refusals": 1 if has_polled else 0, "not_before": 0.0}
    trigger = AllHoursAbsenceDecidedTrigger(
        absence_id="a", allhours_conn_id="allhours_default", poke_interval=0.1, deadline=time.time() + 60, state=state
    )
    event = asyncio.run(only_event(trigger))
    assert (event["status"], event["error"]) == ("failed", "AllHoursAuthError")
    assert allhours_connection.stats()["requests"]["GET absence"] == (2 if has_polled else 1)


def test_a_pause_that_the_server_asked_the_task_for_is_kept(allhours_connection: Sandbox, clock: Any) -> None:
    trigger = AllHoursAbsenceDecidedTrigger(
        absence_id=pending(allhours_connection),
        allhours_conn_id="allhours_default",
        poke_interval=0.1,
        deadline=time.time() + 500,
        state={"has_polled": True, "refusals": 0, "not_before": time.time() + 600},
    )
    assert asyncio.run(only_event(trigger)) == {"status": "deadline"}
    assert clock.pauses == [500]
    assert "GET absence" not in allhours_connection.stats()["requests"]


def test_a_poll_that_hangs_ends_at_the_deadline(allhours_connection: Sandbox) -> None:
    absence = pending(allhours_connection)
    allhours_connection.fault("latency", ms=600_000, route="absence")
    assert asyncio.run(only_event(waiting_for(absence, 1.0))) == {"status": "deadline"}


@pytest.mark.slow
@pytest.mark.parametrize("fault", [{"kind": "latency", "ms": 600_000}, {"kind": "latency", "ms": 300}], ids=str)
def test_a_cancelled_trigger_sends_nothing_more(allhours_connection: Sandbox, fault: dict[str, Any]) -> None:
    """It reads the days of 20 employees; even requests that hang are cut."""
    allhours_connection.faults({**fault, "route": "daily_calculations"})
    trigger = AllHoursPeriodReadyTrigger(
        date_from="2026-10-01",
        date_to="2026-10-31",
        checks=["calculations-valid"],
        timezone="Europe/Ljubljana",
        allhours_conn_id="allhours_default",
        poke_interval=0.1,
        deadline=time.time() + 6000,
    )

    def days() -> int:
        return int(allhours_connection.stats()["requests"].get("GET daily_calculations", 0))

    async def scene() -> int:
        waiting = asyncio.create_task(only_event(trigger))
        while not await asyncio.to_thread(days):
            assert not waiting.done()
            await asyncio.sleep(0.02)
        waiting.cancel()
        await asyncio.gather(waiting, return_exceptions=True)
        return await asyncio.to_thread(days)

    # ``run`` waits for the threads of the polls; hanging requests would outlast this test.
    at_the_end = asyncio.run(scene())
    # Nothing can be waited for where nothing is to happen; on a slow machine the test is only less strict.
    time.sleep(1)
    assert days() == at_the_end <= 8
