# SPDX-License-Identifier: Apache-2.0
"""Windows of days on servers that count them in every way."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime, timedelta
from itertools import product

import pytest

from airflow_provider_allhours.client.echoes import Echoes
from airflow_provider_allhours.client.errors import (
    AllHoursContractError,
    AllHoursIncompleteError,
    AllHoursServerError,
    AllHoursValidationError,
)
from airflow_provider_allhours.client.responses import Response, error_of
from airflow_provider_allhours.client.windows import (
    MAX_LOOKS,
    ListRoute,
    WindowLimits,
    is_refused_window,
    read_counted_days,
    read_list,
)

FIRST, LAST = date(2026, 10, 1), date(2026, 10, 31)
DAYS = [FIRST + timedelta(days=number) for number in range(-5, 40)]


class Server:
    """Answers windows of a list of moments.

    Args:
        end: ``inclusive``, ``exclusive``, or ``midnight`` (up to the first moment of the last day).
        max_days: days of a window, both ends counted; a longer one is refused.
        page: records of an answer.
    """

    def __init__(
        self, moments: list[datetime], *, end: str, max_days: int | None = None, page: int | None = None
    ) -> None:
        self.moments, self.end, self.max_days, self.page = moments, end, max_days, page
        self.asked: list[tuple[date, date]] = []

    def __call__(self, first: date, last: date) -> list[datetime]:
        self.asked.append((first, last))
        if self.max_days is not None and (last - first).days + 1 > self.max_days:
            raise AllHoursValidationError("too long", status=400)
        limit = datetime(last.year, last.month, last.day)
        answer = [
            moment
            for moment in self.moments
            if first <= moment.date()
            and (
                moment.date() <= last
                if self.end == "inclusive"
                else moment < limit
                if self.end == "exclusive"
                else moment <= limit
            )
        ]
        return answer[: self.page]

    def cut(self, first: date, last: date) -> tuple[list[datetime], bool]:
        page, self.page = self.page, None
        whole = self(first, last)
        self.page = page
        return whole[:page], page is not None and len(whole) > page


def day_of(moment: datetime) -> date:
    return moment.date()


def route(ask: Callable[[date, date], list[datetime]], *, is_daily: bool = True) -> ListRoute[datetime]:
    return ListRoute("r", ask, day_of, lambda moment: moment, is_daily=is_daily)


def midnights() -> list[datetime]:
    return [datetime(day.year, day.month, day.day) for day in DAYS]


@pytest.mark.parametrize(
    ("end", "max_days", "page"), product(["inclusive", "exclusive"], [None, 31, 30, 7, 2], [None, 1, 5])
)
def test_every_day_comes_once(end: str, max_days: int | None, page: int | None) -> None:
    server = Server(midnights(), end=end, max_days=max_days, page=page)
    days = read_counted_days(WindowLimits(), "r", server.cut, day_of, FIRST, LAST)
    assert sorted(day_of(moment) for moment in days) == [day for day in DAYS if FIRST <= day <= LAST]


def test_a_plain_server_is_asked_once_and_exactly() -> None:
    server = Server(midnights(), end="inclusive", max_days=31)
    read_counted_days(WindowLimits(), "r", server.cut, day_of, FIRST, LAST)
    assert server.asked == [(FIRST, LAST)]


def test_what_was_learned_is_not_asked_again() -> None:
    server = Server(midnights(), end="exclusive", max_days=16)
    limits = WindowLimits()
    read_counted_days(limits, "r", server.cut, day_of, FIRST, LAST)
    server.asked.clear()
    read_counted_days(limits, "r", server.cut, day_of, FIRST, LAST)
    assert [(last - first).days for first, last in server.asked] == [8, 8, 8, 7]


@pytest.mark.parametrize(
    ("end", "max_days", "hour"), product(["inclusive", "exclusive", "midnight"], [None, 31, 7, 2, 1], [0, 8])
)
def test_a_list_is_whole_up_to_the_last_day(end: str, max_days: int | None, hour: int) -> None:
    moments = [datetime(day.year, day.month, day.day, hour) for day in DAYS]
    server = Server(moments, end=end, max_days=max_days)
    if max_days == 1 and end != "inclusive":
        pytest.skip("a server that has neither a day after nor the day itself cannot be read")
    found = read_list(WindowLimits(), route(server), FIRST, LAST)
    assert sorted(map(day_of, found)) == [day for day in DAYS if FIRST <= day <= LAST]
    found = set(read_list(WindowLimits(), route(server), LAST, LAST))
    assert {day_of(moment) for moment in found} == {LAST}


@pytest.mark.parametrize("size", [1, 3, 7, 10, 20, 25, 29])
@pytest.mark.parametrize("order", [1, -1])
def test_a_list_that_is_one_page_of_more(size: int, order: int) -> None:
    server = Server(midnights()[::order], end="inclusive", page=size)
    with pytest.raises(AllHoursContractError, match="is one page of more"):
        read_list(WindowLimits(), route(server), FIRST, LAST)


@pytest.mark.parametrize("days", [1, 2, 7, 29])
def test_a_window_that_is_shortened_without_a_word(days: int) -> None:
    server = Server(midnights(), end="inclusive")

    def shortening(first: date, last: date) -> list[datetime]:
        return server(first, min(last, first + timedelta(days=days - 1)))

    with pytest.raises(AllHoursContractError, match="a part of what there is"):
        read_list(WindowLimits(), route(shortening), FIRST, LAST)


def test_a_list_that_is_empty_once() -> None:
    server = Server(midnights(), end="inclusive")
    answers = iter([[]])
    found = read_list(WindowLimits(), route(lambda first, last: next(answers, server(first, last))), FIRST, LAST)
    assert {day_of(moment) for moment in found} == {day for day in DAYS if FIRST <= day <= LAST}


def test_a_record_that_comes_while_the_list_is_read() -> None:
    moments = midnights()
    late = moments.pop(DAYS.index(date(2026, 10, 9)))
    server = Server(moments, end="inclusive")

    def growing(first: date, last: date) -> list[datetime]:
        answer = server(first, last)
        if late not in server.moments:
            server.moments.append(late)
        return answer

    assert late in read_list(WindowLimits(), route(growing), FIRST, LAST)


def test_starts_that_are_exclusive() -> None:
    server = Server(midnights(), end="inclusive")
    found = read_list(WindowLimits(), route(lambda first, last: server(first + timedelta(days=1), last)), FIRST, LAST)
    assert {day_of(moment) for moment in found} == {day for day in DAYS if FIRST <= day <= LAST}


def test_an_empty_list_costs_two_requests() -> None:
    server = Server([], end="inclusive")
    read_list(WindowLimits(), route(server, is_daily=False), FIRST, LAST)
    assert server.asked == [(FIRST, LAST), (date(2026, 10, 16), date(2026, 11, 1))]


@pytest.mark.parametrize("order", [1, -1])
def test_one_day_that_is_one_page_of_more(order: int) -> None:
    clockings = [moment + timedelta(minutes=minute) for moment in midnights() for minute in range(60)]
    server = Server(clockings[::order], end="inclusive", page=50)
    with pytest.raises(AllHoursContractError, match="50 records for 2026-10-07 and no others"):
        read_list(WindowLimits(), route(server), date(2026, 10, 7), date(2026, 10, 7))


def test_one_day_that_has_the_size_of_a_page_by_chance() -> None:
    clockings = [moment + timedelta(minutes=minute) for moment in midnights() for minute in range(10)]
    server = Server(clockings, end="exclusive")
    assert len(read_list(WindowLimits(), route(server), FIRST, FIRST)) == 10
    alone = Server(clockings[:10], end="exclusive", max_days=2)
    assert len(read_list(WindowLimits(), route(alone, is_daily=False), DAYS[0], DAYS[0])) == 10


def test_a_list_that_has_the_size_of_a_page_by_chance() -> None:
    moments = midnights()[5:25]
    server = Server(moments, end="inclusive")
    assert set(read_list(WindowLimits(), route(server), FIRST, LAST)) == set(moments)


def test_records_of_other_days_only() -> None:
    elsewhere = [datetime(2020, 1, 1)]
    with pytest.raises(AllHoursContractError, match="none of them in these days"):
        read_list(WindowLimits(), route(lambda first, last: elsewhere), FIRST, LAST)
    with pytest.raises(AllHoursContractError, match="none of them in these days"):
        read_counted_days(WindowLimits(), "r", lambda first, last: (elsewhere, False), day_of, FIRST, LAST)


def test_nothing_at_all_is_an_empty_list() -> None:
    assert read_list(WindowLimits(), route(lambda first, last: []), FIRST, LAST) == []


def test_a_day_that_only_follows_the_window_is_no_contradiction() -> None:
    server = Server([datetime(2026, 11, 1)], end="inclusive")
    assert read_list(WindowLimits(), route(server), FIRST, LAST) == []


def test_a_refused_day_and_other_errors_are_raised() -> None:
    server = Server(midnights(), end="inclusive", max_days=0)
    with pytest.raises(AllHoursValidationError):
        read_counted_days(WindowLimits(), "r", server.cut, day_of, FIRST, LAST)
    assert len(server.asked) <= 7
    with pytest.raises(AllHoursValidationError):
        read_list(WindowLimits(), route(server), FIRST, LAST)

    def down(first: date, last: date) -> list[datetime]:
        server.asked.append((first, last))
        raise AllHoursServerError("down", status=503)

    server.asked.clear()
    with pytest.raises(AllHoursServerError):
        read_list(WindowLimits(), route(down), FIRST, LAST)
    assert len(server.asked) == 1


def test_a_single_day_that_is_one_page_of_more() -> None:
    with pytest.raises(AllHoursContractError, match="one page of more for a single day"):
        read_counted_days(
            WindowLimits(), "r", lambda first, last: ([datetime(2026, 10, 1)], True), day_of, FIRST, FIRST
        )


@pytest.mark.parametrize("end", ["inclusive", "exclusive"])
@pytest.mark.parametrize("max_days", [None, 7, 2])
def test_records_that_are_alike_are_as_many_as_they_are(end: str, max_days: int | None) -> None:
    """Two clockings of one moment without an Id, on the first, a middle and the last day."""
    moments = midnights()
    twice = [datetime(2026, 10, 1), datetime(2026, 10, 16), datetime(2026, 10, 31)]
    server = Server([*moments, *twice], end=end, max_days=max_days)
    found = read_list(WindowLimits(), route(server), FIRST, LAST)
    wanted = [moment for moment in moments if FIRST <= moment.date() <= LAST]
    assert sorted(found) == sorted([*wanted, *twice])


def test_a_filter_on_another_date() -> None:
    """Records are booked ten days before their day, and the account filters by the day of booking."""
    server = Server([moment - timedelta(days=10) for moment in midnights()], end="inclusive")

    def ask(first: date, last: date) -> list[datetime]:
        return [moment + timedelta(days=10) for moment in server(first, last)]

    with pytest.raises(AllHoursContractError, match="not all of them in these days: it filters by another date"):
        read_list(WindowLimits(), route(ask), FIRST, LAST)


def test_an_account_that_ignores_windows() -> None:
    found = read_list(WindowLimits(), route(lambda first, last: midnights()), FIRST, LAST)
    assert sorted(map(day_of, found)) == [day for day in DAYS if FIRST <= day <= LAST]


def test_long_windows_that_are_answered_by_nothing() -> None:
    server = Server(midnights(), end="inclusive")

    def ask(first: date, last: date) -> list[datetime]:
        return server(first, last) if (last - first).days < 7 else []

    with pytest.raises(AllHoursContractError, match="an empty list for several days and records for 2026-10-01 alone"):
        read_list(WindowLimits(), route(ask), FIRST, LAST)


@pytest.mark.parametrize("change", ["entered", "removed"])
@pytest.mark.parametrize("looks", [1, 2, 5, 6])
def test_records_that_others_write_while_a_list_is_read(change: str, looks: int) -> None:
    """Two looks that differ were taken for a list that is a part of what there is, though people entered leave."""
    server = Server(midnights(), end="inclusive")
    busy = [datetime(2026, 10, 12, 1 + hour) for hour in range(looks)]
    if change == "removed":
        server.moments += busy

    def ask(first: date, last: date) -> list[datetime]:
        answer = server(first, last)
        if (first, last) == (FIRST, LAST) and busy:
            moment = busy.pop()
            if change == "entered":
                server.moments.append(moment)
            else:
                server.moments.remove(moment)
        return answer

    if looks == MAX_LOOKS:
        with pytest.raises(AllHoursIncompleteError, match="entered or removed between each of 6 looks"):
            read_list(WindowLimits(), route(ask), FIRST, LAST)
        return
    found = read_list(WindowLimits(), route(ask), FIRST, LAST)
    assert sorted(found) == sorted(moment for moment in server.moments if FIRST <= moment.date() <= LAST)
    assert server.asked.count((FIRST, LAST)) == looks + 1


def test_statuses_that_can_mean_that_a_window_is_too_long() -> None:
    statuses = (400, 401, 403, 404, 409, 413, 414, 415, 416, 417, 422, 429, 500, 503)
    errors = [error_of("GET x", Response(status, {}, b"", ""), Echoes()) for status in statuses]
    assert [error.status for error in errors if is_refused_window(error)] == [400, 409, 413, 414, 416, 422]
