# SPDX-License-Identifier: Apache-2.0
"""Keep more values than fit into memory, by key."""

from __future__ import annotations

import pickle
import sqlite3
from collections.abc import Iterator
from types import TracebackType
from typing import Any, Generic, Self, TypeVar

Value = TypeVar("Value")


class _Spool:
    """A table on the disk, with a cache of 2 MB; use it as a context manager.

    SQLite keeps a database without a name in a file that it removes as soon as it is open, so that it is gone when the
    process ends, however it ends. A spool is used by one thread at a time; a generator that holds one may be ended by
    another than the one that began it.
    """

    columns = ""

    def __init__(self) -> None:
        self._table = sqlite3.connect("", isolation_level=None, check_same_thread=False)
        # Nothing is ever read from the file by anybody else, or after an error.
        for statement in ("PRAGMA journal_mode = OFF", "PRAGMA synchronous = OFF", "PRAGMA cache_size = -2000"):
            self._table.execute(statement)
        self._table.execute(f"CREATE TABLE spool ({self.columns})")
        self._table.execute("BEGIN")

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Forget everything."""
        self._table.close()

    def _one(self, statement: str, *values: object) -> Any:
        found = self._table.execute(statement, values).fetchone()
        return None if found is None else found[0]

    def _rows(self, statement: str) -> Iterator[tuple[str, bytes]]:
        """All rows, some at a time, so that keys may be put while they are iterated; no key is empty."""
        last = ""
        while rows := self._table.execute(statement, (last,)).fetchall():
            yield from rows
            last = rows[-1][0]


class KeyedSpool(_Spool, Generic[Value]):
    """One value per key, in the order of the keys; a value that is put again replaces the earlier one.

    Values are anything that can be pickled.
    """

    columns = "key TEXT PRIMARY KEY, value BLOB"

    def __contains__(self, key: object) -> bool:
        return self._one("SELECT 1 FROM spool WHERE key = ?", key) is not None

    def __iter__(self) -> Iterator[str]:
        return (key for key, _ in self._rows("SELECT key, NULL FROM spool WHERE key > ? ORDER BY key LIMIT 500"))

    def __len__(self) -> int:
        return int(self._one("SELECT count(*) FROM spool"))

    def __setitem__(self, key: str, value: Value) -> None:
        self._table.execute("INSERT OR REPLACE INTO spool VALUES (?, ?)", (key, _pickled(value)))

    def __getitem__(self, key: str) -> Value:
        stored = self._one("SELECT value FROM spool WHERE key = ?", key)
        if stored is None:
            raise KeyError(key)
        value: Value = _unpickled(stored)
        return value

    def get(self, key: str, default: Value) -> Value:
        """The value of a key, or the default."""
        stored = self._one("SELECT value FROM spool WHERE key = ?", key)
        return default if stored is None else _unpickled(stored)

    def items(self) -> Iterator[tuple[str, Value]]:
        """Keys with their values."""
        rows = self._rows("SELECT key, value FROM spool WHERE key > ? ORDER BY key LIMIT 500")
        return ((key, _unpickled(stored)) for key, stored in rows)

    def discard(self, key: str) -> None:
        """Forget a key, if it is there."""
        self._table.execute("DELETE FROM spool WHERE key = ?", (key,))


class ListSpool(_Spool, Generic[Value]):
    """Many values per key, in the order in which they were added. Values are anything that can be pickled."""

    columns = "key TEXT, value BLOB"

    def __init__(self) -> None:
        super().__init__()
        self._table.execute("CREATE INDEX keys ON spool (key)")

    def __contains__(self, key: object) -> bool:
        return self._one("SELECT 1 FROM spool WHERE key = ? LIMIT 1", key) is not None

    def __iter__(self) -> Iterator[str]:
        """The keys, in their order, each once."""
        statement = "SELECT DISTINCT key, NULL FROM spool WHERE key > ? ORDER BY key LIMIT 500"
        return (key for key, _ in self._rows(statement))

    def __len__(self) -> int:
        return int(self._one("SELECT count(*) FROM spool"))

    def __getitem__(self, key: str) -> list[Value]:
        rows = self._table.execute("SELECT value FROM spool WHERE key = ? ORDER BY rowid", (key,))
        return [_unpickled(stored) for (stored,) in rows]

    def items(self) -> Iterator[tuple[str, Value]]:
        """Keys with each of their values."""
        statement = "SELECT key, value, rowid FROM spool WHERE (key, rowid) > (?, ?) ORDER BY key, rowid LIMIT 500"
        last: tuple[str, int] = ("", 0)
        while rows := self._table.execute(statement, last).fetchall():
            yield from ((key, _unpickled(stored)) for key, stored, _ in rows)
            last = rows[-1][0], rows[-1][2]

    def add(self, key: str, value: Value) -> None:
        """Put a value behind those of its key."""
        self._table.execute("INSERT INTO spool VALUES (?, ?)", (key, _pickled(value)))


def _pickled(value: object) -> bytes:
    return pickle.dumps(value, pickle.HIGHEST_PROTOCOL)


def _unpickled(stored: bytes) -> Any:
    return pickle.loads(stored)  # noqa: S301 -- written by this process into a file without a name
