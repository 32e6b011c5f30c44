# SPDX-License-Identifier: Apache-2.0
"""A request as a route handler sees it, and the answer it gives."""

from __future__ import annotations

import gzip
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from airflow_provider_allhours.sandbox.json_codec import ENCODER

JSON = "application/json; charset=utf-8"
HTML = "text/html; charset=utf-8"


@dataclass(frozen=True)
class Call:
    """A request to one route.

    Attributes:
        route: name of the route.
        record: name of the record that the route answers with; empty for the token endpoint.
        path: as requested, without the query.
        identifier: the ``{id}`` of the path; empty where the path has none.
        query: names in lower case.
        body: decoded JSON; None without a body.
        raw_body: the body as sent.
        authorization: the Authorization header.
        number: how many requests its method and route have had, this one included.
    """

    route: str = ""
    record: str = ""
    path: str = ""
    identifier: str = ""
    query: Mapping[str, str] = field(default_factory=dict)
    body: Any = None
    raw_body: bytes = b""
    authorization: str | None = None
    number: int = 1


@dataclass
class Answer:
    """What is sent back.

    Attributes:
        status: of HTTP.
        content: sent as JSON unless ``body`` is set.
        headers: besides Content-Type and Content-Length.
        media_type: the Content-Type.
        body: bytes sent in place of ``content``.
    """

    status: int
    content: Any = None
    headers: dict[str, str] = field(default_factory=dict)
    media_type: str = JSON
    body: bytes | None = None

    @property
    def is_success(self) -> bool:
        """Whether the status is below 300."""
        return self.status < 300

    def compress(self) -> None:
        """Send the body, where there is one, as gzip."""
        if content := self.encoded():
            self.headers["Content-Encoding"] = "gzip"
            self.body = gzip.compress(content, mtime=0)

    def encoded(self) -> bytes:
        """The body as bytes."""
        if self.status in (204, 304):
            return b""
        return ENCODER.encode(self.content) if self.body is None else self.body


def not_found(record: str) -> Answer:
    """404: there is no such record."""
    return Answer(404, {"error": f"{record} not found."})


def bad_request(reason: Exception) -> Answer:
    """400 with the reason."""
    return Answer(400, {"error": str(reason)})


def records_of(content: Any) -> list[dict[str, Any]]:
    """The records of an answer's content: of a list, of an envelope of employee-days, or the single one."""
    if isinstance(content, list):
        return content
    if isinstance(content, dict):
        for name in ("DailyCalculations", "UserCalculations"):
            if isinstance(content.get(name), list):
                return [day for element in content[name] for day in element.get("DailyCalculations", [element])]
        return [content]
    return []
