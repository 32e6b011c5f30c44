# SPDX-License-Identifier: Apache-2.0
"""The people of a month-end report."""

from __future__ import annotations

from typing import NamedTuple

from airflow_provider_allhours.flows.report_lines import Beside
from airflow_provider_allhours.flows.report_rows import ReportRows
from airflow_provider_allhours.payroll.bridge import Bridge

NOTHING = Bridge(0, 0, 0, 0, 0)


class ReportPerson(NamedTuple):
    """One person of the report; ``exceptions`` is their number."""

    employee_id: str
    user_id: str
    name: str
    bridge: Bridge
    lines: tuple[Beside, ...]
    exceptions: int


class ReportPeople(ReportRows[ReportPerson]):
    """The people on the disk, by employee id.

    Attributes:
        bridge: of everybody.
        lines: number of lines that are not 0.
        missing: minutes that are missing, and of how many people; what others have above their plan makes it no
            smaller.
        above_plan: minutes above the plan, and of how many people.
    """

    def __init__(self) -> None:
        super().__init__()
        self.bridge = NOTHING
        self.lines = 0
        self.missing = self.above_plan = (0, 0)

    def add(self, person: ReportPerson) -> None:
        """Add somebody."""
        self.put(person, person.employee_id, person.user_id)
        self.bridge = Bridge(*map(sum, zip(self.bridge, person.bridge, strict=True)))
        self.lines += sum(line.now != 0 for line in person.lines)
        missing = person.bridge.missing
        if missing > 0:
            self.missing = (self.missing[0] + missing, self.missing[1] + 1)
        elif missing < 0:
            self.above_plan = (self.above_plan[0] - missing, self.above_plan[1] + 1)
