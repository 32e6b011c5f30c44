# SPDX-License-Identifier: Apache-2.0
"""Operators for absences."""

from __future__ import annotations

from typing import Any

from airflow_provider_allhours.operators.export import AllHoursExportOperator


class AllHoursExportAbsencesOperator(AllHoursExportOperator):
    """Exports absences: one row per person and day of absence, whatever its state.

    See :class:`~airflow_provider_allhours.operators.export.AllHoursExportOperator` for what every export promises and
    for the parameters.
    """

    dataset = "absences"

    def __init__(self, *, period: str, path: str, **kwargs: Any) -> None:
        super().__init__(period=period, path=path, **kwargs)
