# SPDX-License-Identifier: Apache-2.0
"""Read and check the fields of an ``allhours`` connection."""

from __future__ import annotations

import json
import string
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Protocol

from airflow_provider_allhours.client.config import ClientConfig, base_url, token_url
from airflow_provider_allhours.client.contract import Contract, parse_contract
from airflow_provider_allhours.client.errors import AllHoursParameterError
from airflow_provider_allhours.periods import zone

EXTRA_FIELDS = (
    "auth_url",
    "scope",
    "timezone",
    "timeout",
    "max_concurrency",
    "requests_per_second",
    "contract",
)

NUMBERS: dict[str, Callable[[Any], Any]] = {"timeout": float, "max_concurrency": int, "requests_per_second": float}
"""Fields that hold a number above 0."""

PASTED_BLANKS = "\u00a0\u200b\u2028\u2029\u2060\ufeff"
"""Blanks and invisible characters besides ASCII's that come with text copied from a web page."""


class AirflowConnection(Protocol):
    """The fields of an Airflow connection that are read here."""

    host: str | None
    port: int | None
    login: str | None
    password: str | None
    extra: str | None


@dataclass(frozen=True)
class AllHoursConnection:
    """A connection's settings: the client's configuration, and the company's time zone (IANA name)."""

    config: ClientConfig
    timezone: str | None


def read_connection(connection: AirflowConnection) -> AllHoursConnection:
    """The settings of a connection.

    Raises:
        AllHoursParameterError: a field is unknown or has a value that cannot work. The message never shows a secret.
    """
    extra = _extra(connection.extra)
    unknown = sorted(set(extra) - set(EXTRA_FIELDS))
    if unknown:
        raise AllHoursParameterError(
            f"connection extra has unknown fields {', '.join(unknown)}; known are {', '.join(EXTRA_FIELDS)}"
        )
    given = {name: value for name, value in extra.items() if value is not None and value != ""}
    timezone = given.get("timezone")
    if timezone is not None:
        zone(str(timezone))
    config = ClientConfig(
        base_url=base_url(connection.host, connection.port),
        client_id=pasted(connection.login),
        client_secret=pasted(connection.password),
        timezone=None if timezone is None else str(timezone),
        **_optional(given),
    )
    return AllHoursConnection(config, str(timezone) if timezone is not None else None)


def pasted(value: str | None) -> str:
    """A Client ID or Secret without the blanks, line ends and invisible characters that copying brings along."""
    return (value or "").strip(f"{string.whitespace}{PASTED_BLANKS}")


def _optional(given: dict[str, Any]) -> dict[str, Any]:
    """The settings that the connection has; the others keep the defaults of :class:`ClientConfig`."""
    settings: dict[str, Any] = {}
    if "auth_url" in given:
        settings["auth_url"] = token_url(_text("auth_url", given["auth_url"]))
    if "scope" in given:
        settings["scope"] = _text("scope", given["scope"])
    for name, kind in NUMBERS.items():
        if name in given:
            settings[name] = _number(name, given[name], kind)
    if "contract" in given:
        settings["contract"] = _contract(given["contract"])
    return settings


def _extra(text: str | None) -> dict[str, Any]:
    if not text or not text.strip():
        return {}
    extra = _json_object("extra", text)
    # A connection that was made from a URI keeps nested JSON under this key.
    return _json_object("extra", extra["__extra__"]) if set(extra) == {"__extra__"} else extra


def _json_object(name: str, value: Any) -> dict[str, Any]:
    try:
        value = json.loads(value) if isinstance(value, str) else value
    except ValueError:
        value = None
    if not isinstance(value, dict):
        raise AllHoursParameterError(f"connection field '{name}' is not a JSON object")
    return value


def _contract(value: Any) -> Contract:
    try:
        return parse_contract(_json_object("contract", value))
    except AllHoursParameterError as error:
        raise AllHoursParameterError(f"connection field 'contract': {error}") from None


def _text(name: str, value: Any) -> str:
    if not isinstance(value, str):
        raise AllHoursParameterError(f"connection field '{name}' is not text")
    return value


def _number(name: str, value: Any, kind: Callable[[Any], Any]) -> Any:
    try:
        number = kind(str(value)) if not isinstance(value, bool) else None
    except ValueError:
        number = None
    if number is None:
        expected = "a whole number" if kind is int else "a number"
        raise AllHoursParameterError(f"connection field '{name}' is {value!r}; it takes {expected} above 0")
    return number
