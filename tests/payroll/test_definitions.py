# SPDX-License-Identifier: Apache-2.0
"""Which definitions a mapping means: by id, IntegrationId or name, kept by id."""

from __future__ import annotations

import unicodedata
from typing import Any

import pytest

from airflow_provider_allhours.payroll.definitions import Definition, Definitions, ResolvedMapping
from airflow_provider_allhours.payroll.mapping import read_mapping

ABSENCE, COUNTER = "absence", "counter"


def resolved(*names: str, ignore: Any = None, **definitions: tuple[str, ...]) -> ResolvedMapping:
    """A mapping of absences to codes that are their names; definitions by id: IntegrationId, then names."""
    known = Definitions()
    for key, (integration_id, *others) in definitions.items():
        other_ids = frozenset({integration_id} if integration_id else ())
        known.add(ABSENCE, Definition(key, frozenset(others), other_ids))
    lines = [{"absence": name, "pay_code": name} for name in names]
    return ResolvedMapping(read_mapping({"lines": lines, "ignore": ignore or {}}), known)


def paid(mapping: ResolvedMapping, key: str) -> list[str]:
    return [rule.pay_code for rule in mapping.rules_of(ABSENCE, key)]


@pytest.mark.parametrize("reference", ["a1", "A1", "17", "Annual leave", " ANNUAL leave "])
def test_a_definition_is_meant_by_id_integration_id_or_name(reference: str) -> None:
    mapping = resolved(reference, a1=("17", "Annual leave"), b2=("", "Sick leave"))
    assert paid(mapping, "a1") == [reference.strip()]
    assert paid(mapping, "b2") == []
    assert list(mapping.problems()) == []


def test_a_rename_is_none() -> None:
    mapping = resolved("Annual leave", a1=("", "Annual leave", "Annual leave (paid)"))
    assert paid(mapping, "a1") == ["Annual leave"]
    assert list(mapping.problems()) == []


@pytest.mark.parametrize("other", ["ANNUAL LEAVE", "Annual leave"])
def test_a_name_of_two_definitions_blocks_and_their_ids_do_not(other: str) -> None:
    definitions = {"a1": ("", "Annual leave"), "b2": ("", other)}
    for mapping in (resolved("Annual leave", **definitions), resolved("x", ignore={"absences": other}, **definitions)):
        assert list(mapping.problems()) == [
            "the mapping names the absence 'annual leave', which is ambiguous: 2 definitions have this name (a1, b2); "
            "name them by id"
        ]
    mapping = resolved("a1", "b2", **definitions)
    assert list(mapping.problems()) == []
    assert (paid(mapping, "a1"), paid(mapping, "b2")) == (["a1"], ["b2"])


@pytest.mark.parametrize("form", ["NFC", "NFD"])
def test_names_are_compared_in_one_form(form: Any) -> None:
    """A file that was written on a Mac decomposes what All Hours composes, and both look the same."""
    name = "Mutterschutz für Ältere"
    other = unicodedata.normalize("NFD" if form == "NFC" else "NFC", name)
    mapping = resolved(unicodedata.normalize(form, name), a1=("", other))
    assert len(paid(mapping, "a1")) == 1
    both = resolved(name, a1=("", name), b2=("", unicodedata.normalize("NFD", name)))
    assert "is ambiguous" in next(both.problems())


def test_one_definition_by_name_and_by_id_is_paid_twice() -> None:
    (problem,) = resolved("a1", "Annual leave", a1=("", "Annual leave")).problems()
    assert problem.startswith("lines 1 and 2 both pay absence 'Annual leave', so it would be paid twice")


def test_mapped_and_ignored_contradict_one_another() -> None:
    mapping = resolved("Annual leave", ignore={"absences": ["a1"]}, a1=("", "Annual leave"))
    assert list(mapping.problems()) == ["absence 'Annual leave' is both mapped and ignored"]
    assert list(resolved("Annual leave", ignore={"absences": "*"}, a1=("", "Annual leave")).problems()) == []


def test_a_definition_of_a_record_that_was_not_known_is_found_by_name() -> None:
    mapping = resolved("Annual leave")
    assert paid(mapping, "a1") == []
    mapping.know(ABSENCE, "a1", "Annual leave")
    assert paid(mapping, "a1") == ["Annual leave"]


def test_counters_are_meant_by_code_or_name() -> None:
    known = Definitions()
    known.add(COUNTER, Definition("103", frozenset({"Meals"})))
    lines = [{"counter": "meals", "pay_code": "1", "unit": "count"}]
    mapping = ResolvedMapping(read_mapping({"lines": lines, "ignore": {"counters": [4]}}), known)
    assert len(mapping.rules_of(COUNTER, "103")) == 1
    mapping.know(COUNTER, "4", "Balance")
    assert mapping.is_ignored(COUNTER, "4")
    assert not mapping.is_ignored(COUNTER, "5")


@pytest.mark.parametrize(
    ("further", "warned"),
    [({}, True), ({"also": True}, False), ({"when": "holiday"}, True)],
)
def test_a_counter_that_repeats_a_mapped_column_is_a_warning(further: dict[str, Any], warned: bool) -> None:
    known = Definitions()
    known.add(COUNTER, Definition("33", frozenset({"Paid presence"})))
    lines = [
        {"source": "paid_presence_minutes", "pay_code": "1", "unit": "hours"},
        {"counter": "Paid presence", "pay_code": "2", "unit": "hours", **further},
    ]
    mapping = ResolvedMapping(read_mapping({"lines": lines, "ignore": {"absences": "*", "counters": "*"}}), known)
    sentence = "pay the counter 33 and paid_presence_minutes, which are the same minutes"
    assert any(sentence in warning for warning in mapping.warnings()) is warned
