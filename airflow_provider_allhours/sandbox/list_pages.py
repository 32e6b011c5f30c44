# SPDX-License-Identifier: Apache-2.0
"""Lists in pages whose contract is stated: each style has its parameters, its envelope and its way to the next page."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from airflow_provider_allhours.sandbox.answer import Answer, Call
from airflow_provider_allhours.sandbox.values import MAX_COUNT, is_whole

MAX_PAGE_SIZE = 500


@dataclass(frozen=True)
class PageStyle:
    """How one kind of paged list is asked for and sent.

    Attributes:
        start: query parameter that says where a page begins.
        size: query parameter for the number of records, None where the server decides.
        records: field of the envelope that holds the list; None for a bare array.
        beside: field beside the list, None for none; its value is a total or the way to the next page.
    """

    start: str
    size: str | None = None
    records: str | None = None
    beside: str | None = None

    @property
    def parameters(self) -> tuple[str, ...]:
        """Query parameters that the document names."""
        return tuple(name for name in (self.start, self.size) if name is not None)


STYLES = {
    "offset": PageStyle("offset", "limit", "Items", "Total"),
    "cursor": PageStyle("cursor", "pageSize", "Data", "NextCursor"),
    "header-link": PageStyle("page"),
    "json-link": PageStyle("page", None, "Value", "NextLink"),
}


def is_list_pages(value: Any) -> bool:
    """Whether None or a style with a page size."""
    return value is None or (
        isinstance(value, dict)
        and set(value) == {"style", "size"}
        and isinstance(value["style"], str)
        and value["style"] in STYLES
        and is_whole(value["size"], 1, MAX_COUNT)
    )


def send_in_pages(pages: dict[str, Any], answer: Answer, call: Call) -> None:
    """One page of a list, in the style of the tenant."""
    if not isinstance(answer.content, list) or answer.body is not None:
        return
    name, style = pages["style"], STYLES[pages["style"]]
    size = _number(call.query.get((style.size or "").lower()), pages["size"], MAX_PAGE_SIZE)
    start = _start(name, call.query.get(style.start.lower()), size)
    records = answer.content
    page, end = records[start : start + size], start + size
    following = _next_address(name, style, call, end // size + 1) if end < len(records) else None
    if style.records is None:
        answer.content = page
        if following is not None:
            answer.headers["Link"] = f'<{following}>; rel="next"'
        return
    beside = {"offset": len(records), "cursor": _cursor(end) if end < len(records) else None, "json-link": following}
    answer.content = {style.records: page, style.beside: beside[name]}


def _start(name: str, sent: str | None, size: int) -> int:
    """Index of the first record of a page."""
    if name == "cursor":
        # Opaque to the client: a number in another writing.
        return int(sent.removeprefix("c"), 16) if sent else 0
    return _number(sent, 0, None) if name == "offset" else (_number(sent, 1, None) - 1) * size


def _cursor(index: int) -> str:
    return f"c{index:x}"


def _next_address(name: str, style: PageStyle, call: Call, page: int) -> str:
    return f"{call.path}?{urlencode({**call.query, style.start: page})}"


def _number(sent: str | None, default: int, most: int | None) -> int:
    number = int(sent) if sent is not None and sent.isdigit() else default
    return number if most is None else max(1, min(number, most))
