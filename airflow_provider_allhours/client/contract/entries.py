# SPDX-License-Identifier: Apache-2.0
"""Read one JSON object of a contract; every error names its place, such as ``contract.routes.users.path``."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from typing import TypeVar

from airflow_provider_allhours.client.errors import AllHoursParameterError

Choice = TypeVar("Choice", bound=str)


class Entry:
    """A JSON object and its place in the contract.

    Args:
        value: what stands there.
        place: such as ``contract.auth``.
        known: the keys it can have; None for any.

    Raises:
        AllHoursParameterError: it is no object, or has a key that is not known.
    """

    def __init__(self, value: object, place: str, known: Collection[str] | None = None) -> None:
        if not isinstance(value, dict):
            raise refusal(place, f"is {_kind(value)}", "a JSON object")
        self._values: dict[str, object] = {str(key): item for key, item in value.items()}
        self.place = place
        if known is not None and (unknown := [key for key in self._values if key not in known]):
            raise AllHoursParameterError(
                f"{place} has the unknown key{'s' * (len(unknown) > 1)} {_listed(unknown)}; known are {_listed(known)}"
            )

    def __contains__(self, key: str) -> bool:
        return key in self._values

    def place_of(self, key: str) -> str:
        """The place of a key."""
        return f"{self.place}.{key}"

    def value(self, key: str) -> object:
        """What a key holds; None where it is absent."""
        return self._values.get(key)

    def items(self) -> Iterable[tuple[str, object]]:
        """Every key with what it holds."""
        return self._values.items()

    def refuse(self, key: str, problem: str, due: str) -> AllHoursParameterError:
        """The error for what a key holds."""
        return refusal(self.place_of(key), problem, due)

    def text(self, key: str, due: str) -> str | None:
        """Text that is not empty; None where the key is absent."""
        if key not in self._values:
            return None
        value = self._values[key]
        if not isinstance(value, str) or not value.strip():
            raise self.refuse(key, f"is {_kind(value)}", due)
        return value

    def required(self, key: str, due: str) -> str:
        """Text that is not empty."""
        text = self.text(key, due)
        if text is None:
            raise self.refuse(key, "is missing", due)
        return text

    def choice(self, key: str, choices: tuple[Choice, ...], default: Choice) -> Choice:
        """One of several words."""
        if key not in self._values:
            return default
        value = self._values[key]
        for choice in choices:
            if value == choice and isinstance(value, str):
                return choice
        shown = repr(value) if isinstance(value, str) else _kind(value)
        raise self.refuse(key, f"is {shown}", f"one of {_listed(choices)}")

    def whole(self, key: str, at_least: int, default: int | None = None) -> int | None:
        """A whole number."""
        if key not in self._values:
            return default
        value = self._values[key]
        if not isinstance(value, int) or isinstance(value, bool) or value < at_least:
            shown = value if isinstance(value, int | float) and not isinstance(value, bool) else _kind(value)
            raise self.refuse(key, f"is {shown}", f"a whole number from {at_least} on")
        return value

    def texts(self, key: str) -> tuple[str, ...]:
        """A list of texts."""
        if key not in self._values:
            return ()
        value = self._values[key]
        if not isinstance(value, list) or not all(isinstance(item, str) and item.strip() for item in value):
            raise self.refuse(key, f"is {_kind(value)}", "a list of names")
        return tuple(value)


def refusal(place: str, problem: str, due: str) -> AllHoursParameterError:
    """The error for what stands at a place."""
    return AllHoursParameterError(f"{place} {problem}; it takes {due}")


def as_text(place: str, value: object) -> str:
    """A JSON text, number or boolean as a query or a header holds it."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str | int | float):
        return str(value)
    raise refusal(place, f"is {_kind(value)}", "text, a number, true or false")


def _kind(value: object) -> str:
    """What a value is; the value itself may be a secret."""
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str):
        return "text" if value.strip() else "empty"
    if isinstance(value, int | float):
        return "a number"
    return "a list" if isinstance(value, list) else "an object"


def _listed(names: Iterable[str]) -> str:
    return ", ".join(names)
