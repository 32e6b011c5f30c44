# SPDX-License-Identifier: Apache-2.0
"""Employee-days and absences that contradict themselves."""

from __future__ import annotations

import json
from typing import Any

import pytest

from airflow_provider_allhours.client.calculations import parse_calculations
from airflow_provider_allhours.client.consistency import check_absences, check_days
from airflow_provider_allhours.client.decoding import decode
from airflow_provider_allhours.client.errors import AllHoursContractError
from airflow_provider_allhours.client.minutes import DAILY_FIELDS
from airflow_provider_allhours.client.models import Absence, DailyCalculation

SUMMARY = {**dict.fromkeys(DAILY_FIELDS.values(), 0), "RunningBalanceValue": 0}


def day(number: int = 5, *, valid: bool | None = True, summary: Any = None, **fields: Any) -> dict[str, Any]:
    return {
        "Date": f"2026-10-{number:02}",
        "CalculationResultSummary": {**SUMMARY, **(summary or {})},
        "IsCalculationValid": valid,
        **fields,
    }


def counter(code: int | None, value: Any, value_type: int = 1, name: str = "c") -> dict[str, Any]:
    return {"CalculationResultTypeCode": code, "ValueType": value_type, "Value": value, "Name": name}


def shift(number: int) -> list[dict[str, str]]:
    return [{"Timestamp": f"2026-10-{number:02}T{hour}:00:00"} for hour in ("08", "16")]


def checked(*days: dict[str, Any]) -> list[DailyCalculation]:
    page = parse_calculations(json.dumps(days).encode(), request="GET /x")
    check_days("u-17", page.days, request="GET /x")
    return page.days


@pytest.mark.parametrize("field", [*DAILY_FIELDS.values(), "RunningBalanceValue"])
def test_a_valid_day_has_minutes(field: str) -> None:
    with pytest.raises(AllHoursContractError, match=f"{field} null for user u-17 on 2026-10-05"):
        checked(day(summary={field: None}))
    checked(day(valid=False, summary={field: None}))


def test_a_valid_day_may_have_no_clockings_at_all() -> None:
    (read,) = checked(day(Clockings=None))
    assert read.clockings is None


def test_a_valid_day_has_counters() -> None:
    for accruals in (None, [counter(1, None)], [counter(57, None)]):
        with pytest.raises(AllHoursContractError, match="null for user u-17 on 2026-10-05"):
            checked(day(Accruals=accruals))
        checked(day(valid=False, Accruals=accruals))
    checked(day(Accruals=[]), day(6, Accruals=[counter(103, None, value_type=2)]))


def test_a_counter_that_comes_twice() -> None:
    (once,) = checked(day(Accruals=[counter(1, "480"), counter(57, "1"), counter(1, "480"), counter(57, "1")]))
    assert [accrual.calculation_result_type_code for accrual in once.accruals or ()] == [1, 57]
    for twice in ([counter(1, "480"), counter(1, "240", name="d")], [counter(57, "1"), counter(57, "2")]):
        with pytest.raises(AllHoursContractError, match="two values of counter"):
            checked(day(Accruals=twice))
    named = [counter(0, "1", name="a"), counter(0, "2", name="b"), counter(None, "3", name="c")]
    assert len(checked(day(Accruals=named))[0].accruals or ()) == 3


def test_clockings_of_another_day() -> None:
    checked(day(Clockings=[{"Timestamp": "2026-10-06T05:00:00"}, {"Timestamp": "2026-10-04T22:00:00"}]))
    with pytest.raises(AllHoursContractError, match="a clocking of another day for user u-17 on 2026-10-05"):
        checked(day(Clockings=[{"Timestamp": "2026-10-07T00:00:00"}]))


def test_clockings_of_the_day_after_on_every_day() -> None:
    """A server that sends the UTC date of local midnight, as a date without a time."""
    summary = {"PaidPresenceValue": 480}
    early = [day(number, summary=summary, Clockings=shift(number + 1)) for number in (5, 6, 7)]
    with pytest.raises(AllHoursContractError, match="clockings of another day on every day, .* u-17 on 2026-10-05"):
        checked(*early)
    checked(*early[:2])
    night = [{"Timestamp": "2026-10-08T22:00:00"}, {"Timestamp": "2026-10-09T06:00:00"}]
    checked(*early, day(8, summary=summary, Clockings=night))


def test_whole_numbers_that_are_hours() -> None:
    hours = {"PaidPresenceValue": 8, "LunchBreakValue": 1}
    with pytest.raises(AllHoursContractError, match="as if minutes were hours"):
        checked(*(day(number, summary=hours, Clockings=shift(number)) for number in (5, 6, 7)))
    checked(*(day(number, summary=hours, Clockings=shift(number)) for number in (5, 6)))
    checked(
        *(day(number, summary=hours, Clockings=shift(number)) for number in (5, 6, 7)),
        day(8, summary={"UnpaidPresenceValue": 480}, Clockings=shift(8)),
    )
    checked(*(day(number, summary={"PaidPresenceValue": 8}) for number in (5, 6, 7)))


@pytest.mark.parametrize(("code", "field"), [(33, "PaidPresenceValue"), (4, "DailyBalanceValue")])
@pytest.mark.parametrize(("counted", "summed"), [(8, 480), (480, 8)])
def test_counters_in_another_unit_than_the_summary(code: int, field: str, counted: int, summed: int) -> None:
    odd = [day(number, summary={field: summed}, Accruals=[counter(code, str(counted))]) for number in (5, 6, 7)]
    with pytest.raises(AllHoursContractError, match=f"counter {code} in another unit than the summary"):
        checked(*odd)
    checked(*odd, day(8, summary={field: 60}, Accruals=[counter(code, "60")]))
    checked(*odd[:2])


def absence(**fields: Any) -> Absence:
    sent = {
        "Id": "a-1", "UserId": "u-17", "Timestamp": "2026-10-05T00:00:00", "Status": 2, "IsPartial": True,
        "PartialTimeFrom": "2026-10-05T08:00:00", "PartialTimeTo": "2026-10-05T12:00:00", "PartialTimeDuration": 240,
        **fields,
    }  # fmt: skip
    return decode(json.dumps(sent).encode(), Absence, request="GET /x")


@pytest.mark.parametrize(
    ("fields", "problem"),
    [
        ({"PartialTimeDuration": None}, "not above 0"),
        ({"PartialTimeDuration": 0}, "not above 0"),
        ({"PartialTimeDuration": -240}, "not above 0"),
        ({"PartialTimeDuration": 4}, "in hours"),
        ({"PartialTimeDuration": 241}, "longer than the part"),
        ({"IsPartial": None}, "IsPartial null"),
        ({"IsPartial": None, "PartialTimeFrom": None}, "IsPartial null"),
        ({"PartialTimeTo": "2026-10-05T07:00:00"}, "does not end after its start"),
        ({"PartialTimeTo": "0001-01-01T00:00:00"}, "does not end after its start"),
        ({"PartialTimeFrom": "2026-10-04T08:00:00"}, "begins on another day"),
        ({"Timestamp": "2026-10-04T22:00:00"}, "begins on another day"),
    ],
)
def test_a_part_of_a_day_that_cannot_be_told(fields: dict[str, Any], problem: str) -> None:
    with pytest.raises(AllHoursContractError, match=problem) as caught:
        check_absences([absence(**fields)], request="GET /x")
    assert "for user u-17 on 2026-10-0" in str(caught.value)
    check_absences([absence(**fields, Status=3)], request="GET /x")


@pytest.mark.parametrize(
    "fields",
    [
        {},
        {"PartialTimeDuration": 210},
        {"PartialTimeFrom": None, "PartialTimeTo": None},
        {"PartialTimeFrom": None},
        {"PartialTimeTo": None},
        {"PartialTimeFrom": "2026-10-05T22:00:00", "PartialTimeTo": "2026-10-06T02:00:00"},
        {"IsPartial": False, "PartialTimeDuration": 0},
        {"IsPartial": None, "PartialTimeDuration": 0, "PartialTimeFrom": None, "PartialTimeTo": None},
    ],
)
def test_a_part_of_a_day(fields: dict[str, Any]) -> None:
    check_absences([absence(**fields)], request="GET /x")
