# SPDX-License-Identifier: Apache-2.0
"""One row per employee, day and counter."""

from __future__ import annotations

from collections.abc import Iterator

from airflow_provider_allhours.client.records import DailyCalculation, User
from airflow_provider_allhours.columns import Column, Kind, Row

COUNTER_COLUMNS = (
    Column("employee_id", Kind.TEXT),
    Column("user_id", Kind.TEXT),
    Column("date", Kind.DATE),
    Column("counter_code", Kind.INTEGER),
    Column("counter", Kind.TEXT),
    Column("value_type", Kind.INTEGER),
    Column("value", Kind.TEXT),
    Column("minutes", Kind.MINUTES),
)


def counter_rows(user: User, day: DailyCalculation) -> Iterator[Row]:
    """The rows of one employee-day, in the order of :data:`COUNTER_COLUMNS`, by code and name."""
    accruals = sorted(
        day.accruals or (), key=lambda accrual: (accrual.calculation_result_type_code or 0, accrual.name or "")
    )
    for accrual in accruals:
        yield (
            user.employee_id,
            user.id,
            day.date,
            accrual.calculation_result_type_code,
            accrual.name,
            accrual.value_type,
            None if accrual.value is None else str(accrual.value),
            accrual.minutes,
        )
