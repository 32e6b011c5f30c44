# SPDX-License-Identifier: Apache-2.0
"""What a mapping pays, what it ignores, and what it refuses."""

from __future__ import annotations

import hashlib
import json
import unicodedata
from typing import Any

import pytest

from airflow_provider_allhours.client.errors import AllHoursParameterError
from airflow_provider_allhours.payroll.amounts import ABSENCE, COUNTER, TIMESHEET, Item
from airflow_provider_allhours.payroll.mapping import read_mapping

LINES = [
    {"source": "overtime_minutes", "pay_code": 1100},
    {"absence": "Annual leave", "pay_code": " 2000 ", "unit": "days"},
    {"absence": "annual LEAVE ", "pay_code": "2001", "unit": "hh:mm"},
    {"counter": 4, "pay_code": "3000", "unit": "minutes"},
]


def item(kind: str, name: str) -> Item:
    return Item("u", "2026-10-01", kind, name)


@pytest.mark.parametrize(
    ("kind", "name", "codes"),
    [
        (TIMESHEET, "overtime_minutes", [("1100", "hours")]),
        (TIMESHEET, "balance_minutes", []),
        (ABSENCE, " ANNUAL leave", [("2000", "days"), ("2001", "hh:mm")]),
        (ABSENCE, "4", []),
        (COUNTER, "4", [("3000", "minutes")]),
        (COUNTER, "Annual leave", []),
    ],
)
def test_an_item_is_paid_by_every_line_of_its_kind_and_name(kind: str, name: str, codes: list[tuple[str, str]]) -> None:
    rules = read_mapping({"lines": LINES}).rules_for(item(kind, name))
    assert [(rule.pay_code, rule.unit) for rule in rules] == codes


@pytest.mark.parametrize(
    ("ignore", "absences", "counters"),
    [
        (None, [], []),
        ({}, [], []),
        ({"absences": "*"}, ["Strike", "Sick leave"], []),
        ({"counters": "*"}, [], ["4", "5"]),
        ({"absences": [" STRIKE"], "counters": 5}, ["Strike"], ["5"]),
        ({"absences": "strike", "counters": [4, "5"]}, ["Strike"], ["4", "5"]),
    ],
)
def test_only_what_is_named_is_ignored(ignore: Any, absences: list[str], counters: list[str]) -> None:
    mapping = read_mapping({"lines": LINES, "ignore": ignore})
    assert [name for name in ("Strike", "Sick leave") if mapping.is_ignored(item(ABSENCE, name))] == absences
    assert [name for name in ("4", "5") if mapping.is_ignored(item(COUNTER, name))] == counters
    assert mapping.is_ignored(item(TIMESHEET, "balance_minutes"))


def test_the_checksum_is_of_the_document() -> None:
    document = {"lines": LINES, "ignore": {"absences": ["Študijski dopust"]}}
    canonical = json.dumps(document, sort_keys=True, ensure_ascii=False)
    assert read_mapping(document).sha256 == hashlib.sha256(canonical.encode()).hexdigest()
    assert read_mapping(dict(reversed(document.items()))).sha256 == read_mapping(document).sha256
    assert read_mapping({"lines": LINES}).sha256 != read_mapping(document).sha256


@pytest.mark.parametrize(
    ("document", "message"),
    [
        ([], "takes an object with a list 'lines'"),
        ({"lines": []}, "takes an object with a list 'lines'"),
        ({"lines": 1}, "takes an object with a list 'lines'"),
        ({"lines": ["x"]}, "line 1 is not an object"),
        ({"lines": [*LINES, {"counter": 1, "absence": "x", "pay_code": "1"}]}, "line 5 takes one of source, absence"),
        ({"lines": [{"counter": 1, "pay_code": " "}]}, "line 1 takes one of .* a pay_code"),
        ({"lines": [{"counter": 1, "pay_code": "1", "units": "days"}]}, "line 1 takes one of .* a unit"),
        ({"lines": [{"source": "overtime_minutes", "pay_code": "1", "unit": "days"}]}, "only absences are counted"),
        (
            {"lines": [{"source": "running_balance_minutes", "pay_code": "1"}]},
            "has the source 'running_balance_minutes'",
        ),
        ({"lines": LINES, "ignore": ["x"]}, "'ignore' takes absences and counters"),
        ({"lines": LINES, "ignore": {"absence": "*"}}, "'ignore' takes absences and counters"),
        ({"lines": LINES, "ignore": {"absences": 1.5}}, "'ignore' takes absences and counters"),
        ({"lines": LINES, "other": 1}, "unknown key other; it takes lines and ignore"),
    ],
)
def test_what_is_not_a_mapping_is_refused(document: Any, message: str) -> None:
    with pytest.raises(AllHoursParameterError, match=f"^parameter 'mapping': .*{message}"):
        read_mapping(document)


@pytest.mark.parametrize("form", ["NFC", "NFD"])
def test_names_are_compared_in_one_form(form: Any) -> None:
    """A file that was written on a Mac decomposes what All Hours composes, and both look the same."""
    leave = unicodedata.normalize(form, "Mutterschutz für Ältere")
    line = {"absence": leave, "pay_code": "2000", "unit": "days"}
    other = unicodedata.normalize("NFD" if form == "NFC" else "NFC", leave)
    assert len(read_mapping({"lines": [line]}).rules_for(item(ABSENCE, other))) == 1
    assert read_mapping({"lines": LINES, "ignore": {"absences": [leave]}}).is_ignored(item(ABSENCE, other))
