# SPDX-License-Identifier: Apache-2.0
"""Hold a list of absences against the employee-days before its silence is taken for "nothing there"."""

from __future__ import annotations

from collections.abc import Iterable

from airflow_provider_allhours.client.errors import AllHoursIncompleteError
from airflow_provider_allhours.client.models import REJECTED, Absence, DailyCalculation


def refuse_unlisted_absences(user_id: str, listed: Iterable[Absence], days: Iterable[DailyCalculation]) -> None:
    """Refuse a list of absences that lacks one that an employee-day shows.

    Args:
        user_id: whose days.
        listed: the list; absences of others do not matter.
        days: the employee's days.

    Raises:
        AllHoursIncompleteError: names the user id and the date.
    """
    own = [absence for absence in listed if absence.user_id == user_id]
    ids, dates = {absence.id for absence in own}, {absence.day for absence in own}
    for day in days:
        for shown in day.absences or ():
            is_listed = day.date in dates if shown.id is None else shown.id in ids
            if shown.status != REJECTED and not is_listed:
                raise AllHoursIncompleteError(
                    f"the list of absences lacks one that the employee-day of user {user_id} on {day.date} shows; "
                    "nothing is written as long as the two differ"
                )
