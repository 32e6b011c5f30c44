# SPDX-License-Identifier: Apache-2.0
"""Sensor that waits until an absence is decided."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from typing import TYPE_CHECKING, Any, Literal

from airflow.sdk import PokeReturnValue

from airflow_provider_allhours.client.models import REJECTED
from airflow_provider_allhours.hooks.allhours import AllHoursHook
from airflow_provider_allhours.sensors.base import AllHoursWaitingSensor
from airflow_provider_allhours.task_utils.compat import AirflowFailException
from airflow_provider_allhours.task_utils.lineage import account_dataset
from airflow_provider_allhours.triggers.absences import AllHoursAbsenceDecidedTrigger

if TYPE_CHECKING:
    from airflow.sdk import Context

    from airflow_provider_allhours.triggers.base import AllHoursPollingTrigger


class AllHoursAbsenceDecidedSensor(AllHoursWaitingSensor):
    """Waits until somebody approves or rejects an absence.

    A status that this provider does not know counts as undecided. An absence that does not exist fails the task.

    Args:
        absence_id: id of the absence.
        fail_on_rejected: whether a rejected absence fails the task at once.
        allhours_conn_id: connection of type ``allhours``.
        deferrable: wait in the triggerer; the setting ``[operators] default_deferrable`` when None.
        poke_interval: seconds, or a timedelta, between two polls.
        timeout: seconds, or a timedelta, after which the task fails; ``[sensors] default_timeout`` when None.
        mode: ``poke`` or ``reschedule``, where the sensor is not deferrable.
        soft_fail: skip the task at the deadline; every error still fails it.
        kwargs: parameters of Airflow's ``BaseSensorOperator``.

    Returns:
        ``{"absence_id", "status"}``.
    """

    template_fields: Sequence[str] = ("absence_id", "allhours_conn_id")

    def __init__(
        self,
        *,
        absence_id: str,
        fail_on_rejected: bool = False,
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
        self.absence_id = absence_id
        self.fail_on_rejected = fail_on_rejected

    def poll(self, context: Context) -> PokeReturnValue:
        """Read the absence's status."""
        with self.open_client(AllHoursHook(self.allhours_conn_id)) as client:
            self.lineage.reads(account_dataset(client.host, "absences"))
            absence = client.absence(self.absence_id)
        if absence.status == REJECTED and self.fail_on_rejected:
            raise AirflowFailException(f"absence {self.absence_id} was rejected")
        self.log.info("Absence %s is %s", self.absence_id, absence.status_name)
        return PokeReturnValue(
            is_done=absence.is_decided, xcom_value={"absence_id": self.absence_id, "status": absence.status_name}
        )

    def trigger(self, context: Context, deadline: float) -> AllHoursPollingTrigger:
        """The trigger that waits for the decision."""
        return AllHoursAbsenceDecidedTrigger(
            absence_id=self.absence_id,
            allhours_conn_id=self.allhours_conn_id,
            poke_interval=float(self.poke_interval),
            deadline=deadline,
        )
