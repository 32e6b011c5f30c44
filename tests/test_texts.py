# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

import unicodedata

import pytest

from airflow_provider_allhours.texts import clean_id, composed


@pytest.mark.parametrize(
    ("sent", "clean"),
    [
        ("1001", "1001"),
        (1001, "1001"),
        (None, ""),
        ("", ""),
        ("  1001 ", "1001"),
        ("1001\u200b", "1001"),
        ("\ufeff1001", "1001"),
        ("10\u00ad01", "1001"),
        ("\u200e1001\u200f", "1001"),
        ("\u00a01001\u00a0", "1001"),
        ("\t1001\r\n", "1001"),
        ("A\u00a01", "A 1"),
        ("A\t1", "A 1"),
        ("A\x001", "A1"),
        ("\u2028A1\u2029\x85", "A1"),
        (" \u200b \u200b", ""),
        ("z\u030c-1", "ž-1"),
    ],
)
def test_ids_that_look_the_same_are_the_same(sent: str | int | None, clean: str) -> None:
    assert clean_id(sent) == clean
    assert clean_id(clean) == clean


def test_texts_are_composed() -> None:
    name = "Žan Łuc Müller"
    assert composed(unicodedata.normalize("NFD", name)) == name != unicodedata.normalize("NFD", name)
