# SPDX-License-Identifier: Apache-2.0
"""Causes that a test cannot bring about over loopback."""

from __future__ import annotations

import errno
import http.client
import socket
import ssl

import pytest
import requests
import urllib3.exceptions

from airflow_provider_allhours.client.causes import cause_of


def certificate_error(code: int) -> ssl.SSLCertVerificationError:
    error = ssl.SSLCertVerificationError(1, "certificate verify failed")
    error.verify_code = code
    return error


def tls_error(reason: str) -> ssl.SSLError:
    error = ssl.SSLError(1, "failed")
    error.reason = reason
    return error


@pytest.mark.parametrize(
    ("error", "cause"),
    [
        (certificate_error(9), "the certificate is not valid yet"),
        (certificate_error(10), "the certificate has expired"),
        (certificate_error(18), "the certificate is not trusted"),
        (certificate_error(19), "the certificate is not trusted"),
        (certificate_error(20), "the certificate is not trusted"),
        (certificate_error(62), "the certificate is for another name"),
        (certificate_error(64), "the certificate is for another name"),
        (certificate_error(23), "the certificate is not valid"),
        (tls_error("TLSV1_ALERT_PROTOCOL_VERSION"), "no TLS version in common"),
        (tls_error("UNSUPPORTED_PROTOCOL"), "no TLS version in common"),
        (tls_error("HTTP_REQUEST"), "the server does not answer in TLS"),
        (tls_error("DECRYPTION_FAILED_OR_BAD_RECORD_MAC"), "TLS failed"),
        (ssl.SSLEOFError(8, "eof"), "connection cut"),
        (ssl.SSLZeroReturnError(6, "closed"), "connection cut"),
        (socket.gaierror(-2, "unknown"), "name not found"),
        (ConnectionRefusedError(errno.ECONNREFUSED, "refused"), "connection refused"),
        (OSError(errno.ENETUNREACH, "unreachable"), "network unreachable"),
        (OSError(errno.EHOSTUNREACH, "unreachable"), "network unreachable"),
        (TimeoutError(), "timed out, limit 7 s"),
        (requests.ReadTimeout(), "timed out, limit 7 s"),
        (urllib3.exceptions.ReadTimeoutError(None, "", "x"), "timed out, limit 7 s"),
        (ConnectionResetError(), "connection cut"),
        (BrokenPipeError(), "connection cut"),
        (http.client.RemoteDisconnected(), "connection cut"),
        (http.client.IncompleteRead(b"x"), "the response was cut"),
        (http.client.BadStatusLine("x"), "the response is not valid HTTP"),
        (ValueError("t0ken"), "the response is not valid HTTP"),
        (OSError("t0ken"), "connection lost"),
        (LookupError("t0ken"), "connection lost"),
        (requests.exceptions.InvalidProxyURL("http://user:pr0xy@"), "the address of the proxy is not valid"),
        (
            urllib3.exceptions.ProxyError("x", OSError("Tunnel connection failed: 502 t0ken")),
            "the proxy refused with status 502",
        ),
        (urllib3.exceptions.ProxyError("x", TimeoutError()), "proxy: timed out, limit 7 s"),
        (urllib3.exceptions.ProxyError("x", certificate_error(18)), "proxy: the certificate is not trusted"),
        (urllib3.exceptions.ProxyError("x", OSError()), "proxy: connection lost"),
    ],
)
def test_an_exception_has_a_cause_whatever_it_is_wrapped_in(error: Exception, cause: str) -> None:
    assert cause_of(error, timeout=7.0) == cause
    assert cause_of(requests.ConnectionError(error), timeout=7.0) == cause
    raised = requests.ConnectionError("t0ken")
    raised.__cause__ = error
    assert cause_of(raised, timeout=7.0) == cause


def test_a_chain_that_leads_back_to_itself_ends() -> None:
    first, second = OSError("first"), OSError("second")
    first.__cause__, second.__cause__ = second, first
    assert cause_of(first, timeout=1.0) == "connection lost"


def test_only_so_many_links_are_looked_at() -> None:
    error: Exception = ConnectionRefusedError()
    for _ in range(20):
        error = OSError(error)
    assert cause_of(error, timeout=1.0) == "connection lost"
