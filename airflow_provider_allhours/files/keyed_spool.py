# SPDX-License-Identifier: Apache-2.0
"""Keep more values than fit into memory, by key."""

from __future__ import annotations

import pickle
import tempfile
from collections.abc import Iterator
from types import TracebackType
from typing import Generic, TypeVar

Value = TypeVar("Value")


class KeyedSpool(Generic[Value]):
    """Values on the disk; memory has the keys and where each value stands. Use it as a context manager.

    The file has no name, so that the operating system removes it when the process ends, however it ends. Values are
    anything that can be pickled; a value that is put again replaces the earlier one.
    """

    def __init__(self) -> None:
        self._file = tempfile.TemporaryFile(prefix="allhours-")  # noqa: SIM115 -- closed by __exit__
        self._places: dict[str, int] = {}

    def __enter__(self) -> KeyedSpool[Value]:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._file.close()

    def __contains__(self, key: str) -> bool:
        return key in self._places

    def __iter__(self) -> Iterator[str]:
        return iter(self._places)

    def __len__(self) -> int:
        return len(self._places)

    def __setitem__(self, key: str, value: Value) -> None:
        place = self._file.seek(0, 2)
        pickle.dump(value, self._file, pickle.HIGHEST_PROTOCOL)
        self._places[key] = place

    def __getitem__(self, key: str) -> Value:
        self._file.seek(self._places[key])
        value: Value = pickle.load(self._file)  # noqa: S301 -- written by this process into a file without a name
        return value

    def get(self, key: str, default: Value) -> Value:
        """The value of a key, or the default."""
        return self[key] if key in self._places else default

    def discard(self, key: str) -> None:
        """Forget a key, if it is there."""
        self._places.pop(key, None)
