# SPDX-License-Identifier: Apache-2.0
"""HTTP connections for ``requests`` that are made of the sockets of :mod:`.sockets`."""

from __future__ import annotations

import http.client
import socket
from io import BufferedReader
from typing import Any, cast

from requests.adapters import HTTPAdapter
from urllib3 import HTTPConnectionPool, HTTPSConnectionPool, PoolManager
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.exceptions import ConnectTimeoutError, NameResolutionError, NewConnectionError
from urllib3.util.ssl_ import create_urllib3_context

from airflow_provider_allhours.client.in_flight import in_flight
from airflow_provider_allhours.client.sockets import TimedTlsSocket, open_socket


def _connect(connection: HTTPConnection) -> socket.socket:
    """Open the socket of a connection; failures are those that urllib3 itself raises."""
    try:
        return open_socket(connection._dns_host, connection.port or 0, connection.socket_options or ())
    except (socket.gaierror, UnicodeError) as error:
        raise NameResolutionError(connection.host, connection, socket.gaierror(str(error))) from error
    except TimeoutError as error:
        raise ConnectTimeoutError(connection, "timed out") from error
    except OSError as error:
        raise NewConnectionError(connection, str(error)) from error


class CompleteHeaders(http.client.HTTPResponse):
    """A response whose headers end with a blank line; ``http.client`` also takes a lost connection for their end."""

    def begin(self, **options: Any) -> None:
        """Read status line and headers.

        Args:
            options: those of the Python version at hand.

        Raises:
            http.client.IncompleteRead: the connection was lost before they ended.
        """
        lines = _LastLine(self.fp)
        self.fp = cast(BufferedReader, lines)
        try:
            super().begin(**options)
        finally:
            # It is None where the response has no body.
            if cast(object, self.fp) is lines:
                self.fp = lines.stream
        if lines.last not in (b"\r\n", b"\n"):
            raise http.client.IncompleteRead(b"")


class _LastLine:
    def __init__(self, stream: BufferedReader) -> None:
        self.stream, self.last = stream, b""

    def readline(self, limit: int = -1) -> bytes:
        self.last = self.stream.readline(limit)
        return self.last

    def close(self) -> None:
        self.stream.close()


class _Timed(HTTPConnection):
    response_class = CompleteHeaders

    def _new_conn(self) -> socket.socket:
        return _connect(self)

    def request(self, *args: Any, **kwargs: Any) -> None:
        """Connect if need be, and send a request; from here on it may have arrived."""
        if self.sock is None:
            self.connect()
        message = in_flight()
        if message is not None:
            message.is_sent = True
        super().request(*args, **kwargs)


class TimedConnection(_Timed):
    """A connection over TCP."""


class TimedTlsConnection(_Timed, HTTPSConnection):
    """A connection over TLS."""

    def connect(self) -> None:
        """Connect and shake hands."""
        if self.ssl_context is None:
            self.ssl_context = create_urllib3_context()
        self.ssl_context.sslsocket_class = TimedTlsSocket
        super().connect()


class TimedPool(HTTPConnectionPool):
    """Connections over TCP to one host."""

    ConnectionCls = TimedConnection


class TimedTlsPool(HTTPSConnectionPool):
    """Connections over TLS to one host."""

    ConnectionCls = TimedTlsConnection


class TimedAdapter(HTTPAdapter):
    """The ``requests`` adapter for these connections, with or without a proxy."""

    def init_poolmanager(self, *args: Any, **kwargs: Any) -> None:
        """Make the pool of direct connections."""
        super().init_poolmanager(*args, **kwargs)
        _use_timed_pools(self.poolmanager)

    def proxy_manager_for(self, proxy: str, **kwargs: Any) -> Any:
        """The pool of connections through a proxy."""
        manager = super().proxy_manager_for(proxy, **kwargs)
        # A SOCKS proxy has connections of its own kind.
        if not proxy.lower().startswith("socks"):
            _use_timed_pools(manager)
        return manager


def _use_timed_pools(manager: PoolManager) -> None:
    manager.pool_classes_by_scheme = {"http": TimedPool, "https": TimedTlsPool}
