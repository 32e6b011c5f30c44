# SPDX-License-Identifier: Apache-2.0
"""Rename, drop or blank fields of records, nested ones included."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from airflow_provider_allhours.sandbox.answer import Answer, Call

NESTED_RECORDS = {
    "UserCalculationPage": {"UserCalculations": "UserCalculations"},
    "UserCalculations": {"DailyCalculations": "UserDailyCalculation", "UserCalculations": "UserDailyCalculation"},
    "UserDailyCalculation": {
        "CalculationResultSummary": "DailySummary",
        "Accruals": "CalculationResult",
        "Absences": "Absence",
        "Clockings": "Clocking",
    },
}
"""Record -> field -> record inside that field."""

SPELLINGS: dict[str, Callable[[str], str]] = {
    "pascal": lambda name: name,
    "camel": lambda name: name[:1].lower() + name[1:],
    "snake": lambda name: re.sub(r"(?<=[a-z])(?=[A-Z])", "_", name).lower(),
}
"""Name of a case -> a PascalCase name in it."""

FieldRule = Callable[[str, str, Any], "tuple[str, Any] | None"]
"""(record, field, value) -> (field, value) as sent; None leaves the field out."""


def rename_fields(names: dict[str, str], answer: Answer, call: Call) -> None:
    """``{"User.CustomId": "EmployeeNumber"}``."""
    answer.content = respell(answer.content, call.record, renaming(names))


def drop_fields(fields: list[str], answer: Answer, call: Call) -> None:
    """``["User.CustomId"]``."""
    answer.content = respell(
        answer.content,
        call.record,
        lambda record, field, value: None if f"{record}.{field}" in fields else (field, value),
    )


def blank_fields(fields: list[str], answer: Answer, call: Call) -> None:
    """``["User.CustomId"]``."""
    answer.content = respell(
        answer.content,
        call.record,
        lambda record, field, value: (field, None if f"{record}.{field}" in fields else value),
    )


def spell_in(case: str, answer: Answer, call: Call) -> None:
    """Every field of the content, envelopes included, in another case."""
    answer.content = _spelled(answer.content, SPELLINGS[case])


def _spelled(content: Any, spell: Callable[[str], str]) -> Any:
    if isinstance(content, list):
        return [_spelled(element, spell) for element in content]
    if not isinstance(content, dict):
        return content
    return {spell(name): _spelled(value, spell) for name, value in content.items()}


def renaming(names: dict[str, str]) -> FieldRule:
    """The rule that renames fields."""
    return lambda record, field, value: (names.get(f"{record}.{field}", field), value)


def respell(content: Any, record: str, rule: FieldRule) -> Any:
    """Apply a rule to every field of a record, of a list of them and of the records inside."""
    if isinstance(content, list):
        return [respell(element, record, rule) for element in content]
    if not isinstance(content, dict):
        return content
    nested = NESTED_RECORDS.get(record, {})
    spelled = (
        rule(record, field, respell(value, nested[field], rule) if field in nested else value)
        for field, value in content.items()
    )
    return dict(pair for pair in spelled if pair is not None)
