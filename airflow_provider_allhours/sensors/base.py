# SPDX-License-Identifier: Apache-2.0
"""What both sensors do: poke, reschedule or defer, with one evaluation under all three."""

from __future__ import annotations

import time
from abc import abstractmethod
from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from airflow.sdk import BaseSensorOperator, PokeReturnValue
from airflow.sdk.exceptions import AirflowSensorTimeout

from airflow_provider_allhours.hooks.allhours import AllHoursHook
from airflow_provider_allhours.task_utils.fail_fast import failing_fast
from airflow_provider_allhours.task_utils.trigger_events import deadline_of, deferrable_by_default, has_answer

if TYPE_CHECKING:
    from airflow.sdk import Context

    from airflow_provider_allhours.triggers.base import AllHoursPollingTrigger

GRACE = 300.0
"""Seconds after the deadline in which a triggerer that was down may still answer."""


class AllHoursWaitingSensor(BaseSensorOperator):
    """Base of the sensors.

    Deferred, the trigger only says that it is time to look; the task looks itself, so that poke, reschedule and
    deferrable come to the same verdict on the same data. When the world has changed back in between, it defers again,
    up to the same deadline.
    """

    template_fields: Sequence[str] = ("allhours_conn_id",)
    ui_color = "#e5e0f0"

    def __init__(
        self,
        *,
        allhours_conn_id: str = AllHoursHook.default_conn_name,
        deferrable: bool | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        self.allhours_conn_id = allhours_conn_id
        self.deferrable = deferrable_by_default() if deferrable is None else deferrable
        self._last: PokeReturnValue | None = None

    @abstractmethod
    def poll(self, context: Context) -> PokeReturnValue:
        """One look; whether it is time, and what to return."""

    @abstractmethod
    def trigger(self, context: Context, deadline: float) -> AllHoursPollingTrigger:
        """The trigger that waits for the same."""

    def at_deadline(self, context: Context, last: PokeReturnValue | None) -> Any:
        """What becomes of the task when the time is over."""
        raise AirflowSensorTimeout(f"{self.task_id} waited {self.timeout} seconds in vain")

    def poke(self, context: Context) -> PokeReturnValue:
        """One look, with errors that no waiting mends made final."""
        with failing_fast():
            result = self.poll(context)
        self._last = result
        return result

    def execute(self, context: Context) -> Any:
        """Wait in the worker, or let the triggerer wait."""
        if self.deferrable:
            return self._poll_or_defer(context, time.time() + float(self.timeout))
        try:
            return super().execute(context)
        except AirflowSensorTimeout:
            return self.at_deadline(context, self._last)

    def execute_complete(self, context: Context, event: Mapping[str, Any] | None = None) -> Any:
        """Look after the trigger's event; an event that is not understood is an error."""
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
