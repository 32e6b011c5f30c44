# SPDX-License-Identifier: Apache-2.0
"""Hold a list of absences or clockings against the employee-days, which carry their own.

A list gives nothing to count by: an empty one looks like a month without leave. An employee-day is due whatever was
listed, and shows its absences and clockings a second time.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable
from datetime import date, datetime

from airflow_provider_allhours.attendance.roster import Employment
from airflow_provider_allhours.client.models import (
    PENDING,
    REJECTED,
    Absence,
    BookedAbsence,
    Clocking,
    DailyCalculation,
)

UNBOOKED = (PENDING, REJECTED)


def days_whose_absences_differ(
    employment: Employment, listed: Iterable[Absence], days: Iterable[DailyCalculation]
) -> list[date]:
    """Days on which the list and the employee-day do not show the same absences.

    Every absence of the day has to be in the list, and every booked one of the list in the day. A pending or rejected
    absence of the list need not stand in the day.

    Args:
        employment: whose, and the days that are compared.
        listed: the employee's absences in the list.
        days: the employee's days, of which those that did not come are left out.
    """
    by_day: dict[date, list[Absence]] = defaultdict(list)
    for absence in listed:
        by_day[absence.day].append(absence)
    return [
        day.date
        for day in days
        if day.date in employment.days and not _same_absences(by_day[day.date], list(day.absences or ()))
    ]


def days_whose_clockings_differ(
    employment: Employment, listed: Iterable[Clocking], days: Iterable[DailyCalculation]
) -> list[date]:
    """Calendar days on which the list and the employee-days do not show the same clockings.

    A night shift's last clocking stands in the employee-day before, so clockings are compared by their own date and
    ``days`` has to reach one day further than the employment at both ends.

    Args:
        employment: whose, and the calendar days that are compared.
        listed: the employee's clockings in the list.
        days: the employee's days, and one more at both ends where there is one.
    """
    in_list = _moments(listed)
    in_days = _moments(clocking for day in days for clocking in day.clockings or ())
    differing = (in_list - in_days) + (in_days - in_list)
    return sorted({moment.date() for moment in differing if moment.date() in employment.days})


def _same_absences(listed: list[Absence], shown: list[BookedAbsence]) -> bool:
    if any(absence.id is None for absence in shown):
        return _kinds(listed) == _kinds(shown)
    in_list = {absence.id: absence.status for absence in listed}
    in_day = {str(absence.id): absence.status for absence in shown}
    booked = {absence.id for absence in listed if absence.status not in UNBOOKED}
    agree = all(
        status is None or (status in UNBOOKED) == (in_list.get(identifier, status) in UNBOOKED)
        for identifier, status in in_day.items()
    )
    return in_day.keys() <= in_list.keys() and booked <= in_day.keys() and agree


def _kinds(absences: Iterable[Absence | BookedAbsence]) -> Counter[str | None]:
    return Counter(absence.absence_definition_id for absence in absences if absence.status not in UNBOOKED)


def _moments(clockings: Iterable[Clocking]) -> Counter[datetime]:
    return Counter(clocking.timestamp for clocking in clockings if clocking.status not in UNBOOKED)
