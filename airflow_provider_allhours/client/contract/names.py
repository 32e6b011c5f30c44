# SPDX-License-Identifier: Apache-2.0
"""The words of a contract: its routes, the values that their requests take, and the fields of their records."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

Form = str | dict[str, "Form"]


@dataclass(frozen=True)
class RouteWords:
    """What a contract can say of a route.

    Attributes:
        record: the kind of record that it answers.
        values: values that a path or a parameter can hold in braces.
        needs: a value that a request must hold somewhere.
        is_list: whether it answers a list.
        inherits: the route whose fields, units and times it shares.
    """

    record: str
    values: tuple[str, ...] = ()
    needs: str | None = None
    is_list: bool = True
    inherits: str | None = None

    @property
    def has_window(self) -> bool:
        """Whether it is asked for days."""
        return "date_from" in self.values


DAYS = ("date_from", "date_to")

ROUTE_WORDS: Mapping[str, RouteWords] = {
    "users": RouteWords("User"),
    "user": RouteWords("User", ("user_id",), "user_id", is_list=False, inherits="users"),
    "users_query": RouteWords("User", ("search_term",), "search_term", inherits="users"),
    "absences": RouteWords("Absence", DAYS),
    "absence": RouteWords("Absence", ("absence_id",), "absence_id", is_list=False, inherits="absences"),
    "absence_definitions": RouteWords("AbsenceDefinition"),
    "daily_calculations": RouteWords("DailyCalculation", ("user_id", *DAYS)),
    "clockings": RouteWords("Clocking", DAYS),
    "clocking_definitions": RouteWords("ClockingDefinition"),
    "calculation_result_types": RouteWords("CalculationResultType"),
    "organization_units": RouteWords("OrganizationUnit"),
}
"""Route -> its words."""

ROUTE_NAMES = tuple(ROUTE_WORDS)
"""Names of the routes, in the order of the evidence page."""

ROUTES_WITH_MINUTES = ("daily_calculations", "absences", "absence")
"""Routes whose records hold times."""
