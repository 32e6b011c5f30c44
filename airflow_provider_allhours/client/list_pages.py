# SPDX-License-Identifier: Apache-2.0
"""Read a list as a contract says: where the records are in a body, and how the next page is asked for."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from hashlib import sha256
from typing import Any
from urllib.parse import parse_qsl, urljoin, urlsplit

from airflow_provider_allhours.client.contract import (
    Cursor,
    HeaderLink,
    JsonLink,
    Offset,
    PageNumber,
)
from airflow_provider_allhours.client.contract.selectors import Selector, names_of
from airflow_provider_allhours.client.decoding import decode, is_blank
from airflow_provider_allhours.client.errors import AllHoursContractError
from airflow_provider_allhours.client.paging import sign_in_object, sign_of_more
from airflow_provider_allhours.client.responses import Response
from airflow_provider_allhours.client.route_plans import RoutePlan

MAX_PAGES = 10_000

LISTS_OF_DAYS = ("DailyCalculations", "UserCalculations")

_NEXT = re.compile(r"<([^<>]*)>([^<]*)")
_REL_NEXT = re.compile(r";\s*rel\s*=\s*[\"']?[^\"';,]*\bnext\b", re.IGNORECASE)

Ask = Callable[[str | None, Mapping[str, str]], Response]
"""Sends one request: the address of the next page, or None for the route's own path, and the query."""


@dataclass(frozen=True)
class Page:
    """One page of a list.

    Attributes:
        records: in our spelling.
        size: elements of the first list in the body, which pages and totals count.
    """

    records: list[dict[str, Any]]
    size: int


def read_pages(plan: RoutePlan, query: Mapping[str, str], ask: Ask, *, request: str) -> Iterator[Page]:
    """Every page of a list.

    Args:
        plan: the route.
        query: of the first request.
        ask: sends a request.
        request: method and path template, for messages.

    Raises:
        AllHoursContractError: the records are not where the contract says, a page or a record came twice, there is no
            end, or nothing says how to ask for more where there is more.
    """
    address: str | None = None
    own = dict(query)
    seen = 0
    earlier: set[bytes] = set()
    ids: set[int] = set()
    position = _first_position(plan)
    for _ in range(MAX_PAGES):
        answer = ask(address, {**own, **position} if address is None else {})
        if is_blank(answer.body):
            return
        body: Any = decode(answer.body, Any, request=request, content_type=answer.content_type)
        page = _page(plan, body, request)
        digest = sha256(answer.body).digest()
        if page.size and digest in earlier:
            raise AllHoursContractError(
                f"{request} answered the same page twice: its paginator in the contract is not the account's"
            )
        earlier.add(digest)
        seen += page.size
        if isinstance(plan.paginator, PageNumber | Offset) and plan.paginator.total_path is not None:
            _refuse_repeated(page, ids, request)
        yield page
        if plan.paginator is None:
            _refuse_more(plan, body, answer, page, request)
            return
        following = _following(plan, body, answer, page, seen, position, request)
        if following is None:
            return
        address, position = following
    raise AllHoursContractError(f"{request} answered more than {MAX_PAGES} pages")


def _refuse_repeated(page: Page, ids: set[int], request: str) -> None:
    """Refuse a page with a record of an earlier one; notes those of this page.

    The order of the list is not that of the page before, so that another record is on no page, and the total of
    elements does not show it.

    Args:
        page: the page.
        ids: hashes of the Ids of the pages before.
        request: method and path template, for the message.
    """
    own = {hash(record["Id"]) for record in page.records if isinstance(record.get("Id"), str | int)}
    if not ids.isdisjoint(own):
        raise AllHoursContractError(
            f"{request} answered a record on two pages, so its order changed between them and others may be on none"
        )
    ids |= own


def record_in(plan: RoutePlan, body: Any, request: str) -> dict[str, Any]:
    """The one record of a body, in our spelling."""
    for name in plan.selector.steps if plan.selector else ():
        body = body.get(name) if isinstance(body, Mapping) and name is not None else None
    if not isinstance(body, Mapping):
        raise AllHoursContractError(f"{request} answered no object where the contract says that the record is")
    return plan.form.ours(body)


def _page(plan: RoutePlan, body: Any, request: str) -> Page:
    if plan.selector is None:
        found, size = _believed_records(plan, body, request)
    else:
        found, size = _selected(plan.selector, body, request)
    records = []
    for record, outer in found:
        for name in plan.carry:
            if (value := _nearest(outer, name)) is not None and name not in record:
                record = {**record, name: value}
        records.append(plan.form.ours(record))
    return Page(records, size)


Found = list[tuple[Mapping[str, Any], tuple[Mapping[str, Any], ...]]]


def _selected(selector: Selector, body: Any, request: str) -> tuple[Found, int]:
    """The records with the objects around them, and the size of the first list on the way."""
    sizes: list[int] = []
    steps = list(selector.steps)

    def go(value: Any, left: list[str | None], outer: tuple[Mapping[str, Any], ...], *, in_list: bool) -> Found:
        if not left:
            if isinstance(value, list):
                return go(value, [None], outer, in_list=in_list)
            if value is None:
                return []
            if not isinstance(value, Mapping):
                raise _not_there(request, selector)
            return [(value, outer)]
        step, *rest = left
        if step is None:
            if value is None:
                return []
            if not isinstance(value, list):
                raise _not_there(request, selector)
            if not in_list:
                sizes.append(len(value))
            return [found for element in value for found in go(element, rest, outer, in_list=True)]
        if isinstance(value, list):
            return go(value, [None, *left], outer, in_list=in_list)
        if not isinstance(value, Mapping) or (step not in value and not in_list):
            raise _not_there(request, selector)
        return go(value.get(step), rest, (*outer, value), in_list=in_list)

    found = go(body, steps, (), in_list=False)
    return found, sizes[0] if sizes else len(found)


def _believed_records(plan: RoutePlan, body: Any, request: str) -> tuple[Found, int]:
    """The records where this provider believes them: a bare array, or the lists of employee-days in their envelopes."""
    if isinstance(body, list):
        if plan.name != "daily_calculations":
            return [(_object(element, request), ()) for element in body], len(body)
        return [found for element in body for found in _days_in(plan, element, (), request)], len(body)
    if plan.name == "daily_calculations" and isinstance(body, Mapping):
        days = _days_in(plan, body, (), request)
        return days, len(days)
    raise AllHoursContractError(
        f"{request} answered an object where a list is due (`data_selector` of the contract says where it is)"
    )


def _days_in(plan: RoutePlan, element: Any, outer: tuple[Mapping[str, Any], ...], request: str) -> Found:
    envelope = _object(element, request)
    names = {plan.form.name(name): name for name in envelope}
    for ours in LISTS_OF_DAYS:
        inner = envelope.get(names[ours]) if ours in names else None
        if isinstance(inner, list):
            return [found for day in inner for found in _days_in(plan, day, (*outer, envelope), request)]
    if not outer and len(names) and not {"Date", "CalculationResultSummary"} & names.keys() and not plan.form.fields:
        raise AllHoursContractError(f"{request} answered an object without DailyCalculations")
    return [(envelope, outer)]


def _object(value: Any, request: str) -> Mapping[str, Any]:
    if not isinstance(value, Mapping):
        raise AllHoursContractError(f"{request} answered something other than an object in its list")
    return value


def _not_there(request: str, selector: Selector) -> AllHoursContractError:
    text = ".".join("[*]" if step is None else step for step in selector.steps).replace(".[*]", "[*]")
    return AllHoursContractError(
        f"{request} answered a body without {text}, where the contract's data_selector says that the records are"
    )


def _nearest(outer: tuple[Mapping[str, Any], ...], name: str) -> Any:
    for holder in reversed(outer):
        value: Any = holder
        for part in names_of(name):
            value = value.get(part) if isinstance(value, Mapping) else None
        if value is not None:
            return value
    return None


def _first_position(plan: RoutePlan) -> dict[str, str]:
    paginator = plan.paginator
    position: dict[str, str] = {}
    if isinstance(paginator, PageNumber):
        position[paginator.page_param] = str(paginator.first_page)
    elif isinstance(paginator, Offset):
        position[paginator.offset_param] = "0"
    if isinstance(paginator, PageNumber | Offset) and paginator.limit_param is not None:
        position[paginator.limit_param] = str(paginator.limit)
    return position


def _following(
    plan: RoutePlan,
    body: Any,
    answer: Response,
    page: Page,
    seen: int,
    position: Mapping[str, str],
    request: str,
) -> tuple[str | None, dict[str, str]] | None:
    """Address and position of the next page; None at the end."""
    paginator = plan.paginator
    if isinstance(paginator, PageNumber | Offset):
        total = _total(body, paginator.total_path, request)
        if not page.size:
            if total is not None and total > seen:
                raise AllHoursContractError(
                    f"{request} answered {seen} elements and says that there are {total}: pages are missing"
                )
            return None
        if total is not None and seen >= total:
            return None
        if isinstance(paginator, Offset):
            return None, {**position, paginator.offset_param: str(seen)}
        return None, {**position, paginator.page_param: str(int(position[paginator.page_param]) + 1)}
    if isinstance(paginator, Cursor):
        cursor = _at(body, paginator.cursor_path)
        return None if cursor in (None, "") else (None, {paginator.cursor_param: str(cursor)})
    if isinstance(paginator, JsonLink):
        link = _at(body, paginator.next_url_path)
        return None if link in (None, "") else (str(link), {})
    if isinstance(paginator, HeaderLink):
        link = _linked(answer.headers.get("Link", ""))
        return None if link is None else (link, {})
    return None


def _total(body: Any, path: str | None, request: str) -> int | None:
    if path is None:
        return None
    value = _at(body, path)
    if isinstance(value, bool) or not str(value).strip().isdecimal():
        raise AllHoursContractError(
            f"{request} answered no number at {path}, where the contract says that the total is"
        )
    return int(str(value))


def _at(body: Any, path: str) -> Any:
    if isinstance(body, Mapping) and path in body:
        return body[path]
    for name in names_of(path):
        body = body.get(name) if isinstance(body, Mapping) else None
    return body


def _linked(header: str) -> str | None:
    return next((match[1] for match in _NEXT.finditer(header) if _REL_NEXT.search(match[2])), None)


def _refuse_more(plan: RoutePlan, body: Any, answer: Response, page: Page, request: str) -> None:
    sign = sign_of_more(answer.headers, page.size)
    if sign is None and isinstance(body, Mapping):
        sign = sign_in_object(body, page.size)
    if sign is not None:
        raise AllHoursContractError(
            f"{request} answered {page.size} records and {sign}: the list is one page of more, and `paginator` of "
            f"contract.routes.{plan.name} says nothing"
        )


def next_path(root: str, path: str, link: str) -> tuple[str, dict[str, str]] | None:
    """Path below the API root and query of a link to the next page; None where it leads to another host or place.

    Args:
        root: the API root, without a trailing slash.
        path: of the request that answered the link, below the root.
        link: an address, absolute or relative to the request.
    """
    target, own = urlsplit(urljoin(f"{root}{path}", link)), urlsplit(root)
    if (target.scheme, target.netloc.lower()) != (own.scheme, own.netloc.lower()):
        return None
    if not target.path.startswith(f"{own.path}/"):
        return None
    return target.path[len(own.path) :], dict(parse_qsl(target.query, keep_blank_values=True))
