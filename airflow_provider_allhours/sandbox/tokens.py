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
    """Grants access tokens and checks them; the server enforces expiry, as the vendor's does.

    Args:
        clock: monotonic seconds.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._valid_until: dict[str, float] = {}

    def grant(self, lifetime: int, suffix: str = "") -> str:
        """A new access token that ends with ``suffix`` and is valid for ``lifetime`` seconds."""
        token = f"sandbox.{uuid4().hex}{suffix}"
        self._valid_until[token] = self._clock() + lifetime
        return token

    def is_valid(self, authorization: str | None) -> bool:
        """Whether an Authorization header carries a valid token."""
        scheme, _, token = (authorization or "").partition(" ")
        return scheme.lower() == "bearer" and self._clock() < self._valid_until.get(token, 0.0)

    def revoke_all(self) -> None:
        """Invalidate every granted token."""
        self._valid_until.clear()


def refusal_of(form: dict[str, str], authorization: str | None, *, is_basic_only: bool = False) -> str | None:
    """The OAuth2 error code of a token request; None when it is granted.

    Args:
        form: the body.
        authorization: the Authorization header.
        is_basic_only: refuse credentials in the body, and every scope.
    """
    if form.get("grant_type") != "client_credentials":
        return "unsupported_grant_type"
    credentials = (form.get("client_id"), form.get("client_secret"))
    if credentials == (None, None) or is_basic_only:
        credentials = _basic(authorization)
    if credentials != (CLIENT_ID, CLIENT_SECRET):
        return "invalid_client"
    is_known_scope = "scope" not in form if is_basic_only else form.get("scope", "api") == "api"
    return None if is_known_scope else "invalid_scope"


def _basic(authorization: str | None) -> tuple[str | None, str | None]:
    scheme, _, encoded = (authorization or "").partition(" ")
    if scheme.lower() != "basic":
        return None, None
    try:
        name, _, secret = base64.b64decode(encoded, validate=True).decode().partition(":")
    except (binascii.Error, UnicodeDecodeError):
        return None, None
    return unquote_plus(name), unquote_plus(secret)
