# SPDX-License-Identifier: Apache-2.0
"""Signs that a list is one page of more: in the headers of the response, in the object around the list, in its size."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from airflow_provider_allhours.client.decoding import decoder_for

PAGE_SIZES = frozenset({10, 20, 25, 30, 50, 100, 150, 200, 250, 500, 1000, 2000, 2500, 5000, 10000})
"""Page sizes that are customary: a list of exactly so many records may be the first page of more."""

TOTAL_WORDS = frozenset({"total", "count", "totalcount", "totalrecords", "totalitems", "totalresults"})
PAGES_WORDS = frozenset({"pages", "totalpages", "pagecount", "lastpage"})
MORE_WORDS = frozenset(
    {"next", "more", "hasmore", "hasnext", "nextpage", "nextlink", "truncated", "continuation", "cursor"}
)
PAGING_WORDS = frozenset({"pagination", "paging"})
UNRELATED_WORDS = frozenset(
    {"rate", "ratelimit", "limit", "retry", "request", "requests", "time", "duration", "size", "bytes", "cache"}
)
"""Headers with one of these count something else than records."""

_WORD = re.compile(r"[A-Z]?[a-z]+|[A-Z]+")
_RELATIONS = re.compile(r";\s*rel\s*=\s*(?:\"([^\"]*)\"|'([^']*)'|([^\s;,]+))", re.IGNORECASE)
_CONTENT_RANGE_TOTAL = re.compile(r"/\s*(\d+)\s*$")
_NUMBER = re.compile(r"\d{1,18}")
_NO = frozenset({"", "0", "false", "no", "null", "none"})


def sign_of_more(headers: Mapping[str, str], count: int) -> str | None:
    """What in the headers says that there are more records than came; None where nothing says so.

    Names are matched by their words, because every framework has its own: a total, a number of pages, a next page, a
    continuation token.

    Args:
        headers: the headers of the response, whose names are matched in any case.
        count: the number of records that came.
    """
    for name, value in headers.items():
        if sign := _sign_in_header(name.lower(), value, count):
            return sign
    return None


def _sign_in_header(name: str, value: str, count: int) -> str | None:
    if name == "link":
        relations = [word for groups in _RELATIONS.findall(value) for word in "".join(groups).lower().split()]
        return "the header Link names a next page" if "next" in relations else None
    if name == "content-range":
        total = _CONTENT_RANGE_TOTAL.search(value)
        return f"the header Content-Range says {total[1]}" if total and int(total[1]) > count else None
    words = _words(name)
    if words & PAGING_WORDS:
        return _sign_in_pagination(name, value, count)
    if words & UNRELATED_WORDS or not (name.startswith("x-") or words <= TOTAL_WORDS | PAGES_WORDS):
        return None
    return _sign_in_pair(f"the header {name}", name, value, count)


def _sign_in_pair(said: str, name: str, value: object, count: int) -> str | None:
    """The sign in one value with its name, such as ``X-Total-Pages: 3`` or ``hasMore: true``."""
    number, words = _first_number(value), _words(name)
    if words & PAGES_WORDS or {"page", "count"} <= words or {"last", "page"} <= words:
        return f"{said} says {number} pages" if number is not None and number > 1 else None
    if words & MORE_WORDS:
        return f"{said} says that there is more" if str(value).strip().lower() not in _NO else None
    if words & TOTAL_WORDS and number is not None and number > count:
        return f"{said} says {number}"
    return None


def _words(name: str) -> set[str]:
    """The words of ``X-Total-Count`` or ``totalCount``; of a name they are compared whole: an account is no count."""
    return {word.lower() for word in _WORD.findall(name)}


def sign_in_object(envelope: Mapping[str, Any], count: int) -> str | None:
    """The same for the fields beside a list inside an object, such as ``TotalCount`` or ``@odata.nextLink``."""
    plain = {
        name: value for name, value in envelope.items() if value is not None and not isinstance(value, list | dict)
    }
    signs = (_sign_in_pair(name, name, value, count) for name, value in plain.items())
    return next((sign for sign in signs if sign), None)


def _sign_in_pagination(name: str, header: str, count: int) -> str | None:
    """The sign in a header such as ``X-Pagination``: JSON, ``totalCount=14;page=1``, or a number."""
    said = f"the header {name}"
    if header.strip().isdecimal():
        return f"{said} says {header.strip()}" if int(header) > count else None
    content: Any
    try:
        content = decoder_for(Any).decode(header.encode())
    except (ValueError, RecursionError):
        content = dict(re.findall(r"([\w-]+)\s*[=:]\s*([\w-]+)", header))
    if not isinstance(content, dict):
        return None
    numbers = {re.sub(r"[^a-z]", "", key.lower()): _first_number(value) for key, value in content.items()}
    pages, page = (
        numbers.get("totalpages") or numbers.get("pagecount"),
        numbers.get("currentpage") or numbers.get("page"),
    )
    if pages is not None:
        return f"{said} says page {page or 1} of {pages}" if pages > (page or 1) else None
    sign = sign_in_object(content, count)
    return f"{said}: {sign}" if sign else None


def _first_number(value: object) -> int | None:
    if isinstance(value, bool):
        return None
    number = _NUMBER.search(str(value)) if isinstance(value, int | str) else None
    return int(number[0]) if number else None
