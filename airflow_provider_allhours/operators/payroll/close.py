# SPDX-License-Identifier: Apache-2.0
"""Close a pay period."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial
from typing import TYPE_CHECKING, Any, Literal, TypedDict

from airflow.sdk import BaseOperator

from airflow_provider_allhours.client.errors import AllHoursParameterError
from airflow_provider_allhours.hooks.allhours import AllHoursHook
from airflow_provider_allhours.links import AllHoursManifestLink
from airflow_provider_allhours.task_utils.coerce import employees_of, is_true, list_of, share
from airflow_provider_allhours.task_utils.fail_fast import failing_fast
from airflow_provider_allhours.task_utils.given import KnowsWhatIsGiven
from airflow_provider_allhours.task_utils.lineage import ReportsLineage, account_dataset, file_dataset
from airflow_provider_allhours.task_utils.linked_files import LinksFiles
from airflow_provider_allhours.task_utils.object_storage import storage_path
from airflow_provider_allhours.task_utils.outlets import describe_in_outlets
from airflow_provider_allhours.task_utils.progress import Progress
from airflow_provider_allhours.task_utils.run_period import company_timezone, period_of
from airflow_provider_allhours.task_utils.stopping import StopsWithTask

if TYPE_CHECKING:
    from airflow.sdk import Context

    from airflow_provider_allhours.attendance.roster import Shard
    from airflow_provider_allhours.files.staging import AnyPath
    from airflow_provider_allhours.flows.period_shards import ShardResult
    from airflow_provider_allhours.flows.version_freeze import CloseResult
    from airflow_provider_allhours.flows.versions import FrozenVersion
    from airflow_provider_allhours.periods import Period

FROZEN = ("users", "timesheets", "absences", "counters")
"""What a close reads of the account, by the names of the exports."""


class _Close(TypedDict):
    """What every part of a close takes."""

    period: Period
    path: AnyPath
    timezone: str
    provisional: bool
    on_invalid: str
    employees: Any


class AllHoursClosePeriodOperator(KnowsWhatIsGiven, LinksFiles, ReportsLineage, StopsWithTask, BaseOperator):
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

    A large company is closed by several tasks: mapped tasks with a ``shard`` each read a part of the employees and make
    no version, and one task takes their results as ``parts`` and makes the version that one task would have made.

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
        shard: read only a part of the employees, such as ``2/8``, the second of eight, for a close with ``parts``.
        parts: return values of the tasks with a ``shard`` (or paths of their manifests), one of each, with the same
            period, employees, time zone and ``on_invalid``; the account is not asked. The shards are removed when the
            version is there.
        timezone: IANA name of the company's time zone; by default the connection's, then the DAG's.
        object_storage_conn_id: Airflow connection of the storage; the URL's own by default.
        allhours_conn_id: Airflow connection of type ``allhours``.
        kwargs: parameters of Airflow's ``BaseOperator``.

    Returns:
        ``version``, ``changed``, ``delta_path``, ``manifest_path``, ``totals`` (minutes by column), ``period``,
        ``provisional`` (whether the period was not over) and ``employees`` (number of people). With ``shard``:
        ``shard``, ``manifest_path``, ``sha256``, ``totals``, ``period`` and ``employees``.

    Raises:
        AllHoursConflictError: more people changed than ``max_changed_share`` allows, a frozen file was changed, or
            another close read the account later; or the ``parts`` lack a shard, have one twice, or are of different
            people, parameters or days. Nothing was frozen.
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
        "shard",
        "parts",
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
        shard: str | None = None,
        parts: Sequence[Mapping[str, Any] | str] | None = None,
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
        self.shard = shard
        self.parts = parts
        self.timezone = timezone
        self.object_storage_conn_id = object_storage_conn_id
        self.allhours_conn_id = allhours_conn_id
        self.note_given(employees=employees, shard=shard)

    def execute(self, context: Context) -> CloseResult | ShardResult:
        """Freeze the period and return its version; with ``shard`` read a part of it."""
        from airflow_provider_allhours.attendance.roster import Shard
        from airflow_provider_allhours.flows.versions import PeriodVersions

        with failing_fast():
            self.refuse_blank()
            hook = AllHoursHook(self.allhours_conn_id)
            timezone = company_timezone(self.timezone, hook.timezone, context)
            shard, parts = Shard.of(self.shard), self._parts()
            close: _Close = {
                "period": period_of(self.period, context, timezone),
                "path": storage_path(self.path, self.object_storage_conn_id),
                "timezone": timezone,
                "provisional": is_true("provisional", self.provisional),
                "on_invalid": self.on_invalid,
                "employees": employees_of(self.employees),
            }
            versions = PeriodVersions.of(close["path"], close["period"])
            self.lineage.intends(file_dataset(versions.folder))
            if shard is not None:
                return self._read_shard(hook, shard, close)
            result = self._close(hook, close) if parts is None else self._join(parts, close)
            version = versions.open(result["version"])
        self._describe(context, version)
        self.log.info("Version %d (changed: %s): %s", result["version"], result["changed"], result["manifest_path"])
        return result

    def _parts(self) -> list[Any] | None:
        if self.parts is None:
            return None
        if self.shard:
            raise AllHoursParameterError(
                f"parameter 'shard' is {self.shard!r} beside 'parts'; a task reads a shard, or joins all of them"
            )
        return list_of("parts", self.parts)

    def _close(self, hook: AllHoursHook, close: _Close) -> CloseResult:
        from airflow_provider_allhours.flows.period_close import close_period

        with self.running(hook.client()) as client:
            self.lineage.reads(*(account_dataset(client.host, name) for name in FROZEN))
            return close_period(
                client,
                **close,
                max_changed_share=share("max_changed_share", self.max_changed_share),
                on_progress=Progress(self.log, "employees"),
            )

    def _read_shard(self, hook: AllHoursHook, shard: Shard, close: _Close) -> ShardResult:
        from airflow_provider_allhours.flows.sharded_close import close_shard

        with self.running(hook.client()) as client:
            self.lineage.reads(*(account_dataset(client.host, name) for name in FROZEN))
            result = close_shard(client, shard=shard, **close, on_progress=Progress(self.log, "employees"))
        self.log.info("Shard %s with %d employees: %s", result["shard"], result["employees"], result["manifest_path"])
        return result

    def _join(self, parts: list[Any], close: _Close) -> CloseResult:
        from airflow_provider_allhours.flows.sharded_close import close_from_shards

        return close_from_shards(
            parts=parts,
            **close,
            max_changed_share=share("max_changed_share", self.max_changed_share),
            path_of=partial(storage_path, conn_id=self.object_storage_conn_id, parameter="parts"),
        )

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
