# SPDX-License-Identifier: Apache-2.0
"""Read and check the fields of an ``allhours`` connection."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Protocol

from airflow_provider_allhours.client.config import ClientConfig, base_url, token_url
from airflow_provider_allhours.client.errors import AllHoursParameterError
from airflow_provider_allhours.periods import zone

EXTRA_FIELDS = (
    "auth_url",
    "scope",
    "timezone",
    "timeout",
    "max_concurrency",
    "requests_per_second",
    "routes",
)


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
        client_id=connection.login or "",
        client_secret=connection.password or "",
        auth_url=token_url(_text("auth_url", given.get("auth_url"))),
        scope=_text("scope", given.get("scope")) or "api",
        timeout=_number("timeout", given.get("timeout"), float, 30.0),
        max_concurrency=_number("max_concurrency", given.get("max_concurrency"), int, 8),
        requests_per_second=_number("requests_per_second", given.get("requests_per_second"), float, None),
        routes=_routes(given.get("routes")),
    )
    return AllHoursConnection(config, str(timezone) if timezone is not None else None)


def _extra(text: str | None) -> dict[str, Any]:
    if not text or not text.strip():
        return {}
    extra = _json_object("extra", text)
    # A connection that was made from a URI keeps nested JSON under this key.
    return _json_object("extra", extra["__extra__"]) if set(extra) == {"__extra__"} else extra


def _routes(value: Any) -> dict[str, str | None]:
    return {} if value is None else _json_object("routes", value)


def _json_object(name: str, value: Any) -> dict[str, Any]:
    try:
        value = json.loads(value) if isinstance(value, str) else value
    except ValueError:
        value = None
    if not isinstance(value, dict):
        raise AllHoursParameterError(f"connection field '{name}' is not a JSON object")
    return value


def _text(name: str, value: Any) -> str | None:
    if value is not None and not isinstance(value, str):
        raise AllHoursParameterError(f"connection field '{name}' is not text")
    return value


def _number(name: str, value: Any, kind: Callable[[Any], Any], default: Any) -> Any:
    if value is None:
        return default
    try:
        number = kind(str(value)) if not isinstance(value, bool) else None
    except ValueError:
        number = None
    if number is None:
        expected = "a whole number" if kind is int else "a number"
        raise AllHoursParameterError(f"connection field '{name}' is {value!r}; it takes {expected} above 0")
    return number
