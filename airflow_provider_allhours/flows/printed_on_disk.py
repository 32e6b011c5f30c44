# SPDX-License-Identifier: Apache-2.0
"""Keep the lines that were printed of a period on the disk while a correction is made."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import NamedTuple, Self

import msgspec

from airflow_provider_allhours.files.keyed_spool import KeyedSpool
from airflow_provider_allhours.payroll.lines import PayLine
from airflow_provider_allhours.payroll.paid_people import PaidPerson
from airflow_provider_allhours.periods import Period


class PrintedOnDisk:
    """Printed lines of a period, see :class:`~airflow_provider_allhours.payroll.printed.PrintedLines`.

    Use it as a context manager; at the end of the block the lines are gone.

    Args:
        period: the days that the lines pay.
    """

    def __init__(self, period: Period) -> None:
        self._period = period
        self._people: KeyedSpool[list[_Printed]] = KeyedSpool()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._people.close()

    def add(self, person: PaidPerson, release: int) -> None:
        """Put the lines of somebody behind those that the user has."""
        user_id = person.user_ids[0]
        printed = PaidPerson(person.employee_id, person.user_ids, lines=person.lines)
        self._people[user_id] = [*self._people.get(user_id, []), _Printed(release, printed)]

    def renumber(self, user_id: str, numbers: Mapping[str, str], before: int) -> None:
        """Put lines of a user under other numbers; those of the release ``before`` and later ones stay."""
        if user_id in self._people:
            self._people[user_id] = [
                printed.under(numbers) if printed.release < before else printed for printed in self._people[user_id]
            ]

    def users(self) -> Iterator[str]:
        """The users that have lines, sorted."""
        return iter(self._people)

    def of(self, user_id: str) -> list[PayLine]:
        """The lines of a user, in the order in which they were added; empty for a user without any."""
        return [line for printed in self._people.get(user_id, []) for line in printed.person.printed(self._period)]


class _Printed(NamedTuple):
    release: int
    person: PaidPerson

    def under(self, numbers: Mapping[str, str]) -> _Printed:
        number = numbers.get(self.person.employee_id, self.person.employee_id)
        return self._replace(person=msgspec.structs.replace(self.person, employee_id=number))
