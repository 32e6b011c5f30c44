# SPDX-License-Identifier: Apache-2.0
"""Read a long list in windows that overlap, with memory for a few bytes per record of a window.

Every day is inside two windows, which begin and end on different days. Around the days inside each there are further
ones: a night shift's last clocking may belong to the day before, and a window may end before the day that it names
last. A list that is a part of what there is gives two different answers for a day, so that nothing is taken for
complete because it came.
"""

from __future__ import annotations

import pickle
import tempfile
from array import array
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Generic, NamedTuple, TypeVar

from airflow_provider_allhours.client.errors import (
    AllHoursContractError,
    AllHoursIncompleteError,
    AllHoursResponseError,
)
from airflow_provider_allhours.client.windows import (
    MAX_LOOKS,
    ONE_DAY,
    ListRoute,
    WindowLimits,
    is_refused_window,
    nothing_in_the_window,
    read_range,
    refuse_empty_windows,
)

Item = TypeVar("Item")

BATCH = 500
"""Records that are written to the disk at once."""

AROUND = 3
"""Days around those inside a window: one before; one behind, and another where windows end before their last day."""


@dataclass(frozen=True)
class LongRoute(Generic[Item]):
    """How the records of a route are requested and told apart.

    Attributes:
        name: the route's name.
        ask: requests ``dateFrom`` and ``dateTo``; gives the records one by one.
        day_of: the day of a record.
        id_of: its id; None where it has none, and counts as often as it comes.
        once_each: drops records that came twice, and raises where two with one id differ.
        is_daily: whether a company in operation has such records in every two weeks.
    """

    name: str
    ask: Callable[[date, date], Iterable[Item]]
    day_of: Callable[[Item], date]
    id_of: Callable[[Item], str | None]
    once_each: Callable[[Iterable[Item]], Iterator[Item]]
    is_daily: bool = False

    def as_list(self) -> ListRoute[Item]:
        """The same route, to be read whole."""
        return ListRoute(
            self.name,
            lambda first, last: list(self.ask(first, last)),
            self.day_of,
            lambda record: self.id_of(record) or record,
        )


def read_in_pairs(
    limits: WindowLimits, route: LongRoute[Item], date_from: date, date_to: date, *, days: int
) -> Iterator[Item]:
    """Every record of a range; those of some days come when two windows agree on each of these days.

    Where they do not, both are read again: somebody may have entered a record in between. A refused window is asked for
    in halves.

    Args:
        limits: what is known of the route; learns how long a window may be.
        route: how it is asked.
        date_from: the first day.
        date_to: the last day.
        days: how many days come at once; a window has twice as many and three more.

    Raises:
        AllHoursContractError: the list is a part of what there is, holds other days only, or has two different records
            with one id.
        AllHoursIncompleteError: records were entered or removed at every look.
        AllHoursResponseError: a single day is refused.
    """
    has_some = False
    with ExitStack() as opened:
        first = _Window(limits, route, date_from - ONE_DAY, min(date_to, date_from + timedelta(days=days - 1)))
        before = opened.enter_context(first)
        for after in range(0, (date_to - date_from).days + 1, days):
            start = date_from + timedelta(days=after)
            kept_until = min(date_to, start + timedelta(days=days - 1))
            end = date_to + ONE_DAY if kept_until == date_to else min(date_to, start + timedelta(days=2 * days - 1))
            window = _agreeing(limits, route, before, start, end, kept_until)
            opened.close()
            before = opened.enter_context(window)
            has_some = has_some or window.everything.records > 0
            yield from window.records()
    if route.is_daily and not has_some:
        refuse_empty_windows(limits, route.as_list(), (date_from, date_from + (date_to - date_from) // 2, date_to))


def _agreeing(
    limits: WindowLimits, route: LongRoute[Item], before: _Window[Item], start: date, end: date, kept_until: date
) -> _Window[Item]:
    """The window from ``start``, where the one before shows the same of the days that are kept."""
    disputed: dict[date, tuple[_Mark, _Mark]] = {}
    for _ in range(MAX_LOOKS):
        window = _Window(limits, route, start, end, kept_until)
        _refuse_another_filter(route, before, window)
        disputed_before, disputed = disputed, dict(_disputed(before, window))
        if not disputed:
            return window
        window.close()
        for day, (first, second) in disputed.items():
            if disputed_before.get(day) == (first, second):
                raise AllHoursContractError(
                    f"the route {route.name} answered {first.records} records of {day} in one window and "
                    f"{second.records} in another: the list is one page of more, or a part of what there is"
                )
        with _Window(limits, route, before.start, before.end) as before:
            pass
    raise AllHoursIncompleteError(
        f"records of the route {route.name} for {start} to {kept_until} were entered or removed between each of "
        f"{MAX_LOOKS} looks, so that no look shows all of them"
    )


def _disputed(before: _Window[Item], window: _Window[Item]) -> Iterator[tuple[date, tuple[_Mark, _Mark]]]:
    """The days of which two windows, the second of which begins and ends later, show different records.

    Of the day around a window it may show less than a window in which the day is, and never more.
    """
    day = window.start - ONE_DAY
    if before.mark(day).records < window.mark(day).records:
        yield day, (before.mark(day), window.mark(day))
    for after in range((before.end - window.start).days + 1):
        day = window.start + timedelta(days=after)
        if before.mark(day) != window.mark(day):
            yield day, (before.mark(day), window.mark(day))
    day = before.end + ONE_DAY
    if window.mark(day).records < before.mark(day).records:
        yield day, (before.mark(day), window.mark(day))


def _refuse_another_filter(route: LongRoute[Item], *windows: _Window[Item]) -> None:
    """Raise where records of days far outside came, and not because the account answers the same to every window."""
    if any(window.strays for window in windows) and len({window.everything for window in windows}) > 1:
        first, last = windows[-1].start, windows[-1].end
        raise nothing_in_the_window(route.name, windows[-1].everything.records, first, last, "not all")


class _Mark(NamedTuple):
    """Tells whether two responses have the same records, in whatever order.

    Attributes:
        records: different records.
        total: sum of the hashes of their ids.
        nameless: sum of the hashes of those without an id.
    """

    records: int
    total: int
    nameless: int


class _Marker(Generic[Item]):
    """Makes the mark of a day's records as they come."""

    def __init__(self) -> None:
        self.ids = array("q")
        self._nameless = self._nameless_total = 0

    def add(self, record: Item, identifier: str | None) -> None:
        if identifier is None:
            self._nameless += 1
            self._nameless_total += hash(record)
        else:
            self.ids.append(hash(identifier))

    @property
    def mark(self) -> _Mark:
        ids = set(self.ids)
        return _Mark(len(ids) + self._nameless, sum(ids), self._nameless_total)


class _Window(Generic[Item]):
    """The response to one window: its first records on the disk, and the marks of all its days.

    Args:
        limits: what is known of the route.
        route: how it is asked.
        start: the first day inside.
        end: the last day inside.
        kept_until: the last day whose records are kept; None where none are.

    Attributes:
        strays: records of days that are further than a day outside of what was asked for.
        everything: mark of the whole response.
    """

    def __init__(
        self, limits: WindowLimits, route: LongRoute[Item], start: date, end: date, kept_until: date | None = None
    ) -> None:
        self.start, self.end = start, end
        self.strays = 0
        self.everything = _Mark(0, 0, 0)
        self._route = route
        self._kept_until = kept_until
        self._kept: _Kept[Item] = _Kept()
        self._markers: dict[date, _Marker[Item]] = defaultdict(_Marker)
        try:
            self._read(limits)
        except BaseException:
            self.close()
            raise

    def __enter__(self) -> _Window[Item]:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Forget the records."""
        self._kept.close()

    def mark(self, day: date) -> _Mark:
        """The mark of a day's records."""
        return self._markers[day].mark

    def records(self) -> Iterator[Item]:
        """The records that are kept, each once."""
        ids = [identifier for day in self._markers if self._keeps(day) for identifier in self._markers[day].ids]
        return self._route.once_each(self._kept) if len(set(ids)) < len(ids) else iter(self._kept)

    def _keeps(self, day: date) -> bool:
        return self._kept_until is not None and self.start <= day <= self._kept_until

    def _read(self, limits: WindowLimits) -> None:
        route, count, total = self._route, 0, 0
        first, last = self.start - ONE_DAY, self.end + ONE_DAY
        for record in _answered(limits, route, self.start, self.end):
            identifier = route.id_of(record)
            day = route.day_of(record)
            count += 1
            total += hash(identifier or record)
            if first <= day <= last:
                self._markers[day].add(record, identifier)
                if self._keeps(day):
                    self._kept.add(record)
            elif not first - ONE_DAY <= day <= last + 2 * ONE_DAY:
                self.strays += 1
        self.everything = _Mark(count, total, 0)
        if count and count == self.strays:
            raise nothing_in_the_window(route.name, count, first, last)


def _answered(limits: WindowLimits, route: LongRoute[Item], first: date, last: date) -> Iterator[Item]:
    """The records of these days and of some around them; where the account refuses such windows, of these days only."""
    longest = limits.longest(route.name)
    if longest is not None and (last - first).days + 1 + AROUND > longest:
        yield from _answered_in_halves(limits, route, first, last)
        return
    has_begun = False
    try:
        for record in route.ask(first - ONE_DAY, last + 2 * ONE_DAY):
            has_begun = True
            yield record
    except AllHoursResponseError as error:
        if has_begun or not is_refused_window(error):
            raise
        limits.learn_refusal(route.name, (last - first).days + 1 + AROUND)
        yield from _answered_in_halves(limits, route, first, last)


def _answered_in_halves(limits: WindowLimits, route: LongRoute[Item], first: date, last: date) -> Iterator[Item]:
    if first < last:
        middle = first + (last - first) // 2
        for start, end in ((first, middle), (middle + ONE_DAY, last)):
            records = _answered(limits, route, start, end)
            yield from (record for record in records if start <= route.day_of(record) <= end)
        return
    # A clocking of the day may belong to the day before or behind it.
    days, listed = (first - ONE_DAY, first, first + ONE_DAY), route.as_list()
    merged = listed.merged(*(read_range(limits, listed, day, day + ONE_DAY) for day in days))
    yield from (record for record in merged if listed.day_of(record) == first)


class _Kept(Generic[Item]):
    """Records in a file without a name, which the system removes when the process ends."""

    def __init__(self) -> None:
        self._file = tempfile.TemporaryFile(prefix="allhours-")  # noqa: SIM115 -- closed by close
        self._batch: list[Item] = []

    def __iter__(self) -> Iterator[Item]:
        self._flush()
        size = self._file.tell()
        self._file.seek(0)
        while self._file.tell() < size:
            yield from pickle.load(self._file)  # noqa: S301 -- written by this process into a file without a name

    def add(self, record: Item) -> None:
        self._batch.append(record)
        if len(self._batch) == BATCH:
            self._flush()

    def close(self) -> None:
        self._file.close()

    def _flush(self) -> None:
        pickle.dump(self._batch, self._file, pickle.HIGHEST_PROTOCOL)
        self._batch = []
