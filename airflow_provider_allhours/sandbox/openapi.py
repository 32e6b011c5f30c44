# SPDX-License-Identifier: Apache-2.0
"""The OpenAPI document: paths from the route table, schemas from records as they are served."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from airflow_provider_allhours.sandbox import routes
from airflow_provider_allhours.sandbox.account import Account
from airflow_provider_allhours.sandbox.company import Company
from airflow_provider_allhours.sandbox.list_pages import STYLES, PageStyle
from airflow_provider_allhours.sandbox.paths import TOKEN_PATH
from airflow_provider_allhours.sandbox.records.absences import absence_definition_record, absence_record
from airflow_provider_allhours.sandbox.records.clockings import clocking_definition_records, clocking_record
from airflow_provider_allhours.sandbox.records.days import counter_type_records, day_record
from airflow_provider_allhours.sandbox.records.organization_units import organization_unit_records
from airflow_provider_allhours.sandbox.records.users import user_record
from airflow_provider_allhours.sandbox.routes import Route
from airflow_provider_allhours.sandbox.spelling import NESTED_RECORDS, SPELLINGS
from airflow_provider_allhours.sandbox.switches import Switches

GUID = {"type": "string", "format": "uuid"}
TEXT = {"type": "string"}
BOOLEAN = {"type": "boolean"}
PARAMETERS: dict[str, dict[str, Any]] = {
    "userId": GUID,
    **{name: {"type": "string", "format": "date-time"} for name in ("dateFrom", "dateTo")},
    **{name: {"type": "string", "format": "date"} for name in ("from", "to")},
    **{name: {"type": "integer", "format": "int32"} for name in ("page", "pageSize", "offset", "limit")},
}
"""Query parameter -> its schema; the others are texts."""
INTEGERS = ("IntegrationId", "Code", "Type", "Status", "Origin")
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

REQUEST_BODIES: dict[str, dict[str, Any]] = {
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


def openapi_document(switches: Switches) -> dict[str, Any]:
    """The document of one tenant: renamed fields renamed, missing routes missing."""
    return {
        "openapi": "3.0.3",
        "info": {"title": "All Hours sandbox", "version": "v1"},
        "paths": _paths(switches),
        "components": {
            "schemas": _schemas(switches),
            "securitySchemes": {
                "oauth2": {
                    "type": "oauth2",
                    "flows": {"clientCredentials": {"tokenUrl": TOKEN_PATH, "scopes": {"api": "the API"}}},
                }
            },
        },
        "security": [{"oauth2": ["api"]}],
    }


def _paths(switches: Switches) -> dict[str, Any]:
    paths: dict[str, Any] = {}
    for route in routes.served_routes(switches):
        if not route.is_public:
            paths.setdefault(route.path, {})[route.method.lower()] = _operation(route, switches)
    return paths


def _operation(route: Route, switches: Switches) -> dict[str, Any]:
    parameters: list[dict[str, Any]] = []
    if "{id}" in route.path:
        parameters.append({"name": "id", "in": "path", "required": True, "schema": GUID})
    for name in route.query:
        schema = BOOLEAN if name == switches.archived_parameter else PARAMETERS.get(name, TEXT)
        parameters.append({"name": name, "in": "query", "schema": schema})
    for name, value in switches.required_headers.items():
        parameters.append({"name": name, "in": "header", "required": True, "schema": TEXT, "example": value})
    reference: dict[str, Any] = {"$ref": f"#/components/schemas/{route.record}"}
    success: dict[str, Any] = {"description": "Success"}
    if route.method != "DELETE":
        shown = _list_schema(reference, switches) if route.is_list else reference
        success["content"] = {"application/json": {"schema": shown}}
    operation: dict[str, Any] = {
        "operationId": f"{route.method.lower()}_{route.name}",
        "summary": route.summary,
        "tags": [route.path.split("/")[3]],
        "parameters": parameters,
        "responses": {{"POST": "201", "DELETE": "204"}.get(route.method, "200"): success} | _refusals(route),
    }
    if route.body is not None:
        schema = {"$ref": f"#/components/schemas/{route.body}"}
        operation["requestBody"] = {"required": True, "content": {"application/json": {"schema": schema}}}
    return operation


def _list_schema(reference: dict[str, Any], switches: Switches) -> dict[str, Any]:
    records = {"type": "array", "items": reference}
    style = STYLES[switches.list_pages["style"]] if switches.list_pages else PageStyle("")
    if style.records is None or style.beside is None:
        return records
    spell = SPELLINGS[switches.field_case]
    beside = {"type": "integer", "format": "int32"} if style.beside == "Total" else {**TEXT, "nullable": True}
    return {"type": "object", "properties": {spell(style.records): records, spell(style.beside): beside}}


def _refusals(route: Route) -> dict[str, Any]:
    refusals = {"401": {"description": "No valid token"}}
    if route.method != "GET" or route.query:
        refusals["400"] = {"description": "Refused, with a reason in `error`"}
    if "{id}" in route.path:
        refusals["404"] = {"description": "No such record"}
    return refusals


def _schemas(switches: Switches) -> dict[str, Any]:
    """Schemas read off records of a small company."""
    account = Account(Company(employees=40, months=2), Switches(minutes_format=switches.minutes_format))
    company = account.company
    user = next(user for user in company.users() if user.is_time_attendance_user)
    days = (company.worked_day(user, date(2026, 9, 1) + timedelta(days=offset)) for offset in range(60))
    day = next(day for day in days if day.punches)
    leave = next(company.leave_between(date(2026, 9, 1), date(2026, 10, 31)))
    shown_day = day_record(account, day)
    records = {
        "User": user_record(account, user),
        "Absence": absence_record(account, leave),
        "AbsenceDefinition": absence_definition_record(company.definitions[0]),
        "Clocking": clocking_record(account, user, day.punches[0]),
        "ClockingDefinition": clocking_definition_records(account)[0],
        "CalculationResultType": counter_type_records(account)[0],
        "OrganizationUnit": organization_unit_records(account)[0],
        "UserDailyCalculation": shown_day,
        "DailySummary": shown_day["CalculationResultSummary"],
        "CalculationResult": shown_day["Accruals"][0],
        "UserCalculations": {"DailyCalculations": [shown_day]},
    }
    if switches.calculations_route == "bulk":
        records["UserDailyCalculation"] = {name: value for name, value in shown_day.items() if name != "UserId"}
        owner = {name: shown_day[name] for name in ("UserId", "FirstName", "LastName")}
        records["UserCalculations"] = owner | records["UserCalculations"]
        records["UserCalculationPage"] = {"UserCalculations": [records["UserCalculations"]], "TotalCount": 1}
    return {record: _schema(record, fields, switches) for record, fields in records.items()} | REQUEST_BODIES


def _schema(record: str, fields: dict[str, Any], switches: Switches) -> dict[str, Any]:
    spell = SPELLINGS[switches.field_case]
    properties = {
        spell(switches.renamed_fields.get(f"{record}.{name}", name)): _property(record, name, value)
        for name, value in fields.items()
        if f"{record}.{name}" not in switches.absent_fields
    }
    return {"type": "object", "properties": properties}


def _property(record: str, name: str, value: Any) -> dict[str, Any]:
    if nested := NESTED_RECORDS.get(record, {}).get(name):
        reference = {"$ref": f"#/components/schemas/{nested}"}
        return {"type": "array", "items": reference} if isinstance(value, list) else reference
    if isinstance(value, list):
        return {"type": "array", "items": {}}
    if name in MOMENTS:
        return {"type": "string", "format": "date-time", "nullable": True}
    if isinstance(value, bool):
        return BOOLEAN
    if name.endswith("Id") and isinstance(value, str) and name != "CustomId":
        return GUID
    if isinstance(value, int) or name in INTEGERS:
        return {"type": "integer", "format": "int32"}
    if isinstance(value, float):
        return {"type": "number", "format": "double"}
    if isinstance(value, dict) or name in ("ApprovalRequest", "PrevalentCategory", "TimePolicy"):
        return {"type": "object", "nullable": True}
    return {"type": "string", "nullable": True}
