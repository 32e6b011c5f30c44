# SPDX-License-Identifier: Apache-2.0
"""Single days of absence as spans of unbroken leave."""

from __future__ import annotations

from datetime import date, timedelta
from fractions import Fraction
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from airflow_provider_allhours.attendance.spans import AbsenceSpan, DayPlan, spans_of
from airflow_provider_allhours.client.decoding import LocalDateTime
from airflow_provider_allhours.client.models import Absence
from airflow_provider_allhours.periods import Period

OCTOBER = Period.of_month(2026, 10)
WORK, FREE = DayPlan(480, is_workday=True), DayPlan(0, is_workday=False)


def absence(day: date, kind: str = "leave", status: int = 2, **fields: Any) -> Absence:
    moment = LocalDateTime(day.year, day.month, day.day)
    return Absence(
        id=f"{kind}-{day}-{fields.get('partial_time_duration')}",
        user_id="u1",
        timestamp=moment,
        absence_definition_id=kind,
        status=status,
        **fields,
    )


def calendar(holidays: tuple[date, ...] = ()) -> dict[date, DayPlan]:
    days = [date(2026, 9, 15) + timedelta(days=n) for n in range(70)]
    return {day: FREE if day.weekday() >= 5 or day in holidays else WORK for day in days}


def october(*days: int, **fields: Any) -> list[Absence]:
    return [absence(date(2026, 10, day), **fields) for day in days]


def told(spans: list[AbsenceSpan]) -> list[tuple[str, str, int, int | None]]:
    return [(str(span.days.date_from), str(span.days.date_to), span.workdays, span.minutes) for span in spans]


def test_a_weekend_and_a_holiday_do_not_break_leave() -> None:
    # The 5th is a Monday; the 12th a holiday.
    leave = october(8, 9, 13, 14)
    (span,) = spans_of(leave, calendar((date(2026, 10, 12),)), OCTOBER, {})
    assert (span.days.date_from, span.days.date_to, span.days.length) == (date(2026, 10, 8), date(2026, 10, 14), 7)
    assert (span.workdays, span.minutes) == (4, 4 * 480)
    assert len(spans_of(leave, calendar(), OCTOBER, {})) == 2


def test_kinds_and_states_make_spans_of_their_own() -> None:
    leave = [*october(5, 6), *october(7, kind="sick"), *october(8), *october(9, status=1)]
    spans = spans_of(leave, calendar(), OCTOBER, {})
    assert [(span.absences[0].absence_definition_id, span.absences[0].status) for span in spans] == [
        ("leave", 2),
        ("sick", 2),
        ("leave", 2),
        ("leave", 1),
    ]


def test_other_leave_on_a_free_day_breaks_it_and_a_rejected_request_does_not() -> None:
    friday_to_monday = october(9, 12)
    assert len(spans_of([*friday_to_monday, *october(10, kind="sick")], calendar(), OCTOBER, {})) == 3
    with_rejected = spans_of([*friday_to_monday, *october(10, kind="sick", status=3)], calendar(), OCTOBER, {})
    assert told(with_rejected)[0] == ("2026-10-09", "2026-10-12", 2, 960)


def test_parts_and_fractions_of_days() -> None:
    half = {"is_partial": True, "partial_time_duration": 200}
    leave = [*october(5), *october(6, **half), *october(7, kind="half")]
    spans = spans_of(leave, calendar(), OCTOBER, {"half": Fraction(1, 2)})
    assert told(spans) == [("2026-10-05", "2026-10-06", 2, 680), ("2026-10-07", "2026-10-07", 1, 240)]
    odd = {day: DayPlan(455, is_workday=True) for day in calendar()}
    assert told(spans_of(october(7, kind="half"), odd, OCTOBER, {"half": Fraction(1, 2)}))[0][3] == 228
    two_halves = [*october(5, **half), *october(5, **{**half, "partial_time_duration": 280})]
    assert told(spans_of(two_halves, calendar(), OCTOBER, {})) == [("2026-10-05", "2026-10-05", 1, 480)]


def test_leave_that_goes_on_outside_the_period() -> None:
    before, after = absence(date(2026, 9, 30)), absence(date(2026, 11, 2))
    spans = spans_of([before, *october(1, 2, 15, 30), after], calendar(), OCTOBER, {})
    assert [(span.continues_before, span.continues_after) for span in spans] == [
        (True, False),
        (False, False),
        (False, True),
    ]
    assert told(spans)[0][:2] == ("2026-10-01", "2026-10-02")
    assert told(spans)[-1] == ("2026-10-30", "2026-10-30", 1, 480)
    assert spans_of([before, after], calendar(), OCTOBER, {}) == []
    (whole,) = spans_of(october(*range(1, 32)), calendar(), OCTOBER, {})
    assert (whole.continues_before, whole.continues_after) == (False, False)


def test_without_a_plan_the_calendar_decides_and_minutes_are_unknown() -> None:
    no_minutes = {day: DayPlan(None, plan.is_workday) for day, plan in calendar().items()}
    assert told(spans_of(october(9, 12), no_minutes, OCTOBER, {})) == [("2026-10-09", "2026-10-12", 2, None)]
    assert told(spans_of(october(9, 12), {}, OCTOBER, {})) == [("2026-10-09", "2026-10-12", 2, None)]


def test_over_the_end_of_a_year_and_of_summer_time() -> None:
    winter = Period(date(2026, 12, 1), date(2027, 1, 31))
    leave = [absence(day) for day in (date(2026, 12, 31), date(2027, 1, 4))]
    plans = {day: FREE if day.weekday() >= 5 or day == date(2027, 1, 1) else WORK for day in winter.days()}
    assert told(spans_of(leave, plans, winter, {})) == [("2026-12-31", "2027-01-04", 2, 960)]
    assert told(spans_of(october(23, 26), calendar(), OCTOBER, {})) == [("2026-10-23", "2026-10-26", 2, 960)]


FREE_DAYS = st.sets(st.integers(1, 31))
TAKEN = st.dictionaries(st.integers(1, 31), st.tuples(st.sampled_from("ab"), st.sampled_from([0, 1, 2])), max_size=20)


@given(free=FREE_DAYS, taken=TAKEN)
def test_every_day_is_in_one_span_and_spans_cannot_be_joined(free: set[int], taken: dict[int, tuple[str, int]]) -> None:
    plans = {day: FREE if day.day in free else WORK for day in OCTOBER.days()}
    leave = [absence(date(2026, 10, day), kind, status) for day, (kind, status) in taken.items()]
    spans = spans_of(leave, plans, OCTOBER, {})
    placed = sorted(one.day.day for span in spans for one in span.absences)
    assert placed == sorted(taken)
    for span in spans:
        inside = range(span.days.date_from.day, span.days.date_to.day + 1)
        kinds = {taken[day] for day in inside if day in taken and taken[day][1] != 1}
        own = (span.absences[0].absence_definition_id, span.absences[0].status)
        assert kinds <= {own}
        assert all(day in taken or day in free for day in inside)
        assert span.workdays == sum(taken.get(day) == own and day not in free for day in inside)
    for one, other in pairwise(spans):
        same = [(s.absences[0].absence_definition_id, s.absences[0].status) for s in (one, other)]
        between = range(one.days.date_to.day + 1, other.days.date_from.day)
        if same[0] == same[1]:
            assert any(day not in free or day in taken for day in between)


@pytest.mark.parametrize("count", [1, 5])
def test_the_order_of_the_records_does_not_matter(count: int) -> None:
    leave = october(*range(5, 5 + count))
    assert spans_of(reversed(leave), calendar(), OCTOBER, {}) == spans_of(leave, calendar(), OCTOBER, {})
