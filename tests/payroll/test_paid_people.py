# SPDX-License-Identifier: Apache-2.0
"""The people of a payroll file have the days and lines that it pays, and no names."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from airflow_provider_allhours.payroll.answers import Answers
from airflow_provider_allhours.payroll.lines import PayLine
from airflow_provider_allhours.payroll.paid_people import PaidPeople
from airflow_provider_allhours.payroll.people import Person
from airflow_provider_allhours.periods import Period
from tests.payroll.records import in_october

OCTOBER = Period.of_month(2026, 10)


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
