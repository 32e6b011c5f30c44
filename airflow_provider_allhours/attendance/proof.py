# SPDX-License-Identifier: Apache-2.0
"""Hold a list of absences or clockings against the employee-days, which carry their own.

A list gives nothing to count by: an empty one looks like a month without leave. An employee-day is due whatever was
listed, and shows its absences and clockings a second time.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Sequence
from datetime import date, datetime
from typing import NamedTuple

from airflow_provider_allhours.attendance.roster import Employment
from airflow_provider_allhours.client.models import (
    PENDING,
    REJECTED,
    Absence,
    BookedAbsence,
    Clocking,
    DailyCalculation,
    DayClocking,
)

UNBOOKED = (PENDING, REJECTED)


class ShownDay(NamedTuple):
    """An employee-day, as far as its absences are concerned."""

    date: date
    absences: Sequence[BookedAbsence]


def days_whose_absences_differ(
    employment: Employment, listed: Iterable[Absence], days: Iterable[DailyCalculation | ShownDay]
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
    employment: Employment,
    listed: Iterable[Clocking],
    days: Iterable[DailyCalculation],
    has_margin: bool,
) -> list[date]:
    """Calendar days on which the list and the employee-days do not show the same clockings.

    A night shift's last clocking stands in the employee-day before, so clockings are compared by their own date.
    Where one of the two has no seconds at all, whole minutes are compared.

    Args:
        employment: whose, and the calendar days that are compared.
        listed: the employee's clockings in the list.
        days: the employee's days.
        has_margin: whether ``days`` reaches one day further than the employment at both ends. Without it, a clocking
            of the list on the first or last day may stand in a day that was not read.
    """
    in_list = [clocking for clocking in listed if clocking.status not in UNBOOKED]
    in_days = [clocking for day in days for clocking in day.clockings or () if clocking.status not in UNBOOKED]
    key = _key_of_clockings(in_list, in_days)
    only_in_list = Counter(map(key, in_list)) - Counter(map(key, in_days))
    only_in_days = Counter(map(key, in_days)) - Counter(map(key, in_list))
    dates = {moment.date() for moment, _ in only_in_list}
    if not has_margin:
        dates -= {employment.days.date_from, employment.days.date_to}
    dates |= {moment.date() for moment, _ in only_in_days}
    return sorted(day for day in dates if day in employment.days)


def _key_of_clockings(
    in_list: list[Clocking], in_days: list[DayClocking]
) -> Callable[[Clocking | DayClocking], tuple[datetime, str | None]]:
    """What has to agree: the moment, and the definition where both sides have one."""
    to_the_minute = not (_has_seconds(in_list) and _has_seconds(in_days))
    both: list[Clocking | DayClocking] = [*in_list, *in_days]
    has_definitions = all(clocking.clocking_definition_id is not None for clocking in both)

    def key(clocking: Clocking | DayClocking) -> tuple[datetime, str | None]:
        moment = clocking.timestamp.replace(second=0, microsecond=0) if to_the_minute else clocking.timestamp
        return moment, clocking.clocking_definition_id if has_definitions else None

    return key


def _has_seconds(clockings: Iterable[Clocking | DayClocking]) -> bool:
    return any(clocking.timestamp.second or clocking.timestamp.microsecond for clocking in clockings)


def _same_absences(listed: list[Absence], shown: list[BookedAbsence]) -> bool:
    if any(absence.id is None for absence in shown):
        return _kinds(listed) == _kinds(shown)
    in_list = {absence.id: absence for absence in listed}
    in_day = {str(absence.id): absence for absence in shown}
    booked = {absence.id for absence in listed if absence.status not in UNBOOKED}
    return (
        in_day.keys() <= in_list.keys()
        and booked <= in_day.keys()
        and all(_agree(in_list[identifier], absence) for identifier, absence in in_day.items())
    )


def _agree(listed: Absence, shown: BookedAbsence) -> bool:
    """Whether two accounts of one absence agree in what both say: decision, kind, and length of a part."""
    if shown.status is not None and (shown.status in UNBOOKED) != (listed.status in UNBOOKED):
        return False
    if None not in (shown.absence_definition_id, listed.absence_definition_id) and (
        shown.absence_definition_id != listed.absence_definition_id
    ):
        return False
    if shown.is_partial is not None and shown.is_partial != bool(listed.is_partial):
        return False
    lengths = (shown.partial_time_duration, listed.partial_time_duration)
    return not listed.is_partial or None in lengths or str(lengths[0]).strip() == str(lengths[1])


def _kinds(absences: Iterable[Absence | BookedAbsence]) -> Counter[str | None]:
    return Counter(absence.absence_definition_id for absence in absences if absence.status not in UNBOOKED)
