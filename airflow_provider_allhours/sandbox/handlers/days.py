# SPDX-License-Identifier: Apache-2.0
"""Employee-days, clockings and the catalogues they refer to."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from airflow_provider_allhours.sandbox.account import Account
from airflow_provider_allhours.sandbox.answer import Answer, Call, bad_request, not_found
from airflow_provider_allhours.sandbox.handlers.requests import day_of, days_between, window_of
from airflow_provider_allhours.sandbox.list_pages import MAX_PAGE_SIZE
from airflow_provider_allhours.sandbox.people import Employee
from airflow_provider_allhours.sandbox.profiles import PAGE_SIZE
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


def list_calculations_by_query(account: Account, call: Call) -> Answer:
    """The employee-days of the user ``userId`` in ``from`` to ``to``, which are dates without a time."""
    user = account.company.user(call.query.get("userid", ""))
    if user is None:
        return not_found("User")
    try:
        first, last = _date_window(account, call)
    except ValueError as reason:
        return bad_request(reason)
    return Answer(200, {"DailyCalculations": _calculated_days(account, user, first, last)})


def list_everybodys_calculations(account: Account, call: Call) -> Answer:
    """A page of people with their employee-days; whose the days are stands beside their list."""
    try:
        first, last = _date_window(account, call)
        page = max(1, int(call.query.get("page", "1")))
        size = max(1, min(int(call.query.get("pagesize", str(PAGE_SIZE))), MAX_PAGE_SIZE))
    except ValueError as reason:
        return bad_request(reason)
    people = [user for user in account.company.users() if _calculated_dates(account, user, first, last)]
    shown = [
        {
            "UserId": user.id,
            "FirstName": account.company.shown(user)["FirstName"],
            "LastName": account.company.shown(user)["LastName"],
            "DailyCalculations": [
                {name: value for name, value in day.items() if name != "UserId"}
                for day in _calculated_days(account, user, first, last)
            ],
        }
        for user in people[(page - 1) * size : page * size]
    ]
    return Answer(200, {"UserCalculations": shown, "TotalCount": len(people)})


def _date_window(account: Account, call: Call) -> tuple[date, date]:
    for name in ("from", "to"):
        date.fromisoformat(call.query.get(name, ""))
    is_inclusive = account.switches.calculations_end_inclusive
    return window_of(call.query, account, is_inclusive=is_inclusive, names=("from", "to"))


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
    days = _calculated_dates(account, user, first, last)
    return [day_record(account, account.company.worked_day(user, day)) for day in days]


def _calculated_dates(account: Account, user: Employee, first: date, last: date) -> list[date]:
    shown = account.company.shown(user)
    if not shown["IsTimeAttendanceUser"]:
        return []
    start = day_of(shown["CalculationStartDate"]) or first
    stop = day_of(shown["CalculationStopDate"]) or last
    return days_between(max(first, start), min(last, stop))
