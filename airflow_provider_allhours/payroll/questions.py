# SPDX-License-Identifier: Apache-2.0
"""What a correction asks before it takes back pay: people who are gone, and people who have another number."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Literal

from airflow_provider_allhours.payroll.frozen import FrozenPerson
from airflow_provider_allhours.payroll.lines import PayLine
from airflow_provider_allhours.payroll.mapping import PayMapping
from airflow_provider_allhours.payroll.people import Group, People, Person, listed

OnRemoved = Literal["fail", "pay", "keep"]
OnRenumbered = Literal["fail", "move", "keep"]
ON_REMOVED: tuple[OnRemoved, ...] = ("fail", "pay", "keep")
ON_RENUMBERED: tuple[OnRenumbered, ...] = ("fail", "move", "keep")


@dataclass(frozen=True)
class Answers:
    """Answers that last: a release record keeps them, and the next correction does not ask again.

    Attributes:
        kept: users who are gone and whose pay stays as it was printed.
        renumbered: ``(user id, old number)`` -> the number under which payroll has the printed lines now.
    """

    kept: frozenset[str] = frozenset()
    renumbered: Mapping[tuple[str, str], str] = field(default_factory=dict)

    def joined(self, other: Answers) -> Answers:
        """The answers of both; those of ``other`` are later, so that numbers of before lead to its numbers."""
        by_user: dict[str, dict[str, str]] = defaultdict(dict)
        for (user_id, old), new in self.renumbered.items():
            by_user[user_id][old] = new
        for (user_id, old), new in other.renumbered.items():
            numbers = by_user[user_id]
            numbers |= {first: new for first, last in numbers.items() if last == old}
            numbers[old] = new
            numbers.pop(new, None)
        renumbered = {(user_id, old): new for user_id, numbers in by_user.items() for old, new in numbers.items()}
        return Answers(self.kept | other.kept, renumbered)

    def number_of(self, user_id: str, number: str) -> str:
        """The number under which payroll has lines that were printed under another."""
        return self.renumbered.get((user_id, number), number)


@dataclass(frozen=True)
class PrintedSoFar:
    """Everything that was printed of a period by valid releases.

    Attributes:
        lines: in the order of the releases, of all files and groups.
        answers: answers of these releases.
        codes: pay codes and units of the mappings that they paid with.
        mappings: checksums of these mappings.
    """

    lines: Sequence[PayLine] = ()
    answers: Answers = field(default_factory=Answers)
    codes: frozenset[tuple[str, str]] = frozenset()
    mappings: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Asked:
    """What is known after the questions.

    Attributes:
        printed: lines printed so far that count, by the user that stands for the person.
        answers: the new answers.
        problems: questions without an answer, one sentence each.
    """

    printed: dict[str, list[PayLine]]
    answers: Answers
    problems: list[str]


def ask(
    so_far: PrintedSoFar,
    people: People,
    group: Group,
    *,
    former: Mapping[str, FrozenPerson],
    on_removed: OnRemoved,
    on_renumbered: OnRenumbered,
) -> Asked:
    """Find what the printed lines ask, and apply the answers.

    Lines of people whom the file does not pay are left out: nothing of theirs is corrected.

    Args:
        so_far: what was printed of the period.
        people: the people of the version that is paid.
        group: whom the file pays.
        former: people of released versions who are not in this one, by user id: their custom fields.
        on_removed: what to do about people who were paid and are gone: ``pay`` takes their lines back.
        on_renumbered: what to do about another number: ``move`` takes the lines of the old number back and pays the
            new one, ``keep`` says that payroll has the new number, too.
    """
    earlier = so_far.answers
    by_user: dict[str, list[PayLine]] = defaultdict(list)
    for line in so_far.lines:
        by_user[line.person.user_id].append(line)
    payable = {user_id: person for person in people.payable for user_id in person.user_ids}
    counted: dict[str, list[PayLine]] = {}
    gone: list[str] = []
    moved: dict[tuple[str, str], str] = {}
    split: list[str] = []
    for user_id, lines in sorted(by_user.items()):
        if user_id in payable:
            person = payable[user_id]
            known = [_renumbered(line, earlier) for line in lines]
            for number in sorted(_owed(known) - {person.employee_id}):
                moved[user_id, number] = person.employee_id
            counted[user_id] = known
            split += [person.employee_id] if set(lines[-1].person.user_ids) - people.user_ids else []
        elif (
            user_id not in people.user_ids | earlier.kept
            and _is_concerned(lines[-1].person, group, former.get(user_id))
            and (numbers := _owed(lines))
        ):
            gone += sorted(numbers)
            counted[user_id] = lines
    answers = Answers(
        frozenset(user_id for user_id in counted if user_id not in payable) if on_removed == "keep" else frozenset(),
        moved if on_renumbered == "keep" else {},
    )
    return Asked(
        {
            user_id: [_renumbered(line, answers) for line in lines]
            for user_id, lines in counted.items()
            if user_id not in answers.kept
        },
        answers,
        [*_removed(gone, split, on_removed), *_questions_of_numbers(moved, on_renumbered)],
    )


def questions_of_codes(lines: Iterable[PayLine], mapping: PayMapping, so_far: PrintedSoFar) -> list[str]:
    """Whether a correction moves pay to a code that was never paid, or takes back a code that is no longer mapped.

    Both come from a mapping that was changed after the release, and not from the days.
    """
    corrected = {(line.pay_code, line.unit) for line in lines if line.quantity}
    added = sorted({code for code, unit in corrected - so_far.codes})
    dropped = sorted({code for code, unit in corrected - mapping.codes})
    problems = [f"pay code {listed(added)} was in no mapping that this period was paid with"] if added else []
    problems += [f"pay code {listed(dropped)} was paid and is no longer in the mapping in this unit"] if dropped else []
    advice = "a correction takes the mapping of its release; where that was wrong, void the release"
    return [f"{problem}; {advice}" for problem in problems]


def _owed(lines: Sequence[PayLine]) -> set[str]:
    """The numbers whose printed sums are not all 0."""
    sums: dict[tuple[str, ...], int] = defaultdict(int)
    for line in lines:
        sums[line.person.employee_id, line.pay_code, line.unit, line.cost_centre] += line.quantity
    return {key[0] for key, quantity in sums.items() if quantity}


def _renumbered(line: PayLine, answers: Answers) -> PayLine:
    number = answers.number_of(line.person.user_id, line.person.employee_id)
    return line if number == line.person.employee_id else replace(line, person=line.person._replace(employee_id=number))


def _is_concerned(person: Person, group: Group, former: FrozenPerson | None) -> bool:
    """Whether a file of this group would have paid somebody who is gone."""
    if group.excludes(person.user_id, person.employee_id):
        return False
    if former is not None:
        return group.selects(former)
    selection = group.selection
    return selection is None or not selection.employee_ids or person.employee_id in selection.employee_ids


def _removed(gone: Sequence[str], split: Sequence[str], on_removed: OnRemoved) -> list[str]:
    problems = []
    if gone and on_removed == "fail":
        problems.append(
            f"{len(gone)} people were paid and are no longer in the roster (employee id {listed(gone)}); "
            'on_removed="pay" takes back what was printed, "keep" leaves it'
        )
    if split and on_removed != "pay":
        problems.append(
            f"{len(split)} people were paid from several users, and one of these is no longer in the roster (employee "
            f'id {listed(split)}); on_removed="pay" takes back what was printed of that user'
        )
    return problems


def _questions_of_numbers(moved: Mapping[tuple[str, str], str], on_renumbered: OnRenumbered) -> list[str]:
    if not moved or on_renumbered != "fail":
        return []
    changed = [f"{old} is now {new}" for (_, old), new in sorted(moved.items(), key=lambda entry: entry[0][1])]
    return [
        f'{len(changed)} people were paid under another employee id ({listed(changed)}); on_renumbered="move" takes '
        'back the old number and pays the new one, "keep" says that payroll has the new number, too'
    ]
