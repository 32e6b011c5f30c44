# SPDX-License-Identifier: Apache-2.0
"""Export absences; create, change and delete one; plan and apply the leave of an HR system."""

from __future__ import annotations

from airflow_provider_allhours.operators.absences.creation import (
    AllHoursCreateAbsenceOperator,
    AllHoursDeleteAbsenceOperator,
)
from airflow_provider_allhours.operators.absences.export import AllHoursExportAbsencesOperator
from airflow_provider_allhours.operators.absences.planning import (
    AllHoursApplyAbsencePlanOperator,
    AllHoursPlanAbsencesOperator,
)
from airflow_provider_allhours.operators.absences.spans import AllHoursExportAbsenceSpansOperator
from airflow_provider_allhours.operators.absences.update import AllHoursUpdateAbsenceOperator

__all__ = [
    "AllHoursApplyAbsencePlanOperator",
    "AllHoursCreateAbsenceOperator",
    "AllHoursDeleteAbsenceOperator",
    "AllHoursExportAbsenceSpansOperator",
    "AllHoursExportAbsencesOperator",
    "AllHoursPlanAbsencesOperator",
    "AllHoursUpdateAbsenceOperator",
]
