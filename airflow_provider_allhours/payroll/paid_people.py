# SPDX-License-Identifier: Apache-2.0
"""The people that a payroll file pays, with their days and printed lines; no person-day is paid by two files."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from heapq import merge
from itertools import groupby
from operator import itemgetter

import msgspec

from airflow_provider_allhours.payroll.lines import PayLine
from airflow_provider_allhours.payroll.people import Person
from airflow_provider_allhours.payroll.questions import Answers, PrintedSoFar
from airflow_provider_allhours.periods import Period


class PaidLine(msgspec.Struct, frozen=True):
    """A printed line of somebody, without the person; see :class:`PayLine`."""

    pay_code: str
    unit: str
    cost_centre: str
    quantity: int
    exact_minutes: int
    bs_nr: str | None
    no_wage_type: bool


class PaidPerson(msgspec.Struct, frozen=True):
    """What a payroll file pays of one person in one period. It has no name.

    Attributes:
        employee_id: the number that the lines have.
        user_ids: users of All Hours that are this person; the first stands for it.
        days: ``[first, last]`` of spans of days that are paid; empty where earlier lines are taken back only.
        lines: the printed lines.
        kept: whether the user was gone and the pay stays as it was printed.
        renumbered: numbers that payroll has changed, too: old number -> new number.
    """

    employee_id: str
    user_ids: tuple[str, ...]
    days: tuple[tuple[date, date], ...] = ()
    lines: tuple[PaidLine, ...] = ()
    kept: bool = False
    renumbered: dict[str, str] = {}

    def printed(self, period: Period) -> Iterator[PayLine]:
        """The lines as they were printed."""
        person = Person(self.employee_id, user_ids=self.user_ids)
        for line in self.lines:
            yield PayLine(
                person,
                line.pay_code,
                line.unit,
                line.quantity,
                period,
                line.cost_centre,
                line.exact_minutes,
                line.bs_nr,
                line.no_wage_type,
            )


@dataclass(frozen=True, slots=True)
class PaidBefore:
    """An earlier payroll file.

    Attributes:
        number: number of the release in the registry.
        file: the payroll file, or what else paid, for messages.
        period: the period that was paid.
    """

    number: int
    file: str
    period: Period


@dataclass(frozen=True, slots=True)
class Overlap:
    """A day that an earlier file paid of somebody whom this file pays, too.

    Attributes:
        employee_id: the person in this file.
        day: the first such day.
        before: the earlier file.
    """

    employee_id: str
    day: date
    before: PaidBefore


class PaidPeople:
    """The people that a file pays of one period, by employee id.

    What is kept of them is shared with the lines; each time it is iterated, every :class:`PaidPerson` is made anew.

    Args:
        persons: everybody whom the file pays, without lines, too.
        days: user id -> first and last day of the users of the version.
        lines: the lines of the file, also of people who are gone and of numbers of before.
        answers: answers that this file gives.
    """

    def __init__(
        self,
        persons: Iterable[Person],
        days: Mapping[str, tuple[date, date]],
        lines: Iterable[PayLine],
        answers: Answers,
    ) -> None:
        self._persons = sorted(persons, key=_place)
        self._days = days
        self._lines = sorted(lines, key=lambda line: _place(line.person))
        self._kept = sorted(answers.kept)
        self._renumbered: dict[str, dict[str, str]] = defaultdict(dict)
        for (user_id, old), new in answers.renumbered.items():
            self._renumbered[user_id][old] = new

    def __iter__(self) -> Iterator[PaidPerson]:
        kept = (PaidPerson("", (user_id,), kept=True) for user_id in self._kept)
        return merge(self._paid(), kept, key=lambda person: (person.employee_id, person.user_ids))

    def _paid(self) -> Iterator[PaidPerson]:
        """People with days, with lines, or with both."""
        persons = ((_place(person), person) for person in self._persons)
        printed = ((place, [*lines]) for place, lines in groupby(self._lines, lambda line: _place(line.person)))
        for (employee_id, user_ids), found in groupby(merge(persons, printed, key=itemgetter(0)), itemgetter(0)):
            parts = [part for _, part in found]
            lines = tuple(_paid_line(line) for part in parts if isinstance(part, list) for line in part)
            if any(isinstance(part, Person) for part in parts):
                yield PaidPerson(
                    employee_id,
                    user_ids,
                    tuple(sorted(self._days[user_id] for user_id in user_ids)),
                    lines,
                    renumbered={
                        old: new for user_id in user_ids for old, new in self._renumbered.get(user_id, {}).items()
                    },
                )
            else:
                yield PaidPerson(employee_id, user_ids, lines=lines)


def _place(person: Person) -> tuple[str, tuple[str, ...]]:
    return person.employee_id, person.user_ids


def printed_so_far(
    period: Period,
    releases: Iterable[Sequence[PaidPerson]],
    codes: frozenset[tuple[str, str]],
    mappings: frozenset[str],
) -> PrintedSoFar:
    """Everything that releases of a period printed, and their answers.

    Args:
        period: the days.
        releases: the people of each, in the order of the releases.
        codes: pay codes and units of their mappings.
        mappings: checksums of these mappings.
    """
    lines: list[PayLine] = []
    answers = Answers()
    for people in releases:
        printed = [line for person in people for line in person.printed(period)]
        lines += printed
        back = {user_id for line in printed for user_id in line.person.user_ids}
        # Somebody who came back and was paid is a question again when gone again.
        answers = Answers(answers.kept - back, answers.renumbered).joined(
            Answers(
                frozenset(user_id for person in people if person.kept for user_id in person.user_ids),
                {
                    (user_id, old): new
                    for person in people
                    for user_id in person.user_ids
                    for old, new in person.renumbered.items()
                },
            )
        )
    return PrintedSoFar(lines, answers, codes, mappings)


@dataclass(frozen=True, slots=True)
class _Span:
    first: date
    last: date
    user_ids: tuple[str, ...]
    before: PaidBefore


@dataclass
class PaidDays:
    """Finds the days that earlier files paid, by user and by employee id."""

    _spans: dict[str, list[_Span]] = field(default_factory=lambda: defaultdict(list))

    def add(self, before: PaidBefore, people: Iterable[PaidPerson]) -> None:
        """Count the people of an earlier file; of their lines nothing is kept."""
        for person in people:
            for first, last in person.days:
                span = _Span(first, last, person.user_ids, before)
                for key in (*person.user_ids, _by_number(person.employee_id)):
                    self._spans[key].append(span)

    def overlaps(
        self, people: Iterable[PaidPerson], period: Period, *, is_delta: bool, settled: frozenset[str]
    ) -> list[Overlap]:
        """The first day of each person that an earlier file paid.

        Args:
            people: the people of this file.
            period: the period that it pays.
            is_delta: whether it pays differences only, so that the users' own days of the same period are no overlap.
            settled: users whose printed lines this file takes into account.
        """
        found = []
        for person in people:
            days = [
                (max(first, span.first), span.before)
                for key in (*person.user_ids, _by_number(person.employee_id))
                for span in self._spans.get(key, ())
                for first, last in person.days
                if span.first <= last
                and first <= span.last
                and not (
                    is_delta
                    and span.before.period == period
                    and settled.union(person.user_ids).issuperset(span.user_ids)
                )
            ]
            if days:
                day, before = min(days, key=lambda entry: (entry[0], entry[1].number))
                found.append(Overlap(person.employee_id, day, before))
        return found


def _all_in(user_ids: Iterable[str], settled: frozenset[str], own: tuple[str, ...]) -> bool:
    return all(user_id in settled or user_id in own for user_id in user_ids)


def _by_number(employee_id: str) -> str:
    return f"number {employee_id}"


def _paid_line(line: PayLine) -> PaidLine:
    return PaidLine(
        line.pay_code,
        line.unit,
        line.cost_centre,
        line.quantity,
        line.exact_minutes,
        line.bs_nr,
        line.no_wage_type,
    )
