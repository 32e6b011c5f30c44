# SPDX-License-Identifier: Apache-2.0
"""Names of fields and parameters, compared whatever their case."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping

_WORD = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|\d+")


def plain(name: str) -> str:
    """``PaidPresenceValue``, ``paidPresenceValue`` and ``paid_presence_value`` are the same."""
    return "".join(letter for letter in name.lower() if letter.isalnum())


def words(name: str) -> tuple[str, ...]:
    """The words of a name: ``dateFrom`` and ``date-from`` are ``date`` and ``from``."""
    return tuple(word.lower() for word in _WORD.findall(name))


def snake(name: str) -> str:
    """A PascalCase name in snake_case."""
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])", "_", name).lower()


def camel(name: str) -> str:
    """A PascalCase name in camelCase."""
    return name[:1].lower() + name[1:]


CASES: dict[str, Callable[[str], str]] = {"pascal": str, "camel": camel, "snake": snake}
"""Value of the contract's ``case`` -> a PascalCase name spelled so."""


def likeliest_case(pairs: Iterable[tuple[str, str]]) -> str:
    """The case in which most of these (our name, their name) agree; ``pascal`` where none does."""
    listed = list(pairs)
    hits = {case: sum(spell(ours) == theirs for ours, theirs in listed) for case, spell in CASES.items()}
    # One-word names are the same in camel and snake case: the first of the best is the simpler one.
    return max(hits, key=lambda case: hits[case])


def by_plain_name(names: Iterable[str]) -> Mapping[str, str]:
    """Plain name -> name as written; the first of several that are alike."""
    found: dict[str, str] = {}
    for name in names:
        found.setdefault(plain(name), name)
    return found
