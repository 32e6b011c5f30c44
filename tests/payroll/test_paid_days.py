# SPDX-License-Identifier: Apache-2.0
"""No person-day is paid by two files, whatever their periods and groups."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from datetime import date, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from airflow_provider_allhours.payroll.paid_days import PaidBefore, PaidDays
from airflow_provider_allhours.payroll.paid_people import PaidPerson
from airflow_provider_allhours.periods import Period
from tests.payroll.records import in_october

OCTOBER = Period.of_month(2026, 10)
WEEK = Period(in_october(5), in_october(11))

File = tuple[PaidBefore, Iterable[PaidPerson]]


def paid(number: str, *users: str, days: Period | None = OCTOBER, **fields: Any) -> PaidPerson:
    return PaidPerson(number, users, ((days.date_from, days.date_to),) if days else (), **fields)


def before(*people: PaidPerson, period: Period = OCTOBER, number: int = 1) -> File:
    return PaidBefore(number, "/pay.csv", period), people


def overlaps(
    *files: File, now: Iterable[PaidPerson], period: Period = OCTOBER, is_delta: bool = False, settled: Any = ()
) -> list[tuple[str, str]]:
    days = PaidDays(now, period, is_delta=is_delta, settled=frozenset(settled))
    for file, people in files:
        days.look_at(file, people)
    return [(overlap.employee_id, overlap.day.isoformat()) for overlap in days.overlaps]


@pytest.mark.parametrize(
    ("then", "now", "day"),
    [
        (OCTOBER, WEEK, "2026-10-05"),
        (WEEK, OCTOBER, "2026-10-05"),
        (Period(date(2026, 9, 26), date(2026, 10, 25)), OCTOBER, "2026-10-01"),
        (OCTOBER, Period(date(2026, 10, 26), date(2026, 11, 25)), "2026-10-26"),
        (OCTOBER, Period(date(2026, 10, 31), date(2026, 10, 31)), "2026-10-31"),
        (OCTOBER, Period.of_month(2026, 11), None),
        (Period.of_month(2026, 9), OCTOBER, None),
    ],
)
def test_spans_that_share_a_day(then: Period, now: Period, day: str | None) -> None:
    for is_delta in (False, True):
        found = overlaps(
            before(paid("1", "u", days=then), period=then),
            now=[paid("1", "u", days=now)],
            period=now,
            is_delta=is_delta,
        )
        assert found == ([("1", day)] if day else [])


def test_a_person_is_known_by_user_and_by_number() -> None:
    file = before(paid("1", "u"), paid("2", "v", "w"))
    assert overlaps(file, now=[paid("9", "u")]) == [("9", "2026-10-01")]
    assert overlaps(file, now=[paid("1", "x")]) == [("1", "2026-10-01")]
    assert overlaps(file, now=[paid("8", "w")]) == [("8", "2026-10-01")]
    assert overlaps(file, now=[paid("3", "x")]) == []


def test_everybody_with_a_number_is_known_by_it_and_nobody_by_having_none() -> None:
    """Of what was paid elsewhere, several users have one number, or none at all."""
    first, second = Period(in_october(1), in_october(14)), Period(in_october(15), in_october(31))
    both = [paid("7", "old", days=first), paid("7", "new", days=second), paid("", "a"), paid("", "b")]
    assert overlaps(before(paid("7", "x", days=first)), now=both) == [("7", "2026-10-01")]
    assert overlaps(before(paid("7", "x", days=second)), now=both) == [("7", "2026-10-15")]
    assert overlaps(before(paid("7", "x")), now=both) == [("7", "2026-10-15"), ("7", "2026-10-01")]
    assert overlaps(before(paid("", "y")), now=both) == []
    assert overlaps(before(paid("", "b")), now=both) == [("", "2026-10-01")]


def test_days_on_which_nobody_was_employed_are_not_paid() -> None:
    first, second = Period(in_october(1), in_october(14)), Period(in_october(15), in_october(31))
    assert overlaps(before(paid("1", "old", days=first)), now=[paid("1", "new", days=second)]) == []
    assert overlaps(before(paid("1", "old", days=first)), now=[paid("1", "new")]) == [("1", "2026-10-01")]


def test_a_delta_corrects_its_own_period_only() -> None:
    file = before(paid("1", "u"))
    assert overlaps(file, now=[paid("1", "u")], is_delta=True) == []
    assert overlaps(file, now=[paid("1", "u")], is_delta=False) == [("1", "2026-10-01")]
    assert overlaps(file, now=[paid("2", "u")], is_delta=True) == []


def test_a_number_that_another_user_was_paid_under() -> None:
    """A user was made anew: the old one's pay is taken back, or it stays, and the days would be paid twice."""
    file = before(paid("1", "old"))
    assert overlaps(file, now=[paid("1", "new")], is_delta=True, settled={"old"}) == []
    assert overlaps(file, now=[paid("1", "new")], is_delta=True, settled=()) == [("1", "2026-10-01")]


def test_one_of_two_users_who_were_paid_together_is_another_persons() -> None:
    """The pay of a re-hire's first record is corrected, that of the second is not known to be the same person's."""
    file = before(paid("1", "u", "v"))
    assert overlaps(file, now=[paid("1", "u")], is_delta=True, settled={"u"}) == [("1", "2026-10-01")]
    assert overlaps(file, now=[paid("1", "u")], is_delta=True, settled={"v"}) == []
    assert overlaps(file, now=[paid("1", "v", "u")], is_delta=True) == []


def test_lines_that_are_taken_back_pay_no_day() -> None:
    assert overlaps(before(paid("1", "u", days=None)), now=[paid("1", "u")]) == []
    assert overlaps(before(paid("1", "u")), now=[paid("1", "u", days=None)]) == []


def test_the_users_of_a_file_are_those_of_its_take_backs_too() -> None:
    days = PaidDays([paid("1", "u"), paid("2", "v", days=None)], OCTOBER, is_delta=False, settled=())
    assert days.has_user_of([paid("9", "x"), paid("8", "y", "u")])
    assert days.has_user_of([paid("9", "v")])
    assert not days.has_user_of([paid("1", "x")])


class Settled(frozenset[str]):
    """Counts how often it is asked for a user, and cannot be copied."""

    asked = 0

    def __contains__(self, user_id: object) -> bool:
        type(self).asked += 1
        return super().__contains__(user_id)

    def __iter__(self) -> Any:
        raise AssertionError("copied")

    union = __or__ = __ror__ = __iter__  # type: ignore[assignment]  # nobody may call them


def test_a_file_of_differences_asks_once_for_each_user_that_was_paid() -> None:
    people = [paid(str(number), f"u{number}") for number in range(100)]
    settled = Settled(f"u{number}" for number in range(100))
    days = PaidDays(people, OCTOBER, is_delta=True, settled=settled)
    days.look_at(*before(*people))
    assert (days.overlaps, Settled.asked) == ([], 100)


spans = st.tuples(st.integers(0, 40), st.integers(0, 30)).map(
    lambda drawn: Period(date(2026, 9, 20) + timedelta(drawn[0]), date(2026, 9, 20) + timedelta(sum(drawn)))
)
groups = st.lists(st.sampled_from("abcde"), unique=True, min_size=1)


@given(st.lists(st.tuples(spans, groups), min_size=1, max_size=12))
def test_no_person_day_is_paid_twice(files: list[tuple[Period, list[str]]]) -> None:
    """Files of random spans and groups: what is let through pays each day once; what is refused had one before."""
    released: list[File] = []
    counted = Counter[tuple[str, date]]()
    for number, (span, users) in enumerate(files, start=1):
        people = [paid(f"n{user}", user, days=span) for user in users]
        own = [(user, day) for user in users for day in span.days()]
        taken = sorted((day, user) for user, day in own if counted[user, day])
        days = PaidDays(people, span, is_delta=False, settled=())
        for file, others in released:
            days.look_at(file, others)
        found = days.overlaps
        assert bool(found) == bool(taken)
        if found:
            assert min((overlap.day, overlap.employee_id[1:]) for overlap in found) == taken[0]
            continue
        released.append(before(*people, period=span, number=number))
        counted.update(own)
    assert set(counted.values()) <= {1}
