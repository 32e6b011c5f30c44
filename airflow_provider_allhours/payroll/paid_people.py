# SPDX-License-Identifier: Apache-2.0
"""The people that a payroll file pays, with their days and printed lines."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from datetime import date
from heapq import merge
from itertools import groupby
from operator import itemgetter

import msgspec

from airflow_provider_allhours.payroll.answers import Answers
from airflow_provider_allhours.payroll.lines import PayLine
from airflow_provider_allhours.payroll.people import Person
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
        # One after the other, so that no key is made for each person and line.
        self._persons = sorted(persons, key=lambda person: person.user_ids)
        self._persons.sort(key=lambda person: person.employee_id)
        self._days = days
        self._lines = sorted(lines, key=lambda line: line.person.user_ids)
        self._lines.sort(key=lambda line: line.person.employee_id)
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
