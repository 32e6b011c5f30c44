# SPDX-License-Identifier: Apache-2.0
"""One access token per account and process, shared by its threads and clients."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from concurrent.futures import Future
from hashlib import sha256

from airflow_provider_allhours.client.auth import Token
from airflow_provider_allhours.client.config import ClientConfig
from airflow_provider_allhours.client.reachability import Reachability
from airflow_provider_allhours.client.retry import backoff, is_transient
from airflow_provider_allhours.client.stop_signal import StopSignal

MAX_REFRESH_LEEWAY = 60.0
"""Seconds before its end at which a token is renewed, though never before half its life."""


MAX_REMEMBERED = 120.0
"""Seconds for which a failure is remembered at most, also where the server asks for a pause of years."""


class TokenSource:
    """Holds the valid token of an account; threads that need one at the same time share one request.

    They share its failure, too, and so do threads that come until the next try is due: an end of the token server
    costs as many requests as one thread would send.

    Args:
        clock: monotonic seconds.
    """

    def __init__(self, *, clock: Callable[[], float] = time.monotonic) -> None:
        self.reachability = Reachability(clock=clock)
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
            self._retry_at = self._clock() + min(backoff(self._failures, error), MAX_REMEMBERED)
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


_sources: dict[tuple[str, ...], TokenSource] = {}
_sources_lock = threading.Lock()


def shared_token_source(config: ClientConfig) -> TokenSource:
    """The one token source of this process for a token endpoint, client id, secret, scope and form of the request.

    The secret takes part as a digest, so that a wrong secret never uses the token of the right one.
    """
    digest = sha256(config.client_secret.encode("utf-8", "surrogatepass")).hexdigest()
    with _sources_lock:
        key = (config.auth_url, config.client_id, config.scope, digest, repr(config.contract.auth.to_json()))
        return _sources.setdefault(key, TokenSource())
