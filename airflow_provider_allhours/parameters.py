# SPDX-License-Identifier: Apache-2.0
"""Check parameters that take one of several words."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal, TypeVar

from airflow_provider_allhours.client.errors import AllHoursParameterError

FailOrWarn = Literal["fail", "warn"]
FAIL_OR_WARN: tuple[FailOrWarn, ...] = ("fail", "warn")

Choice = TypeVar("Choice", bound=str)


def one_of(parameter: str, value: object, choices: Sequence[Choice]) -> Choice:
    """Check a parameter that takes one of several values; returns the value.

    Args:
        parameter: name of the parameter, for the message.
        value: the given value.
        choices: at least two accepted values.

    Raises:
        AllHoursParameterError: the value is not one of the choices; lists them.
    """
    for choice in choices:
        if choice == value:
            return choice
    accepted = f"{', '.join(choices[:-1])} or {choices[-1]}"
    raise AllHoursParameterError(f"parameter '{parameter}' is {value!r}; it takes {accepted}")
