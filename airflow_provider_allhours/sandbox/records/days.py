# SPDX-License-Identifier: Apache-2.0
"""The records ``UserDailyCalculation``, ``CalculationResult`` and ``CalculationResultType``."""

from __future__ import annotations

from typing import Any

from airflow_provider_allhours.sandbox.account import Account
from airflow_provider_allhours.sandbox.company import WorkedDay
from airflow_provider_allhours.sandbox.holidays import holiday_name
from airflow_provider_allhours.sandbox.identifiers import OTHER, guid
from airflow_provider_allhours.sandbox.people import NIGHT
from airflow_provider_allhours.sandbox.records.absences import absence_record
from airflow_provider_allhours.sandbox.records.clockings import clocking_record

MINUTES, COUNT = 1, 2
"""Value types of counters."""

COUNTERS = (
    (1, "Planned time", MINUTES),
    (4, "Daily balance", MINUTES),
    (24, "Running balance", MINUTES),
    (33, "Paid presence", MINUTES),
    (101, "Saturday hours", MINUTES),
    (102, "Night hours", MINUTES),
    (103, "Meals", COUNT),
)
"""Code, name and value type of the account's daily counters."""


def day_record(account: Account, worked: WorkedDay) -> dict[str, Any]:
    """A ``UserDailyCalculation``."""
    user, day, minutes = worked.employee, worked.day, worked.minutes
    shown = account.company.shown(user)
    start, stop = shown["CalculationStartDate"], shown["CalculationStopDate"]
    return {
        "UserId": user.id,
        "FirstName": shown["FirstName"],
        "MiddleName": None,
        "LastName": shown["LastName"],
        "UserName": shown["Email"],
        "Date": account.day(day),
        "DailyComment": worked.comment,
        "ShiftStartMarkers": [],
        "CalculationResultSegments": [],
        "PlannedPresenceSegments": [],
        "Exceptions": [],
        "Accruals": _accruals(account, worked),
        "Categories": [],
        "CalculationResultSummary": {
            "DailyBalanceValue": account.minutes(minutes.balance),
            "RunningBalanceValue": account.minutes(worked.running_balance),
            "DailyOvertimeValue": account.minutes(minutes.overtime),
            "RunningOvertimeValue": account.minutes(0),
            "PaidPresenceValue": account.minutes(minutes.paid_presence),
            "PaidAbsenceValue": account.minutes(minutes.paid_absence),
            "MissingPresenceValue": account.minutes(minutes.missing_presence),
            "UnpaidPresenceValue": account.minutes(minutes.unpaid_presence),
            "LunchBreakValue": account.minutes(minutes.lunch),
            "LunchBreakCountValue": account.count(1 if minutes.lunch else 0),
        },
        "Absences": [absence_record(account, leave) for leave in worked.leave],
        "Adjustments": [],
        "Clockings": [clocking_record(account, user, punch) for punch in worked.punches],
        "MissingEventExceptions": [{"Name": "Missing departure", "Value": account.moment(day)}]
        if worked.has_missing_event
        else [],
        "IsCalculationValid": worked.is_valid,
        "PrevalentCategory": None,
        "IsHoliday": holiday_name(day) is not None,
        "IsWeekend": day.weekday() >= 5,
        "HolidayName": holiday_name(day),
        "TimePolicy": None,
        "IsPriorCalculationStartDate": bool(start) and day.isoformat() < str(start)[:10],
        "IsAfterCalculationEndDate": bool(stop) and day.isoformat() > str(stop)[:10],
        "UsingGlobalTimeRules": True,
    }


def _accruals(account: Account, worked: WorkedDay) -> list[dict[str, Any]]:
    minutes, day = worked.minutes, worked.day
    values = {
        1: minutes.planned,
        4: minutes.balance,
        24: worked.running_balance,
        33: minutes.paid_presence,
        101: minutes.paid_presence if day.weekday() == 5 else 0,
        102: minutes.paid_presence if worked.employee.shift == NIGHT else 0,
        103: 1 if minutes.paid_presence >= 240 else 0,
    }
    return [
        {
            "Id": guid(OTHER, account.company.seed, code),
            "Name": name,
            "ValueType": value_type,
            "Value": str(account.minutes(values[code]) if value_type == MINUTES else values[code]),
            "CalculationResultTypeCode": code,
        }
        for code, name, value_type in COUNTERS
    ]


def counter_type_records(account: Account) -> list[dict[str, Any]]:
    """Every ``CalculationResultType``."""
    return [
        {
            "Id": guid(OTHER, account.company.seed, code),
            "Name": name,
            "Type": 0,
            "ValueType": value_type,
            "Code": code,
        }
        for code, name, value_type in COUNTERS
    ]
