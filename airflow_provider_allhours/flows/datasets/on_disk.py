# SPDX-License-Identifier: Apache-2.0
"""Employments and their records on the disk, so that memory has a few bytes per person."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from types import TracebackType
from typing import Any, Generic, Self, TypeVar

from airflow_provider_allhours.attendance.roster import Employment
from airflow_provider_allhours.client.models import Absence, Clocking
from airflow_provider_allhours.files.keyed_spool import KeyedSpool, ListSpool

Record = TypeVar("Record", Absence, Clocking)


class _OnDisk:
    """Closes its spool behind the ``with`` block."""

    _spool: KeyedSpool[Employment] | ListSpool[Any]

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._spool.close()


class SpooledRoster(_OnDisk):
    """Employments in the order of files; use it as a context manager.

    Args:
        employments: in any order; read whole.
    """

    def __init__(self, employments: Iterable[Employment]) -> None:
        self._spool: KeyedSpool[Employment] = KeyedSpool()
        try:
            for employment in employments:
                # No id has a NUL, which sorts before every character: the order is that of the pairs.
                self._spool["\0".join(employment.order)] = employment
        except BaseException:
            self._spool.close()
            raise

    def __len__(self) -> int:
        return len(self._spool)

    def __iter__(self) -> Iterator[Employment]:
        return (employment for _, employment in self._spool.items())


class SpooledRecords(_OnDisk, Generic[Record]):
    """Absences or clockings of a period, by user; use it as a context manager.

    Attributes:
        user_ids: of all records; None where a record does not say whose it is.
        ownerless: number of such records.
    """

    def __init__(self) -> None:
        self._spool: ListSpool[Record] = ListSpool()
        self.user_ids: set[str | None] = set()
        self.ownerless = 0

    def __len__(self) -> int:
        return self.ownerless + len(self._spool)

    def add(self, record: Record) -> None:
        """Keep one more."""
        self.user_ids.add(record.user_id)
        if record.user_id is None:
            self.ownerless += 1
        else:
            self._spool.add(record.user_id, record)

    def of(self, user_id: str) -> list[Record]:
        """One user's, in the order in which they were added."""
        return self._spool[user_id]
