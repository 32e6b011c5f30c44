# SPDX-License-Identifier: Apache-2.0
"""Certificates, TLS versions, names and proxies: the message names what is wrong."""

from __future__ import annotations

import datetime as dt
import ipaddress
import socket
import ssl
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from airflow_provider_allhours.client import AllHoursClient
from airflow_provider_allhours.client.errors import AllHoursTransportError

HOST = "allhours.test"
LIST = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n[]"
ServerOf = Callable[..., Any]
ClientTo = Callable[..., AllHoursClient]


def write_certificate(path: Path, name: str, *, days: int = 1) -> Path:
    """A self-signed certificate with its key, as one PEM file."""
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    now = dt.datetime.now(dt.UTC)
    names: list[x509.GeneralName] = [x509.DNSName(name), x509.IPAddress(ipaddress.ip_address("127.0.0.2"))]
    certificate = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - dt.timedelta(days=10))
        .not_valid_after(now + dt.timedelta(days=days))
        .add_extension(x509.SubjectAlternativeName(names), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    path.write_bytes(
        key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
        + certificate.public_bytes(serialization.Encoding.PEM)
    )
    return path


def server_context(certificate: Path) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    return context


@pytest.fixture(autouse=True)
def environment(monkeypatch: pytest.MonkeyPatch) -> None:
    """No proxy or authorities of this machine; the test names lead to loopback, others are not found."""
    for name in ("HTTPS_PROXY", "HTTP_PROXY", "ALL_PROXY", "NO_PROXY", "REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.lower(), raising=False)
    look_up = socket.getaddrinfo

    def getaddrinfo(host: str, *args: Any, **kwargs: Any) -> Any:
        if host.endswith(".invalid"):
            raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")
        return look_up("127.0.0.1" if host.endswith(".test") else host, *args, **kwargs)

    monkeypatch.setattr(socket, "getaddrinfo", getaddrinfo)


@pytest.fixture
def certificate(tmp_path: Path) -> Path:
    return write_certificate(tmp_path / "server.pem", HOST)


@pytest.fixture
def trusted(certificate: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The server's certificate, trusted by the client."""
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(certificate))
    return certificate


def closed_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listening:
        return int(listening.getsockname()[1])


def failure(client: AllHoursClient) -> AllHoursTransportError:
    with pytest.raises(AllHoursTransportError) as caught:
        client.users()
    assert "\n" not in str(caught.value)
    assert "s3cret" not in str(caught.value)
    return caught.value


def test_a_trusted_certificate_is_accepted(raw_server: ServerOf, client_to: ClientTo, trusted: Path) -> None:
    server = raw_server(LIST, tls=server_context(trusted))
    assert client_to(f"https://{HOST}:{server.port}").users() == []


def test_an_untrusted_certificate(raw_server: ServerOf, client_to: ClientTo, certificate: Path) -> None:
    server = raw_server(LIST, tls=server_context(certificate))
    error = failure(client_to(f"https://{HOST}:{server.port}"))
    assert str(error) == (
        f"POST /connect/token (token) got no answer from {HOST}:{server.port} (the certificate is not trusted)"
    )
    assert not error.sent
    assert server.requests == []


@pytest.mark.parametrize("host", ["other.test", "127.0.0.3"])
def test_a_certificate_for_another_name(
    raw_server: ServerOf, client_to: ClientTo, trusted: Path, monkeypatch: pytest.MonkeyPatch, host: str
) -> None:
    server = raw_server(LIST, tls=server_context(trusted))
    if host.startswith("127."):
        # The environment is not consulted for loopback, so that the certificate is not trusted either.
        monkeypatch.setattr("airflow_provider_allhours.client.exchange.is_loopback", lambda _: False)
        look_up = socket.getaddrinfo
        monkeypatch.setattr(socket, "getaddrinfo", lambda _, *args, **options: look_up("127.0.0.1", *args, **options))
    error = failure(client_to(f"https://{host}:{server.port}"))
    assert "(the certificate is for another name)" in str(error)
    assert not error.sent


def test_an_expired_certificate(
    raw_server: ServerOf, client_to: ClientTo, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    expired = write_certificate(tmp_path / "expired.pem", HOST, days=-1)
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(expired))
    server = raw_server(LIST, tls=server_context(expired))
    assert "(the certificate has expired)" in str(failure(client_to(f"https://{HOST}:{server.port}")))


def test_a_file_of_authorities_that_is_not_there(client_to: ClientTo, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", "/nowhere/authorities.pem")
    error = failure(client_to(f"https://{HOST}:{closed_port()}"))
    assert "(the file of trusted certificates does not exist)" in str(error)
    assert not error.sent


def test_no_tls_version_in_common(raw_server: ServerOf, client_to: ClientTo, trusted: Path) -> None:
    context = server_context(trusted)
    context.set_ciphers("DEFAULT:@SECLEVEL=0")
    context.minimum_version = context.maximum_version = ssl.TLSVersion.TLSv1_1
    server = raw_server(LIST, tls=context)
    error = failure(client_to(f"https://{HOST}:{server.port}"))
    assert "(no TLS version in common)" in str(error)
    assert not error.sent


def test_plain_http_where_tls_is_due(client_to: ClientTo) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listening, ThreadPoolExecutor(1) as pool:

        def answer() -> None:
            connection, _ = listening.accept()
            with connection:
                connection.recv(65_536)
                connection.sendall(b"HTTP/1.1 400 Bad Request\r\n\r\n")

        answering = pool.submit(answer)
        error = failure(client_to(f"https://{HOST}:{listening.getsockname()[1]}"))
        answering.result(10)
    assert "(the server does not answer in TLS)" in str(error)


def test_headers_that_trickle_over_tls_share_the_time_limit(
    raw_server: ServerOf, client_to: ClientTo, trusted: Path
) -> None:
    def respond(connection: socket.socket) -> None:
        for letter in b"HTTP/1.1 200 OK\r\nX-Trickle: " + b"x" * 3000:
            connection.sendall(bytes([letter]))
            server.closing.wait(0.02)

    server = raw_server(respond, tls=server_context(trusted))
    error = failure(client_to(f"https://{HOST}:{server.port}", timeout=0.7))
    assert "(timed out, limit 0.7 s)" in str(error)
    assert error.sent


def test_a_handshake_that_never_comes_shares_the_time_limit(client_to: ClientTo) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listening:
        error = failure(client_to(f"https://{HOST}:{listening.getsockname()[1]}", timeout=0.3))
    assert "(timed out, limit 0.3 s)" in str(error)
    assert not error.sent


def test_nobody_listens(client_to: ClientTo) -> None:
    error = failure(client_to(f"https://{HOST}:{closed_port()}"))
    assert "(connection refused)" in str(error)
    assert not error.sent


def test_a_name_that_is_not_found(client_to: ClientTo) -> None:
    error = failure(client_to("https://allhours.invalid"))
    assert "got no answer from allhours.invalid (name not found)" in str(error)
    assert not error.sent


def test_a_proxy_that_nobody_runs(client_to: ClientTo, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HTTPS_PROXY", f"http://user:pr0xy@127.0.0.1:{closed_port()}")
    error = failure(client_to(f"https://{HOST}:{closed_port()}"))
    assert "(proxy: connection refused)" in str(error)
    assert "pr0xy" not in str(error)
    assert not error.sent


@pytest.mark.parametrize("status", ["403 Forbidden", "407 Proxy Authentication Required"])
def test_a_proxy_that_refuses(
    raw_server: ServerOf, client_to: ClientTo, monkeypatch: pytest.MonkeyPatch, status: str
) -> None:
    proxy = raw_server(f"HTTP/1.1 {status}\r\nContent-Length: 0\r\n\r\n".encode())
    monkeypatch.setenv("HTTPS_PROXY", f"http://127.0.0.1:{proxy.port}")
    error = failure(client_to(f"https://{HOST}:{closed_port()}"))
    assert f"(the proxy refused with status {status[:3]})" in str(error)
    assert not error.sent
    assert proxy.requests[0].startswith(b"CONNECT allhours.test:")


def test_a_proxy_that_trickles_shares_the_time_limit(
    raw_server: ServerOf, client_to: ClientTo, monkeypatch: pytest.MonkeyPatch
) -> None:
    def respond(connection: socket.socket) -> None:
        for letter in b"HTTP/1.1 200 OK\r\nX-Trickle: " + b"x" * 3000:
            connection.sendall(bytes([letter]))
            proxy.closing.wait(0.02)

    proxy = raw_server(respond)
    monkeypatch.setenv("HTTPS_PROXY", f"http://127.0.0.1:{proxy.port}")
    error = failure(client_to(f"https://{HOST}:{closed_port()}", timeout=0.5))
    assert "timed out, limit 0.5 s" in str(error)
    assert not error.sent


def test_a_broken_proxy_address(client_to: ClientTo, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HTTPS_PROXY", "http://")
    assert "proxy" in str(failure(client_to(f"https://{HOST}:{closed_port()}")))
