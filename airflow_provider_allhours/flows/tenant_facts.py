# SPDX-License-Identifier: Apache-2.0
"""Facts about an account that exports depend on, each proven by what the account answers, or not."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from datetime import date, time, timedelta
from functools import partial
from typing import Literal, TypedDict

from airflow_provider_allhours.attendance.proof import days_whose_absences_differ, days_whose_clockings_differ
from airflow_provider_allhours.attendance.roster import Employment, employments_in, unlisted_user_ids
from airflow_provider_allhours.client import AllHoursClient
from airflow_provider_allhours.client.errors import AllHoursError, AllHoursLimitError, AllHoursTransportError
from airflow_provider_allhours.client.models import Absence, Clocking, DailyCalculation, User
from airflow_provider_allhours.client.paging import PAGE_SIZES
from airflow_provider_allhours.flows.datasets.absences import ABSENCES
from airflow_provider_allhours.flows.datasets.clockings import CLOCKINGS
from airflow_provider_allhours.flows.datasets.days import COUNTERS, TIMESHEETS
from airflow_provider_allhours.periods import Period

VerdictName = Literal["proven", "stated", "cannot tell", "differs"]
PROVEN: VerdictName = "proven"
STATED: VerdictName = "stated"
CANNOT_TELL: VerdictName = "cannot tell"
DIFFERS: VerdictName = "differs"

ONE_DAY = timedelta(days=1)
WEEK = timedelta(days=6)
FEW_DAYS = timedelta(days=2)
"""How far the clockings of a list that comes in pages are asked for: a week of them is too many requests."""

LONG_WINDOW = timedelta(days=61)
LONG_AGO = Period(date(1990, 1, 1), date(1990, 1, 7))
"""A week of which no account has records."""

FIELDS_FACT = "fields of the exports"

SEEN_AT_LEAST = 3
"""Days with clockings that are needed to compare minutes with spans."""


class Verdict(TypedDict):
    """One fact; ``is_needed`` says whether an export depends on it, ``detail`` has no person's data."""

    fact: str
    verdict: VerdictName
    detail: str
    is_needed: bool


class TenantFacts:
    """Asks an account for one month of one employee and the lists around it.

    Args:
        client: the account.
        month: a whole month that is over.

    Attributes:
        verdicts: what was established so far.
        unseen: fields of the exports that no record could show.
    """

    def __init__(self, client: AllHoursClient, month: Period) -> None:
        self._client = client
        self._month = month
        self._users: list[User] = []
        self._absences: list[Absence] = []
        self._clockings: list[Clocking] = []
        self._days: list[DailyCalculation] = []
        self._employment: Employment | None = None
        self._clocking_days = Period(month.date_to - WEEK, month.date_to)
        self.verdicts: list[Verdict] = []
        self.unseen: list[str] = []

    def establish(self) -> list[Verdict]:
        """Establish every fact; an error of the account is a verdict."""
        fields = [field for dataset in (TIMESHEETS, COUNTERS, ABSENCES, CLOCKINGS) for field in dataset.fields()]
        self._client.need_fields(fields)
        self._fact("users", self._read_users)
        if not self._users:
            return self.verdicts
        self._fact("absences", self._read_absences, route="absences")
        self._choose_employee()
        self._fact("employee-days of a whole month", self._read_days)
        self._fact("archived users", self._archived)
        self._fact("last day of a window", self._neighbouring_windows)
        self._fact("whole days", self._whole_days)
        self._fact("clockings", self._read_clockings, route="clockings")
        self._fact("absence definitions", self._definitions)
        self._fact("absences held against the days", self._absences_and_days, route="absences")
        self._fact("clockings held against the days", self._clockings_and_days, route="clockings")
        self._fact("unit of times", self._unit)
        self._fact("counters", self._counters)
        self._fact("user ids of all lists", self._same_people)
        self._fact(FIELDS_FACT, lambda: self._fields(fields))
        self._fact("an empty window", self._empty_window, is_needed=False, route="absences")
        self._fact("one user", self._one_user, is_needed=False)
        lists: dict[str, Callable[[], Sequence[object]]] = {
            "clocking definitions": self._client.clocking_definitions,
            "calculation result types": self._client.calculation_result_types,
            "organization units": self._client.organization_units,
        }
        for name, read in lists.items():
            self._fact(name, partial(_some, read), is_needed=False)
        # Last, because an account that answers all users at once is read anew for it.
        self._fact("long windows", self._long_windows, is_needed=False)
        return self.verdicts

    def _fact(
        self,
        fact: str,
        ask: Callable[[], tuple[VerdictName, str]],
        *,
        is_needed: bool = True,
        route: str | None = None,
    ) -> None:
        if route is not None and not self._client.serves(route):
            self._add(fact, STATED, "the contract says that this account does not serve it", is_needed=is_needed)
            return
        try:
            verdict, detail = ask()
        except (AllHoursLimitError, AllHoursTransportError) as error:
            verdict, detail = CANNOT_TELL, str(error)
        except AllHoursError as error:
            verdict, detail = DIFFERS, str(error)
        self._add(fact, verdict, detail, is_needed=is_needed)

    def _add(self, fact: str, verdict: VerdictName, detail: str, *, is_needed: bool) -> None:
        self.verdicts.append({"fact": fact, "verdict": verdict, "detail": detail, "is_needed": is_needed})

    def _read_users(self) -> tuple[VerdictName, str]:
        users = self._client.users()
        if not users:
            return DIFFERS, "the list of users is empty"
        employed = employments_in(users, self._month)
        if not employed:
            return DIFFERS, f"none of {len(users)} users is a time and attendance user employed in {self._month}"
        self._users = users
        if len(users) in PAGE_SIZES and not self._client.reads_pages("users"):
            return CANNOT_TELL, (
                f"exactly {len(users)} users: it may be one page of more (`paginator` of the contract settles it)"
            )
        return PROVEN, f"{len(users)} users, {len(employed)} of them employed in {self._month}"

    def _read_absences(self) -> tuple[VerdictName, str]:
        self._absences = self._client.absences(self._month.date_from, self._month.date_to)
        if not self._absences:
            return CANNOT_TELL, f"the list of {self._month} is empty: nothing tells whether that is the truth"
        return PROVEN, f"{len(self._absences)} absences of {self._month}, the whole month and its halves agree"

    def _choose_employee(self) -> None:
        """Somebody who is employed all month and has leave in it, as far as there is such a person."""
        on_leave = {absence.user_id for absence in self._absences if not absence.is_pending}
        whole = [one for one in employments_in(self._users, self._month) if one.days == self._month]
        some = whole or employments_in(self._users, self._month)
        self._employment = min(some, key=lambda one: (bool(one.user.is_archived), one.user.id not in on_leave))

    def _read_days(self) -> tuple[VerdictName, str]:
        employment = self._chosen
        period = employment.days
        self._client.prepare_days(period.date_from, period.date_to)
        days = self._client.daily_calculations(employment.user.id, period.date_from, period.date_to)
        received = [day.date for day in days]
        missing = [day for day in period.days() if day not in received]
        if missing or len(received) != len(set(received)):
            return DIFFERS, (
                f"of user {employment.user.id} {len(missing)} of {period.length} days are missing (first: "
                f"{missing[0] if missing else 'none'}), {len(received) - len(set(received))} came twice"
            )
        self._days = days
        if not any(day.calculation_result_summary.paid_presence_value for day in days):
            return CANNOT_TELL, "every due day came once, and none of them has presence"
        return PROVEN, f"every one of {period.length} due days of one employee came once"

    def _archived(self) -> tuple[VerdictName, str]:
        archived = sum(bool(user.is_archived) for user in self._users)
        if archived:
            return PROVEN, f"{archived} archived users are listed, so leavers are seen"
        if any(user.is_archived is None for user in self._users):
            return CANNOT_TELL, "users do not say whether they are archived"
        return CANNOT_TELL, (
            "no archived user is listed: there is none, or a parameter of `users` asks for them "
            '(such as {"includeArchived": "true"}); without it leavers lack their last month'
        )

    def _neighbouring_windows(self) -> tuple[VerdictName, str]:
        if not self._days:
            return CANNOT_TELL, "no employee-days to compare with"
        employment, period = self._chosen, self._chosen.days
        middle = period.date_from + (period.date_to - period.date_from) // 2
        halves = [(period.date_from, middle), (middle + ONE_DAY, period.date_to)]
        parts = [
            day for first, last in halves for day in self._client.daily_calculations(employment.user.id, first, last)
        ]
        if sorted(day.date for day in parts) != sorted(day.date for day in self._days):
            return DIFFERS, "two neighbouring windows do not have the days of the whole month, each once"
        end = "exclusive" if self._client.has_exclusive_end("daily_calculations") else "inclusive"
        return PROVEN, f"two neighbouring windows have the days of the whole month, each once; ends are {end}"

    def _read_clockings(self) -> tuple[VerdictName, str]:
        last = max((day.date for day in self._days if day.clockings), default=self._month.date_to)
        span = FEW_DAYS if self._client.reads_pages("clockings") else WEEK
        days = self._clocking_days = Period(last - span, last)
        self._clockings = self._client.clockings(days.date_from, days.date_to)
        if not self._clockings:
            return CANNOT_TELL, f"the list of {days} is empty: nothing tells whether that is the truth"
        return PROVEN, f"{len(self._clockings)} clockings of {days}, the whole and its halves agree"

    def _long_windows(self) -> tuple[VerdictName, str]:
        """Windows of 62 days and of a month have the same days of the month; how long one may be is learned."""
        if not self._days:
            return CANNOT_TELL, "no employee-days to compare with"
        employment, month = self._chosen, self._chosen.days
        start = employment.user.calculation_start_date
        first = month.date_to - LONG_WINDOW
        first = first if start is None else max(first, start)
        days = self._client.daily_calculations(employment.user.id, first, month.date_to)
        if [day for day in days if day.date in month] != self._days:
            return DIFFERS, f"{(month.date_to - first).days + 1} days at once do not have the days that the month has"
        longest = self._client.longest_window("daily_calculations")
        limit = "" if longest is None else f"; windows of more than {longest} days are refused and asked for in parts"
        return PROVEN, f"{(month.date_to - first).days + 1} days at once have the days that the month has{limit}"

    def _whole_days(self) -> tuple[VerdictName, str]:
        """A whole day is a midnight of the company; the client refuses what looks like one of another time zone."""
        moments = [absence.timestamp for absence in self._absences]
        if not moments:
            return CANNOT_TELL, "no absence shows how a whole day is sent"
        at_midnight = sum(moment.time() == time() for moment in moments)
        if at_midnight < len(moments):
            return CANNOT_TELL, (
                f"{len(moments) - at_midnight} of {len(moments)} absences are sent with a time of day, so their day is "
                "the day of a moment, whose time zone nothing shows"
            )
        with_zone = sum(moment.had_zone for moment in moments)
        zone = f", {with_zone} of them with a time zone, which is not applied" if with_zone else ""
        return PROVEN, f"{len(moments)} absences are sent as midnights{zone}"

    def _empty_window(self) -> tuple[VerdictName, str]:
        absences = self._client.absences(LONG_AGO.date_from, LONG_AGO.date_to)
        if absences:
            return DIFFERS, f"{len(absences)} absences of {LONG_AGO} came"
        return PROVEN, f"a window without absences ({LONG_AGO}) is answered with an empty list"

    def _definitions(self) -> tuple[VerdictName, str]:
        known = {definition.id for definition in self._client.absence_definitions()}
        used = {absence.absence_definition_id for absence in self._absences if absence.absence_definition_id}
        if used - known:
            return DIFFERS, f"{len(used - known)} definitions of absences are not in the list of definitions"
        if not known:
            return CANNOT_TELL, "the list is empty"
        return PROVEN, f"{len(known)} definitions, every one that is used is among them"

    def _absences_and_days(self) -> tuple[VerdictName, str]:
        if not self._days:
            return CANNOT_TELL, "no employee-days to compare with"
        employment = self._chosen
        own = [absence for absence in self._absences if absence.user_id == employment.user.id]
        if differing := days_whose_absences_differ(employment, own, self._days):
            return DIFFERS, f"on {len(differing)} days of user {employment.user.id} the list and the day differ"
        if not own:
            return CANNOT_TELL, "nobody who is employed all month has leave in it"
        return PROVEN, f"{len(own)} absences of one employee stand in the list and in the days"

    def _clockings_and_days(self) -> tuple[VerdictName, str]:
        employment, listed = self._chosen, self._clocking_days
        period = employment.days.within(listed.date_from, listed.date_to)
        if not self._days or period is None:
            return CANNOT_TELL, "no employee-days to compare with"
        week = Employment(employment.user, period)
        days = [day for day in self._days if day.date in period]
        own = [clocking for clocking in self._clockings if clocking.user_id == employment.user.id]
        if differing := days_whose_clockings_differ(week, own, days, has_margin=False):
            return DIFFERS, f"on {len(differing)} days of user {employment.user.id} the list and the day differ"
        if not own:
            return CANNOT_TELL, "the employee has no clocking in these days"
        return PROVEN, f"{len(own)} clockings of one employee stand in the list and in the days"

    def _unit(self) -> tuple[VerdictName, str]:
        compared, fitting = 0, 0
        for day in self._days:
            moments = sorted(clocking.timestamp for clocking in day.clockings or ())
            presence = day.calculation_result_summary.paid_presence_value
            if len(moments) < 2 or not isinstance(presence, int) or presence <= 0:
                continue
            span = (moments[-1] - moments[0]).total_seconds() / 60
            if span >= 60:  # a shorter one says little
                compared += 1
                fitting += span / 3 <= presence <= span * 1.25
        if compared < SEEN_AT_LEAST:
            return CANNOT_TELL, f"{compared} days have clockings and presence; {SEEN_AT_LEAST} are needed to compare"
        if fitting < compared * 0.6:
            return DIFFERS, (
                f"presence fits the clockings as minutes on {fitting} of {compared} days (`minutes` of the contract is "
                "for an account that sends another unit)"
            )
        return PROVEN, f"presence in minutes fits the clockings on {fitting} of {compared} days"

    def _counters(self) -> tuple[VerdictName, str]:
        counters = [counter for day in self._days for counter in day.accruals or ()]
        if not counters:
            return CANNOT_TELL, "the employee-days have no counters"
        if any(counter.calculation_result_type_code is None for counter in counters):
            return DIFFERS, "counters have no code"
        return PROVEN, f"{len(counters)} counters, each with a code"

    def _same_people(self) -> tuple[VerdictName, str]:
        named = [*(absence.user_id for absence in self._absences), *(one.user_id for one in self._clockings)]
        if not named:
            return CANNOT_TELL, "no absence and no clocking names a user"
        unlisted = unlisted_user_ids({user.id for user in self._users}, named)
        if unlisted:
            return DIFFERS, f"{len(unlisted)} users of absences and clockings are not in the list of users"
        return PROVEN, f"the users of {len(named)} absences and clockings are in the list of users"

    def _fields(self, fields: Iterable[str]) -> tuple[VerdictName, str]:
        self._client.require_fields(fields)
        self.unseen = self._client.unseen_fields(fields)
        if self.unseen:
            return CANNOT_TELL, f"no record came that could show {', '.join(self.unseen)}"
        return PROVEN, "every field of the exports was seen"

    def _one_user(self) -> tuple[VerdictName, str]:
        self._client.user(self._chosen.user.id)
        return PROVEN, "one user is answered by id"

    @property
    def _chosen(self) -> Employment:
        if self._employment is None:
            raise RuntimeError("no employee was chosen")
        return self._employment


def _some(read: Callable[[], Sequence[object]]) -> tuple[VerdictName, str]:
    records = read()
    return (PROVEN, f"{len(records)} records") if records else (CANNOT_TELL, "the list is empty")


def exit_code(verdicts: Iterable[Verdict]) -> int:
    """0 when everything that an export depends on is proven or stated, 1 when something differs, else 2."""
    needed = [verdict["verdict"] for verdict in verdicts if verdict["is_needed"]]
    if DIFFERS in needed:
        return 1
    return 2 if CANNOT_TELL in needed or not needed else 0


def last_whole_month(today: date) -> Period:
    """The month before the one of a day."""
    last = today.replace(day=1) - timedelta(days=1)
    return Period(last.replace(day=1), last)
