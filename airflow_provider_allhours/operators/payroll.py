# SPDX-License-Identifier: Apache-2.0
"""Operators for payroll: close a period, write the payroll file, reconcile the register."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from functools import partial
from typing import TYPE_CHECKING, Any

from airflow.sdk import BaseOperator

from airflow_provider_allhours.client.errors import AllHoursParameterError
from airflow_provider_allhours.hooks.allhours import AllHoursHook
from airflow_provider_allhours.operators.absences import is_true
from airflow_provider_allhours.task_utils.fail_fast import failing_fast
from airflow_provider_allhours.task_utils.object_storage import storage_path
from airflow_provider_allhours.task_utils.progress import Progress
from airflow_provider_allhours.task_utils.run_period import company_timezone, period_of

if TYPE_CHECKING:
    from airflow.sdk import Context

    from airflow_provider_allhours.flows.payroll_export import PayrollResult
    from airflow_provider_allhours.flows.period_close import CloseResult
    from airflow_provider_allhours.flows.reconciliation import ReconciliationResult


class AllHoursClosePeriodOperator(BaseOperator):
    """Freezes a period's timesheets, absences and counters as an immutable, checksummed version.

    Run again with the same data, it makes no new version; with changed data the next one, and a delta of ± lines
    against the last version that was released to payroll, each with its reason: corrected day, absence approved
    later, employee added, employee removed. An incomplete period is not frozen.

    Versions are in ``<path>/<first day>_<last day>/v0001``: ``timesheets.jsonl``, ``absences.jsonl``,
    ``counters.jsonl``, ``delta.csv``, ``manifest.json``, and ``release.json`` once a payroll file was published from
    it. They hold personal data.

    Args:
        period: see the export operators.
        path: folder of all periods; any ``ObjectStoragePath`` URL or local path.
        max_changed_share: the largest part of the people (0 to 1) that may differ from the version before; a wrong
            tenant or a broken API would "correct" everybody. One or two people always may.
        timezone: IANA name of the company's time zone; the connection's, then the DAG's, by default.
        object_storage_conn_id: connection of the storage.
        allhours_conn_id: connection of type ``allhours``.

    Returns:
        ``version``, ``changed``, ``delta_path``, ``manifest_path``, ``totals`` and ``period``.
    """

    template_fields: Sequence[str] = (
        "period",
        "path",
        "max_changed_share",
        "timezone",
        "object_storage_conn_id",
        "allhours_conn_id",
    )
    ui_color = "#dcebf3"

    def __init__(
        self,
        *,
        period: str,
        path: str,
        max_changed_share: float | str = 0.2,
        timezone: str | None = None,
        object_storage_conn_id: str | None = None,
        allhours_conn_id: str = AllHoursHook.default_conn_name,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        self.period = period
        self.path = path
        self.max_changed_share = max_changed_share
        self.timezone = timezone
        self.object_storage_conn_id = object_storage_conn_id
        self.allhours_conn_id = allhours_conn_id

    def execute(self, context: Context) -> CloseResult:
        """Read, prove, freeze."""
        from airflow_provider_allhours.flows.period_close import close_period

        with failing_fast():
            hook = AllHoursHook(self.allhours_conn_id)
            timezone = company_timezone(self.timezone, hook.timezone, context)
            with hook.client() as client:
                result = close_period(
                    client,
                    period=period_of(self.period, context, timezone),
                    path=storage_path(self.path, self.object_storage_conn_id),
                    timezone=timezone,
                    max_changed_share=_share(self.max_changed_share),
                    on_progress=Progress(self.log, "employees"),
                )
        news = "is new" if result["changed"] else "still holds"
        self.log.info("Version %d of %s %s", result["version"], result["period"]["from"], news)
        return result


class AllHoursExportPayrollOperator(BaseOperator):
    """Writes a payroll file from closed periods, and records the release.

    Nothing is guessed: missing or doubled employee ids, absences and counters that are neither mapped nor ignored,
    units and characters that the layout lacks block the file, all of them in one ``AllHoursPreflightError``. Minutes
    are whole; they are rounded once, by largest remainder, so that lines add up to their totals. Nothing is released
    twice: run again for the same file it changes nothing, for another file it is refused.

    Args:
        close: return value of :class:`AllHoursClosePeriodOperator`, or the path of its manifest.
        profile: ``generic-csv``, ``datev-lodas``, ``datev-lug``, ``adp-csv``, ``gusto-csv``, the dotted path of a class
            that derives from one of them, or a declaration ``{"base": <name>, <option>: <value>}``.
        mapping: ``{"lines": [{"source" | "absence" | "counter": …, "pay_code": …, "unit": …}], "ignore": {"absences",
            "counters"}}``, or the path of the same as YAML or JSON.
        path: the payroll file.
        delta: pay the ± lines since the last release of this period instead of the whole period.
        corrections: closes of earlier periods; what changed in them since their release joins the file, marked with
            its own period.
        profile_options: options of the profile.
        object_storage_conn_id: connection of the storage.
        allhours_conn_id: not asked for anything: a closed period is paid from its snapshot.

    Returns:
        ``path``, ``manifest_path``, ``lines``, ``employees``, ``totals`` (per pay code: hours, days or
        minutes), ``sha256`` and ``periods``.
    """

    template_fields: Sequence[str] = (
        "close",
        "profile",
        "mapping",
        "path",
        "delta",
        "corrections",
        "profile_options",
        "object_storage_conn_id",
        "allhours_conn_id",
    )
    ui_color = "#dcebf3"

    def __init__(
        self,
        *,
        close: Any,
        profile: Any,
        mapping: Any,
        path: str,
        delta: bool | str = False,
        corrections: Any = None,
        profile_options: Mapping[str, Any] | None = None,
        object_storage_conn_id: str | None = None,
        allhours_conn_id: str = AllHoursHook.default_conn_name,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        self.close = close
        self.profile = profile
        self.mapping = mapping
        self.path = path
        self.delta = delta
        self.corrections = corrections
        self.profile_options = profile_options
        self.object_storage_conn_id = object_storage_conn_id
        self.allhours_conn_id = allhours_conn_id
        self.allhours_conn_id = allhours_conn_id

    def execute(self, context: Context) -> PayrollResult:
        """Check everything, write, record."""
        from airflow_provider_allhours.flows.payroll_export import export_payroll

        place = partial(storage_path, conn_id=self.object_storage_conn_id)
        with failing_fast():
            result = export_payroll(
                close=self.close,
                profile=self.profile,
                mapping=_mapping(self.mapping, place),
                path=place(self.path),
                delta=is_true("delta", self.delta),
                corrections=_closes(self.corrections),
                profile_options=self.profile_options,
                path_of=place,
            )
        self.log.info("Released %d lines of %d employees: %s", result["lines"], result["employees"], result["totals"])
        return result


class AllHoursReconcilePayrollOperator(BaseOperator):
    """Holds the payroll file against the register that payroll sends back.

    Args:
        ours: the payroll file (``generic-csv``).
        register: CSV; comma, semicolon or tab, decimal point or comma.
        path: where every line with its verdict goes, as CSV.
        columns: the register's names -> ``employee_id``, ``pay_code``, ``quantity``.
        tolerance: largest difference that is none.
        on_difference: ``fail`` (after the file is written) or ``warn``.
        object_storage_conn_id: connection of the storage.
        allhours_conn_id: not asked for anything; both sides are files.

    Returns:
        ``matching``, ``missing`` (ours only), ``ghost`` (register only), ``differing`` and ``path``.
    """

    template_fields: Sequence[str] = (
        "ours",
        "register",
        "path",
        "columns",
        "tolerance",
        "on_difference",
        "object_storage_conn_id",
        "allhours_conn_id",
    )
    ui_color = "#dcebf3"

    def __init__(
        self,
        *,
        ours: str,
        register: str,
        path: str | None = None,
        columns: Mapping[str, str] | None = None,
        tolerance: float | str = 0,
        on_difference: str = "fail",
        object_storage_conn_id: str | None = None,
        allhours_conn_id: str = AllHoursHook.default_conn_name,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        self.ours = ours
        self.register = register
        self.path = path
        self.columns = columns
        self.tolerance = tolerance
        self.on_difference = on_difference
        self.object_storage_conn_id = object_storage_conn_id
        self.allhours_conn_id = allhours_conn_id
        self.allhours_conn_id = allhours_conn_id

    def execute(self, context: Context) -> ReconciliationResult:
        """Compare, write the lines, tell the counts."""
        from airflow_provider_allhours.flows.reconciliation import reconcile

        storage = self.object_storage_conn_id
        with failing_fast():
            result = reconcile(
                ours=storage_path(self.ours, storage, parameter="ours"),
                register=storage_path(self.register, storage, parameter="register"),
                path=storage_path(self.path, storage) if self.path else None,
                columns=self.columns,
                tolerance=self.tolerance,
                on_difference=self.on_difference,
            )
        log = self.log.info if result["missing"] == result["ghost"] == result["differing"] == 0 else self.log.warning
        log(
            "Register: %d matching, %d missing, %d ghost, %d differing",
            result["matching"],
            result["missing"],
            result["ghost"],
            result["differing"],
        )
        return result


def _mapping(said: Any, place: Any) -> Any:
    """The mapping itself, read from its file where a path is given."""
    if not isinstance(said, str):
        return said
    import yaml

    file = place(said, parameter="mapping")
    if not file.fs.exists(file.path):
        raise AllHoursParameterError(f"parameter 'mapping': there is no file {said}")
    try:
        # YAML reads JSON too.
        return yaml.safe_load(file.fs.cat_file(file.path))
    except yaml.YAMLError:
        raise AllHoursParameterError(f"parameter 'mapping': {said} is neither YAML nor JSON") from None


def _closes(said: Any) -> list[Any]:
    """Closes as a list: one, several, or the lazy results of a mapped task."""
    if said is None or said == "":
        return []
    if isinstance(said, str | Mapping):
        return [said]
    if isinstance(said, Iterable):
        return list(said)
    raise AllHoursParameterError("parameter 'corrections' takes return values of AllHoursClosePeriodOperator")


def _share(said: float | str) -> float:
    try:
        return float(said)
    except (TypeError, ValueError):
        raise AllHoursParameterError(f"parameter 'max_changed_share' is {said!r}; it takes 0 to 1") from None
