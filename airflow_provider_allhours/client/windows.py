# SPDX-License-Identifier: Apache-2.0
"""Read windows of days from routes whose windows are not documented: is the end inclusive, how long may one be?"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from datetime import date, timedelta
from typing import TypeVar

from airflow_provider_allhours.client.errors import (
    AllHoursContractError,
    AllHoursResponseError,
    AllHoursValidationError,
)
from airflow_provider_allhours.client.paging import PAGE_SIZES

Item = TypeVar("Item")

ONE_DAY = timedelta(days=1)
REFUSALS = frozenset({413, 414, 416})
"""Statuses, besides those of :class:`AllHoursValidationError`, that can mean that a window is too long."""


class WindowLimits:
    """What a client learned about the windows of each route: how long one may be, and whether ends are exclusive.

    Threads may learn the same at once, which is harmless.
    """

    def __init__(self) -> None:
        self._max_days: dict[str, int] = {}
        self._ends_are_exclusive: set[str] = set()

    def has_exclusive_end(self, route: str) -> bool:
        """Whether the day of ``dateTo`` was seen to be outside the window."""
        return route in self._ends_are_exclusive

    def learn_exclusive_end(self, route: str) -> None:
        """The day of ``dateTo`` came only when the day after was named."""
        self._ends_are_exclusive.add(route)

    def parts(self, route: str, date_from: date, date_to: date) -> list[tuple[date, date]]:
        """A window in parts that are as long as the route accepts, as far as that is known; both ends included."""
        longest = self._max_days.get(route)
        if longest is None:
            return [(date_from, date_to)]
        starts = [date_from + timedelta(days=days) for days in range(0, (date_to - date_from).days + 1, longest)]
        return [(start, min(date_to, start + timedelta(days=longest - 1))) for start in starts]

    def learn_refusal(self, route: str, days: int) -> None:
        """A window of so many days was refused; half of it is tried from now on."""
        known = self._max_days.get(route, days)
        self._max_days[route] = max(1, min(known, (days + 1) // 2))


def is_refused_window(error: AllHoursResponseError) -> bool:
    """Whether a response can mean that the window is too long."""
    return isinstance(error, AllHoursValidationError) or error.status in REFUSALS


def read_counted_days(
    limits: WindowLimits,
    route: str,
    ask: Callable[[date, date], tuple[Sequence[Item], bool]],
    day_of: Callable[[Item], date],
    date_from: date,
    date_to: date,
) -> list[Item]:
    """Every record of a window of a route that has one record per day, the last day included.

    The days wanted are asked for exactly. Where the last one is missing, it is asked for with the day after as the
    end: if it comes then, ends are exclusive. A refused window, and one whose response is a page of more, is asked for
    in halves.

    Args:
        limits: what is known of the route.
        route: its name.
        ask: requests ``dateFrom`` and ``dateTo``; returns the records and whether there are more than these.
        day_of: the day of a record.
        date_from: the first day.
        date_to: the last day.

    Raises:
        AllHoursContractError: a single day is a page of more.
        AllHoursResponseError: a single day is refused.
    """
    records: list[Item] = []
    for first, last in limits.parts(route, date_from, date_to):
        records += _read_part(limits, route, ask, day_of, first, last)
    return records


def _read_part(
    limits: WindowLimits,
    route: str,
    ask: Callable[[date, date], tuple[Sequence[Item], bool]],
    day_of: Callable[[Item], date],
    first: date,
    last: date,
) -> list[Item]:
    days = (last - first).days + 1
    end = last + ONE_DAY if limits.has_exclusive_end(route) else last
    try:
        sent, is_cut = ask(first, end)
    except AllHoursResponseError as error:
        if days == 1 or not is_refused_window(error):
            raise
        limits.learn_refusal(route, days)
        is_cut, sent = True, ()
    if is_cut:
        if days == 1:
            raise AllHoursContractError(f"the route {route} answered one page of more for a single day")
        middle = first + timedelta(days=days // 2 - 1)
        return [
            *_read_part(limits, route, ask, day_of, first, middle),
            *_read_part(limits, route, ask, day_of, middle + ONE_DAY, last),
        ]
    records = [record for record in sent if first <= day_of(record) <= last]
    if end == last and not any(day_of(record) == last for record in records):
        wider, _ = ask(last, last + ONE_DAY)
        if last_day := [record for record in wider if day_of(record) == last]:
            limits.learn_exclusive_end(route)
            records += last_day
    if sent and not records:
        raise _nothing_in_the_window(route, len(sent), first, last)
    return records


def read_list(
    limits: WindowLimits,
    route: str,
    ask: Callable[[date, date], Sequence[Item]],
    day_of: Callable[[Item], date],
    identity_of: Callable[[Item], object],
    date_from: date,
    date_to: date,
) -> list[Item]:
    """Every record of a window of a route that gives nothing to count by, the last day included.

    The window is asked for exactly and its last day once more with the day after as the end, because nothing shows
    whether ends are inclusive, or inclusive up to midnight only. A refused window is asked for in halves, and so is one
    whose list has a customary page size: if the halves hold more, the list was one page of more.

    Args:
        limits: what is known of the route.
        route: its name.
        ask: requests ``dateFrom`` and ``dateTo``.
        day_of: the day of a record.
        identity_of: what tells records apart.
        date_from: the first day.
        date_to: the last day.

    Raises:
        AllHoursContractError: the list is one page of more, or holds other days only.
        AllHoursResponseError: a single day is refused.
    """
    sent: list[Item] = []
    if date_from < date_to:
        # Parts share their ends: the day on which one ends comes with the next.
        first = date_from
        for _, last in limits.parts(route, date_from, date_to):
            sent += _read_range(limits, route, ask, identity_of, first, last)
            first = last
    sent += _read_range(limits, route, ask, identity_of, date_to, date_to + ONE_DAY)
    records = [record for record in sent if date_from <= day_of(record) <= date_to]
    beside = [record for record in sent if day_of(record) != date_to + ONE_DAY]
    if beside and not records:
        raise _nothing_in_the_window(route, len(beside), date_from, date_to)
    return records


def _read_range(
    limits: WindowLimits,
    route: str,
    ask: Callable[[date, date], Sequence[Item]],
    identity_of: Callable[[Item], object],
    first: date,
    last: date,
) -> list[Item]:
    days = (last - first).days
    middle = first + timedelta(days=days // 2)

    def halves() -> list[Item]:
        return [
            *_read_range(limits, route, ask, identity_of, first, middle),
            *_read_range(limits, route, ask, identity_of, middle, last),
        ]

    try:
        records = list(ask(first, last))
    except AllHoursResponseError as error:
        if days == 0 or not is_refused_window(error):
            raise
        if days == 1:
            # Counted with both ends this is a window of two days.
            return list(ask(first, first))
        limits.learn_refusal(route, days + 1)
        return halves()
    if days > 1 and len(records) in PAGE_SIZES:
        _refuse_a_page(route, len(records), {identity_of(record) for record in records}, map(identity_of, halves()))
    return records


def _refuse_a_page(route: str, count: int, whole: set[object], halves: Iterable[object]) -> None:
    more = len(set(halves) - whole)
    if more:
        raise AllHoursContractError(
            f"the route {route} answered exactly {count} records for a window and {more} others for its halves: the "
            "list is one page of more, and how to ask for the next is not known"
        )


def _nothing_in_the_window(route: str, count: int, first: date, last: date) -> AllHoursContractError:
    return AllHoursContractError(
        f"the route {route} answered {count} records for {first} to {last} and none of them lies in these days: it "
        "filters by another date, ignores the window or sends days in another time zone"
    )
