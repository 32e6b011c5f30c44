# SPDX-License-Identifier: Apache-2.0
"""Create and delete absences."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Literal

from airflow.sdk import BaseOperator

from airflow_provider_allhours.hooks.allhours import AllHoursHook
from airflow_provider_allhours.task_utils.coerce import is_true, optional_whole_number
from airflow_provider_allhours.task_utils.fail_fast import failing_fast
from airflow_provider_allhours.task_utils.lineage import ReportsLineage, account_dataset
from airflow_provider_allhours.task_utils.personal import PersonalField, reveal
from airflow_provider_allhours.task_utils.stopping import StopsWithTask

if TYPE_CHECKING:
    from airflow.sdk import Context

    from airflow_provider_allhours.flows.absence_creation import CreateResult, DeleteResult


class AllHoursCreateAbsenceOperator(ReportsLineage, StopsWithTask, BaseOperator):
    """Create one person's absence, one record per day; run twice or retried, it creates nothing twice.

    It reads the absences of these days first and creates the missing ones. After a lost answer it reads again before
    anything is sent twice. That is *effectively once with a single writer*: All Hours has no idempotency key, so if
    somebody else enters the same absence at the same time, one of the two may be taken for the other.

    The same absence is the same person, day, definition and part of the day, in any state: a rejected one is not
    created again. Another absence that overlaps is a conflict, unless it was rejected.

    Args:
        absence_definition: name, id or IntegrationId of the absence definition.
        date_from: first day, ``YYYY-MM-DD``, company-local.
        date_to: last day, included; the first day by default.
        user_id: id of the user. Exactly one of ``user_id``, ``employee_id`` and ``user_email`` names the person.
        employee_id: the company's own number (``CustomId``).
        user_email: e-mail of the user. (``email`` is Airflow's: who is told of failures.)
        partial_from: start ``HH:MM`` on each day, with ``partial_to``. An end at or before it is on the next day.
        partial_to: end ``HH:MM``.
        comment: free text.
        days: ``workdays``: days with planned minutes in All Hours, without holidays (Monday to Friday where All Hours
            does not show the plan); ``all``: every day.
        on_conflict: ``fail`` before anything is written, or ``skip`` the day.
        dry_run: read and report only, write nothing.
        max_wait: seconds that are waited at most after a request without an answer before it is sent again. The wait is
            twice the connection's time limit, at most 60 by default.
        allhours_conn_id: Airflow connection of type ``allhours``.
        kwargs: parameters of Airflow's ``BaseOperator``.

    Returns:
        ``{"created": [{date, id}], "existing": […], "skipped": […], "twins": […], "dry_run"}``. In a dry run
        ``created`` lists what would be created, with ``id`` null; in ``skipped`` the id is that of the conflicting
        absence. ``twins`` are second standing records of the same absence, such as that of a request that was committed
        after its time limit; they are not deleted.

    Raises:
        AllHoursConflictError: another absence overlaps and ``on_conflict`` is ``fail``; nothing was written.
        AllHoursParameterError: a parameter is wrong; fails the task at once, as refused credentials and input do.
    """

    template_fields: Sequence[str] = (
        "absence_definition",
        "date_from",
        "date_to",
        "user_id",
        "employee_id",
        "user_email",
        "partial_from",
        "partial_to",
        "comment",
        "days",
        "on_conflict",
        "is_dry_run",
        "max_wait",
        "allhours_conn_id",
    )
    user_email = PersonalField()
    comment = PersonalField()
    ui_color = "#f3e9dc"

    def __init__(
        self,
        *,
        absence_definition: str | int,
        date_from: str,
        date_to: str | None = None,
        user_id: str | None = None,
        employee_id: str | None = None,
        user_email: str | None = None,
        partial_from: str | None = None,
        partial_to: str | None = None,
        comment: str | None = None,
        days: Literal["workdays", "all"] = "workdays",
        on_conflict: Literal["fail", "skip"] = "fail",
        dry_run: bool | str = False,
        max_wait: int | str | None = None,
        allhours_conn_id: str = AllHoursHook.default_conn_name,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        self.absence_definition = absence_definition
        self.date_from = date_from
        self.date_to = date_to
        self.user_id = user_id
        self.employee_id = employee_id
        self.user_email = user_email
        self.partial_from = partial_from
        self.partial_to = partial_to
        self.comment = comment
        self.days = days
        self.on_conflict = on_conflict
        # ``dry_run`` is a method of Airflow's BaseOperator, which an attribute of that name would hide.
        self.is_dry_run = dry_run
        self.max_wait = max_wait
        self.allhours_conn_id = allhours_conn_id

    def execute(self, context: Context) -> CreateResult:
        """Create the missing records; return days and ids."""
        from airflow_provider_allhours.flows.absence_creation import Leave, create_absence

        with failing_fast(), self.running(AllHoursHook(self.allhours_conn_id).client()) as client:
            absences = account_dataset(client.host, "absences")
            self.lineage.reads(account_dataset(client.host, "users"), absences)
            result = create_absence(
                client,
                Leave(
                    absence_definition=self.absence_definition,
                    date_from=self.date_from,
                    date_to=self.date_to,
                    user_id=self.user_id,
                    employee_id=self.employee_id,
                    user_email=reveal(self.user_email),
                    partial_from=self.partial_from,
                    partial_to=self.partial_to,
                    comment=reveal(self.comment),
                    days=self.days,
                    on_conflict=self.on_conflict,
                    dry_run=is_true("dry_run", self.is_dry_run),
                    max_wait=optional_whole_number("max_wait", self.max_wait, minimum=0),
                ),
            )
        if result["created"] and not result["dry_run"]:
            self.lineage.wrote(replace(absences, rows=len(result["created"])))
        self.log.info(
            "%d created, %d existing, %d skipped%s",
            len(result["created"]),
            len(result["existing"]),
            len(result["skipped"]),
            " (dry run: nothing was written)" if result["dry_run"] else "",
        )
        return result


class AllHoursDeleteAbsenceOperator(ReportsLineage, StopsWithTask, BaseOperator):
    """Delete one absence; one that does not exist any more counts as deleted.

    Args:
        absence_id: id of the absence.
        allhours_conn_id: Airflow connection of type ``allhours``.
        kwargs: parameters of Airflow's ``BaseOperator``.

    Returns:
        ``{"absence_id", "deleted"}``; ``deleted`` is False when it did not exist any more.

    Raises:
        AllHoursParameterError: ``absence_id`` is empty; fails the task at once.
    """

    template_fields: Sequence[str] = ("absence_id", "allhours_conn_id")
    ui_color = "#f3e9dc"

    def __init__(
        self, *, absence_id: str, allhours_conn_id: str = AllHoursHook.default_conn_name, **kwargs: Any
    ) -> None:
        super().__init__(**kwargs)
        self.absence_id = absence_id
        self.allhours_conn_id = allhours_conn_id

    def execute(self, context: Context) -> DeleteResult:
        """Delete the absence."""
        from airflow_provider_allhours.flows.absence_creation import delete_absence

        with failing_fast(), self.running(AllHoursHook(self.allhours_conn_id).client()) as client:
            absences = account_dataset(client.host, "absences")
            self.lineage.reads(absences)
            result = delete_absence(client, self.absence_id)
        if result["deleted"]:
            self.lineage.wrote(replace(absences, rows=1))
        return result
