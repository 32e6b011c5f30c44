# SPDX-License-Identifier: Apache-2.0
"""The OpenAPI document, as the vendor serves one; schemas are read off real records, so they cannot drift."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from airflow_provider_allhours.sandbox.company import Company
from airflow_provider_allhours.sandbox.shapes import Shapes
from airflow_provider_allhours.sandbox.switches import Switches

GUID = {"type": "string", "format": "uuid"}
NESTED_LISTS = {"Accruals": "CalculationResult", "Absences": "Absence", "Clockings": "Clocking"}
INTEGERS = ("IntegrationId", "Code", "Type", "Status", "Origin", "PartialTimeDuration")
MOMENTS = (
    "Timestamp",
    "OriginalTimestamp",
    "InsertedOn",
    "ModifiedOn",
    "CreatedOn",
    "UpdatedOn",
    "PartialTimeFrom",
    "PartialTimeTo",
    "BirthDate",
    "CalculationStartDate",
    "CalculationStopDate",
    "CalculationLockDate",
    "EventLockDate",
)

CREATED = {"User": "UserCreate", "Absence": "AbsenceCreate"}

WRITTEN: dict[str, dict[str, Any]] = {
    "UserCreate": {
        "type": "object",
        "required": ["FirstName", "LastName"],
        "properties": {
            name: {"type": "string", "nullable": name not in ("FirstName", "LastName")}
            for name in ("FirstName", "LastName", "Email", "CustomId")
        }
        | {"SendInvite": {"type": "boolean"}},
    },
    "AbsenceCreate": {
        "type": "object",
        "required": ["UserId", "AbsenceDefinitionId", "Timestamp"],
        "properties": {
            "UserId": GUID,
            "AbsenceDefinitionId": GUID,
            "Timestamp": {"type": "string", "format": "date-time"},
            "Origin": {"type": "integer"},
            "Comment": {"type": "string", "nullable": True},
            "IsPartial": {"type": "boolean"},
            "PartialTimeFrom": {"type": "string", "format": "date-time", "nullable": True},
            "PartialTimeTo": {"type": "string", "format": "date-time", "nullable": True},
            "PartialTimeDuration": {"type": "integer"},
            "OverrideHolidayAbsence": {"type": "boolean"},
        },
    },
}

ROUTES = (
    ("users", "/api/v1/Users", "User", True, (), ("get", "post")),
    ("users_query", "/api/v1/Users/Query", "User", True, ("searchTerm",), ("get",)),
    ("user", "/api/v1/Users/{id}", "User", False, (), ("get", "put")),
    ("absences", "/api/v1/Absences", "Absence", True, ("dateFrom", "dateTo"), ("get", "post")),
    ("absence", "/api/v1/Absences/{id}", "Absence", False, (), ("get", "put", "delete")),
    ("absence_definitions", "/api/v1/AbsenceDefinitions", "AbsenceDefinition", True, (), ("get",)),
    ("absence_definition", "/api/v1/AbsenceDefinitions/{id}", "AbsenceDefinition", False, (), ("get",)),
    (
        "daily_calculations",
        "/api/v1/UserCalculations/{id}",
        "UserCalculations",
        False,
        ("dateFrom", "dateTo"),
        ("get",),
    ),
    ("clockings", "/api/v1/Clockings", "Clocking", True, ("dateFrom", "dateTo"), ("get",)),
    ("clocking_definitions", "/api/v1/ClockingDefinitions", "ClockingDefinition", True, (), ("get",)),
    ("calculation_result_types", "/api/v1/CalculationResultTypes", "CalculationResultType", True, (), ("get",)),
    ("organization_units", "/api/v1/OrganizationUnits", "OrganizationUnit", True, (), ("get",)),
)
"""Name, path, record, whether a list, query parameters, verbs."""


def openapi_document(switches: Switches) -> dict[str, Any]:
    """The document of one tenant: renamed fields renamed, missing routes missing."""
    return {
        "openapi": "3.0.3",
        "info": {"title": "All Hours sandbox", "version": "v1"},
        "paths": {
            path: {verb: _operation(name, verb, path, record, is_list, query) for verb in verbs}
            for name, path, record, is_list, query, verbs in ROUTES
            if name not in switches.missing_routes
        },
        "components": {
            "schemas": _schemas(switches),
            "securitySchemes": {
                "oauth2": {
                    "type": "oauth2",
                    "flows": {"clientCredentials": {"tokenUrl": "/connect/token", "scopes": {"api": "the API"}}},
                }
            },
        },
        "security": [{"oauth2": ["api"]}],
    }


def _operation(name: str, verb: str, path: str, record: str, is_list: bool, query: tuple[str, ...]) -> dict[str, Any]:
    parameters: list[dict[str, Any]] = []
    if "{id}" in path:
        parameters.append({"name": "id", "in": "path", "required": True, "schema": GUID})
    if verb == "get":
        for parameter in query:
            schema = {"type": "string"} if parameter == "searchTerm" else {"type": "string", "format": "date-time"}
            parameters.append({"name": parameter, "in": "query", "schema": schema})
    reference: dict[str, Any] = {"$ref": f"#/components/schemas/{record}"}
    shown = {"type": "array", "items": reference} if is_list and verb == "get" else reference
    success = {"post": "201", "delete": "204"}.get(verb, "200")
    answer: dict[str, Any] = {"description": "Success"}
    if verb != "delete":
        answer["content"] = {"application/json": {"schema": shown}}
    operation: dict[str, Any] = {
        "operationId": f"{verb}_{name}",
        "tags": [path.split("/")[3]],
        "parameters": parameters,
        "responses": {success: answer}
        | {status: {"description": meaning} for status, meaning in _refusals(verb, path, query)},
    }
    if verb in ("post", "put"):
        written = {"$ref": f"#/components/schemas/{CREATED[record]}"}
        operation["requestBody"] = {"required": True, "content": {"application/json": {"schema": written}}}
    return operation


def _refusals(verb: str, path: str, query: tuple[str, ...]) -> list[tuple[str, str]]:
    refusals = [("401", "No good token")]
    if verb != "get" or query:
        refusals.append(("400", "Refused, with a reason in `error`"))
    if "{id}" in path:
        refusals.append(("404", "No such record"))
    return refusals


def _schemas(switches: Switches) -> dict[str, Any]:
    company = Company(employees=40, months=2)
    shapes = Shapes(company, Switches(renamed_fields=switches.renamed_fields))
    user = next(user for user in company.users() if user.is_time_attendance_user)
    day = next(
        found
        for offset in range(60)
        if (found := company.worked_day(user, date(2026, 9, 1) + timedelta(days=offset))).punches
    )
    leave = next(company.leave_between(date(2026, 9, 1), date(2026, 10, 31)))
    shown_day = shapes.day(day)
    summary_name = switches.renamed_fields.get(
        "UserDailyCalculation.CalculationResultSummary", "CalculationResultSummary"
    )
    accruals_name = switches.renamed_fields.get("UserDailyCalculation.Accruals", "Accruals")
    records = {
        "User": shapes.user(user),
        "Absence": shapes.leave(leave),
        "AbsenceDefinition": shapes.definition(company.definitions[0]),
        "Clocking": shapes.clocking(user, day.punches[0]),
        "ClockingDefinition": shapes.clocking_definitions()[0],
        "CalculationResultType": shapes.counters()[0],
        "OrganizationUnit": shapes.organization_units()[0],
        "UserDailyCalculation": shown_day,
        "DailySummary": shown_day[summary_name],
        "CalculationResult": shown_day[accruals_name][0],
    }
    schemas: dict[str, Any] = {
        record: {"type": "object", "properties": {name: _property(name, value) for name, value in fields.items()}}
        for record, fields in records.items()
    }
    schemas["UserDailyCalculation"]["properties"][summary_name] = {"$ref": "#/components/schemas/DailySummary"}
    schemas["UserCalculations"] = {
        "type": "object",
        "properties": {
            "DailyCalculations": {
                "type": "array",
                "items": {"$ref": "#/components/schemas/UserDailyCalculation"},
            }
        },
    }
    return schemas | WRITTEN


def _property(name: str, value: Any) -> dict[str, Any]:
    if name in NESTED_LISTS:
        return {"type": "array", "items": {"$ref": f"#/components/schemas/{NESTED_LISTS[name]}"}}
    if isinstance(value, list):
        return {"type": "array", "items": {}}
    if name in MOMENTS:
        return {"type": "string", "format": "date-time", "nullable": True}
    if isinstance(value, bool):
        return {"type": "boolean"}
    if isinstance(value, int) or name in INTEGERS:
        return {"type": "integer", "format": "int32"}
    if isinstance(value, float):
        return {"type": "number", "format": "double"}
    if isinstance(value, dict) or name in ("ApprovalRequest", "PrevalentCategory", "TimePolicy"):
        return {"type": "object", "nullable": True}
    return {"type": "string", "nullable": True}
