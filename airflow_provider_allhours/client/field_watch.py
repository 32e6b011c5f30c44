# SPDX-License-Identifier: Apache-2.0
"""Notice fields that are absent on every record of an account: renamed, or left out by its version of the API."""

from __future__ import annotations

import threading
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from airflow_provider_allhours.client.errors import AllHoursContractError

LISTS_OF_DAYS = ("DailyCalculations", "UserCalculations")


class FieldWatch:
    """Which of the fields that somebody needs were seen, if only as null, on at least one record.

    A field is written ``User.CustomId``, or ``DailyCalculation.Accruals.Value`` inside a list; alternatives of one
    meaning are joined by ``|``. A body is examined until every field that it can show was seen once, so a normal
    account costs one extra decode per kind of record.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._needed: dict[str, set[str]] = defaultdict(set)
        self._seen: set[str] = set()
        self._looked_for: set[str] = set()

    def need(self, fields: Iterable[str]) -> None:
        """Look for these fields from now on."""
        with self._lock:
            for field in fields:
                if field not in self._seen:
                    self._needed[field.split(".")[0]].add(field)

    def examine(self, record: str, filled_lists: Callable[[], set[str]], content: Callable[[], Any]) -> None:
        """Look for the needed fields in one response.

        Args:
            record: the kind of record that it holds, such as ``User``.
            filled_lists: names of the lists inside these records that hold something.
            content: the decoded response, asked for only where something is to be found.
        """
        needed = self._needed.get(record)
        if not needed:
            return
        parents = filled_lists() | {""}
        visible = [field for field in tuple(needed) if _parent(field) in parents]
        if not visible:
            return
        records = _records(content())
        if not records:
            return
        with self._lock:
            self._looked_for.update(visible)
            for field in visible:
                if any(_has(one, field) for one in records):
                    self._seen.add(field)
                    needed.discard(field)

    def unseen(self, fields: Iterable[str]) -> list[str]:
        """The fields that nothing that came could show."""
        return sorted(field for field in set(fields) if field not in self._looked_for and field not in self._seen)

    def require(self, fields: Iterable[str], requests: Mapping[str, str]) -> None:
        """Raise where records came and none of them had one of the fields.

        Args:
            fields: the fields.
            requests: kind of record -> the request that answers it, for the message.

        Raises:
            AllHoursContractError: names the fields and the requests.
        """
        absent = sorted(field for field in set(fields) if field in self._looked_for and field not in self._seen)
        if absent:
            listed = ", ".join(f"{_path(field)} of {requests.get(field.split('.')[0], field)}" for field in absent)
            raise AllHoursContractError(
                f"no record has the {'field' if len(absent) == 1 else 'fields'} {listed}; this account's API differs "
                "(`airflow allhours check` shows how), or the columns that need it have to be left out with 'columns'"
            )


def _path(field: str) -> str:
    return field.partition(".")[2].replace("|", " or ")


def _parent(field: str) -> str:
    """The list inside the record that holds the field, empty for a field of the record itself."""
    return field.split(".", 1)[1].rpartition(".")[0]


def _records(content: Any) -> list[Mapping[str, Any]]:
    if isinstance(content, Mapping):
        inner = next((content[name] for name in LISTS_OF_DAYS if isinstance(content.get(name), list)), None)
        if inner is None:
            return [content]
        content = [day for one in inner for day in _records(one)]
    return [one for one in content if isinstance(one, Mapping)] if isinstance(content, list) else []


def _has(record: Mapping[str, Any], field: str) -> bool:
    *parents, names = field.split(".")[1:]
    holders: list[Any] = [record]
    for parent in parents:
        values = [holder.get(parent) for holder in holders if isinstance(holder, Mapping)]
        holders = [inner for value in values for inner in (value if isinstance(value, list) else [value])]
    return any(isinstance(holder, Mapping) and name in holder for holder in holders for name in names.split("|"))
