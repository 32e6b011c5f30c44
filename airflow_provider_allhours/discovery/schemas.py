# SPDX-License-Identifier: Apache-2.0
"""One schema of an OpenAPI document, resolved step by step as somebody looks into it, because schemas may be cyclic."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any
from urllib.parse import unquote

MAX_REFERENCES = 20
"""References that follow each other; more of them are a circle."""


def resolved(document: Mapping[str, Any], value: Any) -> Mapping[str, Any]:
    """An object of the document, references followed; empty where one leads nowhere or in a circle."""
    for _ in range(MAX_REFERENCES):
        if not isinstance(value, Mapping):
            return {}
        reference = value.get("$ref")
        if not isinstance(reference, str):
            return value
        value = _target(document, reference)
    return {}


def _target(document: Mapping[str, Any], reference: str) -> Any:
    """What ``#/components/schemas/User`` stands for; other files are not read."""
    if not reference.startswith("#/"):
        return None
    target: Any = document
    for segment in reference[2:].split("/"):
        name = unquote(segment).replace("~1", "/").replace("~0", "~")
        target = target.get(name) if isinstance(target, Mapping) else None
    return target


@dataclass(frozen=True, eq=False)
class Schema:
    """A schema with its document.

    Attributes:
        document: the whole OpenAPI document.
        raw: the schema as written.
        depth: how many ``allOf``, ``anyOf`` and ``oneOf`` were entered on the way here.
    """

    document: Mapping[str, Any]
    raw: Any
    depth: int = 0

    @cached_property
    def _parts(self) -> tuple[Mapping[str, Any], ...]:
        """The schema itself and all that ``allOf`` adds; of alternatives, the first that is no null."""
        own = resolved(self.document, self.raw)
        parts = [own]
        if self.depth < MAX_REFERENCES:
            for inner in _list(own.get("allOf")):
                parts += Schema(self.document, inner, self.depth + 1)._parts
            for name in ("oneOf", "anyOf"):
                alternatives = [Schema(self.document, inner, self.depth + 1) for inner in _list(own.get(name))]
                parts += next((inner._parts for inner in alternatives if inner.kind != "null"), ())
        return tuple(parts)

    @cached_property
    def kind(self) -> str:
        """``object``, ``array``, ``string``, ``integer``, ``number``, ``boolean`` or ``null``; empty if unknown."""
        for part in self._parts:
            stated = part.get("type")
            kinds = [stated] if isinstance(stated, str) else [kind for kind in _list(stated) if kind != "null"]
            if kinds:
                return str(kinds[0])
        if any("properties" in part for part in self._parts):
            return "object"
        return "array" if any("items" in part for part in self._parts) else ""

    @cached_property
    def format(self) -> str:
        """Such as ``date-time``; empty where none is stated."""
        return next((str(part["format"]) for part in self._parts if part.get("format")), "")

    @cached_property
    def fields(self) -> Mapping[str, Schema]:
        """Name -> schema of an object's fields."""
        found: dict[str, Schema] = {}
        for part in self._parts:
            properties = part.get("properties")
            if isinstance(properties, Mapping):
                found |= {str(name): Schema(self.document, inner) for name, inner in properties.items()}
        return found

    @cached_property
    def items(self) -> Schema | None:
        """The schema of an array's elements."""
        return next((Schema(self.document, part["items"]) for part in self._parts if "items" in part), None)

    def stated(self, name: str) -> Any:
        """The value of a keyword such as ``default``, ``maximum`` or ``enum``; None where it is not stated."""
        return next((part[name] for part in self._parts if part.get(name) is not None), None)


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []
