# SPDX-License-Identifier: Apache-2.0
"""What payroll offices answered about people who are gone and about numbers that were changed."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from airflow_provider_allhours.payroll.lines import PayLine


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

    def applied_to(self, line: PayLine) -> PayLine:
        """A printed line under the number under which payroll has it now."""
        number = self.number_of(line.person.user_id, line.person.employee_id)
        if number == line.person.employee_id:
            return line
        return replace(line, person=line.person._replace(employee_id=number))
