# SPDX-License-Identifier: Apache-2.0
"""Everything that was printed of a period: what a correction makes right."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Protocol

from airflow_provider_allhours.payroll.lines import PayLine
from airflow_provider_allhours.payroll.paid_people import PaidPerson


class PrintedLines(Protocol):
    """The printed lines of a period, by the user that stands for the person. They may be more than fit into memory."""

    def add(self, person: PaidPerson, release: int) -> None:
        """Put the lines of somebody behind those that the user has.

        Args:
            person: whose; with lines.
            release: place of the release among those of the period, from 1; 0 for what was paid elsewhere.
        """

    def renumber(self, user_id: str, numbers: Mapping[str, str], before: int) -> None:
        """Put lines of a user under other numbers.

        Args:
            user_id: whose.
            numbers: old number -> new number.
            before: lines of this release and later ones stay as they were printed.
        """

    def users(self) -> Iterable[str]:
        """The users that have lines, sorted."""

    def of(self, user_id: str) -> list[PayLine]:
        """The lines of a user, in the order in which they were added; empty for a user without any."""


@dataclass(frozen=True)
class PrintedSoFar:
    """Everything that was printed of a period by valid releases.

    Attributes:
        lines: of all files and groups, in the order of the releases, under the numbers that payroll has them under now.
        kept: users who are gone and whose pay stays as it was printed.
        codes: pay codes and units of the mappings that they paid with.
        mappings: checksums of these mappings.
    """

    lines: PrintedLines
    kept: frozenset[str]
    codes: frozenset[tuple[str, str]]
    mappings: frozenset[str]


def printed_so_far(
    lines: PrintedLines,
    releases: Iterable[Iterable[PaidPerson]],
    codes: frozenset[tuple[str, str]],
    mappings: frozenset[str],
) -> PrintedSoFar:
    """Everything that releases of a period printed, and what they answered.

    That payroll has changed a number is true of what was printed before the release that says so: somebody may have the
    old number again later.

    Args:
        lines: where the lines are kept; what it has already was paid elsewhere.
        releases: the people of each, in the order of the releases.
        codes: pay codes and units of their mappings.
        mappings: checksums of these mappings.
    """
    kept: set[str] = set()
    for number, people in enumerate(releases, start=1):
        printed: set[str] = set()
        newly_kept: set[str] = set()
        for person in people:
            if person.lines:
                lines.add(person, number)
                printed.update(person.user_ids)
            if person.kept:
                newly_kept.update(person.user_ids)
            if person.renumbered:
                for user_id in person.user_ids:
                    lines.renumber(user_id, person.renumbered, before=number)
        # Somebody who came back and was paid is a question again when gone again.
        kept = (kept - printed) | newly_kept
    return PrintedSoFar(lines, frozenset(kept), codes, mappings)
