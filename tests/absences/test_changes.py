# SPDX-License-Identifier: Apache-2.0
"""Changes between two polls whose windows are not the same."""

from __future__ import annotations

import json
from datetime import date
from typing import Any

import pytest

from airflow_provider_allhours.absences.changes import Snapshot, changes_between
from airflow_provider_allhours.client.decoding import decode
from airflow_provider_allhours.client.models import Absence
from airflow_provider_allhours.periods import Period

YESTERDAY = Period(date(2026, 10, 4), date(2026, 10, 10))
TODAY = Period(date(2026, 10, 5), date(2026, 10, 11))


def snapshot(window: Period, **absences: tuple[int, int] | tuple[int, int, str]) -> Snapshot:
    """Absences by id: day, status and comment."""

    def made(absence_id: str, day: int, status: int, comment: str = "") -> Any:
        fields = {"Id": absence_id, "UserId": "u", "AbsenceDefinitionId": "d", "Status": status, "Comment": comment}
        text = json.dumps({**fields, "Timestamp": f"2026-10-{day:02}T00:00:00"})
        return decode(text.encode(), Absence, request="GET /test")

    return Snapshot.of([made(absence_id, *facts) for absence_id, facts in absences.items()], window)


def told(before: Snapshot, after: Snapshot) -> list[tuple[str, ...]]:
    return [
        (event["change"], event["absence_id"], event["date"], event["status"])
        for event in changes_between(before, after)
    ]


def test_a_day_that_leaves_the_window_removes_nothing() -> None:
    assert told(snapshot(YESTERDAY, a=(4, 2)), snapshot(TODAY)) == []


def test_a_day_that_enters_the_window_creates_nothing() -> None:
    assert told(snapshot(YESTERDAY), snapshot(TODAY, a=(11, 2))) == []


@pytest.mark.parametrize("day", [5, 10])
def test_changes_on_days_of_both_windows_are_told(day: int) -> None:
    moment = f"2026-10-{day:02}"
    with_it = (day, 1)
    assert told(snapshot(YESTERDAY), snapshot(TODAY, a=with_it)) == [("created", "a", moment, "pending")]
    assert told(snapshot(YESTERDAY, a=with_it), snapshot(TODAY)) == [("removed", "a", moment, "pending")]
    assert told(snapshot(YESTERDAY, a=with_it), snapshot(TODAY, a=(day, 2))) == [("changed", "a", moment, "approved")]
    assert told(snapshot(YESTERDAY, a=with_it), snapshot(TODAY, a=with_it)) == []


def test_a_change_that_shows_in_no_event_is_told_too() -> None:
    before, after = snapshot(TODAY, a=(5, 2, "x")), snapshot(TODAY, a=(5, 2, "y"))
    assert told(before, after) == [("changed", "a", "2026-10-05", "approved")]


def test_the_order_is_by_day_and_id() -> None:
    after = snapshot(TODAY, b=(6, 1), c=(5, 1), a=(6, 1))
    assert [event["absence_id"] for event in changes_between(snapshot(TODAY), after)] == ["c", "a", "b"]


def test_a_snapshot_survives_json() -> None:
    taken = snapshot(TODAY, a=(5, 2, "the reason"))
    text = json.dumps(taken.to_json())
    assert Snapshot.from_json(json.loads(text)) == taken
    assert "reason" not in text
