# SPDX-License-Identifier: Apache-2.0
"""Long lists in windows that overlap, on servers that count windows in every way and leave things out."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import date, datetime, time, timedelta
from itertools import product
from typing import NamedTuple

import pytest
from hypothesis import given
from hypothesis import strategies as st

from airflow_provider_allhours.client.errors import (
    AllHoursContractError,
    AllHoursIncompleteError,
    AllHoursValidationError,
)
from airflow_provider_allhours.client.paired_windows import LongRoute, read_in_pairs
from airflow_provider_allhours.client.windows import MAX_LOOKS, WindowLimits

FIRST, LAST = date(2026, 10, 1), date(2026, 10, 31)
DAYS = [FIRST + timedelta(days=number) for number in range(-8, 45)]
ONE_DAY = timedelta(days=1)


class Clocked(NamedTuple):
    id: str | None
    moment: datetime
    booked_on: date


def records(per_day: int = 3) -> list[Clocked]:
    """Two or more in a day, one behind midnight that belongs to the day before, and one before it of the day after."""
    made = []
    for day in DAYS:
        made += [Clocked(f"{day} {n}", datetime.combine(day, time(8, n % 60)), day) for n in range(per_day)]
        made.append(Clocked(f"{day} late", datetime.combine(day + ONE_DAY, time(0, 30)), day))
        made.append(Clocked(f"{day} early", datetime.combine(day - ONE_DAY, time(23, 50)), day))
    return made


class Server:
    """Answers windows of records, which it filters by the day they are booked on."""

    def __init__(
        self, there: list[Clocked], *, end: str = "inclusive", longest: int | None = None, page: int | None = None
    ) -> None:
        self.there, self.end, self.longest, self.page = there, end, longest, page
        self.asked: list[tuple[date, date]] = []

    def __call__(self, first: date, last: date) -> Iterator[Clocked]:
        self.asked.append((first, last))
        if self.longest is not None and (last - first).days + 1 > self.longest:
            raise AllHoursValidationError("too long", status=400)
        last = last if self.end == "inclusive" else last - ONE_DAY
        yield from [record for record in self.there if first <= record.booked_on <= last][: self.page]


def once_each(found: Iterable[Clocked]) -> Iterator[Clocked]:
    seen: dict[str | None, Clocked] = {}
    for record in found:
        if seen.setdefault(record.id, record) != record:
            raise AllHoursContractError("two different records")
    return iter(seen.values())


def route(server: object) -> LongRoute[Clocked]:
    return LongRoute(
        "clockings",
        server,
        lambda record: record.moment.date(),
        lambda record: record.id,
        once_each,
        is_daily=True,
    )


def read(server: object, days: int = 2, first: date = FIRST, last: date = LAST) -> list[Clocked]:
    return sorted(read_in_pairs(WindowLimits(), route(server), first, last, days=days))


def wanted(there: list[Clocked], first: date = FIRST, last: date = LAST) -> list[Clocked]:
    return sorted(record for record in there if first <= record.moment.date() <= last)


@pytest.mark.parametrize(
    ("end", "longest", "days"), [*product(["inclusive", "exclusive"], [None, 31, 7, 3], [1, 2, 3, 14, 40])]
)
def test_every_record_comes_once(end: str, longest: int | None, days: int) -> None:
    server = Server(records(), end=end, longest=longest)
    assert read(server, days) == wanted(server.there)


@given(
    st.integers(0, 30), st.integers(0, 30), st.integers(1, 20), st.sampled_from(["inclusive", "exclusive"]), st.data()
)
def test_any_range_of_any_records(start: int, length: int, days: int, end: str, data: st.DataObject) -> None:
    there = data.draw(st.lists(st.sampled_from(records()), max_size=40))
    first = FIRST + timedelta(days=start)
    last = first + timedelta(days=length)
    assert read(Server(sorted(set(there)), end=end), days, first, last) == wanted(sorted(set(there)), first, last)


def test_a_window_of_one_day_is_held_against_another_window() -> None:
    server = Server(records())
    assert read(server, 1, FIRST, FIRST) == wanted(server.there, FIRST, FIRST)
    assert len(set(server.asked)) == len(server.asked) == 2


def test_how_often_a_day_is_asked_for() -> None:
    server = Server(records())
    read(server, 2)
    assert len(server.asked) == 17
    assert max((last - first).days + 1 for first, last in server.asked) == 7


@pytest.mark.parametrize("page", [1, 4, 5, 7, 9, 12, 20, 25])
@pytest.mark.parametrize("order", [1, -1])
@pytest.mark.parametrize("days", [1, 2, 5])
def test_a_list_that_is_one_page_of_more(page: int, order: int, days: int) -> None:
    """A window has at least four days of five records."""
    server = Server(sorted(records(), key=lambda record: record.booked_on)[::order], page=min(page, 4 * 5 - 1))
    with pytest.raises(AllHoursContractError, match="one page of more, or a part"):
        read(server, days)


@pytest.mark.parametrize("days", [1, 2, 5])
def test_a_window_that_is_shortened_without_a_word(days: int) -> None:
    server = Server(records())
    with pytest.raises(AllHoursContractError, match="one page of more, or a part"):
        read(lambda first, last: server(first, min(last, first + timedelta(days=1))), days)


@pytest.mark.parametrize("days", [1, 2, 5])
def test_windows_that_are_empty_because_they_are_long(days: int) -> None:
    server = Server(records())

    def short_only(first: date, last: date) -> Iterator[Clocked]:
        return server(first, last) if (last - first).days <= 1 else iter(())

    with pytest.raises(AllHoursContractError, match="answers nothing to windows that are too long"):
        read(short_only, days, FIRST, FIRST + timedelta(days=2 * days - 1))


def test_a_company_where_nobody_clocks() -> None:
    assert read(Server([]), 2) == []


def test_a_record_that_is_left_out_of_some_windows() -> None:
    server = Server(records())

    def leaving_out(first: date, last: date) -> Iterator[Clocked]:
        return (one for one in server(first, last) if one.id != "2026-10-14 1" or first.day % 2)

    with pytest.raises(AllHoursContractError, match=r"records of 2026-10-14 in one window and \d+ in another"):
        read(leaving_out, 1)


def test_a_record_that_somebody_enters_in_between() -> None:
    server = Server(records())
    late = Clocked("late", datetime(2026, 10, 14, 9), date(2026, 10, 14))

    def entering(first: date, last: date) -> Iterator[Clocked]:
        if len(server.asked) == 7 and late not in server.there:
            server.there.append(late)
        return server(first, last)

    assert read(entering, 2) == wanted(server.there)
    assert late in server.there


def test_a_list_that_never_comes_to_rest() -> None:
    server = Server(records())

    def entering(first: date, last: date) -> Iterator[Clocked]:
        number = len(server.asked)
        server.there.append(Clocked(f"{number}", datetime(2026, 10, 14, 9, number % 60), date(2026, 10, 14)))
        return server(first, last)

    with pytest.raises(AllHoursIncompleteError, match=f"between each of {MAX_LOOKS} looks"):
        read(entering, 2)


def test_an_account_that_filters_by_another_day() -> None:
    there = [one._replace(booked_on=one.booked_on + timedelta(days=4)) for one in records()]
    with pytest.raises(AllHoursContractError, match="filters by another date"):
        read(Server(there), 2)


def test_an_account_that_ignores_windows() -> None:
    there = records()
    assert read(lambda first, last: iter(there), 5) == wanted(there)


def test_records_that_came_twice_and_records_without_an_id() -> None:
    there = records()
    doubled = Server(there + there[60:70])
    assert read(doubled, 2) == wanted(there)
    nameless = [one._replace(id=None) for one in there]
    twice = [*nameless, nameless[100]]
    assert read(Server(twice), 2) == wanted(twice)
    contradictory = Server([*there, there[100]._replace(moment=there[100].moment + timedelta(minutes=1))])
    with pytest.raises(AllHoursContractError, match="two different records"):
        read(contradictory, 2)
