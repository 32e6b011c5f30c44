# SPDX-License-Identifier: Apache-2.0
"""The records ``Absence`` and ``AbsenceDefinition``."""

from __future__ import annotations

from typing import Any

from airflow_provider_allhours.sandbox.account import Account
from airflow_provider_allhours.sandbox.leave import Definition, Leave


def absence_record(account: Account, leave: Leave) -> dict[str, Any]:
    """An ``Absence``."""
    user = account.company.user_at(leave.user_index)
    definition = account.company.definition(leave.definition_id)
    shown = account.company.shown(user) if user else {"FirstName": None, "LastName": None}
    return {
        "Id": leave.id,
        "UserId": user.id if user else None,
        "GroupId": leave.group_id,
        "FirstName": shown["FirstName"],
        "MiddleName": None,
        "LastName": shown["LastName"],
        "Timestamp": account.moment(leave.day),
        "AbsenceDefinitionId": leave.definition_id,
        "AbsenceDefinitionName": definition.name if definition else None,
        "AbsenceDefinitionType": 0,
        "InsertedOn": account.moment(leave.inserted_on),
        "ModifiedOn": account.moment(leave.modified_on),
        "CreatedOn": account.moment(leave.inserted_on),
        "UpdatedOn": account.moment(leave.modified_on),
        "Origin": leave.origin,
        "OriginDisplayName": "Web",
        "Comment": leave.comment,
        "IsAuthentic": False,
        "IconId": "leave",
        "IconColor": "#88aacc",
        "IsCalculated": True,
        "Status": leave.status,
        "ApprovalRequest": {"Status": leave.status} if leave.status == 1 else None,
        "PartialTimeFrom": account.moment(leave.partial_from),
        "PartialTimeTo": account.moment(leave.partial_to),
        "PartialTimeDuration": account.minutes(leave.minutes),
        "IsPartial": leave.is_partial,
        "OverrideHolidayAbsence": leave.override_holiday,
        "IsModified": leave.modified_on is not None,
        "ModifiedByUser": None,
    }


def absence_definition_record(definition: Definition) -> dict[str, Any]:
    """An ``AbsenceDefinition``."""
    return {
        "Id": definition.id,
        "Name": definition.name,
        "IntegrationId": definition.integration_id,
        "Code": 0,
        "Type": 0,
        "IsAvailableForAdminsOnly": False,
        "CategoryDefinitionId": definition.id,
        "CategoryDefinitionName": definition.name,
        "Fraction": definition.fraction,
        "IconId": "leave",
        "IsActive": definition.is_active,
        "RestrictionType": 0,
        "TagId": None,
    }
