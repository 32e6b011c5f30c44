# SPDX-License-Identifier: Apache-2.0
"""Fixtures: stores on this machine, S3 with a way to refuse requests, and SFTP without a shell."""

from __future__ import annotations

import asyncio
import logging
import os
import threading
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any
from uuid import uuid4

import asyncssh
import pytest
from s3fs import S3FileSystem
from sshfs import SSHFileSystem
from werkzeug.serving import make_server

from tests.places import Place

Refusal = Callable[[str, str], str | None]
"""Method and key -> code of the S3 error to answer with, or None."""


@dataclass
class Bucket:
    """A bucket of a local S3 server.

    Attributes:
        file_system: one for all: it takes a second to make, and publishing keeps nothing in its cache.
        name: name of the bucket.
        refuses: which requests are answered with which error.
        ignores_conditions: whether ``If-Match`` and ``If-None-Match`` have no effect, as in older stores.
        requests: method and key of every request, in order.
    """

    file_system: Any
    name: str
    refuses: Refusal = lambda method, key: None
    ignores_conditions: bool = False
    requests: list[tuple[str, str]] = field(default_factory=list)

    def path(self, name: str) -> Any:
        return StorePath(self.file_system, f"{self.name}/{name}")

    def content(self) -> dict[str, bytes]:
        """Every key and its bytes, whatever is refused."""
        refuses, self.refuses = self.refuses, lambda method, key: None
        seen = len(self.requests)
        fs = self.file_system
        fs.invalidate_cache()
        files = {key.removeprefix(f"{self.name}/"): fs.cat_file(key) for key in fs.find(self.name)}
        del self.requests[seen:]
        self.refuses = refuses
        return files


@dataclass(frozen=True)
class StorePath:
    """A path of a store, as far as publishing needs one."""

    fs: Any
    path: str

    @property
    def name(self) -> str:
        return self.path.rpartition("/")[2]

    @property
    def parent(self) -> StorePath:
        return StorePath(self.fs, self.path.rpartition("/")[0])

    def __truediv__(self, name: str) -> StorePath:
        return StorePath(self.fs, f"{self.path}/{name}")

    def __str__(self) -> str:
        return f"store://{self.path}"


class _S3Server:
    """moto behind a gate that counts, refuses and strips headers."""

    def __init__(self) -> None:
        from moto.moto_server.werkzeug_app import DomainDispatcherApplication, create_backend_app

        self._moto = DomainDispatcherApplication(create_backend_app)
        # A store decides on a condition and writes in one step; moto does not.
        self._step = threading.Lock()
        self.buckets: dict[str, Bucket] = {}
        self._server = make_server("127.0.0.1", 0, self._answer, threaded=True)
        self.url = f"http://127.0.0.1:{self._server.server_port}"
        self._thread = threading.Thread(target=self._server.serve_forever, daemon=True)
        self._thread.start()

    def _answer(self, environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        _, _, rest = environ["PATH_INFO"].partition("/")
        name, _, key = rest.partition("/")
        bucket, method = self.buckets.get(name), environ["REQUEST_METHOD"]
        if bucket is not None and key:
            bucket.requests.append((method, key))
            code = bucket.refuses(method, key)
            if code is not None:
                status = {"AccessDenied": "403 Forbidden"}.get(code, "501 Not Implemented")
                body = f"<Error><Code>{code}</Code><Message>refused</Message></Error>".encode()
                start_response(status, [("Content-Type", "application/xml"), ("Content-Length", str(len(body)))])
                return [] if method == "HEAD" else [body]
            if bucket.ignores_conditions:
                for header in ("HTTP_IF_MATCH", "HTTP_IF_NONE_MATCH"):
                    environ.pop(header, None)
        with self._step:
            return list(self._moto(environ, start_response))

    @cached_property
    def file_system(self) -> Any:
        return S3FileSystem(
            key="key",
            secret="secret",
            endpoint_url=self.url,
            skip_instance_cache=True,
            config_kwargs={"retries": {"max_attempts": 1}},
        )

    def stop(self) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()


@pytest.fixture(scope="session")
def s3_server() -> Iterator[_S3Server]:
    logging.getLogger("werkzeug").setLevel(logging.ERROR)
    server = _S3Server()
    yield server
    server.stop()


@pytest.fixture
def bucket(s3_server: _S3Server) -> Bucket:
    """An empty bucket."""
    name = f"bucket-{uuid4().hex}"
    made = Bucket(s3_server.file_system, name)
    made.file_system.mkdir(name)
    s3_server.buckets[name] = made
    return made


class SftpFolder:
    """The folder that a local SFTP server serves; it has no shell.

    Attributes:
        folder: the folder on this machine.
        events: what clients did: files opened for writing, renamed and removed, in order.
        refuses: operation and name -> whether to refuse it.
        has_posix_rename: whether the server can rename over a file that exists.
        has_links: whether the server can make hard links.
        link_error: what it answers where it cannot.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.events: list[tuple[str, ...]] = []
        self.refuses: Callable[[str, str], bool] = lambda operation, name: False
        self.has_posix_rename = True
        self.has_links = True
        self.link_error: type[asyncssh.SFTPError] = asyncssh.SFTPOpUnsupported
        self.port = 0

    def note(self, operation: str, *paths: bytes) -> None:
        names = [os.fsdecode(path).rpartition("/")[2] for path in paths]
        names = ["part" if name.endswith(".part") else name for name in names]
        self.events.append((operation, *names))
        if self.refuses(operation, names[-1]):
            raise asyncssh.SFTPPermissionDenied("refused")

    def path(self, name: str) -> Any:
        """A path with a connection of its own, as another process would have."""
        fs = SSHFileSystem("127.0.0.1", port=self.port, username="payroll", skip_instance_cache=True)
        return StorePath(fs, f"/{name}")

    def content(self) -> dict[str, bytes]:
        return {path.name: path.read_bytes() for path in self.folder.iterdir() if path.is_file()}


@contextmanager
def _sftp_server(served: SftpFolder) -> Iterator[None]:
    connections: list[Any] = []

    class Server(asyncssh.SSHServer):
        def connection_made(self, connection: Any) -> None:
            connections.append(connection)

        def begin_auth(self, username: str) -> bool:
            return False

    class Sftp(asyncssh.SFTPServer):
        def __init__(self, channel: Any) -> None:
            super().__init__(channel, chroot=str(served.folder))

        def open(self, path: bytes, pflags: int, attrs: Any) -> Any:
            if pflags & asyncssh.FXF_WRITE:
                served.note("write", path)
            return super().open(path, pflags, attrs)

        def stat(self, path: bytes) -> Any:
            if served.refuses("look", os.fsdecode(path).rpartition("/")[2]):
                raise asyncssh.SFTPPermissionDenied("refused")
            return super().stat(path)

        def rename(self, oldpath: bytes, newpath: bytes) -> Any:
            served.note("rename", oldpath, newpath)
            return super().rename(oldpath, newpath)

        def posix_rename(self, oldpath: bytes, newpath: bytes) -> Any:
            if not served.has_posix_rename:
                raise asyncssh.SFTPOpUnsupported("no such extension")
            served.note("rename", oldpath, newpath)
            return super().posix_rename(oldpath, newpath)

        def link(self, oldpath: bytes, newpath: bytes) -> Any:
            if not served.has_links:
                raise served.link_error("no links here")
            served.note("link", oldpath, newpath)
            return super().link(oldpath, newpath)

        def remove(self, path: bytes) -> Any:
            served.note("remove", path)
            return super().remove(path)

    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever, daemon=True)
    thread.start()
    logging.getLogger("asyncssh").setLevel(logging.ERROR)

    async def start() -> Any:
        key = asyncssh.generate_private_key("ssh-ed25519")
        return await asyncssh.listen("127.0.0.1", 0, server_factory=Server, server_host_keys=[key], sftp_factory=Sftp)

    server = asyncio.run_coroutine_threadsafe(start(), loop).result(10)
    served.port = server.get_port()
    yield

    async def stop() -> None:
        server.close()
        for connection in connections:
            connection.abort()
            await connection.wait_closed()
        await server.wait_closed()
        pending = asyncio.all_tasks() - {asyncio.current_task()}
        for task in pending:
            task.cancel()
        await asyncio.gather(*pending, return_exceptions=True)

    asyncio.run_coroutine_threadsafe(stop(), loop).result(10)
    loop.call_soon_threadsafe(loop.stop)
    thread.join()
    loop.close()


@pytest.fixture
def sftp(tmp_path: Path) -> Iterator[SftpFolder]:
    """An empty folder behind SFTP."""
    folder = tmp_path / "sftp"
    folder.mkdir()
    served = SftpFolder(folder)
    with _sftp_server(served):
        yield served


@pytest.fixture(params=["disk", "s3", "sftp"])
def place(request: pytest.FixtureRequest, tmp_path: Path) -> Place:
    """A folder on a disk, in an S3 store and on an SFTP server."""
    if request.param == "disk":
        return Place(str(tmp_path / "place"))
    if request.param == "sftp":
        served = request.getfixturevalue("sftp")
        options = {"host": "127.0.0.1", "port": served.port, "username": "payroll", "skip_instance_cache": True}
        return Place("sftp:///payroll", options)
    server, bucket = request.getfixturevalue("s3_server"), request.getfixturevalue("bucket")
    options = {"key": "key", "secret": "secret", "endpoint_url": server.url, "skip_instance_cache": True}
    return Place(f"s3://{bucket.name}", options)
