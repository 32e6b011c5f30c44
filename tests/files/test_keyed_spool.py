# SPDX-License-Identifier: Apache-2.0
"""Values on the disk, by key."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from airflow_provider_allhours.files.keyed_spool import KeyedSpool, ListSpool

KEYS = st.text(min_size=1, max_size=5)


@given(steps=st.lists(st.tuples(KEYS, st.one_of(st.none(), st.integers())), max_size=60))
def test_it_is_a_sorted_dict(steps: list[tuple[str, int | None]]) -> None:
    expected: dict[str, int] = {}
    with KeyedSpool[int]() as spool:
        for key, value in steps:
            if value is None:
                spool.discard(key)
                expected.pop(key, None)
            else:
                spool[key] = expected[key] = value
        assert list(spool) == sorted(expected)
        assert list(spool.items()) == sorted(expected.items())
        assert len(spool) == len(expected)
        for key, _ in steps:
            assert (key in spool) == (key in expected)
            assert spool.get(key, -1) == expected.get(key, -1)


@given(added=st.lists(st.tuples(KEYS, st.integers()), max_size=60))
def test_lists_keep_the_order_of_their_values(added: list[tuple[str, int]]) -> None:
    with ListSpool[int]() as spool:
        for key, value in added:
            spool.add(key, value)
        assert len(spool) == len(added)
        for key in {key for key, _ in added} | {"another key"}:
            assert spool[key] == [value for one, value in added if one == key]
            assert (key in spool) == bool(spool[key])
        assert [*spool] == sorted({key for key, _ in added})
        assert [*spool.items()] == sorted(added, key=lambda entry: entry[0])


@pytest.mark.parametrize("values", [1, 2, 700])
def test_lists_are_read_in_parts_that_end_anywhere_in_a_list(values: int) -> None:
    with ListSpool[int]() as spool:
        for value in range(values):
            for key in ("", "b", "a"):
                spool.add(key, value)
        assert [*spool.items()] == [(key, value) for key in ("", "a", "b") for value in range(values)]


def test_keys_may_be_put_while_they_are_iterated() -> None:
    with KeyedSpool[int]() as spool:
        for number in range(2000):
            spool[f"{number:05}"] = number
        seen = []
        for key in spool:
            spool[key] = -1
            seen.append(key)
    assert seen == [f"{number:05}" for number in range(2000)]


def test_a_key_that_is_not_there_is_an_error() -> None:
    with KeyedSpool[int]() as spool, pytest.raises(KeyError, match="who"):
        spool["who"]


LOOK = """
import os
from airflow_provider_allhours.files.keyed_spool import KeyedSpool
with KeyedSpool() as spool:
    for number in range(50):
        spool[str(number)] = os.urandom(200_000)
    places = [f"/proc/self/fd/{entry}" for entry in os.listdir("/proc/self/fd")]
    print([os.readlink(place) for place in places if os.path.islink(place)])
"""


def test_no_file_has_a_name(tmp_path: Path) -> None:
    # A fresh process, because SQLite looks once for the folder.
    environment = {**os.environ, "SQLITE_TMPDIR": str(tmp_path)}
    looked = subprocess.run([sys.executable, "-c", LOOK], env=environment, check=True, capture_output=True, text=True)
    assert f"{tmp_path}/etilqs_" in looked.stdout
    assert "(deleted)" in looked.stdout
    assert list(tmp_path.iterdir()) == []
