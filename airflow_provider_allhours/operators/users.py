# SPDX-License-Identifier: Apache-2.0
"""Operators for users."""

from __future__ import annotations

from typing import Any

from airflow_provider_allhours.operators.export import AllHoursExportOperator


class AllHoursExportUsersOperator(AllHoursExportOperator):
    """Exports users: one row per user of the account, every field in snake_case.

    There is no period. See :class:`~airflow_provider_allhours.operators.export.AllHoursExportOperator` for what every
    export promises and for the parameters.
    """

    dataset = "users"
    template_fields = tuple(name for name in AllHoursExportOperator.template_fields if name != "period")

    def __init__(self, *, path: str, **kwargs: Any) -> None:
        super().__init__(path=path, **kwargs)
