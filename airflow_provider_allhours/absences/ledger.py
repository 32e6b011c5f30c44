# SPDX-License-Identifier: Apache-2.0
"""The ledger: intent and result of every absence write, from which the absences that this provider owns follow."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass, field
from typing import Any

from airflow_provider_allhours.client.errors import AllHoursParameterError

CREATE, UPDATE, DELETE = "create", "update", "delete"
INTENT, RESENT, DONE, REFUSED = "intent", "resent", "done", "refused"


@dataclass(frozen=True, slots=True)
class Entry:
    """One line of the ledger.

    Attributes:
        step: ``intent`` (noted before the write), ``resent`` (noted before it is sent again), ``done`` or ``refused``
            (by All Hours).
        action: ``create``, ``update`` or ``delete``.
        key: row, person, day and part of the day.
        plan: SHA-256 of the plan it belongs to.
        absence_id: id of the absence; None before it is created.
        definition_id: definition of the absence.
        known: of a create: ids of the records that the employee-day had before.
    """

    step: str
    action: str
    key: str
    plan: str
    absence_id: str | None = None
    definition_id: str = ""
    known: tuple[str, ...] = ()

    def to_line(self) -> bytes:
        """The entry as a line of the file."""
        fields = {name: value for name in self.__slots__ if (value := getattr(self, name)) not in ("", ())}
        return (json.dumps(fields, ensure_ascii=False) + "\n").encode()


@dataclass(frozen=True, slots=True)
class Claim:
    """A create whose record may stand in All Hours without being owned: without a result, or sent more than once.

    Attributes:
        known: ids of the records that were there before it was first sent.
        is_resent: whether it was sent more than once, so that a second record may appear at any time.
    """

    known: frozenset[str]
    is_resent: bool = False


@dataclass
class Ledger:
    """The state after all entries of a ledger.

    Attributes:
        owned: key of a step -> id of the absence that this provider created.
        touched: (checksum of the plan, key) -> the last entry.
        claims: (key, definition) -> the create without a known end.
        writes: how many writes are done.
    """

    owned: dict[str, str] = field(default_factory=dict)
    touched: dict[tuple[str, str], Entry] = field(default_factory=dict)

    claims: dict[tuple[str, str], Claim] = field(default_factory=dict)
    writes: int = 0

    def __post_init__(self) -> None:
        self._key_of = {absence_id: key for key, absence_id in self.owned.items()}

    def note(self, entry: Entry) -> None:
        """Add an entry."""
        self.touched[entry.plan, entry.key] = entry
        if entry.action == CREATE:
            self._note_claim(entry)
        if entry.step == DONE:
            self.writes += 1
            if entry.action == DELETE:
                self.owned.pop(entry.key, None)
            elif entry.absence_id:
                # An update may have given the absence to another person or part of the day.
                former = self._key_of.get(entry.absence_id)
                if former is not None and self.owned.get(former) == entry.absence_id:
                    del self.owned[former]
                self.owned[entry.key] = entry.absence_id
                self._key_of[entry.absence_id] = entry.key

    def _note_claim(self, entry: Entry) -> None:
        place = entry.key, entry.definition_id
        claim = self.claims.get(place)
        if entry.step in (INTENT, RESENT):
            # The first send counts: a record that appeared since may be its own.
            known = claim.known if claim else frozenset(entry.known)
            self.claims[place] = Claim(known, entry.step == RESENT or (claim is not None and claim.is_resent))
        elif claim is not None and not claim.is_resent:
            del self.claims[place]

    def owns(self, absence_id: str | None) -> bool:
        """Whether this provider created the absence and has not deleted it."""
        return self.owned.get(self._key_of.get(absence_id or "", "")) == absence_id is not None

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
        return Entry(**{**record, "known": tuple(record.get("known", ()))})
    except (ValueError, TypeError, AttributeError):
        raise AllHoursParameterError(
            f"parameter 'ledger_path': line {number} is not an entry of a ledger; it takes a file that only this "
            "provider writes"
        ) from None
