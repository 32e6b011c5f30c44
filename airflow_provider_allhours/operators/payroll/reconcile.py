# SPDX-License-Identifier: Apache-2.0
"""Compare the payroll file with the register that payroll sends back."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial
from typing import TYPE_CHECKING, Any, Literal

from airflow.sdk import BaseOperator

from airflow_provider_allhours.client.errors import AllHoursConflictError
from airflow_provider_allhours.hooks.allhours import AllHoursHook
from airflow_provider_allhours.links import AllHoursReportLink
from airflow_provider_allhours.task_utils.coerce import is_true
from airflow_provider_allhours.task_utils.fail_fast import failing_fast
from airflow_provider_allhours.task_utils.lineage import ReportsLineage, file_dataset
from airflow_provider_allhours.task_utils.linked_files import LinksFiles
from airflow_provider_allhours.task_utils.object_storage import optional_storage_path, storage_path
from airflow_provider_allhours.task_utils.result_log import counts_in

if TYPE_CHECKING:
    from airflow.sdk import Context

    from airflow_provider_allhours.flows.reconciliation import ReconciliationResult


class AllHoursReconcilePayrollOperator(LinksFiles, ReportsLineage, BaseOperator):
    """Compare the payroll file with the register that payroll sends back.

    Args:
        ours: the payroll file (``generic-csv``).
        register: CSV that the payroll office returns, or an Excel workbook (with the extra ``xlsx``), whose first sheet
            is read.
        path: CSV to write, every line with its verdict; none by default.
        columns: the register's names -> ``employee_id``, ``pay_code``, ``quantity``, and ``unit`` and ``cost_centre``
            where it has them.
        register_options: how the register is written: ``encoding``, ``separator``, ``header_row`` (number of the line
            with the names, from 1), ``decimal_sign``, ``thousands_sign``, ``employee_id`` (``exact``, or ``number``:
            00042 is 42), ``quantity`` (``hours`` or ``hh:mm``), ``total_rows`` (rows with a cell that begins with this
            text are left out). What is not given is found out; what is ambiguous, such as 1,234, is an error.
        tolerance: largest difference that is accepted, in the unit of the quantities.
        on_difference: ``fail`` (after the file is written) or ``warn``.
        confirm: when all lines match, the release of the payroll file is recorded as confirmed; it cannot be void then.
        object_storage_conn_id: Airflow connection of the storage; the URL's own by default.
        allhours_conn_id: not used: both sides are files.
        kwargs: parameters of Airflow's ``BaseOperator``.

    Returns:
        ``matching``, ``missing`` (ours only), ``ghost`` (register only), ``differing`` and ``path``.

    Raises:
        AllHoursConflictError: something differs and ``on_difference`` is ``fail``.
        AllHoursParameterError: a parameter is wrong or a file cannot be read; fails the task at once.
    """

    template_fields: Sequence[str] = (
        "ours",
        "register",
        "path",
        "columns",
        "register_options",
        "tolerance",
        "on_difference",
        "confirm",
        "object_storage_conn_id",
        "allhours_conn_id",
    )
    operator_extra_links = (AllHoursReportLink(),)
    ui_color = "#dcebf3"

    def __init__(
        self,
        *,
        ours: str,
        register: str,
        path: str | None = None,
        columns: Mapping[str, str] | None = None,
        register_options: Mapping[str, Any] | None = None,
        tolerance: float | str = 0,
        on_difference: Literal["fail", "warn"] = "fail",
        confirm: bool | str = True,
        object_storage_conn_id: str | None = None,
        allhours_conn_id: str = AllHoursHook.default_conn_name,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        self.ours = ours
        self.register = register
        self.path = path
        self.columns = columns
        self.register_options = register_options
        self.tolerance = tolerance
        self.on_difference = on_difference
        self.confirm = confirm
        self.object_storage_conn_id = object_storage_conn_id
        self.allhours_conn_id = allhours_conn_id

    def execute(self, context: Context) -> ReconciliationResult:
        """Write the compared lines and return their counts by verdict."""
        from airflow_provider_allhours.flows.reconciliation import reconcile

        storage = self.object_storage_conn_id
        with failing_fast():
            ours = storage_path(self.ours, storage, parameter="ours")
            register = storage_path(self.register, storage, parameter="register")
            path = optional_storage_path(self.path, storage)
            compared = [] if path is None else [file_dataset(path)]
            self.lineage.reads(file_dataset(ours), file_dataset(register))
            self.lineage.intends(*compared)
            with self.linking(AllHoursConflictError, report=path):
                result = reconcile(
                    ours=ours,
                    register=register,
                    path=path,
                    columns=self.columns,
                    register_options=self.register_options,
                    tolerance=self.tolerance,
                    on_difference=self.on_difference,
                    confirm=is_true("confirm", self.confirm),
                    path_of=partial(storage_path, conn_id=storage, parameter="ours"),
                )
        self.lineage.wrote(*compared)
        self.log.info("Register: %s", counts_in(result))
        return result
