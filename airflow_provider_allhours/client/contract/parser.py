# SPDX-License-Identifier: Apache-2.0
"""Read a contract from JSON; every key is known, and every error names its place."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import get_args

from msgspec import UNSET, UnsetType

from airflow_provider_allhours.client.contract.entries import Entry, as_text
from airflow_provider_allhours.client.contract.model import Auth, Case, ClientAuth, Contract, RouteContract, TokenBody
from airflow_provider_allhours.client.contract.names import ROUTE_WORDS
from airflow_provider_allhours.client.contract.route_parser import read_route
from airflow_provider_allhours.client.errors import AllHoursParameterError

KEYS = ("auth", "headers", "params", "openapi", "case", "routes")
AUTH_KEYS = ("client_auth", "scope", "body", "request_data")
OWN_TOKEN_FIELDS = ("grant_type", "client_id", "client_secret", "scope")

RESERVED_HEADERS = frozenset(
    {
        "accept-encoding",
        "authorization",
        "connection",
        "content-encoding",
        "content-length",
        "content-type",
        "cookie",
        "expect",
        "host",
        "keep-alive",
        "proxy-authorization",
        "proxy-connection",
        "te",
        "trailer",
        "transfer-encoding",
        "upgrade",
    }
)
"""Headers that the client sets itself, in lower case."""

_HEADER_NAME = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
_HEADER_VALUE = re.compile(r"[!-~](?:[ -~]*[!-~])?")
_PARAM_NAME = re.compile(r"[^\s\x00-\x1f\x7f]+")


def parse_contract(value: object) -> Contract:
    """The contract of an account from its decoded JSON.

    Args:
        value: a JSON object; an empty one is the contract of an account that is as believed.

    Raises:
        AllHoursParameterError: an unknown key, or a value that cannot work; names the place and what would be right.
    """
    entry = Entry(value, "contract", KEYS)
    return Contract(
        auth=_auth(entry.value("auth")) if "auth" in entry else Auth(),
        headers=_named(entry, "headers", _check_header),
        params=_named(entry, "params", _check_param),
        openapi=entry.text("openapi", "a path or address, such as /swagger/v1/swagger.json"),
        case=entry.choice("case", get_args(Case), "pascal"),
        routes=_routes(entry.value("routes")) if "routes" in entry else {},
    )


def _auth(value: object) -> Auth:
    entry = Entry(value, "contract.auth", AUTH_KEYS)
    scope: str | UnsetType | None = UNSET
    if "scope" in entry:
        scope = None if entry.value("scope") is None else entry.required("scope", "a scope, or null to send none")
    data = Entry(entry.value("request_data"), entry.place_of("request_data")) if "request_data" in entry else None
    request_data = {} if data is None else {name: _token_field(data, name, item) for name, item in data.items()}
    return Auth(
        client_auth=entry.choice("client_auth", get_args(ClientAuth), "form"),
        scope=scope,
        body=entry.choice("body", get_args(TokenBody), "form"),
        request_data=request_data,
    )


def _token_field(data: Entry, name: str, value: object) -> str | int | float | bool:
    if name in OWN_TOKEN_FIELDS:
        raise data.refuse(name, "is a field that the client sets itself", "further fields of the token request")
    if not isinstance(value, str | int | float | bool):
        as_text(data.place_of(name), value)
        raise AssertionError("as_text refuses what is no scalar")
    return value


def _named(entry: Entry, key: str, check: Callable[[Entry, str, str], None]) -> Mapping[str, str]:
    """Names with their values, in lists of headers and parameters."""
    if key not in entry:
        return {}
    values = Entry(entry.value(key), entry.place_of(key))
    named = {name: as_text(values.place_of(name), value) for name, value in values.items()}
    for name, text in named.items():
        check(values, name, text)
    return named


def _check_header(headers: Entry, name: str, value: str) -> None:
    if not _HEADER_NAME.fullmatch(name):
        raise AllHoursParameterError(f"{headers.place} has {name!r}, which cannot be the name of a header")
    if name.lower() in RESERVED_HEADERS:
        raise headers.refuse(name, "is a header that the client sets itself", "further headers of API calls")
    if not _HEADER_VALUE.fullmatch(value):
        problem = "has characters that a header cannot hold, or blanks around it"
        raise headers.refuse(name, problem, "printable ASCII on one line")
    if sum(name.lower() == other.lower() for other, _ in headers.items()) > 1:
        raise headers.refuse(name, "stands there twice, in another case", "each header once")


def _check_param(params: Entry, name: str, value: str) -> None:
    if not _PARAM_NAME.fullmatch(name):
        raise AllHoursParameterError(f"{params.place} has {name!r}, which cannot be the name of a parameter")
    if "{" in value or "}" in value:
        raise params.refuse(name, "has a brace", "the same text for each call; values stand in a route's params")


def _routes(value: object) -> dict[str, RouteContract | None]:
    entry = Entry(value, "contract.routes")
    for name, _ in entry.items():
        if name not in ROUTE_WORDS:
            raise AllHoursParameterError(
                f"contract.routes has the unknown route {name}; known are {', '.join(ROUTE_WORDS)}"
            )
    return {name: read_route(name, route, entry.place_of(name)) for name, route in entry.items()}
