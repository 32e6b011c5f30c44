# SPDX-License-Identifier: Apache-2.0
"""Void a release that payroll never imported."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial
from typing import TYPE_CHECKING, Any, Literal

from airflow.sdk import BaseOperator

from airflow_provider_allhours.hooks.allhours import AllHoursHook
from airflow_provider_allhours.task_utils.approval import person
from airflow_provider_allhours.task_utils.fail_fast import failing_fast
from airflow_provider_allhours.task_utils.lineage import ReportsLineage, described_file, file_dataset
from airflow_provider_allhours.task_utils.object_storage import storage_path

if TYPE_CHECKING:
    from airflow.sdk import Context

    from airflow_provider_allhours.flows.release_void import VoidResult


class AllHoursVoidReleaseOperator(ReportsLineage, BaseOperator):
    """Record that a payroll file was never imported: its release does not count, and its days can be paid again.

    The record is appended to the registry below the close's ``path``; nothing is rewritten. What later corrections
    printed stays counted. Run again it changes nothing.

    Args:
        release: manifest of the payroll file, ``manifest_path`` of :class:`AllHoursExportPayrollOperator`.
        reason: why, in words; kept with the release.
        approved_by: who approved it, or ``responded_by_user`` of Airflow's approval.
        on_file: ``keep`` leaves the payroll file where it is, ``remove`` removes it with its manifest and its copies.
        object_storage_conn_id: Airflow connection of the storage; the URL's own by default.
        allhours_conn_id: not used: everything is read from the closed periods.
        kwargs: parameters of Airflow's ``BaseOperator``.

    Returns:
        ``release`` (its number in the registry), ``periods``, ``changed`` (whether it counted before) and ``removed``
        (paths of removed files).

    Raises:
        AllHoursConflictError: a register has confirmed the file; nothing was written.
        AllHoursParameterError: not the manifest of a released payroll file, or no reason; fails the task at once.
    """

    template_fields: Sequence[str] = (
        "release",
        "reason",
        "approved_by",
        "on_file",
        "object_storage_conn_id",
        "allhours_conn_id",
    )
    ui_color = "#dcebf3"

    def __init__(
        self,
        *,
        release: str,
        reason: str,
        approved_by: str | Mapping[str, Any] | None = None,
        on_file: Literal["keep", "remove"] = "keep",
        object_storage_conn_id: str | None = None,
        allhours_conn_id: str = AllHoursHook.default_conn_name,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        self.release = release
        self.reason = reason
        self.approved_by = approved_by
        self.on_file = on_file
        self.object_storage_conn_id = object_storage_conn_id
        self.allhours_conn_id = allhours_conn_id

    def execute(self, context: Context) -> VoidResult:
        """Record that the release does not count."""
        from airflow_provider_allhours.flows.release_void import void_release

        place = partial(storage_path, conn_id=self.object_storage_conn_id, parameter="release")
        with failing_fast():
            self.lineage.reads(described_file(self.release, place))
            result = void_release(
                release=place(self.release),
                reason=self.reason,
                approved_by=person("approved_by", self.approved_by),
                on_file=self.on_file,
                path_of=place,
            )
        self.lineage.wrote(*(file_dataset(place(path), is_removed=True) for path in result["removed"]))
        self.log.info("Release %d is void (changed: %s)", result["release"], result["changed"])
        return result
