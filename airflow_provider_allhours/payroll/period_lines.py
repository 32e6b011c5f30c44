# SPDX-License-Identifier: Apache-2.0
"""Make the lines of one period, person by person, and find what would make them wrong."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from functools import partial
from typing import NamedTuple

from airflow_provider_allhours.attendance.selection import EmployeeSelection
from airflow_provider_allhours.payroll.answers import Answers
from airflow_provider_allhours.payroll.corrections import corrections
from airflow_provider_allhours.payroll.definitions import Definitions, ResolvedMapping
from airflow_provider_allhours.payroll.findings import Findings
from airflow_provider_allhours.payroll.frozen import FrozenPerson, PersonRecords
from airflow_provider_allhours.payroll.lines import PayLine, lines_of
from airflow_provider_allhours.payroll.mapping import PayMapping
from airflow_provider_allhours.payroll.paid_people import PaidPeople
from airflow_provider_allhours.payroll.people import Group, People, Person, listed, people_of
from airflow_provider_allhours.payroll.printed import PrintedSoFar
from airflow_provider_allhours.payroll.quantities import quantities_of
from airflow_provider_allhours.payroll.questions import Asked, OnRemoved, OnRenumbered, ask, questions_of_codes
from airflow_provider_allhours.payroll.rounding import Rounding
from airflow_provider_allhours.periods import Period


@dataclass(frozen=True)
class LineOptions:
    """How lines are made.

    Attributes:
        mapping: what is paid.
        rounding: see :func:`~airflow_provider_allhours.payroll.rounding.round_lines`.
        group: whom the file pays.
        on_removed: see :func:`~airflow_provider_allhours.payroll.questions.ask`.
        on_renumbered: see there.
        keeps_days: whether the layout wants the days of each line.
    """

    mapping: PayMapping
    rounding: Rounding = "line"
    group: Group = field(default_factory=Group)
    on_removed: OnRemoved = "fail"
    on_renumbered: OnRenumbered = "fail"
    keeps_days: bool = False


@dataclass(frozen=True)
class PeriodLines:
    """The lines of one period in a payroll file.

    Attributes:
        lines: by employee id and in the order of the mapping; lines of 0 are among them where they
            have minutes.
        problems: what would make them wrong, one sentence each.
        warnings: what is allowed and rarely meant, one sentence each.
        people: everybody whom the file pays, with days and lines.
        settled: users whose printed lines a correction takes into account.
        answers: what this file answers and later corrections do not ask again.
        unused_exclusions: ids of ``exclude`` that nobody of the version has.
        unknown_employees: ids of ``employees`` that nobody of the version has and nobody who is gone was paid under.
        selects_nobody: whether nobody of the version is among the ``employees``.
    """

    lines: list[PayLine]
    problems: list[str]
    warnings: list[str]
    people: PaidPeople
    settled: frozenset[str]
    answers: Answers
    unused_exclusions: frozenset[str]
    unknown_employees: frozenset[str]
    selects_nobody: bool


@dataclass(frozen=True)
class FrozenPeriod:
    """A version of a period, as lines are made from it.

    Attributes:
        period: the days.
        entries: its people; read once.
        records: the same people with their records, in any order; read once.
        definitions: what the records refer to.
        selection: the employees that it was closed for; None for everybody.
    """

    period: Period
    entries: Iterable[FrozenPerson]
    records: Iterable[PersonRecords]
    definitions: Definitions
    selection: EmployeeSelection | None = None


def lines_of_period(
    version: FrozenPeriod,
    options: LineOptions,
    *,
    so_far: PrintedSoFar | None = None,
    former: Mapping[str, FrozenPerson] | None = None,
) -> PeriodLines:
    """The lines that a version pays: of the whole period, or the corrections of what was printed so far.

    Memory grows with the people and lines, not with the days; names and custom fields are not kept of everybody.

    Args:
        version: the frozen period.
        options: how lines are made.
        so_far: what was printed of the period; None where the whole period is paid.
        former: people of released versions who are not in this one, by user id: their names and custom fields.
    """
    then = former or {}
    selected = _select(version, options.group, so_far)
    people = selected.people
    asked = Asked(frozenset(), Answers(), []) if so_far is None else _ask(so_far, people, options, version, then)
    maker = _LineMaker(version, options)
    lines: list[PayLine] = []
    present: set[str] = set()
    for person, records in _by_person(version.records, people):
        own = maker.lines_of(person, records)
        if so_far is not None:
            own = [_named(line, person) for line in corrections(own, _printed(so_far, asked, person.user_ids))]
        lines += [line for line in own if line.quantity or line.exact_minutes]
        present.update(person.user_ids)
    for user_id in sorted(asked.settled - present):
        taken_back = corrections((), _printed(so_far, asked, (user_id,)))
        lines += [_named(line, then.get(user_id)) for line in taken_back]
    # One after the other, so that no key is made for each line.
    lines.sort(key=lambda line: line.person.user_ids)
    lines.sort(key=lambda line: line.person.employee_id)
    of_codes = [] if so_far is None else questions_of_codes(lines, options.mapping, so_far)
    problems = dict.fromkeys([*people.problems, *asked.problems, *of_codes, *maker.problems()])
    warnings = [*_changed_mapping(options.mapping, so_far), *maker.warnings()]
    return PeriodLines(
        lines,
        [f"{version.period}: {problem}" for problem in problems],
        [f"{version.period}: {warning}" for warning in warnings],
        PaidPeople(people.payable, selected.days, lines, asked.answers),
        asked.settled,
        asked.answers,
        selected.unused_exclusions,
        selected.unknown_employees,
        selected.selects_nobody,
    )


class _Selected(NamedTuple):
    """Whom a file pays of a version, and what is kept of the others."""

    people: People
    days: Mapping[str, tuple[date, date]]
    unused_exclusions: frozenset[str]
    unknown_employees: frozenset[str]
    selects_nobody: bool


class _DaysOfUsers(dict[str, tuple[date, date]]):
    """First and last day of each user; of those who have the whole period nothing is kept."""

    def __init__(self, period: Period) -> None:
        super().__init__()
        self._whole = (period.date_from, period.date_to)

    def __missing__(self, user_id: str) -> tuple[date, date]:
        return self._whole

    def note(self, entry: FrozenPerson) -> None:
        """Keep the days of a user."""
        if (days := (entry.date_from, entry.date_to)) != self._whole:
            self[entry.user_id] = days


def _select(version: FrozenPeriod, group: Group, so_far: PrintedSoFar | None) -> _Selected:
    days = _DaysOfUsers(version.period)
    unused_exclusions = set(group.excluded)
    unknown_employees = set() if group.selection is None else set(group.selection.employee_ids)
    selects_nobody = True

    def noted() -> Iterator[FrozenPerson]:
        """The entries, one by one: nothing of them is kept that is not needed."""
        nonlocal selects_nobody
        for entry in version.entries:
            days.note(entry)
            unused_exclusions.difference_update((entry.user_id, entry.employee_id))
            unknown_employees.discard(entry.employee_id)
            selects_nobody = selects_nobody and not group.selects(entry)
            yield entry

    people = people_of(noted(), group, None if so_far is None else partial(_was_paid_as, so_far))
    if so_far is not None and unknown_employees:
        # Somebody who is there under another number is not meant by the old one.
        gone = (user_id for user_id in so_far.lines.users() if user_id not in people.user_ids)
        printed = (line for user_id in gone for line in so_far.lines.of(user_id))
        unknown_employees.difference_update(line.person.employee_id for line in printed)
    return _Selected(people, days, frozenset(unused_exclusions), frozenset(unknown_employees), selects_nobody)


def _changed_mapping(mapping: PayMapping, so_far: PrintedSoFar | None) -> list[str]:
    if so_far is None or mapping.sha256 in so_far.mappings:
        return []
    return [
        "the mapping is not the one that this period was paid with; what it pays otherwise is among the corrections"
    ]


def _ask(
    so_far: PrintedSoFar,
    people: People,
    options: LineOptions,
    version: FrozenPeriod,
    former: Mapping[str, FrozenPerson],
) -> Asked:
    return ask(
        so_far,
        people,
        options.group,
        closed=version.selection,
        former=former,
        on_removed=options.on_removed,
        on_renumbered=options.on_renumbered,
    )


class _LineMaker:
    """Makes the lines of one person after the other."""

    def __init__(self, version: FrozenPeriod, options: LineOptions) -> None:
        self._period = version.period
        self._options = options
        self._resolved = ResolvedMapping(options.mapping, version.definitions)
        self._findings = Findings()
        self._without_cost_centre: list[str] = []
        self._numbers: dict[int, int] = {}

    def lines_of(self, person: Person, records: list[PersonRecords]) -> list[PayLine]:
        quantities = quantities_of(
            records, person.employee_id, self._resolved, self._findings, keeps_days=self._options.keeps_days
        )
        return lines_of(
            person,
            quantities,
            cost_centre=self._cost_centre(person, records),
            period=self._period,
            rounding=self._options.rounding,
            numbers=self._numbers,
        )

    def _cost_centre(self, person: Person, records: list[PersonRecords]) -> str:
        name = self._options.mapping.cost_centre_field
        if name is None:
            return ""
        values = (user.person.custom_fields.get(name, "") for user in records)
        value = next((value for value in values if value), "")
        if not value:
            self._without_cost_centre.append(person.employee_id)
        return value

    def problems(self) -> list[str]:
        return [*self._resolved.problems(), *self._findings.sentences()]

    def warnings(self) -> list[str]:
        warnings = list(self._resolved.warnings())
        ids = sorted(self._without_cost_centre)
        if ids:
            name = self._options.mapping.cost_centre_field
            warnings.append(f"{len(ids)} people have no {name}, so no cost centre: employee id {listed(ids)}")
        return warnings


def _by_person(records: Iterable[PersonRecords], people: People) -> Iterator[tuple[Person, list[PersonRecords]]]:
    """The records of each person who is paid; those of merged users together."""
    persons = {user_id: person for person in people.payable for user_id in person.user_ids}
    waiting: dict[Person, list[PersonRecords]] = defaultdict(list)
    for user in records:
        person = persons.get(user.person.user_id)
        if person is None:
            continue
        waiting[person].append(user)
        if len(waiting[person]) == len(person.user_ids):
            yield person, waiting.pop(person)


def _was_paid_as(so_far: PrintedSoFar, user_id: str, employee_id: str) -> bool:
    """Whether payroll has printed lines of a user under a number."""
    return any(line.person.employee_id == employee_id for line in so_far.lines.of(user_id))


def _printed(so_far: PrintedSoFar | None, asked: Asked, user_ids: Iterable[str]) -> Iterator[PayLine]:
    """The printed lines of users that count, under the numbers that payroll has them under."""
    for user_id in user_ids:
        if so_far is not None and user_id in asked.settled:
            yield from map(asked.answers.applied_to, so_far.lines.of(user_id))


def _named(line: PayLine, known: Person | FrozenPerson | None) -> PayLine:
    """The line with the name of its person, which printed lines do not have."""
    if known is None or line.person is known:
        return line
    return replace(line, person=line.person._replace(first_name=known.first_name, last_name=known.last_name))
