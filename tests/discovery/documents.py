# SPDX-License-Identifier: Apache-2.0
"""OpenAPI documents in other styles than the sandbox's, put together from the vendor's field names."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

Json = dict[str, Any]

TEXT: Json = {"type": "string"}
GUID: Json = {"type": "string", "format": "uuid"}
MOMENT: Json = {"type": "string", "format": "date-time"}
DAY: Json = {"type": "string", "format": "date"}
WHOLE: Json = {"type": "integer", "format": "int32"}
FLAG: Json = {"type": "boolean"}

USER: Json = {
    "Id": GUID,
    "FirstName": TEXT,
    "LastName": TEXT,
    "Email": TEXT,
    "CustomId": TEXT,
    "IsTimeAttendanceUser": FLAG,
    "IsArchived": FLAG,
    "CalculationStartDate": MOMENT,
    "CalculationStopDate": MOMENT,
}
DEFINITION: Json = {
    "Id": GUID,
    "Name": TEXT,
    "IntegrationId": WHOLE,
    "Fraction": {"type": "number"},
    "CategoryDefinitionId": GUID,
    "IsActive": FLAG,
}
ABSENCE: Json = {
    "Id": GUID,
    "UserId": GUID,
    "GroupId": GUID,
    "Timestamp": MOMENT,
    "AbsenceDefinitionId": GUID,
    "AbsenceDefinitionName": TEXT,
    "Status": WHOLE,
    "IsPartial": FLAG,
    "PartialTimeFrom": MOMENT,
    "PartialTimeTo": MOMENT,
    "PartialTimeDuration": WHOLE,
    "Comment": TEXT,
    "InsertedOn": MOMENT,
    "ModifiedOn": MOMENT,
}
CLOCKING: Json = {
    "Id": GUID,
    "UserId": GUID,
    "Timestamp": MOMENT,
    "ClockingDefinitionId": GUID,
    "ClockingDefinitionName": TEXT,
    "Status": WHOLE,
    "Origin": WHOLE,
    "Comment": TEXT,
}
SUMMARY: Json = dict.fromkeys(
    (
        "DailyBalanceValue",
        "RunningBalanceValue",
        "DailyOvertimeValue",
        "PaidPresenceValue",
        "PaidAbsenceValue",
        "MissingPresenceValue",
        "UnpaidPresenceValue",
        "LunchBreakValue",
    ),
    WHOLE,
)
COUNTER: Json = {"Name": TEXT, "ValueType": WHOLE, "Value": TEXT, "CalculationResultTypeCode": WHOLE}
DAYS_FIELDS: Json = {
    "UserId": GUID,
    "Date": DAY,
    "IsCalculationValid": FLAG,
    "IsHoliday": FLAG,
    "IsWeekend": FLAG,
    "HolidayName": TEXT,
    "DailyComment": TEXT,
}

SCHEMAS: dict[str, Json] = {
    "User": USER,
    "AbsenceDefinition": DEFINITION,
    "Absence": ABSENCE,
    "Clocking": CLOCKING,
    "DailySummary": SUMMARY,
    "CalculationResult": COUNTER,
    "MissingEvent": {"Name": TEXT, "Value": TEXT},
}


class Style:
    """How one document writes the same things.

    Args:
        version: 2 or 3.
        spell: another spelling of field names.
        names: schema name -> what this document calls it.
        renamed: ``Schema.Field`` -> name in this document.
    """

    def __init__(
        self,
        version: int = 3,
        spell: Callable[[str], str] = str,
        names: dict[str, str] | None = None,
        renamed: dict[str, str] | None = None,
    ) -> None:
        self.version = version
        self._spell = spell
        self._names = names or {}
        self._renamed = renamed or {}
        self.paths: Json = {}
        self.schemas: Json = {}
        for name, fields in SCHEMAS.items():
            self.add(name, fields)
        self.add_day(DAYS_FIELDS | self._inner_fields())

    def _inner_fields(self) -> Json:
        return {
            "CalculationResultSummary": self.ref("DailySummary"),
            "Accruals": self.list_of("CalculationResult"),
            "Absences": self.list_of("Absence"),
            "Clockings": self.list_of("Clocking"),
            "MissingEventExceptions": self.list_of("MissingEvent"),
        }

    def add_day(self, fields: Json) -> None:
        """The employee-day."""
        self.add("UserDailyCalculation", fields)

    def field(self, schema: str, name: str) -> str:
        """A field as this document spells it."""
        return self._renamed.get(f"{schema}.{name}", self._spell(name))

    def add(self, name: str, fields: Json) -> None:
        """A schema of an object."""
        properties = {self.field(name, field): schema for field, schema in fields.items()}
        self.schemas[self._names.get(name, name)] = {"type": "object", "properties": properties}

    def ref(self, name: str) -> Json:
        """A reference to a schema."""
        place = "#/components/schemas/" if self.version == 3 else "#/definitions/"
        return {"$ref": f"{place}{self._names.get(name, name)}"}

    def list_of(self, name: str) -> Json:
        """An array of a schema's records."""
        return {"type": "array", "items": self.ref(name)}

    def parameter(self, name: str, schema: Json, place: str = "query", **more: Any) -> Json:
        """A parameter, in the writing of the version."""
        required = {"required": True} if place == "path" else {}
        kind = {"schema": schema} if self.version == 3 else schema
        return {"name": name, "in": place, **required, **kind, **more}

    def get(self, path: str, answer: Json, *parameters: Json) -> None:
        """A GET with its successful answer."""
        success: Json = {"description": "OK"}
        success |= {"content": {"application/json": {"schema": answer}}} if self.version == 3 else {"schema": answer}
        self.paths[path] = {"get": {"parameters": list(parameters), "responses": {"200": success}}}

    def envelope(self, name: str, items: str, **beside: Json) -> Json:
        """An object around a list."""
        return {"type": "object", "properties": {items: self.list_of(name), **beside}}

    def days(self, start: str = "dateFrom", end: str = "dateTo", schema: Json | None = None) -> tuple[Json, Json]:
        """The two parameters of a window."""
        return self.parameter(start, schema or MOMENT), self.parameter(end, schema or MOMENT)

    def usual_lists(self) -> None:
        """Users, absences, definitions and clockings where the provider expects them."""
        self.get("/api/v1/Users", self.list_of("User"))
        self.get("/api/v1/Users/{id}", self.ref("User"), self.parameter("id", GUID, "path"))
        self.get("/api/v1/Absences", self.list_of("Absence"), *self.days())
        self.get("/api/v1/Absences/{id}", self.ref("Absence"), self.parameter("id", GUID, "path"))
        self.get("/api/v1/AbsenceDefinitions", self.list_of("AbsenceDefinition"))
        self.get("/api/v1/Clockings", self.list_of("Clocking"), *self.days())

    def usual_days(self) -> None:
        """Employee-days where the provider expects them."""
        answer = self.envelope("UserDailyCalculation", self.field("", "DailyCalculations"))
        self.get("/api/v1/UserCalculations/{id}", answer, self.parameter("id", GUID, "path"), *self.days())

    def document(self, **more: Any) -> Json:
        """The whole document."""
        head: Json = {"info": {"title": "T", "version": "1"}, "paths": self.paths}
        if self.version == 2:
            return {"swagger": "2.0", **head, "definitions": self.schemas, **more}
        components = {"schemas": self.schemas, **more.pop("components", {})}
        return {"openapi": "3.0.1", **head, "components": components, **more}


def unrelated_operations(style: Style, count: int = 60) -> None:
    """Operations of other nouns, some of which look like those that are looked for."""
    style.add(
        "Adjustment",
        {
            **ABSENCE,
            "AdjustmentDefinitionId": GUID,
            "AdjustmentDefinitionName": TEXT,
            "AdjustmentDefinitionCode": WHOLE,
        },
    )
    for field in ("AbsenceDefinitionId", "AbsenceDefinitionName"):
        style.schemas["Adjustment"]["properties"].pop(style.field("Adjustment", field))
    style.add("UserSummary", {"Id": GUID, "FirstName": TEXT, "LastName": TEXT, "Email": TEXT})
    style.add(
        "ApprovalRequest",
        {
            "Id": GUID,
            "UserId": GUID,
            "PeriodStart": MOMENT,
            "PeriodEnd": MOMENT,
            "EventDefinitionId": GUID,
            "IsPartial": FLAG,
            "PartialTimeFrom": MOMENT,
            "PartialTimeTo": MOMENT,
            "Status": WHOLE,
        },
    )
    style.get("/api/v1/Adjustments", style.list_of("Adjustment"), *style.days())
    style.get("/api/v1/Approvals", style.list_of("ApprovalRequest"), *style.days())
    style.get("/api/v1/Directory", style.list_of("UserSummary"))
    style.get("/api/v1/Users/Query", style.list_of("User"), style.parameter("searchTerm", TEXT))
    for number in range(count):
        style.add(f"Thing{number}", {"Id": GUID, "Name": TEXT, "Code": WHOLE, f"Property{number}": TEXT})
        style.get(f"/api/v1/Things{number}", style.list_of(f"Thing{number}"))
        style.get(f"/api/v1/Things{number}/{{id}}", style.ref(f"Thing{number}"), style.parameter("id", GUID, "path"))
