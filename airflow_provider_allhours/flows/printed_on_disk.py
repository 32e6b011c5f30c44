# SPDX-License-Identifier: Apache-2.0
"""Keep the lines that were printed of a period on the disk while a correction is made."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Self

from airflow_provider_allhours.files.keyed_spool import ListSpool
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
        self._people: ListSpool[PaidPerson] = ListSpool()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._people.close()

    def add(self, person: PaidPerson) -> None:
        """Put the lines of somebody behind those that the user has."""
        printed = PaidPerson(person.employee_id, person.user_ids, lines=person.lines)
        self._people.add(person.user_ids[0], printed)

    def users(self) -> Iterator[str]:
        """The users that have lines, sorted."""
        return iter(self._people)

    def of(self, user_id: str) -> list[PayLine]:
        """The lines of a user, in the order in which they were added; empty for a user without any."""
        return [line for person in self._people[user_id] for line in person.printed(self._period)]
