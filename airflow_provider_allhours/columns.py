# SPDX-License-Identifier: Apache-2.0
"""A column of a published file: its name, its kind, and how a DAG author selects, renames and protects it."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum

from airflow_provider_allhours.client.errors import AllHoursParameterError

Row = tuple[object, ...]


class Kind(StrEnum):
    """What a column holds."""

    TEXT = "text"
    INTEGER = "integer"
    MINUTES = "minutes"
    NUMBER = "number"
    BOOLEAN = "boolean"
    DATE = "date"
    DATETIME = "datetime"


@dataclass(frozen=True)
class Column:
    """One column.

    Attributes:
        name: its name in the file.
        kind: what it holds.
        is_summed: for whole minutes, whether a manifest has their sum; False for balances that run on from day to day.
    """

    name: str
    kind: Kind
    is_summed: bool = True


@dataclass(frozen=True)
class Selection:
    """The columns that are published, and how a row becomes a published row."""

    columns: tuple[Column, ...]
    _sources: tuple[tuple[int, Callable[[object], object] | None], ...]

    def __call__(self, row: Row) -> Row:
        """The published values of a row."""
        return tuple(row[index] if change is None else change(row[index]) for index, change in self._sources)


def select_columns(
    available: Sequence[Column],
    *,
    columns: Sequence[str] | Mapping[str, str] | None = None,
    privacy: Mapping[str, str] | None = None,
    key: bytes = b"",
) -> Selection:
    """Select, rename and protect the columns of a dataset.

    Args:
        available: the dataset's columns.
        columns: names in the order of the file, or new name -> name; all by default.
        privacy: name -> ``keep``, ``drop`` or ``hash``. Drop wins over ``columns``. A hash is a keyed SHA-256: the
            same value gives the same text, nobody without the key can find the value by trying.
        key: key of the hashes; not empty where a column is hashed.

    Raises:
        AllHoursParameterError: an unknown column, a column twice, an unknown policy, or nothing left.
    """
    positions = {column.name: index for index, column in enumerate(available)}
    names = _published_names(columns, positions)
    policies = _policies(privacy or {}, positions)
    chosen: list[Column] = []
    sources: list[tuple[int, Callable[[object], object] | None]] = []
    for new_name, name in names:
        policy = policies.get(name, "keep")
        if policy == "drop":
            continue
        column = replace(available[positions[name]], name=new_name)
        if policy == "hash":
            column = Column(new_name, Kind.TEXT)
        chosen.append(column)
        sources.append((positions[name], _hashing(key) if policy == "hash" else None))
    if not chosen:
        raise AllHoursParameterError("parameters 'columns' and 'privacy' leave no column to publish")
    return Selection(tuple(chosen), tuple(sources))


def _published_names(
    columns: Sequence[str] | Mapping[str, str] | None, positions: Mapping[str, int]
) -> list[tuple[str, str]]:
    if columns is None:
        return [(name, name) for name in positions]
    if isinstance(columns, str):
        raise AllHoursParameterError("parameter 'columns' is a text; it takes a list, or a mapping new name -> column")
    names = list(columns.items()) if isinstance(columns, Mapping) else [(name, name) for name in columns]
    unknown = [str(name) for _, name in names if name not in positions]
    if unknown:
        raise AllHoursParameterError(
            f"parameter 'columns' names unknown columns {', '.join(unknown)}; it takes {', '.join(positions)}"
        )
    new_names = [new for new, _ in names]
    twice = sorted({name for name in new_names if new_names.count(name) > 1})
    if twice:
        raise AllHoursParameterError(f"parameter 'columns' gives {', '.join(twice)} more than once")
    return names


def _policies(privacy: Mapping[str, str], positions: Mapping[str, int]) -> Mapping[str, str]:
    for name, policy in privacy.items():
        if name not in positions:
            raise AllHoursParameterError(
                f"parameter 'privacy' names an unknown column {name!r}; it takes {', '.join(positions)}"
            )
        if policy not in ("keep", "drop", "hash"):
            raise AllHoursParameterError(
                f"parameter 'privacy' gives {name!r} the policy {policy!r}; it takes keep, drop or hash"
            )
    return privacy


def _hashing(key: bytes) -> Callable[[object], object]:
    def hashed(value: object) -> object:
        if value is None or value == "":
            return value
        return hmac.new(key, str(value).encode(), hashlib.sha256).hexdigest()

    return hashed
