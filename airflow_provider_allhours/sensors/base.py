# SPDX-License-Identifier: Apache-2.0
"""Base of the sensors: poke, reschedule or defer, with the same poll in all three modes."""

from __future__ import annotations

import time
from abc import abstractmethod
from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import TYPE_CHECKING, Any, Literal

from airflow.sdk import BaseSensorOperator, PokeReturnValue

from airflow_provider_allhours.hooks.allhours import AllHoursHook
from airflow_provider_allhours.task_utils.compat import AirflowSensorTimeout, conf
from airflow_provider_allhours.task_utils.fail_fast import failing_fast
from airflow_provider_allhours.task_utils.trigger_events import deadline_of, deferrable_by_default, has_answer

if TYPE_CHECKING:
    from airflow.sdk import Context

    from airflow_provider_allhours.triggers.base import AllHoursPollingTrigger

GRACE = 300.0
"""Seconds after the deadline in which a triggerer that was down may still answer."""


class AllHoursWaitingSensor(BaseSensorOperator):
    """Base of the sensors.

    In deferrable mode the trigger only reports that it is time to poll; the task then polls itself, so that poke,
    reschedule and deferrable mode come to the same result on the same data. When what the trigger saw no longer holds,
    the task defers again, up to the same deadline.

    Args:
        allhours_conn_id: connection of type ``allhours``.
        deferrable: wait in the triggerer; the setting ``[operators] default_deferrable`` when None.
        poke_interval: seconds, or a timedelta, between two polls.
        timeout: seconds, or a timedelta, until the deadline; the setting ``[sensors] default_timeout`` when None.
        mode: ``poke`` or ``reschedule``, where the sensor is not deferrable.
        soft_fail: skip the task instead of failing it.
    """

    template_fields: Sequence[str] = ("allhours_conn_id",)
    ui_color = "#e5e0f0"

    def __init__(
        self,
        *,
        allhours_conn_id: str = AllHoursHook.default_conn_name,
        deferrable: bool | None = None,
        poke_interval: timedelta | float = 60,
        timeout: timedelta | float | None = None,
        mode: Literal["poke", "reschedule"] = "poke",
        soft_fail: bool = False,
        **kwargs: Any,
    ) -> None:
        super().__init__(
            poke_interval=poke_interval,
            # Airflow 3.1 does not take None for its own default.
            timeout=conf.getfloat("sensors", "default_timeout") if timeout is None else timeout,
            mode=mode,
            soft_fail=soft_fail,
            **kwargs,
        )
        self.allhours_conn_id = allhours_conn_id
        self.deferrable = deferrable_by_default() if deferrable is None else deferrable
        self._last: PokeReturnValue | None = None

    @abstractmethod
    def poll(self, context: Context) -> PokeReturnValue:
        """Poll once: whether the wait is over, and what to return."""

    @abstractmethod
    def trigger(self, context: Context, deadline: float) -> AllHoursPollingTrigger:
        """The trigger that waits for the same."""

    def at_deadline(self, context: Context, last: PokeReturnValue | None) -> Any:
        """Fail; a subclass may return a value or skip instead.

        Args:
            context: Airflow's task context.
            last: result of the last poll that succeeded; None when none did.
        """
        raise AirflowSensorTimeout(f"{self.task_id} timed out after {self.timeout} seconds")

    def poke(self, context: Context) -> PokeReturnValue:
        """Poll once; a permanent error fails the task."""
        with failing_fast():
            result = self.poll(context)
        self._last = result
        return result

    def execute(self, context: Context) -> Any:
        """Wait in the worker, or defer to the triggerer."""
        if self.deferrable:
            return self._poll_or_defer(context, time.time() + float(self.timeout))
        try:
            return super().execute(context)
        except AirflowSensorTimeout:
            return self.at_deadline(context, self._last)

    def execute_complete(self, context: Context, event: Mapping[str, Any] | None = None) -> Any:
        """Poll after the trigger's event; an event that is not understood is an error."""
        with failing_fast():
            has_answer(event)
            deadline = deadline_of(event)
        return self._poll_or_defer(context, deadline)

    def _poll_or_defer(self, context: Context, deadline: float) -> Any:  # noqa: RET503 - defer() raises
        result = self.poke(context)
        if result.is_done:
            return result.xcom_value
        left = deadline - time.time()
        if left <= 0:
            return self.at_deadline(context, result)
        self.defer(
            trigger=self.trigger(context, deadline),
            method_name="execute_complete",
            timeout=timedelta(seconds=left + GRACE),
        )
