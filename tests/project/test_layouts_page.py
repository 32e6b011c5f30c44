# SPDX-License-Identifier: Apache-2.0
"""The layouts of the documentation page are what it says they are."""

from __future__ import annotations

import re
import textwrap
from pathlib import Path
from typing import Any

import yaml

from airflow_provider_allhours.payroll.lines import PayLine
from airflow_provider_allhours.payroll.people import Person
from airflow_provider_allhours.payroll.profiles.declaration import (
    _COLUMN_KEYS,
    _KEYS,
    VALUES,
)
from airflow_provider_allhours.payroll.profiles.profile import find_profile
from airflow_provider_allhours.periods import Period

PAGE = (Path(__file__).parents[2] / "docs" / "layouts.rst").read_text("utf-8")
OCTOBER = Period.of_month(2026, 10)
LINES = [
    PayLine(Person("101", "Ana", "Kos"), "1000", "hours", 16050, OCTOBER),
    PayLine(Person("42", "Jan", "Novak"), "1100", "hours", -225, OCTOBER),
]


def block(name: str) -> str:
    found = re.search(rf":name: {name}\n\n((?:   .*\n|\n)+)", PAGE)
    assert found is not None
    return textwrap.dedent(found[1]).strip("\n")


def declared(name: str) -> dict[str, Any]:
    document: dict[str, Any] = yaml.safe_load(block(name))
    return document


def test_the_worked_example_to_the_byte() -> None:
    profile = find_profile(declared("fixed"), None)
    assert list(profile.problems(LINES)) == []
    rendered = profile.render(LINES)
    assert rendered.splitlines() == block("fixed-file").splitlines()
    assert {len(line) for line in rendered.splitlines()} == {34}


def test_the_other_examples_can_be_used() -> None:
    pantheon = find_profile(declared("pantheon"), None)
    assert list(pantheon.problems(LINES)) == []
    assert pantheon.render(LINES).splitlines()[0] == f"{'101':<13}{'1000':>5}{'160,50':>10}{'':16}"
    pivot = find_profile(declared("pivot"), {"company": "12345"})
    assert pivot.render(LINES).splitlines() == [
        "Company;Number;Regular;Overtime",
        "12345;101;160,50;",
        "12345;42;;-2,25",
    ]


def test_every_word_is_on_the_page() -> None:
    for word in (*_KEYS, *_COLUMN_KEYS, *VALUES):
        assert f"``{word}``" in PAGE, word
