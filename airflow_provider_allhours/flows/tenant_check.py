# SPDX-License-Identifier: Apache-2.0
"""Check which catalogued routes a tenant serves, and with which fields."""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import date, timedelta
from typing import TypedDict

import msgspec

from airflow_provider_allhours.client import AllHoursClient, models
from airflow_provider_allhours.client.contract.wire_records import SENT_VALUE
from airflow_provider_allhours.client.errors import AllHoursError, AllHoursResponseError
from airflow_provider_allhours.client.routes import ROUTES

SWAGGER_PATH = "/swagger/v1/swagger.json"
"""Where ASP.NET serves its Swagger JSON by default; inferred, never seen for All Hours."""

EXPECTED_RECORDS: dict[str, type[msgspec.Struct]] = {
    "User": models.User,
    "Absence": models.Absence,
    "AbsenceDefinition": models.AbsenceDefinition,
    "UserDailyCalculation": models.DailyCalculation,
    "DailySummary": models.DailySummary,
    "CalculationResult": models.CalculationResult,
    "CalculationResultType": models.CalculationResultType,
    "Clocking": models.Clocking,
    "ClockingDefinition": models.ClockingDefinition,
    "OrganizationUnit": models.OrganizationUnit,
}
"""Schema name in the vendor's Swagger -> the record that this provider reads into."""


class RouteReport(TypedDict):
    """One request; ``status`` 0: no response, or not requested for lack of a record."""

    name: str
    path: str
    grade: str
    status: int
    milliseconds: int
    ok: bool
    problem: str


class RecordDifference(TypedDict):
    """Fields that the provider reads and the schema lacks, and the schema's fields that the provider does not read."""

    record: str
    missing: list[str]
    unknown: list[str]


class SwaggerReport(TypedDict):
    """The schemas that were compared with the provider's records."""

    path: str
    readable: bool
    compared: list[str]
    differences: list[RecordDifference]


class CheckReport(TypedDict):
    """Plain JSON without anybody's data."""

    host: str
    ok: bool
    routes: list[RouteReport]
    swagger: SwaggerReport


def check_tenant(client: AllHoursClient, *, today: date) -> CheckReport:
    """Request every catalogued GET route once, and compare the tenant's Swagger with the models.

    Args:
        client: the tenant's client.
        today: last day of the week that dated routes are asked for.
    """
    routes = _check_routes(client, today)
    swagger = _check_swagger(client)
    ok = all(route["ok"] for route in routes) and not swagger["differences"]
    return {"host": client.host, "ok": ok, "routes": routes, "swagger": swagger}


def _check_routes(client: AllHoursClient, today: date) -> list[RouteReport]:
    week_ago = today - timedelta(days=6)
    users: list[models.User] = []
    absences: list[models.Absence] = []

    def read_users() -> None:
        users.extend(client.users())

    def read_absences() -> None:
        absences.extend(client.absences(today - timedelta(days=92), today))

    def someone() -> str | None:
        ordered = sorted(users, key=lambda user: (not user.is_time_attendance_user, bool(user.is_archived)))
        return ordered[0].id if ordered else None

    reads: dict[str, Callable[[], object]] = {
        "users": read_users,
        "user": lambda: _with_id(someone(), client.user),
        "users_query": lambda: client.search_users("a"),
        "absence_definitions": client.absence_definitions,
        "absences": read_absences,
        "absence": lambda: _with_id(absences[0].id if absences else None, client.absence),
        "daily_calculations": lambda: _with_id(
            someone(), lambda user_id: client.daily_calculations(user_id, week_ago, today)
        ),
        "clockings": lambda: client.clockings(week_ago, today),
        "clocking_definitions": client.clocking_definitions,
        "calculation_result_types": client.calculation_result_types,
        "organization_units": client.organization_units,
    }
    return [_check_route(client, name, read) for name, read in reads.items()]


class _NothingToAskFor(Exception):
    """The route wants an id, and no list gave one."""


def _with_id(identifier: str | None, read: Callable[[str], object]) -> object:
    if identifier is None:
        raise _NothingToAskFor
    return read(identifier)


def _check_route(client: AllHoursClient, name: str, read: Callable[[], object]) -> RouteReport:
    started = time.perf_counter()
    status, problem, ok = 200, "", True
    try:
        read()
    except _NothingToAskFor:
        status, problem = 0, "not asked: no record to ask for"
    except AllHoursResponseError as error:
        status, problem, ok = error.status, str(error), False
    except AllHoursError as error:
        status, problem, ok = 0, str(error), False
    return {
        "name": name,
        "path": client.route_paths(name)[0],
        "grade": ROUTES[name].grade,
        "status": status,
        "milliseconds": round(1000 * (time.perf_counter() - started)),
        "ok": ok,
        "problem": problem,
    }


def _check_swagger(client: AllHoursClient) -> SwaggerReport:
    try:
        document = client.request("GET", SWAGGER_PATH)
        schemas = document["components"]["schemas"]
        fields = {name: set(schemas[name].get("properties", {})) for name in EXPECTED_RECORDS if name in schemas}
    except (AllHoursError, KeyError, TypeError, AttributeError):
        return {"path": SWAGGER_PATH, "readable": False, "compared": [], "differences": []}
    return {
        "path": SWAGGER_PATH,
        "readable": True,
        "compared": sorted(fields),
        "differences": [
            difference
            for name, kind in EXPECTED_RECORDS.items()
            if name in fields
            if (difference := _difference(name, fields[name], kind))
        ],
    }


def _difference(name: str, served: set[str], kind: type[msgspec.Struct]) -> RecordDifference | None:
    """Fields that the provider reads and the tenant does not have, and close to them those that it has instead."""
    expected = {field.encode_name for field in msgspec.structs.fields(kind)} - {SENT_VALUE}
    missing = sorted(expected - served)
    return {"record": name, "missing": missing, "unknown": sorted(served - expected)} if missing else None
