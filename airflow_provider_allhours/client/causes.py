# SPDX-License-Identifier: Apache-2.0
"""Why there was no response, in the words of a message.

The text of an exception may hold the full address or a token, so that only its type and numbers are used.
"""

from __future__ import annotations

import errno
import http.client
import re
import socket
import ssl
from collections.abc import Iterator

import requests
import urllib3.exceptions

MAX_DEPTH = 12

OTHER_NAME_CODES = frozenset({62, 64})
"""X509_V_ERR_HOSTNAME_MISMATCH and X509_V_ERR_IP_ADDRESS_MISMATCH of OpenSSL."""

EXPIRED_CODE, NOT_YET_VALID_CODE = 10, 9
UNTRUSTED_CODES = frozenset({2, 18, 19, 20, 21})
"""Codes of OpenSSL for a certificate that no trusted authority issued."""

TLS_VERSION_REASONS = frozenset(
    {
        "UNSUPPORTED_PROTOCOL",
        "NO_PROTOCOLS_AVAILABLE",
        "TLSV1_ALERT_PROTOCOL_VERSION",
        "WRONG_SSL_VERSION",
        "VERSION_TOO_LOW",
    }
)
NOT_TLS_REASONS = frozenset({"WRONG_VERSION_NUMBER", "HTTP_REQUEST", "HTTPS_PROXY_REQUEST", "PACKET_LENGTH_TOO_LONG"})

_TUNNEL_STATUS = re.compile(r"Tunnel connection failed: (\d{3})")


def cause_of(error: BaseException, *, timeout: float) -> str:
    """A few words.

    Args:
        error: what ``requests``, ``urllib3`` or ``http.client`` raised.
        timeout: seconds of the time limit.
    """
    chain = list(_chain(error))
    proxy = next((link for link in chain if isinstance(link, urllib3.exceptions.ProxyError)), None)
    if proxy is not None:
        return _proxy_cause(chain, timeout)
    if any(isinstance(link, requests.exceptions.InvalidProxyURL) for link in chain):
        return "the address of the proxy is not valid"
    return _tls_cause(chain) or _connection_cause(chain, timeout) or _http_cause(chain) or "connection lost"


def _proxy_cause(chain: list[BaseException], timeout: float) -> str:
    statuses = [match[1] for link in chain if (match := _TUNNEL_STATUS.search(str(link)))]
    if statuses:
        return f"the proxy refused with status {statuses[0]}"
    return f"proxy: {_tls_cause(chain) or _connection_cause(chain, timeout) or 'connection lost'}"


def _tls_cause(chain: list[BaseException]) -> str:
    for link in chain:
        if isinstance(link, ssl.SSLCertVerificationError):
            return _certificate_cause(link.verify_code)
        if isinstance(link, ssl.CertificateError):
            return "the certificate is for another name"
    for link in chain:
        if isinstance(link, ssl.SSLEOFError | ssl.SSLZeroReturnError):
            return "connection cut"
        if isinstance(link, ssl.SSLError):
            if link.reason in TLS_VERSION_REASONS:
                return "no TLS version in common"
            return "the server does not answer in TLS" if link.reason in NOT_TLS_REASONS else "TLS failed"
    if any(isinstance(link, OSError) and str(link).startswith("Could not find a suitable TLS CA") for link in chain):
        return "the file of trusted certificates does not exist"
    return ""


def _certificate_cause(code: int) -> str:
    if code in OTHER_NAME_CODES:
        return "the certificate is for another name"
    if code == EXPIRED_CODE:
        return "the certificate has expired"
    if code == NOT_YET_VALID_CODE:
        return "the certificate is not valid yet"
    return "the certificate is not trusted" if code in UNTRUSTED_CODES else "the certificate is not valid"


def _connection_cause(chain: list[BaseException], timeout: float) -> str:
    for link in chain:
        if isinstance(link, socket.gaierror | urllib3.exceptions.NameResolutionError):
            return "name not found"
        if isinstance(link, ConnectionRefusedError):
            return "connection refused"
        if isinstance(link, OSError) and link.errno in (errno.ENETUNREACH, errno.EHOSTUNREACH):
            return "network unreachable"
    if any(isinstance(link, TimeoutError | requests.Timeout | urllib3.exceptions.TimeoutError) for link in chain):
        return f"timed out, limit {timeout:g} s"
    if any(isinstance(link, ConnectionError | http.client.RemoteDisconnected) for link in chain):
        return "connection cut"
    return ""


def _http_cause(chain: list[BaseException]) -> str:
    if any(isinstance(link, urllib3.exceptions.InvalidChunkLength) for link in chain):
        return "the response is not valid HTTP"
    if any(isinstance(link, http.client.IncompleteRead) for link in chain):
        return "the response was cut"
    if any(isinstance(link, http.client.HTTPException | urllib3.exceptions.HTTPError | ValueError) for link in chain):
        return "the response is not valid HTTP"
    return ""


def _chain(error: BaseException) -> Iterator[BaseException]:
    """The exception and what it was made from, the outermost first."""
    waiting, seen = [error], set[int]()
    while waiting and len(seen) < MAX_DEPTH:
        link = waiting.pop(0)
        if id(link) in seen:
            continue
        seen.add(id(link))
        yield link
        parts = (*link.args, getattr(link, "reason", None), link.__cause__, link.__context__)
        waiting.extend(part for part in parts if isinstance(part, BaseException))
