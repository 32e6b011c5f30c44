# SPDX-License-Identifier: Apache-2.0
"""Operators for timesheets."""

from __future__ import annotations

from typing import Any

from airflow_provider_allhours.operators.export import AllHoursExportOperator


class AllHoursExportTimesheetsOperator(AllHoursExportOperator):
    """Exports timesheets: one row per employee and day, minutes as All Hours calculates them.

    See :class:`~airflow_provider_allhours.operators.export.AllHoursExportOperator` for what every export promises and
    for the parameters.
    """

    dataset = "timesheets"

    def __init__(self, *, period: str, path: str, **kwargs: Any) -> None:
        super().__init__(period=period, path=path, **kwargs)
