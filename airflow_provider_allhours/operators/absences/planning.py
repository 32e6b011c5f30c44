# SPDX-License-Identifier: Apache-2.0
"""Plan the leave of an HR system, and apply the plan."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Literal

from airflow.sdk import BaseOperator

from airflow_provider_allhours.client.errors import AllHoursPartialError
from airflow_provider_allhours.hooks.allhours import AllHoursHook
from airflow_provider_allhours.links import AllHoursFileLink, AllHoursReportLink
from airflow_provider_allhours.task_utils.coerce import optional_whole_number, whole_number
from airflow_provider_allhours.task_utils.fail_fast import failing_fast
from airflow_provider_allhours.task_utils.given import KnowsWhatIsGiven
from airflow_provider_allhours.task_utils.lineage import ReportsLineage, account_dataset, file_dataset
from airflow_provider_allhours.task_utils.linked_files import LinksFiles
from airflow_provider_allhours.task_utils.object_storage import optional_storage_path, storage_path
from airflow_provider_allhours.task_utils.outlets import describe_in_outlets
from airflow_provider_allhours.task_utils.progress import Progress
from airflow_provider_allhours.task_utils.result_log import counts_in
from airflow_provider_allhours.task_utils.run_period import company_timezone, period_of
from airflow_provider_allhours.task_utils.stopping import StopsWithTask

if TYPE_CHECKING:
    from airflow.sdk import Context

    from airflow_provider_allhours.flows.absence_apply import ApplyResult
    from airflow_provider_allhours.flows.absence_plan import PlanResult


WRITES: tuple[Literal["created"], Literal["updated"], Literal["deleted"]] = ("created", "updated", "deleted")
"""Outcomes of a plan's steps that changed the account."""


class AllHoursPlanAbsencesOperator(LinksFiles, ReportsLineage, StopsWithTask, BaseOperator):
    """Compare the leave of an HR system with All Hours and write a plan; writes nothing to All Hours.

    Compares a file of leave with the account and with the ledger of what this provider created earlier, and writes the
    steps that would make them agree. A person reviews the plan; :class:`AllHoursApplyAbsencePlanOperator` applies it.
    The same input gives the same plan, byte for byte. Rows that match no user, several users or no definition, and rows
    that overlap, are parked with a reason.

    Leave of one day is planned on that day; longer leave on the person's workdays.

    Args:
        source: CSV, JSON Lines or an Excel workbook (with the extra ``xlsx``) with ``employee_id`` | ``email`` |
            ``user_id``, ``absence_definition``, ``date_from``, ``date_to``, ``partial_from``, ``partial_to``,
            ``comment``, ``external_id``.
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
    operator_extra_links = (AllHoursFileLink(),)
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
            period = period_of(self.period, context, timezone)
            paths = {
                name: storage_path(period.fill(str(path)), self.object_storage_conn_id, parameter=name)
                for name, path in (
                    ("source", self.source),
                    ("plan_path", self.plan_path),
                    ("ledger_path", self.ledger_path),
                )
            }
            self.lineage.reads(file_dataset(paths["source"]), file_dataset(paths["ledger_path"]))
            self.lineage.intends(file_dataset(paths["plan_path"]))
            with self.running(hook.client()) as client:
                self.lineage.reads(account_dataset(client.host, "users"), account_dataset(client.host, "absences"))
                result = plan_absences(
                    client,
                    period=period,
                    **paths,
                    date_format=self.date_format,
                )
        rows = sum(value for value in result.values() if isinstance(value, int))
        self.lineage.wrote(
            file_dataset(
                paths["plan_path"], rows=rows, sha256=result["plan_sha256"], facts={"period": period.to_json()}
            )
        )
        self.link(file=paths["plan_path"])
        describe_in_outlets(
            context,
            self.outlets,
            path=result["plan_path"],
            rows=rows,
            sha256=result["plan_sha256"],
            period=period.to_json(),
        )
        self.log.info("Plan: %s", counts_in(result))
        return result


class AllHoursApplyAbsencePlanOperator(KnowsWhatIsGiven, LinksFiles, ReportsLineage, StopsWithTask, BaseOperator):
    """Apply a reviewed plan; steps that were applied by an earlier run are left out.

    The ledger records the intent before each write and the result after it; a run that died in between is resumed where
    it stopped. Only records that the ledger owns are changed or deleted. Applied twice, the second run writes nothing.
    *Effectively once with a single writer*: set ``max_active_runs=1``; on a local disk a lock keeps a second run out,
    in a store only one run can create the next segment of the ledger.

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
    operator_extra_links = (AllHoursReportLink(),)
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
        self.note_given(plan_sha256=plan_sha256)

    def execute(self, context: Context) -> ApplyResult:
        """Apply the plan and return the counts of its rows by outcome."""
        from airflow_provider_allhours.flows.absence_apply import apply_plan

        storage = self.object_storage_conn_id
        with failing_fast(), self.running(AllHoursHook(self.allhours_conn_id).client()) as client:
            self.refuse_blank()
            plan_path = storage_path(self.plan_path, storage, parameter="plan_path")
            ledger_path = storage_path(self.ledger_path, storage, parameter="ledger_path")
            reject_path = optional_storage_path(self.reject_path, storage, parameter="reject_path")
            absences, ledger = account_dataset(client.host, "absences"), file_dataset(ledger_path)
            rejects = [] if reject_path is None else [file_dataset(reject_path)]
            self.lineage.reads(file_dataset(plan_path), ledger, absences)
            self.lineage.intends(absences, ledger, *rejects)
            with self.linking(AllHoursPartialError, report=reject_path):
                result = apply_plan(
                    client,
                    plan_path=plan_path,
                    ledger_path=ledger_path,
                    max_deletes=whole_number("max_deletes", self.max_deletes, minimum=0),
                    reject_path=reject_path,
                    on_partial=self.on_partial,
                    plan_sha256=self.plan_sha256,
                    max_wait=optional_whole_number("max_wait", self.max_wait, minimum=0),
                    on_progress=Progress(self.log, "writes"),
                )
        if writes := sum(result[outcome] for outcome in WRITES):
            self.lineage.wrote(replace(absences, rows=writes), ledger)
        self.lineage.wrote(*(replace(file, rows=result["rejected"]) for file in rejects))
        self.log.info("Applied: %s", counts_in(result))
        return result
