# SPDX-License-Identifier: Apache-2.0
"""OAuth2 client credentials: the token request, and one token per account and process."""

from __future__ import annotations

import math
import threading
import time
from collections.abc import Callable, Mapping
from concurrent.futures import Future
from dataclasses import dataclass
from hashlib import sha256
from urllib.parse import urlsplit

import msgspec
import requests

from airflow_provider_allhours.client.config import ClientConfig
from airflow_provider_allhours.client.decoding import decode, prepare_decoders
from airflow_provider_allhours.client.errors import (
    AllHoursAuthError,
    AllHoursContractError,
    AllHoursResponseError,
)
from airflow_provider_allhours.client.reachability import Reachability, shared_reachability
from airflow_provider_allhours.client.retry import backoff, is_transient
from airflow_provider_allhours.client.stop_signal import StopSignal

MAX_REFRESH_LEEWAY = 60.0
"""Seconds before its end at which a token is renewed, though never before half its life."""

UNKNOWN_LIFETIME = 300.0
"""Seconds a token is used for when the response names no lifetime."""

MAX_LIFETIME = 86_400.0
"""Seconds a token is used for at most, whatever its lifetime."""


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


class TokenRequest:
    """The request for an access token, with the client credentials in the form body.

    Args:
        config: token endpoint and credentials.
        post: sends the form to the token endpoint and returns status and body; the first argument is the request's
            name for messages.
        on_token: called with each token before it is used.
    """

    def __init__(
        self,
        config: ClientConfig,
        post: Callable[[str, Mapping[str, str]], tuple[int, bytes]],
        on_token: Callable[[str], None],
    ) -> None:
        self._post = post
        self._on_token = on_token
        self._request = f"POST {urlsplit(config.auth_url).path} (token)"
        self._form = {
            "grant_type": "client_credentials",
            "client_id": config.client_id,
            "client_secret": config.client_secret,
        }
        if config.scope:
            self._form["scope"] = config.scope

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
                raise AllHoursAuthError(
                    f"{error}; the Client ID or Client Secret of the connection is refused",
                    status=error.status,
                    reason=error.reason,
                ) from None
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


class TokenSource:
    """Holds the valid token of an account; threads that need one at the same time share one request.

    They share its failure, too, and so do threads that come until the next try is due: an end of the token server
    costs as many requests as one thread would send.

    Args:
        reachability: of the token endpoint.
        clock: monotonic seconds.
    """

    def __init__(
        self, reachability: Reachability | None = None, *, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self.reachability = reachability or Reachability(clock=clock)
        self._clock = clock
        self._lock = threading.Lock()
        self._token: Token | None = None
        self._use_until = 0.0
        self._flight: Future[Token] | None = None
        self._failure: Exception | None = None
        self._failures = 0
        self._retry_at = 0.0

    def get(self, fetch: Callable[[], Token], stop: StopSignal, request: str = "") -> str:
        """The current token.

        Args:
            fetch: requests a new one; called by one thread at a time.
            stop: of the client that needs the token; ends its wait, not that of other clients.
            request: method and path template of the request that needs it, for messages.

        Raises:
            Stopped: the signal is set.
            AllHoursError: the request of this thread, or the one of another thread that this one shares, failed.
        """
        while True:
            stop.check()
            with self._lock:
                if self._token is not None and self._clock() < self._use_until:
                    return self._token.value
                self.reachability.check(request)
                if self._failure is not None and self._clock() < self._retry_at:
                    raise _copy_of(self._failure)
                flight, is_mine = self._flight, self._flight is None
                if flight is None:
                    flight = self._flight = Future()
            if is_mine:
                return self._fly(flight, fetch, stop).value
            flight.add_done_callback(stop.wake)
            stop.wait_until(flight.done)
            if flight.cancelled():
                continue
            failure = flight.exception()
            if failure is not None:
                raise _copy_of(failure)
            return flight.result().value

    def seconds_until_retry(self) -> float:
        """Seconds until a token is requested again after a failure; 0 when nothing failed."""
        with self._lock:
            return max(0.0, self._retry_at - self._clock()) if self._failure is not None else 0.0

    def refuse(self, value: str) -> None:
        """Forget a token that All Hours refused, unless a newer one has taken its place already."""
        with self._lock:
            if self._token is not None and self._token.value == value:
                self._token = None

    def _fly(self, flight: Future[Token], fetch: Callable[[], Token], stop: StopSignal) -> Token:
        asked_at = self._clock()
        try:
            token = fetch()
        except BaseException as error:
            # The end of this client's task is no failure of the token server: other clients ask for themselves.
            if stop.is_set or not isinstance(error, Exception):
                with self._lock:
                    self._flight = None
                flight.cancel()
            else:
                self._fail(flight, error)
            raise
        with self._lock:
            self._token, self._flight, self._failure, self._failures = token, None, None, 0
            self._use_until = asked_at + token.lifetime - min(MAX_REFRESH_LEEWAY, token.lifetime / 2)
        self.reachability.answered()
        flight.set_result(token)
        return token

    def _fail(self, flight: Future[Token], error: Exception) -> None:
        with self._lock:
            self._flight, self._failure = None, error
            self._failures += 1
            self._retry_at = self._clock() + backoff(self._failures, error)
        if is_transient(error):
            self.reachability.failed(str(error))
        else:
            self.reachability.answered()
        flight.set_exception(_copy_of(error))


def _copy_of(error: BaseException) -> BaseException:
    """An equal exception: one that several threads raise would collect the tracebacks of all of them."""
    copy = type(error).__new__(type(error), *error.args)
    copy.__dict__.update(error.__dict__)
    return copy


_sources: dict[tuple[str, str, str, str], TokenSource] = {}
_sources_lock = threading.Lock()


def shared_token_source(config: ClientConfig) -> TokenSource:
    """The one token source of this process for a token endpoint, client id, secret and scope.

    The secret takes part as a digest, so that a wrong secret never uses the token of the right one.
    """
    digest = sha256(config.client_secret.encode("utf-8", "surrogatepass")).hexdigest()
    with _sources_lock:
        return _sources.setdefault(
            (config.auth_url, config.client_id, config.scope, digest),
            TokenSource(shared_reachability(config.auth_url)),
        )
