# SPDX-License-Identifier: Apache-2.0
"""Sockets that keep the time limit of the whole request.

A socket's own timeout starts anew with each operation, so that a server which sends a byte now and then is never too
slow for it.
"""

from __future__ import annotations

import socket
import ssl
from collections.abc import Iterable
from typing import TYPE_CHECKING

from urllib3.util.connection import allowed_gai_family

from airflow_provider_allhours.client.in_flight import in_flight

if TYPE_CHECKING:
    from _typeshed import ReadableBuffer, WriteableBuffer

SocketOption = tuple[int, int, int | bytes]


def _prepare(blocking: socket.socket, share: float = 1.0) -> None:
    request = in_flight()
    if request is not None:
        request.block_on(blocking, share)


class TimedSocket(socket.socket):
    """A TCP socket whose operations share the time limit of the request in flight."""

    def recv(self, bufsize: int, flags: int = 0) -> bytes:
        """Receive bytes; see :meth:`socket.socket.recv`."""
        _prepare(self)
        return super().recv(bufsize, flags)

    def recv_into(self, buffer: WriteableBuffer, nbytes: int = 0, flags: int = 0) -> int:
        """Receive into a buffer; see :meth:`socket.socket.recv_into`."""
        _prepare(self)
        return super().recv_into(buffer, nbytes, flags)

    def send(self, data: ReadableBuffer, flags: int = 0) -> int:
        """Send bytes; see :meth:`socket.socket.send`."""
        _prepare(self)
        return super().send(data, flags)

    def sendall(self, data: ReadableBuffer, flags: int = 0) -> None:
        """Send all bytes; see :meth:`socket.socket.sendall`."""
        _prepare(self)
        super().sendall(data, flags)


class TimedTlsSocket(ssl.SSLSocket):
    """A TLS socket whose operations share the time limit of the request in flight."""

    def do_handshake(self, block: bool = False) -> None:
        """Shake hands; see :meth:`ssl.SSLSocket.do_handshake`."""
        _prepare(self)
        super().do_handshake(block)

    def read(self, len: int = 1024, buffer: WriteableBuffer | None = None) -> bytes:
        """Read decrypted bytes, which every receiving method does; see :meth:`ssl.SSLSocket.read`."""
        _prepare(self)
        return super().read(len, buffer)

    def send(self, data: ReadableBuffer, flags: int = 0) -> int:
        """Send bytes, which ``sendall`` does, too; see :meth:`ssl.SSLSocket.send`."""
        _prepare(self)
        return super().send(data, flags)


def open_socket(host: str, port: int, options: Iterable[SocketOption]) -> socket.socket:
    """Connect to the first address of a host that accepts.

    Args:
        host: name or address, an IPv6 address with or without brackets.
        port: TCP port.
        options: arguments of ``setsockopt``.

    Raises:
        socket.gaierror: the name was not found.
        OSError: no address accepts; the last one's error.
    """
    addresses = socket.getaddrinfo(host.strip("[]"), port, allowed_gai_family(), socket.SOCK_STREAM)
    failure: OSError = OSError(f"{host} has no address")
    for index, (family, kind, protocol, _, address) in enumerate(addresses):
        connecting = TimedSocket(family, kind, protocol)
        try:
            for option in options:
                connecting.setsockopt(*option)
            # An address that drops packets leaves time for the next one.
            _prepare(connecting, share=1 / (len(addresses) - index))
            connecting.connect(address)
        except OSError as error:
            connecting.close()
            failure = error
        except BaseException:
            connecting.close()
            raise
        else:
            return connecting
    raise failure
