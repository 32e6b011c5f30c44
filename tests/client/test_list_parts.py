# SPDX-License-Identifier: Apache-2.0
"""A list is decoded in parts, and what comes of it is what the whole body says."""

from __future__ import annotations

import io
import json
import tracemalloc
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from airflow_provider_allhours.client import list_parts
from airflow_provider_allhours.client.decoding import decode
from airflow_provider_allhours.client.errors import AllHoursContractError
from airflow_provider_allhours.client.list_parts import decode_parts
from airflow_provider_allhours.client.models import User

REQUEST = "GET /api/v1/Users"

NASTY = st.text(alphabet='{}[]",:\\ \n}éx\U0001f600', max_size=20)


def parts_of(body: bytes, kind: Any = list[User], content_type: str = "application/json") -> list[list[Any]]:
    return [part.records for part in decode_parts(io.BytesIO(body), kind, request=REQUEST, content_type=content_type)]


def records_of(body: bytes, kind: Any = list[User], content_type: str = "application/json") -> list[Any]:
    return [record for records in parts_of(body, kind, content_type) for record in records]


@pytest.fixture(autouse=True)
def short_parts(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(list_parts, "PART", 64)


@given(
    names=st.lists(st.tuples(NASTY, NASTY), max_size=30),
    indent=st.sampled_from([None, 0, 3]),
    ascii_only=st.booleans(),
    edges=st.sampled_from([("", ""), ("\ufeff", "\n"), (" \r\n\t", "  ")]),
)
def test_parts_are_the_whole(
    names: list[tuple[str, str]], indent: int | None, ascii_only: bool, edges: tuple[str, str]
) -> None:
    users = [
        {"Id": f"u{index}", "FirstName": first, "Nested": [{"a": last}, {"b": [{"c": first}]}], "LastName": last}
        for index, (first, last) in enumerate(names)
    ]
    body = (edges[0] + json.dumps(users, indent=indent, ensure_ascii=ascii_only) + edges[1]).encode()
    assert records_of(body) == decode(body, list[User], request=REQUEST)


def test_it_comes_in_parts() -> None:
    body = json.dumps([{"Id": f"u{index}", "FirstName": "A"} for index in range(100)]).encode()
    parts = parts_of(body)
    assert len(parts) > 20
    assert [user.id for records in parts for user in records] == [f"u{index}" for index in range(100)]


GOOD = ",".join(f'{{"Id": "u{index}"}}' for index in range(20))

REFUSED = {
    "cut in a record": f'[{GOOD}, {{"Id": "x"',
    "cut behind a record": f"[{GOOD}",
    "cut behind a comma": f"[{GOOD},",
    "a comma before the end": f"[{GOOD},]",
    "a comma at the start": f"[,{GOOD}]",
    "two commas": f"[{GOOD},,{GOOD}]",
    "no comma": f"[{GOOD} {GOOD}]",
    "text behind the end": f"[{GOOD}] x",
    "two arrays": f"[{GOOD}][{GOOD}]",
    "an end too many": f"[{GOOD}]]",
    "a record without Id": f'[{GOOD}, {{"FirstName": "A"}}, {GOOD}]',
    "a number among records": f"[{GOOD}, 7, {GOOD}]",
    "a null among records": f"[{GOOD}, null]",
    "an array among records": f"[{GOOD}, [{GOOD}]]",
    "an object": f'{{"Users": [{GOOD}]}}',
    "a page of HTML": f"<html>{GOOD}</html>",
    "an open text": f'[{GOOD}, {{"Id": "a}}, {GOOD}]',
    "deep": f"[{GOOD}, " + '{"Id": "d", "X": ' + "[" * 100_000 + "]" * 100_000 + "}" + f", {GOOD}]",
    "bytes that are no UTF-8": f'[{GOOD}, {{"Id": "\xff"}}, {GOOD}]'.encode("latin-1"),
}


@pytest.mark.parametrize("case", REFUSED)
def test_what_is_refused_as_a_whole_is_refused_in_parts(case: str) -> None:
    content = REFUSED[case]
    body = content if isinstance(content, bytes) else content.encode()
    with pytest.raises(AllHoursContractError) as whole:
        decode(body, list[User], request=REQUEST)
    with pytest.raises(AllHoursContractError) as parts:
        parts_of(body)
    assert str(parts.value) == str(whole.value)


@pytest.mark.parametrize("body", [b"", b"  ", b"null", b"\xef\xbb\xbf", b"[]", b" [ ] "])
def test_nothing_is_no_record(body: bytes) -> None:
    assert records_of(body) == []


def test_html_by_its_media_type_is_refused() -> None:
    with pytest.raises(AllHoursContractError, match="page of HTML"):
        parts_of(f"[{GOOD}]".encode(), content_type="text/html")


def test_another_character_set_is_read() -> None:
    body = '[{"Id": "u1", "FirstName": "Žiga"}]'.encode("windows-1250")
    assert records_of(body, content_type="application/json; charset=windows-1250")[0].first_name == "Žiga"


def test_half_a_surrogate_pair_costs_its_letter_only() -> None:
    body = f'[{GOOD}, {{"Id": "x", "FirstName": "a\\ud800b"}}, {GOOD}]'.encode()
    assert [user.first_name for user in records_of(body) if user.id == "x"] == ["a\ufffdb"]


def test_records_longer_than_a_part_are_read() -> None:
    body = json.dumps([{"Id": f"u{index}", "Address": "x" * 5000} for index in range(5)]).encode()
    assert [len(user.address) for user in records_of(body)] == [5000] * 5


def test_memory_has_a_part_of_the_records(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(list_parts, "PART", 65_536)
    body = json.dumps([{"Id": f"u{index}", "Address": "x" * 500} for index in range(20_000)]).encode()
    assert len(body) > 10_000_000
    file = io.BytesIO(body)
    tracemalloc.start()
    try:
        count = sum(len(part.records) for part in decode_parts(file, list[User], request=REQUEST))
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert count == 20_000
    assert peak < 3_000_000
