# SPDX-License-Identifier: Apache-2.0
"""Which route a path means: any case, a trailing slash tolerated, as clients in the field rely on."""

from __future__ import annotations

PREFIX = "/api/v1/"
TOKEN_PATH = "/connect/token"  # noqa: S105 -- a path

LISTS = {
    "users": "users",
    "absences": "absences",
    "absencedefinitions": "absence_definitions",
    "clockings": "clockings",
    "clockingdefinitions": "clocking_definitions",
    "calculationresulttypes": "calculation_result_types",
    "organizationunits": "organization_units",
}
RECORDS = {
    "users": "user",
    "absences": "absence",
    "absencedefinitions": "absence_definition",
    "usercalculations": "daily_calculations",
}


def route_of(path: str) -> tuple[str, str] | None:
    """The route's name and the identifier in the path; None when there is no such route."""
    lowered = path.lower().rstrip("/")
    if lowered == TOKEN_PATH:
        return "token", ""
    if not lowered.startswith(PREFIX):
        return None
    segments = path.rstrip("/")[len(PREFIX) :].split("/")
    head = segments[0].lower()
    if len(segments) == 1:
        return (LISTS[head], "") if head in LISTS else None
    if len(segments) == 2 and head == "users" and segments[1].lower() == "query":
        return "users_query", ""
    if len(segments) == 2 and head in RECORDS:
        return RECORDS[head], segments[1]
    return None
