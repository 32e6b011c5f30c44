# SPDX-License-Identifier: Apache-2.0
"""Compare two versions of a period person by person, in flat memory: the ± lines, and how many people they are of."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import date
from fractions import Fraction
from typing import NamedTuple

from airflow_provider_allhours.client.models import RUNNING_BALANCE_CODE
from airflow_provider_allhours.payroll.amounts import ABSENCE, COUNTER, SOURCES, TIMESHEET
from airflow_provider_allhours.payroll.frozen import FrozenAbsence, FrozenCounter, PersonRecords

DAY, PERSON = "day", "person"
"""Kinds of items beside those that are paid: a property of the day, a property of the person."""

CORRECTED, APPROVED_LATER, NEW_DAY = "corrected day", "absence approved later", "new day"
ADDED, REMOVED, CHANGED = "employee added", "employee removed", "employee changed"

EMPLOYEE_ID = "employee_id"


class Item(NamedTuple):
    """What is compared.

    Attributes:
        date: ``YYYY-MM-DD``; empty for a property of the person.
        kind: one of the kinds above.
        name: column, id of the absence definition, code of the counter, or name of the property.
    """

    date: str
    kind: str
    name: str


class Quantity(NamedTuple):
    """How much of an item there is.

    Attributes:
        minutes: whole minutes; None where All Hours gives no number, and for properties.
        days: days of an absence, else 0; None where they cannot be told.
        text: value of a property, or of a counter that is no time.
    """

    minutes: int | None = 0
    days: Fraction | None = Fraction(0)
    text: str | None = None


NOTHING = Quantity()


class DeltaLine(NamedTuple):
    """An item that differs between two versions."""

    employee_id: str
    user_id: str
    item: Item
    before: Quantity
    after: Quantity
    reason: str

    @property
    def minutes(self) -> int | None:
        """Minutes after, minus minutes before; None where either is not known."""
        before, after = self.before.minutes, self.after.minutes
        return None if before is None or after is None else after - before

    @property
    def days(self) -> Fraction | None:
        """Days after, minus days before; None where either is not known."""
        before, after = self.before.days, self.after.days
        return None if before is None or after is None else after - before


@dataclass
class Comparison:
    """What differs between two versions of a period; complete when :meth:`lines` is exhausted.

    Attributes:
        before: people of the earlier version, sorted by user id.
        after: people of the later version, sorted by user id.
        running_counters: codes of the counters that repeat the running balance in both versions. A correction of an
            earlier day changes them on every later day, so they are not compared.
        past_until: the last day that was past when the earlier version was read; later days are new, not corrected.
            None: all were past.
        people: people of either version.
        changed: people who differ in what was past.
        is_same: whether nothing at all differs, what only tells whether a day can be paid included.
        reasons: number of lines by reason.
    """

    before: Iterable[PersonRecords]
    after: Iterable[PersonRecords]
    running_counters: frozenset[str] = frozenset()
    past_until: date | None = None
    people: int = field(default=0, init=False)
    changed: int = field(default=0, init=False)
    is_same: bool = field(default=True, init=False)
    reasons: Counter[str] = field(default_factory=Counter, init=False)

    def lines(self) -> Iterator[DeltaLine]:
        """The ± lines, sorted by user id, date and item."""
        for before, after in _side_by_side(self.before, self.after):
            self.people += 1
            if before == after:
                continue
            lines = list(self._lines_of(before, after))
            is_past = any(line.reason != NEW_DAY for line in lines)
            if before is None or after is None:
                is_past = is_past or self._was_employed(before or after)
                self.is_same = False
            self.changed += is_past
            self.is_same = self.is_same and not lines and _states(before) == _states(after)
            self.reasons.update(line.reason for line in lines)
            yield from lines

    def _lines_of(self, before: PersonRecords | None, after: PersonRecords | None) -> Iterator[DeltaLine]:
        known = after or before
        if known is None:
            return
        person = known.person
        earlier, later = self._quantities(before), self._quantities(after)
        differing = sorted(item for item in earlier.keys() | later.keys() if earlier.get(item) != later.get(item))
        if before is None or after is None:
            differing = [item for item in differing if item.kind not in (DAY, PERSON)]
        approved_later = {item.date for item in differing if item.kind == ABSENCE and item not in earlier}
        for item in differing:
            if item.date and self.past_until is not None and item.date > self.past_until.isoformat():
                reason = NEW_DAY
            elif before is None:
                reason = ADDED
            elif after is None:
                reason = REMOVED
            elif item.kind == PERSON:
                reason = CHANGED
            else:
                reason = APPROVED_LATER if item.date in approved_later else CORRECTED
            yield DeltaLine(
                person.employee_id,
                person.user_id,
                item,
                earlier.get(item, NOTHING),
                later.get(item, NOTHING),
                reason,
            )

    def _quantities(self, records: PersonRecords | None) -> dict[Item, Quantity]:
        return {} if records is None else quantities(records, self.running_counters)

    def _was_employed(self, records: PersonRecords | None) -> bool:
        """Whether somebody who is in one version only had days that were past."""
        return records is not None and (self.past_until is None or records.person.date_from <= self.past_until)


def quantities(records: PersonRecords, running_counters: frozenset[str]) -> dict[Item, Quantity]:
    """Everything of a person that pay is made of; what is not there is left out."""
    found: dict[Item, Quantity] = {}
    for day in records.days:
        on = day.date.isoformat()
        for source in SOURCES:
            if minutes := getattr(day, source):
                found[Item(on, TIMESHEET, source)] = Quantity(minutes)
        for name, value in (("is_holiday", day.is_holiday), ("is_weekend", day.is_weekend)):
            if value:
                found[Item(on, DAY, name)] = Quantity(None, text="true")
    planned = {day.date: day.planned_minutes for day in records.days}
    for absence in records.absences:
        if absence.is_booked:
            item = Item(absence.date.isoformat(), ABSENCE, absence.definition_key)
            found[item] = _sum(found.get(item, NOTHING), _quantity_of_absence(absence, planned.get(absence.date)))
    for counter in records.counters:
        if counter.key not in running_counters and (quantity := _quantity_of_counter(counter)):
            item = Item(counter.date.isoformat(), COUNTER, counter.key)
            found[item] = _sum(found.get(item, NOTHING), quantity)
    for name, text in {EMPLOYEE_ID: records.person.employee_id, **records.person.custom_fields}.items():
        found[Item("", PERSON, name)] = Quantity(None, text=text)
    return found


def _quantity_of_absence(absence: FrozenAbsence, planned: int | None) -> Quantity:
    """Minutes and days; a part of a day is told by its text, too, so that a plan without minutes hides no change."""
    if absence.is_partial:
        minutes = absence.partial_minutes
        days = Fraction(minutes, planned) if minutes is not None and planned else None
        return Quantity(minutes, days, f"{minutes} minutes")
    part = Fraction(str(absence.fraction))
    return Quantity(None if planned is None else int(planned * part), part)


def _quantity_of_counter(counter: FrozenCounter) -> Quantity | None:
    if counter.minutes:
        return Quantity(counter.minutes)
    return Quantity(None, text=counter.value) if counter.minutes is None and counter.value else None


def _sum(one: Quantity, other: Quantity) -> Quantity:
    minutes = None if one.minutes is None or other.minutes is None else one.minutes + other.minutes
    days = None if one.days is None or other.days is None else one.days + other.days
    texts = sorted(text for text in (one.text, other.text) if text is not None)
    return Quantity(minutes, days, "; ".join(texts) or None)


def _states(records: PersonRecords | None) -> object:
    """What is no pay, and decides whether there may be any: days that are not final, leave that is not decided."""
    if records is None:
        return None
    open_days = [(day.date, day.is_valid, day.missing_events) for day in records.days]
    pending = Counter(
        (absence.date, absence.definition_key, absence.status) for absence in records.absences if not absence.is_booked
    )
    return open_days, pending


def _side_by_side(
    before: Iterable[PersonRecords], after: Iterable[PersonRecords]
) -> Iterator[tuple[PersonRecords | None, PersonRecords | None]]:
    """Everybody of two versions, each person once; both are sorted by user id."""
    earlier, later = iter(before), iter(after)
    one, other = next(earlier, None), next(later, None)
    while one is not None or other is not None:
        if other is None or (one is not None and one.person.user_id < other.person.user_id):
            yield one, None
            one = next(earlier, None)
        elif one is None or other.person.user_id < one.person.user_id:
            yield None, other
            other = next(later, None)
        else:
            yield one, other
            one, other = next(earlier, None), next(later, None)


class RunningCounters:
    """Finds the counters that equal the running balance on every day of every person, who are shown one by one."""

    def __init__(self) -> None:
        self._used: set[str] = set()
        self._others: set[str] = set()

    def look_at(self, records: PersonRecords) -> None:
        """Take one person's counters into account."""
        balances = {day.date: day.running_balance_minutes for day in records.days}
        for counter in records.counters:
            if counter.minutes:
                self._used.add(counter.key)
            if counter.minutes != balances.get(counter.date):
                self._others.add(counter.key)

    @property
    def keys(self) -> frozenset[str]:
        """Their codes; that of the known running balance is always among them."""
        return frozenset(self._used - self._others) | {str(RUNNING_BALANCE_CODE)}


def in_both(*running_counters: Iterable[str]) -> frozenset[str]:
    """Codes that repeat the running balance in every one of several versions."""
    first, *rest = map(frozenset, running_counters)
    return first.intersection(*rest)
