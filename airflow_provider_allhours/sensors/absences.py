# SPDX-License-Identifier: Apache-2.0
"""Wait until an absence is decided."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from airflow.sdk import PokeReturnValue
from airflow.sdk.exceptions import AirflowFailException

from airflow_provider_allhours.client.models import REJECTED
from airflow_provider_allhours.hooks.allhours import AllHoursHook
from airflow_provider_allhours.sensors.base import AllHoursWaitingSensor
from airflow_provider_allhours.triggers.absences import AllHoursAbsenceDecidedTrigger

if TYPE_CHECKING:
    from airflow.sdk import Context

    from airflow_provider_allhours.triggers.base import AllHoursPollingTrigger


class AllHoursAbsenceDecidedSensor(AllHoursWaitingSensor):
    """Waits until somebody approved or rejected an absence.

    A state that this provider does not know counts as undecided. An absence that is gone fails the task.

    Args:
        absence_id: the absence.
        fail_on_rejected: whether a rejected absence fails the task at once.
        allhours_conn_id: connection of type ``allhours``.
        deferrable: wait in the triggerer; ``[operators] default_deferrable`` by default.
        poke_interval: seconds between two looks.
        timeout: seconds after which the task fails.

    Returns:
        ``{"absence_id", "status"}``.
    """

    template_fields: Sequence[str] = ("absence_id", "allhours_conn_id")

    def __init__(self, *, absence_id: str, fail_on_rejected: bool = False, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.absence_id = absence_id
        self.fail_on_rejected = fail_on_rejected

    def poll(self, context: Context) -> PokeReturnValue:
        """Read the absence's state."""
        with AllHoursHook(self.allhours_conn_id).client() as client:
            absence = client.absence(self.absence_id)
        if absence.status == REJECTED and self.fail_on_rejected:
            raise AirflowFailException(f"absence {self.absence_id} was rejected")
        self.log.info("Absence %s is %s", self.absence_id, absence.status_name)
        return PokeReturnValue(
            is_done=absence.is_decided, xcom_value={"absence_id": self.absence_id, "status": absence.status_name}
        )

    def trigger(self, context: Context, deadline: float) -> AllHoursPollingTrigger:
        """Waits for the decision."""
        return AllHoursAbsenceDecidedTrigger(
            absence_id=self.absence_id,
            allhours_conn_id=self.allhours_conn_id,
            poke_interval=float(self.poke_interval),
            deadline=deadline,
        )
