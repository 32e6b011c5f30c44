# SPDX-License-Identifier: Apache-2.0
"""Operators for counters."""

from __future__ import annotations

from typing import Any

from airflow_provider_allhours.operators.export import AllHoursExportOperator


class AllHoursExportCountersOperator(AllHoursExportOperator):
    """Exports counters: one row per employee, day and counter (long format).

    See :class:`~airflow_provider_allhours.operators.export.AllHoursExportOperator` for what every export promises and
    for the parameters.
    """

    dataset = "counters"

    def __init__(self, *, period: str, path: str, **kwargs: Any) -> None:
        super().__init__(period=period, path=path, **kwargs)
