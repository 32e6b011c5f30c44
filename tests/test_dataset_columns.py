# SPDX-License-Identifier: Apache-2.0
"""Each column of a dataset says what it is, and whether it may be empty is true of its rows."""

from __future__ import annotations

import re
from datetime import date

import pytest

from airflow_provider_allhours.client.decoding import LocalDateTime
from airflow_provider_allhours.client.models import (
    Absence,
    CalculationResult,
    Clocking,
    DailyCalculation,
    DailySummary,
    User,
)
from airflow_provider_allhours.columns import Row
from airflow_provider_allhours.flows.datasets.catalogue import DATASETS
from airflow_provider_allhours.periods import Period
from airflow_provider_allhours.rows import absence_row, clocking_row, counter_rows, span_row, timesheet_row, user_row

USER = User(id="u1")
DAY = date(2026, 10, 5)
MOMENT = LocalDateTime(2026, 10, 5)
ABSENCE = Absence(id="a1", user_id="u1", timestamp=MOMENT)
NO_MINUTES = dict.fromkeys(field for field in DailySummary.__struct_fields__ if field.endswith("_value"))
EMPTY_DAY = DailyCalculation(
    date=DAY, calculation_result_summary=DailySummary(**NO_MINUTES), accruals=[CalculationResult()]
)


def test_a_day_whose_lists_are_null_has_an_empty_row_and_no_counters() -> None:
    day = DailyCalculation(
        date=DAY, calculation_result_summary=DailySummary(**NO_MINUTES), accruals=None, absences=None, clockings=None
    )
    names = [column.name for column in DATASETS["timesheets"].columns]
    row = dict(zip(names, timesheet_row(USER, day), strict=True))
    assert {row[name] for name in ("planned_minutes", "first_clocking", "last_clocking", "absences")} == {None}
    assert list(counter_rows(USER, day)) == []


def bare_rows() -> dict[str, Row]:
    """Dataset -> a row of records that have nothing but what they must have."""
    return {
        "timesheets": timesheet_row(USER, EMPTY_DAY),
        "counters": next(counter_rows(USER, EMPTY_DAY)),
        "absences": absence_row(USER, ABSENCE, None),
        "absence_spans": span_row(
            USER,
            ABSENCE,
            None,
            days=Period(DAY, DAY),
            workdays=1,
            minutes=None,
            continues_before=False,
            continues_after=False,
        ),
        "clockings": clocking_row(USER, Clocking(timestamp=MOMENT)),
        "users": user_row(USER),
    }


@pytest.mark.parametrize("name", DATASETS)
def test_a_column_may_be_empty_where_a_bare_record_leaves_it_empty(name: str) -> None:
    columns, row = DATASETS[name].columns, bare_rows()[name]
    empty = {column.name for column, value in zip(columns, row, strict=True) if value in (None, "")}
    assert {column.name for column in columns if column.is_nullable} == empty


@pytest.mark.parametrize("name", DATASETS)
def test_each_column_has_one_sentence(name: str) -> None:
    for column in DATASETS[name].columns:
        assert re.fullmatch(r"[A-Z`](?:(?!\. ).)+\.", column.doc), column
