# SPDX-License-Identifier: Apache-2.0
"""Operators for clockings."""

from __future__ import annotations

from typing import Any

from airflow_provider_allhours.operators.export import AllHoursExportOperator


class AllHoursExportClockingsOperator(AllHoursExportOperator):
    """Exports clockings: one row per clock-in or clock-out.

    See :class:`~airflow_provider_allhours.operators.export.AllHoursExportOperator` for what every export promises and
    for the parameters.
    """

    dataset = "clockings"

    def __init__(self, *, period: str, path: str, **kwargs: Any) -> None:
        super().__init__(period=period, path=path, **kwargs)
