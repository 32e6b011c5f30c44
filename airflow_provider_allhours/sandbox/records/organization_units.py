# SPDX-License-Identifier: Apache-2.0
"""The record ``OrganizationUnit``."""

from __future__ import annotations

from typing import Any

from airflow_provider_allhours.sandbox.account import Account
from airflow_provider_allhours.sandbox.identifiers import OTHER, guid

UNITS = ("Company", "Production", "Office", "Warehouse")


def organization_unit_records(account: Account) -> list[dict[str, Any]]:
    """Every ``OrganizationUnit``: a root and its departments."""
    root = guid(OTHER, account.company.seed, 1000)
    return [
        {
            "Id": guid(OTHER, account.company.seed, 1000 + number),
            "Name": name,
            "ParentOrganizationUnitId": root if number else None,
            "ParentOrganizationUnitName": UNITS[0] if number else None,
            "LeftSubTreeIndex": 2 * number if number else 1,
            "RightSubTreeIndex": 2 * number + 1 if number else 2 * len(UNITS),
            "HasChildren": number == 0,
            "LocalizedName": name,
            "DisplayName": name,
        }
        for number, name in enumerate(UNITS)
    ]
