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
    "current-month, current-week, current-day, month-ending-25, 2026-10-ending-25, previous-half-month, "
    "previous-2-weeks-from-2026-01-05"
)

TWO_WEEKS = 14

PATH_PLACEHOLDERS = ("{period}", "{date_from}", "{date_to}")
"""What a path may have for its period's name, first and last day."""


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

    @property
    def name(self) -> str:
        """The period in a file name: ``2026-10``, ``2026-W41``, ``2026-10-05`` or ``2026-10-01_2026-10-15``."""
        first, last = self.date_from, self.date_to
        if self == Period.of_month(first.year, first.month):
            return f"{first:%Y-%m}"
        year, week, _ = first.isocalendar()
        if self == Period.of_week(year, week):
            return f"{year:04}-W{week:02}"
        return f"{first.isoformat()}" if first == last else f"{first.isoformat()}_{last.isoformat()}"

    def fill(self, path: str) -> str:
        """A path with ``{period}``, ``{date_from}`` and ``{date_to}`` replaced; other braces stay."""
        names = dict(
            zip(PATH_PLACEHOLDERS, (self.name, self.date_from.isoformat(), self.date_to.isoformat()), strict=True)
        )
        for placeholder, text in names.items():
            path = path.replace(placeholder, text)
        return path

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


def resolve_period(given: object, *, reference: date) -> Period:
    """Parse the parameter ``period``.

    Args:
        given: one of :data:`ACCEPTED_FORMS` as text; a day or a pair of days mean the same as their texts, and an int
            such as 20261005 (``ds_nodash``) is a day.
        reference: the company-local day that ``previous-…``, ``current-…`` and ``month-ending-…`` are relative to.

    Raises:
        AllHoursParameterError: it has none of the accepted forms; lists them.
    """
    text = _text_of(given)
    relative = _RELATIVE.get(text)
    if relative:
        return relative(reference)
    try:
        return _of_pay_calendar(text, reference) or _absolute(text)
    except ValueError:
        raise AllHoursParameterError(f"parameter 'period' is {given!r}; it takes {ACCEPTED_FORMS}") from None


def _text_of(given: object) -> str:
    """What native rendering of templates made a day, two of them or a number, as the text of a period."""
    if isinstance(given, datetime):
        return given.date().isoformat()
    if isinstance(given, list | tuple) and len(given) == 2:
        return "/".join(_text_of(day) for day in given)
    if isinstance(given, int) and re.fullmatch(r"\d{8}", str(given)):
        return f"{str(given)[:4]}-{str(given)[4:6]}-{str(given)[6:]}"
    return str(given).strip()


def _of_pay_calendar(text: str, reference: date) -> Period | None:
    """The period of a pay calendar; None for other forms."""
    if found := re.fullmatch(r"month-ending-(\d{1,2})", text, re.ASCII):
        end = _ending_day(found[1])
        month = reference if _ending(reference, end) < reference else _month_before(reference)
        return _month_ending(month, end)
    if found := re.fullmatch(r"(\d{4})-(\d{2})-ending-(\d{1,2})", text, re.ASCII):
        return _month_ending(date(int(found[1]), int(found[2]), 1), _ending_day(found[3]))
    if text == "previous-half-month":
        if reference.day > 15:
            return Period(reference.replace(day=1), reference.replace(day=15))
        before = _month_of(_month_before(reference))
        return Period(before.date_from.replace(day=16), before.date_to)
    if found := re.fullmatch(r"previous-2-weeks-from-(\d{4}-\d{2}-\d{2})", text, re.ASCII):
        first = date.fromisoformat(found[1])
        start = first + timedelta(days=((reference - first).days // TWO_WEEKS - 1) * TWO_WEEKS)
        return Period(start, start + timedelta(days=TWO_WEEKS - 1))
    return None


def _ending_day(text: str) -> int:
    if not 1 <= int(text) <= 31:
        raise ValueError("no day of a month")
    return int(text)


def _ending(month: date, end: int) -> date:
    """The last day of the pay month that ends in a month; a shorter month ends it with its own end."""
    return month.replace(day=min(end, calendar.monthrange(month.year, month.month)[1]))


def _month_ending(month: date, end: int) -> Period:
    return Period(_ending(_month_before(month), end) + timedelta(days=1), _ending(month, end))


def _month_before(day: date) -> date:
    """The first day of the month before."""
    return (day.replace(day=1) - timedelta(days=1)).replace(day=1)


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
