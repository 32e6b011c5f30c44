# SPDX-License-Identifier: Apache-2.0
"""The employees that the seed generates."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from random import Random

from airflow_provider_allhours.sandbox.identifiers import USER, guid

FIRST_NAMES = ("Ana", "Žan", "Špela", "Luka", "Maja", "Čedomir", "Eva", "Jürgen", "Zoë", "Nina", "Matej", "Łucja")
LAST_NAMES = ("Novak", "Kovač", "Žagar", "Krajnc", "Müller", "O'Brien", "Horvat", "Šuštar", "Bizjak", "de la Cruz")

DAY, EARLY, NIGHT = "day", "early", "night"


@dataclass(frozen=True)
class Employee:
    """One user of the account as the seed generates it; changes made over HTTP are kept in :mod:`.staff`."""

    index: int
    id: str
    first_name: str
    last_name: str
    email: str
    custom_id: str | None
    is_time_attendance_user: bool
    is_archived: bool
    start: date | None
    stop: date | None
    shift: str
    minutes_per_day: int


@dataclass(frozen=True)
class Hiring:
    """Generates the employees of a company from its size and seed.

    Attributes:
        seed: the same seed generates the same people.
        employees: time and attendance users; one administrator without timesheets comes on top, as index 0.
        first_day: first day of the history.
        today: the company's present day.
        clean_ids: every employee number unique; otherwise one pair shares a number.
        missing_employee_ids: so many employees have no number.
    """

    seed: int
    employees: int
    first_day: date
    today: date
    clean_ids: bool = False
    missing_employee_ids: int = 0

    def employee(self, index: int) -> Employee:
        """The user at this index: 0 is the administrator."""
        rng = Random(f"{self.seed}/person/{index}")
        first, last = rng.choice(FIRST_NAMES), rng.choice(LAST_NAMES)
        shift = rng.choices((DAY, EARLY, NIGHT), (80, 12, 8))[0]
        minutes = rng.choices((480, 240, 360), (88, 8, 4))[0] if shift == DAY else 480
        start, stop = self._employment(index, rng)
        return Employee(
            index=index,
            id=guid(USER, self.seed, index),
            first_name=first,
            last_name=last,
            email=f"user{index}@sandbox.example",
            custom_id=self._custom_id(index),
            is_time_attendance_user=index > 0,
            is_archived=stop is not None and stop < self.today,
            start=start,
            stop=stop,
            shift=shift,
            minutes_per_day=minutes,
        )

    def _employment(self, index: int, rng: Random) -> tuple[date | None, date | None]:
        """First and last day of work: every 25th joins and every 25th leaves in the last three months."""
        recent = rng.randrange(5, 85)
        if index % 25 == 7:
            return self.today - timedelta(days=recent), None
        if index % 25 == 19:
            stop = self.today - timedelta(days=recent)
            # Who left before the history begins was employed before it, too.
            return (self.first_day if self.first_day <= stop else None), stop
        return (None if index % 10 == 3 else self.first_day), None

    def _custom_id(self, index: int) -> str | None:
        if index == 0 or self.employees - index < self.missing_employee_ids:
            return None
        if index == 5 and not self.clean_ids:
            index = 4
        # A gap after every seventh number, as numbers of former employees leave one.
        return str(1000 + index + index // 7)
