# SPDX-License-Identifier: Apache-2.0
"""Records as All Hours spells them: PascalCase, GUIDs, zone-less time stamps with up to seven digits."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from airflow_provider_allhours.sandbox.company import Company, WorkedDay
from airflow_provider_allhours.sandbox.holidays import holiday_name
from airflow_provider_allhours.sandbox.identifiers import CLOCKING, DEFINITION, OTHER, guid
from airflow_provider_allhours.sandbox.leave import Definition, Leave
from airflow_provider_allhours.sandbox.people import NIGHT, Employee
from airflow_provider_allhours.sandbox.shifts import Punch
from airflow_provider_allhours.sandbox.switches import Switches

CLOCKING_KINDS = ("Arrival", "Departure", "Lunch break", "Start work from home", "Business departure")
COUNTERS = (
    (1, "Planned time", 1),
    (4, "Daily balance", 1),
    (24, "Running balance", 1),
    (33, "Paid presence", 1),
    (101, "Saturday hours", 1),
    (102, "Night hours", 1),
    (103, "Meals", 2),
)
"""Code, name and value type (1 = minutes, 2 = a count) of the account's daily counters."""

UNITS = ("Company", "Production", "Office", "Warehouse")


class Shapes:
    """Turns the company's values into the JSON of one tenant.

    Args:
        company: whose values.
        switches: how this tenant spells.
    """

    def __init__(self, company: Company, switches: Switches) -> None:
        self._company = company
        self._switches = switches

    def moment(self, value: datetime | date | None) -> str | None:
        """A date-time in the tenant's style."""
        if value is None:
            return None
        if not isinstance(value, datetime):
            value = datetime(value.year, value.month, value.day)  # noqa: DTZ001 -- company-local
        text = value.isoformat(timespec="seconds")
        style = self._switches.timestamp_style
        if style == "fraction":
            return f"{text}.{value.microsecond:06d}7" if value.microsecond else text
        if style == "offset":
            return value.replace(tzinfo=self._company.zone).isoformat(timespec="seconds")
        return text + "Z" if style == "zulu" else text

    def number(self, value: int) -> int | str:
        """A number in the tenant's style."""
        return str(value) if self._switches.numbers_as_text else value

    def user(self, user: Employee) -> dict[str, Any]:
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
            "CalculationStartDate": self.moment(user.start),
            "CalculationStopDate": self.moment(user.stop),
            "HasAssignedPin": False,
            "CalculationLockDate": None,
            "EventLockDate": None,
            "CreatedOn": self.moment(self._company.first_day),
            "UpdatedOn": None,
        }
        changes = self._company.user_fields.get(user.id, {})
        return self._named("User", shown | {key: value for key, value in changes.items() if key in shown})

    def definition(self, definition: Definition) -> dict[str, Any]:
        """An ``AbsenceDefinition``."""
        return self._named(
            "AbsenceDefinition",
            {
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
            },
        )

    def leave(self, leave: Leave) -> dict[str, Any]:
        """An ``Absence``."""
        user = self._company.user_at(leave.user_index)
        definition = self._company.definition(leave.definition_id)
        shown = self._company.shown(user) if user else {"FirstName": None, "LastName": None}
        return self._named(
            "Absence",
            {
                "Id": leave.id,
                "UserId": user.id if user else None,
                "GroupId": leave.group_id,
                "FirstName": shown["FirstName"],
                "MiddleName": None,
                "LastName": shown["LastName"],
                "Timestamp": self.moment(leave.day),
                "AbsenceDefinitionId": leave.definition_id,
                "AbsenceDefinitionName": definition.name if definition else None,
                "AbsenceDefinitionType": 0,
                "InsertedOn": self.moment(leave.inserted_on),
                "ModifiedOn": self.moment(leave.modified_on),
                "CreatedOn": self.moment(leave.inserted_on),
                "UpdatedOn": self.moment(leave.modified_on),
                "Origin": leave.origin,
                "OriginDisplayName": "Web",
                "Comment": leave.comment,
                "IsAuthentic": False,
                "IconId": "leave",
                "IconColor": "#88aacc",
                "IsCalculated": True,
                "Status": leave.status,
                "ApprovalRequest": {"Status": leave.status} if leave.status == 1 else None,
                "PartialTimeFrom": self.moment(leave.partial_from),
                "PartialTimeTo": self.moment(leave.partial_to),
                "PartialTimeDuration": self.number(leave.minutes),
                "IsPartial": leave.is_partial,
                "OverrideHolidayAbsence": leave.override_holiday,
                "IsModified": leave.modified_on is not None,
                "ModifiedByUser": None,
            },
        )

    def clocking(self, user: Employee, punch: Punch) -> dict[str, Any]:
        """A ``Clocking``."""
        shown = self._company.shown(user)
        stamp = self.moment(punch.moment)
        kind = guid(DEFINITION, self._company.seed, 100 + CLOCKING_KINDS.index(punch.definition))
        return self._named(
            "Clocking",
            {
                "Id": guid(CLOCKING, self._company.seed, user.index, int(punch.moment.timestamp()) & ((1 << 56) - 1)),
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
            },
        )

    def clocking_definitions(self) -> list[dict[str, Any]]:
        """Every ``ClockingDefinition``."""
        return [
            self._named(
                "ClockingDefinition",
                {
                    "Id": guid(DEFINITION, self._company.seed, 100 + number),
                    "Name": name,
                    "Type": number,
                    "Code": number,
                    "IsActive": True,
                },
            )
            for number, name in enumerate(CLOCKING_KINDS)
        ]

    def counters(self) -> list[dict[str, Any]]:
        """Every ``CalculationResultType``."""
        return [
            self._named(
                "CalculationResultType",
                {
                    "Id": guid(OTHER, self._company.seed, code),
                    "Name": name,
                    "Type": 0,
                    "ValueType": value_type,
                    "Code": code,
                },
            )
            for code, name, value_type in COUNTERS
        ]

    def organization_units(self) -> list[dict[str, Any]]:
        """Every ``OrganizationUnit``: a root and its departments."""
        root = guid(OTHER, self._company.seed, 1000)
        return [
            self._named(
                "OrganizationUnit",
                {
                    "Id": guid(OTHER, self._company.seed, 1000 + number),
                    "Name": name,
                    "ParentOrganizationUnitId": root if number else None,
                    "ParentOrganizationUnitName": UNITS[0] if number else None,
                    "LeftSubTreeIndex": 2 * number if number else 1,
                    "RightSubTreeIndex": 2 * number + 1 if number else 2 * len(UNITS),
                    "HasChildren": number == 0,
                    "LocalizedName": name,
                    "DisplayName": name,
                },
            )
            for number, name in enumerate(UNITS)
        ]

    def day(self, worked: WorkedDay) -> dict[str, Any]:
        """A ``UserDailyCalculation``."""
        user, day, minutes = worked.employee, worked.day, worked.minutes
        shown = self._company.shown(user)
        start, stop = shown["CalculationStartDate"], shown["CalculationStopDate"]
        return self._named(
            "UserDailyCalculation",
            {
                "UserId": user.id,
                "FirstName": shown["FirstName"],
                "MiddleName": None,
                "LastName": shown["LastName"],
                "UserName": shown["Email"],
                "Date": day.isoformat(),
                "DailyComment": worked.comment,
                "ShiftStartMarkers": [],
                "CalculationResultSegments": [],
                "PlannedPresenceSegments": [],
                "Exceptions": [],
                "Accruals": self._accruals(worked),
                "Categories": [],
                "CalculationResultSummary": self._named(
                    "DailySummary",
                    {
                        "DailyBalanceValue": self.number(minutes.balance),
                        "RunningBalanceValue": self.number(worked.running_balance),
                        "DailyOvertimeValue": self.number(minutes.overtime),
                        "RunningOvertimeValue": self.number(0),
                        "PaidPresenceValue": self.number(minutes.paid_presence),
                        "PaidAbsenceValue": self.number(minutes.paid_absence),
                        "MissingPresenceValue": self.number(minutes.missing_presence),
                        "UnpaidPresenceValue": self.number(minutes.unpaid_presence),
                        "LunchBreakValue": self.number(minutes.lunch),
                        "LunchBreakCountValue": self.number(1 if minutes.lunch else 0),
                    },
                ),
                "Absences": [self.leave(leave) for leave in worked.leave],
                "Adjustments": [],
                "Clockings": [self.clocking(user, punch) for punch in worked.punches],
                "MissingEventExceptions": [{"Name": "Missing departure", "Value": self.moment(day)}]
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
            },
        )

    def _accruals(self, worked: WorkedDay) -> list[dict[str, Any]]:
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
            self._named(
                "CalculationResult",
                {
                    "Id": guid(OTHER, self._company.seed, code),
                    "Name": name,
                    "ValueType": value_type,
                    "Value": str(values[code]),
                    "CalculationResultTypeCode": code,
                },
            )
            for code, name, value_type in COUNTERS
        ]

    def _named(self, record: str, fields: dict[str, Any]) -> dict[str, Any]:
        """The record, with the fields that this tenant spells differently renamed."""
        renamed = self._switches.renamed_fields
        if not renamed:
            return fields
        return {renamed.get(f"{record}.{name}", name): value for name, value in fields.items()}
