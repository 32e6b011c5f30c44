# SPDX-License-Identifier: Apache-2.0
"""Change an absence."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from airflow.sdk import BaseOperator

from airflow_provider_allhours.hooks.allhours import AllHoursHook
from airflow_provider_allhours.task_utils.fail_fast import failing_fast
from airflow_provider_allhours.task_utils.lineage import ReportsLineage, account_dataset
from airflow_provider_allhours.task_utils.personal import PersonalField, reveal
from airflow_provider_allhours.task_utils.stopping import StopsWithTask

if TYPE_CHECKING:
    from airflow.sdk import Context

    from airflow_provider_allhours.flows.absence_update import UpdateAbsenceResult


class AllHoursUpdateAbsenceOperator(ReportsLineage, StopsWithTask, BaseOperator):
    """Change one absence: read it, write it when it differs, and read it again.

    What is not given stays as it is. Run twice, it writes once.

    Args:
        absence_id: id of the absence.
        absence_definition: name, id or IntegrationId of the new definition.
        date: the new day, ``YYYY-MM-DD``, company-local. A part of the day moves with it.
        partial_from: new start ``HH:MM``, with ``partial_to``; both empty texts make it a whole day.
        partial_to: new end. An end at or before the start is on the next day.
        comment: the new comment; an empty text removes it.
        allhours_conn_id: Airflow connection of type ``allhours``.
        kwargs: parameters of Airflow's ``BaseOperator``.

    Returns:
        ``{"absence_id", "updated"}``; ``updated`` is False when nothing differed.

    Raises:
        AllHoursConflictError: another absence covers that time, the absence was rejected, or All Hours took the change
            and shows another state.
        AllHoursNotFoundError: there is no such absence.
        AllHoursParameterError: a parameter is wrong, or nothing is to be changed; fails the task at once.
    """

    template_fields: Sequence[str] = (
        "absence_id",
        "absence_definition",
        "date",
        "partial_from",
        "partial_to",
        "comment",
        "allhours_conn_id",
    )
    comment = PersonalField()
    ui_color = "#f3e9dc"

    def __init__(
        self,
        *,
        absence_id: str,
        absence_definition: str | int | None = None,
        date: str | None = None,
        partial_from: str | None = None,
        partial_to: str | None = None,
        comment: str | None = None,
        allhours_conn_id: str = AllHoursHook.default_conn_name,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        self.absence_id = absence_id
        self.absence_definition = absence_definition
        self.date = date
        self.partial_from = partial_from
        self.partial_to = partial_to
        self.comment = comment
        self.allhours_conn_id = allhours_conn_id

    def execute(self, context: Context) -> UpdateAbsenceResult:
        """Change the absence; return whether it differed."""
        from airflow_provider_allhours.flows.absence_update import AbsenceChanges, update_absence

        with failing_fast(), self.running(AllHoursHook(self.allhours_conn_id).client()) as client:
            absences = account_dataset(client.host, "absences")
            self.lineage.reads(absences)
            result = update_absence(
                client,
                self.absence_id,
                AbsenceChanges(
                    absence_definition=self.absence_definition,
                    day=self.date,
                    partial_from=self.partial_from,
                    partial_to=self.partial_to,
                    comment=reveal(self.comment),
                ),
            )
        if result["updated"]:
            self.lineage.wrote(replace(absences, rows=1))
        return result
