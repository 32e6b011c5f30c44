# SPDX-License-Identifier: Apache-2.0
"""What the OpenAPI document of an account states where nothing was seen on the wire."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from airflow_provider_allhours.discovery.proposal import Proposal
from airflow_provider_allhours.flows.tenant_facts import CANNOT_TELL, FIELDS_FACT, STATED, Verdict

ROUTES_OF_FACTS: Mapping[str, str] = {
    "clocking definitions": "clocking_definitions",
    "calculation result types": "calculation_result_types",
    "organization units": "organization_units",
    "one user": "user",
}
"""Facts that are no more than that a route is served."""

RECORDS_OF_ROUTES: Mapping[str, str] = {
    "users": "User",
    "absences": "Absence",
    "absence_definitions": "AbsenceDefinition",
    "clockings": "Clocking",
    "daily_calculations": "DailyCalculation",
}


def may_be_stated(verdicts: Iterable[Verdict]) -> bool:
    """Whether a document could settle one of the facts."""
    return any(
        verdict["verdict"] == CANNOT_TELL and (verdict["fact"] in ROUTES_OF_FACTS or verdict["fact"] == FIELDS_FACT)
        for verdict in verdicts
    )


def with_statements(verdicts: Iterable[Verdict], document: Proposal, unseen: Iterable[str]) -> list[Verdict]:
    """The verdicts, those that cannot be told settled as far as the document states the fact.

    What an account holds is stated by no document: an empty list of absences stays *cannot tell*.

    Args:
        verdicts: as they were established on the wire.
        document: what the document was read as.
        unseen: fields of the exports that no record could show, such as ``User.CustomId``.
    """
    return [_settled(verdict, document, list(unseen)) for verdict in verdicts]


def _settled(verdict: Verdict, document: Proposal, unseen: list[str]) -> Verdict:
    if verdict["verdict"] != CANNOT_TELL:
        return verdict
    route = document.routes.get(ROUTES_OF_FACTS.get(verdict["fact"], ""))
    if route is not None:
        return {**verdict, "verdict": STATED, "detail": f"{verdict['detail']}; the document has GET {route.path}"}
    if verdict["fact"] == FIELDS_FACT and unseen and _has_fields(document, unseen):
        detail = f"no record came that could show {', '.join(unseen)}; the document has every one of them"
        return {**verdict, "verdict": STATED, "detail": detail}
    return verdict


def _has_fields(document: Proposal, fields: Iterable[str]) -> bool:
    stated = {
        f"{record}.{field}"
        for name, record in RECORDS_OF_ROUTES.items()
        if name in document.routes
        for field in document.routes[name].fields.stated
    }
    return all(any(one in stated for one in _alternatives(field)) for field in fields)


def _alternatives(field: str) -> list[str]:
    """``Clocking.OriginDisplayName|Origin`` as the two fields that it may be."""
    parent, _, names = field.rpartition(".")
    return [f"{parent}.{name}" for name in names.split("|")]
