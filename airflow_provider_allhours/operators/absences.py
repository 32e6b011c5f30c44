# SPDX-License-Identifier: Apache-2.0
"""Export absences; create and delete one; plan and apply the leave of an HR system."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, Literal

from airflow.sdk import BaseOperator

from airflow_provider_allhours.hooks.allhours import AllHoursHook
from airflow_provider_allhours.operators.export import AllHoursPeriodExportOperator
from airflow_provider_allhours.task_utils.coerce import is_true, optional_whole_number, whole_number
from airflow_provider_allhours.task_utils.fail_fast import failing_fast
from airflow_provider_allhours.task_utils.object_storage import optional_storage_path, storage_path
from airflow_provider_allhours.task_utils.personal import PersonalField, reveal
from airflow_provider_allhours.task_utils.progress import Progress
from airflow_provider_allhours.task_utils.result_log import counts_in
from airflow_provider_allhours.task_utils.run_period import company_timezone, period_of
from airflow_provider_allhours.task_utils.stopping import StopsWithTask

if TYPE_CHECKING:
    from airflow.sdk import Context

    from airflow_provider_allhours.flows.absence_apply import ApplyResult
    from airflow_provider_allhours.flows.absence_creation import CreateResult, DeleteResult
    from airflow_provider_allhours.flows.absence_plan import PlanResult


class AllHoursExportAbsencesOperator(AllHoursPeriodExportOperator):
    """Export absences: one row per person and day of absence, in every state.

    The file and its ``<path>.manifest.json`` are published together, or not at all; a failed run leaves an earlier file
    as it was. The same data gives the same bytes.

    Args:
        period: company-local days, both ends included: ``2026-10``, ``2026-W41``, ``2026-10-05``,
            ``2026-10-01/2026-10-15``, ``previous-month``, ``previous-week``, ``previous-day``, ``current-month``,
            ``current-week`` or ``current-day``. Relative periods count from the run's logical date in the company's
            time zone.
        path: file to write: an absolute local path, or a URL that Airflow's ``ObjectStoragePath`` takes.
        allhours_conn_id: Airflow connection of type ``allhours``.
        object_storage_conn_id: Airflow connection of the storage; the URL's own by default.
        file_format: ``csv``, ``jsonl`` or ``parquet``; by default from the suffix of ``path``, where ``.gz`` may follow
            ``.csv`` and ``.jsonl``.
        csv_options: form of a CSV file: ``separator`` (``,``, ``;``, ``|`` or a tab), ``decimal_sign`` (``.`` or
            ``,``), ``encoding`` (such as ``utf-8-sig`` or ``windows-1250``), ``formula_safe`` (whether texts that a
            spreadsheet would run as formulas get an apostrophe in front).
        columns: names of columns in the order of the file, or a mapping of new name to column; all columns by default.
        privacy: column -> ``keep``, ``drop`` or ``hash``. Where a column that names a person is hashed or dropped, rows
            are ordered by what is published, and the manifest names no user id that the file hides.
        pseudonym_conn_id: Airflow connection whose password is the key of the hashes; by default the key is the
            connection's Client Secret, and the hashes change with it.
        timezone: IANA name of the company's time zone; by default the connection's, then the DAG's.
        max_concurrency: requests in flight; by default the connection's.
        on_incomplete: ``fail`` publishes nothing when an employee-day is missing or contradictory; ``warn`` publishes
            and lists the first of them in the manifest.
        proof: ``days`` holds the list against the employee-days, which show the same records, at one request per
            employee; a difference is incomplete. ``none`` publishes what the list has, also when it is empty.
        employees: only these employees: a list of employee ids (compared as texts, leading zeros included), or a custom
            field with its values like ``{"custom_field3": ["hourly"]}``; everybody by default. An employee id that no
            user of the account has is an error.
        kwargs: parameters of Airflow's ``BaseOperator``.

    Returns:
        The manifest without its schema (XCom): counts, checksum, totals and paths; no rows and no names.

    Raises:
        AllHoursIncompleteError: an employee-day is missing or contradictory and ``on_incomplete`` is ``fail``.
        AllHoursParameterError: a parameter is wrong; fails the task at once, as refused credentials do.
    """

    dataset = "absences"

    template_fields: Sequence[str] = (*AllHoursPeriodExportOperator.template_fields, "proof")

    def __init__(
        self,
        *,
        period: str,
        path: str,
        allhours_conn_id: str = AllHoursHook.default_conn_name,
        object_storage_conn_id: str | None = None,
        file_format: Literal["csv", "jsonl", "parquet"] | None = None,
        csv_options: Mapping[str, Any] | None = None,
        columns: Sequence[str] | Mapping[str, str] | None = None,
        privacy: Mapping[str, Literal["keep", "drop", "hash"]] | None = None,
        pseudonym_conn_id: str | None = None,
        timezone: str | None = None,
        max_concurrency: int | str | None = None,
        on_incomplete: Literal["fail", "warn"] = "fail",
        proof: Literal["none", "days"] = "none",
        employees: Sequence[str] | Mapping[str, Sequence[str]] | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(
            period=period,
            path=path,
            allhours_conn_id=allhours_conn_id,
            object_storage_conn_id=object_storage_conn_id,
            file_format=file_format,
            csv_options=csv_options,
            columns=columns,
            privacy=privacy,
            pseudonym_conn_id=pseudonym_conn_id,
            timezone=timezone,
            max_concurrency=max_concurrency,
            on_incomplete=on_incomplete,
            employees=employees,
            **kwargs,
        )
        self.proof = proof


class AllHoursCreateAbsenceOperator(StopsWithTask, BaseOperator):
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
        self.log.info(
            "%d created, %d existing, %d skipped%s",
            len(result["created"]),
            len(result["existing"]),
            len(result["skipped"]),
            " (dry run: nothing was written)" if result["dry_run"] else "",
        )
        return result


class AllHoursDeleteAbsenceOperator(StopsWithTask, BaseOperator):
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
            return delete_absence(client, self.absence_id)


class AllHoursPlanAbsencesOperator(StopsWithTask, BaseOperator):
    """Compare the leave of an HR system with All Hours and write a plan; writes nothing to All Hours.

    Compares a file of leave with the account and with the ledger of what this provider created earlier, and writes the
    steps that would make them agree. A person reviews the plan; :class:`AllHoursApplyAbsencePlanOperator` applies it.
    The same input gives the same plan, byte for byte. Rows that match no user, several users or no definition, and rows
    that overlap, are parked with a reason.

    Leave of one day is planned on that day; longer leave on the person's workdays.

    Args:
        source: CSV or JSON Lines with ``employee_id`` | ``email`` | ``user_id``, ``absence_definition``, ``date_from``,
            ``date_to``, ``partial_from``, ``partial_to``, ``comment``, ``external_id``.
        period: days that the source describes completely, in the forms of the export operators.
        plan_path: file to write the plan to.
        ledger_path: the ledger; one per source and account.
        date_format: form of the source's dates, such as ``DD.MM.YYYY``; ``YYYY-MM-DD`` by default.
        object_storage_conn_id: Airflow connection of the storage; the URL's own by default.
        timezone: IANA name of the company's time zone; by default the connection's, then the DAG's.
        allhours_conn_id: Airflow connection of type ``allhours``.
        kwargs: parameters of Airflow's ``BaseOperator``.

    Returns:
        Counts of ``create, update, delete, unchanged, conflict, unknown``, ``plan_sha256``, ``plan_path`` and
        ``diff``: the parked rows with their reasons and the first changes, as text for whoever approves (employee ids
        and dates, no names or comments).

    Raises:
        AllHoursParameterError: the source or the ledger cannot be read, or a parameter is wrong; fails the task
            at once.
    """

    template_fields: Sequence[str] = (
        "source",
        "period",
        "plan_path",
        "ledger_path",
        "date_format",
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
        date_format: str | None = None,
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
        self.date_format = date_format
        self.object_storage_conn_id = object_storage_conn_id
        self.timezone = timezone
        self.allhours_conn_id = allhours_conn_id

    def execute(self, context: Context) -> PlanResult:
        """Write the plan and return its counts."""
        from airflow_provider_allhours.flows.absence_plan import plan_absences

        with failing_fast():
            hook = AllHoursHook(self.allhours_conn_id)
            timezone = company_timezone(self.timezone, hook.timezone, context)
            with self.running(hook.client()) as client:
                result = plan_absences(
                    client,
                    source=storage_path(self.source, self.object_storage_conn_id, parameter="source"),
                    period=period_of(self.period, context, timezone),
                    plan_path=storage_path(self.plan_path, self.object_storage_conn_id, parameter="plan_path"),
                    ledger_path=storage_path(self.ledger_path, self.object_storage_conn_id, parameter="ledger_path"),
                    date_format=self.date_format,
                )
        self.log.info("Plan: %s", counts_in(result))
        return result


class AllHoursApplyAbsencePlanOperator(StopsWithTask, BaseOperator):
    """Apply a reviewed plan; steps that were applied by an earlier run are left out.

    The ledger records the intent before each write and the result after it; a run that died in between is resumed where
    it stopped. Only records that the ledger owns are changed or deleted. Applied twice, the second run writes nothing.
    *Effectively once with a single writer*: set ``max_active_runs=1``; on a local disk a lock keeps a second run out,
    in an object store a change by another run is detected and refused.

    Args:
        plan_path: the plan.
        ledger_path: the ledger.
        max_deletes: a plan that deletes more is refused as a whole; guards against an empty source.
        reject_path: CSV of the rows that were not applied, each with its reason; none by default.
        plan_sha256: checksum of the plan that was approved; another plan is refused. None applies whatever is there.
        max_wait: seconds that are waited at most after a request without an answer before it is sent again. The wait is
            twice the connection's time limit, at most 60 by default.
        on_partial: ``fail`` (after all other rows are applied) or ``warn`` when there are such rows.
        object_storage_conn_id: Airflow connection of the storage; the URL's own by default.
        allhours_conn_id: Airflow connection of type ``allhours``.
        kwargs: parameters of Airflow's ``BaseOperator``.

    Returns:
        ``created``, ``updated``, ``deleted``, ``unchanged``, ``already_applied``, ``rejected``, ``twins``,
        ``plan_sha256``, ``reject_path``.

    Raises:
        AllHoursConflictError: the plan is not the approved one, records changed since it was made, it deletes too many,
            or another run holds the ledger; nothing was written.
        AllHoursParameterError: a parameter is wrong; fails the task at once.
        AllHoursPartialError: rows were rejected and ``on_partial`` is ``fail``.
    """

    template_fields: Sequence[str] = (
        "plan_path",
        "ledger_path",
        "max_deletes",
        "reject_path",
        "on_partial",
        "plan_sha256",
        "max_wait",
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
        on_partial: Literal["fail", "warn"] = "fail",
        plan_sha256: str | None = None,
        max_wait: int | str | None = None,
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
        self.plan_sha256 = plan_sha256
        self.max_wait = max_wait
        self.object_storage_conn_id = object_storage_conn_id
        self.allhours_conn_id = allhours_conn_id

    def execute(self, context: Context) -> ApplyResult:
        """Apply the plan and return the counts of its rows by outcome."""
        from airflow_provider_allhours.flows.absence_apply import apply_plan

        storage = self.object_storage_conn_id
        with failing_fast(), self.running(AllHoursHook(self.allhours_conn_id).client()) as client:
            result = apply_plan(
                client,
                plan_path=storage_path(self.plan_path, storage, parameter="plan_path"),
                ledger_path=storage_path(self.ledger_path, storage, parameter="ledger_path"),
                max_deletes=whole_number("max_deletes", self.max_deletes, minimum=0),
                reject_path=optional_storage_path(self.reject_path, storage, parameter="reject_path"),
                on_partial=self.on_partial,
                plan_sha256=self.plan_sha256,
                max_wait=optional_whole_number("max_wait", self.max_wait, minimum=0),
                on_progress=Progress(self.log, "writes"),
            )
        self.log.info("Applied: %s", counts_in(result))
        return result
