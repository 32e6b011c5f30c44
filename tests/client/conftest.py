# SPDX-License-Identifier: Apache-2.0
"""Servers made of a socket, for what an HTTP framework would not send."""

from __future__ import annotations

import contextlib
import socket
import ssl
import tempfile
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from airflow_provider_allhours.client import AllHoursClient, ClientConfig

TOKEN_BODY = b'{"access_token": "t0ken", "expires_in": 3600}'
Respond = Callable[[socket.socket], None]


def http_response(body: bytes = b"[]", *headers: str, status: str = "200 OK") -> bytes:
    lines = [f"HTTP/1.1 {status}", "Content-Type: application/json", f"Content-Length: {len(body)}", *headers]
    return "\r\n".join(lines).encode("utf-8") + b"\r\n\r\n" + body


class RawServer:
    """Answers every request with the same bytes or by a function, and token requests with a token.

    Args:
        answer: bytes after which the connection is closed unless ``keep``, or a function that writes to the socket.
        token: the whole response to a token request.
        keep: keep the connection open.
        tls: context for TLS.
    """

    def __init__(
        self,
        answer: bytes | Respond,
        *,
        token: bytes = http_response(TOKEN_BODY),
        keep: bool = False,
        tls: ssl.SSLContext | None = None,
    ) -> None:
        self._answer, self._token, self._keep, self._tls = answer, token, keep, tls
        self._listening = socket.create_server(("127.0.0.1", 0))
        self.port = self._listening.getsockname()[1]
        self.requests: list[bytes] = []
        self.closing = threading.Event()
        self._threads = [threading.Thread(target=self._accept)]

    def __enter__(self) -> RawServer:
        self._threads[0].start()
        return self

    def __exit__(self, *_: object) -> None:
        self.closing.set()
        with contextlib.suppress(OSError):
            self._listening.shutdown(socket.SHUT_RDWR)
        self._listening.close()
        for thread in self._threads:
            thread.join(10)

    @property
    def api_requests(self) -> list[bytes]:
        return [line for line in self.requests if b"/token" not in line]

    @property
    def token_requests(self) -> list[bytes]:
        return [line for line in self.requests if b"/token" in line]

    def _accept(self) -> None:
        while not self.closing.is_set():
            try:
                connection, _ = self._listening.accept()
            except OSError:
                return
            connection.settimeout(0.2)
            thread = threading.Thread(target=self._serve, args=(connection,))
            self._threads.append(thread)
            thread.start()

    def _serve(self, connection: socket.socket) -> None:
        with contextlib.suppress(OSError, ssl.SSLError), connection:
            if self._tls is not None:
                connection.settimeout(10)
                connection = self._tls.wrap_socket(connection, server_side=True)
                connection.settimeout(0.2)
            with connection:
                while head := self._read_request(connection):
                    self.requests.append(head.split(b"\r\n")[0])
                    if b"/token" in self.requests[-1]:
                        connection.sendall(self._token)
                    elif callable(self._answer):
                        connection.settimeout(10)
                        self._answer(connection)
                        return
                    else:
                        connection.sendall(self._answer)
                        if not self._keep:
                            return

    def _read_request(self, connection: socket.socket) -> bytes:
        data = b""
        while not self.closing.is_set():
            head, end, body = data.partition(b"\r\n\r\n")
            if end and len(body) >= _length_of(head):
                return head
            try:
                part = connection.recv(65536)
            except TimeoutError:
                continue
            if not part:
                return b""
            data += part
        return b""


def _length_of(head: bytes) -> int:
    lines = [line for line in head.lower().split(b"\r\n") if line.startswith(b"content-length:")]
    return int(lines[0].split(b":")[1]) if lines else 0


@pytest.fixture
def raw_server() -> Iterator[Callable[..., RawServer]]:
    """Starts servers; stops them."""
    with contextlib.ExitStack() as stack:
        yield lambda *args, **kwargs: stack.enter_context(RawServer(*args, **kwargs))


@pytest.fixture
def client_to() -> Iterator[Callable[..., AllHoursClient]]:
    """Makes clients of an address that try once; closes them."""
    with contextlib.ExitStack() as stack:

        def make(address: str, **config: Any) -> AllHoursClient:
            settings = {"auth_url": f"{address}/connect/token", "timeout": 60.0, "retry_attempts": 1, **config}
            settings = {"client_id": "the-client", "client_secret": "the-s3cret", **settings}
            client = AllHoursClient(ClientConfig(address, **settings))
            return stack.enter_context(client)

        yield make


@pytest.fixture
def temporary_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Takes the place of the folder for temporary files, in this process and those that it starts."""
    folder = tmp_path / "temporary"
    folder.mkdir()
    monkeypatch.setenv("TMPDIR", str(folder))
    monkeypatch.setattr(tempfile, "tempdir", None)
    return folder
