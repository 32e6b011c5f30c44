# SPDX-License-Identifier: Apache-2.0
"""One HTTP request, before it is sent."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from requests.auth import AuthBase

from airflow_provider_allhours.client.echoes import Echoes

Scalar = str | int | float | bool | None
Json = Scalar | Sequence["Json"] | Mapping[str, "Json"]
Query = Mapping[str, Scalar | Sequence[Scalar]]


@dataclass(frozen=True)
class Request:
    """One request.

    Attributes:
        name: method and path template, for messages.
        method: HTTP method, upper case.
        url: where it goes.
        query: query parameters.
        json: body as JSON.
        form: body as a form.
        token: access token, or None for a request without one.
        headers: further headers.
        basic: HTTP Basic credentials, in place of a token.
        echoes: what was sent and must not stand in a message.
        is_spooled: whether the body of a success is wanted as a file.
    """

    name: str
    method: str
    url: str
    query: Query | None = field(default=None, repr=False)
    json: Json = field(default=None, repr=False)
    form: Mapping[str, Scalar] | None = field(default=None, repr=False)
    token: str | None = field(default=None, repr=False)
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    basic: AuthBase | None = field(default=None, repr=False)
    echoes: Echoes = field(default_factory=Echoes, repr=False)
    is_spooled: bool = False

    @property
    def host(self) -> str:
        """Host and port that it goes to."""
        return urlsplit(self.url).netloc
