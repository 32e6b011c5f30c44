# SPDX-License-Identifier: Apache-2.0
"""The contract that an OpenAPI document speaks of."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from airflow_provider_allhours.discovery.documents import ApiDocument
from airflow_provider_allhours.discovery.matching import find_matches
from airflow_provider_allhours.discovery.names import CASES, likeliest_case
from airflow_provider_allhours.discovery.route_proposals import KINDS, RouteProposal, propose_route

NECESSARY = ("users", "daily_calculations")
"""Routes without which a document is of other software."""


@dataclass
class Proposal:
    """A contract, and what the document leaves open.

    Attributes:
        routes: route name -> its contract.
        case: how fields are spelled.
        missing: names of routes whose records no operation answers with.
    """

    routes: dict[str, RouteProposal] = field(default_factory=dict)
    case: str = "pascal"
    missing: list[str] = field(default_factory=list)

    def to_json(self) -> dict[str, Any]:
        """The contract as a connection has it; empty where the account is as the provider believes."""
        contract: dict[str, Any] = {}
        headers = {name: value for route in self.routes.values() for name, value in route.headers.items()}
        params = {name: value for route in self.routes.values() for name, value in route.shared.items()}
        if headers:
            contract["headers"] = headers
        if params:
            contract["params"] = params
        if self.case != "pascal":
            contract["case"] = self.case
        routes = {name: route.to_json(self._unexplained(route)) for name, route in self.routes.items()}
        if stated := {name: route for name, route in routes.items() if route}:
            contract["routes"] = stated
        return contract

    def _unexplained(self, route: RouteProposal) -> dict[str, str]:
        """Fields of the record itself that have our letters in a case that is neither ours nor the account's."""
        spell = CASES[self.case]
        own = [(ours, theirs) for ours, theirs in route.fields.pairs if theirs in route.match.record.fields]
        return {ours: theirs for ours, theirs in own if spell(ours) != theirs and ours not in route.fields.renamed}


def propose(document: ApiDocument) -> Proposal | None:
    """The contract that a document speaks of; None where it is of other software."""
    matches = find_matches(document)
    proposal = Proposal()
    for kind in KINDS:
        route = propose_route(kind, matches)
        if route is None:
            proposal.missing.append(kind.name)
        else:
            proposal.routes[kind.name] = route
    if any(name in proposal.missing for name in NECESSARY):
        return None
    guessed = {name for route in proposal.routes.values() for name in route.fields.guessed}
    pairs = [pair for route in proposal.routes.values() for pair in route.fields.pairs if pair[0] not in guessed]
    proposal.case = likeliest_case(pairs)
    return proposal
