# SPDX-License-Identifier: Apache-2.0
"""What pay is made of: columns of the timesheet, absences and counters."""

from __future__ import annotations

from airflow_provider_allhours.columns import Kind
from airflow_provider_allhours.dataset_columns import TIMESHEET_COLUMNS

TIMESHEET, ABSENCE, COUNTER = "timesheet", "absence", "counter"

SOURCES = tuple(
    column.name
    for column in TIMESHEET_COLUMNS
    # A correction of an earlier day changes the running balance of every later day, so it cannot be paid.
    if column.kind is Kind.MINUTES and column.name != "running_balance_minutes"
)
"""Minutes columns of the timesheet that can be paid."""
