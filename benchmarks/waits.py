# SPDX-License-Identifier: Apache-2.0
"""Requests of a sensor that waits three days for a period to be ready, beside a look at everybody each time."""

from __future__ import annotations

from datetime import date
from typing import Any

from airflow_provider_allhours.attendance.readiness import CALCULATIONS_VALID, NO_MISSING_EVENTS, PERIOD_ENDED
from airflow_provider_allhours.flows.readiness import evaluate_period
from airflow_provider_allhours.flows.readiness_watch import PeriodWatch
from airflow_provider_allhours.periods import Period
from benchmarks.sandboxes import TODAY, client_of, control, requests_since_reset, sandbox
from benchmarks.tables import Table

OCTOBER = Period.of_month(2026, 10)
CHECKS = (PERIOD_ENDED, CALCULATIONS_VALID, NO_MISSING_EVENTS)
POKE, LOOKS = 900, 3 * 86_400 // 900
BLOCKERS = 12
"""People with a day that is not valid; one of them is corrected every six hours."""


def count_requests(employees: int, looks: int = LOOKS) -> dict[str, int]:
    """Requests of a wait, of one look at everybody, and of as many of these as the wait has looks."""
    today, now = date.fromisoformat(TODAY), 0.0
    with sandbox(employees) as connection, client_of(connection) as client:
        broken = evaluate_period(client, OCTOBER, CHECKS, today=today).blockers
        for blocker in broken:
            _set_valid(connection, blocker.user_id, str(blocker.day), valid=True)
        control(connection, "DELETE", "stats")
        is_ready = evaluate_period(client, OCTOBER, CHECKS, today=today).is_ready
        assert is_ready, "the company has no other blockers"
        whole = requests_since_reset(connection)
        people = _employees(connection)
        blocking = people[:: max(1, len(people) // BLOCKERS)][:BLOCKERS]
        for user_id in blocking:
            _set_valid(connection, user_id, "2026-10-06", valid=False)
        control(connection, "DELETE", "stats")
        watch = PeriodWatch(OCTOBER, CHECKS, 4 * POKE, lambda: now)
        ready_at = 0
        for look in range(looks):
            if look % (looks // BLOCKERS) == looks // BLOCKERS - 5 and blocking:
                _set_valid(connection, blocking.pop(), "2026-10-06", valid=True)
            if watch.is_ready(client, client, today=today):
                ready_at = look + 1
                break
            now += POKE
        assert ready_at, "the wait ends"
        return {
            "looks": ready_at,
            "wait": requests_since_reset(connection),
            "whole look": whole,
            "whole looks": whole * ready_at,
        }


def _employees(connection: dict[str, Any]) -> list[str]:
    """Who works in October from its first to its last day."""
    state = control(connection, "GET", "state", **{"from": "2026-10-01", "to": "2026-10-01"})
    return [
        user["Id"]
        for user in state["users"]
        if user["IsTimeAttendanceUser"]
        and not user["CalculationStopDate"]
        and str(user["CalculationStartDate"] or "") < "2026-10-01"
    ]


def _set_valid(connection: dict[str, Any], user_id: str, day: str, *, valid: bool) -> None:
    body = {"user_id": user_id, "date": day, "valid": valid, "missing_event": False}
    control(connection, "POST", "days", body)


def wait_table(employees: int) -> Table:
    """A row for the sensor, one for whole looks."""
    counts = count_requests(employees)
    return Table(
        f"Sensor: requests of a wait, {employees:,} employees, {counts['looks']} looks in three days, clock simulated",
        ["", "requests", "ratio"],
        [
            ["AllHoursPeriodReadySensor", f"{counts['wait']:,}", "1.00"],
            ["everybody in each look", f"{counts['whole looks']:,}", f"{counts['whole looks'] / counts['wait']:.0f}"],
        ],
        f"The second row is one look at everybody ({counts['whole look']:,} requests), times the looks.",
    )
