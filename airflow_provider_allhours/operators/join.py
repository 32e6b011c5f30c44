# SPDX-License-Identifier: Apache-2.0
"""Join the files of mapped shards."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial
from typing import TYPE_CHECKING, Any

from airflow.sdk import BaseOperator

from airflow_provider_allhours.hooks.allhours import AllHoursHook
from airflow_provider_allhours.links import AllHoursFileLink, AllHoursManifestLink
from airflow_provider_allhours.task_utils.coerce import list_of
from airflow_provider_allhours.task_utils.fail_fast import failing_fast
from airflow_provider_allhours.task_utils.lineage import (
    ReportsLineage,
    described_file,
    export_file,
    file_dataset,
)
from airflow_provider_allhours.task_utils.linked_files import LinksFiles, manifest_beside
from airflow_provider_allhours.task_utils.object_storage import storage_path
from airflow_provider_allhours.task_utils.outlets import describe_export

if TYPE_CHECKING:
    from airflow.sdk import Context

    from airflow_provider_allhours.flows.exports import ExportResult


class AllHoursJoinExportsOperator(LinksFiles, ReportsLineage, BaseOperator):
    """Join the files of all shards of an export into the file that one task would have written, byte for byte.

    The shards have to be all there, each once, of one period, contract and provider version, read within a day, and of
    the same people; a shard that is missing, there twice, stale or changed is named, and nothing is written. The files
    need the columns ``employee_id`` and ``user_id``, by which rows are ordered; formats are CSV, JSON Lines and
    Parquet.

    Args:
        manifests: return values of the mapped exports, or paths of their manifests, in any order.
        path: joined file to write, in the format of the shards.
        object_storage_conn_id: Airflow connection of the storage; the URL's own by default.
        allhours_conn_id: not used: only files are read.
        kwargs: parameters of Airflow's ``BaseOperator``.

    Returns:
        The manifest of the joined file without its schema (XCom), as an export returns it.

    Raises:
        AllHoursConflictError: the shards do not make up one export; names the shard.
        AllHoursParameterError: a parameter is wrong; fails the task at once.
    """

    template_fields: Sequence[str] = ("manifests", "path", "object_storage_conn_id", "allhours_conn_id")
    operator_extra_links = (AllHoursFileLink(), AllHoursManifestLink())
    ui_color = "#e3f1ea"

    def __init__(
        self,
        *,
        manifests: Sequence[Mapping[str, Any] | str],
        path: str,
        object_storage_conn_id: str | None = None,
        allhours_conn_id: str = AllHoursHook.default_conn_name,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        self.manifests = manifests
        self.path = path
        self.object_storage_conn_id = object_storage_conn_id
        self.allhours_conn_id = allhours_conn_id

    def execute(self, context: Context) -> ExportResult:
        """Publish the joined file and describe it in the asset events of the outlets."""
        from airflow_provider_allhours.flows.export_join import publish_joined
        from airflow_provider_allhours.flows.exports import result_of

        path_of = partial(storage_path, conn_id=self.object_storage_conn_id, parameter="manifests")
        with failing_fast():
            path = storage_path(self.path, self.object_storage_conn_id)
            self.lineage.intends(file_dataset(path))
            shards = list_of("manifests", self.manifests)
            manifest = publish_joined(manifests=shards, path=path, path_of=path_of)
        self.lineage.reads(*(described_file(shard, path_of) for shard in shards))
        self.lineage.wrote(export_file(path, manifest))
        self.link(file=path, manifest=manifest_beside(path))
        self.log.info("Joined %d rows of %d employees", manifest["rows"], manifest["employees"])
        result = result_of(manifest)
        describe_export(context, self.outlets, result)
        return result
