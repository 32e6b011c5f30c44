# SPDX-License-Identifier: Apache-2.0
"""Base classes of the export operators: read one dataset, publish it as one file with a manifest."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, ClassVar, Literal

from airflow.sdk import BaseOperator

from airflow_provider_allhours.hooks.allhours import AllHoursHook
from airflow_provider_allhours.links import AllHoursFileLink, AllHoursManifestLink
from airflow_provider_allhours.task_utils.coerce import employees_of, json_object, optional_whole_number
from airflow_provider_allhours.task_utils.fail_fast import failing_fast
from airflow_provider_allhours.task_utils.given import KnowsWhatIsGiven
from airflow_provider_allhours.task_utils.lineage import (
    ReportsLineage,
    account_dataset,
    export_file,
    file_dataset,
)
from airflow_provider_allhours.task_utils.linked_files import LinksFiles, manifest_beside
from airflow_provider_allhours.task_utils.object_storage import storage_path
from airflow_provider_allhours.task_utils.outlets import describe_export
from airflow_provider_allhours.task_utils.progress import Progress
from airflow_provider_allhours.task_utils.pseudonym_key import pseudonym_key
from airflow_provider_allhours.task_utils.run_period import company_timezone, period_of
from airflow_provider_allhours.task_utils.stopping import StopsWithTask

if TYPE_CHECKING:
    from airflow.sdk import Context

    from airflow_provider_allhours.flows.exports import ExportResult
    from airflow_provider_allhours.periods import Period


class AllHoursExportOperator(KnowsWhatIsGiven, LinksFiles, ReportsLineage, StopsWithTask, BaseOperator):
    """Export a dataset that has no period; base of every export operator, which describe their own parameters.

    Every asset in ``outlets`` gets ``rows``, ``sha256`` and ``period`` as extra of its event. ``on_invalid``,
    ``proof`` and ``shard`` are parameters of the operators whose datasets have such days, such a proof or such parts.
    """

    dataset: ClassVar[str]
    on_invalid: str = "warn"
    proof: str = "none"
    shard: str | None = None

    template_fields: Sequence[str] = (
        "path",
        "allhours_conn_id",
        "object_storage_conn_id",
        "file_format",
        "csv_options",
        "columns",
        "privacy",
        "pseudonym_conn_id",
        "timezone",
        "max_concurrency",
        "on_incomplete",
        "employees",
    )
    operator_extra_links = (AllHoursFileLink(), AllHoursManifestLink())
    ui_color = "#e3f1ea"

    def __init__(
        self,
        *,
        path: str,
        allhours_conn_id: str = AllHoursHook.default_conn_name,
        object_storage_conn_id: str | None = None,
        file_format: Literal["csv", "jsonl", "parquet", "xlsx"] | None = None,
        csv_options: Mapping[str, Any] | None = None,
        columns: Sequence[str] | Mapping[str, str] | None = None,
        privacy: Mapping[str, Literal["keep", "drop", "hash"]] | None = None,
        pseudonym_conn_id: str | None = None,
        timezone: str | None = None,
        max_concurrency: int | str | None = None,
        on_incomplete: Literal["fail", "warn"] = "fail",
        employees: Sequence[str] | Mapping[str, Sequence[str]] | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        self.path = path
        self.allhours_conn_id = allhours_conn_id
        self.object_storage_conn_id = object_storage_conn_id
        self.file_format = file_format
        self.csv_options = csv_options
        self.columns = columns
        self.privacy = privacy
        self.pseudonym_conn_id = pseudonym_conn_id
        self.timezone = timezone
        self.max_concurrency = max_concurrency
        self.on_incomplete = on_incomplete
        self.employees = employees
        self.note_given(privacy=privacy, pseudonym_conn_id=pseudonym_conn_id, employees=employees)

    def execute(self, context: Context) -> ExportResult:
        """Publish the dataset and describe the file in the asset events of the outlets."""
        from airflow_provider_allhours.attendance.roster import Shard
        from airflow_provider_allhours.flows.exports import ExportRequest, publish_dataset, result_of

        with failing_fast():
            self.refuse_blank()
            hook = AllHoursHook(self.allhours_conn_id)
            timezone = company_timezone(self.timezone, hook.timezone, context)
            period = self._period(context, timezone)
            path = self.path if period is None else period.fill(str(self.path))
            request = ExportRequest(
                dataset=self.dataset,
                path=storage_path(path, self.object_storage_conn_id),
                period=period,
                timezone=timezone,
                file_format=self.file_format,
                csv_options=self.csv_options,
                columns=self.columns,
                privacy=json_object("privacy", self.privacy),
                pseudonym_key=pseudonym_key(self.pseudonym_conn_id),
                on_incomplete=self.on_incomplete,
                employees=employees_of(self.employees),
                on_invalid=self.on_invalid,
                proof=self.proof,
                shard=Shard.of(self.shard),
            )
            self.lineage.intends(file_dataset(request.path))
            concurrency = optional_whole_number("max_concurrency", self.max_concurrency, minimum=1)
            with self.running(hook.client(max_concurrency=concurrency)) as client:
                self.lineage.reads(account_dataset(client.host, self.dataset))
                manifest = publish_dataset(client, request, on_progress=Progress(self.log, "employees"))
        self.lineage.wrote(export_file(request.path, manifest))
        self.link(file=request.path, manifest=manifest_beside(request.path))
        result = result_of(manifest)
        self._log_result(result)
        describe_export(context, self.outlets, result)
        return result

    def _period(self, context: Context, timezone: str) -> Period | None:
        """The days to export; None for a dataset without a period."""
        return None

    def _log_result(self, manifest: ExportResult) -> None:
        self.log.info(
            "Published %d rows of %d employees (%d bytes, sha256 %s) after %d requests",
            manifest["rows"],
            manifest["employees"],
            manifest["bytes"],
            manifest["sha256"],
            manifest["requests"],
        )
        missing = (manifest["coverage"]["expected"] or 0) - manifest["coverage"]["received"]
        if missing > 0:
            self.log.warning("%d employee-days are missing or contradictory; see the manifest", missing)


class AllHoursPeriodExportOperator(AllHoursExportOperator):
    """Export a dataset of a period; base of the export operators that take ``period``."""

    template_fields: Sequence[str] = ("period", *AllHoursExportOperator.template_fields)

    def __init__(self, *, period: str, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.period = period

    def _period(self, context: Context, timezone: str) -> Period:
        """The days that ``period`` means in this DAG run."""
        return period_of(self.period, context, timezone)
