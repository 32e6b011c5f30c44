# SPDX-License-Identifier: Apache-2.0
"""The natural key of an absence, and which absences are the same or overlap."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from airflow_provider_allhours.client.errors import AllHoursParameterError
from airflow_provider_allhours.client.models import REJECTED, Absence


@dataclass(frozen=True, slots=True)
class Span:
    """The part of a day that an absence covers, company-local; both ends None is the whole day."""

    start: datetime | None = None
    end: datetime | None = None

    def overlaps(self, other: Span) -> bool:
        """Whether two spans of the same employee-day have time in common."""
        if self.start is None or self.end is None or other.start is None or other.end is None:
            return True
        return self.start < other.end and other.start < self.end


@dataclass(frozen=True, slots=True)
class Key:
    """The natural key of an absence; records with equal keys are the same absence, for want of an idempotency key."""

    user_id: str
    day: date
    definition_id: str
    span: Span


def span_of(absence: Absence) -> Span:
    """The span of a record."""
    if not absence.is_partial:
        return Span()
    return Span(_without_zone(absence.partial_time_from), _without_zone(absence.partial_time_to))


def key_of(absence: Absence) -> Key:
    """The natural key of a record."""
    return Key(absence.user_id, absence.day, absence.absence_definition_id or "", span_of(absence))


def stored_otherwise(key: Key, stored: Absence) -> str | None:
    """What All Hours stored otherwise than it was sent, for a message; None where it is the same.

    What an answer leaves out says nothing.

    Args:
        key: natural key of what was sent.
        stored: the record of the answer.
    """
    found = key_of(stored)
    if found.day != key.day:
        return f"on {found.day}"
    if found.user_id.lower() != key.user_id.lower():
        return f"for user {found.user_id}"
    if found.definition_id and found.definition_id.lower() != key.definition_id.lower():
        return f"with the definition {found.definition_id}"
    if stored.status == REJECTED:
        return "as rejected"
    if stored.is_partial is None or found.span == key.span:
        return None
    if key.span == Span() or not stored.is_partial:
        return "as a part of the day" if stored.is_partial else "as a whole day"
    known = all((found.span.start, found.span.end))
    return "with other times" if known else None


def same(key: Key, present: list[Absence]) -> Absence | None:
    """The record that has this key, in any state.

    A rejected record counts too: creating the absence again would override the rejection.
    """
    return next((absence for absence in present if key_of(absence) == key), None)


def twins_of(absence: Absence, present: Iterable[Absence]) -> list[Absence]:
    """Other standing records with the key of this one."""
    key = key_of(absence)
    return [
        other
        for other in present
        if other.id != absence.id and REJECTED not in (absence.status, other.status) and key_of(other) == key
    ]


def collisions(key: Key, present: list[Absence]) -> list[Absence]:
    """Records of the same employee-day with another key and an overlapping span, without rejected ones."""
    return [
        absence
        for absence in present
        if (absence.user_id, absence.day) == (key.user_id, key.day)
        and absence.status != REJECTED
        and key_of(absence) != key
        and span_of(absence).overlaps(key.span)
    ]


def span_on(day: date, partial_from: str | None, partial_to: str | None) -> Span:
    """The span from two ``HH:MM`` times; one that ends at or before its start ends on the next day.

    Raises:
        AllHoursParameterError: one of the two is missing, or not a time.
    """
    if not partial_from and not partial_to:
        return Span()
    if not partial_from or not partial_to:
        raise AllHoursParameterError(
            "parameters 'partial_from' and 'partial_to' come together, as HH:MM, or not at all"
        )
    start = datetime.combine(day, clock_time("partial_from", partial_from))
    end = datetime.combine(day, clock_time("partial_to", partial_to))
    return Span(start, end if end > start else end + timedelta(days=1))


def clock_time(name: str, text: str) -> time:
    """Parse a time of day.

    Args:
        name: name of the parameter, for the message.
        text: ``HH:MM``.

    Raises:
        AllHoursParameterError: the text is not ``HH:MM``.
    """
    if not re.fullmatch(r"([01]\d|2[0-3]):[0-5]\d", text.strip()):
        raise AllHoursParameterError(f"parameter '{name}' is {text!r}; it takes a time such as 08:30")
    return time.fromisoformat(text.strip())


def calendar_day(name: str, text: str | date) -> date:
    """Parse a day.

    Args:
        name: name of the parameter, for the message.
        text: ``YYYY-MM-DD`` or a date.

    Raises:
        AllHoursParameterError: the text is not ``YYYY-MM-DD``.
    """
    try:
        if not re.fullmatch(r"\d{4}-\d{2}-\d{2}", str(text).strip()):
            raise ValueError
        return date.fromisoformat(str(text).strip())
    except ValueError:
        raise AllHoursParameterError(
            f"parameter '{name}' is {str(text)!r}; it takes a day such as 2026-10-05"
        ) from None


def _without_zone(moment: datetime | None) -> datetime | None:
    return None if moment is None else datetime.combine(moment.date(), moment.time())
