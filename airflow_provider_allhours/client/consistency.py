# SPDX-License-Identifier: Apache-2.0
"""Refuse employee-days and absences that contradict themselves: nothing tells which of two values is right."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date, timedelta

import msgspec

from airflow_provider_allhours.client.errors import AllHoursContractError
from airflow_provider_allhours.client.minutes import DAILY_FIELDS, MINUTES_OF_A_DAY, RUNNING_FIELDS
from airflow_provider_allhours.client.models import (
    DAILY_BALANCE_CODE,
    PLAN_CODE,
    PRESENCE_CODE,
    REJECTED,
    RUNNING_BALANCE_CODE,
    TIME_VALUE,
    Absence,
    CalculationResult,
    DailyCalculation,
)

KNOWN_CODES = frozenset({PLAN_CODE, DAILY_BALANCE_CODE, RUNNING_BALANCE_CODE, PRESENCE_CODE})
NULL_IS_LOUD = {**DAILY_FIELDS, "running_balance_value": RUNNING_FIELDS["running_balance_value"]}

ONE_DAY = timedelta(days=1)
MINUTES_OF_AN_HOUR = 60
MAX_HOURS = 24
MIN_SPAN = timedelta(hours=3)
MIN_DAYS = 3
"""Days that have to agree before their unit is doubted: one odd day is no unit."""


def check_days(user_id: str, days: Sequence[DailyCalculation], *, request: str) -> None:
    """Refuse contradictory employee-days; drop counters that came twice.

    Args:
        user_id: whose days.
        days: the days of one response, whose minutes are whole; changed in place.
        request: method and path template, for the message.

    Raises:
        AllHoursContractError: a valid day without minutes or counters, a counter with two values, a clocking of another
            day, or times in another unit; names the user id and the date.
    """
    for day in days:
        if day.is_calculation_valid is not False:
            _refuse_nulls(user_id, day, request)
        if day.accruals:
            _keep_each_counter_once(user_id, day, request)
        for clocking in day.clockings or ():
            if abs(clocking.timestamp.date() - day.date) > ONE_DAY:
                raise _contradiction(request, "a clocking of another day", user_id, day.date)
    _refuse_hours(user_id, days, request)


def check_absences(absences: Sequence[Absence], *, request: str) -> None:
    """Refuse absences of a part of a day whose part cannot be told; rejected ones are nobody's concern.

    Args:
        absences: the absences of one response, whose durations are whole minutes.
        request: method and path template, for the message.

    Raises:
        AllHoursContractError: names the user id and the date.
    """
    for absence in absences:
        if absence.status != REJECTED and (problem := _problem_of_part(absence)):
            raise _contradiction(request, f"the absence {absence.id}, {problem},", absence.user_id, absence.day)


def _refuse_nulls(user_id: str, day: DailyCalculation, request: str) -> None:
    summary = day.calculation_result_summary
    for attribute, field in NULL_IS_LOUD.items():
        if getattr(summary, attribute) is None:
            raise _contradiction(request, f"{field} null", user_id, day.date)
    if day.accruals is None:
        raise _contradiction(request, "Accruals null", user_id, day.date)


def _keep_each_counter_once(user_id: str, day: DailyCalculation, request: str) -> None:
    seen: dict[object, CalculationResult] = {}
    accruals = day.accruals or ()
    for counter in accruals:
        code = counter.calculation_result_type_code
        if counter.value is None and counter.value_type == TIME_VALUE and day.is_calculation_valid is not False:
            raise _contradiction(request, f"counter {code} null", user_id, day.date)
        key = code if code in KNOWN_CODES else (code, counter.id, counter.name)
        first = seen.setdefault(key, counter)
        if first is not counter and (first.value_type, first.value) != (counter.value_type, counter.value):
            raise _contradiction(request, f"two values of counter {code}", user_id, day.date)
    if len(seen) < len(accruals):
        msgspec.structs.force_setattr(day, "accruals", tuple(seen.values()))


def _refuse_hours(user_id: str, days: Sequence[DailyCalculation], request: str) -> None:
    """Refuse whole numbers that are hours: of the whole day, or of the counters or the summary only."""
    valid = [day for day in days if day.is_calculation_valid is not False]
    long_days = [day for day in valid if _span(day) >= MIN_SPAN]
    if len(long_days) >= MIN_DAYS and all(_largest(day) <= MAX_HOURS for day in long_days):
        raise _contradiction(
            request,
            "no field above 24 though clockings span hours, as if minutes were hours,",
            user_id,
            long_days[0].date,
        )
    for code, minutes_of in _SAME_IN_SUMMARY.items():
        pairs = [(day, counter, minutes_of(day)) for day in valid if (counter := day.counter_minutes(code)) is not None]
        worked = [(day, counter, minutes) for day, counter, minutes in pairs if counter or minutes]
        if len(worked) >= MIN_DAYS and all(
            counter * MINUTES_OF_AN_HOUR == minutes or minutes * MINUTES_OF_AN_HOUR == counter
            for _, counter, minutes in worked
        ):
            raise _contradiction(
                request, f"counter {code} in another unit than the summary", user_id, worked[0][0].date
            )


def _minutes_of(attribute: str) -> Callable[[DailyCalculation], int]:
    return lambda day: int(getattr(day.calculation_result_summary, attribute) or 0)


_SAME_IN_SUMMARY = {
    PRESENCE_CODE: _minutes_of("paid_presence_value"),
    DAILY_BALANCE_CODE: _minutes_of("daily_balance_value"),
    RUNNING_BALANCE_CODE: _minutes_of("running_balance_value"),
}
"""Counters that repeat a field of the summary."""


def _span(day: DailyCalculation) -> timedelta:
    clockings = day.clockings or ()
    if len(clockings) < 2:
        return timedelta()
    moments = [clocking.timestamp for clocking in clockings]
    return max(moments) - min(moments)


def _largest(day: DailyCalculation) -> int:
    summary = day.calculation_result_summary
    return max(abs(int(getattr(summary, attribute) or 0)) for attribute in DAILY_FIELDS)


def _problem_of_part(absence: Absence) -> str | None:
    first, last, minutes = absence.partial_time_from, absence.partial_time_to, absence.partial_time_duration
    if absence.is_partial is None and (minutes or (first and last and first < last)):
        return "with a part and IsPartial null"
    if not absence.is_partial:
        return None
    if minutes is None or minutes <= 0:
        return "of a part of the day with a PartialTimeDuration that is not above 0"
    if first is None or last is None:
        return None
    if first.date() != absence.day:
        return "of a part of the day that begins on another day"
    if not timedelta() < last - first <= timedelta(minutes=MINUTES_OF_A_DAY):
        return "of a part of the day that does not end after its start"
    span = int((last - first).total_seconds() // 60)
    if minutes > span:
        return "of a part of the day with a PartialTimeDuration longer than the part"
    if minutes * MINUTES_OF_AN_HOUR == span:
        return "of a part of the day with a PartialTimeDuration in hours"
    return None


def _contradiction(request: str, problem: str, user_id: str, day: date) -> AllHoursContractError:
    return AllHoursContractError(
        f"{request} answered {problem} for user {user_id} on {day}; nothing tells what is right"
    )
