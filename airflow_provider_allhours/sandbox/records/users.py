# SPDX-License-Identifier: Apache-2.0
"""The record ``User``."""

from __future__ import annotations

from typing import Any

from airflow_provider_allhours.sandbox.account import Account
from airflow_provider_allhours.sandbox.people import Employee


def user_record(account: Account, user: Employee) -> dict[str, Any]:
    """A ``User``."""
    shown = {
        "Id": user.id,
        "FirstName": user.first_name,
        "LastName": user.last_name,
        "MiddleName": None,
        "FullName": f"{user.first_name} {user.last_name}",
        "BirthDate": None,
        "Address": None,
        "City": None,
        "State": None,
        "Phone": None,
        "Mobile": None,
        "Email": user.email or None,
        "Gender": "",
        "PictureUri": None,
        "CustomId": user.custom_id,
        **{f"CustomField{number}": None for number in range(1, 11)},
        "IsTimeAttendanceUser": user.is_time_attendance_user,
        "IsArchived": user.is_archived,
        "HasUserAccount": True,
        "UserAccountId": None,
        "UserName": user.email or None,
        "CalculationStartDate": account.moment(user.start),
        "CalculationStopDate": account.moment(user.stop),
        "HasAssignedPin": False,
        "CalculationLockDate": None,
        "EventLockDate": None,
        "CreatedOn": account.moment(account.company.first_day),
        "UpdatedOn": None,
    }
    changes = account.company.user_fields.get(user.id, {})
    return shown | {key: value for key, value in changes.items() if key in shown}
