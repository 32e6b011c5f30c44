# SPDX-License-Identifier: Apache-2.0
"""Everything that was printed of a period: what a correction makes right."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Protocol

from airflow_provider_allhours.payroll.answers import Answers
from airflow_provider_allhours.payroll.lines import PayLine
from airflow_provider_allhours.payroll.paid_people import PaidPerson


class PrintedLines(Protocol):
    """The printed lines of a period, by the user that stands for the person. They may be more than fit into memory."""

    def add(self, person: PaidPerson) -> None:
        """Put the lines of somebody behind those that the user has."""

    def users(self) -> Iterable[str]:
        """The users that have lines, sorted."""

    def of(self, user_id: str) -> list[PayLine]:
        """The lines of a user, in the order in which they were added; empty for a user without any."""


@dataclass(frozen=True)
class PrintedSoFar:
    """Everything that was printed of a period by valid releases.

    Attributes:
        lines: of all files and groups, in the order of the releases.
        answers: answers of these releases.
        codes: pay codes and units of the mappings that they paid with.
        mappings: checksums of these mappings.
    """

    lines: PrintedLines
    answers: Answers
    codes: frozenset[tuple[str, str]]
    mappings: frozenset[str]

    def of(self, user_id: str) -> list[PayLine]:
        """The lines of a user, under the numbers that payroll has them under now."""
        return [self.answers.applied_to(line) for line in self.lines.of(user_id)]


def printed_so_far(
    lines: PrintedLines,
    releases: Iterable[Iterable[PaidPerson]],
    codes: frozenset[tuple[str, str]],
    mappings: frozenset[str],
) -> PrintedSoFar:
    """Everything that releases of a period printed, and their answers.

    Args:
        lines: where the lines are kept; what it has already was paid elsewhere.
        releases: the people of each, in the order of the releases.
        codes: pay codes and units of their mappings.
        mappings: checksums of these mappings.
    """
    answers = Answers()
    for people in releases:
        printed: set[str] = set()
        kept: set[str] = set()
        renumbered: dict[tuple[str, str], str] = {}
        for person in people:
            if person.lines:
                lines.add(person)
                printed.update(person.user_ids)
            if person.kept:
                kept.update(person.user_ids)
            for user_id in person.user_ids:
                renumbered |= {(user_id, old): new for old, new in person.renumbered.items()}
        # Somebody who came back and was paid is a question again when gone again.
        before = Answers(answers.kept - printed, answers.renumbered)
        answers = before.joined(Answers(frozenset(kept), renumbered))
    return PrintedSoFar(lines, answers, codes, mappings)
