# SPDX-License-Identifier: Apache-2.0
"""Operators for absences: export, create, delete, and plan-review-apply."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from airflow.sdk import BaseOperator

from airflow_provider_allhours.hooks.allhours import AllHoursHook
from airflow_provider_allhours.operators.export import AllHoursExportOperator, whole_number
from airflow_provider_allhours.task_utils.fail_fast import failing_fast
from airflow_provider_allhours.task_utils.object_storage import storage_path
from airflow_provider_allhours.task_utils.progress import Progress
from airflow_provider_allhours.task_utils.run_period import company_timezone, period_of

if TYPE_CHECKING:
    from airflow.sdk import Context


class AllHoursExportAbsencesOperator(AllHoursExportOperator):
    """Exports absences: one row per person and day of absence, whatever its state.

    See :class:`~airflow_provider_allhours.operators.export.AllHoursExportOperator` for what every export promises and
    for the parameters.
    """

    dataset = "absences"

    def __init__(self, *, period: str, path: str, **kwargs: Any) -> None:
        super().__init__(period=period, path=path, **kwargs)


class AllHoursCreateAbsenceOperator(BaseOperator):
    """Enters one person's absence, one record per day; run twice or retried, it creates nothing twice.

    It looks first and creates what is missing. After a lost answer it looks again before anything is sent twice. That
    is *effectively once with a single writer*: All Hours has no idempotency key, so if somebody else enters the same
    absence in the same moments, one of the two may be taken for the other.

    The same absence is the same person, day, definition and part of the day, in whatever state: one that was rejected
    is not entered again. Another absence that covers a part of the day is a conflict, unless it was rejected.

    Args:
        absence_definition: name, id or IntegrationId.
        date_from: first day, ``YYYY-MM-DD``.
        date_to: last day, included; the first by default.
        user_id: exactly one of ``user_id``, ``employee_id`` and ``email`` says who.
        employee_id: the company's own number (``CustomId``).
        email: the user's e-mail.
        partial_from: ``HH:MM``, with ``partial_to``; on each day. An end at or before the start is on the next day.
        partial_to: ``HH:MM``.
        comment: free text.
        days: ``workdays``: days with planned minutes in All Hours, holidays left out (Monday to Friday where All
            Hours does not show the plan); ``all``: every day.
        on_conflict: ``fail`` before anything is written, or ``skip`` the day.
        dry_run: look and tell, write nothing.
        allhours_conn_id: connection of type ``allhours``.

    Returns:
        ``{"created": [{date, id}], "existing": […], "skipped": […], "dry_run"}``. In a dry run ``created`` is what
        would be, with ``id`` null; in ``skipped`` the id is of the absence that stands there.
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
        "allhours_conn_id",
    )
    ui_color = "#f3e9dc"

    def __init__(
        self,
        *,
        absence_definition: str | int,
        date_from: str,
        date_to: str | None = None,
        user_id: str | None = None,
        employee_id: str | None = None,
        email: str | None = None,
        partial_from: str | None = None,
        partial_to: str | None = None,
        comment: str | None = None,
        days: str = "workdays",
        on_conflict: str = "fail",
        dry_run: bool = False,
        allhours_conn_id: str = AllHoursHook.default_conn_name,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        self.absence_definition = absence_definition
        self.date_from = date_from
        self.date_to = date_to
        self.user_id = user_id
        self.employee_id = employee_id
        # BaseOperator's own ``email`` is who hears of failures; that must not be the absent person.
        self.user_email = email
        self.partial_from = partial_from
        self.partial_to = partial_to
        self.comment = comment
        self.days = days
        self.on_conflict = on_conflict
        self.is_dry_run = dry_run
        self.allhours_conn_id = allhours_conn_id

    def execute(self, context: Context) -> dict[str, Any]:
        """Look, create what is missing, tell days and ids."""
        from airflow_provider_allhours.flows.absence_creation import Leave, create_absence

        with failing_fast(), AllHoursHook(self.allhours_conn_id).client() as client:
            result = create_absence(
                client,
                Leave(
                    absence_definition=self.absence_definition,
                    date_from=self.date_from,
                    date_to=self.date_to,
                    user_id=self.user_id,
                    employee_id=self.employee_id,
                    email=self.user_email,
                    partial_from=self.partial_from,
                    partial_to=self.partial_to,
                    comment=self.comment,
                    days=self.days,
                    on_conflict=self.on_conflict,
                    dry_run=is_true("dry_run", self.is_dry_run),
                ),
            )
        self.log.info(
            "%d created, %d existing, %d skipped%s",
            len(result["created"]),
            len(result["existing"]),
            len(result["skipped"]),
            " (dry run: nothing was written)" if result["dry_run"] else "",
        )
        return result


class AllHoursDeleteAbsenceOperator(BaseOperator):
    """Deletes one absence; one that is gone already is success.

    Args:
        absence_id: id of the absence.
        allhours_conn_id: connection of type ``allhours``.

    Returns:
        ``{"absence_id", "deleted"}``; ``deleted`` is False when it was gone already.
    """

    template_fields: Sequence[str] = ("absence_id", "allhours_conn_id")
    ui_color = "#f3e9dc"

    def __init__(
        self, *, absence_id: str, allhours_conn_id: str = AllHoursHook.default_conn_name, **kwargs: Any
    ) -> None:
        super().__init__(**kwargs)
        self.absence_id = absence_id
        self.allhours_conn_id = allhours_conn_id

    def execute(self, context: Context) -> dict[str, Any]:
        """Delete it."""
        from airflow_provider_allhours.flows.absence_creation import delete_absence

        with failing_fast(), AllHoursHook(self.allhours_conn_id).client() as client:
            return delete_absence(client, self.absence_id)


class AllHoursPlanAbsencesOperator(BaseOperator):
    """Plans the leave of an HR system into All Hours; writes nothing there.

    Compares a file of leave with the account and with the ledger of what this provider entered earlier, and writes down
    what it would take. A person reads the plan; :class:`AllHoursApplyAbsencePlanOperator` carries it out. The same
    input gives the same plan, byte for byte. Rows that mean nobody, several people, no definition, or that collide are
    parked with a reason and never guessed.

    Leave of one day is planned on that day; longer leave on the days that are neither weekend nor holiday in the
    company.

    Args:
        source: CSV or JSON Lines with ``employee_id`` | ``email`` | ``user_id``, ``absence_definition``, ``date_from``,
            ``date_to``, ``partial_from``, ``partial_to``, ``comment``, ``external_id``.
        period: the days the source speaks for; see the export operators.
        plan_path: where the plan goes.
        ledger_path: the ledger; one per source and account.
        object_storage_conn_id: connection of the storage.
        timezone: IANA name of the company's time zone.
        allhours_conn_id: connection of type ``allhours``.

    Returns:
        Counts of ``create, update, delete, unchanged, conflict, unknown``, ``plan_sha256``, ``plan_path`` and
        ``diff``: the first changes in a person's words, for whoever approves (ids and dates, no names or reasons).
    """

    template_fields: Sequence[str] = (
        "source",
        "period",
        "plan_path",
        "ledger_path",
        "object_storage_conn_id",
        "timezone",
        "allhours_conn_id",
    )
    ui_color = "#f3e9dc"

    def __init__(
        self,
        *,
        source: str,
        period: str,
        plan_path: str,
        ledger_path: str,
        object_storage_conn_id: str | None = None,
        timezone: str | None = None,
        allhours_conn_id: str = AllHoursHook.default_conn_name,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        self.source = source
        self.period = period
        self.plan_path = plan_path
        self.ledger_path = ledger_path
        self.object_storage_conn_id = object_storage_conn_id
        self.timezone = timezone
        self.allhours_conn_id = allhours_conn_id

    def execute(self, context: Context) -> dict[str, Any]:
        """Compare, write the plan, tell the counts."""
        from airflow_provider_allhours.flows.absence_plan import plan_absences

        with failing_fast():
            hook = AllHoursHook(self.allhours_conn_id)
            timezone = company_timezone(self.timezone, hook.timezone, context)
            with hook.client() as client:
                result = plan_absences(
                    client,
                    source=storage_path(self.source, self.object_storage_conn_id, parameter="source"),
                    period=period_of(self.period, context, timezone),
                    plan_path=storage_path(self.plan_path, self.object_storage_conn_id, parameter="plan_path"),
                    ledger_path=storage_path(self.ledger_path, self.object_storage_conn_id, parameter="ledger_path"),
                )
        self.log.info("Plan: %s", ", ".join(f"{count} {name}" for name, count in result.items() if name in _OUTCOMES))
        return result


class AllHoursApplyAbsencePlanOperator(BaseOperator):
    """Carries out a plan, as far as it is not carried out yet.

    Before each write its intent is in the ledger, after it its result; a run that died in between is taken up where it
    stopped. Only records that the ledger owns are changed or deleted. Applied twice, the second time writes nothing.
    *Effectively once with a single writer*: set ``max_active_runs=1``; on a local disk a lock keeps a second run out,
    in an object store a change by another run is noticed and refused.

    Args:
        plan_path: the plan.
        ledger_path: the ledger.
        max_deletes: a plan that deletes more is refused whole; guards against an empty source.
        reject_path: CSV of the rows that were not applied, each with its reason.
        on_partial: ``fail`` (after everything else is done) or ``warn`` when there are such rows.
        object_storage_conn_id: connection of the storage.
        allhours_conn_id: connection of type ``allhours``.

    Returns:
        ``created``, ``updated``, ``deleted``, ``unchanged``, ``already_applied``, ``rejected``, ``plan_sha256``,
        ``reject_path``.

    Raises:
        AllHoursConflictError: the plan no longer fits, or another run is at it; nothing was written.
        AllHoursPartialError: rows were rejected and ``on_partial`` is ``fail``.
    """

    template_fields: Sequence[str] = (
        "plan_path",
        "ledger_path",
        "max_deletes",
        "reject_path",
        "on_partial",
        "object_storage_conn_id",
        "allhours_conn_id",
    )
    ui_color = "#f3e9dc"

    def __init__(
        self,
        *,
        plan_path: str,
        ledger_path: str,
        max_deletes: int | str = 20,
        reject_path: str | None = None,
        on_partial: str = "fail",
        object_storage_conn_id: str | None = None,
        allhours_conn_id: str = AllHoursHook.default_conn_name,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        self.plan_path = plan_path
        self.ledger_path = ledger_path
        self.max_deletes = max_deletes
        self.reject_path = reject_path
        self.on_partial = on_partial
        self.object_storage_conn_id = object_storage_conn_id
        self.allhours_conn_id = allhours_conn_id

    def execute(self, context: Context) -> dict[str, Any]:
        """Carry out the plan and tell what became of its rows."""
        from airflow_provider_allhours.flows.absence_apply import apply_plan

        storage = self.object_storage_conn_id
        with failing_fast(), AllHoursHook(self.allhours_conn_id).client() as client:
            rejects = storage_path(self.reject_path, storage, parameter="reject_path") if self.reject_path else None
            result = apply_plan(
                client,
                plan_path=storage_path(self.plan_path, storage, parameter="plan_path"),
                ledger_path=storage_path(self.ledger_path, storage, parameter="ledger_path"),
                max_deletes=whole_number("max_deletes", self.max_deletes) or 0,
                reject_path=rejects,
                on_partial=self.on_partial,
                on_progress=Progress(self.log, "writes"),
            )
        self.log.info("Applied: %s", ", ".join(f"{result[name]} {name}" for name in _APPLIED))
        return result


_OUTCOMES = ("create", "update", "delete", "unchanged", "conflict", "unknown")
_APPLIED = ("created", "updated", "deleted", "unchanged", "already_applied", "rejected")


def is_true(name: str, value: object) -> bool:
    """A yes or no that may have come out of a template as text."""
    from airflow_provider_allhours.client.errors import AllHoursParameterError

    answers = {"true": True, "1": True, "yes": True, "false": False, "0": False, "no": False, "": False, "none": False}
    text = str(value).strip().lower()
    if text not in answers:
        raise AllHoursParameterError(f"parameter '{name}' is {value!r}; it takes true or false")
    return answers[text]
