# SPDX-License-Identifier: Apache-2.0
"""Rounded lines add up to their totals."""

from __future__ import annotations

from fractions import Fraction
from random import Random

from airflow_provider_allhours.payroll.rounding import largest_remainder, round_half_up, round_lines


def test_largest_remainder_by_hand() -> None:
    thirds = dict.fromkeys("abc", Fraction(100, 3))
    assert largest_remainder(thirds, 100) == {"a": 34, "b": 33, "c": 33}
    assert largest_remainder({"a": Fraction(-5, 2), "b": Fraction(1, 2)}, -2) == {"a": -2, "b": 0}
    assert [round_half_up(Fraction(n, 2)) for n in (1, 3, -1, -3, 4)] == [1, 2, -1, -2, 2]


def test_two_thousand_months_add_up() -> None:
    """Per employee and overall, negative corrections included."""
    random = Random(20261031)
    for month in range(2_000):
        table = {
            (f"e{who}", f"c{what}"): Fraction(random.randrange(-600, 12_000) * 5, 3)
            for who in range(random.randrange(1, 7))
            for what in range(random.randrange(1, 4))
        }
        rounded = round_lines(table)
        assert rounded.keys() == table.keys()
        assert sum(rounded.values()) == round_half_up(sum(table.values(), Fraction(0))), month
        assert all(abs(rounded[key] - value) < 1 for key, value in table.items())
        for who in {key[0] for key in table}:
            own = [key for key in table if key[0] == who]
            assert abs(sum(rounded[key] for key in own) - sum(table[key] for key in own)) < 1


def test_totals_by_line_stay_close_in_a_big_company() -> None:
    random = Random(7)
    table = {
        (f"e{who}", f"c{what}"): Fraction(random.randrange(0, 12_000) * 5, 3)
        for who in range(2000)
        for what in range(5)
    }
    rounded = round_lines(table)
    for what in range(5):
        exact = sum((value for key, value in table.items() if key[1] == f"c{what}"), Fraction(0))
        printed = sum(value for key, value in rounded.items() if key[1] == f"c{what}")
        assert abs(printed - exact) < 2
