# SPDX-License-Identifier: Apache-2.0
"""Minutes of employee-days: whole, and no more than a day has."""

from __future__ import annotations

import json
from typing import Any

import pytest

from airflow_provider_allhours.client.calculations import parse_calculations
from airflow_provider_allhours.client.decoding import decode
from airflow_provider_allhours.client.errors import AllHoursContractError
from airflow_provider_allhours.client.minutes import DAILY_FIELDS, RUNNING_FIELDS, check_minutes, check_partial_minutes
from airflow_provider_allhours.client.models import Absence, DailyCalculation

SUMMARY = dict.fromkeys([*DAILY_FIELDS.values(), *RUNNING_FIELDS.values()], 0)


def checked(*days: dict[str, Any]) -> list[DailyCalculation]:
    sent = [
        {
            "Date": f"2026-10-{number:02}",
            "CalculationResultSummary": {**SUMMARY, **day.get("summary", {})},
            "Accruals": day.get("accruals", []),
        }
        for number, day in enumerate(days, start=5)
    ]
    page = parse_calculations(json.dumps({"DailyCalculations": sent}).encode(), request="GET /x")
    check_minutes("u-17", page.days, request="GET /x")
    return page.days


def counter(code: int, value: Any, value_type: int | None = 1) -> dict[str, Any]:
    return {"CalculationResultTypeCode": code, "ValueType": value_type, "Value": value}


@pytest.mark.parametrize("field", SUMMARY)
def test_numbers_may_be_text(field: str) -> None:
    (day,) = checked({"summary": {field: " -480 "}})
    sent = {**DAILY_FIELDS, **RUNNING_FIELDS}
    attribute = next(attribute for attribute, name in sent.items() if name == field)
    value = getattr(day.calculation_result_summary, attribute)
    assert (value, type(value)) == (-480, int)


@pytest.mark.parametrize("field", SUMMARY)
@pytest.mark.parametrize("sent", [8.0, 8.5, "8.0", "08:00", "8,5", "n/a", "", 1e2])
def test_what_is_not_whole_minutes(field: str, sent: Any) -> None:
    with pytest.raises(AllHoursContractError, match=f"{field} of user u-17 on 2026-10-05") as caught:
        checked({"summary": {field: sent}})
    assert "n/a" not in str(caught.value)


@pytest.mark.parametrize("field", DAILY_FIELDS.values())
@pytest.mark.parametrize("sent", [1441, -1441, "1441", 28800])
def test_more_than_a_day_has(field: str, sent: Any) -> None:
    with pytest.raises(AllHoursContractError, match=f"minutes as {field} of user u-17 on 2026-10-05"):
        checked({"summary": {field: sent}})
    checked({"summary": {field: 1440}}, {"summary": {field: -1440}}, {"summary": {field: None}})


@pytest.mark.parametrize("field", RUNNING_FIELDS.values())
def test_running_balances_may_be_anything(field: str) -> None:
    checked({"summary": {field: 100_000}})


@pytest.mark.parametrize("code", [1, 4, 33, 57])
def test_counters_of_a_day(code: int) -> None:
    with pytest.raises(AllHoursContractError, match=f"28800 minutes as counter {code} of user u-17 on 2026-10-06"):
        checked({"accruals": [counter(code, "0")]}, {"accruals": [counter(code, "28800")]})


@pytest.mark.parametrize("value", ["8.0", 8.0, "08:00"])
def test_a_counter_of_a_time_in_another_unit(value: Any) -> None:
    with pytest.raises(AllHoursContractError, match="counter 1 of user u-17 on 2026-10-05"):
        checked({"accruals": [counter(1, value)]})
    checked({"accruals": [counter(1, value, value_type=2)]})


def test_counters_that_sum_up_over_days() -> None:
    """A balance that the account keeps as a counter of its own moves by at most a day from day to day."""
    checked({"accruals": [counter(57, "4000")]}, {"accruals": [counter(57, "4480")]})
    checked({"accruals": [counter(24, "4000")]})
    checked({"summary": {"RunningBalanceValue": 4000}, "accruals": [counter(57, "4000")]})
    with pytest.raises(AllHoursContractError, match="counter 57"):
        checked({"accruals": [counter(57, "4000")]})


def partial_minutes(sent: Any) -> int | None:
    """The duration of a part of a day, as it is read from a list of absences."""
    body = json.dumps([{"Id": "a", "UserId": "u-17", "Timestamp": "2026-10-05", "PartialTimeDuration": sent}])
    (absence,) = decode(body.encode(), list[Absence], request="GET /x")
    check_partial_minutes([absence], request="GET /x")
    return absence.partial_time_duration


@pytest.mark.parametrize(
    ("sent", "read"), [(None, None), (0, 0), (240, 240), (1440, 1440), (" 240 ", 240), ("1440", 1440), (-240, -240)]
)
def test_the_duration_of_a_part_of_a_day(sent: Any, read: int | None) -> None:
    value = partial_minutes(sent)
    assert (value, type(value)) == (read, type(read))


@pytest.mark.parametrize("sent", [4.5, "4.5", "04:00", "n/a", "", 1441, -1441, "1441"])
def test_the_duration_of_a_part_is_whole_minutes_of_a_day(sent: Any) -> None:
    with pytest.raises(AllHoursContractError, match="PartialTimeDuration of user u-17 on 2026-10-05"):
        partial_minutes(sent)
