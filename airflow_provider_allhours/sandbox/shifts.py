# SPDX-License-Identifier: Apache-2.0
"""How the minutes of an employee-day follow from its clockings.

1. A shift has a planned start and as many planned minutes as the contract says, plus a lunch of 30 minutes where it
   is planned longer than six hours. Day shifts start at 08:00, early ones at 06:00, night ones at 22:00 and end on the
   next morning; a night belongs to the day it starts on. Day and early shifts are Monday to Friday, nights Tuesday to
   Saturday.
2. On a public holiday that would be a workday nobody works and the plan counts as paid absence.
3. Presence is the time elapsed from arrival to departure (a DST night is an hour longer or shorter). Minutes
   before the planned start are unpaid presence. Of the rest, 30 minutes are lunch when it is six hours or more; what
   remains is paid presence.
4. Booked paid absences count their planned minutes (whole day) or their own (partial), together at most the plan.
5. Balance = paid presence + paid absence - plan. Overtime is its positive part, missing presence its negative part,
   which a day that has not ended does not have yet.
6. A missing departure leaves the presence of the day at 0 and an entry in the missing events.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from random import Random
from zoneinfo import ZoneInfo

from airflow_provider_allhours.sandbox.holidays import holiday_name
from airflow_provider_allhours.sandbox.people import EARLY, NIGHT, Employee

LUNCH_MINUTES = 30
LUNCH_AFTER = 360
STARTS = {"day": time(8), EARLY: time(6), NIGHT: time(22)}


@dataclass(frozen=True)
class Punch:
    """One clocking: company-local time and the name of its definition."""

    moment: datetime
    definition: str


@dataclass(frozen=True)
class Minutes:
    """The outcome of one employee-day in minutes."""

    planned: int
    paid_presence: int
    unpaid_presence: int
    paid_absence: int
    missing_presence: int
    overtime: int
    lunch: int

    @property
    def balance(self) -> int:
        """Balance by rule 5, in minutes."""
        return self.paid_presence + self.paid_absence - self.planned


def is_workday(employee: Employee, day: date) -> bool:
    """Whether the shift pattern has this day, holidays aside."""
    return day.weekday() in (range(1, 6) if employee.shift == NIGHT else range(5))


def planned_minutes(employee: Employee, day: date) -> int:
    """Contract minutes on a day of the pattern, else 0."""
    return employee.minutes_per_day if is_workday(employee, day) else 0


def planned_start(employee: Employee, day: date) -> datetime:
    """Planned begin of the shift, company-local."""
    return datetime.combine(day, STARTS[employee.shift])


def punches_of(employee: Employee, day: date, seed: int, *, away_minutes: int = 0) -> list[Punch]:
    """The clockings that the seed generates for this day, before corrections.

    A partial absence lets the person leave ``away_minutes`` earlier.
    """
    planned = planned_minutes(employee, day)
    if not planned or holiday_name(day):
        return []
    rng = Random(f"{seed}/day/{employee.index}/{day.toordinal()}")
    start = planned_start(employee, day)
    lunch = LUNCH_MINUTES if planned > LUNCH_AFTER else 0
    arrival = start + timedelta(minutes=rng.randrange(-8, 12))
    stay = planned + lunch - away_minutes + rng.choice((-12, -5, 0, 0, 0, 4, 9, 20, 45))
    forgot = rng.random() < 0.003
    punches = [Punch(arrival, "Arrival")]
    if not forgot:
        punches.append(Punch(start + timedelta(minutes=max(stay, 1)), "Departure"))
    return punches


def presence(punches: list[Punch], start: datetime, zone: ZoneInfo) -> tuple[int, int, int]:
    """Paid presence, unpaid presence and lunch, by rule 3, from arrivals closed by departures."""
    paid_gross = unpaid = 0
    arrival: datetime | None = None
    for punch in sorted(punches, key=lambda punch: punch.moment):
        if punch.definition == "Arrival":
            arrival = punch.moment
        elif punch.definition == "Departure" and arrival is not None:
            paid_from = min(max(arrival, start), punch.moment)
            unpaid += _elapsed(arrival, paid_from, zone)
            paid_gross += _elapsed(paid_from, punch.moment, zone)
            arrival = None
    lunch = LUNCH_MINUTES if paid_gross >= LUNCH_AFTER else 0
    return paid_gross - lunch, unpaid, lunch


def has_open_arrival(punches: list[Punch]) -> bool:
    """Whether the last clocking of the day is an arrival (rule 6)."""
    ordered = sorted(punches, key=lambda punch: punch.moment)
    return bool(ordered) and ordered[-1].definition == "Arrival"


def minutes_of(
    planned: int, paid_presence: int, unpaid_presence: int, absence_minutes: int, lunch: int, *, is_over: bool
) -> Minutes:
    """The minutes of a day by rules 4 and 5; missing presence only once the day is over."""
    paid_absence = min(absence_minutes, planned)
    balance = paid_presence + paid_absence - planned
    return Minutes(
        planned=planned,
        paid_presence=paid_presence,
        unpaid_presence=unpaid_presence,
        paid_absence=paid_absence,
        missing_presence=max(0, -balance) if is_over else 0,
        overtime=max(0, balance),
        lunch=lunch,
    )


def _elapsed(start: datetime, end: datetime, zone: ZoneInfo) -> int:
    """Whole minutes elapsed between two local times."""
    return int((end.replace(tzinfo=zone).timestamp() - start.replace(tzinfo=zone).timestamp()) // 60)
