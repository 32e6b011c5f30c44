# SPDX-License-Identifier: Apache-2.0
"""Rounding of one person's lines."""

from __future__ import annotations

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from airflow_provider_allhours.payroll.rounding import Step, largest_remainder, nearest, round_lines

exact = st.dictionaries(st.sampled_from("abcdef"), st.fractions(-9999, 9999, max_denominator=60), max_size=6)


def test_a_half_is_rounded_away_from_zero() -> None:
    assert [nearest(Fraction(n, 2)) for n in (1, 3, -1, -3, 4)] == [1, 2, -1, -2, 2]


def test_largest_remainder_by_hand() -> None:
    thirds = dict.fromkeys("abc", Fraction(100, 3))
    assert largest_remainder(thirds, 100) == {"a": 34, "b": 33, "c": 33}
    assert largest_remainder({"a": Fraction(-5, 2), "b": Fraction(1, 2)}, -2) == {"a": -2, "b": 0}


@given(exact)
def test_lines_differ_from_their_exact_values_by_half_a_part_at_most(values: dict[str, Fraction]) -> None:
    rounded = round_lines(values, "line")
    assert rounded.keys() == values.keys()
    assert all(abs(rounded[key] - value) <= Fraction(1, 2) for key, value in values.items())


@given(exact)
def test_lines_of_a_person_add_up_to_the_persons_rounded_sum(values: dict[str, Fraction]) -> None:
    rounded = round_lines(values, "person")
    assert sum(rounded.values()) == nearest(sum(values.values(), Fraction(0)))
    assert all(abs(rounded[key] - value) < 1 for key, value in values.items())


@given(exact)
def test_down_is_towards_zero(values: dict[str, Fraction]) -> None:
    rounded = round_lines(values, "down")
    assert all(0 <= abs(value) - abs(rounded[key]) < 1 for key, value in values.items())
    assert all(rounded[key] * value >= 0 for key, value in values.items())


@given(exact, st.sampled_from(["line", "down"]))
def test_taking_back_is_the_reverse_of_paying(values: dict[str, Fraction], rounding: str) -> None:
    taken = round_lines({key: -value for key, value in values.items()}, rounding)  # type: ignore[arg-type]  # a text of the parametrisation
    paid = round_lines(values, rounding)  # type: ignore[arg-type]  # a text of the parametrisation
    assert taken == {key: -quantity for key, quantity in paid.items()}


@pytest.mark.parametrize(
    ("mode", "minutes", "stepped"),
    [
        ("nearest", 7, 0),
        ("nearest", Fraction(15, 2), 15),
        ("nearest", -8, -15),
        ("up", 1, 15),
        ("up", 15, 15),
        ("up", -1, -15),
        ("down", 29, 15),
        ("down", -29, -15),
    ],
)
def test_steps(mode: str, minutes: int, stepped: int) -> None:
    assert Step(15, "day", mode).applied_to(Fraction(minutes)) == stepped
