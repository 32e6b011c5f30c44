# SPDX-License-Identifier: Apache-2.0
"""The settings of a client."""

from __future__ import annotations

import ipaddress
from dataclasses import dataclass, field
from urllib.parse import SplitResult, urlsplit

from airflow_provider_allhours.client.contract.model import Contract
from airflow_provider_allhours.client.errors import AllHoursParameterError

DEFAULT_BASE_URL = "https://api4.allhours.com"
DEFAULT_AUTH_URL = "https://login.spica.com/connect/token"
MAX_TIMEOUT = 86_400
TOKEN_PATH = "/connect/token"  # noqa: S105 -- a path, not a secret


@dataclass(frozen=True)
class ClientConfig:
    """Where an account is, with which credentials it is asked, and the limits of requests.

    Args:
        base_url: API root without a trailing slash; ``http`` only for loopback.
        client_id: OAuth2 client id of the account's API key.
        client_secret: its secret; never shown by ``repr``.
        auth_url: OAuth2 token endpoint.
        scope: OAuth2 scope; ``api`` is what known clients send.
        timeout: seconds one request may take, answer included.
        max_concurrency: requests in flight at most.
        requests_per_second: budget of all processes of this machine and user together, or None for no budget.
        contract: everything that differs on this account.
        timezone: IANA name of the company's time zone; needed where the contract says that moments are in UTC.
        retry_attempts: tries of one request at most, the first included.
        retry_seconds: seconds one request may spend on tries and pauses together.
        max_body_bytes: most bytes of one decompressed response.

    Raises:
        AllHoursParameterError: a value that cannot work, named with one that would.
    """

    base_url: str
    client_id: str
    client_secret: str = field(repr=False)
    auth_url: str = DEFAULT_AUTH_URL
    scope: str = "api"
    timeout: float = 30.0
    max_concurrency: int = 8
    requests_per_second: float | None = None
    contract: Contract = field(default_factory=Contract)
    timezone: str | None = None
    retry_attempts: int = 5
    retry_seconds: float = 120.0
    max_body_bytes: int = 256_000_000

    def __post_init__(self) -> None:
        object.__setattr__(self, "base_url", base_url(self.base_url))
        object.__setattr__(self, "auth_url", token_url(self.auth_url))
        for name, value in (("login", self.client_id), ("password", self.client_secret)):
            if not value:
                raise AllHoursParameterError(
                    f"connection field '{name}' is empty; it takes the "
                    f"{'Client ID' if name == 'login' else 'Client Secret'} of an All Hours API key "
                    "(Settings > Advanced > API)"
                )
        _positive("timeout", self.timeout)
        if self.timeout > MAX_TIMEOUT:
            raise AllHoursParameterError(
                f"connection field 'timeout' is {self.timeout}; it takes at most {MAX_TIMEOUT} seconds"
            )
        _positive("max_concurrency", self.max_concurrency)
        _positive("max_body_bytes", self.max_body_bytes)
        if self.requests_per_second is not None:
            _positive("requests_per_second", self.requests_per_second)


def base_url(text: str | None, port: int | None = None) -> str:
    """The API root from what an admin typed as host (and port).

    Args:
        text: ``api4.allhours.com``, ``https://host/prefix`` or, for loopback, ``http://127.0.0.1``; empty means
            the vendor's current API host.
        port: joins the host unless the host already names one.
    """
    parts = _web_address("host", text or DEFAULT_BASE_URL)
    netloc = parts.netloc if parts.port or not port else f"{parts.netloc}:{port}"
    return f"{parts.scheme}://{netloc}{parts.path}".rstrip("/")


def token_url(text: str | None) -> str:
    """The token endpoint; a bare host gets ``/connect/token``."""
    parts = _web_address("auth_url", text or DEFAULT_AUTH_URL)
    return f"{parts.scheme}://{parts.netloc}{parts.path.rstrip('/') or TOKEN_PATH}"


def is_loopback(host: str | None) -> bool:
    """Whether a host name is one of this machine's loopback addresses."""
    if host in ("localhost", None):
        return host is not None
    try:
        return ipaddress.ip_address(str(host)).is_loopback
    except ValueError:
        return False


def _web_address(name: str, text: str) -> SplitResult:
    address = text.strip()
    try:
        parts = urlsplit(address if "://" in address else f"https://{address}")
        parts.port  # noqa: B018 -- reading it is how urllib checks it
    except ValueError:
        raise AllHoursParameterError(
            f"connection field '{name}' is not a web address; it takes e.g. {DEFAULT_BASE_URL}"
        ) from None
    if parts.scheme not in ("http", "https") or not parts.hostname or "@" in parts.netloc:
        raise AllHoursParameterError(
            f"connection field '{name}' is not a web address; it takes e.g. {DEFAULT_BASE_URL}"
        )
    if parts.scheme == "http" and not is_loopback(parts.hostname):
        raise AllHoursParameterError(
            f"connection field '{name}' uses http:// for {parts.hostname}; wages travel over https://, "
            "plain http:// is accepted for loopback (127.0.0.1, localhost) only"
        )
    return parts


def _positive(name: str, value: float) -> None:
    if not value > 0:
        raise AllHoursParameterError(f"connection field '{name}' is {value}; it takes a number above 0")
