# SPDX-License-Identifier: Apache-2.0
"""Employee-days, clockings and the catalogues they refer to."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from airflow_provider_allhours.sandbox.account import Account
from airflow_provider_allhours.sandbox.answer import Answer, Call, bad_request, not_found
from airflow_provider_allhours.sandbox.handlers.requests import day_of, days_between, window_of
from airflow_provider_allhours.sandbox.people import Employee
from airflow_provider_allhours.sandbox.records.clockings import clocking_definition_records, clocking_record
from airflow_provider_allhours.sandbox.records.days import counter_type_records, day_record
from airflow_provider_allhours.sandbox.records.organization_units import organization_unit_records


def list_calculations(account: Account, call: Call) -> Answer:
    """The employee-days of one user; dateTo is inclusive, as a browser extension of the vendor's relied on."""
    user = account.company.user(call.identifier)
    if user is None:
        return not_found("User")
    try:
        first, last = window_of(call.query, account, is_inclusive=account.switches.calculations_end_inclusive)
    except ValueError as reason:
        return bad_request(reason)
    return Answer(200, {"DailyCalculations": _calculated_days(account, user, first, last)})


def list_clockings(account: Account, call: Call) -> Answer:
    """Everybody's clockings by Timestamp."""
    try:
        first, last = window_of(call.query, account, is_inclusive=account.switches.date_to_inclusive)
    except ValueError as reason:
        return bad_request(reason)
    clockings = [
        clocking_record(account, user, punch)
        for user in account.company.users()
        if user.is_time_attendance_user
        # A night shift of the day before ends inside the window.
        for day in days_between(max(first - timedelta(days=1), user.start or first), min(last, user.stop or last))
        for punch in account.company.punches(user, day)
        if first <= punch.moment.date() <= last
    ]
    return Answer(200, clockings)


def list_clocking_definitions(account: Account, call: Call) -> Answer:
    """Every clocking definition."""
    return Answer(200, clocking_definition_records(account))


def list_counter_types(account: Account, call: Call) -> Answer:
    """Every counter that employee-days have."""
    return Answer(200, counter_type_records(account))


def list_organization_units(account: Account, call: Call) -> Answer:
    """The company and its departments."""
    return Answer(200, organization_unit_records(account))


def _calculated_days(account: Account, user: Employee, first: date, last: date) -> list[dict[str, Any]]:
    shown = account.company.shown(user)
    if not shown["IsTimeAttendanceUser"]:
        return []
    start = day_of(shown["CalculationStartDate"]) or first
    stop = day_of(shown["CalculationStopDate"]) or last
    days = days_between(max(first, start), min(last, stop))
    return [day_record(account, account.company.worked_day(user, day)) for day in days]
