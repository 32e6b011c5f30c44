# SPDX-License-Identifier: Apache-2.0
"""What a correction asks before it takes back pay: people who are gone, and people who have another number."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from airflow_provider_allhours.attendance.selection import EmployeeSelection
from airflow_provider_allhours.payroll.answers import Answers
from airflow_provider_allhours.payroll.frozen import FrozenPerson
from airflow_provider_allhours.payroll.lines import PayLine
from airflow_provider_allhours.payroll.mapping import PayMapping
from airflow_provider_allhours.payroll.people import Group, People, Person, is_selected, listed
from airflow_provider_allhours.payroll.printed import PrintedSoFar

OnRemoved = Literal["fail", "pay", "keep"]
OnRenumbered = Literal["fail", "move", "keep"]
ON_REMOVED: tuple[OnRemoved, ...] = ("fail", "pay", "keep")
ON_RENUMBERED: tuple[OnRenumbered, ...] = ("fail", "move", "keep")


@dataclass(frozen=True)
class Asked:
    """What is known after the questions.

    Attributes:
        settled: users whose printed lines count.
        answers: the new answers.
        problems: questions without an answer, one sentence each.
    """

    settled: frozenset[str]
    answers: Answers
    problems: list[str]


def ask(
    so_far: PrintedSoFar,
    people: People,
    group: Group,
    *,
    closed: EmployeeSelection | None,
    former: Mapping[str, FrozenPerson],
    on_removed: OnRemoved,
    on_renumbered: OnRenumbered,
) -> Asked:
    """Find what the printed lines ask, and what the file answers.

    Lines of people whom the file does not pay are left out: nothing of theirs is corrected.

    Args:
        so_far: what was printed of the period.
        people: the people of the version that is paid.
        group: whom the file pays.
        closed: the employees that the version was closed for; None for everybody. Others are not in it and not gone.
        former: people of released versions who are not in this one, by user id: their custom fields.
        on_removed: what to do about people who were paid and are gone: ``pay`` takes their lines back.
        on_renumbered: what to do about another number: ``move`` takes the lines of the old number back and pays the
            new one, ``keep`` says that payroll has the new number, too.
    """
    payable = {user_id: person for person in people.payable for user_id in person.user_ids}
    settled: set[str] = set()
    gone: list[str] = []
    gone_users: set[str] = set()
    moved: dict[tuple[str, str], str] = {}
    split: list[str] = []
    for user_id in so_far.lines.users():
        lines = so_far.lines.of(user_id)
        if user_id in payable:
            person = payable[user_id]
            for number in sorted(_owed(lines) - {person.employee_id}):
                moved[user_id, number] = person.employee_id
            settled.add(user_id)
            split += [person.employee_id] if set(lines[-1].person.user_ids) - people.user_ids else []
        elif (
            user_id not in people.user_ids
            and user_id not in so_far.kept
            and _is_concerned(lines[-1].person, group, closed, former.get(user_id))
            and (numbers := _owed(lines))
        ):
            gone += sorted(numbers)
            gone_users.add(user_id)
    keeps = on_removed == "keep"
    return Asked(
        frozenset(settled if keeps else settled | gone_users),
        Answers(frozenset(gone_users if keeps else ()), moved if on_renumbered == "keep" else {}),
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


def _is_concerned(person: Person, group: Group, closed: EmployeeSelection | None, former: FrozenPerson | None) -> bool:
    """Whether a file of this group, of a version of these employees, would have paid somebody who is gone."""
    if group.excludes(person.user_id, person.employee_id):
        return False
    selections = [selection for selection in (group.selection, closed) if selection is not None]
    if former is not None:
        return all(is_selected(former, selection) for selection in selections)
    return all(not selection.employee_ids or person.employee_id in selection.employee_ids for selection in selections)


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
