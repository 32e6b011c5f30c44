# SPDX-License-Identifier: Apache-2.0
"""Check an account against its contract, and propose a contract that is proven by what the account answers."""

from __future__ import annotations

import copy
from collections.abc import Callable
from dataclasses import replace
from datetime import date
from typing import Any, TypedDict
from urllib.parse import urlsplit

from airflow_provider_allhours.client import AllHoursClient, ClientConfig
from airflow_provider_allhours.client.contract import Contract, parse_contract
from airflow_provider_allhours.client.errors import AllHoursAuthError, AllHoursError, AllHoursLimitError
from airflow_provider_allhours.client.request_limit import RequestLimit
from airflow_provider_allhours.discovery.documents import read_document
from airflow_provider_allhours.discovery.proposal import propose
from airflow_provider_allhours.flows.tenant_document import find_document
from airflow_provider_allhours.flows.tenant_facts import (
    CANNOT_TELL,
    DIFFERS,
    PROVEN,
    STATED,
    TenantFacts,
    Verdict,
    exit_code,
    last_whole_month,
)
from airflow_provider_allhours.flows.tenant_statements import may_be_stated, with_statements

MAX_REQUESTS = 60
"""GETs of one check, besides the requests for tokens."""

MAX_ROUNDS = 4
"""How many contracts are proven at most."""

AUTHS: tuple[dict[str, Any], ...] = ({"client_auth": "basic", "scope": None}, {"scope": None}, {"client_auth": "basic"})
"""Other forms of the token request, in the order in which they are tried."""

ROUTES_OF_TIMES = ("daily_calculations", "absences")
ROUTES_OF_MOMENTS = ("users", "daily_calculations", "absences", "clockings")


class ProposedContract(TypedDict):
    """A contract to paste; empty where the account is as believed."""

    contract: dict[str, Any]


class CheckReport(TypedDict):
    """Plain JSON without anybody's data.

    ``exit_code`` is 0 when all that an export depends on is proven or stated, 1 when something differs, 2 when
    something cannot be told.
    """

    host: str
    verdicts: list[Verdict]
    proposal: ProposedContract | None
    document: str | None
    requests: int
    exit_code: int


class _Checker:
    def __init__(self, config: ClientConfig, today: date, on_token: Callable[[str], None] | None) -> None:
        self._config = config
        self._month = last_whole_month(today)
        self._on_token = on_token
        self.limit = RequestLimit(MAX_REQUESTS)
        self.unseen: list[str] = []

    def client(self, contract: Contract) -> AllHoursClient:
        config = replace(self._config, contract=contract, retry_attempts=min(2, self._config.retry_attempts))
        return AllHoursClient(config, on_token=self._on_token, limit=self.limit)

    def facts(self, contract: Contract) -> list[Verdict]:
        try:
            with self.client(contract) as client:
                facts = TenantFacts(client, self._month)
                verdicts, self.unseen = facts.establish(), facts.unseen
        except AllHoursError as error:
            return [{"fact": "contract", "verdict": DIFFERS, "detail": str(error), "is_needed": True}]
        return [*verdicts, *self._parameters_of_users(contract, verdicts)]

    def _parameters_of_users(self, contract: Contract, verdicts: list[Verdict]) -> list[Verdict]:
        """What the contract's parameters of the list of users change, such as a flag for archived ones."""
        stated: dict[str, Any] = dict(contract.to_json())
        users = stated.get("routes", {}).get("users")
        if not isinstance(users, dict) or not users.get("params") or exit_code(verdicts) == 1:
            return []
        stated["routes"]["users"] = {**users, "params": {}}
        try:
            with self.client(parse_contract(stated)) as client:
                archived = sum(bool(user.is_archived) for user in client.users())
        except AllHoursLimitError as error:
            verdict, detail = CANNOT_TELL, str(error)
        except AllHoursError as error:
            verdict, detail = PROVEN, f"they are needed: {error}"
        else:
            verdict, detail = PROVEN, f"without them {archived} archived users are listed"
        return [{"fact": "parameters of users", "verdict": verdict, "detail": detail, "is_needed": False}]


def check_tenant(
    config: ClientConfig,
    *,
    today: date,
    proposes: bool = False,
    document: Any = None,
    on_token: Callable[[str], None] | None = None,
) -> CheckReport:
    """Establish what is proven about an account, and propose a contract.

    Args:
        config: the account and its contract.
        today: the company's day; the month before it is asked for.
        proposes: whether to find a contract where the present one does not fit.
        document: decoded OpenAPI document, where it was saved to a file; by default it is looked for.
        on_token: told each fetched token.
    """
    checker = _Checker(config, today, on_token)
    present = config.contract.to_json()
    if proposes:
        present = _with_working_token(checker, present)
    verdicts = checker.facts(parse_contract(present))
    found: str | None = None
    proposal: ProposedContract | None = None
    if proposes:
        if exit_code(verdicts) == 0:
            proposal = {"contract": present}
        else:
            proven = _propose(checker, config, present, verdicts, document)
            if proven is not None:
                found, verdicts, present = proven
                proposal = {"contract": present}
    if may_be_stated(verdicts):
        verdicts = _with_statements(checker, config, present, verdicts, document)
    code = exit_code(verdicts)
    return {
        "host": config.base_url,
        "verdicts": verdicts,
        "proposal": proposal,
        "document": found,
        "requests": checker.limit.spent,
        "exit_code": 2 if proposes and proposal is None else code,
    }


def _with_statements(
    checker: _Checker, config: ClientConfig, present: dict[str, Any], verdicts: list[Verdict], document: Any
) -> list[Verdict]:
    """The verdicts, with what the account's document states where nothing could be seen."""
    if document is None:
        try:
            with checker.client(parse_contract(present)) as client:
                located = find_document(client, config.contract.openapi)
        except AllHoursLimitError:
            return verdicts
        if located is None:
            return verdicts
        document = located[1]
    read = propose(read_document(document, root_path=urlsplit(config.base_url).path))
    return verdicts if read is None else with_statements(verdicts, read, checker.unseen)


def _propose(
    checker: _Checker, config: ClientConfig, present: dict[str, Any], verdicts: list[Verdict], document: Any
) -> tuple[str | None, list[Verdict], dict[str, Any]] | None:
    """A contract that nothing contradicts, with its verdicts; None where none was found."""
    path = None
    try:
        if document is None:
            with checker.client(parse_contract(present)) as client:
                located = find_document(client, config.contract.openapi)
            if located is None:
                return _refined(checker, present, verdicts, None)
            path, document = located
    except AllHoursLimitError:
        return None
    read = propose(read_document(document, root_path=urlsplit(config.base_url).path))
    if read is None:
        return None
    contract = _merged(present, read.to_json())
    users = read.routes.get("users")
    if users is not None and users.archived is not None:
        route = contract.setdefault("routes", {}).setdefault("users", {})
        route["params"] = {**users.params, **route.get("params", {}), users.archived[0]: users.archived[1]}
    return _refined(checker, contract, checker.facts(parse_contract(contract)), path)


def _refined(
    checker: _Checker, contract: dict[str, Any], verdicts: list[Verdict], path: str | None
) -> tuple[str | None, list[Verdict], dict[str, Any]] | None:
    """What a document does not say, unit and time zone, is tried as the verdicts suggest it."""
    tried = [contract]
    for _ in range(MAX_ROUNDS):
        if exit_code(verdicts) != 1:
            return path, verdicts, contract
        changed = next((other for other in _suggested(contract, verdicts) if other not in tried), None)
        if changed is None:
            return None
        tried.append(changed)
        contract, verdicts = changed, checker.facts(parse_contract(changed))
    return (path, verdicts, contract) if exit_code(verdicts) != 1 else None


def _suggested(contract: dict[str, Any], verdicts: list[Verdict]) -> list[dict[str, Any]]:
    details = " ".join(verdict["detail"] for verdict in verdicts if verdict["verdict"] == DIFFERS)
    suggested = []
    if "timestamps: utc" in details:
        suggested.append(_with_key(contract, ROUTES_OF_MOMENTS, "timestamps", "utc"))
    if "`minutes` of the contract" in details:
        units = ["hh:mm"] if "hh:mm" in details else ["hours", "seconds"]
        suggested += [_with_key(contract, ROUTES_OF_TIMES, "minutes", unit) for unit in units]
    return suggested


def _with_key(contract: dict[str, Any], routes: tuple[str, ...], key: str, value: str) -> dict[str, Any]:
    changed = copy.deepcopy(contract)
    for name in routes:
        route = changed.setdefault("routes", {}).get(name, {})
        if route is None:
            continue
        route = {"path": route} if isinstance(route, str) else route
        changed["routes"][name] = {**route, key: value}
    return changed


def _with_working_token(checker: _Checker, present: dict[str, Any]) -> dict[str, Any]:
    """The contract with a form of the token request that is granted one, as far as there is such a form."""
    candidates = [present]
    if "auth" not in present:
        candidates += [{**present, "auth": auth} for auth in AUTHS]
    return next((contract for contract in candidates if _gets_a_token(checker, contract)), present)


def _gets_a_token(checker: _Checker, contract: dict[str, Any]) -> bool:
    try:
        with checker.client(parse_contract(contract)) as client:
            client.fetch("/api/v1/AbsenceDefinitions")
    except AllHoursAuthError as error:
        return "(token)" not in str(error)
    except AllHoursError as error:
        return "(token)" not in str(error)
    return True


def _merged(present: dict[str, Any], proposed: dict[str, Any]) -> dict[str, Any]:
    """The proposed contract over the present one; what the present one says of token, headers and parameters stays."""
    merged = {**present, **proposed}
    for name in ("headers", "params"):
        if name in present or name in proposed:
            merged[name] = {**proposed.get(name, {}), **present.get(name, {})}
    return merged


__all__ = ["CANNOT_TELL", "DIFFERS", "PROVEN", "STATED", "CheckReport", "check_tenant"]
