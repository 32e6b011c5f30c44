# SPDX-License-Identifier: Apache-2.0
"""Minutes of an employee-day: read from what was sent, refused where no day can have them."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from datetime import date
from itertools import pairwise
from operator import attrgetter

import msgspec

from airflow_provider_allhours.client.errors import AllHoursContractError
from airflow_provider_allhours.client.models import (
    DAILY_BALANCE_CODE,
    PLAN_CODE,
    PRESENCE_CODE,
    RUNNING_BALANCE_CODE,
    TIME_VALUE,
    Absence,
    CalculationResult,
    DailyCalculation,
)

MINUTES_OF_A_DAY = 1440

DAILY_FIELDS = {
    "daily_balance_value": "DailyBalanceValue",
    "daily_overtime_value": "DailyOvertimeValue",
    "paid_presence_value": "PaidPresenceValue",
    "paid_absence_value": "PaidAbsenceValue",
    "missing_presence_value": "MissingPresenceValue",
    "unpaid_presence_value": "UnpaidPresenceValue",
    "lunch_break_value": "LunchBreakValue",
}
RUNNING_FIELDS = {"running_balance_value": "RunningBalanceValue", "running_overtime_value": "RunningOvertimeValue"}

_DAILY_VALUES = attrgetter(*DAILY_FIELDS)
_RUNNING_VALUES = attrgetter(*RUNNING_FIELDS)

DAILY_CODES = frozenset({PLAN_CODE, DAILY_BALANCE_CODE, PRESENCE_CODE})
"""Counters that are known to hold the minutes of their day."""

_WHOLE = re.compile(r"[+-]?\d+")


class NotWholeMinutes(ValueError):
    """A value that is not a whole number of minutes; the message says what it looks like instead."""


def whole_minutes(sent: int | float | str) -> int:
    """Whole minutes from a JSON number or text.

    Raises:
        NotWholeMinutes: a number with a decimal point, ``hh:mm`` or any other text.
    """
    if isinstance(sent, int):
        return sent
    if isinstance(sent, float):
        raise NotWholeMinutes(f"{sent!r}, a number with a decimal point")
    text = sent.strip()
    if not _WHOLE.fullmatch(text):
        shape = "a text like hh:mm" if ":" in text else "a number with a decimal point" if "." in text else "a text"
        raise NotWholeMinutes(shape)
    return int(text)


def check_minutes(user_id: str, days: Sequence[DailyCalculation], *, request: str) -> None:
    """Replace minutes that were sent as text by numbers, and refuse what cannot be the minutes of a day.

    Args:
        user_id: whose days.
        days: the days of one response, in any order; changed in place.
        request: method and path template, for the message.

    Raises:
        AllHoursContractError: minutes that are not whole, or below -1,440 or above 1,440 in a field that is not a
            running balance; names the field, the user id and the date.
    """
    for day in days:
        summary = day.calculation_result_summary
        for field, attribute, value in zip(DAILY_FIELDS.values(), DAILY_FIELDS, _DAILY_VALUES(summary), strict=True):
            # The comparison of a text or a decimal number with integers must not pass for a check.
            if value is not None and not (type(value) is int and -MINUTES_OF_A_DAY <= value <= MINUTES_OF_A_DAY):
                minutes = _whole(value, field, user_id, day.date, request)
                _refuse_more_than_a_day(minutes, field, user_id, day.date, request)
                msgspec.structs.force_setattr(summary, attribute, minutes)
        for field, attribute, value in zip(
            RUNNING_FIELDS.values(), RUNNING_FIELDS, _RUNNING_VALUES(summary), strict=True
        ):
            if value is not None and type(value) is not int:
                msgspec.structs.force_setattr(summary, attribute, _whole(value, field, user_id, day.date, request))
    for day, counter, value in _long_counters(user_id, days, request):
        if not _is_running(counter, value, day, days):
            _refuse_more_than_a_day(
                value, f"counter {counter.calculation_result_type_code}", user_id, day.date, request
            )


def check_partial_minutes(absences: Sequence[Absence], *, request: str) -> None:
    """The same for the duration of absences of a part of a day.

    Raises:
        AllHoursContractError: names the field, the user id and the date.
    """
    for absence in absences:
        value = absence.partial_time_duration
        if value is not None and not (type(value) is int and 0 <= value <= MINUTES_OF_A_DAY):
            minutes = _whole(value, "PartialTimeDuration", absence.user_id, absence.day, request)
            _refuse_more_than_a_day(minutes, "PartialTimeDuration", absence.user_id, absence.day, request)
            msgspec.structs.force_setattr(absence, "partial_time_duration", minutes)


def _long_counters(
    user_id: str, days: Sequence[DailyCalculation], request: str
) -> Iterator[tuple[DailyCalculation, CalculationResult, int]]:
    """Counters of times that exceed a day."""
    for day in days:
        for counter in day.accruals or ():
            value = counter.value
            # Three digits are less than a day; nearly all counters are.
            if type(value) is str and len(value) <= 3 and value.isdecimal():
                continue
            if value is None or counter.value_type != TIME_VALUE:
                continue
            minutes = (
                int(value)
                if isinstance(value, str) and value.isdecimal()
                else _whole_counter(counter, value, user_id, day, request)
            )
            if not -MINUTES_OF_A_DAY <= minutes <= MINUTES_OF_A_DAY:
                yield day, counter, minutes


def _whole_counter(
    counter: CalculationResult, value: int | float | str, user_id: str, day: DailyCalculation, request: str
) -> int:
    return _whole(value, f"counter {counter.calculation_result_type_code}", user_id, day.date, request)


def _is_running(
    counter: CalculationResult, value: int, day: DailyCalculation, days: Sequence[DailyCalculation]
) -> bool:
    """Whether a counter sums up over days: a known one, or one that moves by at most a day from day to day."""
    code = counter.calculation_result_type_code
    if code in DAILY_CODES:
        return False
    summary = day.calculation_result_summary
    if code == RUNNING_BALANCE_CODE or value in (summary.running_balance_value, summary.running_overtime_value):
        return True
    series = [other.counter_minutes(code) for other in sorted(days, key=lambda other: other.date) if code is not None]
    known = [minutes for minutes in series if minutes is not None]
    return len(known) > 1 and all(abs(after - before) <= MINUTES_OF_A_DAY for before, after in pairwise(known))


def _whole(value: int | float | str, field: str, user_id: str, day: date, request: str) -> int:
    try:
        return whole_minutes(value)
    except NotWholeMinutes as error:
        raise AllHoursContractError(
            f"{request} answered {field} of user {user_id} on {day} as {error}, where whole minutes are due "
            "(`minutes` of the contract is for an account that sends another unit)"
        ) from None


def _refuse_more_than_a_day(minutes: int, field: str, user_id: str, day: date, request: str) -> None:
    if not -MINUTES_OF_A_DAY <= minutes <= MINUTES_OF_A_DAY:
        raise AllHoursContractError(
            f"{request} answered {minutes} minutes as {field} of user {user_id} on {day}; a day has at most "
            f"{MINUTES_OF_A_DAY} (`minutes` of the contract is for an account that sends another unit)"
        )
