# SPDX-License-Identifier: Apache-2.0
"""Read what a contract says of one route."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import get_args
from urllib.parse import urlsplit

from airflow_provider_allhours.client.contract.entries import Entry, as_text, refusal
from airflow_provider_allhours.client.contract.model import (
    RouteContract,
    Timestamps,
    Unit,
    Window,
    WindowEnd,
)
from airflow_provider_allhours.client.contract.names import ROUTE_WORDS, ROUTES_WITH_MINUTES, RouteWords
from airflow_provider_allhours.client.contract.our_fields import OUR_FIELDS
from airflow_provider_allhours.client.contract.paginator_parser import read_paginator
from airflow_provider_allhours.client.contract.selectors import read_path, read_selector
from airflow_provider_allhours.client.contract.templates import read_template
from airflow_provider_allhours.client.errors import AllHoursParameterError

ROUTE_KEYS = (
    "path",
    "params",
    "data_selector",
    "carry",
    "paginator",
    "fields",
    "minutes",
    "timestamps",
    "window",
)
LIST_KEYS = ("carry", "paginator")
WINDOW_KEYS = ("end", "max_days")

_UNSENDABLE = re.compile(r"[\s\\#\x00-\x1f\x7f]")


def read_route(name: str, value: object, place: str) -> RouteContract | None:
    """A route's contract; None where it is not served.

    Args:
        name: of the route.
        value: a path, an object or null.
        place: such as ``contract.routes.users``.

    Raises:
        AllHoursParameterError: names the place and what would be right.
    """
    if value is None:
        return None
    words = ROUTE_WORDS[name]
    if isinstance(value, str):
        return RouteContract(path=_path(value, place, words))
    if not isinstance(value, dict):
        raise refusal(place, "is neither", "a path, an object, or null for a route that is not served")
    entry = Entry(value, place, ROUTE_KEYS)
    _refuse_without_effect(name, entry, words)
    return RouteContract(
        path=_path(entry.value("path"), entry.place_of("path"), words) if "path" in entry else None,
        params=_params(entry, words),
        data_selector=_selector(entry, words),
        carry=tuple(read_path(carried, entry.place_of("carry")) for carried in entry.texts("carry")),
        paginator=read_paginator(entry.value("paginator"), entry.place_of("paginator"))
        if "paginator" in entry
        else None,
        fields=_fields(entry, words),
        minutes=entry.choice("minutes", get_args(Unit), "minutes") if "minutes" in entry else None,
        timestamps=entry.choice("timestamps", get_args(Timestamps), "local") if "timestamps" in entry else None,
        window=_window(entry) if "window" in entry else None,
    )


def _refuse_without_effect(name: str, entry: Entry, words: RouteWords) -> None:
    """Refuse what would silently do nothing on this route."""
    for key in LIST_KEYS:
        if key in entry and not words.is_list:
            raise AllHoursParameterError(f"{entry.place_of(key)} is for lists; the route {name} answers one record")
    if "window" in entry and not words.has_window:
        raise AllHoursParameterError(f"{entry.place_of('window')} is for routes of days; {name} is none")
    if "minutes" in entry and name not in ROUTES_WITH_MINUTES:
        raise AllHoursParameterError(
            f"{entry.place_of('minutes')} is for {', '.join(ROUTES_WITH_MINUTES)}; {name} has no times"
        )


def _path(value: object, place: str, words: RouteWords) -> str:
    if not isinstance(value, str) or not value.startswith("/") or value.startswith("//"):
        raise refusal(place, "does not start with one '/'", "a path like /api/v1/Users")
    read_template(value, place, words.values)
    parts = urlsplit(re.sub(r"{[^{}]*}", "x", value))
    if _UNSENDABLE.search(parts.path + parts.query) or parts.fragment or ".." in parts.path.split("/"):
        raise refusal(place, "has characters that a path cannot hold", "a path like /api/v1/Users?view=all")
    return value


def _params(entry: Entry, words: RouteWords) -> Mapping[str, str] | None:
    if "params" not in entry:
        return None
    params = Entry(entry.value("params"), entry.place_of("params"))
    texts = {name: as_text(params.place_of(name), value) for name, value in params.items()}
    for name, text in texts.items():
        if not name.strip():
            raise AllHoursParameterError(f"{params.place} has a parameter without a name")
        read_template(text, params.place_of(name), words.values)
    return texts


def _selector(entry: Entry, words: RouteWords) -> str | None:
    due = "where the records are, such as Items[*]" if words.is_list else "where the record is, such as Item"
    text = entry.text("data_selector", due)
    if text is not None and None in read_selector(text, entry.place_of("data_selector")).steps and not words.is_list:
        raise entry.refuse("data_selector", "goes through a list", due)
    return text


def _fields(entry: Entry, words: RouteWords) -> Mapping[str, str]:
    if "fields" not in entry:
        return {}
    fields = Entry(entry.value("fields"), entry.place_of("fields"))
    known = OUR_FIELDS[words.record]
    mapped: dict[str, str] = {}
    for ours, theirs in fields.items():
        if ours not in known:
            raise AllHoursParameterError(
                f"{fields.place} has the unknown field {ours}; known are {', '.join(sorted(known))}"
            )
        mapped[ours] = read_path(fields.required(ours, "their field, as on the wire"), fields.place_of(ours))
        if not isinstance(theirs, str):
            raise fields.refuse(ours, "is no text", "their field, as on the wire")
    return mapped


def _window(entry: Entry) -> Window:
    window = Entry(entry.value("window"), entry.place_of("window"), WINDOW_KEYS)
    end = window.choice("end", get_args(WindowEnd), "inclusive") if "end" in window else None
    return Window(end=end, max_days=window.whole("max_days", at_least=1))
