# SPDX-License-Identifier: Apache-2.0
"""The one place where a request leaves and an answer comes back."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Mapping
from typing import Any
from urllib.parse import urljoin, urlsplit

import requests
import urllib3
from urllib3.exceptions import MaxRetryError, NewConnectionError

from airflow_provider_allhours import __version__
from airflow_provider_allhours.client.auth import Bearer, TokenRequest, shared_token_source
from airflow_provider_allhours.client.config import ClientConfig, is_loopback
from airflow_provider_allhours.client.connections import TimedAdapter
from airflow_provider_allhours.client.errors import (
    AllHoursAuthError,
    AllHoursParameterError,
    AllHoursRateLimitError,
    AllHoursResponseError,
    AllHoursServerError,
    AllHoursTransportError,
)
from airflow_provider_allhours.client.in_flight import InFlight
from airflow_provider_allhours.client.rate_limiter import shared_rate_limiter
from airflow_provider_allhours.client.responses import Response, error_of
from airflow_provider_allhours.client.retry import retrying
from airflow_provider_allhours.client.stop_signal import Slots, Stopped, StopSignal

USER_AGENT = f"airflow-provider-allhours/{__version__}"
MAX_REDIRECTS = 3
CHUNK = 65536


class Transport:
    """Sends requests for one account: token, rate, time limit, retry, redirects, errors.

    Args:
        config: where and who.
        on_token: called with each fetched token, so that a log masker can learn it.
    """

    def __init__(self, config: ClientConfig, *, on_token: Callable[[str], None] | None = None) -> None:
        self._config = config
        self._stop = StopSignal()
        self._rate_limiter = shared_rate_limiter(config.base_url, config.client_id)
        self._tokens = shared_token_source(config)
        self._token_request = TokenRequest(config, self._post_for_token, on_token or (lambda token: None))
        self._slots = Slots(config.max_concurrency, self._stop)
        self._session = requests.Session()
        self._session.trust_env = not is_loopback(urlsplit(config.base_url).hostname)
        for scheme in ("https://", "http://"):
            self._session.mount(scheme, TimedAdapter(pool_maxsize=config.max_concurrency))
        self._count_lock = threading.Lock()
        self.requests = 0

    def close(self) -> None:
        """Close the connections that are kept open."""
        self._session.close()

    def stop(self) -> None:
        """End all work, called by any thread or signal handler.

        Pauses end and requests in flight are cut. These calls and all later ones raise
        :class:`AllHoursTransportError`, and no further request is sent. Other clients go on.
        """
        self._stop.set()

    def send(
        self,
        method: str,
        template: str,
        *,
        path: str | None = None,
        params: Mapping[str, Any] | None = None,
        json: Any = None,
    ) -> Response:
        """Send one request, repeated as the retry policy allows.

        Args:
            method: HTTP method.
            template: path template, for messages.
            path: the path to send; the template itself by default.
            params: query parameters.
            json: body.

        Raises:
            AllHoursTransportError: no answer.
            AllHoursResponseError: an answer that is not a success.
        """
        url = self._own_url(path or template)
        request = f"{method} {template}"
        confidential = tuple(_texts([json, list((params or {}).values())]))
        may_have_arrived = False
        try:
            for attempt in self._retrying(method):
                with attempt:
                    try:
                        return self._authorized(request, method, url, params, json, confidential)
                    except AllHoursTransportError as error:
                        # One of several tries may have arrived, even if the last one did not.
                        may_have_arrived = error.sent = may_have_arrived or error.sent
                        raise
                    except AllHoursServerError:
                        may_have_arrived = True
                        raise
        except Stopped:
            raise AllHoursTransportError(
                f"{request} was not sent {'again ' * may_have_arrived}because the task was stopped",
                sent=may_have_arrived,
            ) from None
        raise AssertionError("the retry policy ends by an answer or an error")

    def _retrying(self, method: str) -> Any:
        return retrying(
            method,
            attempts=self._config.retry_attempts,
            seconds=self._config.retry_seconds,
            stop=self._stop,
        )

    def _own_url(self, path: str) -> str:
        """The full address of a path, or an error if it would leave the configured host."""
        if urlsplit(path).scheme or path.startswith("//"):
            if not self._is_own(path):
                raise AllHoursParameterError(
                    "parameter 'endpoint' leads to another host; the credentials of this connection stay with its own"
                )
            return path
        return f"{self._config.base_url}/{path.lstrip('/')}"

    def _is_own(self, url: str) -> bool:
        own, other = urlsplit(self._config.base_url), urlsplit(url)
        return (own.scheme, own.hostname, own.port) == (other.scheme, other.hostname, other.port)

    def _authorized(
        self,
        request: str,
        method: str,
        url: str,
        params: Mapping[str, Any] | None,
        json: Any,
        confidential: tuple[str, ...],
    ) -> Response:
        """Send with a token; if that one is refused, fetch another and send once more."""
        for is_last in (False, True):
            token = self._tokens.get(self._token_request.send, self._stop)
            hidden = (*confidential, token, self._config.client_secret)
            try:
                return self._follow(request, method, url, params=params, json=json, token=token, hidden=hidden)
            except AllHoursAuthError as error:
                if error.status != 401:
                    raise
                self._tokens.refuse(token)
                if is_last:
                    raise
        raise AssertionError("the second refusal is raised")

    def _follow(self, request: str, method: str, url: str, **sending: Any) -> Response:
        """Send, and follow redirects of a GET as long as they stay on the configured host."""
        for _ in range(MAX_REDIRECTS + 1):
            status, headers, body = self._once(request, method, url, **sending)
            if status < 300:
                return Response(status, headers, body, headers.get("Content-Type", ""))
            url = urljoin(url, headers.get("Location", ""))
            sending["params"] = None
            if method != "GET" or not self._is_own(url):
                raise AllHoursResponseError(
                    f"{request} answered {status}, a redirect "
                    f"{'of a write' if self._is_own(url) else 'to another host'}, which is not followed",
                    status=status,
                )
        raise AllHoursResponseError(f"{request} was redirected more than {MAX_REDIRECTS} times", status=status)

    def _once(
        self,
        request: str,
        method: str,
        url: str,
        *,
        hidden: tuple[str, ...],
        token: str | None,
        params: Mapping[str, Any] | None = None,
        json: Any = None,
        data: Mapping[str, str] | None = None,
    ) -> tuple[int, Mapping[str, str], bytes]:
        """One request, one answer read whole, or one error."""
        self._rate_limiter.wait_turn(self._config.requests_per_second, self._stop.pause)
        with self._slots:
            with self._count_lock:
                self.requests += 1
            status, headers, body = self._exchange(
                request,
                requests.Request(
                    method,
                    url,
                    params=params,
                    json=json,
                    data=data,
                    headers={"Accept": "application/json", "User-Agent": USER_AGENT},
                    auth=Bearer(token),
                ),
            )
        if status < 400:
            return status, headers, body
        error = error_of(request, status, body, headers, confidential=hidden)
        if isinstance(error, AllHoursRateLimitError):
            self._pause_all(error.retry_after)
        raise error

    def _pause_all(self, seconds: float | None) -> None:
        # A pause longer than this client's patience is raised, not waited for.
        if seconds is not None and seconds < self._config.retry_seconds:
            self._rate_limiter.pause(seconds)

    def _exchange(self, request: str, message: requests.Request) -> tuple[int, Mapping[str, str], bytes]:
        """Send one message and read the whole response within the time limit, unless the task is stopped."""
        with InFlight(self._config.timeout) as in_flight, self._stop.cutting(in_flight):
            try:
                prepared = self._session.prepare_request(message)
                settings = self._session.merge_environment_settings(prepared.url, {}, True, None, None)
                with self._session.send(
                    prepared, timeout=self._config.timeout, allow_redirects=False, **settings
                ) as response:
                    status, headers, body = response.status_code, response.headers, b"".join(_parts_of(response))
            except requests.exceptions.InvalidURL:
                raise AllHoursParameterError(f"{request} has no valid address") from None
            except (requests.RequestException, urllib3.exceptions.HTTPError, OSError, TimeoutError) as error:
                self._raise_if_cut(request, in_flight)
                raise AllHoursTransportError(
                    f"{request} got no answer ({_kind_of(error)}, limit {self._config.timeout:g} s)",
                    sent=not _was_never_sent(error),
                ) from None
            # A body without a length ends with the connection, also where the connection was cut.
            self._raise_if_cut(request, in_flight)
            return status, headers, body

    def _raise_if_cut(self, request: str, in_flight: InFlight) -> None:
        if in_flight.is_cut:
            raise AllHoursTransportError(f"{request} was cut because the task was stopped", sent=True) from None

    def _post_for_token(self, request: str, form: Mapping[str, str]) -> tuple[int, bytes]:
        hidden = (self._config.client_secret, self._config.client_id)
        status, _, body = self._once(request, "POST", self._config.auth_url, hidden=hidden, token=None, data=form)
        return status, body


def _parts_of(response: requests.Response) -> Iterator[bytes]:
    while part := response.raw.read1(CHUNK, decode_content=True):
        yield part


def _was_never_sent(error: BaseException) -> bool:
    if isinstance(error, requests.ConnectTimeout):
        return True
    reason = error.args[0] if error.args else None
    if isinstance(reason, MaxRetryError):
        reason = reason.reason
    return isinstance(reason, NewConnectionError)


def _kind_of(error: BaseException) -> str:
    """A few plain words; the exception's own text may hold the full address."""
    if isinstance(error, (requests.Timeout, TimeoutError, urllib3.exceptions.TimeoutError)):
        return "timed out"
    return "connection refused" if _was_never_sent(error) else "connection lost"


def _texts(value: Any) -> Iterator[str]:
    """Every text inside a JSON value: what was sent must not come back in a message."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, Mapping):
        for item in value.values():
            yield from _texts(item)
    elif isinstance(value, (list, tuple)):
        for item in value:
            yield from _texts(item)
