# SPDX-License-Identifier: Apache-2.0
"""One line of a pay mapping: what it pays, under which code, in which unit, on which days."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from airflow_provider_allhours.payroll.amounts import ABSENCE, COUNTER, SOURCES, TIMESHEET
from airflow_provider_allhours.payroll.rounding import DOWN, NEAREST, PER_DAY, PER_PERIOD, STEP_MINUTES, UP, Step
from airflow_provider_allhours.texts import clean_id

HOURS, MINUTES, CLOCK, DAYS, COUNT = "hours", "minutes", "hh:mm", "days", "count"
UNITS = (HOURS, MINUTES, CLOCK, DAYS, COUNT)
UNITS_OF_TIME = (HOURS, MINUTES, CLOCK)

HOLIDAY, WEEKEND, WORKDAY = "holiday", "weekend", "workday"
WORKDAYS, CALENDAR = "workdays", "calendar"

PRESENCE, PAID_OVERTIME, PAID_ABSENCE = "paid_presence_minutes", "overtime_minutes", "paid_absence_minutes"

_KINDS = {"source": TIMESHEET, "absence": ABSENCE, "counter": COUNTER}
_KEYS = (
    "pay_code",
    "unit",
    "minus",
    "when",
    "count",
    "step",
    "also",
    "cost_centre",
    "bs_nr",
    "no_wage_type",
)


class Wrong(ValueError):
    """A line that cannot work; the message names the line, the value and what would be right."""


@dataclass(frozen=True)
class Rule:
    """One line of the mapping.

    Attributes:
        number: its place in the mapping, from 1.
        kind: ``timesheet``, ``absence`` or ``counter``.
        name: the column; name, id or IntegrationId of the definition; code or name of the counter.
        pay_code: the payroll system's code.
        unit: one of :data:`UNITS`.
        minus: columns whose minutes of the day are taken off.
        when: kind of the days that it pays, None for all. A holiday at a weekend is a holiday.
        count: which days of an absence count: ``workdays`` (with planned minutes, no holiday) or ``calendar``.
        step: rounding to steps of minutes, None for none.
        also: whether it may pay what another line pays, as a premium does.
        cost_centre: fixed cost centre, None for the person's.
        bs_nr: processing key of DATEV LODAS, None for the default of the unit.
        no_wage_type: whether DATEV LODAS gets no wage type.
    """

    number: int
    kind: str
    name: str
    pay_code: str
    unit: str
    minus: tuple[str, ...] = ()
    when: str | None = None
    count: str = WORKDAYS
    step: Step | None = None
    also: bool = False
    cost_centre: str | None = None
    bs_nr: str | None = None
    no_wage_type: bool = False

    @property
    def described(self) -> str:
        """What it pays, for messages."""
        return f"{self.kind} {self.name!r}"

    def excludes(self, other: Rule) -> bool:
        """Whether no day is paid by both."""
        return self.when is not None and other.when is not None and self.when != other.when

    def may_pay_beside(self, other: Rule) -> bool:
        """Whether it may pay what an earlier line pays already."""
        return self.also or self.excludes(other)


def read_rule(number: int, line: object) -> Rule:
    """Check one line.

    Raises:
        Wrong: names the wrong part and what it takes.
    """
    if not isinstance(line, Mapping):
        raise Wrong(f"line {number} is not an object")
    kinds = [key for key in _KINDS if key in line]
    unknown = sorted(str(key) for key in line if key not in (*_KINDS, *_KEYS))
    if unknown:
        raise Wrong(
            f"line {number} has unknown keys {', '.join(unknown)}; beside {', '.join(_KINDS)} it takes "
            f"{', '.join(_KEYS)}"
        )
    if len(kinds) != 1 or "pay_code" not in line:
        raise Wrong(f"line {number} takes one of source, absence and counter, a pay_code and a unit")
    key = kinds[0]
    unit = _one_of(number, "unit", line.get("unit", HOURS), UNITS)
    rule = Rule(
        number,
        _KINDS[key],
        _name(number, key, line[key]),
        _text(number, "pay_code", line["pay_code"]),
        unit,
        minus=_minus(number, line.get("minus")),
        when=None if line.get("when") is None else _one_of(number, "when", line["when"], (HOLIDAY, WEEKEND, WORKDAY)),
        count=_one_of(number, "count", line.get("count", WORKDAYS), (WORKDAYS, CALENDAR)),
        step=_step(number, line.get("step")),
        also=_flag(number, "also", line.get("also", False)),
        cost_centre=None if line.get("cost_centre") is None else _text(number, "cost_centre", line["cost_centre"]),
        bs_nr=_bs_nr(number, line.get("bs_nr")),
        no_wage_type=_flag(number, "no_wage_type", line.get("no_wage_type", False)),
    )
    _check_combination(rule, has_count="count" in line)
    return rule


def _check_combination(rule: Rule, *, has_count: bool) -> None:
    if rule.kind != ABSENCE and rule.unit == DAYS:
        raise Wrong(f"line {rule.number}: only absences are counted in days")
    if rule.kind != ABSENCE and has_count:
        raise Wrong(f"line {rule.number}: 'count' says which days of an absence count, and this is a {rule.kind}")
    if rule.kind != TIMESHEET and rule.minus:
        raise Wrong(f"line {rule.number}: 'minus' takes minutes off a source, and this is a {rule.kind}")
    if rule.name in rule.minus:
        raise Wrong(f"line {rule.number}: 'minus' has {rule.name}, which is the source itself")
    if rule.step and rule.unit not in UNITS_OF_TIME:
        raise Wrong(f"line {rule.number}: 'step' rounds {', '.join(UNITS_OF_TIME)}, and the unit is {rule.unit}")


def _name(number: int, key: str, value: object) -> str:
    if isinstance(value, bool) or not isinstance(value, str | int) or not str(value).strip():
        raise Wrong(f"line {number}: {key} is {value!r}; it takes a name, an id or a code")
    if key == "source" and value not in SOURCES:
        raise Wrong(f"line {number} has the source {value!r}; it takes one of {', '.join(SOURCES)}")
    return str(value).strip()


def _text(number: int, key: str, value: object) -> str:
    if not isinstance(value, str):
        raise Wrong(
            f"line {number}: {key} is {value!r}, which is not text; write it in quotes, since YAML reads 0100 as 64 "
            "and 12:30 as 750; in a DAG with native rendering, which makes numbers of texts, give the mapping as a file"
        )
    text = clean_id(value)
    if not text:
        raise Wrong(f"line {number} has a blank {key}")
    return text


def _minus(number: int, value: object) -> tuple[str, ...]:
    listed = [value] if isinstance(value, str) else [] if value is None else value
    if not isinstance(listed, Sequence) or any(name not in SOURCES for name in listed):
        raise Wrong(f"line {number}: 'minus' is {value!r}; it takes a list of {', '.join(SOURCES)}")
    if len(set(listed)) != len(listed):
        raise Wrong(f"line {number}: 'minus' is {value!r}, with one column twice")
    return tuple(listed)


def _step(number: int, value: object) -> Step | None:
    if value is None:
        return None
    takes = '{"minutes": 5, 6, 10, 15 or 30, "per": "day" or "period", "mode": "nearest", "up" or "down"}'
    if not isinstance(value, Mapping) or "minutes" not in value or set(value) - {"minutes", "per", "mode"}:
        raise Wrong(f"line {number}: 'step' is {value!r}; it takes {takes}")
    minutes, per, mode = value["minutes"], value.get("per", PER_PERIOD), value.get("mode", NEAREST)
    is_known = per in (PER_DAY, PER_PERIOD) and mode in (NEAREST, UP, DOWN)
    if isinstance(minutes, bool) or minutes not in STEP_MINUTES or not is_known:
        raise Wrong(f"line {number}: 'step' is {dict(value)!r}; it takes {takes}")
    return Step(int(minutes), per, mode)


def _bs_nr(number: int, value: object) -> str | None:
    if value is None:
        return None
    text = str(value).strip()
    if isinstance(value, bool) or not (text.isascii() and text.isdigit() and len(text) <= 3):
        raise Wrong(f"line {number}: bs_nr is {value!r}; it takes a number such as 1 or 10")
    return text


def _flag(number: int, key: str, value: object) -> bool:
    if not isinstance(value, bool):
        raise Wrong(f"line {number}: {key} is {value!r}; it takes true or false")
    return value


def _one_of(number: int, key: str, value: object, choices: Sequence[str]) -> str:
    for choice in choices:
        if choice == value:
            return choice
    raise Wrong(f"line {number} has the {key} {value!r}; it takes one of {', '.join(choices)}")
