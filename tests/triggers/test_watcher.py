# SPDX-License-Identifier: Apache-2.0
"""The absence watcher over real HTTP, with the accessor of the state store that this Airflow has."""

from __future__ import annotations

import asyncio
import inspect
import json
from collections.abc import AsyncIterator, Callable
from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from airflow.sdk import Asset
from airflow.triggers.base import BaseTrigger

from airflow_provider_allhours.client import errors
from airflow_provider_allhours.sandbox.server import Sandbox
from airflow_provider_allhours.triggers.absences import AllHoursAbsenceChangesTrigger
from tests.helpers import employee_at

try:
    from airflow.sdk.exceptions import ErrorType
    from airflow.sdk.execution_time.comms import AssetStateStoreResult, ErrorResponse
    from airflow.sdk.execution_time.context import AssetStateStoreAccessors
except ImportError:
    AssetStateStoreAccessors = None

needs_a_state_store = pytest.mark.skipif(
    AssetStateStoreAccessors is None, reason="this version of Airflow has no state store of assets"
)


class Supervisor:
    """Answers the messages of Airflow's own accessor from memory, as the triggerer's supervisor does from the database.

    A blocking message on the event loop would stop the whole triggerer, so it is an error.
    """

    def __init__(self) -> None:
        self.stored: dict[str, str] = {}

    def send(self, message: Any) -> Any:
        try:
            asyncio.get_running_loop()
        except RuntimeError:
            return self._answer(message)
        raise AssertionError("a blocking message on the event loop")

    async def asend(self, message: Any) -> Any:
        return self._answer(message)

    def _answer(self, message: Any) -> Any:
        if type(message).__name__.startswith("Set"):
            self.stored[message.key] = json.dumps(message.value)
            return None
        if message.key in self.stored:
            return AssetStateStoreResult(value=json.loads(self.stored[message.key]))
        return ErrorResponse(error=ErrorType.ASSET_STORE_NOT_FOUND)


@pytest.fixture
def supervisor(monkeypatch: pytest.MonkeyPatch) -> Supervisor:
    from airflow.sdk.execution_time import task_runner

    made = Supervisor()
    monkeypatch.setattr(task_runner, "SUPERVISOR_COMMS", made, raising=False)
    return made


# A zone where the day does not change while the tests run: there it is about noon now.
NOON = ZoneInfo(f"Etc/GMT{datetime.now(UTC).hour - 12:+d}")


@pytest.fixture
def allhours_sandbox_options() -> dict[str, Any]:
    return {"employees": 20, "months": 3, "timezone": NOON.key}


def today() -> date:
    """The watcher counts from the wall clock in the company's zone."""
    return datetime.now(NOON).date()


def add(sandbox: Sandbox, day: date) -> str:
    user = employee_at(sandbox, 8).id
    body = {"action": "add", "user_id": user, "date": day.isoformat()}
    return str(sandbox.control("POST", "absences", body)["Id"])


def watcher(*assets: str, **changes: Any) -> AllHoursAbsenceChangesTrigger:
    trigger = AllHoursAbsenceChangesTrigger(
        **{"poll_interval": 0.1, "lookback_days": 3, "lookahead_days": 5, **changes}
    )
    if assets:
        trigger.asset_state_store = AssetStateStoreAccessors(inlets=[Asset(name) for name in assets])
    return trigger


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("poll_interval", 0),
        ("poll_interval", -5),
        ("poll_interval", "x"),
        ("lookback_days", -1),
        ("lookahead_days", 1.5),
    ],
)
def test_a_window_or_an_interval_that_is_none_is_refused(name: str, value: object) -> None:
    """An interval of 0 would ask without a pause."""
    with pytest.raises(errors.AllHoursParameterError, match=f"'{name}' is .*; it takes a"):
        watcher(**{name: value})


def test_numbers_may_be_texts() -> None:
    made = watcher(poll_interval="0.5", lookback_days="31")
    assert (made.poll_interval, made.lookback_days) == (0.5, 31)


def test_created_changed_removed(allhours_connection: Sandbox, listening: Callable[..., Any]) -> None:
    sandbox = allhours_connection

    async def scene() -> tuple[str, list[Any]]:
        async with listening(watcher().run()) as listener:
            await listener.polled()
            absence = await asyncio.to_thread(add, sandbox, today())
            await listener.until(lambda: len(listener.events) == 1)
            for action in ("approve", "remove"):
                body = {"action": action, "id": absence}
                before = len(listener.events)
                await asyncio.to_thread(sandbox.control, "POST", "absences", body)
                await listener.until(lambda: len(listener.events) > before)  # noqa: B023 - awaited in the loop
            await listener.polled()
            return absence, listener.events

    absence, events = asyncio.run(scene())
    user = employee_at(sandbox, 8).id
    common = {"absence_id": absence, "user_id": user, "date": today().isoformat()}
    assert events == [
        {"change": "created", "status": "pending", **common},
        {"change": "changed", "status": "approved", **common},
        {"change": "removed", "status": "approved", **common},
    ]


def test_a_list_that_is_empty_once_removes_nothing(allhours_connection: Sandbox, listening: Callable[..., Any]) -> None:
    sandbox = allhours_connection
    absences = [add(sandbox, today() + timedelta(days=day)) for day in range(4)]

    async def scene() -> list[Any]:
        async with listening(watcher().run()) as listener:
            await listener.polled()
            # One poll of the window and its halves.
            await asyncio.to_thread(sandbox.fault, "empty", route="absences", times=3)
            await listener.polled()
            await listener.polled()
            assert listener.events == []
            for absence in absences:
                body = {"action": "remove", "id": absence}
                await asyncio.to_thread(sandbox.control, "POST", "absences", body)
            await listener.until(lambda: len(listener.events) >= len(absences))
            return list(listener.events)

    events = asyncio.run(scene())
    assert {event["change"] for event in events} == {"removed"}
    assert {event["absence_id"] for event in events} >= set(absences)


def test_it_watches_exactly_its_window(allhours_connection: Sandbox, listening: Callable[..., Any]) -> None:
    inside = [today() - timedelta(days=3), today() + timedelta(days=5)]
    outside = [today() - timedelta(days=4), today() + timedelta(days=6)]

    async def scene() -> list[str]:
        async with listening(watcher().run()) as listener:
            await listener.polled()
            for day in (*outside, *inside):
                await asyncio.to_thread(add, allhours_connection, day)
            await listener.until(lambda: len(listener.events) >= 2)
            await listener.polled(2)
            return sorted(event["date"] for event in listener.events)

    assert asyncio.run(scene()) == [day.isoformat() for day in inside]


def test_the_connections_time_zone_decides_what_today_is(
    allhours_connection: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Two zones that are never on the same day: 25 hours apart."""
    fields = json.loads(allhours_connection.connection_json())

    async def first_poll(timezone: str) -> date:
        fields["extra"] = {**fields["extra"], "timezone": timezone}
        monkeypatch.setenv("AIRFLOW_CONN_ALLHOURS_DEFAULT", json.dumps(fields))
        async for snapshot in watcher()._snapshots():
            return snapshot.window.date_from
        raise AssertionError

    asked = [asyncio.run(first_poll(zone)) for zone in ("Pacific/Kiritimati", "Pacific/Pago_Pago")]
    assert asked[0] > asked[1]


def test_without_a_store_the_first_poll_is_only_compared_with(
    allhours_connection: Sandbox, listening: Callable[..., Any]
) -> None:
    add(allhours_connection, today())

    async def scene() -> list[Any]:
        async with listening(watcher().run()) as listener:
            await listener.polled(2)
            return list(listener.events)

    assert asyncio.run(scene()) == []


@needs_a_state_store
def test_with_a_store_nothing_is_lost_across_a_restart(
    allhours_connection: Sandbox, listening: Callable[..., Any], supervisor: Supervisor
) -> None:
    async def scene(count: int) -> list[str]:
        async with listening(watcher("absences").run()) as listener:
            await listener.until(lambda: len(listener.events) >= count)
            await listener.polled(2)
            return [event["absence_id"] for event in listener.events]

    assert asyncio.run(scene(0)) == []
    absence = add(allhours_connection, today())
    assert asyncio.run(scene(1)) == [absence]
    assert asyncio.run(scene(0)) == []
    assert list(supervisor.stored) == ["allhours_absences"]
    assert "@" not in supervisor.stored["allhours_absences"]


@needs_a_state_store
def test_events_come_before_they_are_noted(
    allhours_connection: Sandbox, listening: Callable[..., Any], supervisor: Supervisor
) -> None:
    """A triggerer that dies between the two repeats the event; the other way round it would be lost."""

    async def scene() -> None:
        async with listening(watcher("absences").run()) as listener:
            await listener.until(lambda: "allhours_absences" in supervisor.stored)
        absence = await asyncio.to_thread(add, allhours_connection, today())
        stream = watcher("absences").run()
        event = await anext(stream)
        assert event.payload["absence_id"] == absence
        assert absence not in supervisor.stored["allhours_absences"]
        await stream.aclose()

    asyncio.run(scene())


@needs_a_state_store
def test_a_watcher_of_several_assets_works_without_a_store(
    allhours_connection: Sandbox,
    listening: Callable[..., Any],
    supervisor: Supervisor,
    caplog: pytest.LogCaptureFixture,
) -> None:
    async def scene() -> list[Any]:
        async with listening(watcher("one", "two").run()) as listener:
            await listener.polled()
            await asyncio.to_thread(add, allhours_connection, today())
            await listener.until(lambda: len(listener.events) == 1)
            await listener.polled()
            return list(listener.events)

    assert [event["change"] for event in asyncio.run(scene())] == ["created"]
    assert supervisor.stored == {}
    assert "The watcher has several assets" in caplog.text


@needs_a_state_store
@pytest.mark.parametrize("stored", ["[1]", '"x"', '{"window": {}}', '{"window": {"from": "x", "to": "y"}, "seen": {}}'])
def test_a_saved_poll_that_cannot_be_read_is_replaced(
    allhours_connection: Sandbox,
    listening: Callable[..., Any],
    supervisor: Supervisor,
    caplog: pytest.LogCaptureFixture,
    stored: str,
) -> None:
    supervisor.stored["allhours_absences"] = stored

    async def scene() -> list[Any]:
        async with listening(watcher("absences").run()) as listener:
            await listener.until(lambda: supervisor.stored["allhours_absences"] != stored)
            return list(listener.events)

    assert asyncio.run(scene()) == []
    assert "The saved poll cannot be read" in caplog.text


@pytest.mark.slow
def test_ten_watchers_share_one_poll(allhours_connection: Sandbox, listening: Callable[..., Any]) -> None:
    """Where Airflow has shared streams."""
    try:
        from airflow.triggers.shared_stream import SharedStreamManager
    except ImportError:
        assert not hasattr(BaseTrigger, "shared_stream_key")
        return
    import structlog

    snapshots = 0

    async def counted(stream: AsyncIterator[Any]) -> AsyncIterator[Any]:
        nonlocal snapshots
        async for snapshot in stream:
            snapshots += 1
            yield snapshot

    async def scene() -> list[list[Any]]:
        manager = SharedStreamManager(log=structlog.get_logger())
        streams = []
        for number in range(10):
            trigger = watcher()
            shared = manager.subscribe(trigger_id=number, trigger=trigger, key=trigger.shared_stream_key())
            streams.append(trigger.filter_shared_stream(counted(shared) if number == 0 else shared))
        try:
            async with listening(streams[0]) as first:
                others = [asyncio.create_task(anext(stream)) for stream in streams[1:]]
                await first.polled(12)
                await asyncio.to_thread(add, allhours_connection, today())
                heard = await asyncio.gather(*others)
                await first.until(lambda: len(first.events) == 1)
                requests = await asyncio.to_thread(first.requests)
                # Up to three requests per poll; the last polls may not have reached the watcher yet.
                assert 12 <= requests <= 3 * (snapshots + 2)
                return [first.events, *([event.payload] for event in heard)]
        finally:
            await manager.stop_all()

    events = asyncio.run(scene())
    assert [[event["change"] for event in of_one] for of_one in events] == [["created"]] * 10
    assert watcher().shared_stream_key() == watcher().shared_stream_key()
    for parameter, value in {"conn_id": "x", "poll_interval": 9, "lookback_days": 9, "lookahead_days": 9}.items():
        assert watcher(**{parameter: value}).shared_stream_key() != watcher().shared_stream_key()


@pytest.mark.parametrize(
    ("fault", "error_class", "polls"),
    [
        ({"kind": "status", "status": 503}, errors.AllHoursServerError, 5),
        ({"kind": "html"}, errors.AllHoursContractError, 5),
        ({"kind": "status", "status": 403}, errors.AllHoursAuthError, 1),
        ({"kind": "status", "status": 404}, errors.AllHoursNotFoundError, 1),
    ],
)
def test_a_watcher_does_not_die_in_silence(
    allhours_connection: Sandbox, fault: dict[str, Any], error_class: type[Exception], polls: int
) -> None:
    allhours_connection.faults({**fault, "route": "absences"})

    async def scene() -> None:
        async for _ in watcher().run():
            raise AssertionError("no event is due")

    with pytest.raises(error_class):
        asyncio.run(asyncio.wait_for(scene(), 120))
    assert allhours_connection.stats()["requests"]["GET absences"] == polls


@pytest.mark.slow
def test_failed_polls_count_only_in_a_row(allhours_connection: Sandbox, listening: Callable[..., Any]) -> None:
    """Twice four failures, with good polls between: a watcher lives for months."""

    async def scene() -> list[Any]:
        async with listening(watcher().run()) as listener:
            await listener.polled()
            for _ in range(2):
                await asyncio.to_thread(
                    lambda: allhours_connection.fault("status", status=503, route="absences", times=4)
                )
                await listener.polled(6)
            await asyncio.to_thread(add, allhours_connection, today())
            await listener.until(lambda: len(listener.events) == 1)
            return list(listener.events)

    assert [event["change"] for event in asyncio.run(scene())] == ["created"]


def test_a_pause_that_the_server_asks_for_is_kept(allhours_connection: Sandbox, clock: Any) -> None:
    """Ten minutes, more than the client itself would wait: only the watcher can keep it."""
    allhours_connection.fault("rate_limit", seconds=600, route="absences")

    async def scene() -> None:
        async for _ in watcher().run():
            raise AssertionError("no event is due")

    with pytest.raises(errors.AllHoursRateLimitError):
        asyncio.run(scene())
    assert allhours_connection.stats()["requests"]["GET absences"] == 5
    assert clock.pauses == [600.0] * 4


def test_its_signature_is_whole() -> None:
    parameters = inspect.signature(AllHoursAbsenceChangesTrigger).parameters
    assert {name: parameter.default for name, parameter in parameters.items()} == {
        "conn_id": "allhours_default",
        "poll_interval": 60.0,
        "lookback_days": 31,
        "lookahead_days": 92,
    }


@pytest.mark.slow
@pytest.mark.parametrize("times", [1, 2])
@pytest.mark.parametrize("status", [404, 403, 400])
def test_a_watcher_waits_out_a_refusal_after_a_good_poll(
    allhours_connection: Sandbox, listening: Callable[..., Any], status: int, times: int
) -> None:
    async def scene() -> list[Any]:
        async with listening(watcher().run()) as listener:
            await listener.polled()
            await asyncio.to_thread(
                lambda: allhours_connection.fault("status", status=status, route="absences", times=times)
            )
            await listener.polled(3)
            await asyncio.to_thread(add, allhours_connection, today())
            await listener.until(lambda: len(listener.events) == 1)
            return list(listener.events)

    assert [event["change"] for event in asyncio.run(scene())] == ["created"]


def test_a_watcher_takes_three_refusals_for_an_answer(
    allhours_connection: Sandbox, listening: Callable[..., Any], caplog: pytest.LogCaptureFixture
) -> None:
    async def scene() -> None:
        async with listening(watcher().run()) as listener:
            await listener.polled()
            await asyncio.to_thread(lambda: allhours_connection.fault("status", status=403, route="absences"))
            await listener.until(lambda: False)

    with pytest.raises(errors.AllHoursAuthError):
        asyncio.run(scene())
    assert [message[:7] for message in caplog.messages if message.startswith("Poll ")] == ["Poll 1 ", "Poll 2 "]
    # A poll that is under way when the refusals begin may be asking for both halves of its window at once.
    assert allhours_connection.stats()["faults"]["status"] in (3, 4)


def test_a_cancelled_watcher_sends_nothing_more(allhours_connection: Sandbox) -> None:
    """The poll that hangs is cut; the event loop waits for its thread when it closes."""
    allhours_connection.fault("latency", ms=600_000, route="absences")

    def polls() -> int:
        return int(allhours_connection.stats()["requests"].get("GET absences", 0))

    async def scene() -> None:
        watching = asyncio.create_task(anext(watcher().run()))
        while not await asyncio.to_thread(polls):
            await asyncio.sleep(0.02)
        watching.cancel()
        await asyncio.gather(watching, return_exceptions=True)

    asyncio.run(scene())
    assert polls() == 1
