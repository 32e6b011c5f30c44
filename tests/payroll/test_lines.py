# SPDX-License-Identifier: Apache-2.0
"""Pay lines and what stands in their way."""

from __future__ import annotations

from airflow_provider_allhours.payroll.amounts import TIMESHEET, Amount, Amounts, Item, Person
from airflow_provider_allhours.payroll.lines import Share, pay_lines
from airflow_provider_allhours.payroll.mapping import read_mapping
from airflow_provider_allhours.periods import Period

OCTOBER = Period.of_month(2026, 10)


def test_the_complaint_of_the_three_lines() -> None:
    """0.02 + 0.22 + 0.10 beside a total of 0.33: printed lines add up to the printed total."""
    mapping = read_mapping(
        {
            "lines": [
                {"source": source, "pay_code": source, "unit": "hours"}
                for source in ("paid_presence_minutes", "overtime_minutes", "paid_absence_minutes")
            ]
        }
    )
    day = "2026-10-01"
    of = {
        Item("u", day, TIMESHEET, "paid_presence_minutes"): Amount(1),
        Item("u", day, TIMESHEET, "overtime_minutes"): Amount(13),
        Item("u", day, TIMESHEET, "paid_absence_minutes"): Amount(6),
    }
    lines = pay_lines(Share(OCTOBER, Amounts({"u": Person("1", "", "")}, of)), mapping)
    assert sum(line.quantity for line in lines) == 33
    assert [line.text() for line in lines] == ["0.02", "0.21", "0.10"]
