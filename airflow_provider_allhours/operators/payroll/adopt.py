# SPDX-License-Identifier: Apache-2.0
"""Adopt a period that was paid elsewhere."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial
from typing import TYPE_CHECKING, Any

from airflow.sdk import BaseOperator

from airflow_provider_allhours.hooks.allhours import AllHoursHook
from airflow_provider_allhours.task_utils.fail_fast import failing_fast
from airflow_provider_allhours.task_utils.lineage import ReportsLineage, closed_version
from airflow_provider_allhours.task_utils.object_storage import storage_path

if TYPE_CHECKING:
    from airflow.sdk import Context

    from airflow_provider_allhours.flows.period_adoption import AdoptionResult


class AllHoursAdoptPeriodOperator(ReportsLineage, BaseOperator):
    """Record that a closed period was paid elsewhere, as the months before the first payroll file of this provider.

    Everybody in the version counts as paid for their days of it, so that no payroll file pays them again. What changes
    in the period later is paid as a correction: the difference between the later version and this one.

    Args:
        close: return value of :class:`AllHoursClosePeriodOperator`, or the path of its manifest.
        reason: where it was paid, in words; kept in the registry.
        object_storage_conn_id: Airflow connection of the storage; the URL's own by default.
        allhours_conn_id: not used: everything is read from the closed periods.
        kwargs: parameters of Airflow's ``BaseOperator``.

    Returns:
        ``release`` (its number in the registry), ``period``, ``version``, ``employees`` and ``changed`` (whether it was
        adopted by this run).

    Raises:
        AllHoursConflictError: somebody's days were paid already; nothing was written.
        AllHoursParameterError: a parameter is wrong; fails the task at once.
    """

    template_fields: Sequence[str] = ("close", "reason", "object_storage_conn_id", "allhours_conn_id")
    ui_color = "#dcebf3"

    def __init__(
        self,
        *,
        close: Mapping[str, Any] | str,
        reason: str,
        object_storage_conn_id: str | None = None,
        allhours_conn_id: str = AllHoursHook.default_conn_name,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        self.close = close
        self.reason = reason
        self.object_storage_conn_id = object_storage_conn_id
        self.allhours_conn_id = allhours_conn_id

    def execute(self, context: Context) -> AdoptionResult:
        """Record that the period was paid elsewhere."""
        from airflow_provider_allhours.flows.period_adoption import adopt_period

        path_of = partial(storage_path, conn_id=self.object_storage_conn_id, parameter="close")
        with failing_fast():
            self.lineage.reads(closed_version(self.close, path_of))
            result = adopt_period(close=self.close, reason=self.reason, path_of=path_of)
        self.log.info("Version %d counts as paid for %d employees", result["version"], result["employees"])
        return result
