# SPDX-License-Identifier: Apache-2.0
"""Requests of one account: token, rate, retries, redirects, errors."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace

from tenacity import Retrying

from airflow_provider_allhours.client.api_root import ApiRoot
from airflow_provider_allhours.client.auth import TokenForm, TokenRequest, basic_header
from airflow_provider_allhours.client.config import ClientConfig
from airflow_provider_allhours.client.echoes import Echoes, basic_credentials, words_of_names
from airflow_provider_allhours.client.errors import (
    AllHoursAuthError,
    AllHoursContractError,
    AllHoursRateLimitError,
    AllHoursResponseError,
    AllHoursServerError,
    AllHoursTransportError,
)
from airflow_provider_allhours.client.exchange import Exchanger
from airflow_provider_allhours.client.rate_limiter import shared_rate_limiter
from airflow_provider_allhours.client.reachability import shared_reachability
from airflow_provider_allhours.client.request import Json, Query, Request
from airflow_provider_allhours.client.request_limit import RequestLimit
from airflow_provider_allhours.client.responses import Response, error_of
from airflow_provider_allhours.client.retry import backoff, retrying
from airflow_provider_allhours.client.stop_signal import Slots, Stopped, StopSignal
from airflow_provider_allhours.client.token_source import shared_token_source

MAX_REDIRECTS = 3


@dataclass
class _Progress:
    """What the tries of one request have come to; ``ends_at`` is on the monotonic clock."""

    ends_at: float
    needs_token: bool = False
    may_have_arrived: bool = False


class Transport:
    """Sends the requests of one account; safe to use from several threads.

    Args:
        config: where and who.
        on_token: called with each fetched token, so that a log masker can learn it.
        limit: what the requests to the API are counted by; None for no limit.
    """

    def __init__(
        self,
        config: ClientConfig,
        *,
        on_token: Callable[[str], None] | None = None,
        limit: RequestLimit | None = None,
    ) -> None:
        self._config = config
        self._limit = limit
        self._root = ApiRoot(config.base_url)
        self._stop = StopSignal()
        self._exchanger = Exchanger(config, self._stop)
        self._slots = Slots(config.max_concurrency, self._stop)
        self._rate_limiter = shared_rate_limiter(config.base_url, config.client_id)
        self._reachability = shared_reachability(config.base_url)
        self._tokens = shared_token_source(config)
        self._token_request = TokenRequest(config, self._post_for_token, on_token or (lambda token: None))
        for reachability in (self._reachability, self._tokens.reachability):
            reachability.listen(self._stop)
        self._names: set[str] = set()
        self._secrets = Echoes(
            config.client_id,
            config.client_secret,
            basic_credentials(config.client_id, config.client_secret),
            basic_header(config.client_id, config.client_secret).partition(" ")[2],
            *config.contract.headers.values(),
            *(str(value) for value in config.contract.auth.request_data.values()),
            names=self._names,
        )
        self._count_lock = threading.Lock()
        self.requests = 0

    def close(self) -> None:
        """Close the connections that are kept open."""
        self._exchanger.close()

    def stop(self) -> None:
        """End all work, called by any thread or signal handler.

        Pauses end and requests in flight are cut. These calls and all later ones raise
        :class:`AllHoursTransportError`, and no further request is sent. Other clients go on.
        """
        self._stop.set()

    def hide_names(self, names: Iterable[str | None]) -> None:
        """Blank these names of people where a server repeats them in an error message."""
        self._names |= words_of_names(names)

    def pause(self, seconds: float) -> None:
        """Block for so many seconds.

        Raises:
            AllHoursTransportError: :meth:`stop` was called, before the pause or in it.
        """
        try:
            self._stop.pause(seconds)
        except Stopped:
            raise AllHoursTransportError("nothing more was sent because the task was stopped", sent=False) from None

    def send(
        self,
        method: str,
        template: str,
        *,
        path: str | None = None,
        params: Query | None = None,
        json: Json = None,
        with_token: bool = True,
        is_spooled: bool = False,
    ) -> Response:
        """Send one request, again as far as the retry policy allows.

        Args:
            method: HTTP method, upper case.
            template: path template, for messages.
            path: path below the API root; the template itself by default.
            params: query parameters.
            json: body.
            with_token: False for what anybody may read.
            is_spooled: whether the body of the response is wanted as a file.

        Raises:
            AllHoursParameterError: the path leaves the API root, or the request cannot be sent.
            AllHoursLimitError: the limit of requests is reached.
            AllHoursTransportError: no response, or the client is stopped.
            AllHoursResponseError: a response that is not a success.
            AllHoursContractError: a response that cannot be read.
        """
        name, url = f"{method} {template}", self._root.url_of(path or template)
        contract = self._config.contract
        query = {**contract.params, **(params or {})} or None
        echoes = self._secrets.plus(params, json)
        request = Request(
            name, method, url, query=query, json=json, headers=contract.headers, echoes=echoes, is_spooled=is_spooled
        )
        progress = _Progress(time.monotonic() + self._config.retry_seconds)
        try:
            for attempt in self._tries(method, progress):
                with attempt:
                    return self._try(request, progress, with_token=with_token)
        except Stopped:
            raise AllHoursTransportError(
                f"{name} was not sent {'again ' * progress.may_have_arrived}because the task was stopped",
                sent=progress.may_have_arrived,
            ) from None
        except (AllHoursTransportError, AllHoursResponseError) as error:
            if not error.sent and not self._stop.is_set:
                (self._tokens.reachability if progress.needs_token else self._reachability).given_up()
            # One of several tries may have arrived, even if the last one did not.
            error.sent = error.sent or progress.may_have_arrived
            raise
        raise AssertionError("the tries end by a response or an error")

    def _tries(self, method: str, progress: _Progress) -> Retrying:
        def is_down() -> bool:
            return self._reachability.is_down or (progress.needs_token and self._tokens.reachability.is_down)

        def pause_after(failures: int, error: BaseException) -> float:
            # All threads wait for the same next try for a token.
            return (self._tokens.seconds_until_retry() if progress.needs_token else 0) or backoff(failures, error)

        return retrying(
            method,
            self._config,
            pause_after=pause_after,
            pause=lambda seconds: self._stop.wait_until(is_down, seconds),
            is_hopeless=lambda: self._stop.is_set or is_down(),
        )

    def _try(self, request: Request, progress: _Progress, *, with_token: bool) -> Response:
        """Send with a token; if that one is refused, fetch another and send once more."""
        self._stop.check()
        self._reachability.check(request.name)
        self._check_pause(request, progress)
        if not with_token:
            return self._follow(request, progress)
        for is_last in (False, True):
            token = self._token(request, progress)
            try:
                return self._follow(replace(request, token=token, echoes=request.echoes.plus(token)), progress)
            except AllHoursAuthError as error:
                if error.status != 401:
                    raise
                self._tokens.refuse(token)
                if is_last:
                    raise
        raise AssertionError("the second refusal is raised")

    def _token(self, request: Request, progress: _Progress) -> str:
        progress.needs_token = True
        try:
            token = self._tokens.get(self._token_request.send, self._stop, request.name)
        except (AllHoursTransportError, AllHoursResponseError) as error:
            error.sent = False
            raise
        progress.needs_token = False
        return token

    def _follow(self, request: Request, progress: _Progress) -> Response:
        """Send, and follow redirects of a read as long as they stay on the configured host."""
        for _ in range(MAX_REDIRECTS + 1):
            response = self._send_once(request, progress)
            if response.status < 300:
                return response
            url = self._root.redirected_url(
                request.name, request.method, request.url, response.status, response.headers
            )
            request = replace(request, url=url, query=None)
        raise AllHoursResponseError(
            f"{request.name} was redirected more than {MAX_REDIRECTS} times", status=response.status
        )

    def _send_once(self, request: Request, progress: _Progress) -> Response:
        """Send to the API once, and note what that says about the server and about the request."""
        if self._limit is not None:
            self._limit.spend(request.name)
        try:
            response = self._exchange(request)
        except AllHoursTransportError as error:
            progress.may_have_arrived |= error.sent
            if error.sent:
                self._reachability.answered()
            elif not self._stop.is_set:
                self._reachability.failed(str(error))
            raise
        except (AllHoursResponseError, AllHoursContractError) as error:
            self._reachability.answered()
            progress.may_have_arrived |= isinstance(error, AllHoursServerError)
            if isinstance(error, AllHoursRateLimitError):
                self._pause_account(error.retry_after)
            raise
        self._reachability.answered()
        return response

    def _pause_account(self, seconds: float | None) -> None:
        # A pause longer than this client would wait is raised and not waited for.
        if seconds is not None and seconds < self._config.retry_seconds:
            self._rate_limiter.pause(seconds, self._stop.pause)

    def _exchange(self, request: Request) -> Response:
        """One request, in its turn, and one response of a status below 400."""
        turn = self._rate_limiter.wait_turn(self._config.requests_per_second, self._stop.pause)
        with self._slots:
            with self._count_lock:
                self.requests += 1
            response = self._exchanger.exchange(request)
        if response.status >= 400:
            error = error_of(request.name, response, request.echoes)
            if isinstance(error, AllHoursRateLimitError) and error.retry_after is None:
                self._rate_limiter.slow_down(turn, self._stop.pause)
            raise error
        self._rate_limiter.succeeded(turn, self._stop.pause)
        return response

    def _check_pause(self, request: Request, progress: _Progress) -> None:
        """Do not wait for a pause that was asked of another request and outlasts this one's time."""
        seconds = self._rate_limiter.paused_for(self._config.requests_per_second)
        if seconds > max(progress.ends_at - time.monotonic(), 0.0):
            error = AllHoursRateLimitError(
                f"{request.name} was not sent because All Hours asked for a pause of {seconds:.0f} s",
                status=429,
                retry_after=seconds,
            )
            error.sent = False
            raise error

    def _post_for_token(self, name: str, form: TokenForm) -> tuple[int, bytes]:
        response = self._exchange(
            Request(
                name,
                "POST",
                self._config.auth_url,
                json=form.fields if form.as_json else None,
                form=None if form.as_json else form.fields,
                basic=form.basic,
                echoes=self._secrets,
            )
        )
        return response.status, response.body
