# SPDX-License-Identifier: Apache-2.0
"""Refuse employee-days and absences that contradict themselves: nothing tells which of two values is right."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from datetime import date, timedelta
from operator import attrgetter

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
_LOUD_VALUES = attrgetter(*NULL_IS_LOUD)
_DAILY_VALUES = attrgetter(*DAILY_FIELDS)

NO_DAYS, ONE_DAY = timedelta(), timedelta(days=1)
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
            day, those of all days on the day before or after, or times in another unit; names the user id and the date.
    """
    of_other_days: list[DailyCalculation] = []
    is_shifted = True
    for day in days:
        if day.is_calculation_valid is not False:
            _refuse_nulls(user_id, day, request)
        if day.accruals:
            _keep_each_counter_once(user_id, day, day.accruals, request)
        if not day.clockings:
            continue
        distances = {clocking.timestamp.date() - day.date for clocking in day.clockings}
        if any(abs(distance) > ONE_DAY for distance in distances):
            raise _contradiction(request, "a clocking of another day", user_id, day.date)
        # A night shift has a clocking of its own day, too.
        if NO_DAYS in distances:
            is_shifted = False
        else:
            of_other_days.append(day)
    if is_shifted and len(of_other_days) >= MIN_DAYS:
        problem = "clockings of another day on every day, as if the dates were those of another time zone,"
        raise _contradiction(request, problem, user_id, of_other_days[0].date)
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
    values = _LOUD_VALUES(summary)
    if None in values:
        field = list(NULL_IS_LOUD.values())[values.index(None)]
        raise _contradiction(request, f"{field} null", user_id, day.date)
    if day.accruals is None:
        raise _contradiction(request, "Accruals null", user_id, day.date)


def _keep_each_counter_once(
    user_id: str, day: DailyCalculation, accruals: Sequence[CalculationResult], request: str
) -> None:
    codes = {counter.calculation_result_type_code for counter in accruals if counter.value is not None}
    # Nearly always each counter has a value and stands once.
    if len(codes) == len(accruals):
        return
    seen: dict[object, CalculationResult] = {}
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
    if first := _first_if_all((day, _is_in_hours(day)) for day in valid):
        problem = "no field above 24 though clockings span hours, as if minutes were hours,"
        raise _contradiction(request, problem, user_id, first.date)
    for code, minutes_of in _SAME_IN_SUMMARY.items():
        answers = ((day, _is_in_another_unit(day.counter_minutes(code), minutes_of(day))) for day in valid)
        if first := _first_if_all(answers):
            raise _contradiction(request, f"counter {code} in another unit than the summary", user_id, first.date)


def _first_if_all(answers: Iterable[tuple[DailyCalculation, bool | None]]) -> DailyCalculation | None:
    """The first day whose answer is true, where at least MIN_DAYS are and none is false; None is no answer."""
    found: list[DailyCalculation] = []
    for day, answer in answers:
        if answer is False:
            return None
        if answer:
            found.append(day)
    return found[0] if len(found) >= MIN_DAYS else None


def _is_in_hours(day: DailyCalculation) -> bool | None:
    """Whether no minutes of a long day are above 24; None for a short day."""
    if _span(day) < MIN_SPAN:
        return None
    return max(abs(int(value or 0)) for value in _DAILY_VALUES(day.calculation_result_summary)) <= MAX_HOURS


def _is_in_another_unit(counter: int | None, minutes: int) -> bool | None:
    """Whether one of two values is 60 times the other; None where there is nothing to compare."""
    if counter is None or not (counter or minutes):
        return None
    return counter * MINUTES_OF_AN_HOUR == minutes or minutes * MINUTES_OF_AN_HOUR == counter


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
