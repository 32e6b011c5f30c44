# SPDX-License-Identifier: Apache-2.0
"""Sensor that waits until a period is ready for payroll."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import TYPE_CHECKING, Any, Literal

from airflow.sdk import PokeReturnValue

from airflow_provider_allhours.attendance.readiness import DEFAULT_CHECKS, known_checks
from airflow_provider_allhours.client.errors import AllHoursParameterError
from airflow_provider_allhours.flows.readiness_watch import LastLook, PeriodWatch
from airflow_provider_allhours.hooks.allhours import AllHoursHook
from airflow_provider_allhours.links import AllHoursReportLink
from airflow_provider_allhours.periods import Period
from airflow_provider_allhours.sensors.base import AllHoursWaitingSensor
from airflow_provider_allhours.task_utils.coerce import is_blank, is_true
from airflow_provider_allhours.task_utils.compat import AirflowSensorTimeout, AirflowSkipException
from airflow_provider_allhours.task_utils.fail_fast import failing_fast
from airflow_provider_allhours.task_utils.lineage import account_dataset, file_dataset
from airflow_provider_allhours.task_utils.linked_files import LinksFiles
from airflow_provider_allhours.task_utils.object_storage import optional_storage_path
from airflow_provider_allhours.task_utils.run_period import company_timezone, period_of
from airflow_provider_allhours.task_utils.task_state import load_state, save_state
from airflow_provider_allhours.triggers.periods import AllHoursPeriodReadyTrigger

if TYPE_CHECKING:
    from airflow.sdk import Context

    from airflow_provider_allhours.triggers.base import AllHoursPollingTrigger

LAST_LOOK = "last_look"
POLICIES = ("fail", "skip", "release")


class AllHoursPeriodReadySensor(LinksFiles, AllHoursWaitingSensor):
    """Waits until nothing blocks a period: it is over, absences are decided, days valid, clockings and ids complete.

    Each poll logs one sentence, such as ``3 people block October 2026: 2 pending absences, 1 day with missing
    clockings``, and pushes it as the XCom ``summary``, for the text of a request to a person. The people are listed in
    the report only.

    Args:
        period: see the export operators.
        checks: ``period-ended``, ``absences-decided``, ``calculations-valid``, ``no-missing-events``, ``employee-ids``
            (all of them by default) and ``period-locked``.
        report_path: CSV with ``employee_id``, ``check``, ``day``, ``reason``, ``user_id``, written at every look at
            everybody, and in between once per ``full_look_interval`` for those who blocked. A deferred task resumes for
            it and defers again.
        report_names: whether the report also has ``name``, ``absence`` (the kind of a pending absence) and ``page``
            (the vendor's page of the day), for those who are allowed to see them.
        full_look_interval: seconds between two looks at everybody, at least; four poke intervals by default. In between
            only lists and the employees who blocked are read again.
        on_deadline: ``fail``, ``skip``, or ``release``, which succeeds with ``ready`` false, but only after at least
            one poll succeeded. ``soft_fail`` skips instead of failing or releasing. An error of the last poll fails.
        object_storage_conn_id: connection of the report's storage.
        timezone: IANA name of the company's time zone; the connection's, then the DAG's, by default.
        allhours_conn_id: connection of type ``allhours``.
        deferrable: wait in the triggerer; the setting ``[operators] default_deferrable`` when None.
        poke_interval: seconds, or a timedelta, between two polls.
        timeout: seconds, or a timedelta, until the deadline; ``[sensors] default_timeout`` when None.
        mode: ``poke`` or ``reschedule``, where the sensor is not deferrable.
        soft_fail: skip the task at the deadline; every error still fails it.
        kwargs: parameters of Airflow's ``BaseSensorOperator``.

    Returns:
        ``{"ready", "blockers": {check: count}, "report_path"}``; counted are the period itself where it is not over,
        pending absences, employee-days not valid, employee-days with missing events, employees without an id of their
        own, employees not locked.
    """

    template_fields: Sequence[str] = (
        "period",
        "checks",
        "report_path",
        "report_names",
        "full_look_interval",
        "on_deadline",
        "object_storage_conn_id",
        "timezone",
        "allhours_conn_id",
    )
    operator_extra_links = (AllHoursReportLink(),)

    def __init__(
        self,
        *,
        period: str,
        checks: Sequence[str] = DEFAULT_CHECKS,
        report_path: str | None = None,
        report_names: bool | str = False,
        full_look_interval: float | str | None = None,
        on_deadline: Literal["fail", "skip", "release"] = "fail",
        object_storage_conn_id: str | None = None,
        timezone: str | None = None,
        allhours_conn_id: str = AllHoursHook.default_conn_name,
        deferrable: bool | None = None,
        poke_interval: timedelta | float = 60,
        timeout: timedelta | float | None = None,
        mode: Literal["poke", "reschedule"] = "poke",
        soft_fail: bool = False,
        **kwargs: Any,
    ) -> None:
        super().__init__(
            allhours_conn_id=allhours_conn_id,
            deferrable=deferrable,
            poke_interval=poke_interval,
            timeout=timeout,
            mode=mode,
            soft_fail=soft_fail,
            **kwargs,
        )
        self.period = period
        self.checks = checks
        self.report_path = report_path
        self.report_names = report_names
        self.full_look_interval = full_look_interval
        self.on_deadline = on_deadline
        self.object_storage_conn_id = object_storage_conn_id
        self.timezone = timezone
        self._last_look: LastLook | None = None
        self._watch: PeriodWatch | None = None

    def poll(self, context: Context) -> PokeReturnValue:
        """Look as far as it is worth it; write the report and log a summary when the blockers were read."""
        from airflow_provider_allhours.flows.clock import company_today
        from airflow_provider_allhours.flows.readiness import publish_report

        if self.on_deadline not in POLICIES:
            raise AllHoursParameterError(
                f"parameter 'on_deadline' is {self.on_deadline!r}; it takes one of {', '.join(POLICIES)}"
            )
        period, checks, timezone = self._question(context)
        has_names = is_true("report_names", self.report_names)
        path = None if is_blank(self.report_path) else period.fill(str(self.report_path))
        report = optional_storage_path(path, self.object_storage_conn_id, parameter="report_path")
        with self.open_client(AllHoursHook(self.allhours_conn_id)) as client:
            self.lineage.reads(*(account_dataset(client.host, name) for name in ("users", "timesheets", "absences")))
            watch = self._watch or PeriodWatch(period, checks, self._full_look_interval(), last=self._last_look)
            look = watch.look(client, today=company_today(timezone), is_final=self._is_over())
        self._watch = watch
        self._keep(context, watch.last)
        if report is not None:
            self.link(report=report)
        if (verdict := look.verdict) is None:
            self.log.info("Not ready yet; at the last look: %s", self._summary())
        else:
            if report is not None:
                publish_report(report, verdict, has_names=has_names)
                self.lineage.wrote(file_dataset(report, rows=len(verdict.blockers), facts={"period": period.to_json()}))
            self.log.info("%s", verdict.summary)
        if (task_instance := context.get("ti")) is not None:
            task_instance.xcom_push(key="summary", value=self._summary())
        # Counts of a part of the employees are no result.
        value = {**verdict.to_json(), "report_path": str(report) if report else None} if verdict else None
        return PokeReturnValue(is_done=look.is_ready, xcom_value=value if look.is_whole else None)

    def trigger(self, context: Context, deadline: float) -> AllHoursPollingTrigger:
        """The trigger that waits for the same checks."""
        with failing_fast():
            period, checks, timezone = self._question(context)
            full_look_interval = self._full_look_interval()
        return AllHoursPeriodReadyTrigger(
            date_from=period.date_from.isoformat(),
            date_to=period.date_to.isoformat(),
            checks=checks,
            timezone=timezone,
            full_look_interval=full_look_interval,
            look_again_at=None
            if is_blank(self.report_path)
            else time.time() + self._until_next_look(full_look_interval),
            last_look=self._last_look.to_json() if self._last_look else None,
            allhours_conn_id=self.allhours_conn_id,
            poke_interval=float(self.poke_interval),
            deadline=deadline,
        )

    def execute(self, context: Context) -> Any:
        """Wait in the worker, or defer to the triggerer; a rescheduled task has its last look in Airflow's store."""
        is_rescheduled = self._keeps_between_processes and self._rescheduled_since(context) is not None
        self._last_look = LastLook.from_json(load_state(context, LAST_LOOK)) if is_rescheduled else None
        self._watch = None
        return super().execute(context)

    def execute_complete(
        self, context: Context, event: Mapping[str, Any] | None = None, last_look: Mapping[str, Any] | None = None
    ) -> Any:
        """Look after the trigger's event, knowing what the last look found."""
        self._last_look, self._watch = LastLook.from_json(last_look), None
        return super().execute_complete(context, event)

    def kept(self) -> dict[str, Any]:
        """What the last look found, for :meth:`execute_complete`."""
        return {LAST_LOOK: self._last_look.to_json()} if self._last_look else {}

    def at_deadline(self, context: Context, last: PokeReturnValue | None) -> Any:
        """Fail, skip or release, as ``on_deadline`` says."""
        if last is not None and last.xcom_value is None:
            # The deadline passed while only a part of the employees was looked at.
            last = self.poke(context)
            if last.is_done:
                return last.xcom_value
        result: dict[str, Any] = (last.xcom_value or {}) if last is not None else {}
        message = f"the period is not ready at the deadline: {result.get('blockers', 'no poll succeeded')}"
        if self.on_deadline == "skip" or self.soft_fail:
            raise AirflowSkipException(message)
        if self.on_deadline == "release" and result:
            self.log.warning("Released although %s", message)
            return result
        raise AirflowSensorTimeout(message)

    def _full_look_interval(self) -> float:
        """Seconds between two whole looks of the trigger."""
        if is_blank(self.full_look_interval):
            return 4 * float(self.poke_interval)
        try:
            seconds = float(str(self.full_look_interval))
        except ValueError:
            seconds = -1.0
        if not 0 <= seconds < float("inf"):
            raise AllHoursParameterError(
                f"parameter 'full_look_interval' is {self.full_look_interval!r}; it takes seconds, from 0"
            )
        return seconds

    @property
    def _keeps_between_processes(self) -> bool:
        return bool(self.reschedule) and not self.deferrable

    def _keep(self, context: Context, last_look: LastLook | None) -> None:
        """Keep what the look found: in this process, by the deferral, or where each poll is a process in the store."""
        if self._keeps_between_processes and last_look is not None and last_look != self._last_look:
            save_state(context, LAST_LOOK, last_look.to_json())
        self._last_look = last_look

    def _summary(self) -> str:
        return self._last_look.summary if self._last_look else ""

    def _is_over(self) -> bool:
        return self._deadline is not None and time.time() >= self._deadline

    def _until_next_look(self, full_look_interval: float) -> float:
        """Seconds until the task looks again and writes its report; a look that failed is repeated at the next poke."""
        return 0.0 if self._last is None else full_look_interval

    def _question(self, context: Context) -> tuple[Period, tuple[str, ...], str]:
        hook = AllHoursHook(self.allhours_conn_id)
        timezone = company_timezone(self.timezone, hook.timezone, context)
        return period_of(self.period, context, timezone), known_checks(self.checks), timezone
