# SPDX-License-Identifier: Apache-2.0
"""The row that the peers make of an employee-day: whose, when, valid or not, and the ten minutes of its summary."""

from __future__ import annotations

from typing import Any


def day_row(day: dict[str, Any], user_id: str) -> dict[str, Any]:
    """A flat row."""
    summary = day["CalculationResultSummary"]
    return {"UserId": user_id, "Date": day["Date"], "IsCalculationValid": day["IsCalculationValid"], **summary}
