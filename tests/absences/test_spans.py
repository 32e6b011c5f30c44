# SPDX-License-Identifier: Apache-2.0
"""Which absences are the same, and which overlap."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime
from typing import Any

import pytest

from airflow_provider_allhours.absences.spans import Key, Span, calendar_day, clock_time, collisions, same, span_on
from airflow_provider_allhours.client.errors import AllHoursParameterError

DAY = date(2027, 2, 4)
WHOLE = Key("u", DAY, "d", Span())


def hours(start: int, end: int) -> Span:
    return Span(datetime(2027, 2, 4, start), datetime(2027, 2, 4, end))


def ids(absences: list[Any]) -> list[str]:
    return [absence.id for absence in absences]


@pytest.mark.parametrize(
    ("one", "other", "expected"),
    [
        (hours(8, 12), hours(12, 16), False),
        (hours(8, 12), hours(11, 16), True),
        (hours(8, 16), hours(10, 11), True),
        (hours(8, 12), hours(8, 12), True),
        (hours(8, 12), Span(), True),
        (Span(), Span(), True),
    ],
)
def test_overlap_is_time_in_common(one: Span, other: Span, expected: bool) -> None:
    assert one.overlaps(other) is expected
    assert other.overlaps(one) is expected


@pytest.mark.parametrize(
    ("start", "end", "until"),
    [
        ("08:00", "12:30", datetime(2027, 2, 4, 12, 30)),
        ("22:00", "02:00", datetime(2027, 2, 5, 2, 0)),
        ("22:00", "22:00", datetime(2027, 2, 5, 22, 0)),
        (" 23:59 ", "00:00", datetime(2027, 2, 5, 0, 0)),
    ],
)
def test_a_span_that_ends_at_or_before_its_start_ends_on_the_next_day(start: str, end: str, until: datetime) -> None:
    span = span_on(DAY, start, end)
    assert span.start == datetime.fromisoformat(f"2027-02-04T{start.strip()}")
    assert span.end == until


@pytest.mark.parametrize("nothing", [None, ""])
def test_no_times_are_the_whole_day_and_one_time_is_refused(nothing: str | None) -> None:
    assert span_on(DAY, nothing, nothing) == Span()
    for start, end in ((nothing, "12:00"), ("12:00", nothing)):
        with pytest.raises(AllHoursParameterError, match="'partial_from' and 'partial_to' come together"):
            span_on(DAY, start, end)


@pytest.mark.parametrize("text", ["8:00", "24:00", "12:60", "1200", "12:00:00", "noon", "12:000"])
def test_what_is_no_time_of_day_is_refused(text: str) -> None:
    with pytest.raises(AllHoursParameterError, match="parameter 'partial_to' is .*; it takes a time such as 08:30"):
        clock_time("partial_to", text)


@pytest.mark.parametrize("given", ["2027-02-04", " 2027-02-04 ", DAY])
def test_days(given: str | date) -> None:
    assert calendar_day("date_from", given) == DAY


@pytest.mark.parametrize("text", ["20270204", "2027-2-4", "2027-02-30", "2027-02-04T00:00", "", "04.02.2027"])
def test_what_is_no_day_is_refused(text: str) -> None:
    with pytest.raises(AllHoursParameterError, match="parameter 'date_to' is .*; it takes a day such as 2026-10-05"):
        calendar_day("date_to", text)


def test_a_record_with_the_key_is_the_same_in_any_state(absence: Callable[..., Any]) -> None:
    for status in (1, 2, 3):
        assert same(WHOLE, [absence("x", Status=status)]).id == "x"
    others = [
        absence("hours", hours=(8, 12)),
        absence("day", 5),
        absence("user", UserId="v"),
        absence("definition", AbsenceDefinitionId="e"),
    ]
    assert same(WHOLE, others) is None
    part = Key("u", DAY, "d", hours(8, 12))
    assert same(part, others).id == "hours"


def test_records_of_other_keys_that_overlap_collide(absence: Callable[..., Any]) -> None:
    present = [
        absence("same", hours=(8, 12)),
        absence("overlapping", hours=(11, 13)),
        absence("after", hours=(12, 13)),
        absence("whole", AbsenceDefinitionId="e"),
        absence("pending", Status=1, AbsenceDefinitionId="e", hours=(8, 9)),
        absence("unknown", Status=9, AbsenceDefinitionId="e", hours=(8, 9)),
        absence("rejected", Status=3, AbsenceDefinitionId="e"),
        absence("day", 5),
        absence("user", UserId="v"),
    ]
    key = Key("u", DAY, "d", hours(8, 12))
    assert ids(collisions(key, present)) == ["overlapping", "whole", "pending", "unknown"]


def test_a_record_without_a_definition_has_a_key_of_its_own(absence: Callable[..., Any]) -> None:
    nameless = absence(AbsenceDefinitionId=None)
    assert same(Key("u", DAY, "", Span()), [nameless]) is nameless
    assert collisions(WHOLE, [nameless]) == [nameless]
