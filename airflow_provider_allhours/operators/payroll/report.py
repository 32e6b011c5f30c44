# SPDX-License-Identifier: Apache-2.0
"""Write the month-end report."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial
from typing import TYPE_CHECKING, Any

from airflow.sdk import BaseOperator

from airflow_provider_allhours.hooks.allhours import AllHoursHook
from airflow_provider_allhours.links import AllHoursReportLink
from airflow_provider_allhours.task_utils.closed_period_path import path_by_close
from airflow_provider_allhours.task_utils.fail_fast import failing_fast
from airflow_provider_allhours.task_utils.lineage import ReportsLineage, closed_version, described_file, file_dataset
from airflow_provider_allhours.task_utils.linked_files import LinksFiles
from airflow_provider_allhours.task_utils.object_storage import storage_path
from airflow_provider_allhours.task_utils.outlets import describe_in_outlets
from airflow_provider_allhours.task_utils.payroll_documents import payroll_mapping

if TYPE_CHECKING:
    from airflow.sdk import Context

    from airflow_provider_allhours.flows.payroll_report import ReportResult


class AllHoursPayrollReportOperator(LinksFiles, ReportsLineage, BaseOperator):
    """Write the month-end report of a closed period, as HTML that prints on A4 or as an Excel workbook.

    Per person: plan, paid lines, ignored leave, what is missing, balance; the last period's lines beside them;
    corrections with reasons, exceptions, totals and places for signatures. It has names and amounts, so it goes where
    payroll data goes. Everything is read from the closed periods; All Hours is not asked.

    Args:
        close: return value of :class:`AllHoursClosePeriodOperator`, or the path of its manifest.
        path: report to write, ``.html`` or ``.xlsx`` (with the extra ``xlsx``); ``{period}``, ``{date_from}`` and
            ``{date_to}`` are those of the closed period.
        mapping: what is paid, as for :class:`AllHoursExportPayrollOperator`, where there is no payroll file yet; what
            would block the file is among the exceptions.
        payroll: return value of :class:`AllHoursExportPayrollOperator`, or the path of its manifest: a preview or a
            release. The file is made again, and refused where it comes out as another one.
        previous: the same of the last period; by default the release of the period that ends the day before.
        object_storage_conn_id: Airflow connection of the storage; the URL's own by default.
        allhours_conn_id: not used: everything is read from the closed periods.
        kwargs: parameters of Airflow's ``BaseOperator``.

    Returns:
        ``path``, ``period``, ``version``, ``employees``, ``lines``, ``corrections``, ``exceptions`` (number by kind),
        ``bytes`` and ``sha256``; no names.

    Raises:
        AllHoursConflictError: the payroll file is not what its manifest says, or a frozen file was changed.
        AllHoursParameterError: a parameter is wrong; fails the task at once.
    """

    template_fields: Sequence[str] = (
        "close",
        "path",
        "mapping",
        "payroll",
        "previous",
        "object_storage_conn_id",
        "allhours_conn_id",
    )
    operator_extra_links = (AllHoursReportLink(),)
    ui_color = "#dcebf3"

    def __init__(
        self,
        *,
        close: Mapping[str, Any] | str,
        path: str,
        mapping: Mapping[str, Any] | str | None = None,
        payroll: Mapping[str, Any] | str | None = None,
        previous: Mapping[str, Any] | str | None = None,
        object_storage_conn_id: str | None = None,
        allhours_conn_id: str = AllHoursHook.default_conn_name,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        self.close = close
        self.path = path
        self.mapping = mapping
        self.payroll = payroll
        self.previous = previous
        self.object_storage_conn_id = object_storage_conn_id
        self.allhours_conn_id = allhours_conn_id

    def execute(self, context: Context) -> ReportResult:
        """Write the report and return its counts."""
        from airflow_provider_allhours.flows.payroll_report import report_payroll

        storage = self.object_storage_conn_id
        path_of = partial(storage_path, conn_id=storage, parameter="close")
        with failing_fast():
            self.lineage.reads(closed_version(self.close, path_of))
            self.lineage.reads(*(described_file(file, path_of) for file in (self.payroll, self.previous) if file))
            path = path_by_close(self.path, self.close, storage)
            self.lineage.intends(file_dataset(path))
            result = report_payroll(
                close=self.close,
                path=path,
                mapping=None if self.mapping is None else payroll_mapping(self.mapping, storage),
                payroll=self.payroll,
                previous=self.previous,
                path_of=path_of,
            )
        self.link(report=path)
        self.lineage.wrote(
            file_dataset(
                path,
                rows=result["lines"],
                size=result["bytes"],
                sha256=result["sha256"],
                facts={"period": result["period"], "version": result["version"]},
            )
        )
        describe_in_outlets(
            context,
            self.outlets,
            path=result["path"],
            rows=result["lines"],
            sha256=result["sha256"],
            period=result["period"],
        )
        self.log.info(
            "Report of %d employees and %d lines; exceptions: %s",
            result["employees"],
            result["lines"],
            result["exceptions"] or "none",
        )
        return result
