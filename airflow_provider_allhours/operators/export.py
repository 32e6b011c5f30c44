# SPDX-License-Identifier: Apache-2.0
"""What every export operator does."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, ClassVar

from airflow.sdk import BaseOperator

from airflow_provider_allhours.client.errors import AllHoursParameterError
from airflow_provider_allhours.hooks.allhours import AllHoursHook
from airflow_provider_allhours.task_utils.fail_fast import failing_fast
from airflow_provider_allhours.task_utils.object_storage import storage_path
from airflow_provider_allhours.task_utils.progress import Progress
from airflow_provider_allhours.task_utils.run_period import company_timezone, period_of

if TYPE_CHECKING:
    from airflow.sdk import Context

    from airflow_provider_allhours.attendance.roster import Shard
    from airflow_provider_allhours.flows.exports import ExportResult


class AllHoursExportOperator(BaseOperator):
    """Exports one dataset to one proven file; the base of the operators of each noun.

    The file and its ``<path>.manifest.json`` appear whole and together, or not at all; a failed run leaves an earlier
    file as it was. The same data gives the same bytes. The return value (XCom) is the manifest without its schema:
    counts, checksums and totals, never rows or names. Every asset in ``outlets`` gets ``rows``, ``sha256`` and
    ``period`` as event extra.

    Args:
        period: company-local days: ``2026-10``, ``2026-W41``, ``2026-10-05``, ``2026-10-01/2026-10-15``,
            ``previous-month``, ``previous-week``, ``previous-day``, ``current-month``, ``current-week`` or
            ``current-day``, counted from the run's logical date in the company's time zone.
        path: a local path or any URL that Airflow's ``ObjectStoragePath`` takes.
        allhours_conn_id: connection of type ``allhours``.
        object_storage_conn_id: connection of the storage.
        file_format: ``csv``, ``jsonl`` or ``parquet``; by default from the suffix, ``.gz`` after csv or jsonl.
        columns: columns in the order wanted, or new name -> column; all by default.
        privacy: column -> ``keep``, ``drop`` or ``hash`` (keyed by the connection's client secret).
        timezone: IANA name of the company's time zone; the connection's, then the DAG's, by default.
        max_concurrency: requests in flight; the connection's by default.
        on_incomplete: ``fail`` publishes nothing when an employee-day is missing or contradictory; ``warn`` publishes
            and lists the first of them in the manifest.

    Raises:
        AllHoursIncompleteError: not every employee-day that is due came, with ``on_incomplete="fail"``.
        AllHoursParameterError: a parameter that cannot work; fails the task at once, as refused credentials do.
    """

    dataset: ClassVar[str]

    template_fields: Sequence[str] = (
        "period",
        "path",
        "allhours_conn_id",
        "object_storage_conn_id",
        "file_format",
        "columns",
        "privacy",
        "timezone",
        "max_concurrency",
        "on_incomplete",
    )
    ui_color = "#e3f1ea"

    def __init__(
        self,
        *,
        path: str,
        period: str | None = None,
        allhours_conn_id: str = AllHoursHook.default_conn_name,
        object_storage_conn_id: str | None = None,
        file_format: str | None = None,
        columns: Sequence[str] | Mapping[str, str] | None = None,
        privacy: Mapping[str, str] | None = None,
        timezone: str | None = None,
        max_concurrency: int | str | None = None,
        on_incomplete: str = "fail",
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        self.period = period
        self.path = path
        self.allhours_conn_id = allhours_conn_id
        self.object_storage_conn_id = object_storage_conn_id
        self.file_format = file_format
        self.columns = columns
        self.privacy = privacy
        self.timezone = timezone
        self.max_concurrency = max_concurrency
        self.on_incomplete = on_incomplete

    def execute(self, context: Context) -> ExportResult:
        """Read the dataset, prove that it is whole, publish it, and tell the outlets."""
        from airflow_provider_allhours.flows.exports import ExportRequest, export_dataset

        with failing_fast():
            hook = AllHoursHook(self.allhours_conn_id)
            timezone = company_timezone(self.timezone, hook.timezone, context)
            request = ExportRequest(
                dataset=self.dataset,
                path=storage_path(self.path, self.object_storage_conn_id),
                period=None if self.period is None else period_of(self.period, context, timezone),
                timezone=timezone,
                file_format=self.file_format,
                columns=self.columns,
                privacy=self.privacy,
                on_incomplete=self.on_incomplete,
                shard=self._shard(),
            )
            with hook.client(max_concurrency=whole_number("max_concurrency", self.max_concurrency)) as client:
                manifest = export_dataset(client, request, on_progress=Progress(self.log, "employees"))
        self._report(manifest)
        self._tell_outlets(context, manifest)
        return manifest

    def _shard(self) -> Shard | None:
        """The part of the employees to export; everybody unless an operator says otherwise."""
        return None

    def _report(self, manifest: ExportResult) -> None:
        missing = (manifest["coverage"]["expected"] or 0) - manifest["coverage"]["received"]
        self.log.info(
            "Published %d rows of %d employees (%d bytes, sha256 %s) after %d requests",
            manifest["rows"],
            manifest["employees"],
            manifest["bytes"],
            manifest["sha256"],
            manifest["requests"],
        )
        if missing > 0:
            self.log.warning("%d employee-days are missing or contradictory; see the manifest", missing)

    def _tell_outlets(self, context: Context, manifest: ExportResult) -> None:
        events = context.get("outlet_events")
        if events is None:
            return
        published: dict[str, Any] = {
            "rows": manifest["rows"],
            "sha256": manifest["sha256"],
            "period": manifest["period"],
        }
        for outlet in self.outlets or ():
            events[outlet].extra = published


def whole_number(name: str, value: int | str | None) -> int | None:
    """A number that may have come out of a template as text."""
    if value is None or value == "":
        return None
    try:
        return int(value)
    except (TypeError, ValueError):
        raise AllHoursParameterError(f"parameter '{name}' is {value!r}; it takes a whole number above 0") from None
