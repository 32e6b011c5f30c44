# SPDX-License-Identifier: Apache-2.0
"""Remove the personal data of old periods."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import TYPE_CHECKING, Any

from airflow.sdk import BaseOperator

from airflow_provider_allhours.hooks.allhours import AllHoursHook
from airflow_provider_allhours.task_utils.coerce import is_true
from airflow_provider_allhours.task_utils.fail_fast import failing_fast
from airflow_provider_allhours.task_utils.lineage import ReportsLineage, file_dataset
from airflow_provider_allhours.task_utils.object_storage import storage_path

if TYPE_CHECKING:
    from airflow.sdk import Context

    from airflow_provider_allhours.flows.period_purge import PurgeResult


class AllHoursPurgePeriodsOperator(ReportsLineage, BaseOperator):
    """Remove the frozen versions and the people of the releases of old periods.

    The registry keeps period, checksums and releases, no ids and no names. A period that has a day in common with one
    that was paid and purged cannot be paid or corrected any more. Payroll files and reports lie elsewhere and stay.

    Args:
        path: folder of all periods, ``path`` of :class:`AllHoursClosePeriodOperator`.
        before: periods whose last day is before this day are purged, ``YYYY-MM-DD``.
        dry_run: count only.
        object_storage_conn_id: Airflow connection of the storage; the URL's own by default.
        allhours_conn_id: not used: everything is read from the closed periods.
        kwargs: parameters of Airflow's ``BaseOperator``.

    Returns:
        ``periods`` with personal files, the numbers of their ``versions`` and ``files``, ``before`` and ``dry_run``.

    Raises:
        AllHoursConflictError: a payroll file of such a period was claimed by a run that did not finish.
        AllHoursParameterError: a parameter is wrong; fails the task at once.
    """

    template_fields: Sequence[str] = ("path", "before", "is_dry_run", "object_storage_conn_id", "allhours_conn_id")
    ui_color = "#dcebf3"

    def __init__(
        self,
        *,
        path: str,
        before: str | date,
        dry_run: bool | str = False,
        object_storage_conn_id: str | None = None,
        allhours_conn_id: str = AllHoursHook.default_conn_name,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        self.path = path
        self.before = before
        # BaseOperator has a method of the name dry_run.
        self.is_dry_run = dry_run
        self.object_storage_conn_id = object_storage_conn_id
        self.allhours_conn_id = allhours_conn_id

    def execute(self, context: Context) -> PurgeResult:
        """Remove the files and return what was removed."""
        from airflow_provider_allhours.flows.period_purge import purge_periods

        with failing_fast():
            path = storage_path(self.path, self.object_storage_conn_id)
            self.lineage.reads(file_dataset(path))
            result = purge_periods(
                path=path,
                before=self.before,
                dry_run=is_true("dry_run", self.is_dry_run),
                on_removed=lambda folder: self.lineage.wrote(file_dataset(folder, is_removed=True)),
            )
        periods = len(result["periods"])
        self.log.info("%d files of %d periods (dry run: %s)", result["files"], periods, result["dry_run"])
        return result
