# SPDX-License-Identifier: Apache-2.0
"""Mappings in files: YAML and JSON as their maker meant them, or refused."""

from __future__ import annotations

from pathlib import Path

import pytest

from airflow_provider_allhours.client.errors import AllHoursParameterError
from airflow_provider_allhours.payroll.mapping import read_mapping
from airflow_provider_allhours.task_utils.payroll_documents import payroll_mapping


def written(folder: Path, text: str) -> str:
    file = folder / "mapping.yaml"
    file.write_text(text, encoding="utf-8")
    return str(file)


@pytest.mark.parametrize(
    "text",
    [
        'lines:\n  - {absence: Študij, pay_code: "0100", unit: days}\n',
        '{"lines": [{"absence": "Študij", "pay_code": "0100", "unit": "days"}]}',
    ],
)
def test_yaml_and_json_are_read(tmp_path: Path, text: str) -> None:
    (rule,) = read_mapping(payroll_mapping(written(tmp_path, text), None)).rules
    assert (rule.name, rule.pay_code, rule.unit) == ("Študij", "0100", "days")


@pytest.mark.parametrize("code", ["0100", "12:30", "1000", "1e3", "yes", "2026-10-01", "~", "[1]"])
def test_a_pay_code_without_quotes_that_yaml_reads_as_something_else_is_refused(tmp_path: Path, code: str) -> None:
    document = payroll_mapping(written(tmp_path, f"lines: [{{source: overtime_minutes, pay_code: {code}}}]"), None)
    if code == "1e3":
        assert read_mapping(document).rules[0].pay_code == "1e3"
    else:
        with pytest.raises(AllHoursParameterError, match="line 1: pay_code is .*, which is not text"):
            read_mapping(document)


def test_a_key_twice_is_refused(tmp_path: Path) -> None:
    text = 'lines:\n  - source: overtime_minutes\n    pay_code: "1"\n    pay_code: "2"\n'
    with pytest.raises(AllHoursParameterError, match=r"the key 'pay_code' twice in one object \(line 4\)"):
        payroll_mapping(written(tmp_path, text), None)


@pytest.mark.parametrize("text", ["lines: [", "lines: !!python/object:x {}", "\x00"])
def test_what_is_neither_yaml_nor_json_is_refused(tmp_path: Path, text: str) -> None:
    with pytest.raises(AllHoursParameterError, match="is neither YAML nor JSON"):
        payroll_mapping(written(tmp_path, text), None)


def test_a_file_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(AllHoursParameterError, match="'mapping': there is no file"):
        payroll_mapping(f"{tmp_path}/none.yaml", None)
