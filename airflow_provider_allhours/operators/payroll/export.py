# SPDX-License-Identifier: Apache-2.0
"""Write the payroll file of closed periods."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from functools import partial
from typing import TYPE_CHECKING, Any, Literal

from airflow.sdk import BaseOperator

from airflow_provider_allhours.hooks.allhours import AllHoursHook
from airflow_provider_allhours.links import AllHoursFileLink, AllHoursManifestLink, AllHoursReportLink
from airflow_provider_allhours.task_utils.approval import person, text_or_none, triggering_user
from airflow_provider_allhours.task_utils.closed_period_path import path_by_close
from airflow_provider_allhours.task_utils.coerce import employees_of, is_blank, is_true, json_object, list_of
from airflow_provider_allhours.task_utils.fail_fast import failing_fast
from airflow_provider_allhours.task_utils.given import KnowsWhatIsGiven
from airflow_provider_allhours.task_utils.lineage import (
    ReportsLineage,
    closed_version,
    earlier_versions,
    file_dataset,
)
from airflow_provider_allhours.task_utils.linked_files import LinksFiles, manifest_beside
from airflow_provider_allhours.task_utils.object_storage import optional_storage_path, storage_path
from airflow_provider_allhours.task_utils.outlets import describe_in_outlets
from airflow_provider_allhours.task_utils.payroll_documents import payroll_mapping, payroll_profile

if TYPE_CHECKING:
    from airflow.sdk import Context

    from airflow_provider_allhours.flows.payroll_manifest import PayrollResult


class AllHoursExportPayrollOperator(KnowsWhatIsGiven, LinksFiles, ReportsLineage, BaseOperator):
    """Write a payroll file from closed periods and record the release.

    Nothing is guessed: missing or duplicate employee ids, absences and counters that are neither mapped nor ignored,
    units and characters that the layout lacks block the file, all of them in one ``AllHoursPreflightError``. Each line
    is rounded once, and nobody's line depends on another person. A correction makes the printed sum right: it is what
    has to be printed now minus everything printed so far. No person-day is paid twice: a release is claimed in a
    registry below the close's ``path`` before the file is published. Run again for the same file it changes nothing;
    another file, period or group that pays somebody's day again is refused, and so is the slower one of two runs.

    Args:
        close: return value of :class:`AllHoursClosePeriodOperator`, or the path of its manifest.
        profile: ``generic-csv``, ``datev-lodas``, ``datev-lug``, ``adp-csv``, ``gusto-csv``, ``saop-w1``, ``bmd-csv``,
            ``lexware-csv``, ``paychex-spi``, ``sage-ie``, the dotted path of a class that derives from one of them, a
            declaration of a layout of your own (a dict with ``columns``, or the path of the same as YAML or JSON), or
            ``{"base": <name>, <option>: <value>}``.
        mapping: ``{"lines": [{"source" | "absence" | "counter": …, "pay_code": …, "unit": …}], "ignore": {"absences",
            "counters"}, "cost_centre": …}``, or the path of the same as YAML or JSON. A line also takes ``minus``,
            ``when``, ``count``, ``step``, ``also``, ``cost_centre``, ``bs_nr`` and ``no_wage_type``.
        path: payroll file to write; ``{period}``, ``{date_from}`` and ``{date_to}`` are those of the closed period.
        release: pay the file. A preview (``False``) is the same file with ``"preview": true`` in its manifest; it
            records nothing, so it can be made again and again.
        delta: pay the ± lines since the last release of this period instead of the whole period.
        corrections: closes of earlier periods; what changed in them since their release is added to the file, marked
            with its own period.
        employees: whom the file pays: employee ids, or ``{"custom_field3": ["hourly"]}`` by the custom fields that are
            frozen; everybody by default.
        exclude: employee id, or the user id of somebody without one -> reason why the file does not pay them.
        merge_employee_ids: two users with one employee id, as of a re-hire, are one person; else they block.
        on_removed: somebody who was paid and is no longer in the roster: ``fail``, ``pay`` (take back what was printed)
            or ``keep``.
        on_renumbered: somebody who was paid under another employee id: ``fail``, ``move`` (take back the old, pay the
            new one) or ``keep`` (payroll renumbered, too).
        rounding: ``line`` (each line to the nearest), ``person`` (a person's lines add up to the person's rounded sum)
            or ``down``.
        accounting_month: ``2026-10``, for layouts that have one; the month of the period's last day by default.
        approved_sha256: ``sha256`` of the file that was approved, as its preview returned it; another file is refused.
        approved_by: who approved it, or ``responded_by_user`` of Airflow's approval; kept with the release.
        approved_at: when, as text.
        four_eyes: refuse a release that nobody approved, or that was approved by who triggered the run.
        profile_options: options of the profile.
        object_storage_conn_id: Airflow connection of the storage; the URL's own by default.
        allhours_conn_id: not used: a closed period is paid from its frozen version.
        kwargs: parameters of Airflow's ``BaseOperator``.

    Returns:
        ``path``, ``manifest_path``, ``lines``, ``employees``, ``totals`` (per pay code: hours, days, minutes or
        pieces), ``exact_minutes`` (per pay code), ``sha256``, ``released``, ``periods`` and ``report_path``. The XCom
        ``summary`` is a text in Markdown for whoever approves: people, lines, totals beside those of the period before,
        corrections, exceptions and checksum.

    Raises:
        AllHoursConflictError: it would pay something twice, or is not what was approved; nothing was written.
        AllHoursParameterError: a parameter is wrong; fails the task at once.
        AllHoursPreflightError: lists everything that would make the file wrong; nothing was written.
    """

    template_fields: Sequence[str] = (
        "close",
        "profile",
        "mapping",
        "path",
        "release",
        "delta",
        "corrections",
        "employees",
        "exclude",
        "merge_employee_ids",
        "on_removed",
        "on_renumbered",
        "rounding",
        "accounting_month",
        "approved_sha256",
        "approved_by",
        "approved_at",
        "four_eyes",
        "profile_options",
        "object_storage_conn_id",
        "allhours_conn_id",
    )
    operator_extra_links = (AllHoursFileLink(), AllHoursManifestLink(), AllHoursReportLink())
    ui_color = "#dcebf3"

    def __init__(
        self,
        *,
        close: Mapping[str, Any] | str,
        profile: Mapping[str, Any] | str,
        mapping: Mapping[str, Any] | str,
        path: str,
        release: bool | str = True,
        delta: bool | str = False,
        corrections: Iterable[Mapping[str, Any] | str] | Mapping[str, Any] | str = (),
        employees: Sequence[str] | Mapping[str, Sequence[str]] | str | None = None,
        exclude: Mapping[str, str] | str | None = None,
        merge_employee_ids: bool | str = False,
        on_removed: Literal["fail", "pay", "keep"] = "fail",
        on_renumbered: Literal["fail", "move", "keep"] = "fail",
        rounding: Literal["line", "person", "down"] = "line",
        accounting_month: str | None = None,
        approved_sha256: str | None = None,
        approved_by: str | Mapping[str, Any] | None = None,
        approved_at: str | None = None,
        four_eyes: bool | str = False,
        profile_options: Mapping[str, Any] | None = None,
        object_storage_conn_id: str | None = None,
        allhours_conn_id: str = AllHoursHook.default_conn_name,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        self.close = close
        self.profile = profile
        self.mapping = mapping
        self.path = path
        self.release = release
        self.delta = delta
        self.corrections = corrections
        self.employees = employees
        self.exclude = exclude
        self.merge_employee_ids = merge_employee_ids
        self.on_removed = on_removed
        self.on_renumbered = on_renumbered
        self.rounding = rounding
        self.accounting_month = accounting_month
        self.approved_sha256 = approved_sha256
        self.approved_by = approved_by
        self.approved_at = approved_at
        self.four_eyes = four_eyes
        self.profile_options = profile_options
        self.object_storage_conn_id = object_storage_conn_id
        self.allhours_conn_id = allhours_conn_id
        self.note_given(employees=employees, exclude=exclude, approved_sha256=approved_sha256)

    def execute(self, context: Context) -> PayrollResult:
        """Publish the payroll file, record the release and return counts and totals."""
        from airflow_provider_allhours.flows.payroll_export import export_payroll
        from airflow_provider_allhours.flows.payroll_summary import summarize_payroll
        from airflow_provider_allhours.flows.release_approval import Approval

        place = partial(storage_path, conn_id=self.object_storage_conn_id)
        with failing_fast():
            self.refuse_blank()
            four_eyes = is_true("four_eyes", self.four_eyes)
            corrections = list_of("corrections", self.corrections)
            for paid in (self.close, *corrections):
                self.lineage.reads(closed_version(paid, partial(place, parameter="close")))
            path = path_by_close(self.path, self.close, self.object_storage_conn_id)
            self.lineage.intends(file_dataset(path))
            result = export_payroll(
                close=self.close,
                profile=payroll_profile(self.profile, self.object_storage_conn_id),
                mapping=payroll_mapping(self.mapping, self.object_storage_conn_id),
                path=path,
                release=is_true("release", self.release),
                delta=is_true("delta", self.delta),
                corrections=corrections,
                employees=employees_of(self.employees),
                exclude=json_object("exclude", self.exclude),
                merge_employee_ids=is_true("merge_employee_ids", self.merge_employee_ids),
                on_removed=self.on_removed,
                on_renumbered=self.on_renumbered,
                rounding=self.rounding,
                accounting_month=None if is_blank(self.accounting_month) else self.accounting_month,
                approval=Approval(
                    text_or_none(self.approved_sha256),
                    person("approved_by", self.approved_by),
                    text_or_none(self.approved_at),
                    four_eyes=four_eyes,
                    triggered_by=triggering_user(context) if four_eyes else None,
                ),
                profile_options=json_object("profile_options", self.profile_options),
                path_of=partial(place, parameter="close"),
            )
            summary = summarize_payroll(manifest=place(result["manifest_path"]), path_of=place)
        if (task_instance := context.get("ti")) is not None:
            task_instance.xcom_push(key="summary", value=summary)
        self.lineage.reads(*earlier_versions(self.close, result["periods"], partial(place, parameter="close")))
        report = optional_storage_path(result["report_path"], self.object_storage_conn_id, parameter="report_path")
        self.link(file=path, manifest=manifest_beside(path), report=report)
        self.lineage.wrote(
            file_dataset(
                path,
                rows=result["lines"],
                sha256=result["sha256"],
                facts={"period": result["periods"][0]["period"], "released": result["released"]},
            )
        )
        describe_in_outlets(
            context,
            self.outlets,
            path=result["path"],
            rows=result["lines"],
            sha256=result["sha256"],
            period=result["periods"][0]["period"],
            released=result["released"],
        )
        made = "Released" if result["released"] else "Preview of"
        self.log.info("%s %d lines of %d employees: %s", made, result["lines"], result["employees"], result["totals"])
        return result
