# SPDX-License-Identifier: Apache-2.0
"""A contract as frozen types, its canonical JSON and its checksum."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from functools import cached_property
from hashlib import sha256
from typing import ClassVar, Literal

from msgspec import UNSET, UnsetType

Json = str | int | float | bool | None | list["Json"] | dict[str, "Json"]
Scalar = str | int | float | bool

ClientAuth = Literal["form", "basic"]
TokenBody = Literal["form", "json"]
Case = Literal["pascal", "camel", "snake"]
Unit = Literal["minutes", "hours", "seconds", "hh:mm"]
Timestamps = Literal["local", "utc"]
WindowEnd = Literal["inclusive", "exclusive"]


@dataclass(frozen=True)
class Auth:
    """How a token is requested.

    Attributes:
        client_auth: whether id and secret go in the body or as HTTP Basic.
        scope: OAuth2 scope; None sends none, unset leaves it to the connection's field.
        body: form or JSON.
        request_data: further fields of the request.
    """

    client_auth: ClientAuth = "form"
    scope: str | UnsetType | None = UNSET
    body: TokenBody = "form"
    request_data: Mapping[str, Scalar] = field(default_factory=dict, repr=False)

    def to_json(self) -> dict[str, Json]:
        """What differs from the default."""
        given: dict[str, Json] = _without_defaults(self, "client_auth", "body")
        if self.scope is not UNSET:
            given["scope"] = self.scope
        if self.request_data:
            given["request_data"] = dict(self.request_data)
        return given


@dataclass(frozen=True)
class Window:
    """How days are asked for.

    Attributes:
        end: whether the last day named is in the window; None where it is to be found out.
        max_days: calendar days that one request may cover, whatever the end; None without a limit.
    """

    end: WindowEnd | None = None
    max_days: int | None = None

    def to_json(self) -> dict[str, Json]:
        """What is given."""
        return _without_defaults(self, "end", "max_days")


@dataclass(frozen=True)
class SinglePage:
    """The list comes whole."""

    type: ClassVar[str] = "single_page"


@dataclass(frozen=True)
class PageNumber:
    """Pages are counted.

    Attributes:
        page_param: parameter that holds the number of the page.
        first_page: number of the first page.
        limit_param: parameter that holds the size of a page.
        limit: elements per page.
        total_path: where the body says how many elements there are.
    """

    type: ClassVar[str] = "page_number"
    page_param: str = "page"
    first_page: int = 1
    limit_param: str | None = None
    limit: int | None = None
    total_path: str | None = None


@dataclass(frozen=True)
class Offset:
    """A page begins behind so many elements; attributes as in :class:`PageNumber`."""

    type: ClassVar[str] = "offset"
    offset_param: str = "offset"
    limit_param: str | None = None
    limit: int | None = None
    total_path: str | None = None


@dataclass(frozen=True)
class Cursor:
    """The body names the next page by a value.

    Attributes:
        cursor_path: where the body holds it; null or absent on the last page.
        cursor_param: parameter that takes it.
    """

    type: ClassVar[str] = "cursor"
    cursor_path: str
    cursor_param: str


@dataclass(frozen=True)
class JsonLink:
    """The body holds the address of the next page.

    Attributes:
        next_url_path: where; null or absent on the last page.
    """

    type: ClassVar[str] = "json_link"
    next_url_path: str


@dataclass(frozen=True)
class HeaderLink:
    """The header ``Link`` holds the address of the next page, as ``rel="next"``."""

    type: ClassVar[str] = "header_link"


Paginator = SinglePage | PageNumber | Offset | Cursor | JsonLink | HeaderLink


@dataclass(frozen=True)
class RouteContract:
    """What differs on a route; None and empty where nothing does.

    Attributes:
        path: path template below the API root.
        params: query parameters, in place of the provider's own.
        data_selector: where the records are in the body.
        carry: fields of the outer record that the inner one lacks.
        paginator: how the next page is asked for.
        fields: our field -> theirs, dotted on both sides.
        minutes: unit of the times.
        timestamps: whether moments are local or in UTC.
        window: how days are asked for.
    """

    path: str | None = None
    params: Mapping[str, str] | None = field(default=None, repr=False)
    data_selector: str | None = None
    carry: tuple[str, ...] = ()
    paginator: Paginator | None = None
    fields: Mapping[str, str] = field(default_factory=dict)
    minutes: Unit | None = None
    timestamps: Timestamps | None = None
    window: Window | None = None

    def to_json(self) -> dict[str, Json]:
        """What is given."""
        given: dict[str, Json] = _without_defaults(self, "path", "data_selector", "minutes", "timestamps")
        if self.params is not None:
            given["params"] = dict(self.params)
        if self.carry:
            given["carry"] = list(self.carry)
        if self.paginator is not None:
            options = {name: value for name, value in asdict(self.paginator).items() if value is not None}
            given["paginator"] = {"type": self.paginator.type, **options}
        if self.fields:
            given["fields"] = dict(self.fields)
        if self.window is not None and (window := self.window.to_json()):
            given["window"] = window
        return given


@dataclass(frozen=True)
class Contract:
    """Everything that differs on an account; see ``docs/contract``.

    Attributes:
        auth: the token request.
        headers: go with each call of the API, not with the token request.
        params: query parameters that go with each call of the API.
        openapi: where the account serves its OpenAPI document.
        case: of the names in responses.
        routes: route -> what differs there; None for a route that is not served.
    """

    auth: Auth = Auth()
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    params: Mapping[str, str] = field(default_factory=dict, repr=False)
    openapi: str | None = None
    case: Case = "pascal"
    routes: Mapping[str, RouteContract | None] = field(default_factory=dict)

    def to_json(self) -> dict[str, Json]:
        """The canonical form: what differs from the default, each in one spelling."""
        given: dict[str, Json] = _without_defaults(self, "openapi", "case")
        if auth := self.auth.to_json():
            given["auth"] = auth
        for name, values in (("headers", self.headers), ("params", self.params)):
            if values:
                given[name] = dict(values)
        routes: dict[str, Json] = {
            name: None if route is None else stated
            for name, route in self.routes.items()
            if (stated := route.to_json() if route else {}) or route is None
        }
        if routes:
            given["routes"] = routes
        return given

    @cached_property
    def sha256(self) -> str:
        """Checksum of the canonical form, hexadecimal."""
        canonical = json.dumps(self.to_json(), sort_keys=True, separators=(",", ":"), ensure_ascii=False)
        return sha256(canonical.encode("utf-8", "surrogatepass")).hexdigest()


def _without_defaults(values: object, *names: str) -> dict[str, Json]:
    """The attributes that are not what their type has by default."""
    kind = type(values)
    return {name: getattr(values, name) for name in names if getattr(values, name) != getattr(kind, name)}
