# SPDX-License-Identifier: Apache-2.0
"""Published rows of every dataset: timesheets, counters, clockings, absences, users."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import wraps
from typing import ParamSpec

from airflow_provider_allhours.client.errors import AllHoursContractError
from airflow_provider_allhours.client.models import (
    PENDING,
    PLAN_CODE,
    REJECTED,
    Absence,
    AbsenceDefinition,
    Clocking,
    DailyCalculation,
    User,
    absence_status_name,
)
from airflow_provider_allhours.columns import Row
from airflow_provider_allhours.dataset_columns import USER_COLUMNS
from airflow_provider_allhours.periods import Period
from airflow_provider_allhours.texts import composed

Arguments = ParamSpec("Arguments")


def _in_nfc(make_row: Callable[Arguments, Row]) -> Callable[Arguments, Row]:
    """Give the texts of a row in NFC: All Hours keeps them as each user's keyboard composed them."""

    @wraps(make_row)
    def make(*args: Arguments.args, **kwargs: Arguments.kwargs) -> Row:
        row = make_row(*args, **kwargs)
        # Most rows are ASCII: this runs for each row of a whole company.
        for value in row:
            if type(value) is str and not value.isascii():
                return tuple([composed(value) if type(value) is str else value for value in row])
        return row

    return make


@_in_nfc
def timesheet_row(user: User, day: DailyCalculation) -> Row:
    """The row of one employee-day, in the order of :data:`TIMESHEET_COLUMNS`."""
    summary = day.calculation_result_summary
    clockings = [clocking.timestamp for clocking in day.clockings or ()]
    return (
        user.employee_id,
        user.id,
        user.first_name,
        user.last_name,
        user.email,
        day.date,
        day.counter_minutes(PLAN_CODE),
        summary.paid_presence_value,
        summary.paid_absence_value,
        summary.unpaid_presence_value,
        summary.missing_presence_value,
        summary.daily_overtime_value,
        summary.lunch_break_value,
        summary.daily_balance_value,
        summary.running_balance_value,
        min(clockings, default=None),
        max(clockings, default=None),
        booked_absences(user, day),
        len(day.missing_event_exceptions or ()),
        day.is_weekend,
        day.is_holiday,
        day.holiday_name,
        day.is_calculation_valid,
        day.daily_comment,
    )


def booked_absences(user: User, day: DailyCalculation) -> str | None:
    """Names of the day's absences, pending and rejected ones left out.

    Raises:
        AllHoursContractError: an absence of the day has no status, so nothing says whether it is taken, or it is taken
            and has no name.
    """
    names: list[str] = []
    for absence in day.absences or ():
        if absence.status is None:
            raise AllHoursContractError(
                f"an absence of user {user.id} on {day.date} has no Status, so nothing says whether it is taken"
            )
        if absence.status in (PENDING, REJECTED):
            continue
        name = absence.absence_definition_name or absence.name
        if not name:
            raise AllHoursContractError(f"an absence of user {user.id} on {day.date} has no name of its definition")
        names.append(name)
    return "; ".join(sorted(names)) or None


def counter_rows(user: User, day: DailyCalculation) -> Iterator[Row]:
    """The rows of one employee-day, in the order of :data:`COUNTER_COLUMNS`, by code and name."""
    accruals = sorted(
        day.accruals or (), key=lambda accrual: (accrual.calculation_result_type_code or 0, accrual.name or "")
    )
    for accrual in accruals:
        yield (
            user.employee_id,
            user.id,
            day.date,
            accrual.calculation_result_type_code,
            None if accrual.name is None else composed(accrual.name),
            accrual.value_type,
            accrual.as_sent,
            accrual.minutes,
        )


@_in_nfc
def clocking_row(user: User, clocking: Clocking) -> Row:
    """The row of one clocking, in the order of :data:`CLOCKING_COLUMNS`.

    That its status has the codes of an absence's is inferred; the origin is the vendor's own word for it, else its
    number.
    """
    return (
        user.employee_id,
        user.id,
        clocking.timestamp,
        clocking.clocking_definition_id,
        clocking.clocking_definition_name,
        None if clocking.status is None else absence_status_name(clocking.status),
        clocking.origin_display_name or (None if clocking.origin is None else str(clocking.origin)),
        clocking.comment,
    )


@_in_nfc
def absence_row(user: User, absence: Absence, definition: AbsenceDefinition | None) -> Row:
    """The row of one absence, in the order of :data:`ABSENCE_COLUMNS`."""
    is_partial = bool(absence.is_partial)
    integration_id = definition.integration_id if definition else None
    return (
        user.employee_id,
        user.id,
        user.first_name,
        user.last_name,
        user.email,
        absence.day,
        absence.id,
        absence.group_id,
        absence.absence_definition_id,
        absence.absence_definition_name or (definition.name if definition else None),
        None if integration_id is None else str(integration_id),
        absence.status_name,
        is_partial,
        absence.partial_time_from if is_partial else None,
        absence.partial_time_to if is_partial else None,
        absence.partial_time_duration if is_partial else None,
        absence.comment,
        absence.inserted_on,
        absence.modified_on,
    )


@_in_nfc
def span_row(
    user: User,
    absence: Absence,
    definition: AbsenceDefinition | None,
    *,
    days: Period,
    workdays: int,
    minutes: int | None,
    continues_before: bool,
    continues_after: bool,
) -> Row:
    """The row of unbroken leave, in the order of :data:`SPAN_COLUMNS`; ``absence`` is that of its first day."""
    integration_id = definition.integration_id if definition else None
    return (
        user.employee_id,
        user.id,
        user.first_name,
        user.last_name,
        absence.absence_definition_id,
        absence.absence_definition_name or (definition.name if definition else None),
        None if integration_id is None else str(integration_id),
        days.date_from,
        days.date_to,
        days.length,
        workdays,
        minutes,
        absence.status_name,
        continues_before,
        continues_after,
    )


@_in_nfc
def user_row(user: User) -> Row:
    """The row of one user, in the order of :data:`USER_COLUMNS`."""
    return tuple(
        user.employee_id or None if column.name == "custom_id" else getattr(user, column.name)
        for column in USER_COLUMNS
    )
