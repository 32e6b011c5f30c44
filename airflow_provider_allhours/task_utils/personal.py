# SPDX-License-Identifier: Apache-2.0
"""Template fields with personal data, which Airflow must not show or store in the clear."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

MASK = "***"


class PersonalField:
    """Declare a template field of an operator as personal: ``comment = PersonalField()`` in the class.

    Airflow stores the rendered values of template fields and shows them in the tab *Rendered Templates*. What rendering
    puts into a field of this kind is wrapped in :class:`Masked`, which Airflow stores as ``***``; :func:`reveal` takes
    it out again. What ``__init__`` sets, a template or a value in the DAG's code, stays as it is.
    """

    def __set_name__(self, owner: type, name: str) -> None:
        self._name = name

    def __get__(self, task: Any, owner: type | None = None) -> Any:
        if task is None:
            return self
        try:
            return task.__dict__[self._name]
        except KeyError:
            raise AttributeError(self._name) from None

    def __set__(self, task: Any, value: Any) -> None:
        is_rendered = self._name in task.__dict__
        task.__dict__[self._name] = Masked(value) if is_rendered and not isinstance(value, Masked) else value


class Masked:
    """A value that Airflow serialises as its mask.

    Args:
        value: the value itself.
    """

    # A value that was set between ``__init__`` and rendering is rendered inside.
    template_fields = ("value",)

    def __init__(self, value: Any) -> None:
        self.value = value

    def serialize(self) -> Any:
        """The mask: Airflow calls this for the values of template fields that are no plain JSON."""
        return masked(self.value)

    def __bool__(self) -> bool:
        return bool(self.value)

    def __repr__(self) -> str:
        return str(self.serialize())


def masked(value: Any) -> Any:
    """The shape of a value: keys and lengths stay, every value is ``***``, and what is empty stays empty."""
    if isinstance(value, Mapping):
        return {str(key): masked(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [masked(item) for item in value]
    return value if value is None or value == "" else MASK


def reveal(value: Any) -> Any:
    """The value of a :class:`PersonalField`, whether or not it was rendered."""
    return value.value if isinstance(value, Masked) else value
