# SPDX-License-Identifier: Apache-2.0
"""Who may use the page and the control routes: programs on this machine, and the sandbox's own page in a browser.

They need no token, so that any page that a browser has open could reach them. A browser says whose page sends a request
(``Origin``) and under which name it found the server (``Host``: a name of a foreign site may lead to this machine), and
asks before it sends JSON for another site.
"""

from __future__ import annotations

from collections.abc import Mapping
from ipaddress import ip_address
from urllib.parse import urlsplit

from airflow_provider_allhours.sandbox.answer import Answer


def refusal_of(method: str, headers: Mapping[str, str], port: int) -> Answer | None:
    """The answer to a request that is refused; None for one that may be carried out.

    Args:
        method: of HTTP.
        headers: names in lower case.
        port: that the sandbox listens on.
    """
    own = f"127.0.0.1:{port} or localhost:{port}"
    host, origin = headers.get("host", ""), headers.get("origin")
    if not _is_own(host, port):
        return _refused(403, f"Host is {host!r}; the page and the control routes answer to {own} only")
    if origin is not None and not (origin.startswith("http://") and _is_own(origin.removeprefix("http://"), port)):
        return _refused(403, f"Origin is {origin!r}; control requests from a browser come from the page at {own} only")
    media_type = headers.get("content-type", "").partition(";")[0].strip().lower()
    if method == "POST" and media_type != "application/json":
        return _refused(415, f"Content-Type is {media_type!r}; a control request is sent as application/json")
    return None


def _is_own(host: str, port: int) -> bool:
    """Whether a name with a port is one of this machine's loopback names with the sandbox's port."""
    try:
        parts = urlsplit(f"//{host}")
        name, stated = parts.hostname or "", parts.port or 80
        is_plain = parts.netloc == host and parts.username is None
        return is_plain and stated == port and (name == "localhost" or ip_address(name).is_loopback)
    except ValueError:
        return False


def _refused(status: int, reason: str) -> Answer:
    return Answer(status, {"error": reason})
