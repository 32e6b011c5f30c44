# SPDX-License-Identifier: Apache-2.0
"""Close a pay period, write the payroll file, reconcile the register."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from functools import partial
from typing import TYPE_CHECKING, Any, Literal

from airflow.sdk import BaseOperator

from airflow_provider_allhours.hooks.allhours import AllHoursHook
from airflow_provider_allhours.task_utils.coerce import (
    employees_of,
    is_blank,
    is_true,
    json_object,
    list_of,
    share,
)
from airflow_provider_allhours.task_utils.fail_fast import failing_fast
from airflow_provider_allhours.task_utils.object_storage import optional_storage_path, storage_path
from airflow_provider_allhours.task_utils.payroll_mapping import payroll_mapping
from airflow_provider_allhours.task_utils.progress import Progress
from airflow_provider_allhours.task_utils.result_log import counts_in
from airflow_provider_allhours.task_utils.run_period import company_timezone, period_of
from airflow_provider_allhours.task_utils.stopping import StopsWithTask

if TYPE_CHECKING:
    from airflow.sdk import Context

    from airflow_provider_allhours.flows.payroll_export import PayrollResult
    from airflow_provider_allhours.flows.period_close import CloseResult
    from airflow_provider_allhours.flows.reconciliation import ReconciliationResult


class AllHoursClosePeriodOperator(StopsWithTask, BaseOperator):
    """Freeze a period's timesheets, absences and counters as an immutable, checksummed version.

    A version is what the account held at one moment: users and absences are read before and after the days, and whoever
    changed in between is read again.

    The same data makes no new version; changed data makes the next one, with a delta of ± lines against the last
    version that was released to payroll, each with its reason: corrected day, absence approved later, new day, employee
    added, employee removed, employee changed (another number or custom field). An incomplete period is not frozen. Of
    two closes at once one makes the version, and both return it.

    Versions are in ``<path>/<first day>_<last day>/v0001``: ``people.jsonl``, ``timesheets.jsonl``, ``absences.jsonl``,
    ``counters.jsonl``, ``delta.csv``, ``manifest.json``, and ``release.json`` once a payroll file was published from
    it. In an object store the names have a token before their suffix. They hold personal data, but no e-mail address
    and no comment.

    Args:
        period: days to close, in the forms of the export operators.
        path: folder of all periods: a local path, or a URL that Airflow's ``ObjectStoragePath`` takes.
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

        with failing_fast():
            hook = AllHoursHook(self.allhours_conn_id)
            timezone = company_timezone(self.timezone, hook.timezone, context)
            with self.running(hook.client()) as client:
                result = close_period(
                    client,
                    period=period_of(self.period, context, timezone),
                    path=storage_path(self.path, self.object_storage_conn_id),
                    timezone=timezone,
                    provisional=is_true("provisional", self.provisional),
                    max_changed_share=share("max_changed_share", self.max_changed_share),
                    on_invalid=self.on_invalid,
                    employees=employees_of(self.employees),
                    on_progress=Progress(self.log, "employees"),
                )
        self.log.info("Version %d (changed: %s): %s", result["version"], result["changed"], result["manifest_path"])
        return result


class AllHoursExportPayrollOperator(BaseOperator):
    """Write a payroll file from closed periods and record the release.

    Nothing is guessed: missing or duplicate employee ids, absences and counters that are neither mapped nor ignored,
    units and characters that the layout lacks block the file, all of them in one ``AllHoursPreflightError``. Each line
    is rounded once, and nobody's line depends on another person. A correction makes the printed sum right: it is what
    has to be printed now minus everything printed so far. Nothing is released twice: run again for the same file it
    changes nothing, for another file it is refused.

    Args:
        close: return value of :class:`AllHoursClosePeriodOperator`, or the path of its manifest.
        profile: ``generic-csv``, ``datev-lodas``, ``datev-lug``, ``adp-csv``, ``gusto-csv``, the dotted path of a class
            that derives from one of them, or a declaration ``{"base": <name>, <option>: <value>}``.
        mapping: ``{"lines": [{"source" | "absence" | "counter": …, "pay_code": …, "unit": …}], "ignore": {"absences",
            "counters"}, "cost_centre": …}``, or the path of the same as YAML or JSON. A line also takes ``minus``,
            ``when``, ``count``, ``step``, ``also``, ``cost_centre``, ``bs_nr`` and ``no_wage_type``.
        path: payroll file to write.
        delta: pay the ± lines since the last release of this period instead of the whole period.
        corrections: closes of earlier periods; what changed in them since their release is added to the file, marked
            with its own period.
        employees: whom the file pays: employee ids, or ``{"custom_field3": ["hourly"]}`` by the custom fields that are
            frozen; everybody by default.
        exclude: employee id, or the user id of somebody without one -> reason why the file does not pay them.
        merge_employee_ids: two users with one employee id, as of a re-hire, are one person; else they block.
        on_removed: somebody who was paid and is no longer in the roster: ``fail``, ``pay`` (take back what was printed)
            or ``keep``.
        on_renumbered: somebody who was paid under another employee id: ``fail``, ``move`` (take back the old, pay the
            new one) or ``keep`` (payroll renumbered, too).
        rounding: ``line`` (each line to the nearest), ``person`` (a person's lines add up to the person's rounded sum)
            or ``down``.
        accounting_month: ``2026-10``, for layouts that have one; the month of the period's last day by default.
        profile_options: options of the profile.
        object_storage_conn_id: Airflow connection of the storage; the URL's own by default.
        allhours_conn_id: not used: a closed period is paid from its frozen version.
        kwargs: parameters of Airflow's ``BaseOperator``.

    Returns:
        ``path``, ``manifest_path``, ``lines``, ``employees``, ``totals`` (per pay code: hours, days, minutes or
        pieces), ``exact_minutes`` (per pay code), ``sha256``, ``released``, ``periods`` and ``report_path``.

    Raises:
        AllHoursConflictError: it would pay something twice; nothing was written.
        AllHoursParameterError: a parameter is wrong; fails the task at once.
        AllHoursPreflightError: lists everything that would make the file wrong; nothing was written.
    """

    template_fields: Sequence[str] = (
        "close",
        "profile",
        "mapping",
        "path",
        "delta",
        "corrections",
        "employees",
        "exclude",
        "merge_employee_ids",
        "on_removed",
        "on_renumbered",
        "rounding",
        "accounting_month",
        "profile_options",
        "object_storage_conn_id",
        "allhours_conn_id",
    )
    ui_color = "#dcebf3"

    def __init__(
        self,
        *,
        close: Mapping[str, Any] | str,
        profile: Mapping[str, Any] | str,
        mapping: Mapping[str, Any] | str,
        path: str,
        delta: bool | str = False,
        corrections: Iterable[Mapping[str, Any] | str] | Mapping[str, Any] | str = (),
        employees: Sequence[str] | Mapping[str, Sequence[str]] | str | None = None,
        exclude: Mapping[str, str] | str | None = None,
        merge_employee_ids: bool | str = False,
        on_removed: Literal["fail", "pay", "keep"] = "fail",
        on_renumbered: Literal["fail", "move", "keep"] = "fail",
        rounding: Literal["line", "person", "down"] = "line",
        accounting_month: str | None = None,
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
        self.employees = employees
        self.exclude = exclude
        self.merge_employee_ids = merge_employee_ids
        self.on_removed = on_removed
        self.on_renumbered = on_renumbered
        self.rounding = rounding
        self.accounting_month = accounting_month
        self.profile_options = profile_options
        self.object_storage_conn_id = object_storage_conn_id
        self.allhours_conn_id = allhours_conn_id

    def execute(self, context: Context) -> PayrollResult:
        """Publish the payroll file, record the release and return counts and totals."""
        from airflow_provider_allhours.flows.payroll_export import export_payroll

        place = partial(storage_path, conn_id=self.object_storage_conn_id)
        with failing_fast():
            result = export_payroll(
                close=self.close,
                profile=self.profile,
                mapping=payroll_mapping(self.mapping, self.object_storage_conn_id),
                path=place(self.path),
                delta=is_true("delta", self.delta),
                corrections=list_of("corrections", self.corrections),
                employees=employees_of(self.employees),
                exclude=json_object("exclude", self.exclude),
                merge_employee_ids=is_true("merge_employee_ids", self.merge_employee_ids),
                on_removed=self.on_removed,
                on_renumbered=self.on_renumbered,
                rounding=self.rounding,
                accounting_month=None if is_blank(self.accounting_month) else self.accounting_month,
                profile_options=self.profile_options,
                path_of=partial(place, parameter="close"),
            )
        self.log.info("Released %d lines of %d employees: %s", result["lines"], result["employees"], result["totals"])
        return result


class AllHoursReconcilePayrollOperator(BaseOperator):
    """Compare the payroll file with the register that payroll sends back.

    Args:
        ours: the payroll file (``generic-csv``).
        register: CSV; comma, semicolon or tab, decimal point or comma.
        path: CSV to write, every line with its verdict; none by default.
        columns: the register's names -> ``employee_id``, ``pay_code``, ``quantity``.
        tolerance: largest difference that is accepted, in the unit of the quantities.
        on_difference: ``fail`` (after the file is written) or ``warn``.
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
        on_difference: Literal["fail", "warn"] = "fail",
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

    def execute(self, context: Context) -> ReconciliationResult:
        """Write the compared lines and return their counts by verdict."""
        from airflow_provider_allhours.flows.reconciliation import reconcile

        storage = self.object_storage_conn_id
        with failing_fast():
            result = reconcile(
                ours=storage_path(self.ours, storage, parameter="ours"),
                register=storage_path(self.register, storage, parameter="register"),
                path=optional_storage_path(self.path, storage),
                columns=self.columns,
                tolerance=self.tolerance,
                on_difference=self.on_difference,
            )
        self.log.info("Register: %s", counts_in(result))
        return result
