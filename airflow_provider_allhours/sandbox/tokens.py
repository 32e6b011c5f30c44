# SPDX-License-Identifier: Apache-2.0
"""OAuth2 client credentials on the server's side."""

from __future__ import annotations

import base64
import binascii
import time
from collections.abc import Callable
from urllib.parse import unquote_plus
from uuid import uuid4

CLIENT_ID = "sandbox-client"
CLIENT_SECRET = "sandbox-secret"  # noqa: S105 -- opens a company that does not exist


class TokenDesk:
    """Grants access tokens and knows which are good; the server enforces expiry, as the vendor's does.

    Args:
        clock: seconds that only grow.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._good_until: dict[str, float] = {}

    def grant(self, lifetime: int) -> str:
        """A new access token, good for so many seconds."""
        token = f"sandbox.{uuid4().hex}"
        self._good_until[token] = self._clock() + lifetime
        return token

    def is_good(self, authorization: str | None) -> bool:
        """Whether an Authorization header opens the API."""
        scheme, _, token = (authorization or "").partition(" ")
        return scheme.lower() == "bearer" and self._clock() < self._good_until.get(token, 0.0)

    def revoke_all(self) -> None:
        """Make every granted token worthless."""
        self._good_until.clear()


def is_refused(form: dict[str, str], authorization: str | None) -> str | None:
    """Why a token request is refused, as OAuth2 spells it; None when it is granted."""
    if form.get("grant_type") != "client_credentials":
        return "unsupported_grant_type"
    given = (form.get("client_id"), form.get("client_secret"))
    if given == (None, None):
        given = _basic(authorization)
    if given != (CLIENT_ID, CLIENT_SECRET):
        return "invalid_client"
    return "invalid_scope" if form.get("scope", "api") != "api" else None


def _basic(authorization: str | None) -> tuple[str | None, str | None]:
    scheme, _, encoded = (authorization or "").partition(" ")
    if scheme.lower() != "basic":
        return None, None
    try:
        name, _, secret = base64.b64decode(encoded, validate=True).decode().partition(":")
    except (binascii.Error, UnicodeDecodeError):
        return None, None
    return unquote_plus(name), unquote_plus(secret)
