# SPDX-License-Identifier: Apache-2.0
"""The records of All Hours, as far as this provider reads or writes them.

Field names and types come from public client applications and a third party's copy of the vendor's Swagger; what is
known of each is in ``docs/evidence``. Every field but the identifying ones may be null or absent on the wire.
"""

from __future__ import annotations

from airflow_provider_allhours.client.models.absences import (
    ABSENCE_STATUS,
    PENDING,
    REJECTED,
    Absence,
    AbsenceDefinition,
    AbsenceDraft,
    BookedAbsence,
    absence_status_name,
)
from airflow_provider_allhours.client.models.clockings import (
    Clocking,
    ClockingDefinition,
    DayClocking,
)
from airflow_provider_allhours.client.models.days import (
    DAILY_BALANCE_CODE,
    PLAN_CODE,
    PRESENCE_CODE,
    RUNNING_BALANCE_CODE,
    TIME_VALUE,
    CalculationResult,
    CalculationResultType,
    DailyCalculation,
    DailySummary,
    MissingEvent,
)
from airflow_provider_allhours.client.models.users import (
    OrganizationUnit,
    User,
)

__all__ = [
    "ABSENCE_STATUS",
    "DAILY_BALANCE_CODE",
    "PENDING",
    "PLAN_CODE",
    "PRESENCE_CODE",
    "REJECTED",
    "RUNNING_BALANCE_CODE",
    "TIME_VALUE",
    "Absence",
    "AbsenceDefinition",
    "AbsenceDraft",
    "BookedAbsence",
    "CalculationResult",
    "CalculationResultType",
    "Clocking",
    "ClockingDefinition",
    "DailyCalculation",
    "DailySummary",
    "DayClocking",
    "MissingEvent",
    "OrganizationUnit",
    "User",
    "absence_status_name",
]
