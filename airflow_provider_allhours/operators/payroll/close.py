# SPDX-License-Identifier: Apache-2.0
"""Close a pay period."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, Literal

from airflow.sdk import BaseOperator

from airflow_provider_allhours.hooks.allhours import AllHoursHook
from airflow_provider_allhours.links import AllHoursManifestLink
from airflow_provider_allhours.task_utils.coerce import employees_of, is_true, share
from airflow_provider_allhours.task_utils.fail_fast import failing_fast
from airflow_provider_allhours.task_utils.lineage import ReportsLineage, account_dataset, file_dataset
from airflow_provider_allhours.task_utils.linked_files import LinksFiles
from airflow_provider_allhours.task_utils.object_storage import storage_path
from airflow_provider_allhours.task_utils.outlets import describe_in_outlets
from airflow_provider_allhours.task_utils.progress import Progress
from airflow_provider_allhours.task_utils.run_period import company_timezone, period_of
from airflow_provider_allhours.task_utils.stopping import StopsWithTask

if TYPE_CHECKING:
    from airflow.sdk import Context

    from airflow_provider_allhours.flows.period_close import CloseResult
    from airflow_provider_allhours.flows.versions import FrozenVersion

FROZEN = ("users", "timesheets", "absences", "counters")
"""What a close reads of the account, by the names of the exports."""


class AllHoursClosePeriodOperator(LinksFiles, ReportsLineage, StopsWithTask, BaseOperator):
    """Freeze a period's timesheets, absences and counters as an immutable, checksummed version.

    A version is what the account held at one moment: users and absences are read before and after the days, and whoever
    changed in between is read again.

    The same data makes no new version; changed data makes the next one, with a delta of ± lines against the last
    version that was released to payroll, each with its reason: corrected day, absence approved later, new day, employee
    added, employee removed, employee changed (another number or custom field). An incomplete period is not frozen. Of
    two closes at once one makes the version, and both return it.

    Versions are in ``<path>/<first day>_<last day>/v0001``: ``people.jsonl``, ``timesheets.jsonl``, ``absences.jsonl``,
    ``counters.jsonl``, ``delta.csv`` and ``manifest.json``. What was paid stands in ``<path>/registry``, and not in the
    version. In an object store the names have a token before their suffix. They hold personal data, but no e-mail
    address and no comment.

    Args:
        period: days to close, in the forms of the export operators.
        path: folder of all periods, the same in each run: what is paid below it is known to every period. A local path,
            or a URL that Airflow's ``ObjectStoragePath`` takes.
        provisional: freeze a period that is not over, which is refused otherwise. Days that are not past need not be
            valid, and the next close takes them as new, not as corrected.
        max_changed_share: the largest share of the people (0 to 1) that may differ from the last released version (the
            last version, before the first release); a wrong tenant or a broken API would "correct" everybody. One or
            two people always may.
        on_invalid: ``fail`` freezes nothing when All Hours does not call the calculation of a day valid; ``warn``
            freezes such days.
        employees: only these employees: a list of employee ids (compared as texts, leading zeros included), or a custom
            field with its values, ``{"custom_field3": ["hourly"]}``. Versions of the same employees are compared with
            each other.
        timezone: IANA name of the company's time zone; by default the connection's, then the DAG's.
        object_storage_conn_id: Airflow connection of the storage; the URL's own by default.
        allhours_conn_id: Airflow connection of type ``allhours``.
        kwargs: parameters of Airflow's ``BaseOperator``.

    Returns:
        ``version``, ``changed``, ``delta_path``, ``manifest_path``, ``totals`` (minutes by column), ``period``,
        ``provisional`` (whether the period was not over) and ``employees`` (number of people).

    Raises:
        AllHoursConflictError: more people changed than ``max_changed_share`` allows, a frozen file was changed, or
            another close read the account later; nothing was frozen.
        AllHoursIncompleteError: an employee-day is missing, contradictory or not valid, or shows other absences than
            the list of absences, or the account kept changing while it was read; nothing was frozen.
        AllHoursParameterError: a parameter is wrong, or the period is not over; fails the task at once.
    """

    template_fields: Sequence[str] = (
        "period",
        "path",
        "provisional",
        "max_changed_share",
        "on_invalid",
        "employees",
        "timezone",
        "object_storage_conn_id",
        "allhours_conn_id",
    )
    operator_extra_links = (AllHoursManifestLink(),)
    ui_color = "#dcebf3"

    def __init__(
        self,
        *,
        period: str,
        path: str,
        provisional: bool | str = False,
        max_changed_share: float | str = 0.2,
        on_invalid: Literal["fail", "warn"] = "fail",
        employees: Sequence[str] | Mapping[str, Sequence[str]] | None = None,
        timezone: str | None = None,
        object_storage_conn_id: str | None = None,
        allhours_conn_id: str = AllHoursHook.default_conn_name,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        self.period = period
        self.path = path
        self.provisional = provisional
        self.max_changed_share = max_changed_share
        self.on_invalid = on_invalid
        self.employees = employees
        self.timezone = timezone
        self.object_storage_conn_id = object_storage_conn_id
        self.allhours_conn_id = allhours_conn_id

    def execute(self, context: Context) -> CloseResult:
        """Freeze the period and return its version."""
        from airflow_provider_allhours.flows.period_close import close_period
        from airflow_provider_allhours.flows.versions import PeriodVersions

        with failing_fast():
            hook = AllHoursHook(self.allhours_conn_id)
            timezone = company_timezone(self.timezone, hook.timezone, context)
            period = period_of(self.period, context, timezone)
            path = storage_path(self.path, self.object_storage_conn_id)
            versions = PeriodVersions.of(path, period)
            self.lineage.intends(file_dataset(versions.folder))
            with self.running(hook.client()) as client:
                self.lineage.reads(*(account_dataset(client.host, name) for name in FROZEN))
                result = close_period(
                    client,
                    period=period,
                    path=path,
                    timezone=timezone,
                    provisional=is_true("provisional", self.provisional),
                    max_changed_share=share("max_changed_share", self.max_changed_share),
                    on_invalid=self.on_invalid,
                    employees=employees_of(self.employees),
                    on_progress=Progress(self.log, "employees"),
                )
            version = versions.open(result["version"])
        self._describe(context, version)
        self.log.info("Version %d (changed: %s): %s", result["version"], result["changed"], result["manifest_path"])
        return result

    def _describe(self, context: Context, version: FrozenVersion) -> None:
        """Describe the version for lineage, and in the asset events of the outlets."""
        from airflow_provider_allhours.flows.version_parts import TIMESHEETS
        from airflow_provider_allhours.flows.versions import MANIFEST

        manifest, folder = version.manifest, version.versions.path(version.number, MANIFEST).parent
        rows = manifest["files"][TIMESHEETS]["rows"]
        facts = {name: manifest[name] for name in ("period", "timezone", "version", "provisional")}
        size = sum(file["bytes"] for file in manifest["files"].values())
        self.lineage.wrote(file_dataset(folder, rows=rows, size=size, sha256=version.manifest_sha256, facts=facts))
        self.link(manifest=folder / MANIFEST)
        describe_in_outlets(
            context,
            self.outlets,
            path=str(folder / MANIFEST),
            rows=rows,
            sha256=version.manifest_sha256,
            period=manifest["period"],
            version=manifest["version"],
            provisional=manifest["provisional"],
        )
