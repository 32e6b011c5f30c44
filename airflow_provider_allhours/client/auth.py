# SPDX-License-Identifier: Apache-2.0
"""OAuth2 client credentials: the token request, and the header that carries the token."""

from __future__ import annotations

import math
from base64 import b64encode
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from urllib.parse import quote, urlsplit

import msgspec
import requests
from msgspec import UNSET

from airflow_provider_allhours.client.config import ClientConfig
from airflow_provider_allhours.client.contract.model import Scalar
from airflow_provider_allhours.client.decoding import decode, prepare_decoders
from airflow_provider_allhours.client.errors import (
    AllHoursAuthError,
    AllHoursContractError,
    AllHoursResponseError,
)

UNKNOWN_LIFETIME = 300.0
"""Seconds a token is used for when the response names no lifetime."""

MAX_LIFETIME = 86_400.0
"""Seconds a token is used for at most, whatever its lifetime."""


_OTHER_REFUSALS = (
    "invalid_request",
    "invalid_scope",
    "invalid_grant",
    "invalid_target",
    "unauthorized_client",
    "unsupported_grant_type",
)
"""Error codes of OAuth2 that are not about id and secret."""


class Bearer(requests.auth.AuthBase):
    """Set the Authorization header; an auth object also keeps ``requests`` from taking one out of a ``.netrc``.

    Args:
        token: access token, or None for no header.
    """

    def __init__(self, token: str | None) -> None:
        self._token = token

    def __call__(self, prepared: requests.PreparedRequest) -> requests.PreparedRequest:
        """Sign one request."""
        if self._token is not None:
            prepared.headers["Authorization"] = f"Bearer {self._token}"
        return prepared


@dataclass(frozen=True)
class Token:
    """An access token and its lifetime in seconds."""

    value: str
    lifetime: float

    def __repr__(self) -> str:
        return "Token(***)"


class _TokenResponse(msgspec.Struct):
    access_token: str
    expires_in: float | None = None


prepare_decoders(_TokenResponse)


class Basic(requests.auth.AuthBase):
    """Set HTTP Basic credentials, each percent-encoded first as OAuth2 has it (RFC 6749, section 2.3.1)."""

    def __init__(self, client_id: str, client_secret: str) -> None:
        self._header = basic_header(client_id, client_secret)

    def __call__(self, prepared: requests.PreparedRequest) -> requests.PreparedRequest:
        """Sign one request."""
        prepared.headers["Authorization"] = self._header
        return prepared


def basic_header(client_id: str, client_secret: str) -> str:
    """The value of the Authorization header."""
    pair = ":".join(quote(text.encode("utf-8", "surrogatepass"), safe="") for text in (client_id, client_secret))
    return f"Basic {b64encode(pair.encode()).decode()}"


@dataclass(frozen=True)
class TokenForm:
    """The fields of a token request.

    Attributes:
        fields: names and values.
        as_json: whether they go as JSON; else as a form.
        basic: HTTP Basic credentials, where they are not among the fields.
    """

    fields: Mapping[str, Scalar]
    as_json: bool = False
    basic: Basic | None = None


class TokenRequest:
    """The request for an access token, as the contract says.

    Args:
        config: token endpoint and credentials.
        post: sends the fields to the token endpoint and returns status and body; the first argument is the request's
            name for messages.
        on_token: called with each token before it is used.
    """

    def __init__(
        self,
        config: ClientConfig,
        post: Callable[[str, TokenForm], tuple[int, bytes]],
        on_token: Callable[[str], None],
    ) -> None:
        self._post = post
        self._on_token = on_token
        self._request = f"POST {urlsplit(config.auth_url).path} (token)"
        self._form = _form_of(config)

    def send(self) -> Token:
        """Request a token.

        Raises:
            AllHoursAuthError: the credentials are refused.
            AllHoursContractError: the response has no usable token.
        """
        token = self._token_of(decode(self._body(), _TokenResponse, request=self._request))
        self._on_token(token.value)
        return token

    def _body(self) -> bytes:
        try:
            status, body = self._post(self._request, self._form)
        except AllHoursResponseError as error:
            if error.status in (400, 401, 403):
                refused = "; the Client ID or Client Secret of the connection is refused"
                advice = refused if _is_about_credentials(error) else ""
                raise AllHoursAuthError(f"{error}{advice}", status=error.status, reason=error.reason) from None
            raise
        if status != 200:
            raise AllHoursContractError(f"{self._request} answered {status} where 200 is due")
        return body

    def _token_of(self, response: _TokenResponse) -> Token:
        if not response.access_token:
            raise AllHoursContractError(f"{self._request} answered an empty access_token")
        if not all("!" <= letter <= "~" for letter in response.access_token):
            raise AllHoursContractError(
                f"{self._request} answered an access_token with characters that an HTTP header cannot hold"
            )
        lifetime = UNKNOWN_LIFETIME if response.expires_in is None else response.expires_in
        if not (math.isfinite(lifetime) and lifetime > 0):
            raise AllHoursContractError(
                f"{self._request} answered expires_in {lifetime:g}; a token lives for a number of seconds above 0"
            )
        return Token(response.access_token, min(lifetime, MAX_LIFETIME))


def _form_of(config: ClientConfig) -> TokenForm:
    auth = config.contract.auth
    credentials = {"client_id": config.client_id, "client_secret": config.client_secret}
    is_basic = auth.client_auth == "basic"
    scope = config.scope if auth.scope is UNSET else auth.scope
    fields: dict[str, Scalar] = {"grant_type": "client_credentials", **({} if is_basic else credentials)}
    if scope:
        fields["scope"] = scope
    fields |= auth.request_data
    return TokenForm(
        fields,
        as_json=auth.body == "json",
        basic=Basic(config.client_id, config.client_secret) if is_basic else None,
    )


def _is_about_credentials(error: AllHoursResponseError) -> bool:
    """Whether a refusal is about id and secret; of anything else the server's own words tell more."""
    reason = error.reason or ""
    if any(code in reason for code in _OTHER_REFUSALS):
        return False
    return "invalid_client" in reason or error.status == 401 or not reason
