# SPDX-License-Identifier: Apache-2.0
"""Send one request and read one response, or raise one error of this provider."""

from __future__ import annotations

from http.client import HTTPException, IncompleteRead
from typing import NoReturn
from urllib.parse import urlsplit

import requests
import urllib3

from airflow_provider_allhours import __version__
from airflow_provider_allhours.client.auth import Bearer
from airflow_provider_allhours.client.body import ACCEPTED_ENCODING, BodyError, read_body, spool_body
from airflow_provider_allhours.client.causes import cause_of
from airflow_provider_allhours.client.config import ClientConfig, is_loopback
from airflow_provider_allhours.client.connections import TimedAdapter
from airflow_provider_allhours.client.errors import (
    AllHoursContractError,
    AllHoursParameterError,
    AllHoursTransportError,
)
from airflow_provider_allhours.client.in_flight import InFlight
from airflow_provider_allhours.client.request import Request
from airflow_provider_allhours.client.responses import Response
from airflow_provider_allhours.client.stop_signal import StopSignal

HEADERS = {
    "Accept": "application/json",
    "Accept-Encoding": ACCEPTED_ENCODING,
    # Servers and proxies of HTTP/1.0 keep a connection only where they are asked to.
    "Connection": "keep-alive",
    "User-Agent": f"airflow-provider-allhours/{__version__}",
}

MAX_ERROR_BODY = 1_000_000
"""Bytes of an error response that are read for the vendor's reason; a larger one has no reason."""

MAX_BLANK = 64
"""A blank body that is longer than this is no blank body."""

WIRE_ERRORS = (
    requests.RequestException,
    urllib3.exceptions.HTTPError,
    HTTPException,
    OSError,
    ValueError,
    LookupError,
    RecursionError,
)
"""What ``requests`` and the libraries below it raise for what a server sends."""


class Exchanger:
    """Keeps the connections of one client and sends requests over them.

    Args:
        config: time limit, size limit and number of connections.
        stop: cuts the requests in flight.
    """

    def __init__(self, config: ClientConfig, stop: StopSignal) -> None:
        self._timeout = config.timeout
        self._max_body = config.max_body_bytes
        self._stop = stop
        self._session = requests.Session()
        # A proxy of the environment is not meant for this machine.
        self._session.trust_env = not is_loopback(urlsplit(config.base_url).hostname)
        for scheme in ("https://", "http://"):
            self._session.mount(scheme, TimedAdapter(pool_maxsize=config.max_concurrency))

    def close(self) -> None:
        """Close the connections that are kept open."""
        self._session.close()

    def exchange(self, request: Request) -> Response:
        """Send a request once; a response of any status from 200 on is returned.

        Raises:
            AllHoursTransportError: no response, or it was cut.
            AllHoursContractError: the response cannot be read.
            AllHoursParameterError: the request cannot be sent as it is.
        """
        prepared = self._prepared(request)
        with InFlight(self._timeout) as in_flight, self._stop.cutting(in_flight):
            try:
                response = self._received(request, prepared)
            except WIRE_ERRORS as error:
                _raise_transport_error(request, error, in_flight, self._timeout)
            except BodyError as error:
                raise AllHoursContractError(f"{request.name} {error}") from None
            # A body without a length ends with the connection, also where the connection was cut.
            if in_flight.is_cut:
                if response.file is not None:
                    response.file.close()
                _raise_cut(request, in_flight)
            return response

    def _prepared(self, request: Request) -> requests.PreparedRequest:
        prepared = requests.PreparedRequest()
        try:
            # The session would merge default headers, which are all replaced here, and cookies, which nothing keeps.
            prepared.prepare(
                request.method,
                request.url,
                params=request.query,
                json=request.json,
                data=request.form,
                headers={**HEADERS, **request.headers},
                auth=request.basic or Bearer(request.token),
            )
            return prepared
        except requests.exceptions.InvalidJSONError:
            raise AllHoursParameterError(f"{request.name} has a body that JSON cannot hold") from None
        except (requests.RequestException, ValueError, TypeError, RecursionError):
            raise AllHoursParameterError(f"{request.name} has an address, query or body that cannot be sent") from None

    def _received(self, request: Request, prepared: requests.PreparedRequest) -> Response:
        settings = self._session.merge_environment_settings(prepared.url, {}, True, None, None)
        # Session.send would read the address of a redirect, whatever it is.
        adapter = self._session.get_adapter(request.url)
        with adapter.send(
            prepared,
            stream=True,
            timeout=self._timeout,
            verify=settings["verify"] is None or settings["verify"],
            cert=settings["cert"],
            proxies=settings["proxies"],
        ) as response:
            status = response.status_code
            if status < 200:
                # The final response would be taken for that of the next request, so the connection must not be kept.
                response.raw.close()
                raise BodyError(f"answered {status}, an interim response that was not requested")
            media_type = response.headers.get("Content-Type", "")
            if request.is_spooled and status < 300:
                file = spool_body(response, self._max_body)
                start = file.read(MAX_BLANK)
                file.seek(0)
                if len(start) < MAX_BLANK:
                    _refuse_cut(response, start)
                return Response(status, response.headers, b"", media_type, file)
            try:
                body = read_body(response, self._max_body if status < 400 else MAX_ERROR_BODY)
            except BodyError:
                if status < 400:
                    raise
                body = b""
            if status < 300:
                _refuse_cut(response, body)
            return Response(status, response.headers, body, media_type)


def _refuse_cut(response: requests.Response, body: bytes) -> None:
    """Raise where a blank body may have been cut before its first byte."""
    if not body.strip() and not _says_where_it_ends(response):
        raise IncompleteRead(body)


def _says_where_it_ends(response: requests.Response) -> bool:
    """Whether a blank body is known to be whole; else it may be one that was cut before its first byte."""
    is_chunked = response.headers.get("Transfer-Encoding", "").strip().lower() == "chunked"
    length = response.headers.get("Content-Length", "").strip()
    return response.status_code in (204, 205) or is_chunked or length.isdigit()


def _raise_transport_error(request: Request, error: BaseException, in_flight: InFlight, timeout: float) -> NoReturn:
    if in_flight.is_cut:
        _raise_cut(request, in_flight)
    raise AllHoursTransportError(
        f"{request.name} got no answer from {request.host} ({cause_of(error, timeout=timeout)})",
        sent=in_flight.is_sent,
    ) from None


def _raise_cut(request: Request, in_flight: InFlight) -> NoReturn:
    raise AllHoursTransportError(
        f"{request.name} was cut because the task was stopped", sent=in_flight.is_sent
    ) from None
