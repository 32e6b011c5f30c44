# SPDX-License-Identifier: Apache-2.0
"""Triggers: kind under every failure, never in the loop's way, plain JSON, and loud when they give up."""

from __future__ import annotations

import asyncio
import importlib
import inspect
import json
import pkgutil
import time
from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any

import pytest
from airflow.triggers.base import BaseTrigger

import airflow_provider_allhours.triggers as room
from airflow_provider_allhours import retries
from airflow_provider_allhours.client import errors
from airflow_provider_allhours.sandbox.server import Sandbox
from airflow_provider_allhours.triggers.absences import AllHoursAbsenceChangesTrigger, AllHoursAbsenceDecidedTrigger
from airflow_provider_allhours.triggers.periods import AllHoursPeriodReadyTrigger

WAITING = {"allhours_conn_id": "allhours_default", "poke_interval": 0.25, "deadline": 1_800_000_000.5}
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
    user = sandbox.company.user_at(index).id  # type: ignore[union-attr]
    return str(sandbox.control("POST", "absences", {"action": "add", "user_id": user, "date": day})["Id"])


def waiting_for(absence: str, seconds: float, poke: float = 0.2) -> AllHoursAbsenceDecidedTrigger:
    return AllHoursAbsenceDecidedTrigger(
        absence_id=absence,
        allhours_conn_id="allhours_default",
        poke_interval=poke,
        deadline=time.time() + seconds,
    )


async def only_event(trigger: BaseTrigger) -> Any:
    events = [event.payload async for event in trigger.run()]
    (event,) = events
    if "deadline" in event:
        assert event.pop("deadline") == trigger.deadline  # type: ignore[attr-defined]
    return event


def test_it_wakes_up_when_somebody_decides(allhours_connection: Sandbox) -> None:
    absence = pending(allhours_connection)

    async def scene() -> Any:
        waking = asyncio.create_task(only_event(waiting_for(absence, 20)))
        await asyncio.sleep(0.7)
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
    allhours_connection: Sandbox, fault: dict[str, Any], kind: str
) -> None:
    absence = pending(allhours_connection)
    allhours_connection.reset_stats()
    for route in ("absence", "absences", "users", "daily_calculations"):
        allhours_connection.faults({**fault, "route": route})
    trigger: BaseTrigger = waiting_for(absence, 2.0)
    if kind == "period":
        trigger = AllHoursPeriodReadyTrigger(
            date_from="2026-10-01",
            date_to="2026-10-31",
            checks=["absences-decided", "calculations-valid"],
            allhours_conn_id="allhours_default",
            poke_interval=0.2,
            deadline=time.time() + 2.0,
        )
    began = time.monotonic()
    event = asyncio.run(only_event(trigger))
    elapsed = time.monotonic() - began
    sent = sum(allhours_connection.stats()["requests"].values())
    assert sent <= elapsed / 0.2 + 4  # a token, a second one after a 401, the first look, the last look
    if fault.get("status") == 401:
        assert event["error"] == "AllHoursAuthError"
        assert elapsed < 1.5
    else:
        assert event == {"status": "deadline"}
        assert sent >= 4


def test_a_pause_that_the_server_asks_for_is_kept(allhours_connection: Sandbox) -> None:
    absence = pending(allhours_connection)
    allhours_connection.reset_stats()
    allhours_connection.fault("rate_limit", seconds=30, route="absence")
    assert asyncio.run(only_event(waiting_for(absence, 1.5))) == {"status": "deadline"}
    assert allhours_connection.stats()["requests"]["GET absence"] == 1


def test_an_absence_that_is_gone_ends_the_waiting(allhours_connection: Sandbox) -> None:
    event = asyncio.run(only_event(waiting_for("gone", 20)))
    assert (event["status"], event["error"], event["http_status"]) == ("failed", "AllHoursNotFoundError", 404)


def test_a_connection_that_cannot_work_ends_the_waiting(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AIRFLOW_CONN_ALLHOURS_DEFAULT", json.dumps({"conn_type": "allhours", "extra": {"speed": 9}}))
    event = asyncio.run(only_event(waiting_for("x", 20)))
    assert (event["status"], event["error"]) == ("failed", "AllHoursParameterError")


def test_five_hundred_sleepers_leave_the_loop_alone(allhours_connection: Sandbox) -> None:
    """A slow server, one triggerer: the loop keeps ticking, and all of them share a token."""
    absence = pending(allhours_connection)
    allhours_connection.reset_stats()
    allhours_connection.fault("latency", ms=300, route="absence")

    async def scene() -> tuple[list[float], int]:
        sleepers = [asyncio.create_task(only_event(waiting_for(absence, 8, poke=2.0))) for _ in range(500)]
        lags = []
        until = time.monotonic() + 6
        while time.monotonic() < until:
            before = time.monotonic()
            await asyncio.sleep(0.01)
            lags.append(time.monotonic() - before - 0.01)
        allhours_connection.clear_faults()
        body = {"action": "approve", "id": absence}
        await asyncio.to_thread(allhours_connection.control, "POST", "absences", body)
        events = await asyncio.gather(*sleepers)
        return lags, sum(event == {"status": "answered"} for event in events)

    lags, answered = asyncio.run(scene())
    lags.sort()
    assert lags[int(len(lags) * 0.99)] < 0.1
    assert answered == 500
    assert allhours_connection.stats()["tokens"] == 1


class Store:
    """An asset's state store, in memory."""

    def __init__(self) -> None:
        self.kept: dict[str, Any] = {}

    async def aget(self, key: str) -> Any:
        return json.loads(self.kept[key]) if key in self.kept else None

    async def aset(self, key: str, value: Any) -> None:
        self.kept[key] = json.dumps(value)


@pytest.fixture
def today(allhours_connection: Sandbox) -> str:
    """The watcher counts from the wall clock; the company's day follows it."""
    from datetime import UTC, datetime

    return datetime.now(UTC).date().isoformat()


def watcher(store: Store | None = None, **changes: Any) -> AllHoursAbsenceChangesTrigger:
    trigger = AllHoursAbsenceChangesTrigger(
        **{"poll_interval": 0.15, "lookback_days": 3, "lookahead_days": 3, **changes}
    )
    if store is not None:
        trigger.asset_state_store = store  # type: ignore[assignment]
    return trigger


async def events_of(stream: AsyncIterator[Any], seconds: float, act: Any = None) -> list[dict[str, str]]:
    found: list[dict[str, str]] = []

    async def read() -> None:
        async for event in stream:
            found.append(event.payload)

    reading = asyncio.create_task(read())
    await asyncio.sleep(0.6)
    if act is not None:
        await asyncio.to_thread(act)
    await asyncio.sleep(seconds)
    reading.cancel()
    await asyncio.gather(reading, return_exceptions=True)
    return found


def test_created_changed_removed(allhours_connection: Sandbox, today: str) -> None:
    sandbox = allhours_connection
    made: list[str] = []

    def act() -> None:
        made.append(pending(sandbox, today))
        time.sleep(0.5)
        sandbox.control("POST", "absences", {"action": "approve", "id": made[0]})
        time.sleep(0.5)
        sandbox.control("POST", "absences", {"action": "remove", "id": made[0]})

    events = asyncio.run(events_of(watcher().run(), 0.6, act))
    mine = [event for event in events if event["absence_id"] == made[0]]
    assert [(event["change"], event["status"], event["date"]) for event in mine] == [
        ("created", "pending", today),
        ("changed", "approved", today),
        ("removed", "approved", today),
    ]
    assert len(events) == 3
    assert set(events[0]) == {"change", "absence_id", "user_id", "date", "status"}


def test_with_a_store_nothing_is_lost_across_a_restart(allhours_connection: Sandbox, today: str) -> None:
    store = Store()
    assert asyncio.run(events_of(watcher(store).run(), 0.2)) == []
    absence = pending(allhours_connection, today)
    assert [event["absence_id"] for event in asyncio.run(events_of(watcher(store).run(), 0.3))] == [absence]
    assert asyncio.run(events_of(watcher(store).run(), 0.3)) == []
    assert "@" not in store.kept["allhours_absences"]


def test_without_a_store_the_first_poll_is_the_base(allhours_connection: Sandbox, today: str) -> None:
    assert asyncio.run(events_of(watcher().run(), 0.2)) == []
    pending(allhours_connection, today)
    assert asyncio.run(events_of(watcher().run(), 0.3)) == []


def test_ten_watchers_share_one_poll(allhours_connection: Sandbox, today: str) -> None:
    """Where Airflow has shared streams; a plain loop each where it has not."""
    try:
        from airflow.triggers.shared_stream import SharedStreamManager
    except ImportError:
        assert not hasattr(BaseTrigger, "shared_stream_key")
        return

    async def scene() -> list[list[dict[str, str]]]:
        manager = SharedStreamManager(log=__import__("structlog").get_logger())
        triggers = [watcher() for _ in range(10)]
        streams = [
            trigger.filter_shared_stream(
                manager.subscribe(trigger_id=number, trigger=trigger, key=trigger.shared_stream_key())
            )
            for number, trigger in enumerate(triggers)
        ]
        reading = [asyncio.create_task(events_of(stream, 1.5)) for stream in streams]
        await asyncio.sleep(0.8)
        await asyncio.to_thread(pending, allhours_connection, today)
        try:
            return await asyncio.gather(*reading)
        finally:
            await manager.stop_all()

    allhours_connection.reset_stats()
    heard = asyncio.run(scene())
    assert [len(events) for events in heard] == [1] * 10
    assert allhours_connection.stats()["requests"]["GET absences"] <= 2.5 / 0.15 + 2


@pytest.mark.parametrize(
    ("fault", "kind", "most"),
    [
        ({"kind": "status", "status": 503}, errors.AllHoursServerError, 5),
        ({"kind": "status", "status": 401}, errors.AllHoursAuthError, 2),
        ({"kind": "html"}, errors.AllHoursContractError, 5),
    ],
)
def test_a_watcher_does_not_die_in_silence(
    allhours_connection: Sandbox, fault: dict[str, Any], kind: type[Exception], most: int
) -> None:
    allhours_connection.faults({**fault, "route": "absences"})

    async def scene() -> None:
        async for _ in watcher().run():
            raise AssertionError("no event is due")

    with pytest.raises(kind):
        asyncio.run(asyncio.wait_for(scene(), 20))
    assert allhours_connection.stats()["requests"]["GET absences"] == most


def test_a_poll_that_fails_now_and_then_is_survived(allhours_connection: Sandbox, today: str) -> None:
    allhours_connection.fault("status", status=503, route="absences", probability=0.4, seed=3)
    events = asyncio.run(events_of(watcher().run(), 3, lambda: pending(allhours_connection, today)))
    assert [event["change"] for event in events] == ["created"]


def test_the_retry_policy() -> None:
    """Present on Airflow 3.3, None before."""
    try:
        from airflow.sdk.definitions.retry_policy import RetryAction
    except ImportError:
        assert retries.RETRY_POLICY is None
        return
    policy = retries.RETRY_POLICY
    assert policy is not None

    def decide(error: BaseException) -> Any:
        return policy.evaluate(error, 1, 3)

    for refused in (
        errors.AllHoursAuthError("no", status=401),
        errors.AllHoursValidationError("no", status=400),
        errors.AllHoursParameterError("no"),
    ):
        assert decide(refused).action is RetryAction.FAIL
    limited = decide(errors.AllHoursRateLimitError("slow", status=429, retry_after=90))
    assert (limited.action, limited.retry_delay) == (RetryAction.RETRY, timedelta(seconds=90))
    assert decide(errors.AllHoursRateLimitError("slow", status=429)).action is RetryAction.DEFAULT
    assert decide(errors.AllHoursRateLimitError("slow", status=429, retry_after=9e9)).retry_delay == timedelta(hours=1)
    assert decide(ValueError()).action is RetryAction.DEFAULT
    assert type(policy).deserialize(policy.serialize()).evaluate(ValueError(), 1, 1).action is RetryAction.DEFAULT
