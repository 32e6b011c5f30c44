# SPDX-License-Identifier: Apache-2.0
"""What a mapping says, and what it refuses."""

from __future__ import annotations

import hashlib
import json
from datetime import date
from typing import Any

import pytest

from airflow_provider_allhours.client.errors import AllHoursParameterError
from airflow_provider_allhours.payroll.mapping import read_mapping
from airflow_provider_allhours.payroll.rounding import Step

LINES = [
    {"source": "overtime_minutes", "pay_code": "1100"},
    {"absence": "Annual leave", "pay_code": " 2000 ", "unit": "days"},
    {"counter": 4, "pay_code": "3000", "unit": "minutes"},
]
PRESENCE = {"source": "paid_presence_minutes", "pay_code": "1000"}
OVERTIME = {"source": "overtime_minutes", "pay_code": "1100"}


def test_a_line_with_everything() -> None:
    line = {
        **PRESENCE,
        "unit": "hh:mm",
        "minus": "overtime_minutes",
        "when": "weekend",
        "step": {"minutes": 15},
        "also": True,
        "cost_centre": "K1",
        "bs_nr": 1,
        "no_wage_type": True,
    }
    (rule,) = read_mapping({"lines": [line], "cost_centre": "custom_field3"}).rules
    assert (rule.pay_code, rule.unit, rule.minus, rule.when) == ("1000", "hh:mm", ("overtime_minutes",), "weekend")
    assert (rule.step, rule.also, rule.cost_centre) == (Step(15, "period", "nearest"), True, "K1")
    assert (rule.bs_nr, rule.no_wage_type) == ("1", True)


def test_defaults() -> None:
    first, second, third = read_mapping({"lines": LINES}).rules
    assert (first.unit, first.minus, first.when, first.step, first.cost_centre) == ("hours", (), None, None, None)
    assert (second.pay_code, second.count, third.name) == ("2000", "workdays", "4")


@pytest.mark.parametrize(
    ("document", "has"),
    [
        ({"lines": LINES}, False),
        ({"lines": LINES, "cost_centre": "custom_field3"}, True),
        ({"lines": [{**PRESENCE, "cost_centre": "K1"}]}, True),
    ],
)
def test_cost_centres_are_of_a_line_or_of_the_person(document: Any, has: bool) -> None:
    assert read_mapping(document).has_cost_centres is has


@pytest.mark.parametrize(
    ("lines", "warns"),
    [
        ([PRESENCE, OVERTIME], True),
        ([PRESENCE], False),
        ([{**PRESENCE, "minus": ["overtime_minutes"]}, OVERTIME], False),
        ([PRESENCE, {**OVERTIME, "also": True}], False),
        ([{**PRESENCE, "when": "workday"}, {**OVERTIME, "when": "holiday"}], False),
        ([{**PRESENCE, "when": "workday"}, OVERTIME], True),
    ],
)
def test_presence_beside_overtime_is_a_warning(lines: Any, warns: bool) -> None:
    assert bool(read_mapping({"lines": lines}).warnings()) is warns


def test_leave_beside_the_sum_of_all_leave_is_a_warning() -> None:
    total = {"source": "paid_absence_minutes", "pay_code": "1"}
    assert len(read_mapping({"lines": [total, LINES[1]]}).warnings()) == 1
    assert read_mapping({"lines": [total]}).warnings() == []
    assert read_mapping({"lines": [total, {**LINES[1], "also": True}]}).warnings() == []


def test_the_same_source_twice_takes_a_word_for_it() -> None:
    twice = [PRESENCE, {**PRESENCE, "pay_code": "1001"}]
    with pytest.raises(AllHoursParameterError, match="lines 1 and 2 both pay timesheet 'paid_presence_minutes'"):
        read_mapping({"lines": twice})
    leave = [LINES[1], {"absence": "ANNUAL leave", "pay_code": "1"}]
    with pytest.raises(AllHoursParameterError, match="lines 1 and 2 both pay absence 'ANNUAL leave'"):
        read_mapping({"lines": leave})
    for first, second in (({}, {"also": True}), ({"when": "holiday"}, {"when": "weekend"})):
        assert len(read_mapping({"lines": [{**twice[0], **first}, {**twice[1], **second}]}).rules) == 2
    with pytest.raises(AllHoursParameterError, match="both pay"):
        read_mapping({"lines": [{**twice[0], "when": "holiday"}, twice[1]]})


def test_the_checksum_is_of_the_document() -> None:
    document = {"lines": LINES, "ignore": {"absences": ["Študijski dopust"]}}
    canonical = json.dumps(document, sort_keys=True, ensure_ascii=False)
    assert read_mapping(document).sha256 == hashlib.sha256(canonical.encode()).hexdigest()
    assert read_mapping(dict(reversed(document.items()))).sha256 == read_mapping(document).sha256
    assert read_mapping({"lines": LINES}).sha256 != read_mapping(document).sha256


@pytest.mark.parametrize("code", [1100, 0o100, 750, 1.5, True, None, ["1"], {"a": 1}, date(2026, 10, 1)])
def test_a_pay_code_that_is_not_text_is_refused(code: Any) -> None:
    with pytest.raises(AllHoursParameterError, match="line 1: pay_code is .*, which is not text; write it in quotes"):
        read_mapping({"lines": [{**PRESENCE, "pay_code": code}]})


def test_every_wrong_line_is_named_at_once() -> None:
    with pytest.raises(AllHoursParameterError, match=r"line 1: pay_code is 64.*line 2 has the unit 'weeks'"):
        read_mapping({"lines": [{**PRESENCE, "pay_code": 0o100}, {**OVERTIME, "unit": "weeks"}]})


def line(**fields: Any) -> dict[str, Any]:
    return {"lines": [{**PRESENCE, **fields}]}


@pytest.mark.parametrize(
    ("document", "message"),
    [
        ([], "takes an object with a list 'lines'"),
        ({"lines": []}, "takes an object with a list 'lines'"),
        ({"lines": 1}, "takes an object with a list 'lines'"),
        ({"lines": "x"}, "takes an object with a list 'lines'"),
        ({"lines": ["x"]}, "line 1 is not an object"),
        ({"lines": [*LINES, {"counter": 1, "absence": "x", "pay_code": "1"}]}, "line 4 takes one of source, absence"),
        ({"lines": [{"source": "overtime_minutes"}]}, "line 1 takes one of .* a pay_code"),
        ({"lines": [{"counter": 1, "pay_code": " "}]}, "line 1 has a blank pay_code"),
        ({"lines": [{"counter": 1, "pay_code": "1", "units": "days"}]}, "line 1 has unknown keys units"),
        ({"lines": [{"counter": True, "pay_code": "1"}]}, "line 1: counter is True"),
        ({"lines": [{"absence": " ", "pay_code": "1"}]}, "line 1: absence is ' '"),
        (line(unit="days"), "only absences are counted in days"),
        (line(unit="weeks"), "line 1 has the unit 'weeks'"),
        (line(source="running_balance_minutes"), "has the source 'running_balance_minutes'"),
        (line(count="workdays"), "'count' says which days of an absence count"),
        (line(minus=["wages"]), r"'minus' is \['wages'\]; it takes a list of planned_minutes"),
        (line(minus=["paid_presence_minutes"]), "which is the source itself"),
        (line(minus=["overtime_minutes"] * 2), "with one column twice"),
        ({"lines": [{"counter": 4, "pay_code": "1", "minus": ["overtime_minutes"]}]}, "'minus' takes minutes off a s"),
        (line(when="sunday"), "line 1 has the when 'sunday'; it takes one of holiday, weekend, workday"),
        (line(step=15), "'step' is 15; it takes"),
        (line(step={"minutes": 7}), "'step' is {'minutes': 7}; it takes"),
        (line(step={"minutes": 15, "per": "week"}), "'step' is .* it takes"),
        (line(step={"minutes": 15}, unit="count"), "'step' rounds hours, minutes, hh:mm, and the unit is count"),
        (line(also="yes"), "line 1: also is 'yes'; it takes true or false"),
        (line(cost_centre=100), "line 1: cost_centre is 100, which is not text"),
        (line(bs_nr="x"), "line 1: bs_nr is 'x'; it takes a number"),
        ({"lines": [{**PRESENCE, "bs_nr": 1}, {**OVERTIME, "pay_code": "1000"}]}, "differ in bs_nr or no_wage_type"),
        ({"lines": LINES, "cost_centre": "team"}, "'cost_centre' is 'team'; it takes custom_field1"),
        ({"lines": LINES, "ignore": ["x"]}, "'ignore' takes absences and counters"),
        ({"lines": LINES, "ignore": {"absence": "*"}}, "'ignore' takes absences and counters"),
        ({"lines": LINES, "ignore": {"absences": 1.5}}, "'ignore' takes absences and counters"),
        ({"lines": LINES, "ignore": {"absences": [None]}}, "'ignore' takes absences and counters"),
        ({"lines": LINES, "ignore": {"absences": {"Annual leave": False}}}, "'ignore' takes absences and counters"),
        ({"lines": LINES, "other": 1}, "unknown key other; it takes lines, ignore and cost_centre"),
    ],
)
def test_what_is_not_a_mapping_is_refused(document: Any, message: str) -> None:
    with pytest.raises(AllHoursParameterError, match=f"^parameter 'mapping': .*{message}"):
        read_mapping(document)
