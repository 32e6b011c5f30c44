# SPDX-License-Identifier: Apache-2.0
"""The routes of the sandbox, each stated once: routing, OpenAPI document and request handling read this table."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

from airflow_provider_allhours.sandbox.account import Account
from airflow_provider_allhours.sandbox.answer import Answer, Call
from airflow_provider_allhours.sandbox.handlers import absences, days, tokens, users
from airflow_provider_allhours.sandbox.list_pages import STYLES
from airflow_provider_allhours.sandbox.paths import TOKEN_PATH
from airflow_provider_allhours.sandbox.switches import Switches


@dataclass(frozen=True)
class Route:
    """One method of one path.

    Attributes:
        name: what switches, faults and counters call it; the methods of one path share it.
        method: of HTTP.
        path: template; ``{id}`` stands for the last segment.
        handler: answers a call.
        record: schema of the answer.
        summary: one line for the OpenAPI document.
        is_list: whether the answer is an array of ``record``.
        query: names of the query parameters; those that begin with ``date`` are date-times.
        body: schema of the request body; None for requests without one.
        is_public: served without a token, with a form as its body, and left out of the OpenAPI document.
    """

    name: str
    method: str
    path: str
    handler: Callable[[Account, Call], Answer]
    record: str
    summary: str
    is_list: bool = False
    query: tuple[str, ...] = ()
    body: str | None = None
    is_public: bool = False


_WINDOW = ("dateFrom", "dateTo")
_API = "/api/v1"

OTHER_CALCULATION_ROUTES = {
    "by-query": Route(
        "daily_calculations",
        "GET",
        f"{_API}/Calculations",
        days.list_calculations_by_query,
        "UserCalculations",
        "List the employee-days of a user",
        query=("userId", "from", "to"),
    ),
    "bulk": Route(
        "daily_calculations",
        "GET",
        f"{_API}/Calculations",
        days.list_everybodys_calculations,
        "UserCalculationPage",
        "List the employee-days of all users",
        query=("from", "to", "page", "pageSize"),
    ),
}
"""Value of the switch ``calculations_route`` -> the route that takes the place of the one in :data:`ROUTES`."""

ROUTES: tuple[Route, ...] = (
    Route("token", "POST", TOKEN_PATH, tokens.grant_token, "", "Grant an access token", is_public=True),
    Route("users", "GET", f"{_API}/Users", users.list_users, "User", "List users", is_list=True),
    Route("users", "POST", f"{_API}/Users", users.create_user, "User", "Create a user", body="UserCreate"),
    Route(
        "users_query",
        "GET",
        f"{_API}/Users/Query",
        users.search_users,
        "User",
        "Search users by name",
        is_list=True,
        query=("searchTerm",),
    ),
    Route("user", "GET", f"{_API}/Users/{{id}}", users.read_user, "User", "Read a user"),
    Route("user", "PUT", f"{_API}/Users/{{id}}", users.update_user, "User", "Change a user", body="UserCreate"),
    Route(
        "absences",
        "GET",
        f"{_API}/Absences",
        absences.list_absences,
        "Absence",
        "List absences by Timestamp",
        is_list=True,
        query=_WINDOW,
    ),
    Route(
        "absences",
        "POST",
        f"{_API}/Absences",
        absences.create_absence,
        "Absence",
        "Create an absence of one day",
        body="AbsenceCreate",
    ),
    Route("absence", "GET", f"{_API}/Absences/{{id}}", absences.read_absence, "Absence", "Read an absence"),
    Route(
        "absence",
        "PUT",
        f"{_API}/Absences/{{id}}",
        absences.update_absence,
        "Absence",
        "Change an absence",
        body="AbsenceCreate",
    ),
    Route("absence", "DELETE", f"{_API}/Absences/{{id}}", absences.delete_absence, "Absence", "Delete an absence"),
    Route(
        "absence_definitions",
        "GET",
        f"{_API}/AbsenceDefinitions",
        absences.list_definitions,
        "AbsenceDefinition",
        "List absence definitions",
        is_list=True,
    ),
    Route(
        "absence_definition",
        "GET",
        f"{_API}/AbsenceDefinitions/{{id}}",
        absences.read_definition,
        "AbsenceDefinition",
        "Read an absence definition",
    ),
    Route(
        "daily_calculations",
        "GET",
        f"{_API}/UserCalculations/{{id}}",
        days.list_calculations,
        "UserCalculations",
        "List the employee-days of a user",
        query=_WINDOW,
    ),
    Route(
        "clockings",
        "GET",
        f"{_API}/Clockings",
        days.list_clockings,
        "Clocking",
        "List clockings by Timestamp",
        is_list=True,
        query=_WINDOW,
    ),
    Route(
        "clocking_definitions",
        "GET",
        f"{_API}/ClockingDefinitions",
        days.list_clocking_definitions,
        "ClockingDefinition",
        "List clocking definitions",
        is_list=True,
    ),
    Route(
        "calculation_result_types",
        "GET",
        f"{_API}/CalculationResultTypes",
        days.list_counter_types,
        "CalculationResultType",
        "List counters",
        is_list=True,
    ),
    Route(
        "organization_units",
        "GET",
        f"{_API}/OrganizationUnits",
        days.list_organization_units,
        "OrganizationUnit",
        "List organization units",
        is_list=True,
    ),
)
ROUTE_NAMES = tuple(dict.fromkeys(route.name for route in ROUTES))


def served_routes(switches: Switches) -> tuple[Route, ...]:
    """The routes of one tenant, with the parameters that it has."""
    other = OTHER_CALCULATION_ROUTES.get(switches.calculations_route)
    routes = (other if other is not None and route.name == other.name else route for route in ROUTES)
    return tuple(_as_served(route, switches) for route in routes if route.name not in switches.missing_routes)


def _as_served(route: Route, switches: Switches) -> Route:
    query = route.query
    if route.method == "GET" and route.name == "users" and switches.archived_parameter:
        query = (*query, switches.archived_parameter)
    if route.is_list and switches.list_pages:
        query = (*query, *STYLES[switches.list_pages["style"]].parameters)
    return replace(route, query=query)
