# SPDX-License-Identifier: Apache-2.0
"""The records ``Clocking`` and ``ClockingDefinition``."""

from __future__ import annotations

from typing import Any

from airflow_provider_allhours.sandbox.account import Account
from airflow_provider_allhours.sandbox.identifiers import CLOCKING, DEFINITION, guid
from airflow_provider_allhours.sandbox.people import Employee
from airflow_provider_allhours.sandbox.shifts import Punch

CLOCKING_KINDS = ("Arrival", "Departure", "Lunch break", "Start work from home", "Business departure")


def clocking_record(account: Account, user: Employee, punch: Punch) -> dict[str, Any]:
    """A ``Clocking``."""
    shown = account.company.shown(user)
    stamp = account.moment(punch.moment)
    number = CLOCKING_KINDS.index(punch.definition)
    kind = guid(DEFINITION, account.company.seed, 100 + number)
    # Somebody may arrive and leave within one minute.
    moment_and_kind = number << 48 | int(punch.moment.timestamp()) & ((1 << 48) - 1)
    return {
        "Id": guid(CLOCKING, account.company.seed, user.index, moment_and_kind),
        "Timestamp": stamp,
        "OriginalTimestamp": stamp,
        "IsAuthentic": True,
        "Comment": None,
        "Origin": 0,
        "OriginDisplayName": "TimeClock",
        "Status": 0,
        "InsertedOn": stamp,
        "IsModified": False,
        "ModifiedByUser": None,
        "ModifiedOn": None,
        "UserId": user.id,
        "FirstName": shown["FirstName"],
        "MiddleName": None,
        "LastName": shown["LastName"],
        "ClockingDefinitionId": kind,
        "ClockingDefinitionName": punch.definition,
    }


def clocking_definition_records(account: Account) -> list[dict[str, Any]]:
    """Every ``ClockingDefinition``."""
    return [
        {
            "Id": guid(DEFINITION, account.company.seed, 100 + number),
            "Name": name,
            "Type": number,
            "Code": number,
            "IsActive": True,
        }
        for number, name in enumerate(CLOCKING_KINDS)
    ]
