# SPDX-License-Identifier: Apache-2.0
"""The route catalogue: every route of the API that this provider uses, named once.

Evidence grades: A = three or more independent sources, B = two, C = one, OFF = stated by the vendor,
INF = inferred. A tenant's own answer is worth more than any grade: ``airflow allhours check`` asks it, and a
connection's ``routes`` field overrides a path that turns out to differ.
"""

from __future__ import annotations

import re
from dataclasses import dataclass


@dataclass(frozen=True)
class Route:
    """One route.

    Args:
        name: how the provider and a connection's ``routes`` field refer to it.
        path: path template below the API root.
        verbs: HTTP methods used by this provider.
        query: query parameters it sends.
        returns: the record that a GET returns; ``[]`` after it means a bare JSON array.
        grade: evidence that the path exists on the public API.
        source: where the evidence comes from, in words.
    """

    name: str
    path: str
    verbs: tuple[str, ...]
    returns: str
    grade: str
    source: str
    query: tuple[str, ...] = ()

    @property
    def placeholders(self) -> set[str]:
        """Names in braces that a caller fills in."""
        return set(re.findall(r"{(\w+)}", self.path))


_APP = "browser extension written inside the vendor, older host and user token"
_SWAGGER = "model seen in a third party's copy of the vendor's Swagger; the path is inferred"

ROUTES: dict[str, Route] = {
    route.name: route
    for route in (
        Route("users", "/api/v1/Users", ("GET", "POST"), "User[]", "A", "public client applications"),
        Route("user", "/api/v1/Users/{user_id}", ("GET",), "User", "C", "one public client application"),
        Route(
            "users_query",
            "/api/v1/Users/Query",
            ("GET",),
            "User[]",
            "B",
            "two public client applications",
            ("searchTerm",),
        ),
        Route(
            "absences",
            "/api/v1/Absences",
            ("GET", "POST"),
            "Absence[]",
            "A",
            "public client applications",
            ("dateFrom", "dateTo"),
        ),
        Route(
            "absence",
            "/api/v1/Absences/{absence_id}",
            ("GET", "PUT", "DELETE"),
            "Absence",
            "B",
            "two public client applications (DELETE: one)",
        ),
        Route(
            "absence_definitions",
            "/api/v1/AbsenceDefinitions",
            ("GET",),
            "AbsenceDefinition[]",
            "A",
            "public client applications",
        ),
        Route(
            "daily_calculations",
            "/api/v1/UserCalculations/{user_id}",
            ("GET",),
            "UserCalculations",
            "INF",
            _APP,
            ("dateFrom", "dateTo"),
        ),
        Route("clockings", "/api/v1/Clockings", ("GET",), "Clocking[]", "INF", _SWAGGER, ("dateFrom", "dateTo")),
        Route(
            "clocking_definitions",
            "/api/v1/ClockingDefinitions",
            ("GET",),
            "ClockingDefinition[]",
            "INF",
            _SWAGGER,
        ),
        Route(
            "calculation_result_types",
            "/api/v1/CalculationResultTypes",
            ("GET",),
            "CalculationResultType[]",
            "INF",
            _SWAGGER,
        ),
        Route(
            "organization_units",
            "/api/v1/OrganizationUnits",
            ("GET",),
            "OrganizationUnit[]",
            "INF",
            _SWAGGER,
        ),
    )
}
