# SPDX-License-Identifier: Apache-2.0
"""Read the absences that exist, so that an empty list is never taken for "nothing there" unproven."""

from __future__ import annotations

from collections.abc import Iterable

from airflow_provider_allhours.absences.evidence import refuse_unlisted_absences
from airflow_provider_allhours.client import AllHoursClient
from airflow_provider_allhours.client.concurrency import map_ordered
from airflow_provider_allhours.client.models import Absence
from airflow_provider_allhours.periods import Period


def read_absences(client: AllHoursClient, period: Period, user_ids: Iterable[str]) -> list[Absence]:
    """The account's absences of a period; an empty list is held against the days of the people it matters for.

    Args:
        client: the account.
        period: the days.
        user_ids: the people for whom something is written; where the list is empty, each costs a request.

    Raises:
        AllHoursIncompleteError: the list is empty, and an employee-day shows an absence.
    """
    absences = client.absences(period.date_from, period.date_to)
    if absences:
        return absences

    def prove(user_id: str) -> None:
        days = client.daily_calculations(user_id, period.date_from, period.date_to)
        refuse_unlisted_absences(user_id, absences, days)

    for _ in map_ordered(prove, sorted(set(user_ids)), workers=client.max_concurrency):
        pass
    return absences
