# SPDX-License-Identifier: Apache-2.0
"""The ledger after any sequence of intents and results, cut anywhere."""

from __future__ import annotations

import pytest

from airflow_provider_allhours.absences.ledger import (
    CREATE,
    DELETE,
    DONE,
    INTENT,
    REFUSED,
    UPDATE,
    Entry,
    Ledger,
    replay,
)
from airflow_provider_allhours.client.errors import AllHoursParameterError

ENTRIES = [
    Entry(INTENT, CREATE, "Č@2027-02-04", "p1"),
    Entry(DONE, CREATE, "Č@2027-02-04", "p1", "a1"),
    Entry(INTENT, CREATE, "B@2027-02-04", "p1"),
    Entry(REFUSED, CREATE, "B@2027-02-04", "p1"),
    Entry(INTENT, UPDATE, "Č@2027-02-04", "p2", "a1"),
    Entry(DONE, UPDATE, "Č@2027-02-04", "p2", "a1"),
    Entry(INTENT, DELETE, "Č@2027-02-04", "p3", "a1"),
    Entry(DONE, DELETE, "Č@2027-02-04", "p3", "a1"),
]


def ledger_of(count: int) -> Ledger:
    return replay(b"".join(entry.to_line() for entry in ENTRIES[:count]))


@pytest.mark.parametrize(
    ("count", "owned"), [(0, False), (1, False), (2, True), (4, True), (6, True), (7, True), (8, False)]
)
def test_an_absence_is_owned_from_its_creation_to_its_deletion(count: int, owned: bool) -> None:
    assert ledger_of(count).owned == ({"Č@2027-02-04": "a1"} if owned else {})


def test_an_absence_that_was_moved_is_owned_under_its_new_key_only() -> None:
    ledger = ledger_of(2)
    ledger.note(Entry(DONE, UPDATE, "moved", "p2", "a1"))
    assert ledger.owned == {"moved": "a1"}
    assert ledger.owns("a1")
    ledger.note(Entry(DONE, DELETE, "moved", "p3", "a1"))
    assert not ledger.owns("a1")
    assert not ledger.owns(None)


def test_the_last_entry_of_each_plan_and_key() -> None:
    ledger = ledger_of(7)
    assert ledger.last("p1", "Č@2027-02-04") == ENTRIES[1]
    assert ledger.last("p1", "B@2027-02-04") == ENTRIES[3]
    assert ledger.last("p3", "Č@2027-02-04") == ENTRIES[6]
    assert ledger.last("p2", "B@2027-02-04") is None


def test_a_last_line_that_was_cut_off_is_ignored() -> None:
    whole = ENTRIES[0].to_line()
    for size in range(len(ENTRIES[1].to_line())):
        assert replay(whole + ENTRIES[1].to_line()[:size]).last("p1", "Č@2027-02-04") == ENTRIES[0]


@pytest.mark.parametrize(
    "line", [b"{}", b"[]", b"1", b'{"step": "done"', b'{"step": 1, "action": 2, "key": 3, "plan": 4, "x": 5}']
)
def test_a_whole_line_that_is_no_entry_is_named(line: bytes) -> None:
    content = ENTRIES[0].to_line() + b"\n" + line + b"\n"
    with pytest.raises(AllHoursParameterError, match="'ledger_path': line 3 is not an entry of a ledger"):
        replay(content)


def test_the_checksum_is_of_what_is_owned_in_any_order() -> None:
    one, other = Ledger(), Ledger()
    first, second = Entry(DONE, CREATE, "A", "p", "1"), Entry(DONE, CREATE, "B", "q", "2")
    for entry in (first, second):
        one.note(entry)
    for entry in (second, first, Entry(DONE, CREATE, "C", "p", "3"), Entry(DONE, DELETE, "C", "p", "3")):
        other.note(entry)
    assert one.sha256 == other.sha256 != Ledger().sha256
