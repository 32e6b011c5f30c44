# SPDX-License-Identifier: Apache-2.0
"""Count the minutes and days of a frozen period per person and day, and compare two versions of it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any, NamedTuple, TypeVar

from airflow_provider_allhours.columns import Kind
from airflow_provider_allhours.rows import TIMESHEET_COLUMNS

Number = TypeVar("Number", int, Fraction)

TIMESHEET, ABSENCE, COUNTER = "timesheet", "absence", "counter"

BOOKED = ("auto-approved", "approved", "auto-approved-notified")
OPEN = "pending"
REFUSED = "rejected"

SOURCES = tuple(
    column.name
    for column in TIMESHEET_COLUMNS
    # A correction of an earlier day changes the running balance of every later day, so it cannot be paid.
    if column.kind is Kind.MINUTES and column.name != "running_balance_minutes"
)
"""Minutes columns of the timesheet that can be paid."""

CORRECTED, APPROVED_LATER = "corrected day", "absence approved later"
ADDED, REMOVED = "employee added", "employee removed"


class Item(NamedTuple):
    """What is counted: a timesheet column, an absence definition or a counter on an employee-day.

    Attributes:
        user_id: id of the user.
        date: ``YYYY-MM-DD``.
        kind: ``timesheet``, ``absence`` or ``counter``.
        name: name of the column, name (else id) of the absence definition, or code of the counter.
    """

    user_id: str
    date: str
    kind: str
    name: str


class Amount(NamedTuple):
    """Quantity of an item.

    Attributes:
        minutes: whole minutes; None where All Hours gives no number.
        days: days of an absence, 0 for other items; None where All Hours gives no number.
    """

    minutes: int | None
    days: Fraction | None = Fraction(0)


class Person(NamedTuple):
    """Employee id and name of a user, as payroll layouts print them; empty where All Hours has none."""

    employee_id: str
    first_name: str
    last_name: str


@dataclass
class Amounts:
    """The amounts of a version of a period.

    Attributes:
        people: user id -> person.
        of: item -> amount.
        open_approvals: number of pending absences.
        problems: what cannot be counted, one sentence each.
        states: codes of counters that repeat the running balance; they are not counted, because a correction of an
            earlier day changes them on every later day.
    """

    people: dict[str, Person] = field(default_factory=dict)
    of: dict[Item, Amount] = field(default_factory=dict)
    open_approvals: int = 0
    problems: list[str] = field(default_factory=list)
    states: frozenset[str] = frozenset()

    def is_same(self, other: Amounts) -> bool:
        """Whether both have the same amounts, people and employee ids; names are not compared."""
        ids = {user_id: person.employee_id for user_id, person in self.people.items()}
        return self.of == other.of and ids == {user_id: person.employee_id for user_id, person in other.people.items()}


def count_amounts(
    timesheets: Iterable[Mapping[str, Any]],
    absences: Iterable[Mapping[str, Any]],
    counters: Iterable[Mapping[str, Any]],
    fractions: Mapping[str, float],
) -> Amounts:
    """Count the rows of a version.

    Args:
        timesheets: rows of the timesheet export.
        absences: rows of the absence export; pending and rejected ones are not paid.
        counters: rows of the counter export.
        fractions: absence definition id -> part of a day that a whole-day record stands for.
    """
    amounts = Amounts()
    planned: dict[tuple[str, str], int | None] = {}
    balances: dict[tuple[str, str], int | None] = {}
    for row in timesheets:
        user_id, day = row["user_id"], row["date"]
        amounts.people[user_id] = Person(row["employee_id"] or "", row["first_name"] or "", row["last_name"] or "")
        planned[user_id, day] = row["planned_minutes"]
        balances[user_id, day] = row["running_balance_minutes"]
        for source in SOURCES:
            if row[source]:
                amounts.of[Item(user_id, day, TIMESHEET, source)] = Amount(row[source])
    for row in absences:
        _count_absence(amounts, row, planned.get((row["user_id"], row["date"])), fractions)
    counter_rows = list(counters)
    amounts.states = _running_balance_codes(counter_rows, balances)
    for row in counter_rows:
        if str(row["counter_code"]) in amounts.states:
            continue
        if row["minutes"] or (row["minutes"] is None and row["value"]):
            item = Item(row["user_id"], row["date"], COUNTER, str(row["counter_code"]))
            _add(amounts, item, Amount(row["minutes"]))
    return amounts


def _running_balance_codes(
    counters: list[Mapping[str, Any]], balances: Mapping[tuple[str, str], int | None]
) -> frozenset[str]:
    """Codes of the counters that equal the running balance on every day of every employee."""
    codes = {str(row["counter_code"]) for row in counters if row["minutes"]}
    others = {
        str(row["counter_code"]) for row in counters if row["minutes"] != balances.get((row["user_id"], row["date"]))
    }
    return frozenset(codes - others)


def _count_absence(
    amounts: Amounts, row: Mapping[str, Any], planned: int | None, fractions: Mapping[str, float]
) -> None:
    if row["status"] == OPEN:
        amounts.open_approvals += 1
    elif row["status"] not in (*BOOKED, REFUSED):
        amounts.problems.append(f"an absence on {row['date']} has the unknown state {row['status']}")
    if row["status"] not in BOOKED:
        return
    item = Item(row["user_id"], row["date"], ABSENCE, row["absence_definition"] or row["absence_definition_id"] or "")
    if row["is_partial"]:
        minutes = row["partial_minutes"]
        is_known = minutes is not None and planned
        _add(amounts, item, Amount(minutes, Fraction(minutes, planned) if is_known else None))
    else:
        part = Fraction(str(fractions.get(row["absence_definition_id"], 1.0)))
        _add(amounts, item, Amount(None if planned is None else int(planned * part), part))


def _add(amounts: Amounts, item: Item, amount: Amount) -> None:
    before = amounts.of.get(item, Amount(0))
    amounts.of[item] = Amount(_sum(before.minutes, amount.minutes), _sum(before.days, amount.days))


def _sum(one: Number | None, other: Number | None) -> Number | None:
    """The sum, or None when one of the two is not known."""
    return None if one is None or other is None else one + other


class Change(NamedTuple):
    """One ± line of a delta: an item whose amount differs between two versions."""

    item: Item
    before: Amount
    after: Amount
    reason: str

    @property
    def difference(self) -> Amount:
        """After minus before; None where either is not known."""
        minutes = None if self.before.minutes is None else -self.before.minutes
        days = None if self.before.days is None else -self.before.days
        return Amount(_sum(self.after.minutes, minutes), _sum(self.after.days, days))


def changes(before: Amounts, after: Amounts) -> list[Change]:
    """The ± lines between two versions, each with its reason, sorted by user id, day and item."""
    differing = sorted(item for item in before.of.keys() | after.of.keys() if before.of.get(item) != after.of.get(item))
    nothing = Amount(0)
    approved_later = {(item.user_id, item.date) for item in differing if item.kind == ABSENCE and item not in before.of}
    return [
        Change(
            item,
            before.of.get(item, nothing),
            after.of.get(item, nothing),
            _reason(item, before, after, approved_later),
        )
        for item in differing
    ]


def _reason(item: Item, before: Amounts, after: Amounts, approved_later: set[tuple[str, str]]) -> str:
    if item.user_id not in before.people:
        return ADDED
    if item.user_id not in after.people:
        return REMOVED
    return APPROVED_LATER if (item.user_id, item.date) in approved_later else CORRECTED


def as_amounts(delta_lines: Iterable[Change], before: Amounts, after: Amounts) -> Amounts:
    """The differences of the ± lines as amounts, which pay lines are made from as from a whole period."""
    delta = Amounts(problems=list(after.problems), open_approvals=after.open_approvals, states=after.states)
    for change in delta_lines:
        delta.of[change.item] = change.difference
        user_id = change.item.user_id
        delta.people[user_id] = after.people.get(user_id) or before.people[user_id]
    return delta


def people_changed(before: Amounts, after: Amounts) -> tuple[int, int]:
    """Number of people whose amounts differ or who are in one version only, and number of people in either version."""
    changed = {change.item.user_id for change in changes(before, after)}
    changed |= before.people.keys() ^ after.people.keys()
    return len(changed), len(before.people.keys() | after.people.keys())


def totals(amounts: Amounts) -> dict[str, int]:
    """Minutes of all employees by timesheet column."""
    sums = dict.fromkeys(SOURCES, 0)
    for item, amount in amounts.of.items():
        if item.kind == TIMESHEET:
            sums[item.name] += amount.minutes or 0
    return sums


def employees(amounts: Amounts) -> Iterator[tuple[str, Person]]:
    """User ids and people, sorted by employee id, then by user id."""
    return iter(sorted(amounts.people.items(), key=lambda entry: (entry[1].employee_id, entry[0])))
