# SPDX-License-Identifier: Apache-2.0
"""Signs that a list is one page of more: in the headers of the response, in the object around the list, in its size."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from airflow_provider_allhours.client.decoding import decoder_for

PAGE_SIZES = frozenset({10, 20, 25, 30, 50, 100, 150, 200, 250, 500, 1000, 2000, 2500, 5000, 10000})
"""Page sizes that are customary: a list of exactly so many records may be the first page of more."""

TOTAL_KEYS = frozenset({"totalcount", "total", "totalrecords", "totalitems", "totalresults", "odatacount"})
NEXT_KEYS = frozenset(
    {"nextlink", "next", "nextpage", "nextpagelink", "odatanextlink", "hasmore", "hasnext", "hasnextpage"}
)
TOTAL_HEADERS = ("x-total-count", "x-total", "x-totalcount", "total-count", "x-pagination-total-count", "x-wp-total")

_NEXT_RELATION = re.compile(r";\s*rel\s*=\s*(?:\"[^\"]*\bnext\b[^\"]*\"|'[^']*\bnext\b[^']*'|next\b)", re.IGNORECASE)
_CONTENT_RANGE_TOTAL = re.compile(r"/\s*(\d+)\s*$")


def sign_of_more(headers: Mapping[str, str], count: int) -> str | None:
    """What in the headers says that there are more records than came; None where nothing says so.

    Args:
        headers: the headers of the response, whose names are matched in any case.
        count: the number of records that came.
    """
    named = {name.lower(): value for name, value in headers.items()}
    if _NEXT_RELATION.search(named.get("link", "")):
        return "the header Link names a next page"
    for name in TOTAL_HEADERS:
        if (total := _whole_number(named.get(name))) is not None and total > count:
            return f"the header {name} says {total}"
    if (range_total := _CONTENT_RANGE_TOTAL.search(named.get("content-range", ""))) and int(range_total[1]) > count:
        return f"the header Content-Range says {range_total[1]}"
    return _sign_in_x_pagination(named.get("x-pagination"), count)


def sign_in_object(envelope: Mapping[str, Any], count: int) -> str | None:
    """The same for the fields beside a list inside an object, such as ``TotalCount`` or ``@odata.nextLink``."""
    for name, value in envelope.items():
        key = re.sub(r"[^a-z]", "", name.lower())
        if key in TOTAL_KEYS and (total := _whole_number(value)) is not None and total > count:
            return f"{name} says {total}"
        if key in NEXT_KEYS and value not in (None, "", False, 0, "false"):
            return f"{name} names a next page"
    return None


def _sign_in_x_pagination(header: str | None, count: int) -> str | None:
    if not header:
        return None
    if (total := _whole_number(header)) is not None:
        return f"the header X-Pagination says {total}" if total > count else None
    try:
        content = decoder_for(Any).decode(header.encode())
    except (ValueError, RecursionError):
        return None
    if not isinstance(content, dict):
        return None
    if sign := sign_in_object(content, count):
        return f"the header X-Pagination: {sign}"
    numbers = {re.sub(r"[^a-z]", "", name.lower()): _whole_number(value) for name, value in content.items()}
    pages, page = numbers.get("totalpages"), numbers.get("currentpage") or numbers.get("page") or 1
    return f"the header X-Pagination says page {page} of {pages}" if pages and pages > page else None


def _whole_number(value: Any) -> int | None:
    if isinstance(value, bool):
        return None
    text = str(value).strip() if isinstance(value, int | str) else ""
    return int(text) if re.fullmatch(r"\d{1,18}", text) else None
