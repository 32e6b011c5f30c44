# SPDX-License-Identifier: Apache-2.0
"""Unbroken leave of a frozen person: days off join what is left of them and right of them, workdays do not."""

from __future__ import annotations

from typing import Any

import pytest

from airflow_provider_allhours.payroll.leave_spans import leave_spans
from airflow_provider_allhours.periods import Period
from tests.payroll.records import day, in_october, leave, person, records


def spans_of(*rows: Any) -> list[tuple[str, int, int]]:
    """Definition, first and last day of October of each span."""
    made = leave_spans(records(*rows, who=person(employee_id="7")))
    return [(span.definition, span.days.date_from.day, span.days.date_to.day) for span in made]


@pytest.mark.parametrize(
    ("between", "spans"),
    [
        # October 7th is a Wednesday.
        (day(7, 480), [("annual", 6, 6), ("annual", 8, 8)]),
        (day(7, 1), [("annual", 6, 6), ("annual", 8, 8)]),
        (day(7, 0), [("annual", 6, 8)]),
        (day(7, None), [("annual", 6, 6), ("annual", 8, 8)]),
        (day(7, None, is_holiday=True), [("annual", 6, 8)]),
        (day(7, None, is_weekend=True), [("annual", 6, 8)]),
    ],
)
def test_a_day_without_planned_work_joins_what_is_around_it(between: Any, spans: list[tuple[str, int, int]]) -> None:
    assert spans_of(leave(6), between, leave(8)) == spans


def test_a_saturday_with_planned_work_separates() -> None:
    """October 10th is one; the Sunday behind it is in nobody's records."""
    assert spans_of(leave(9), day(10, 300), leave(12)) == [("annual", 9, 9), ("annual", 12, 12)]
    assert spans_of(leave(9), leave(12)) == [("annual", 9, 12)]


def test_other_booked_leave_on_a_day_off_separates() -> None:
    assert spans_of(leave(9), leave(10, "sick"), leave(12)) == [("annual", 9, 9), ("annual", 12, 12), ("sick", 10, 10)]


def test_parts_of_days_and_leave_that_is_not_booked_are_no_spans() -> None:
    half = leave(6, partial_minutes=240)
    assert spans_of(half, leave(7), leave(8, status="pending"), leave(9, fraction=0.5)) == [("annual", 7, 7)]


def test_a_span_has_the_names_that_a_layout_may_know_it_by() -> None:
    (span,) = leave_spans(records(leave(6, integration_id="U"), who=person(employee_id="7")))
    assert span == ("7", "annual", ("ANNUAL", "U"), Period(in_october(6), in_october(6)))
