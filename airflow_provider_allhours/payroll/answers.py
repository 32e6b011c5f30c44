# SPDX-License-Identifier: Apache-2.0
"""What payroll offices answered about people who are gone and about numbers that were changed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from airflow_provider_allhours.payroll.lines import PayLine


@dataclass(frozen=True)
class Answers:
    """Answers that last: a release record keeps them, and the next correction does not ask again.

    Attributes:
        kept: users who are gone and whose pay stays as it was printed.
        renumbered: ``(user id, old number)`` -> the number under which payroll has the lines that were printed before.
    """

    kept: frozenset[str] = frozenset()
    renumbered: Mapping[tuple[str, str], str] = field(default_factory=dict)

    def applied_to(self, line: PayLine) -> PayLine:
        """A printed line under the number under which payroll has it now."""
        number = self.renumbered.get((line.person.user_id, line.person.employee_id))
        return line if number is None else replace(line, person=line.person._replace(employee_id=number))
