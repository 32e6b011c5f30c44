# SPDX-License-Identifier: Apache-2.0
"""Who is paid: the people of a period as payroll knows them, by employee id."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence, Set
from dataclasses import dataclass, field
from itertools import groupby
from typing import NamedTuple

from airflow_provider_allhours.attendance.selection import EmployeeSelection
from airflow_provider_allhours.client.errors import AllHoursParameterError
from airflow_provider_allhours.payroll.frozen import FrozenPerson
from airflow_provider_allhours.texts import clean_id

MAX_NAMED = 20


class Person(NamedTuple):
    """Employee id, name and users of a person, as payroll layouts print them; empty where All Hours has none.

    Attributes:
        employee_id: the number that payroll knows.
        first_name: may be empty.
        last_name: may be empty.
        user_ids: users of All Hours, of a re-hire the old and the new record; the first stands for the person.
    """

    employee_id: str
    first_name: str = ""
    last_name: str = ""
    user_ids: tuple[str, ...] = ()

    @property
    def user_id(self) -> str:
        """The user that stands for the person; empty where none is known."""
        return self.user_ids[0] if self.user_ids else ""


@dataclass(frozen=True)
class Group:
    """Whom a payroll file pays.

    Attributes:
        selection: the employees, None for everybody.
        excluded: employee id, or user id, of people who are left out -> reason.
        merges: whether users with one employee id are one person.
        user_ids: the users, whatever their numbers and custom fields; None where these decide.
    """

    selection: EmployeeSelection | None = None
    excluded: Mapping[str, str] = field(default_factory=dict)
    merges: bool = False
    user_ids: Set[str] | None = None

    @property
    def is_everybody(self) -> bool:
        """Whether nobody is left out."""
        return self.selection is None and self.user_ids is None and not self.excluded

    def has(self, entry: FrozenPerson) -> bool:
        """Whether a user is paid."""
        if self.user_ids is not None:
            return entry.user_id in self.user_ids
        return not self.excludes(entry.user_id, entry.employee_id) and self.selects(entry)

    def excludes(self, user_id: str, employee_id: str) -> bool:
        """Whether a user is left out by name of id."""
        return user_id in self.excluded or (bool(employee_id) and employee_id in self.excluded)

    def selects(self, entry: FrozenPerson) -> bool:
        """Whether a user is among the employees."""
        return self.selection is None or is_selected(entry, self.selection)


def is_selected(entry: FrozenPerson, selection: EmployeeSelection) -> bool:
    """Whether a selection means a frozen user."""
    if selection.employee_ids:
        return entry.employee_id in selection.employee_ids
    return all(clean_id(entry.custom_fields.get(name)) in values for name, values in selection.custom_fields)


def read_excluded(exclude: Mapping[str, object] | None) -> dict[str, str]:
    """Check the parameter ``exclude``.

    Raises:
        AllHoursParameterError: not an object of ids and reasons, or a reason is missing.
    """
    if exclude is None:
        return {}
    if not isinstance(exclude, Mapping):
        raise AllHoursParameterError(
            "parameter 'exclude' takes an object: employee id (or the user id of somebody without one) -> reason"
        )
    for name, reason in exclude.items():
        if not isinstance(name, str) or not clean_id(name):
            raise AllHoursParameterError(
                f"parameter 'exclude' has the id {name!r}, which is not text; write it in quotes"
            )
        if not isinstance(reason, str) or not reason.strip():
            raise AllHoursParameterError(f"parameter 'exclude' gives no reason for {name}; it takes a text")
    return {clean_id(name): str(reason).strip() for name, reason in exclude.items()}


@dataclass(frozen=True)
class People:
    """The people of a version whom a payroll file pays.

    Attributes:
        payable: people with an employee id of their own, sorted by employee id, then by user id.
        problems: one sentence for each number that is missing or belongs to several users.
        user_ids: every user of the version, paid or not.
    """

    payable: tuple[Person, ...]
    problems: tuple[str, ...]
    user_ids: Set[str]


def people_of(
    entries: Iterable[FrozenPerson], group: Group, was_paid_as: Callable[[str, str], bool] | None = None
) -> People:
    """Find who is paid, and whose number is missing or doubled.

    Args:
        entries: the users of the version.
        group: whom the file pays.
        was_paid_as: whether a user was paid under an employee id before; of merged users the one who was stands for the
            person, so that its lines continue.
    """
    everybody: set[str] = set()
    users: list[Person] = []
    for entry in entries:
        everybody.add(entry.user_id)
        if group.has(entry):
            users.append(Person(entry.employee_id, entry.first_name, entry.last_name, (entry.user_id,)))
    users.sort(key=lambda user: (user.employee_id, user.user_id))
    payable, problems = [], []
    for number, found in groupby(users, key=lambda user: user.employee_id):
        own = list(found)
        ids = listed([user.user_id for user in own])
        if not number:
            problems.append(f"{len(own)} users have no employee id: {ids}")
        elif len(own) > 1 and not group.merges:
            problems.append(f"employee id {number} belongs to {len(own)} users: {ids}")
        else:
            payable.append(own[0] if len(own) == 1 else _merged(own, was_paid_as))
    return People(tuple(payable), tuple(problems), everybody)


def _merged(users: Sequence[Person], was_paid_as: Callable[[str, str], bool] | None) -> Person:
    first, *others = users
    if was_paid_as is not None:
        first, *others = sorted(users, key=lambda user: not was_paid_as(user.user_id, user.employee_id))
    return first._replace(user_ids=(first.user_id, *(user.user_id for user in others)))


def listed(names: Sequence[str], limit: int = MAX_NAMED) -> str:
    """The first names of a list, and how many more there are."""
    return ", ".join(names[:limit]) + (f" and {len(names) - limit} more" if len(names) > limit else "")
