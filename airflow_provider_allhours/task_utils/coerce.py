# SPDX-License-Identifier: Apache-2.0
"""Convert rendered template values to the types that flows take.

A template renders to text, or to a Python value with ``render_template_as_native_obj``; both are accepted.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from math import inf
from typing import Any

from airflow_provider_allhours.client.errors import AllHoursParameterError

_BOOLEANS = {"true": True, "yes": True, "1": True, "false": False, "no": False, "0": False}


def whole_number(parameter: str, value: object, *, minimum: int) -> int:
    """Convert a value to an integer.

    Args:
        parameter: name of the parameter, for the message.
        value: an integer, or text that holds one.
        minimum: smallest accepted number.

    Raises:
        AllHoursParameterError: not a whole number, or below the minimum; ``True`` and ``3.5`` are not numbers of
            anything that is counted here.
    """
    try:
        number = None if isinstance(value, bool | float) else int(str(value))
    except ValueError:
        number = None
    if number is None or number < minimum:
        raise AllHoursParameterError(f"parameter '{parameter}' is {value!r}; it takes a whole number from {minimum}")
    return number


def optional_whole_number(parameter: str, value: object, *, minimum: int) -> int | None:
    """Convert a value to an integer as :func:`whole_number` does; None and blank text, which mean "not set", to None.

    Args:
        parameter: name of the parameter, for the message.
        value: an integer, text that holds one, blank text or None.
        minimum: smallest accepted number.

    Raises:
        AllHoursParameterError: not a whole number, or below the minimum.
    """
    return None if is_blank(value) else whole_number(parameter, value, minimum=minimum)


def is_true(parameter: str, value: object) -> bool:
    """Convert a value to a boolean.

    Args:
        parameter: name of the parameter, for the message.
        value: a boolean, 0, 1, or the text ``true``, ``false``, ``yes``, ``no``, ``1`` or ``0`` in any case.

    Raises:
        AllHoursParameterError: anything else. Blank text and None are refused too: a template that renders to nothing
            must not turn a dry run into writes.
    """
    text = str(value).strip().lower()
    if text not in _BOOLEANS:
        raise AllHoursParameterError(f"parameter '{parameter}' is {value!r}; it takes true or false")
    return _BOOLEANS[text]


def share(parameter: str, value: object) -> float:
    """Convert a value to a share from 0 to 1.

    Args:
        parameter: name of the parameter, for the message.
        value: a number, or text that holds one.

    Raises:
        AllHoursParameterError: not a number from 0 to 1.
    """
    try:
        number = None if isinstance(value, bool) else float(str(value))
    except ValueError:
        number = None
    if number is None or not 0 <= number <= 1:
        raise AllHoursParameterError(f"parameter '{parameter}' is {value!r}; it takes a number from 0 to 1")
    return number


def positive_number(parameter: str, value: object) -> float:
    """Convert a value to a number above 0.

    Args:
        parameter: name of the parameter, for the message.
        value: a number, or text that holds one.

    Raises:
        AllHoursParameterError: not a number above 0.
    """
    try:
        number = None if isinstance(value, bool) else float(str(value))
    except ValueError:
        number = None
    if number is None or not 0 < number < inf:
        raise AllHoursParameterError(f"parameter '{parameter}' is {value!r}; it takes a number above 0")
    return number


def list_of(parameter: str, value: object) -> list[Any]:
    """Convert one value, several, or the lazy results of a mapped task to a list.

    Args:
        parameter: name of the parameter, for the message.
        value: None or blank text (an empty list), text or a mapping (a list of that one), or anything to iterate over.

    Raises:
        AllHoursParameterError: neither of these.
    """
    if is_blank(value):
        return []
    if isinstance(value, str | Mapping):
        return [value]
    if isinstance(value, Iterable):
        return list(value)
    raise AllHoursParameterError(f"parameter '{parameter}' is {value!r}; it takes one value or a list")


def employees_of(value: object) -> list[Any] | Mapping[str, Any] | None:
    """Convert the parameter ``employees``; None and blank text, which mean "everybody", to None.

    Args:
        value: a list, a mapping, the lazy results of a mapped task, or text: a JSON list or object, or employee ids
            with commas between them.

    Raises:
        AllHoursParameterError: neither of these.
    """
    if is_blank(value):
        return None
    if isinstance(value, Mapping):
        return value
    if isinstance(value, str):
        text = value.strip()
        if not text.startswith(("[", "{")):
            return [employee_id.strip() for employee_id in text.split(",") if employee_id.strip()]
        try:
            value = json.loads(text)
        except ValueError:
            raise AllHoursParameterError(
                "parameter 'employees' is text that is neither JSON nor employee ids with commas between them"
            ) from None
        if isinstance(value, Mapping):
            return value
    return list_of("employees", value)


def json_object(parameter: str, value: object) -> Mapping[str, Any] | None:
    """Convert a value to an object; None and blank text, which mean "not set", to None.

    Args:
        parameter: name of the parameter, for the message.
        value: a mapping, or text that holds a JSON object.

    Raises:
        AllHoursParameterError: neither of these.
    """
    if is_blank(value):
        return None
    if isinstance(value, str):
        try:
            value = json.loads(value)
        except ValueError:
            value = None
    if not isinstance(value, Mapping):
        raise AllHoursParameterError(f"parameter '{parameter}' takes an object, or the same as JSON")
    return value


def is_blank(value: object) -> bool:
    """Whether a rendered value means "not set": None, or text of blanks only."""
    return value is None or (isinstance(value, str) and not value.strip())
