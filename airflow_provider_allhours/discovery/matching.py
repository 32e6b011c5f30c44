# SPDX-License-Identifier: Apache-2.0
"""Which records an operation answers with, and where in its answer they are."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from airflow_provider_allhours.discovery.documents import ApiDocument, Operation
from airflow_provider_allhours.discovery.names import plain
from airflow_provider_allhours.discovery.references import DAY, Reference, best_reference
from airflow_provider_allhours.discovery.schemas import Schema

MAX_DEPTH = 4
"""Objects and lists around a record."""


@dataclass(frozen=True)
class Match:
    """A record inside the answer of an operation.

    Attributes:
        operation: the GET.
        reference: what the record is.
        score: how much of it is there.
        record: its schema.
        selector: ``[*]``, ``Items[*]`` or ``UserCalculations[*].DailyCalculations[*]``; empty for the answer itself.
        holders: the schemas around the record, the answer first, each of them an object.
    """

    operation: Operation
    reference: Reference
    score: float
    record: Schema
    selector: str
    holders: tuple[Schema, ...]

    @property
    def is_list(self) -> bool:
        """Whether the answer may hold several records."""
        return "[*]" in self.selector

    @property
    def outer_record(self) -> Schema | None:
        """The element of the list around the list of the records; None where there is only one list."""
        return self.holders[-1] if self.selector.count("[*]") > 1 and self.holders else None

    @property
    def envelope(self) -> Schema | None:
        """The object around the first list; None for a bare array or a single record."""
        return self.holders[0] if self.holders and not self.selector.startswith("[*]") else None


def find_matches(document: ApiDocument) -> list[Match]:
    """Every record that is looked for, in the order of the document's operations."""
    return [
        match
        for operation in document.operations
        if operation.answer is not None
        for match in _matches(operation, operation.answer, "", (), 0)
    ]


def _matches(
    operation: Operation, schema: Schema, selector: str, holders: tuple[Schema, ...], depth: int
) -> Iterator[Match]:
    """Look into a schema, and no further than to the first record of every branch."""
    if depth > MAX_DEPTH:
        return
    if schema.items is not None:
        yield from _matches(operation, schema.items, f"{selector}[*]", holders, depth + 1)
        return
    names = record_names(schema)
    reference = best_reference(names)
    if reference is not None:
        yield Match(operation, reference, reference.score(names), schema, selector, holders)
        return
    for name, inner in schema.fields.items():
        if "." not in name and (inner.fields or inner.items is not None):
            path = f"{selector}.{name}" if selector else name
            yield from _matches(operation, inner, path, (*holders, schema), depth + 1)


def record_names(schema: Schema) -> frozenset[str]:
    """Plain names of a record's fields, those of the objects inside it included, but not those of its lists."""
    names = {plain(name) for name in schema.fields}
    if {plain("CalculationResultSummary")} & names or len(names & _DAY_NAMES) > 1:
        names |= {plain(inner) for field in schema.fields.values() for inner in field.fields}
    return frozenset(names)


_DAY_NAMES = frozenset(map(plain, (*DAY.own, *DAY.common)))
