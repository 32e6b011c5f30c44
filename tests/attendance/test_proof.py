# SPDX-License-Identifier: Apache-2.0
"""A list of absences or clockings held against the employee-days."""

from __future__ import annotations

import json
from datetime import date
from typing import Any

import pytest

from airflow_provider_allhours.attendance.proof import days_whose_absences_differ, days_whose_clockings_differ
from airflow_provider_allhours.attendance.roster import Employment
from airflow_provider_allhours.client.decoding import decode
from airflow_provider_allhours.client.minutes import DAILY_FIELDS
from airflow_provider_allhours.client.models import Absence, Clocking, DailyCalculation, User
from airflow_provider_allhours.periods import Period

FIRST, MIDDLE, LAST = date(2026, 10, 5), date(2026, 10, 6), date(2026, 10, 7)
EMPLOYMENT = Employment(User(id="u"), Period(FIRST, LAST))
SUMMARY = {**dict.fromkeys(DAILY_FIELDS.values(), 0), "RunningBalanceValue": 0}


def day(on: date, **fields: Any) -> DailyCalculation:
    sent = {"Date": on.isoformat(), "CalculationResultSummary": SUMMARY, **fields}
    return decode(json.dumps(sent).encode(), DailyCalculation, request="GET /x")


def clockings(*moments: str, **fields: Any) -> list[Clocking]:
    sent = [{"Timestamp": moment, "ClockingDefinitionId": "in", "Status": 0, **fields} for moment in moments]
    return decode(json.dumps(sent).encode(), list[Clocking], request="GET /x")


def shown(on: date, *moments: str, **fields: Any) -> DailyCalculation:
    return day(on, Clockings=[{"Timestamp": moment, "ClockingDefinitionId": "in", **fields} for moment in moments])


def absence(**fields: Any) -> Absence:
    sent = {
        "Id": "a",
        "UserId": "u",
        "Timestamp": MIDDLE.isoformat(),
        "AbsenceDefinitionId": "d",
        "Status": 2,
        **fields,
    }
    return decode(json.dumps(sent).encode(), Absence, request="GET /x")


def with_absence(**fields: Any) -> DailyCalculation:
    return day(MIDDLE, Absences=[{"Id": "a", "AbsenceDefinitionId": "d", "Status": 2, **fields}])


def test_the_last_clocking_of_a_night_stands_in_the_day_before() -> None:
    listed = clockings("2026-10-05T05:00:00", "2026-10-07T22:00:00")
    night = [shown(date(2026, 10, 4), "2026-10-05T05:00:00"), shown(LAST, "2026-10-07T22:00:00", "2026-10-08T06:00:00")]
    assert days_whose_clockings_differ(EMPLOYMENT, listed, night, True) == []
    assert days_whose_clockings_differ(EMPLOYMENT, listed, night[1:], True) == [FIRST]
    assert days_whose_clockings_differ(EMPLOYMENT, listed, night[1:], False) == []


@pytest.mark.parametrize("has_margin", [True, False])
def test_a_clocking_that_only_one_of_the_two_shows(has_margin: bool) -> None:
    moment = "2026-10-06T08:00:00"
    assert days_whose_clockings_differ(EMPLOYMENT, clockings(moment), [], has_margin) == [MIDDLE]
    assert days_whose_clockings_differ(EMPLOYMENT, [], [shown(MIDDLE, moment)], has_margin) == [MIDDLE]
    assert days_whose_clockings_differ(EMPLOYMENT, [], [shown(FIRST, "2026-10-05T08:00:00")], has_margin) == [FIRST]
    assert days_whose_clockings_differ(EMPLOYMENT, clockings(moment, Status=3), [], has_margin) == []


def test_seconds_are_compared_where_both_sides_have_them() -> None:
    listed = clockings("2026-10-06T08:00:37", "2026-10-06T16:00:05")
    minutes = [shown(MIDDLE, "2026-10-06T08:00:00", "2026-10-06T16:00:00")]
    others = [shown(MIDDLE, "2026-10-06T08:00:38", "2026-10-06T16:00:05")]
    assert days_whose_clockings_differ(EMPLOYMENT, listed, minutes, True) == []
    assert days_whose_clockings_differ(EMPLOYMENT, listed, others, True) == [MIDDLE]
    half, quarter = ("2026-10-06T08:00:00.5", "2026-10-06T08:00:00.25")
    assert days_whose_clockings_differ(EMPLOYMENT, clockings(half), [shown(MIDDLE, quarter)], True) == [MIDDLE]
    assert days_whose_clockings_differ(EMPLOYMENT, clockings(half), [shown(MIDDLE, half)], True) == []


def test_definitions_of_clockings_are_compared_where_all_have_one() -> None:
    listed, moment = clockings("2026-10-06T08:00:00"), "2026-10-06T08:00:00"
    assert days_whose_clockings_differ(EMPLOYMENT, listed, [shown(MIDDLE, moment, ClockingDefinitionId="out")], True)
    assert not days_whose_clockings_differ(EMPLOYMENT, listed, [shown(MIDDLE, moment, ClockingDefinitionId=None)], True)


@pytest.mark.parametrize(
    ("listed", "in_day"),
    [
        ({"Status": 3}, {}),
        ({}, {"Status": 1}),
        ({}, {"AbsenceDefinitionId": "other"}),
        ({"IsPartial": True, "PartialTimeDuration": 120}, {"IsPartial": True, "PartialTimeDuration": 240}),
        ({"IsPartial": True, "PartialTimeDuration": 120}, {"IsPartial": False}),
        ({"Id": "b"}, {}),
        ({}, {"Id": None, "AbsenceDefinitionId": "other"}),
    ],
)
def test_two_accounts_of_an_absence_that_differ(listed: dict[str, Any], in_day: dict[str, Any]) -> None:
    assert days_whose_absences_differ(EMPLOYMENT, [absence(**listed)], [with_absence(**in_day)]) == [MIDDLE]


@pytest.mark.parametrize(
    ("listed", "in_day"),
    [
        ({}, {}),
        ({}, {"Status": None}),
        ({"Status": 0}, {"Status": 4}),
        ({}, {"AbsenceDefinitionId": None}),
        ({}, {"Id": None}),
        ({"IsPartial": True, "PartialTimeDuration": 120}, {"IsPartial": True, "PartialTimeDuration": "120"}),
        ({"IsPartial": True, "PartialTimeDuration": 120}, {}),
    ],
)
def test_two_accounts_of_an_absence_that_agree(listed: dict[str, Any], in_day: dict[str, Any]) -> None:
    assert days_whose_absences_differ(EMPLOYMENT, [absence(**listed)], [with_absence(**in_day)]) == []


def test_an_absence_that_is_not_booked_need_not_stand_in_the_day() -> None:
    assert days_whose_absences_differ(EMPLOYMENT, [absence(Status=1)], [day(MIDDLE)]) == []
    assert days_whose_absences_differ(EMPLOYMENT, [absence()], [day(MIDDLE)]) == [MIDDLE]
