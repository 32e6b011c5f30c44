# SPDX-License-Identifier: Apache-2.0
"""One row per employee and day: the timesheet."""

from __future__ import annotations

from airflow_provider_allhours.client.records import PENDING, PLAN_CODE, REJECTED, DailyCalculation, User
from airflow_provider_allhours.columns import Column, Kind, Row

TIMESHEET_COLUMNS = (
    Column("employee_id", Kind.TEXT),
    Column("user_id", Kind.TEXT),
    Column("first_name", Kind.TEXT),
    Column("last_name", Kind.TEXT),
    Column("email", Kind.TEXT),
    Column("date", Kind.DATE),
    Column("planned_minutes", Kind.MINUTES),
    Column("paid_presence_minutes", Kind.MINUTES),
    Column("paid_absence_minutes", Kind.MINUTES),
    Column("unpaid_presence_minutes", Kind.MINUTES),
    Column("missing_presence_minutes", Kind.MINUTES),
    Column("overtime_minutes", Kind.MINUTES),
    Column("lunch_break_minutes", Kind.MINUTES),
    Column("balance_minutes", Kind.MINUTES),
    Column("running_balance_minutes", Kind.MINUTES),
    Column("first_clocking", Kind.DATETIME),
    Column("last_clocking", Kind.DATETIME),
    Column("absences", Kind.TEXT),
    Column("missing_events", Kind.INTEGER),
    Column("is_weekend", Kind.BOOLEAN),
    Column("is_holiday", Kind.BOOLEAN),
    Column("holiday_name", Kind.TEXT),
    Column("is_valid", Kind.BOOLEAN),
    Column("comment", Kind.TEXT),
)


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
        booked_absences(day),
        len(day.missing_event_exceptions or ()),
        day.is_weekend,
        day.is_holiday,
        day.holiday_name,
        day.is_calculation_valid,
        day.daily_comment,
    )


def booked_absences(day: DailyCalculation) -> str | None:
    """Names of the day's absences, pending and rejected ones left out."""
    names = [
        str(absence.absence_definition_name or absence.name or "")
        for absence in day.absences or ()
        if absence.status not in (PENDING, REJECTED)
    ]
    return "; ".join(sorted(name for name in names if name)) or None
