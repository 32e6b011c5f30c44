# SPDX-License-Identifier: Apache-2.0
"""Base of the sensors: poke, reschedule or defer, with the same poll in all three modes."""

from __future__ import annotations

import time
from abc import abstractmethod
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any, Literal, NoReturn

from airflow.sdk import BaseOperator, BaseSensorOperator, PokeReturnValue

from airflow_provider_allhours.client import AllHoursClient
from airflow_provider_allhours.client.errors import AllHoursError, AllHoursTransportError
from airflow_provider_allhours.hooks.allhours import AllHoursHook
from airflow_provider_allhours.task_utils.compat import (
    AirflowFailException,
    AirflowRescheduleException,
    AirflowSensorTimeout,
    AirflowSkipException,
    TaskDeferralTimeout,
    conf,
)
from airflow_provider_allhours.task_utils.fail_fast import failing_fast
from airflow_provider_allhours.task_utils.lineage import ReportsLineage
from airflow_provider_allhours.task_utils.stopping import StopsWithTask
from airflow_provider_allhours.task_utils.trigger_events import (
    deadline_of,
    deferrable_by_default,
    has_answer,
    wait_state_of,
)
from airflow_provider_allhours.task_utils.wait_state import WaitState

if TYPE_CHECKING:
    from airflow.sdk import Context

    from airflow_provider_allhours.triggers.base import AllHoursPollingTrigger

GRACE = 300.0
"""Seconds after the deadline in which a triggerer that was down may still answer."""

MAX_REFUSED_PAUSE = 20.0
"""Seconds between two polls in reschedule mode after a refused one: its count is lost with the process."""

MAX_PAUSE_AT_DEADLINE = 1.0
"""Seconds between two polls at the deadline, where a refused one is repeated."""

SLEEP = 0.5
"""Seconds after which a sleeping sensor looks whether it was killed."""


@dataclass
class _Poll:
    """One poll: its result, or the error for which it is repeated."""

    result: PokeReturnValue | None = None
    error: Exception | None = None

    @property
    def is_refused(self) -> bool:
        """Whether the error is a permanent one, of which only so many are repeated."""
        return isinstance(self.error, AllHoursError) and self.error.is_permanent


class AllHoursWaitingSensor(ReportsLineage, StopsWithTask, BaseSensorOperator):
    """Base of the sensors.

    The wait is the same in the three modes, which differ in where they pause: in the worker, rescheduled, or in the
    triggerer. A trigger only reports that it is time to poll; the task then polls itself. When what the trigger saw no
    longer holds, the task defers again, up to the same deadline.

    **Errors.** Before any poll succeeded, an error fails the task: at once where it is permanent, else after Airflow's
    retries. After that, an error that is not permanent is waited out, and a refusal (400, 401, 403, 404) fails the task
    when three polls in a row are refused. An error of the last poll before the deadline fails the task.

    **Deadline.** ``soft_fail`` skips the task at the deadline only. (Airflow's own sensors skip it on every error.) A
    Retry-After is waited for up to the deadline.

    Args:
        allhours_conn_id: connection of type ``allhours``.
        deferrable: wait in the triggerer; the setting ``[operators] default_deferrable`` when None.
        poke_interval: seconds, or a timedelta, between two polls.
        timeout: seconds, or a timedelta, until the deadline; the setting ``[sensors] default_timeout`` when None.
        mode: ``poke`` or ``reschedule``, where the sensor is not deferrable.
        soft_fail: skip the task at the deadline instead of failing it.
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
        self._deadline: float | None = None

    @abstractmethod
    def poll(self, context: Context) -> PokeReturnValue:
        """Poll once: whether the wait is over, and what to return."""

    @abstractmethod
    def trigger(self, context: Context, deadline: float) -> AllHoursPollingTrigger:
        """The trigger that waits for the same."""

    def kept(self) -> dict[str, Any]:
        """What ``execute_complete`` gets besides the event: keyword arguments as plain JSON."""
        return {}

    def at_deadline(self, context: Context, last: PokeReturnValue | None) -> Any:
        """Skip with ``soft_fail``, else fail; a subclass may return a value instead.

        Args:
            context: Airflow's task context.
            last: result of the last poll that succeeded; None when none did.
        """
        message = f"{self.task_id} timed out after {self.timeout:g} seconds"
        if self.soft_fail:
            raise AirflowSkipException(message)
        raise AirflowSensorTimeout(message)

    def poke(self, context: Context) -> PokeReturnValue:
        """Poll once; a permanent error fails the task."""
        with failing_fast():
            result = self.poll(context)
        self._last = result
        return result

    def execute(self, context: Context) -> Any:
        """Wait in the worker, or defer to the triggerer."""
        since = None if self.deferrable or not self.reschedule else self._rescheduled_since(context)
        started_at = time.time() if since is None else since.timestamp()
        # With ``silent_fail`` a poll may have failed before the task was rescheduled.
        state = WaitState(has_polled=since is not None and not self.silent_fail)
        return self._wait(context, started_at + float(self.timeout), state, defers=self.deferrable)

    def execute_complete(self, context: Context, event: Mapping[str, Any] | None = None) -> Any:
        """Poll after the trigger's event; an event that is not understood is an error."""
        with failing_fast():
            has_answer(event)
            deadline = deadline_of(event)
        return self._wait(context, deadline, wait_state_of(event), defers=True)

    def resume_execution(self, next_method: str, next_kwargs: dict[str, Any] | None, context: Context) -> Any:
        """Resume after a deferral, without the base class, which makes every error a skip with ``soft_fail``."""
        try:
            return BaseOperator.resume_execution(self, next_method, next_kwargs, context)
        except TaskDeferralTimeout:
            # No triggerer ran until after the deadline.
            return self._wait(context, time.time(), WaitState(has_polled=True), defers=True)

    @contextmanager
    def open_client(self, hook: AllHoursHook) -> Iterator[AllHoursClient]:
        """A client for one poll, whose retries end at the deadline."""
        left = None if self._deadline is None else max(self._deadline - time.time(), 0.0)
        with self.running(hook.client(retry_seconds=left)) as client:
            yield client

    def _wait(self, context: Context, deadline: float, state: WaitState, *, defers: bool) -> Any:
        self._deadline = deadline
        polls = 0
        while True:
            poll = self._try(context, state)
            polls += 1
            if poll.result is not None and poll.result.is_done:
                return poll.result.xcom_value
            left = deadline - time.time()
            if left <= 0 and not poll.is_refused:
                return self._at_deadline(context, poll)
            pause = state.pause(self._interval(deadline, polls), left)
            if left <= 0:
                self._sleep(min(float(self.poke_interval), MAX_PAUSE_AT_DEADLINE))
            elif defers:
                self._defer(context, deadline, state)
            elif not self.reschedule:
                self._sleep(pause)
            elif poll.is_refused:
                self._sleep(min(pause, MAX_REFUSED_PAUSE))
            else:
                # Airflow's own exception has no types.
                raise AirflowRescheduleException(datetime.now(UTC) + timedelta(seconds=pause))  # type: ignore[no-untyped-call]

    def _try(self, context: Context, state: WaitState) -> _Poll:
        """Poll once; raises an error that ends the wait."""
        try:
            result = self.poke(context)
        except Exception as error:
            if self._is_killed:
                raise
            if not self._is_repeated(error, state):
                if self.never_fail:
                    raise AirflowSkipException("Skipping due to never_fail is set to True.") from error
                raise
            self.log.warning("The poll failed and will be repeated: %s", error)
            return _Poll(error=error)
        state.succeeded()
        return _Poll(result)

    def _is_repeated(self, error: Exception, state: WaitState) -> bool:
        if isinstance(error, AllHoursError) and state.failed(error) and state.has_polled:
            return True
        return self.silent_fail and not isinstance(error, AirflowFailException | AirflowSkipException)

    def _at_deadline(self, context: Context, poll: _Poll) -> Any:
        # ``silent_fail`` is the author's word that an error does not count.
        if poll.error is not None and not self.silent_fail:
            raise poll.error
        return self.at_deadline(context, poll.result or self._last)

    def _defer(self, context: Context, deadline: float, state: WaitState) -> NoReturn:
        trigger = self.trigger(context, deadline)
        trigger.state = state.to_json()
        self.defer(
            trigger=trigger,
            method_name="execute_complete",
            kwargs=self.kept(),
            timeout=timedelta(seconds=max(deadline - time.time(), 0.0) + GRACE),
        )

    def _interval(self, deadline: float, polls: int) -> float:
        """Seconds between two polls: ``poke_interval``, or longer each time with ``exponential_backoff``."""
        started_at = deadline - float(self.timeout)
        return float(self._get_next_poke_interval(started_at, lambda: time.time() - started_at, polls))

    def _sleep(self, seconds: float) -> None:
        until = time.monotonic() + seconds
        while not self._is_killed and (left := until - time.monotonic()) > 0:
            time.sleep(min(left, SLEEP))
        if self._is_killed:
            raise AllHoursTransportError("the wait ended before its next poll: the task was stopped", sent=False)

    def _rescheduled_since(self, context: Context) -> datetime | None:
        """When this task was first rescheduled, which happens only after a poll that succeeded."""
        return context["ti"].get_first_reschedule_date(context)
