# SPDX-License-Identifier: Apache-2.0
"""Rendered template values become numbers, booleans and lists, or a sentence."""

from __future__ import annotations

from typing import Any

import pytest

from airflow_provider_allhours.client.errors import AllHoursParameterError
from airflow_provider_allhours.task_utils.coerce import (
    is_true,
    json_object,
    list_of,
    optional_whole_number,
    share,
    whole_number,
)


@pytest.mark.parametrize(("value", "number"), [(0, 0), (7, 7), ("7", 7), (" 7 ", 7)])
def test_whole_numbers(value: object, number: int) -> None:
    assert whole_number("p", value, minimum=0) == number
    assert optional_whole_number("p", value, minimum=0) == number


@pytest.mark.parametrize("value", ["many", "7.0", 7.5, 7.0, True, -1, "-1", [7]])
def test_what_is_no_whole_number(value: object) -> None:
    for convert in (whole_number, optional_whole_number):
        with pytest.raises(AllHoursParameterError, match=r"parameter 'p' is .*; it takes a whole number from 0"):
            convert("p", value, minimum=0)


@pytest.mark.parametrize("value", [None, "", "  "])
def test_a_number_that_is_not_set(value: object) -> None:
    assert optional_whole_number("p", value, minimum=1) is None
    with pytest.raises(AllHoursParameterError, match="whole number from 1"):
        whole_number("p", value, minimum=1)


@pytest.mark.parametrize("value", [True, "True", "true", " TRUE ", "yes", "1", 1])
def test_yes(value: object) -> None:
    assert is_true("p", value) is True


@pytest.mark.parametrize("value", [False, "False", "false", "no", "0", 0])
def test_no(value: object) -> None:
    assert is_true("p", value) is False


@pytest.mark.parametrize("value", [None, "", " ", "None", "maybe", 2, "on"])
def test_neither_yes_nor_no(value: object) -> None:
    with pytest.raises(AllHoursParameterError, match="parameter 'p' is .*; it takes true or false"):
        is_true("p", value)


@pytest.mark.parametrize(("value", "number"), [(0, 0.0), (1, 1.0), ("0.25", 0.25), (0.2, 0.2)])
def test_shares(value: object, number: float) -> None:
    assert share("p", value) == number


@pytest.mark.parametrize("value", [None, "", "most", "nan", "inf", -0.01, 1.01, True, "20%"])
def test_what_is_no_share(value: object) -> None:
    with pytest.raises(AllHoursParameterError, match="parameter 'p' is .*; it takes a number from 0 to 1"):
        share("p", value)


@pytest.mark.parametrize(
    ("value", "items"),
    [(None, []), ("", []), ((), []), ("a", ["a"]), ({"a": 1}, [{"a": 1}]), (["a", "b"], ["a", "b"])],
)
def test_lists(value: Any, items: list[Any]) -> None:
    assert list_of("p", value) == items
    assert list_of("p", iter(items)) == items


def test_what_is_no_list() -> None:
    with pytest.raises(AllHoursParameterError, match="parameter 'p' is 7; it takes one value or a list"):
        list_of("p", 7)


@pytest.mark.parametrize(
    ("value", "converted"),
    [
        (None, None),
        ("  ", None),
        ({"1042": "external"}, {"1042": "external"}),
        ('{"1042": "external"}', {"1042": "external"}),
    ],
)
def test_objects(value: Any, converted: Any) -> None:
    assert json_object("exclude", value) == converted


@pytest.mark.parametrize("value", ["1042", "{", "[]", ["1042"], 1])
def test_what_is_no_object(value: Any) -> None:
    with pytest.raises(AllHoursParameterError, match="^parameter 'exclude' takes an object, or the same as JSON$"):
        json_object("exclude", value)
