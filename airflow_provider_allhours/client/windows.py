# SPDX-License-Identifier: Apache-2.0
"""Read windows of days from routes whose windows are not documented: is the end inclusive, how long may one be?"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence, Set
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Generic, TypeVar

from airflow_provider_allhours.client.concurrency import map_ordered
from airflow_provider_allhours.client.errors import (
    AllHoursContractError,
    AllHoursIncompleteError,
    AllHoursResponseError,
    AllHoursValidationError,
)
from airflow_provider_allhours.client.paging import PAGE_SIZES

Item = TypeVar("Item")

ONE_DAY = timedelta(days=1)
TWO_WEEKS = timedelta(days=14)
MAX_LOOKS = 6
"""Looks at a list that others write to, before it counts as one that cannot be read."""

REFUSALS = frozenset({413, 414, 416})
"""Statuses, besides those of :class:`AllHoursValidationError`, that can mean that a window is too long."""


class WindowLimits:
    """What a client learned about the windows of each route: how long one may be, and whether ends are exclusive.

    Threads may learn the same at once, which is harmless.

    Args:
        max_days: route -> days that one window may have, as far as it is known.
    """

    def __init__(self, max_days: Mapping[str, int] | None = None) -> None:
        self._max_days: dict[str, int] = dict(max_days or {})
        self._ends_are_exclusive: set[str] = set()

    def has_exclusive_end(self, route: str) -> bool:
        """Whether the day of ``dateTo`` was seen to be outside the window."""
        return route in self._ends_are_exclusive

    def learn_exclusive_end(self, route: str) -> None:
        """The day of ``dateTo`` came only when the day after was named."""
        self._ends_are_exclusive.add(route)

    def longest(self, route: str) -> int | None:
        """Days that one window may have, as far as it is known."""
        return self._max_days.get(route)

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
        raise nothing_in_the_window(route, len(sent), first, last)
    return records


@dataclass(frozen=True)
class ListRoute(Generic[Item]):
    """How the records of a route are requested and told apart.

    Attributes:
        name: the route's name.
        ask: requests ``dateFrom`` and ``dateTo``.
        day_of: the day of a record.
        identity_of: what tells records apart.
        is_daily: whether a company in operation has such records in every two weeks.
    """

    name: str
    ask: Callable[[date, date], Sequence[Item]]
    day_of: Callable[[Item], date]
    identity_of: Callable[[Item], object]
    is_daily: bool = False

    def merged(self, *responses: Iterable[Item]) -> list[Item]:
        """The records of responses that overlap, each once.

        Records that are alike are as many as in the response that has most of them: two clockings of one moment
        without an Id are two.
        """
        merged: list[Item] = []
        taken: Counter[object] = Counter()
        for records in responses:
            seen: Counter[object] = Counter()
            for record in records:
                identity = self.identity_of(record)
                seen[identity] += 1
                if seen[identity] > taken[identity]:
                    taken[identity] += 1
                    merged.append(record)
        return merged


def read_list(limits: WindowLimits, route: ListRoute[Item], date_from: date, date_to: date) -> list[Item]:
    """Every record of a window of a route that gives nothing to count by.

    The window is asked for exactly, and in two halves that reach one day further at both ends: they bring the records
    of the first and the last day where ends are exclusive, or inclusive up to midnight only. On every other day the
    halves and the whole have to agree. Where they do not, both are read again: somebody may have entered a record in
    between. A record that they disagree on twice in a row shows that the account answers a part of what there is. A
    refused window is asked for in halves.

    Args:
        limits: what is known of the route.
        route: how it is asked.
        date_from: the first day.
        date_to: the last day.

    Returns:
        The records, each once.

    Raises:
        AllHoursContractError: the list is a part of what there is, or holds other days only.
        AllHoursIncompleteError: records were entered or removed at every look.
        AllHoursResponseError: a single day is refused.
    """
    if date_from == date_to:
        return _read_day(limits, route, date_from)
    middle = date_from + (date_to - date_from) // 2
    disputed: Set[object] = frozenset()
    for _ in range(MAX_LOOKS):
        whole = _read_parts(limits, route, date_from, date_to)
        first, second = _read_halves(
            limits, route, date_from - ONE_DAY, middle, date_to + ONE_DAY, has_some=bool(whole)
        )
        in_whole = _days_by_identity(route, whole, date_from, date_to)
        in_halves = _days_by_identity(route, [*first, *second], date_from, date_to)
        if whole and not in_whole:
            raise nothing_in_the_window(route.name, len(whole), date_from, date_to)
        if route.is_daily and not (whole or second):
            refuse_empty_windows(limits, route, (date_from, middle, date_to))
        if _filters_by_another_day(route, whole, first, second, date_from, date_to):
            raise nothing_in_the_window(route.name, len(whole), date_from, date_to, "not all")
        disputed_before, disputed = disputed, _disputed(in_whole, in_halves, (date_from, date_to))
        if not disputed:
            found = route.merged(whole, first, second)
            return [record for record in found if date_from <= route.day_of(record) <= date_to]
        if disputed & disputed_before:
            raise AllHoursContractError(
                f"the route {route.name} answered {len(in_whole)} records for {date_from} to {date_to} and "
                f"{len(in_halves)} for the halves of this window: the list is one page of more, or a part of what "
                "there is"
            )
    raise AllHoursIncompleteError(
        f"records of the route {route.name} for {date_from} to {date_to} were entered or removed between each of "
        f"{MAX_LOOKS} looks, so that no look shows all of them"
    )


def _disputed(
    in_whole: Mapping[object, date], in_halves: Mapping[object, date], ends: tuple[date, date]
) -> Set[object]:
    """Identities of the records that only one of two looks has, but for those that exclusive ends leave out."""
    only_in_halves = {identity for identity in in_halves.keys() - in_whole.keys() if in_halves[identity] not in ends}
    return (in_whole.keys() - in_halves.keys()) | only_in_halves


def _read_halves(
    limits: WindowLimits, route: ListRoute[Item], start: date, middle: date, end: date, *, has_some: bool
) -> tuple[list[Item], list[Item]]:
    """Both halves of a window at once; without records in the whole window, the first only if the second has some."""
    if has_some:
        halves = ((start, middle), (middle, end))
        first, second = map_ordered(lambda half: _read_parts(limits, route, *half), halves, workers=len(halves))
        return first, second
    second = _read_parts(limits, route, middle, end)
    return _read_parts(limits, route, start, middle) if second else [], second


def _filters_by_another_day(
    route: ListRoute[Item],
    whole: Sequence[Item],
    first: Sequence[Item],
    second: Sequence[Item],
    date_from: date,
    date_to: date,
) -> bool:
    """Whether records of days far outside came, and not because the account answers the same to every window."""
    if all(date_from - ONE_DAY <= route.day_of(record) <= date_to + ONE_DAY for record in whole):
        return False
    of_whole, of_first, of_second = ({route.identity_of(record) for record in part} for part in (whole, first, second))
    return not of_whole == of_first == of_second


def refuse_empty_windows(limits: WindowLimits, route: ListRoute[Item], days: Iterable[date]) -> None:
    """Raise where a long window is empty and a single day of it is not."""
    for day in days:
        if read_range(limits, route, day, day + ONE_DAY):
            raise AllHoursContractError(
                f"the route {route.name} answered an empty list for several days and records for {day} alone: it "
                "answers nothing to windows that are too long"
            )


def _read_day(limits: WindowLimits, route: ListRoute[Item], day: date) -> list[Item]:
    """The records of one day, which is asked for with the day after as the end."""
    sent = read_range(limits, route, day, day + ONE_DAY)
    records = [record for record in sent if route.day_of(record) == day]
    if not records and any(route.day_of(record) != day + ONE_DAY for record in sent):
        raise nothing_in_the_window(route.name, len(sent), day, day)
    if len(sent) in PAGE_SIZES:
        _refuse_a_page(limits, route, day, sent)
    return records


def _refuse_a_page(limits: WindowLimits, route: ListRoute[Item], day: date, sent: Sequence[Item]) -> None:
    """Raise where a day's list of a customary page size does not grow with the window, or changes with it."""
    identities = {route.identity_of(record) for record in sent}
    has_grown = not route.is_daily
    for first, last in ((day - TWO_WEEKS, day + ONE_DAY), (day, day + ONE_DAY + TWO_WEEKS)):
        try:
            wider = route.ask(first, last)
        except AllHoursResponseError as error:
            if is_refused_window(error):
                return
            raise
        has_grown = has_grown or len(wider) > len(sent)
        if identities - {route.identity_of(record) for record in wider}:
            has_grown = False
            break
    if not has_grown:
        raise AllHoursContractError(
            f"the route {route.name} answered {len(sent)} records for {day} and no others for two weeks: the list is "
            "one page of more, and how to ask for the next is not known"
        )


def _days_by_identity(
    route: ListRoute[Item], records: Iterable[Item], date_from: date, date_to: date
) -> dict[object, date]:
    days = ((route.identity_of(record), route.day_of(record)) for record in records)
    return {identity: day for identity, day in days if date_from <= day <= date_to}


def _read_parts(limits: WindowLimits, route: ListRoute[Item], first: date, last: date) -> list[Item]:
    """A window in parts that share their ends: the day on which one ends comes with the next."""
    parts: list[list[Item]] = []
    for _, end in limits.parts(route.name, first, last):
        parts.append(read_range(limits, route, first, end))
        first = end
    return route.merged(*parts)


def read_range(limits: WindowLimits, route: ListRoute[Item], first: date, last: date) -> list[Item]:
    """One response to ``dateFrom`` and ``dateTo``, or the merged responses to parts of a refused window."""
    days = (last - first).days
    try:
        return list(route.ask(first, last))
    except AllHoursResponseError as error:
        if days == 0 or not is_refused_window(error):
            raise
        if days == 1:
            # Counted with both ends this is a window of two days.
            return route.merged(route.ask(first, first), route.ask(last, last))
        limits.learn_refusal(route.name, days + 1)
        middle = first + timedelta(days=days // 2)
        return route.merged(read_range(limits, route, first, middle), read_range(limits, route, middle, last))


def nothing_in_the_window(
    route: str, count: int, first: date, last: date, inside: str = "none"
) -> AllHoursContractError:
    """The error for a list that does not hold the days that were asked for."""
    return AllHoursContractError(
        f"the route {route} answered {count} records for {first} to {last} and {inside} of them in these days: it "
        "filters by another date, ignores the window or sends days in another time zone"
    )
