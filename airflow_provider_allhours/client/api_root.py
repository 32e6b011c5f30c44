# SPDX-License-Identifier: Apache-2.0
"""Addresses below the API root; no path, id or redirect leads out of it with the account's token."""

from __future__ import annotations

import re
from collections.abc import Mapping
from urllib.parse import quote, unquote, urljoin, urlsplit

from airflow_provider_allhours.client.errors import AllHoursParameterError, AllHoursResponseError

REDIRECTS = frozenset({301, 302, 303, 307, 308})
DEFAULT_PORTS = {"http": 80, "https": 443}
MAX_ENCODINGS = 3
"""How often a path may be percent-encoded and is still read; servers decode once, proxies before them once more."""

_ABSOLUTE = re.compile(r"([a-z][a-z0-9+.-]*:)?//", re.IGNORECASE)


class ApiRoot:
    """The API root of an account.

    Args:
        url: without a trailing slash.
    """

    def __init__(self, url: str) -> None:
        self._url = url
        self._path = urlsplit(url).path

    def url_of(self, path: str) -> str:
        """The address of a path below the root; an absolute address below it is accepted, too.

        Raises:
            AllHoursParameterError: it is no valid path, or it would lead to another host or out of the root.
        """
        _check_characters(path)
        if not _ABSOLUTE.match(path):
            url = f"{self._url}/{path.lstrip('/')}"
        elif self.is_own(path):
            url = path
        else:
            raise AllHoursParameterError(
                "parameter 'endpoint' leads to another host; the credentials of this connection go to its own host only"
            )
        if not self._contains(url):
            raise AllHoursParameterError(
                "parameter 'endpoint' leads out of the API root; it takes a path like /api/v1/Users, without '..'"
            )
        return url

    def is_own(self, url: str) -> bool:
        """Whether an address has the root's scheme, host and port, and no user name."""
        try:
            own, other = _origin(self._url), _origin(url)
        except ValueError:
            return False
        return own == other and "@" not in urlsplit(url).netloc

    def _contains(self, own_url: str) -> bool:
        path = urlsplit(own_url).path
        return path.startswith(f"{self._path}/") and not _has_dot_segment(path)

    def redirected_url(self, request: str, method: str, url: str, status: int, headers: Mapping[str, str]) -> str:
        """Where a redirect leads.

        Args:
            request: method and path template.
            method: HTTP method; only a read is redirected.
            url: where the request went.
            status: of the response.
            headers: of the response.

        Raises:
            AllHoursResponseError: this is no redirect, or one that must not be followed.
        """
        if status not in REDIRECTS:
            raise AllHoursResponseError(
                f"{request} answered {status}, which is neither a success nor a redirect nor an error", status=status
            )
        location = headers.get("Location", "").strip()
        if not location:
            raise AllHoursResponseError(f"{request} answered {status}, a redirect without an address", status=status)
        try:
            # HTTP headers are read as Latin-1; many servers send UTF-8.
            target = urljoin(url, location.encode("latin-1").decode("utf-8"))
            _check_characters(target)
            urlsplit(target).port  # noqa: B018 -- reading it is how urllib checks it
        except ValueError:
            raise AllHoursResponseError(
                f"{request} answered {status}, a redirect to an address that is not valid", status=status
            ) from None
        if not self.is_own(target):
            raise AllHoursResponseError(
                f"{request} answered {status}, a redirect to another host, which is not followed", status=status
            )
        if not self._contains(target):
            raise AllHoursResponseError(
                f"{request} answered {status}, a redirect out of the API root, which is not followed", status=status
            )
        if method not in ("GET", "HEAD"):
            raise AllHoursResponseError(
                f"{request} answered {status}, a redirect of a write, which is not followed", status=status
            )
        return target


def path_segment(name: str, value: str) -> str:
    """An id as one segment of a path.

    Args:
        name: parameter that the id came as, for the message.
        value: the id.

    Raises:
        AllHoursParameterError: the id would change the path.
    """
    is_usable = (
        isinstance(value, str)
        and value.strip(" .") != ""
        and value.isprintable()
        and not any(letter in "/\\" for letter in _decoded(value))
        and not _has_dot_segment(value)
    )
    if not is_usable:
        raise AllHoursParameterError(
            f"parameter '{name}' is {value!a}, which cannot stand in a path; it takes an id as All Hours lists it"
        )
    return quote(value, safe="")


def _check_characters(path: str) -> None:
    try:
        path.encode()
    except UnicodeEncodeError:
        raise AllHoursParameterError("parameter 'endpoint' has characters that cannot be sent") from None
    if any(letter < " " or letter == "\x7f" for letter in path):
        raise AllHoursParameterError("parameter 'endpoint' has a line end or another control character")
    if "\\" in _decoded(path.partition("?")[0]):
        raise AllHoursParameterError("parameter 'endpoint' has a backslash; it takes a path like /api/v1/Users")


def _has_dot_segment(path: str) -> bool:
    # Some servers drop what follows a semicolon before they read the segment.
    return any(segment.partition(";")[0].strip() in (".", "..") for segment in _decoded(path).split("/"))


def _decoded(path: str) -> str:
    for _ in range(MAX_ENCODINGS):
        path = unquote(path)
    return path


def _origin(url: str) -> tuple[str, str | None, int | None]:
    parts = urlsplit(url)
    return parts.scheme, parts.hostname, parts.port or DEFAULT_PORTS.get(parts.scheme)
