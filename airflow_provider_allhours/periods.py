# SPDX-License-Identifier: Apache-2.0
"""Periods of company-local days, and parsing the forms of the parameter ``period``."""

from __future__ import annotations

import calendar
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta, tzinfo
from datetime import timezone as offset_timezone
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from airflow_provider_allhours.client.errors import AllHoursParameterError

ACCEPTED_FORMS = (
    "2026-10, 2026-W41, 2026-10-05, 2026-10-01/2026-10-15, previous-month, previous-week, previous-day, "
    "current-month, current-week, current-day"
)


PeriodJson = dict[str, str]
"""``{"from": first day, "to": last day}``, each ``YYYY-MM-DD``, both included."""


@dataclass(frozen=True, order=True)
class Period:
    """Company-local days from ``date_from`` to ``date_to``, both included."""

    date_from: date
    date_to: date

    def __str__(self) -> str:
        return f"{self.date_from.isoformat()}/{self.date_to.isoformat()}"

    def __contains__(self, day: date) -> bool:
        return self.date_from <= day <= self.date_to

    @property
    def length(self) -> int:
        """Number of days."""
        return (self.date_to - self.date_from).days + 1

    def days(self) -> Iterator[date]:
        """Every day, in order."""
        return (self.date_from + timedelta(days=n) for n in range(self.length))

    def within(self, first: date | None, last: date | None) -> Period | None:
        """The days that are also in ``first`` to ``last`` (None: no limit); None when there are none."""
        start = max(self.date_from, first) if first else self.date_from
        end = min(self.date_to, last) if last else self.date_to
        if (start, end) == (self.date_from, self.date_to):
            return self  # nearly everybody's: they share one
        return Period(start, end) if start <= end else None

    def to_json(self) -> PeriodJson:
        """The period as ``{"from": "YYYY-MM-DD", "to": "YYYY-MM-DD"}``."""
        return {"from": self.date_from.isoformat(), "to": self.date_to.isoformat()}

    @classmethod
    def from_json(cls, document: Mapping[str, str]) -> Period:
        """Read a period of a manifest, a plan or a checkpoint, ``{"from": …, "to": …}``.

        Raises:
            KeyError: an end is missing.
            TypeError: an end is not text, or the document not an object.
            ValueError: an end is not ``YYYY-MM-DD``, or the last day is before the first.
        """
        period = cls(date.fromisoformat(document["from"]), date.fromisoformat(document["to"]))
        if period.date_to < period.date_from:
            raise ValueError(f"the period {period} ends before it starts")
        return period

    @classmethod
    def of_month(cls, year: int, month: int) -> Period:
        """A calendar month."""
        return cls(date(year, month, 1), date(year, month, calendar.monthrange(year, month)[1]))

    @classmethod
    def of_week(cls, year: int, week: int) -> Period:
        """An ISO week, Monday to Sunday."""
        return cls(date.fromisocalendar(year, week, 1), date.fromisocalendar(year, week, 7))


def resolve_period(text: str, *, reference: date) -> Period:
    """Parse the parameter ``period``.

    Args:
        text: one of :data:`ACCEPTED_FORMS`.
        reference: the company-local day that ``previous-…`` and ``current-…`` are relative to.

    Raises:
        AllHoursParameterError: the text has none of the accepted forms; lists them.
    """
    text = str(text).strip()
    relative = _RELATIVE.get(text)
    if relative:
        return relative(reference)
    try:
        return _absolute(text)
    except ValueError:
        raise AllHoursParameterError(f"parameter 'period' is {text!r}; it takes {ACCEPTED_FORMS}") from None


def local_date(moment: datetime, timezone: str) -> date:
    """The day of an aware datetime in a time zone.

    Args:
        moment: an aware datetime.
        timezone: IANA name, or a fixed offset such as ``+01:00``, which a DAG's start date may have.

    Raises:
        AllHoursParameterError: there is no such zone.
    """
    return moment.astimezone(fixed_offset(timezone) or zone(timezone)).date()


def fixed_offset(name: str) -> tzinfo | None:
    """The zone of an offset such as ``+01:00`` or ``-0930``; None where the name is no offset."""
    offset = re.fullmatch(r"([+-])(\d{2}):?([0-5]\d)", name)
    if offset is None or int(offset[2]) > 23:
        return None
    difference = timedelta(hours=int(offset[2]), minutes=int(offset[3]))
    return offset_timezone(-difference if offset[1] == "-" else difference)


def zone(name: str) -> ZoneInfo:
    """The time zone with an IANA name.

    Raises:
        AllHoursParameterError: there is no such zone.
    """
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise AllHoursParameterError(
            f"parameter 'timezone' is {name!r}; it takes an IANA name such as Europe/Ljubljana"
        ) from None


def _absolute(text: str) -> Period:
    if month := re.fullmatch(r"(\d{4})-(\d{2})", text):
        return Period.of_month(int(month[1]), int(month[2]))
    if week := re.fullmatch(r"(\d{4})-W(\d{2})", text):
        return Period.of_week(int(week[1]), int(week[2]))
    first, slash, last = text.partition("/")
    period = Period(_day(first), _day(last if slash else first))
    if period.date_to < period.date_from:
        raise ValueError("ends before it starts")
    return period


def _day(text: str) -> date:
    if not re.fullmatch(r"\d{4}-\d{2}-\d{2}", text):
        raise ValueError("not a day")
    return date.fromisoformat(text)


def _month_of(day: date) -> Period:
    return Period.of_month(day.year, day.month)


def _week_of(day: date) -> Period:
    iso = day.isocalendar()
    return Period.of_week(iso.year, iso.week)


_RELATIVE: dict[str, Callable[[date], Period]] = {
    "current-month": _month_of,
    "current-week": _week_of,
    "current-day": lambda day: Period(day, day),
    "previous-month": lambda day: _month_of(day.replace(day=1) - timedelta(days=1)),
    "previous-week": lambda day: _week_of(day - timedelta(days=7)),
    "previous-day": lambda day: Period(day - timedelta(days=1), day - timedelta(days=1)),
}
