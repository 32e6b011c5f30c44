# SPDX-License-Identifier: Apache-2.0
"""Read a period as a snapshot: users, employee-days and absences that belong to one another.

An account changes while it is read, and reading a company takes minutes. So the lists of users and absences are read
before and after the employee-days; whoever differs between the two looks, or has days that show other absences than the
second look, is read again, until two looks in a row agree. What is kept of each person was then true at one moment,
that of the last look. Memory has a few bytes per person; days and absences are on the disk.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import date
from hashlib import blake2b
from types import TracebackType

import msgspec

from airflow_provider_allhours.attendance.coverage import Coverage
from airflow_provider_allhours.attendance.proof import ShownDay, days_whose_absences_differ
from airflow_provider_allhours.attendance.roster import Employment
from airflow_provider_allhours.attendance.selection import EmployeeSelection
from airflow_provider_allhours.client import AllHoursClient
from airflow_provider_allhours.client.errors import AllHoursContractError, AllHoursError, AllHoursIncompleteError
from airflow_provider_allhours.client.models import ABSENCE_STATUS, Absence, AbsenceDefinition, BookedAbsence, User
from airflow_provider_allhours.files.keyed_spool import KeyedSpool
from airflow_provider_allhours.flows.datasets.absences import note_cut_definitions
from airflow_provider_allhours.flows.datasets.dataset import ProgressCallback
from airflow_provider_allhours.flows.datasets.days import read_days
from airflow_provider_allhours.flows.datasets.roster import read_roster
from airflow_provider_allhours.payroll.frozen import (
    FrozenPerson,
    PersonRecords,
    freeze_absence,
    freeze_counters,
    freeze_day,
    freeze_person,
)
from airflow_provider_allhours.periods import Period

log = logging.getLogger(__name__)

MAX_LOOKS = 6
"""How often the lists are read before an account that does not come to rest is given up."""

MAX_NAMED = 5


@dataclass
class _Look:
    """The lists of users and absences, read once.

    Attributes:
        coverage: what makes the lists incomplete.
        employments: user id -> employment; users have the fields that are frozen only.
        marks: user id -> digest of the user and their absences.
        absences: user id -> absences of the period, in the order of the list.
        definitions: ids of the absence definitions that occur.
        strangers: number of absences of people who are not in the roster.
    """

    coverage: Coverage
    employments: dict[str, Employment]
    marks: dict[str, bytes]
    absences: KeyedSpool[list[Absence]]
    definitions: set[str | None]
    strangers: int

    def absences_of(self, user_id: str) -> list[Absence]:
        return self.absences.get(user_id, [])


class PeriodReader:
    """Reads one period of an account as a snapshot; use it as a context manager.

    Args:
        client: the account.
        period: the days.
        selection: only these employees; everybody by default.
        on_progress: called after each employee of the first reading.

    Attributes:
        coverage: after :meth:`read`, the employee-days due and received; after :meth:`people`, the days that are not
            valid, too.
        left_out: after :meth:`read` and :meth:`people`, absences of the period that are in no row: their user is not in
            the roster, or not employed on their day.
        open_approvals: after :meth:`people`, the number of pending absences.
    """

    def __init__(
        self,
        client: AllHoursClient,
        period: Period,
        *,
        selection: EmployeeSelection | None,
        on_progress: ProgressCallback,
    ) -> None:
        self._client = client
        self._period = period
        self._selection = selection
        self._on_progress = on_progress
        self._open = ExitStack()
        self._records: KeyedSpool[PersonRecords] = self._open.enter_context(KeyedSpool())
        self._shown: KeyedSpool[dict[date, tuple[BookedAbsence, ...]]] = self._open.enter_context(KeyedSpool())
        self._missing: dict[str, list[date]] = {}
        self._causes: dict[str, AllHoursError] = {}
        self._look: _Look | None = None
        self.coverage = Coverage(proof="days")
        self.left_out = 0
        self.open_approvals = 0

    def __enter__(self) -> PeriodReader:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._look is not None:
            self._look.absences.__exit__(None, None, None)
        self._open.close()

    def read(self) -> None:
        """Read until everything belongs together.

        Raises:
            AllHoursIncompleteError: employee-days are missing or contradictory, or show other absences than the list;
                or the account changed for as long as it was read.
            AllHoursContractError: of a user nothing says whether their days are due.
        """
        look = self._take_look()
        again = sorted(look.employments)
        self._read_days(look, again, is_first=True)
        for _ in range(MAX_LOOKS - 1):
            before, look = look, self._take_look()
            moved = {user_id for user_id, mark in look.marks.items() if before.marks.get(user_id) != mark}
            gone = before.marks.keys() - look.marks.keys()
            differing = self._days_that_differ(look, [user_id for user_id in look.employments if user_id not in moved])
            self._forget(gone)
            settled = set(again) - moved
            if not (moved or gone or differing.keys() - settled):
                self._settle(look, differing)
                return
            again = sorted(moved | differing.keys())
            log.info("%d people changed while the period was read; they are read again", len(again) + len(gone))
            self._read_days(look, again, is_first=False)
        named = ", ".join((*again, *sorted(gone))[:MAX_NAMED])
        raise AllHoursIncompleteError(
            f"the period {self._period} does not come to rest: users or absences changed during each of "
            f"{MAX_LOOKS - 1} readings, last of {len(again) + len(gone)} people (first: {named}); run it again when "
            "nobody edits it"
        )

    def people(self, absence_definitions: Iterable[AbsenceDefinition]) -> Iterator[PersonRecords]:
        """Everybody's frozen records, sorted by user id; after :meth:`read`.

        Raises:
            AllHoursIncompleteError: definitions that are used are missing, or an absence has an unknown state.
        """
        look = self._last_look
        definitions = {definition.id: definition for definition in absence_definitions}
        note_cut_definitions(self.coverage, definitions.keys(), look.definitions)
        self.left_out, self.open_approvals = look.strangers, 0
        for user_id in sorted(look.employments):
            employment, records = look.employments[user_id], self._records[user_id]
            own = sorted(look.absences_of(user_id), key=lambda absence: (absence.day, absence.id))
            employed = [absence for absence in own if absence.day in employment.days]
            self.left_out += len(own) - len(employed)
            self.open_approvals += sum(absence.is_pending for absence in employed)
            self.coverage.invalid += [(user_id, day.date) for day in records.days if day.is_valid is not True]
            for absence in employed:
                self._refuse_unknown_state(absence)
            absences = tuple(
                freeze_absence(employment.user, absence, definitions.get(absence.absence_definition_id or ""))
                for absence in employed
            )
            yield PersonRecords(records.person, records.days, absences, records.counters)
        self.coverage.require_complete(f"the list of absences of {self._period}")

    @property
    def _last_look(self) -> _Look:
        if self._look is None:
            raise RuntimeError("PeriodReader.read comes first")
        return self._look

    def _take_look(self) -> _Look:
        """Read the lists of users and absences; they replace the last look's on the disk."""
        coverage = Coverage()
        listed = self._client.absences(self._period.date_from, self._period.date_to)
        roster = read_roster(self._client, self._period, coverage, absences=listed, selection=self._selection)
        employments = {employment.user.id: _slim(employment) for employment in roster}
        del roster
        absences: KeyedSpool[list[Absence]] = KeyedSpool()
        digests = {user_id: _mark_of(freeze_person(employment)) for user_id, employment in employments.items()}
        strangers = 0
        for user_id, own in _by_user(listed):
            if user_id in employments:
                absences[user_id] = own
                for absence in own:
                    digests[user_id].update(repr(msgspec.structs.astuple(absence)).encode())
            else:
                strangers += len(own)
        if self._look is not None:
            self._look.absences.__exit__(None, None, None)
        self._look = _Look(
            coverage,
            employments,
            {user_id: digest.digest() for user_id, digest in digests.items()},
            absences,
            {absence.absence_definition_id for absence in listed},
            strangers,
        )
        return self._look

    def _read_days(self, look: _Look, user_ids: list[str], *, is_first: bool) -> None:
        """Read the employee-days of these people and keep them in the place of earlier ones."""
        roster = [look.employments[user_id] for user_id in user_ids]
        progress = self._on_progress if is_first else _no_progress
        coverage = _CoverageOfOne()
        for (user, days), employment in zip(read_days(self._client, roster, coverage, progress), roster, strict=True):
            self._forget({user.id})
            missing, cause = coverage.take()
            if missing:
                self._missing[user.id] = missing
            if cause is not None:
                self._causes[user.id] = cause
            shown: dict[date, tuple[BookedAbsence, ...]] = {
                day.date: tuple(day.absences) for day in days if day.absences
            }
            if shown:
                self._shown[user.id] = shown
            frozen = tuple(freeze_day(user, day) for day in days)
            self._records[user.id] = PersonRecords(
                freeze_person(employment), frozen, counters=freeze_counters(user, days)
            )

    def _forget(self, user_ids: set[str]) -> None:
        for user_id in user_ids:
            self._missing.pop(user_id, None)
            self._causes.pop(user_id, None)
            self._shown.discard(user_id)
            self._records.discard(user_id)

    def _days_that_differ(self, look: _Look, user_ids: list[str]) -> dict[str, list[date]]:
        """User id -> days that show other absences than the list."""
        differing: dict[str, list[date]] = {}
        for user_id in user_ids:
            if user_id not in self._shown and user_id not in look.absences:
                continue
            shown = self._shown.get(user_id, {})
            missing = self._missing.get(user_id, ())
            employment = look.employments[user_id]
            days = [ShownDay(day, shown.get(day, ())) for day in employment.days.days() if day not in missing]
            if found := days_whose_absences_differ(employment, look.absences_of(user_id), days):
                differing[user_id] = found
        return differing

    def _settle(self, look: _Look, differing: dict[str, list[date]]) -> None:
        """Require that nothing is missing and nothing contradicts itself."""
        days = Coverage(expected=0)
        if look.coverage.cause is not None:
            days.note(look.coverage.cause)
        for user_id in sorted(self._causes):
            days.note(self._causes[user_id])
        for user_id in sorted(look.employments):
            length, missing = look.employments[user_id].days.length, self._missing.get(user_id, [])
            days.expected = (days.expected or 0) + length
            days.received += length - len(missing)
            days.note_differences(user_id, missing)
        days.require_complete(f"the period {self._period}")
        for user_id, found in sorted(differing.items()):
            self.coverage.note_differences(user_id, found)
        self.coverage.require_complete(f"the list of absences of {self._period}, held against the employee-days,")
        self.coverage.expected, self.coverage.received = days.expected, days.received

    def _refuse_unknown_state(self, absence: Absence) -> None:
        if absence.status not in ABSENCE_STATUS:
            self.coverage.note(
                AllHoursContractError(
                    f"the absence of user {absence.user_id} on {absence.day} has the state {absence.status_name}; "
                    "nothing known says whether it is taken"
                )
            )


class _CoverageOfOne(Coverage):
    """A coverage that gives away what was found since it was asked last: one employee's."""

    def take(self) -> tuple[list[date], AllHoursError | None]:
        """The missing days, and the cause."""
        missing, cause = [day for _, day in self.missing], self.cause
        self.missing.clear()
        self.invalid.clear()
        self.cause = None
        return missing, cause


def _no_progress(done: int, total: int) -> None:
    """People who are read again are counted already."""


def _by_user(absences: list[Absence]) -> Iterator[tuple[str, list[Absence]]]:
    """The absences of each user."""
    own: list[Absence] = []
    for absence in sorted(absences, key=lambda absence: (absence.user_id, absence.id)):
        if own and own[0].user_id != absence.user_id:
            yield own[0].user_id, own
            own = []
        own.append(absence)
    if own:
        yield own[0].user_id, own


_KEPT_OF_USERS = ("id", "first_name", "last_name", "custom_id", *(f"custom_field{number}" for number in range(1, 11)))


def _slim(employment: Employment) -> Employment:
    """The employment with no more of the user than is frozen: everybody's is in memory."""
    kept = {name: value for name in _KEPT_OF_USERS if (value := getattr(employment.user, name)) is not None}
    return Employment(User(**kept), employment.days)


def _mark_of(person: FrozenPerson) -> blake2b:
    """A digest that differs when what is frozen of a person does."""
    return blake2b(msgspec.json.encode(person), digest_size=16)
