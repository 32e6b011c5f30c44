# SPDX-License-Identifier: Apache-2.0
"""The records that are looked for, and others that look alike, by their fields."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from airflow_provider_allhours.discovery.names import plain

COMMON_WEIGHT = 0.2
"""Weight of a field that records of any software have; one that is this vendor's own weighs 1."""


@dataclass(frozen=True)
class Reference:
    """A record as the vendor's third-party evidence describes it.

    Attributes:
        name: of the record.
        own: fields that hardly any other software has.
        common: fields that many records have.
        least: how many of ``own`` a schema must have.
        required: fields without which it is another record.
    """

    name: str
    own: tuple[str, ...]
    common: tuple[str, ...]
    least: int
    required: tuple[str, ...] = ()

    def score(self, names: Collection[str]) -> float:
        """How much of the record is among these plain names: 0 for too little, at most 1."""
        own = sum(plain(field) in names for field in self.own)
        if own < self.least or any(plain(field) not in names for field in self.required):
            return 0.0
        common = sum(plain(field) in names for field in self.common)
        most = len(self.own) + COMMON_WEIGHT * len(self.common)
        return (own + COMMON_WEIGHT * common) / most


SUMMARY_FIELDS = (
    "DailyBalanceValue",
    "RunningBalanceValue",
    "DailyOvertimeValue",
    "PaidPresenceValue",
    "PaidAbsenceValue",
    "MissingPresenceValue",
    "UnpaidPresenceValue",
    "LunchBreakValue",
)
"""Minutes of an employee-day; all of them are read."""

DAY = Reference(
    "UserDailyCalculation",
    (
        "CalculationResultSummary",
        "Accruals",
        "MissingEventExceptions",
        "IsCalculationValid",
        "DailyComment",
        "HolidayName",
        "IsHoliday",
        "IsWeekend",
        *SUMMARY_FIELDS,
    ),
    ("Date", "UserId", "Absences", "Clockings"),
    least=5,
)
COUNTER = Reference("CalculationResult", ("CalculationResultTypeCode", "ValueType"), ("Id", "Name", "Value"), least=1)
MISSING_EVENT = Reference("MissingEvent", ("Name", "Value"), (), least=2)
USER = Reference(
    "User",
    (
        "CustomId",
        "IsTimeAttendanceUser",
        "CalculationStartDate",
        "CalculationStopDate",
        "IsArchived",
        "HasUserAccount",
        "UserAccountId",
        "CustomField1",
        "CustomField10",
    ),
    ("Id", "FirstName", "LastName", "MiddleName", "FullName", "Email", "UserName", "PictureUri", "BirthDate"),
    least=3,
)
ABSENCE = Reference(
    "Absence",
    (
        "AbsenceDefinitionId",
        "AbsenceDefinitionName",
        "AbsenceDefinitionType",
        "PartialTimeFrom",
        "PartialTimeTo",
        "PartialTimeDuration",
        "IsPartial",
        "GroupId",
        "OverrideHolidayAbsence",
    ),
    ("Id", "UserId", "Timestamp", "Status", "Origin", "Comment", "InsertedOn", "ModifiedOn"),
    least=3,
)
ABSENCE_DEFINITION = Reference(
    "AbsenceDefinition",
    ("IntegrationId", "Fraction", "CategoryDefinitionId", "CategoryDefinitionName", "IsAvailableForAdminsOnly"),
    ("Id", "Name", "Code", "Type", "IsActive"),
    least=2,
)
CLOCKING = Reference(
    "Clocking",
    ("ClockingDefinitionId", "ClockingDefinitionName", "OriginalTimestamp", "ClockingPointId", "HasGeoLocation"),
    ("Id", "UserId", "Timestamp", "Status", "Origin", "OriginDisplayName", "IsAuthentic", "Comment", "InsertedOn"),
    least=1,
)
CLOCKING_DEFINITION = Reference(
    "ClockingDefinition",
    ("StartingCategoryDefinitionId", "AbsenceCategoryDefinitionId", "InClockingDefinitionId"),
    ("Id", "Name", "Code", "Type", "IsActive"),
    least=2,
)
COUNTER_TYPE = Reference(
    "CalculationResultType", ("ValueType", "Code", "Type"), ("Id", "Name"), least=3, required=("Id", "Name")
)
ORGANIZATION_UNIT = Reference(
    "OrganizationUnit",
    ("ParentOrganizationUnitId", "ParentOrganizationUnitName", "LeftSubTreeIndex", "RightSubTreeIndex", "HasChildren"),
    ("Id", "Name", "DisplayName"),
    least=2,
)

LOOKED_FOR = (
    DAY,
    USER,
    ABSENCE,
    ABSENCE_DEFINITION,
    CLOCKING,
    CLOCKING_DEFINITION,
    COUNTER_TYPE,
    ORGANIZATION_UNIT,
)

LOOK_ALIKES = (
    Reference(
        "Adjustment",
        (
            "AdjustmentDefinitionId",
            "AdjustmentDefinitionName",
            "AdjustmentDefinitionCode",
            "PartialTimeFrom",
            "GroupId",
        ),
        ("Id", "UserId", "Timestamp", "Value", "Status", "Comment"),
        least=2,
    ),
    Reference(
        "AdjustmentDefinition",
        ("CalculationResultTypeId", "CalculationResultTypeName", "CalculationResultTypeValueType"),
        ("Id", "Name", "Code", "Type", "IsActive"),
        least=1,
    ),
    Reference(
        "ApprovalRequest",
        ("PeriodStart", "PeriodEnd", "EventDefinitionId", "EventDefinitionName", "StatusSetByUserId", "PeriodOptions"),
        ("Id", "UserId", "Status", "PartialTimeFrom", "PartialTimeTo", "IsPartial"),
        least=2,
    ),
    Reference(
        "CategoryDefinition",
        ("PresenceStatus", "PaidTimeStatus", "Color"),
        ("Id", "Name", "Code", "IconId"),
        least=2,
    ),
)
"""Records of the vendor that share fields with those looked for, and are none of them."""


def best_reference(names: Collection[str]) -> Reference | None:
    """The record that a schema with these plain field names is; None where it is none that is looked for."""
    best = max((*LOOKED_FOR, *LOOK_ALIKES), key=lambda reference: reference.score(names))
    return best if best in LOOKED_FOR and best.score(names) > 0 else None
