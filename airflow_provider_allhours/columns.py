# SPDX-License-Identifier: Apache-2.0
"""A column of a published file: its name, its kind, and how a DAG author selects, renames and protects it."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
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
        doc: a sentence that says what it means, in reStructuredText, for the page of columns.
        is_nullable: whether a row may have nothing there.
        is_summed: for whole minutes, whether a manifest has their sum; False for balances that run on from day to day.
    """

    name: str
    kind: Kind
    doc: str = ""
    is_nullable: bool = field(default=True, kw_only=True)
    is_summed: bool = field(default=True, kw_only=True)


def names_of(columns: Sequence[Column]) -> tuple[str, ...]:
    """The names of columns, in their order."""
    return tuple(column.name for column in columns)


IDENTITY_COLUMNS = frozenset(
    {
        "employee_id",
        "custom_id",
        "user_id",
        "id",
        "first_name",
        "middle_name",
        "last_name",
        "full_name",
        "email",
        "user_name",
        "user_account_id",
    }
)
"""Columns that say who a row is about."""

_EMPLOYEE_IDS, _USER_IDS, _DAYS = ("employee_id", "custom_id"), ("user_id", "id"), ("date", "date_from", "timestamp")


@dataclass(frozen=True)
class Selection:
    """The columns that are published, and how a row becomes a published row.

    Attributes:
        columns: the published columns.
        hides_people: whether a column that says who a row is about is hashed or dropped. Then nothing else may say it
            either: rows have the order of :meth:`order_of`, and a user is called :meth:`published_user_id`.
        is_ordered: whether the dataset's own order, by employee id and user id, is one of published values anyway.
    """

    columns: tuple[Column, ...]
    hides_people: bool
    is_ordered: bool
    _sources: tuple[tuple[int, Callable[[object], object] | None], ...]
    _order: tuple[int, ...]
    _user_id_policy: str
    _hash: Callable[[object], object]

    @property
    def positions(self) -> tuple[int, ...]:
        """Where the published columns stand in the dataset's rows."""
        return tuple(index for index, _ in self._sources)

    @property
    def pseudonyms(self) -> dict[str, str]:
        """Hashed column -> what tells one key of the hashes from another, and no value."""
        check = str(self._hash(KEY_CHECK))[:16]
        pairs = zip(self.columns, self._sources, strict=True)
        return {column.name: check for column, (_, change) in pairs if change is not None}

    def __call__(self, row: Row) -> Row:
        """The published values of a row."""
        return tuple([row[index] if change is None else change(row[index]) for index, change in self._sources])

    def order_of(self, published: Row) -> tuple[tuple[int, float, str], ...]:
        """A sort key of a published row, made of its published values only: ids, day, then everything else."""
        return tuple(_comparable(published[index]) for index in self._order)

    def published_user_id(self, user_id: str) -> str | None:
        """What a manifest calls a user: by id, by the pseudonym of the file, or not at all."""
        if self._user_id_policy == "hash":
            return str(self._hash(user_id))
        return user_id if self._user_id_policy == "keep" else None


KEY_CHECK = "which key"
"""A text whose hash tells whether two files were made with one key."""


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
        key: key of the hashes.

    Raises:
        AllHoursParameterError: an unknown column, a column twice, an unknown policy, nothing left, or an empty key
            where a column is hashed.
    """
    positions = {column.name: index for index, column in enumerate(available)}
    names = _published_names(columns, positions)
    policies = _policies(privacy or {}, positions)
    if not key and "hash" in policies.values():
        raise AllHoursParameterError(
            "parameter 'privacy' hashes a column, and the key of the hashes is empty; it takes the connection's Client "
            "Secret, or the password of 'pseudonym_conn_id'"
        )
    hashed = _hashing(key)
    kept = [(new_name, name) for new_name, name in names if policies.get(name) != "drop"]
    if not kept:
        raise AllHoursParameterError("parameters 'columns' and 'privacy' leave no column to publish")
    hashed_names = {name for name, policy in policies.items() if policy == "hash"}
    chosen = [
        Column(new_name, Kind.TEXT) if name in hashed_names else replace(available[positions[name]], name=new_name)
        for new_name, name in kept
    ]
    sources = [(positions[name], hashed if name in hashed_names else None) for _, name in kept]
    published = [name for _, name in kept]
    hides_people = any(policy != "keep" and name in IDENTITY_COLUMNS for name, policy in policies.items())
    user_id_policies = [policies.get(name, "keep") for name in _USER_IDS if name in positions]
    if hides_people and "keep" in user_id_policies and not any(name in published for name in _USER_IDS):
        user_id_policies = ["drop"]
    return Selection(
        columns=tuple(chosen),
        hides_people=hides_people,
        is_ordered=not hides_people or all(_is_shown(names, policies, kept) for names in (_EMPLOYEE_IDS, _USER_IDS)),
        _sources=tuple(sources),
        _order=_order(published),
        _user_id_policy=user_id_policies[0] if user_id_policies else "keep",
        _hash=hashed,
    )


def _is_shown(names: Sequence[str], policies: Mapping[str, str], kept: Sequence[tuple[str, str]]) -> bool:
    return any(source in names and policies.get(source, "keep") == "keep" for _, source in kept)


def _order(published: Sequence[str]) -> tuple[int, ...]:
    """Positions of the published columns, in the order in which rows are compared by them."""
    first = [published.index(name) for name in (*_EMPLOYEE_IDS, *_USER_IDS, *_DAYS) if name in published]
    return (*first, *(index for index in range(len(published)) if index not in first))


def _comparable(value: object) -> tuple[int, float, str]:
    """A value that compares with every other: nothing, then numbers, then texts and dates."""
    if value is None:
        return 0, 0, ""
    if isinstance(value, int | float):
        return 1, value, ""
    return 2, 0, value.isoformat() if isinstance(value, date) else str(value)


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
