# SPDX-License-Identifier: Apache-2.0
"""Who was paid for which days: no person-day is paid by two files, whatever their periods and groups."""

from __future__ import annotations

from collections import Counter
from datetime import date, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from airflow_provider_allhours.payroll.lines import PayLine
from airflow_provider_allhours.payroll.paid_people import (
    PaidBefore,
    PaidDays,
    PaidPeople,
    PaidPerson,
    printed_so_far,
)
from airflow_provider_allhours.payroll.people import Person
from airflow_provider_allhours.payroll.questions import Answers
from airflow_provider_allhours.periods import Period
from tests.payroll.records import in_october

OCTOBER = Period.of_month(2026, 10)
WEEK = Period(in_october(5), in_october(11))
NOTHING_SETTLED: frozenset[str] = frozenset()


def paid(number: str, *users: str, days: Period | None = OCTOBER, **fields: Any) -> PaidPerson:
    return PaidPerson(number, users, ((days.date_from, days.date_to),) if days else (), **fields)


def before(*people: PaidPerson, period: Period = OCTOBER, number: int = 1) -> PaidDays:
    days = PaidDays()
    days.add(PaidBefore(number, "/pay.csv", period), people)
    return days


def overlaps(
    days: PaidDays, *people: PaidPerson, period: Period = OCTOBER, is_delta: bool = False, settled: Any = ()
) -> list[tuple[str, str]]:
    found = days.overlaps(people, period, is_delta=is_delta, settled=frozenset(settled))
    return [(overlap.employee_id, overlap.day.isoformat()) for overlap in found]


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
            before(paid("1", "u", days=then), period=then), paid("1", "u", days=now), period=now, is_delta=is_delta
        )
        assert found == ([("1", day)] if day else [])


def test_a_person_is_known_by_user_and_by_number() -> None:
    days = before(paid("1", "u"), paid("2", "v", "w"))
    assert overlaps(days, paid("9", "u")) == [("9", "2026-10-01")]
    assert overlaps(days, paid("1", "x")) == [("1", "2026-10-01")]
    assert overlaps(days, paid("8", "w")) == [("8", "2026-10-01")]
    assert overlaps(days, paid("3", "x")) == []


def test_days_on_which_nobody_was_employed_are_not_paid() -> None:
    first, second = Period(in_october(1), in_october(14)), Period(in_october(15), in_october(31))
    assert overlaps(before(paid("1", "old", days=first)), paid("1", "new", days=second)) == []
    assert overlaps(before(paid("1", "old", days=first)), paid("1", "new", days=OCTOBER)) == [("1", "2026-10-01")]


def test_a_delta_corrects_its_own_period_only() -> None:
    days = before(paid("1", "u"))
    assert overlaps(days, paid("1", "u"), is_delta=True) == []
    assert overlaps(days, paid("1", "u"), is_delta=False) == [("1", "2026-10-01")]
    assert overlaps(days, paid("2", "u"), is_delta=True) == []


def test_a_number_that_another_user_was_paid_under() -> None:
    """A user was made anew: the old one's pay is taken back, or it stays, and the days would be paid twice."""
    days = before(paid("1", "old"))
    assert overlaps(days, paid("1", "new"), is_delta=True, settled={"old"}) == []
    assert overlaps(days, paid("1", "new"), is_delta=True, settled=()) == [("1", "2026-10-01")]


def test_lines_that_are_taken_back_pay_no_day() -> None:
    assert overlaps(before(paid("1", "u", days=None)), paid("1", "u")) == []


def test_the_people_of_a_file() -> None:
    old, new = Person("1", "Ann", "One", ("u",)), Person("2", "Ann", "One", ("u",))
    lines = [PayLine(new, "1000", "hours", 800, OCTOBER), PayLine(old, "1000", "hours", -800, OCTOBER)]
    idle, gone = Person("3", "Bea", "Two", ("v", "w")), Person("4", "Cid", "Three", ("x",))
    lines.append(PayLine(gone, "1000", "hours", -100, OCTOBER))
    month = (in_october(1), in_october(31))
    days = {"u": month, "v": (in_october(1), in_october(14)), "w": (in_october(15), in_october(31)), "other": month}
    answers = Answers(frozenset({"y"}), {("v", "30"): "3"})
    people = [*PaidPeople([new, idle], days, lines, answers)]
    assert [(one.employee_id, one.user_ids, len(one.days), len(one.lines), one.kept) for one in people] == [
        ("", ("y",), 0, 0, True),
        ("1", ("u",), 0, 1, False),
        ("2", ("u",), 1, 1, False),
        ("3", ("v", "w"), 2, 0, False),
        ("4", ("x",), 0, 1, False),
    ]
    assert people[2].days == (month,)
    assert people[3].days == ((in_october(1), in_october(14)), (in_october(15), in_october(31)))
    assert people[3].renumbered == {"30": "3"}
    assert "Ann" not in repr(people)
    so_far = printed_so_far(OCTOBER, [people], frozenset({("1000", "hours")}), frozenset({"m"}))
    assert sorted((line.person.employee_id, line.quantity) for line in so_far.lines) == [
        ("1", -800),
        ("2", 800),
        ("4", -100),
    ]
    assert (so_far.answers.kept, so_far.answers.number_of("v", "30")) == ({"y"}, "3")
    assert (so_far.codes, so_far.mappings) == ({("1000", "hours")}, {"m"})


some_people = st.tuples(st.sampled_from("123"), st.sampled_from([("u",), ("v",), ("u", "v"), ("v", "u"), ()]))


@given(
    persons=st.lists(some_people, unique_by=lambda place: place[0]),
    printed=st.lists(st.tuples(some_people, st.integers(-5, 5))),
)
def test_every_line_belongs_to_its_number_and_users(
    persons: list[tuple[str, tuple[str, ...]]], printed: list[tuple[tuple[str, tuple[str, ...]], int]]
) -> None:
    month = (in_october(1), in_october(31))
    people = PaidPeople(
        [Person(number, user_ids=user_ids) for number, user_ids in persons],
        {"u": month, "v": month},
        [PayLine(Person(place[0], user_ids=place[1]), "1", "hours", quantity, OCTOBER) for place, quantity in printed],
        Answers(),
    )
    found = [*people]
    places = [(one.employee_id, one.user_ids) for one in found]
    assert places == sorted({*persons, *(place for place, _ in printed)})
    for one, place in zip(found, places, strict=True):
        assert [line.quantity for line in one.lines] == [quantity for other, quantity in printed if other == place]
        assert one.days == ((month,) * len(place[1]) if place in persons else ())
    assert found == [*people]


def test_somebody_who_came_back_and_was_paid_is_a_question_again() -> None:
    gone = [PaidPerson("", ("a",), kept=True), PaidPerson("", ("b",), kept=True)]
    line = [*PaidPeople([], {}, [PayLine(Person("1", user_ids=("a",)), "1000", "hours", 1, OCTOBER)], Answers())]
    assert printed_so_far(OCTOBER, [gone], frozenset(), frozenset()).answers.kept == {"a", "b"}
    assert printed_so_far(OCTOBER, [gone, line], frozenset(), frozenset()).answers.kept == {"b"}


spans = st.tuples(st.integers(0, 40), st.integers(0, 30)).map(
    lambda drawn: Period(date(2026, 9, 20) + timedelta(drawn[0]), date(2026, 9, 20) + timedelta(sum(drawn)))
)
groups = st.lists(st.sampled_from("abcde"), unique=True, min_size=1)


@given(st.lists(st.tuples(spans, groups), min_size=1, max_size=12))
def test_no_person_day_is_paid_twice(files: list[tuple[Period, list[str]]]) -> None:
    """Files of random spans and groups: what is let through pays each day once; what is refused had one before."""
    days, counted = PaidDays(), Counter[tuple[str, date]]()
    for number, (span, users) in enumerate(files, start=1):
        people = [paid(f"n{user}", user, days=span) for user in users]
        own = [(user, day) for user in users for day in span.days()]
        taken = sorted((day, user) for user, day in own if counted[user, day])
        found = days.overlaps(people, span, is_delta=False, settled=NOTHING_SETTLED)
        assert bool(found) == bool(taken)
        if found:
            assert min((overlap.day, overlap.employee_id[1:]) for overlap in found) == taken[0]
            continue
        days.add(PaidBefore(number, "/pay.csv", span), people)
        counted.update(own)
    assert set(counted.values()) <= {1}
