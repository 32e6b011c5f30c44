# SPDX-License-Identifier: Apache-2.0
"""Access tokens: one per account and process, behind a lock, refreshed early."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from hashlib import sha256

MAX_REFRESH_LEEWAY = 60.0
"""Seconds before its end at which a token is renewed, though never before half its life."""

UNKNOWN_LIFETIME = 300.0
"""Seconds a token is trusted when the answer names no lifetime."""


@dataclass(frozen=True)
class Token:
    """An access token and until when to use it, on the process's monotonic clock."""

    value: str
    use_until: float

    def __repr__(self) -> str:
        return "Token(***)"


class TokenSource:
    """Hands out a valid token; many threads at expiry cause one token request.

    Args:
        clock: seconds that only grow.
    """

    def __init__(self, *, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._token: Token | None = None

    def get(self, fetch: Callable[[], tuple[str, float | None]]) -> str:
        """The current token; ``fetch`` brings a new one and its lifetime in seconds when there is none."""
        token = self._token
        if token is None or self._clock() >= token.use_until:
            with self._lock:
                token = self._token
                if token is None or self._clock() >= token.use_until:
                    token = self._token = self._fetched(fetch)
        return token.value

    def refuse(self, value: str) -> None:
        """Forget a token that All Hours refused, unless a newer one has taken its place already."""
        with self._lock:
            if self._token is not None and self._token.value == value:
                self._token = None

    def _fetched(self, fetch: Callable[[], tuple[str, float | None]]) -> Token:
        asked_at = self._clock()
        value, lifetime = fetch()
        seconds = UNKNOWN_LIFETIME if lifetime is None else lifetime
        return Token(value, asked_at + seconds - min(MAX_REFRESH_LEEWAY, seconds / 2))


_sources: dict[tuple[str, str, str, str], TokenSource] = {}
_sources_lock = threading.Lock()


def shared_token_source(auth_url: str, client_id: str, client_secret: str, scope: str) -> TokenSource:
    """The one token source of this process for a key.

    The secret takes part as a digest, so that a wrong secret never borrows the token of the right one.
    """
    key = (auth_url, client_id, scope, sha256(client_secret.encode()).hexdigest())
    with _sources_lock:
        return _sources.setdefault(key, TokenSource())
