# SPDX-License-Identifier: Apache-2.0
"""How an operation says that there is more, as a paginator of the contract."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from airflow_provider_allhours.discovery.documents import Parameter
from airflow_provider_allhours.discovery.names import plain, words
from airflow_provider_allhours.discovery.parameters import CURSOR_NAMES, Roles
from airflow_provider_allhours.discovery.schemas import Schema

TOTAL_NAMES = frozenset({"total", "totalcount", "totalrecords", "totalitems", "totalresults", "count", "odatacount"})
LINK_WORDS = frozenset({"link", "url", "uri", "href"})
DEFAULT_LIMIT = 100
"""Records of a page where the document states no other number."""

MAX_LIMIT = 200
"""Most records that one page is asked for, even where the document allows more."""


def paginator_of(roles: Roles, envelope: Schema | None) -> dict[str, Any] | None:
    """The paginator of a list; None where the document knows of no pages.

    Args:
        roles: the parameters of the operation.
        envelope: the object around the list; None for a bare array.
    """
    beside = dict(_beside(envelope))
    cursor_path = next((path for path, field in beside.items() if _is_cursor(path, field)), None)
    link_path = next((path for path, field in beside.items() if _is_link(path, field)), None)
    total_path = next((path for path, field in beside.items() if _is_total(path, field)), None)
    total = {"total_path": total_path} if total_path else {}
    if roles.cursor is not None and cursor_path is not None:
        return {"type": "cursor", "cursor_path": cursor_path, "cursor_param": roles.cursor.name}
    limit = {} if roles.limit is None else {"limit_param": roles.limit.name, "limit": limit_of(roles)}
    if roles.offset is not None and limit:
        return {"type": "offset", "offset_param": roles.offset.name, **limit, **total}
    if link_path is not None:
        return {"type": "json_link", "next_url_path": link_path}
    if roles.page is not None:
        first = _first_page(roles.page)
        return {
            "type": "page_number",
            "page_param": roles.page.name,
            **({"first_page": first} if first != 1 else {}),
            **limit,
            **total,
        }
    return None


def limit_of(roles: Roles) -> int:
    """Records of one page."""
    if roles.limit is None:
        return DEFAULT_LIMIT
    most, default = roles.limit.schema.stated("maximum"), roles.limit.schema.stated("default")
    for stated in (most, default):
        if isinstance(stated, int) and stated > 0:
            return min(stated, MAX_LIMIT)
    return DEFAULT_LIMIT


def _first_page(page: Parameter) -> int:
    for keyword in ("default", "minimum", "example"):
        stated = page.schema.stated(keyword)
        if stated in (0, 1):
            return int(stated)
    return 0 if "index" in words(page.name) else 1


def _beside(envelope: Schema | None) -> Iterator[tuple[str, Schema]]:
    """Path -> schema of the plain fields beside a list, those in an object beside it included."""
    for name, field in (envelope.fields if envelope is not None else {}).items():
        if field.items is None and "." not in name.removeprefix("@odata."):
            yield name, field
            for inner_name, inner in field.fields.items():
                yield f"{name}.{inner_name}", inner


def _is_total(path: str, field: Schema) -> bool:
    return field.kind == "integer" and plain(path.rpartition(".")[2] if "@" not in path else path) in TOTAL_NAMES


def _is_link(path: str, field: Schema) -> bool:
    said = set(words(path))
    return (
        field.kind in ("string", "") and "next" in said and (bool(said & LINK_WORDS) or field.format in ("uri", "url"))
    )


def _is_cursor(path: str, field: Schema) -> bool:
    name = plain(path.rpartition(".")[2])
    return field.kind in ("string", "") and not _is_link(path, field) and (name in CURSOR_NAMES or name == "next")
