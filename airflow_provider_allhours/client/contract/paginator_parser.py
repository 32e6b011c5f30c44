# SPDX-License-Identifier: Apache-2.0
"""Read how a route's next page is asked for."""

from __future__ import annotations

from airflow_provider_allhours.client.contract.entries import Entry, refusal
from airflow_provider_allhours.client.contract.model import (
    Cursor,
    HeaderLink,
    JsonLink,
    Offset,
    PageNumber,
    Paginator,
    SinglePage,
)
from airflow_provider_allhours.client.contract.selectors import read_path

PAGINATOR_KEYS = {
    SinglePage.type: (),
    PageNumber.type: ("page_param", "first_page", "limit_param", "limit", "total_path"),
    Offset.type: ("offset_param", "limit_param", "limit", "total_path"),
    Cursor.type: ("cursor_path", "cursor_param"),
    JsonLink.type: ("next_url_path",),
    HeaderLink.type: (),
}
"""Type of a paginator -> its keys besides ``type``."""

_PARAMETER = "the name of a parameter"
_PLACE = "where it stands in the body: names as on the wire joined by dots"


def read_paginator(value: object, place: str) -> Paginator:
    """A paginator of a contract.

    Args:
        value: a JSON object with ``type``.
        place: such as ``contract.routes.users.paginator``.

    Raises:
        AllHoursParameterError: names the place and what would be right.
    """
    kind = Entry(value, place).value("type")
    if not isinstance(kind, str) or kind not in PAGINATOR_KEYS:
        shown = f"is {kind!r}" if isinstance(kind, str) else "is missing" if kind is None else "is no text"
        raise refusal(f"{place}.type", shown, f"one of {', '.join(PAGINATOR_KEYS)}")
    entry = Entry(value, place, ("type", *PAGINATOR_KEYS[kind]))
    if kind == PageNumber.type:
        limit_param, limit = _limit(entry)
        return PageNumber(
            page_param=entry.text("page_param", _PARAMETER) or "page",
            first_page=entry.whole("first_page", at_least=0, default=1) or 0,
            limit_param=limit_param,
            limit=limit,
            total_path=_path(entry, "total_path"),
        )
    if kind == Offset.type:
        limit_param, limit = _limit(entry)
        return Offset(
            offset_param=entry.text("offset_param", _PARAMETER) or "offset",
            limit_param=limit_param,
            limit=limit,
            total_path=_path(entry, "total_path"),
        )
    if kind == Cursor.type:
        cursor_path = entry.required("cursor_path", _PLACE)
        return Cursor(
            cursor_path=read_path(cursor_path, entry.place_of("cursor_path")),
            cursor_param=entry.required("cursor_param", _PARAMETER),
        )
    if kind == JsonLink.type:
        return JsonLink(read_path(entry.required("next_url_path", _PLACE), entry.place_of("next_url_path")))
    return SinglePage() if kind == SinglePage.type else HeaderLink()


def _limit(entry: Entry) -> tuple[str | None, int | None]:
    """Parameter and size; one without the other would not be sent."""
    param, limit = entry.text("limit_param", _PARAMETER), entry.whole("limit", at_least=1)
    if (param is None) != (limit is None):
        missing = "limit" if limit is None else "limit_param"
        raise entry.refuse(missing, "is missing", "a value: limit_param and limit go together")
    return param, limit


def _path(entry: Entry, key: str) -> str | None:
    text = entry.text(key, _PLACE)
    return None if text is None else read_path(text, entry.place_of(key))
