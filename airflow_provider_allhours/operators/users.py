# SPDX-License-Identifier: Apache-2.0
"""Operators for users."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from airflow.sdk import BaseOperator

from airflow_provider_allhours.hooks.allhours import AllHoursHook
from airflow_provider_allhours.operators.export import AllHoursExportOperator
from airflow_provider_allhours.task_utils.fail_fast import failing_fast

if TYPE_CHECKING:
    from airflow.sdk import Context


class AllHoursExportUsersOperator(AllHoursExportOperator):
    """Exports users: one row per user of the account, every field in snake_case.

    There is no period. See :class:`~airflow_provider_allhours.operators.export.AllHoursExportOperator` for what every
    export promises and for the parameters.
    """

    dataset = "users"
    template_fields = tuple(name for name in AllHoursExportOperator.template_fields if name != "period")

    def __init__(self, *, path: str, **kwargs: Any) -> None:
        super().__init__(path=path, **kwargs)


class AllHoursCreateUserOperator(BaseOperator):
    """Creates a user, unless one with this employee id, else with this e-mail, is there; run twice, it creates one.

    Args:
        first_name: first name.
        last_name: last name.
        email: e-mail; unique over all of All Hours, as the vendor says.
        employee_id: the company's own number (``CustomId``). One of ``employee_id`` and ``email`` is needed, to know
            the user again.
        fields: further fields of the record in PascalCase, such as ``{"CalculationStartDate": "2026-11-01T00:00:00"}``.
        allhours_conn_id: connection of type ``allhours``.

    Returns:
        ``{"user_id", "created"}``.
    """

    template_fields: Sequence[str] = (
        "first_name",
        "last_name",
        "user_email",
        "employee_id",
        "fields",
        "allhours_conn_id",
    )
    ui_color = "#f3e9dc"

    def __init__(
        self,
        *,
        first_name: str,
        last_name: str,
        email: str | None = None,
        employee_id: str | None = None,
        fields: Mapping[str, Any] | None = None,
        allhours_conn_id: str = AllHoursHook.default_conn_name,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        self.first_name = first_name
        self.last_name = last_name
        # BaseOperator's own ``email`` is who hears of failures; that must not be the new user.
        self.user_email = email
        self.employee_id = employee_id
        self.fields = fields
        self.allhours_conn_id = allhours_conn_id

    def execute(self, context: Context) -> dict[str, Any]:
        """Look for the user and create what is missing."""
        from airflow_provider_allhours.flows.user_creation import create_user

        with failing_fast(), AllHoursHook(self.allhours_conn_id).client() as client:
            return create_user(
                client,
                first_name=self.first_name,
                last_name=self.last_name,
                email=self.user_email,
                employee_id=self.employee_id,
                fields=self.fields,
            )
