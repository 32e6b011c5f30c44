# SPDX-License-Identifier: Apache-2.0
"""The ledger: intent and result of every absence write, from which the absences that this provider owns follow."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass, field
from typing import Any

from airflow_provider_allhours.client.errors import AllHoursParameterError

CREATE, UPDATE, DELETE = "create", "update", "delete"
INTENT, DONE, REFUSED = "intent", "done", "refused"


@dataclass(frozen=True)
class Entry:
    """One line of the ledger.

    Attributes:
        step: ``intent`` (noted before the write), ``done`` or ``refused`` (by All Hours).
        action: ``create``, ``update`` or ``delete``.
        key: row and day: ``<identity of the row>@<date>``.
        plan: SHA-256 of the plan it belongs to.
        absence_id: id of the absence; None before it is created.
    """

    step: str
    action: str
    key: str
    plan: str
    absence_id: str | None = None

    def to_line(self) -> bytes:
        """The entry as a line of the file."""
        return (json.dumps(self.__dict__, ensure_ascii=False) + "\n").encode()


@dataclass
class Ledger:
    """The state after all entries of a ledger.

    Attributes:
        owned: key (row and day) -> id of the absence that this provider created.
        touched: (checksum of the plan, key) -> the last entry.
    """

    owned: dict[str, str] = field(default_factory=dict)
    touched: dict[tuple[str, str], Entry] = field(default_factory=dict)

    def note(self, entry: Entry) -> None:
        """Add an entry."""
        self.touched[entry.plan, entry.key] = entry
        if entry.step == DONE:
            if entry.action == DELETE:
                self.owned.pop(entry.key, None)
            elif entry.absence_id:
                self.owned[entry.key] = entry.absence_id

    def last(self, plan: str, key: str) -> Entry | None:
        """The last entry of a plan for a key; None without one."""
        return self.touched.get((plan, key))

    @property
    def sha256(self) -> str:
        """Checksum of the owned absences."""
        return hashlib.sha256(json.dumps(sorted(self.owned.items())).encode()).hexdigest()


def replay(content: bytes) -> Ledger:
    """Read a ledger.

    A last line without a line feed was cut off by a crash and is ignored: either its write was never sent, or its
    result is looked up in All Hours.

    Raises:
        AllHoursParameterError: a whole line is not an entry.
    """
    ledger = Ledger()
    *lines, _cut = content.split(b"\n")
    for number, line in enumerate(lines, start=1):
        if line.strip():
            ledger.note(_entry(line, number))
    return ledger


def _entry(line: bytes, number: int) -> Entry:
    try:
        record: dict[str, Any] = json.loads(line)
        return Entry(**record)
    except (ValueError, TypeError):
        raise AllHoursParameterError(
            f"parameter 'ledger_path': line {number} is not an entry of a ledger; it takes a file that only this "
            "provider writes"
        ) from None
