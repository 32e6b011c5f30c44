# SPDX-License-Identifier: Apache-2.0
"""The contract of one route, from the operation that answers with its records."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from airflow_provider_allhours.discovery.documents import Parameter
from airflow_provider_allhours.discovery.fields import FieldMap, map_fields
from airflow_provider_allhours.discovery.matching import Match
from airflow_provider_allhours.discovery.names import plain, words
from airflow_provider_allhours.discovery.pagination import limit_of, paginator_of
from airflow_provider_allhours.discovery.parameters import Roles, classify
from airflow_provider_allhours.discovery.references import (
    ABSENCE,
    ABSENCE_DEFINITION,
    CLOCKING,
    CLOCKING_DEFINITION,
    COUNTER_TYPE,
    DAY,
    ORGANIZATION_UNIT,
    USER,
    Reference,
)

DATE_PATTERN = ":%Y-%m-%d"
SEARCH_WORDS = frozenset({"search", "query", "filter", "term", "q", "name", "email"})


@dataclass(frozen=True)
class RouteKind:
    """What a route of the contract needs of an operation.

    Attributes:
        name: of the route.
        reference: the record.
        is_list: whether it answers with several.
        is_windowed: whether two dates choose the days.
        is_by_user: whether it may be asked for one person.
        record_id: placeholder of the record's id in the path, empty without one.
        selector: where the records are unless the contract says otherwise.
        path: the path unless the contract says otherwise.
        query: the query unless the contract says otherwise.
    """

    name: str
    reference: Reference
    path: str
    is_list: bool = True
    is_windowed: bool = False
    is_by_user: bool = False
    record_id: str = ""
    selector: str = "[*]"

    @property
    def query(self) -> dict[str, str]:
        """The query unless the contract says otherwise."""
        return {"dateFrom": "{date_from}", "dateTo": "{date_to}"} if self.is_windowed else {}


KINDS = (
    RouteKind("users", USER, "/api/v1/Users"),
    RouteKind("user", USER, "/api/v1/Users/{user_id}", is_list=False, record_id="user_id", selector=""),
    RouteKind("absences", ABSENCE, "/api/v1/Absences", is_windowed=True),
    RouteKind("absence", ABSENCE, "/api/v1/Absences/{absence_id}", is_list=False, record_id="absence_id", selector=""),
    RouteKind("absence_definitions", ABSENCE_DEFINITION, "/api/v1/AbsenceDefinitions"),
    RouteKind(
        "daily_calculations",
        DAY,
        "/api/v1/UserCalculations/{user_id}",
        is_windowed=True,
        is_by_user=True,
        selector="DailyCalculations[*]",
    ),
    RouteKind("clockings", CLOCKING, "/api/v1/Clockings", is_windowed=True),
    RouteKind("clocking_definitions", CLOCKING_DEFINITION, "/api/v1/ClockingDefinitions"),
    RouteKind("calculation_result_types", COUNTER_TYPE, "/api/v1/CalculationResultTypes"),
    RouteKind("organization_units", ORGANIZATION_UNIT, "/api/v1/OrganizationUnits"),
)
"""The routes that are looked for."""


@dataclass
class RouteProposal:
    """The contract of one route.

    Attributes:
        kind: which route.
        match: the operation and the place of the records in its answer.
        path: with the placeholders of the contract.
        params: the whole query.
        headers: headers that the operation needs.
        shared: query parameters that the operation needs and that have nothing to do with its records.
        paginator: None where the document knows of no pages.
        carry: fields of the outer record that the inner ones lack.
        fields: how the fields are spelled.
        archived: the parameter that asks for archived users, and the value that does so.
        doubts: what the document leaves open, in words.
    """

    kind: RouteKind
    match: Match
    path: str
    fields: FieldMap
    params: dict[str, str] = field(default_factory=dict)
    headers: dict[str, str] = field(default_factory=dict)
    shared: dict[str, str] = field(default_factory=dict)
    paginator: dict[str, Any] | None = None
    carry: list[str] = field(default_factory=list)
    archived: tuple[str, str] | None = None
    doubts: list[str] = field(default_factory=list)

    def to_json(self, case_fields: dict[str, str]) -> dict[str, Any]:
        """The object of the contract, without what goes without saying.

        Args:
            case_fields: names that the contract's case does not explain.
        """
        shown: dict[str, Any] = {"path": self.path}
        if self.params != self.kind.query:
            shown["params"] = self.params
        if self.match.selector != self.kind.selector:
            shown["data_selector"] = self.match.selector
        if self.carry:
            shown["carry"] = self.carry
        if self.paginator is not None:
            shown["paginator"] = self.paginator
        if fields := self.fields.renamed | case_fields:
            shown["fields"] = dict(sorted(fields.items()))
        return {} if shown == {"path": self.kind.path} else shown


def propose_route(kind: RouteKind, matches: Sequence[Match]) -> RouteProposal | None:
    """The contract of a route from the operation that fits best; None where none does."""
    fitting = [match for match in matches if match.reference is kind.reference and match.is_list is kind.is_list]
    candidates = [(match, classify(match.operation, **_asked(kind))) for match in fitting]
    usable = [(match, roles) for match, roles in candidates if _is_usable(kind, roles)]
    if not usable:
        return None
    match, roles = min(usable, key=lambda one: _preference(kind, *one))
    return _proposal(kind, match, roles)


def _asked(kind: RouteKind) -> dict[str, bool]:
    return {"is_windowed": kind.is_windowed, "is_by_user": kind.is_by_user}


def _is_usable(kind: RouteKind, roles: Roles) -> bool:
    if kind.is_windowed and (roles.date_from is None or roles.date_to is None):
        return False
    return (roles.record_id is not None) is bool(kind.record_id)


def _preference(kind: RouteKind, match: Match, roles: Roles) -> tuple[object, ...]:
    """The smallest is the best: nothing unclear, no search, one user at a time, the most fields, the shortest path."""
    searches = any(set(words(parameter.name)) & SEARCH_WORDS for parameter in match.operation.parameters)
    is_search = "query" in match.operation.path.lower() or "search" in match.operation.path.lower()
    return (
        len(roles.unclear),
        is_search,
        searches and not kind.is_by_user,
        kind.is_by_user and roles.user_id is None,
        -round(match.score, 2),
        match.operation.path.count("/"),
    )


def _proposal(kind: RouteKind, match: Match, roles: Roles) -> RouteProposal:
    path = match.operation.path
    if roles.record_id is not None:
        path = path.replace(f"{{{roles.record_id.name}}}", f"{{{kind.record_id}}}")
    if roles.user_id is not None and roles.user_id.place == "path":
        path = path.replace(f"{{{roles.user_id.name}}}", "{user_id}")
    proposal = RouteProposal(kind, match, path, map_fields(kind.reference.name, match.record))
    for parameter, value in roles.needed.items():
        if parameter.place == "path":
            proposal.path = proposal.path.replace(f"{{{parameter.name}}}", value)
        elif parameter.place == "header":
            proposal.headers[parameter.name] = value
        else:
            proposal.shared[parameter.name] = value
    proposal.doubts += [
        f"the {parameter.place} parameter {parameter.name} is required and the document gives no value for it"
        for parameter in roles.unclear
    ]
    if roles.user_id is not None and roles.user_id.place == "query":
        proposal.params[roles.user_id.name] = "{user_id}"
    if roles.date_from is not None and roles.date_to is not None and kind.is_windowed:
        proposal.params[roles.date_from.name] = "{date_from" + _pattern(roles.date_from) + "}"
        proposal.params[roles.date_to.name] = "{date_to" + _pattern(roles.date_to) + "}"
    if kind.is_list:
        proposal.paginator = paginator_of(roles, match.envelope)
        if roles.limit is not None and proposal.paginator is not None and "limit_param" not in proposal.paginator:
            proposal.params[roles.limit.name] = str(limit_of(roles))
    if kind.name == "users" and roles.archived is not None:
        proposal.archived = _archived_value(roles.archived)
    if kind.reference is DAY and roles.user_id is None:
        _carry_the_owner(proposal)
    return proposal


def _pattern(parameter: Parameter) -> str:
    return DATE_PATTERN if parameter.schema.format == "date" else ""


def _archived_value(parameter: Parameter) -> tuple[str, str] | None:
    """The value that asks for everybody."""
    choices = parameter.schema.stated("enum")
    if isinstance(choices, list):
        everybody = [str(choice) for choice in choices if str(choice).lower() in ("all", "both", "include", "any")]
        return (parameter.name, everybody[0]) if everybody else None
    includes = {"include", "with", "show", "including"} & set(words(parameter.name))
    return (parameter.name, "true") if includes and parameter.schema.kind in ("boolean", "string", "") else None


def _carry_the_owner(proposal: RouteProposal) -> None:
    """Say whose the days of all users are, where that stands around their list."""
    if any(plain(name) == "userid" for name in proposal.match.record.fields):
        return
    proposal.fields.absent[:] = [name for name in proposal.fields.absent if name != "UserId"]
    proposal.fields.renamed.pop("UserId", None)
    outer = proposal.match.outer_record
    for owner in ("userid", "employeeid", "personid", "id"):
        name = next((one for one in (outer.fields if outer is not None else ()) if plain(one) == owner), None)
        if name is not None:
            proposal.carry = [name]
            if owner == "userid":
                proposal.fields.pairs.append(("UserId", name))
            else:
                proposal.fields.renamed["UserId"] = name
            return
    proposal.doubts.append("the days of all users do not say whose they are")
